"""Signatures: whether a request is from the owner of the secret key (observed: docs/protocol.md).

The signed text differs between SDKs and between operations, so every form is tried that the request
may have. What the service itself takes beyond the usual form is not known.

Two requests that mean different things never have the same text: names and values of parameters are
encoded, only the last line can hold a line end, and a request is read differently from how it was
sent only if both mean the same. The exception is a published body: SDKs don't sign it (documented).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final, NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pnfilter.server.http.request import Request

USUAL: Final = "usual"
PYTHON: Final = "published by Python"
JAVASCRIPT: Final = "published by JavaScript"
ADDRESS: Final = "address by JavaScript"
#: What may be said of a form beside its name.
TWICE: Final = "values encoded twice"
UNESCAPED: Final = "path unescaped"

_VERSION: Final = "v2."
#: Parameters that some SDK signs encoded twice, in any request.
_DOUBLED: Final = frozenset({"filter-expr", "filter", "state"})
#: And in requests of one operation alone.
_DOUBLED_IN: Final[Mapping[str, frozenset[str]]] = {
    "subscribe": _DOUBLED | {"channel-group"},
    "audit": _DOUBLED | {"channel"},
}
#: Ways to read a path that was escaped in part, each of which costs a digest.
_MAX_READINGS: Final = 32
#: What HTTP libraries escape in a path by themselves: a percent sign that escapes nothing, what is
#: beyond ASCII, and characters without a meaning in a path. An escaped slash, comma or letter is
#: another path.
_BY_LIBRARY: Final = re.compile(
    rb"(%(?:2[02]|3[CE]|5[B-E]|60|7[B-D]|[89A-F][0-9A-F]|25(?![0-9A-F]{2})))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys of a keyset that a signature depends on; ``repr`` shows none."""

    subscribe_key: str = field(repr=False)
    publish_key: str = field(repr=False)
    secret_key: str = field(repr=False)


class _Text(NamedTuple):
    """A string that may have been signed: the name of its form, and its lines."""

    form: str
    lines: tuple[bytes, ...]


def form_of(request: Request, keys: Secrets, body: Callable[[], bytes | None]) -> str | None:
    """Return the form by which a request is correctly signed; None if there is none.

    ``body`` returns the body as it was before compression, or None if it can't be read. It is only
    called when it is needed.
    """
    given = dict(request.query.encoded()).get("signature", "")
    # SDKs send the padding as it is, others may encode it.
    signature = unquote_to_bytes(given)
    found = None
    for text in _texts(request, keys, body):
        digest = hmac.digest(keys.secret_key.encode(), b"\n".join(text.lines), hashlib.sha256)
        expected = urlsafe_b64encode(digest)
        if text.form.partition(",")[0] != PYTHON:
            expected = _VERSION.encode() + expected.rstrip(b"=")
        # All are looked at, so that the time doesn't reveal which one it is.
        if hmac.compare_digest(expected, signature) and found is None:
            found = text.form
    return found


def _texts(request: Request, keys: Secrets, body: Callable[[], bytes | None]) -> Iterator[_Text]:
    path = request.path.encode("latin-1", "replace")
    publish_key, method = keys.publish_key.encode(), request.method.encode()
    is_publication = method == b"POST" and request.operation == "publish"
    doubled = _DOUBLED_IN.get(request.operation, _DOUBLED)
    queries = {_query(request, doubled, twice=twice): twice for twice in (True, False)}
    content = body()
    for query, is_twice in queries.items():
        if query is None:
            continue
        twice = f", {TWICE}" if is_twice else ""
        if is_publication:
            yield _Text(PYTHON + twice, (keys.subscribe_key.encode(), publish_key, path, query))
            yield _Text(JAVASCRIPT + twice, (b"GET", publish_key, path, query, b""))
        if content is None:
            continue
        if request.operation == "file_address":
            yield _Text(ADDRESS + twice, (b"LOCAL", publish_key, path, query, content))
        for reading in (path, *_unescape(path)):
            unescaped = "" if reading == path else f", {UNESCAPED}"
            lines = (method, publish_key, reading, query, content)
            yield _Text(USUAL + twice + unescaped, lines)


def _query(request: Request, doubled: frozenset[str], *, twice: bool) -> bytes | None:
    """Return the parameters except the signature, sorted and encoded; ``doubled`` ones twice.

    Return None if each is to be encoded once and a value of ``doubled`` looks encoded already: the
    text would be that of another request, whose value was encoded twice.
    """
    parts = []
    for name, raw in sorted(request.query.encoded()):
        if name == "signature":
            continue
        value = unquote_to_bytes(raw.encode("latin-1", "replace"))
        if name in doubled:
            if twice:
                value = _encode_once(value)
            elif b"%" in value and value == _encode_once(unquote_to_bytes(value)):
                return None
        parts.append(f"{_quote(name.encode())}={_quote(value)}")
    return "&".join(parts).encode()


def _encode_once(value: bytes) -> bytes:
    # Commas between names are not encoded the first time, as they were sent.
    return quote_from_bytes(value, safe=",~").encode()


def _quote(text: bytes) -> str:
    return quote_from_bytes(text, safe="").replace("~", "%7E")


def _unescape(path: bytes) -> Iterator[bytes]:
    """Yield a path as it may have been before an HTTP library escaped it.

    Such a library keeps what is escaped already, so an escape may be its own or the client's. Each
    combination is tried, up to a bound. All of them mean the same.
    """
    literals_and_escapes = _BY_LIBRARY.split(path)
    if len(literals_and_escapes) == 1:
        return
    # An escape of a byte beyond ASCII belongs to others beside it, and a library makes them all.
    ways = [
        (part,)
        if number % 2 == 0
        else (unquote_to_bytes(part),)
        if part[1:2] not in b"234567"
        else (unquote_to_bytes(part), part)
        for number, part in enumerate(literals_and_escapes)
    ]
    for chosen in islice(product(*ways), _MAX_READINGS):
        yield b"".join(chosen)
