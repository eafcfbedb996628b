"""Signatures: whether a request is from who has the secret key. They are observed, see docs/protocol.md.

The text that is signed differs between SDKs, and with what is asked for, so every form is tried that
the request may have. What the service itself takes beyond the usual form is not known.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final, NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pnfilter.server.web.requests import Request

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


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys of a keyset that a signature depends on; ``repr`` shows none."""

    subscribe_key: str = field(repr=False)
    publish_key: str = field(repr=False)
    secret_key: str = field(repr=False)


class _Text(NamedTuple):
    """A text that may have been signed: the name of its form, and its lines."""

    form: str
    lines: tuple[bytes, ...]


def form_of(request: Request, keys: Secrets, body: Callable[[], bytes | None]) -> str | None:
    """By which form a request is correctly signed; None where it is by none.

    ``body`` gives the body as it was before it was compressed, or None where it can't be read; it is
    only called when it is needed.
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
        # All are looked at, so that the time doesn't tell which one it is.
        if hmac.compare_digest(expected, signature) and found is None:
            found = text.form
    return found


def _texts(request: Request, keys: Secrets, body: Callable[[], bytes | None]) -> Iterator[_Text]:
    path = request.path.encode("latin-1", "replace")
    publish_key, method = keys.publish_key.encode(), request.method.encode()
    is_publication = method == b"POST" and path.startswith(b"/publish/")
    is_read = method == b"GET" and path.startswith(b"/v1/files/")
    doubled = _DOUBLED_IN.get(request.operation, _DOUBLED)
    queries = dict.fromkeys((_query(request, frozenset()), _query(request, doubled)))
    content = body()
    for number, query in enumerate(queries):
        twice = f", {TWICE}" if number else ""
        if is_publication:
            yield _Text(PYTHON + twice, (keys.subscribe_key.encode(), publish_key, path, query))
            yield _Text(JAVASCRIPT + twice, (b"GET", publish_key, path, query, b""))
        if content is None:
            continue
        if is_read:
            yield _Text(ADDRESS + twice, (b"LOCAL", publish_key, path, query, content))
        for reading in (path, *_unescaped(path)):
            unescaped = "" if reading == path else f", {UNESCAPED}"
            lines = (method, publish_key, reading, query, content)
            yield _Text(USUAL + twice + unescaped, lines)


def _query(request: Request, doubled: frozenset[str]) -> bytes:
    """The parameters but the signature, sorted, each value encoded once; or twice, those ``doubled``."""
    parts = []
    for name, raw in sorted(request.query.encoded()):
        if name != "signature":
            value = raw.encode("latin-1", "replace")
            if name in doubled:
                # Commas between names are not encoded the first time, as they were sent.
                value = quote_from_bytes(unquote_to_bytes(value), safe=",~").encode()
            else:
                value = unquote_to_bytes(value)
            parts.append(f"{name}={quote_from_bytes(value, safe='').replace('~', '%7E')}")
    return "&".join(parts).encode()


def _unescaped(path: bytes) -> Iterator[bytes]:
    """A path as it may have been before an HTTP library escaped it.

    That leaves what is escaped already, and nobody sees by which of them an escape was made: so each
    was, or wasn't, in a bounded number of ways.
    """
    first, *rest = path.split(b"%")
    if not rest:
        return
    whole = unquote_to_bytes(path)
    yield whole
    # An escape of a byte beyond ASCII belongs to others beside it, and a library makes them all.
    ways = [
        (unquote_to_bytes(b"%" + part),)
        if part[:1] not in b"234567" or not part
        else (unquote_to_bytes(b"%" + part), b"%" + part)
        for part in rest
    ]
    for chosen in islice(product(*ways), 1, _MAX_READINGS):
        yield first + b"".join(chosen)
