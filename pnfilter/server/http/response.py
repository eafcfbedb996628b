"""An answer, its head, and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from http.client import responses
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from pnfilter.server.wire import json_bytes

JSON = "application/json; charset=UTF-8"
REASONS: Final = {**responses, 414: "Request-URI Too Long", 481: "Filter Syntax Error"}
#: The code of an answer without a body, and without the length of one.
_NO_CONTENT: Final = 204


class Parts(Protocol):
    """A long body, which is read while it is sent."""

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        ...

    def next(self) -> bytes:
        """Return the next bytes; none at the end, or if the rest is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a status, a body and its type, and headers of its own.

    ``shared``: whether pages of other origins may read it. ``sent``: for a fault, how many bytes of
    the body are sent before the connection is cut; not even the head for 0. ``parts``: what is sent
    in place of the body.
    """

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    shared: bool = True
    sent: int | None = None
    parts: Parts | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body) if self.parts is None else self.parts.size

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        """Return an answer with a value as JSON."""
        return cls(status, json_bytes(value), headers=headers)


class Refusal(Exception):
    """Ends a request; ``answer`` says why it can't be done."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refusal(status: int, message: str, service: str) -> Refusal:
    """Return a refusal in the form that most of the service's errors have (recorded)."""
    body = {"message": message, "error": True, "service": service, "status": status}
    return Refusal(Answer.json(body, status))


def refuse(status: int, message: str, service: str) -> NoReturn:
    """Refuse a request, in the form that most of the service's errors have."""
    raise refusal(status, message, service)


#: What errors of App Context and message actions say before the details (recorded).
INVALID_INPUT: Final = "Request payload contained invalid input."


class Fault(NamedTuple):
    """What is wrong with a part of a request: ``location`` in its ``kind``, body, query or path."""

    message: str
    location: str
    kind: str = "body"


def source_refusal(status: int, message: str, source: str, *faults: Fault) -> Refusal:
    """Return a refusal in the form of errors of App Context and message actions (recorded)."""
    error: dict[str, Any] = {"message": message, "source": source}
    if faults:
        error["details"] = [
            {"message": fault.message, "location": fault.location, "locationType": fault.kind}
            for fault in faults
        ]
    return Refusal(Answer.json({"status": status, "error": error}, status))


def storage_refusal(status: int, code: str, message: str, **more: Any) -> Refusal:
    """Return a refusal of the storage for files: S3's XML (recorded), which SDKs read ``Code`` of.

    The words of a message are S3's where it has some.
    """
    fields = {"Code": code, "Message": message, **more}
    elements = "".join(
        f"<{name}>{escape(str(text), quote=False)}</{name}>" for name, text in fields.items()
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{elements}</Error>'
    return Refusal(Answer(status, body.encode(), "application/xml"))


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
    """Return what heads have in common."""
    lines = [
        f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}",
        f"Content-Type: {content_type}",
        "Cache-Control: no-cache",
        *([f"Access-Control-Allow-Origin: {reader}"] if reader else []),
        *(["Vary: Origin"] if reader not in ("", "*") else []),
        "",
    ]
    return "\r\n".join(lines).encode("latin-1")
