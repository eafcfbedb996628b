"""The first lines of answers, and the names of headers."""

from __future__ import annotations

from functools import lru_cache
from http.client import responses
from typing import Final

from pnfilter.server.web.requests import Answer

REASONS: Final = {**responses, 414: "Request-URI Too Long", 481: "Filter Syntax Error"}
#: The code of an answer without a body, and without the length of one.
_NO_CONTENT: Final = 204
#: Names of headers that are kept as the service reads them, and bytes of the longest of these.
_KEPT_NAMES: Final = 256
_KEPT_LENGTH: Final = 64
#: The headers of requests that are read.
READ: Final = frozenset(
    {
        *("Access-Control-Request-Private-Network", "Authorization", "Connection"),
        *("Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "If-Match"),
        *("Origin", "Sec-Fetch-Site", "Transfer-Encoding"),
    }
)


def name_of(raw: bytes) -> str:
    """A header's name as ``Request`` has it, ``Content-Type``, whatever its letters were."""
    return (_kept_name if len(raw) <= _KEPT_LENGTH else _name)(raw)


def _name(raw: bytes) -> str:
    return raw.decode("latin-1").title()


_kept_name: Final = lru_cache(_KEPT_NAMES)(_name)


def head_of(answer: Answer, reader: str, version: str, connection: str) -> bytes:
    """The head of an answer; ``version`` and ``connection`` are what the client says of its own.

    ``reader``: the origin whose pages may read it, ``*`` for any.
    """
    head = _first_lines(answer.status, answer.content_type, reader)
    if answer.status != _NO_CONTENT:
        head += b"Content-Length: %d\r\n" % answer.size
    for name, value in answer.headers.items():
        head += f"{name}: {value}\r\n".encode("latin-1")
    if connection and "Connection" not in answer.headers:
        word = connection.lower()
        if version == "1.1" and word == "close":
            head += b"Connection: close\r\n"
        elif version == "1.0" and word == "keep-alive":
            head += b"Connection: Keep-Alive\r\n"
    return head + b"\r\n"


@lru_cache(256)
def _first_lines(status: int, content_type: str, reader: str) -> bytes:
    """What heads have in common."""
    lines = [
        f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}",
        f"Content-Type: {content_type}",
        "Cache-Control: no-cache",
        *([f"Access-Control-Allow-Origin: {reader}"] if reader else []),
        *(["Vary: Origin"] if reader not in ("", "*") else []),
        "",
    ]
    return "\r\n".join(lines).encode("latin-1")
