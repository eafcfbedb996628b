"""A request, without the connection it travels on."""

from __future__ import annotations

import re
import zlib
from binascii import a2b_qp
from collections.abc import ItemsView, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol, TypeVar, overload
from urllib.parse import unquote_to_bytes

from pnfilter.decode import BrokenMessage, decode
from pnfilter.server.http.response import refuse
from pnfilter.server.settings import MAX_BODY, MAX_NAME, MAX_NAMES, MAX_PARAMETERS

Default = TypeVar("Default")

#: A subscriber asks with the same words again and again: so many of them are kept decoded, if they
#: have at most so many characters.
MAX_KEPT: Final = 2_048
MAX_KEPT_LENGTH: Final = 512
#: So many characters a query has, beside its cursor, that is kept taken apart.
MAX_KEPT_QUERY: Final = 1_024
MAX_KEPT_PARAMETERS: Final = 32
#: The parameter with the cursor: all that changes from one request of a subscriber to the next.
CURSOR: Final = "tt"
_ENCODED: Final = "%74"
#: A percent sign that encodes nothing, and stays as it is.
_STRAY: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
#: So many hosts that clients name are kept with whether they are any.
MAX_KEPT_HOSTS: Final = 64
#: A host as clients name it, with or without a port.
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
#: What a target begins with that names the server as well (RFC 9112, section 3.2.2).
_SERVER: Final = re.compile(r"https?://(?P<host>[^/?#]+)", re.IGNORECASE)
#: What a parameter has that some clients send in place of leaving it out.
_NULL: Final = "null"
#: The parameters whose values are names, which may be anything.
_NAMES: Final = frozenset(
    {"add", "auth", "channel", "channel-group", "remove", "target-uuid", "uuid"}
)


#: What is answered without a valid one.
NO_HOST: Final = "The header Host must be a host with or without a port"


@lru_cache(MAX_KEPT_HOSTS)
def is_host(text: str) -> bool:
    """Return whether this is a host, with or without a port."""
    return _HOST.fullmatch(text) is not None


class Incoming(Protocol):
    """A long body, which is taken while it comes."""

    def feed(self, chunk: bytes) -> None:
        """More of it. It raises nothing: an error is reported at the end."""
        ...

    def end(self) -> None:
        """All of it was fed; raise ``Refusal`` if that is not accepted."""
        ...

    def close(self) -> None:
        """Nothing more comes: what was not ended is given up. May be called again."""
        ...


def split_target(target: str) -> tuple[str, str]:
    """Return the host that a request's target names, empty if it names none, and the rest of it."""
    found = None if target[:1] == "/" else _SERVER.match(target)
    if found is None:
        return "", target
    rest = target[found.end() :]
    return found["host"], rest if rest[:1] == "/" else f"/{rest}"


def decode_part(text: str) -> str:
    """Return a part of a request line, percent-decoded.

    The part comes as Latin-1, one character a byte; a plus is a plus. Raise ``Refusal`` if the
    result is not valid UTF-8.
    """
    if "%" not in text and text.isascii():
        return text
    return (_kept_part if len(text) <= MAX_KEPT_LENGTH else _decode_part)(text)


def _decode_part(text: str) -> str:
    raw = text.encode("latin-1")
    try:
        if _STRAY.search(raw):
            return unquote_to_bytes(raw).decode()
        # The same in C, except for the character: decoding a message took longer than storing it.
        return a2b_qp(raw.replace(b"=", b"=3D").replace(b"%", b"=")).decode()
    except UnicodeDecodeError:
        refuse(400, "The request line is not valid UTF-8", "Balancer")


_kept_part: Final = lru_cache(MAX_KEPT)(_decode_part)


def names_in(text: str) -> tuple[str, ...]:
    """Return the names of a list in a request line, joined by commas; each once.

    An empty list is a comma alone. The commas may be encoded or not: no name has one.
    """
    return (_kept_names if len(text) <= MAX_KEPT_LENGTH else _names)(text)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in decode_part(text).split(",") if name))
    if len(names) > MAX_NAMES:
        refuse(400, f"More than {MAX_NAMES:,} names", "Balancer")
    for name in names:
        check_name(name)
    return names


_kept_names: Final = lru_cache(MAX_KEPT)(_names)


def check_name(name: str) -> str:
    """The name of a channel, a group or a user; ``Refusal`` for one that is too long or empty."""
    if not name or len(name.encode()) > MAX_NAME:
        refuse(400, f"A name has 1 to {MAX_NAME:,} bytes", "Balancer")
    return name


def whole_number(text: str, name: str) -> int:
    """Return a whole number; ``Refusal`` that names the part of the request for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        refuse(400, f"`{name}` must be a whole number", "Balancer")
    return int(text)


def _parameters(text: str) -> dict[str, str]:
    """Return the parameters by their names, their values as they came."""
    if text.count("&") >= MAX_PARAMETERS:
        refuse(400, f"More than {MAX_PARAMETERS:,} parameters", "Balancer")
    found: dict[str, str] = {}
    for part in text.split("&") if text else ():
        name, _, value = part.partition("=")
        found[decode_part(name)] = value
    return found


_kept_parameters: Final = lru_cache(MAX_KEPT)(_parameters)


def _without_cursor(text: str) -> tuple[str, str] | None:
    """Return a query with an empty cursor, and the cursor; None unless it has exactly one."""
    word = f"{CURSOR}="
    at = text.find(word)
    if at < 0 or (at and text[at - 1] != "&") or text.find(word, at + 1) >= 0:
        return None
    if _ENCODED in text or f"&{CURSOR}&" in f"&{text}&" or text.count("&") > MAX_KEPT_PARAMETERS:
        # There may be another one.
        return None
    start = at + len(word)
    end = text.find("&", start)
    cursor = text[start:] if end < 0 else text[start:end]
    if len(text) - len(cursor) > MAX_KEPT_QUERY:
        return None
    return text[:start] + text[start + len(cursor) :], cursor


class Query(Mapping[str, str]):
    """The parameters of a request, decoded when they are read; the last of duplicates counts.

    One that is ``null`` counts as not given, unless it is a name: clients in JavaScript and Kotlin
    send what was not set (assumed of all but ``ttl``).

    ``repeated`` is the part that a subscriber repeats in each request: the text with an empty
    cursor. It is empty for other requests, and for texts that are too long to be kept.
    """

    __slots__ = ("_raw", "repeated")

    def __init__(self, text: str) -> None:
        parts = _without_cursor(text)
        if parts is None:
            self.repeated = ""
            self._raw = _parameters(text)
        else:
            self.repeated, cursor = parts
            # In the place that it has in the text.
            self._raw = _kept_parameters(self.repeated) | {CURSOR: cursor}

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...

    @overload
    def get(self, name: str, default: str | Default, /) -> str | Default: ...

    def get(self, name: str, default: str | Default | None = None, /) -> str | Default | None:
        """Return a parameter, or ``default`` if it is missing."""
        # What a mapping has by itself raises and catches an error for each that is missing.
        raw = self._raw.get(name)
        if raw is None or (raw == _NULL and name not in _NAMES):
            return default
        return decode_part(raw)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._raw if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def raw(self, name: str) -> str:
        """Return a parameter as it came; empty if it is missing."""
        raw = self._raw.get(name, "")
        return "" if raw == _NULL and name not in _NAMES else raw

    def encoded(self) -> ItemsView[str, str]:
        """Return the parameters with their values as they came, those that are ``null`` as well."""
        return self._raw.items()

    def names(self, name: str) -> tuple[str, ...]:
        """Return the names in a parameter that is a list."""
        return names_in(self.raw(name))

    def flag(self, name: str) -> bool:
        """Return whether a parameter is ``1`` or ``true``."""
        return self.get(name, "").lower() in ("1", "true")

    def number(
        self, name: str, default: int | None = None, *, most: int | None = None
    ) -> int | None:
        """Return a parameter that is a whole number; ``default`` if it is missing or empty.

        A larger one than ``most`` counts as ``most``. Raise ``Refusal`` for what is no such number.
        """
        text = self.get(name, "")
        if not text:
            return default
        return whole_number(text, name) if most is None else min(whole_number(text, name), most)

    def object(self, name: str) -> dict[str, Any]:
        """Return a JSON object; empty if it is missing. Raise ``Refusal`` for anything else."""
        text = self.get(name, "")
        if not text:
            return {}
        value = decode_json(text.encode(), name)
        if not isinstance(value, dict):
            refuse(400, f"`{name}` must be a JSON object", "Balancer")
        return value

    def timetoken(self, name: str) -> int | None:
        """Return ``t`` of a parameter that is a JSON object; None if it is missing there."""
        time = self.object(name).get("t")
        return None if time is None else whole_number(str(time), f"t of {name}")


def decode_json(text: bytes, name: str) -> Any:
    """Return a JSON value; ``Refusal`` that names the part of the request for anything else."""
    try:
        return decode(text)
    except BrokenMessage as error:
        refuse(400, f"`{name}` is {error}", "Balancer")


class Inflated(NamedTuple):
    """A body, inflated up to a byte more than ``most``; None if it is cut off or corrupt."""

    body: bytes | None
    most: int


@dataclass(slots=True)
class Request:
    """A request. ``path`` and the parts of it are as they came, percent-encoded.

    Its ``repr`` has neither keys nor tokens, but the route and the operation.
    """

    method: str
    path: str = field(repr=False)
    query: Query = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    #: The parts of the path that its route names, the route's path and its operation.
    parts: dict[str, str] = field(default_factory=dict, repr=False)
    route: str = ""
    operation: str = ""
    #: What allowed it, or why it was refused, if its keyset has an access manager.
    access: str = ""
    #: Bytes of what is kept of its head.
    size: int = 0
    #: How it came: ``http`` or ``https``.
    scheme: str = "http"
    #: Bytes that ``body`` may have.
    most: int = MAX_BODY
    #: Takes the body in place of ``body``, if that may be long.
    incoming: Incoming | None = field(default=None, repr=False)
    #: The body, inflated, once that was done.
    inflated: Inflated | None = field(default=None, repr=False)

    def origin(self) -> str:
        """Return scheme, host and port of the URL; raise ``Refusal`` without ``Host``.

        HTTP/1.0 may leave it out. One that is no host was refused with the head.
        """
        host = self.headers.get("Host")
        if host is None:
            refuse(400, NO_HOST, "Balancer")
        return f"{self.scheme}://{host}"

    def part(self, name: str) -> str:
        """Return a part of the path, decoded."""
        return decode_part(self.parts[name])

    def name(self, name: str) -> str:
        """Return a part of the path that is the name of a channel, a group or a user."""
        return check_name(self.part(name))

    def names(self, name: str) -> tuple[str, ...]:
        """Return a part of the path that is a list of names."""
        return names_in(self.parts[name])


#: Names of headers that are kept as the service reads them, and bytes of the longest of these.
_KEPT_HEADERS: Final = 256
_KEPT_HEADER_LENGTH: Final = 64
#: The headers of requests that are read.
READ_HEADERS: Final = frozenset(
    {
        *("Access-Control-Request-Private-Network", "Authorization", "Connection"),
        *("Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "If-Match"),
        *("Origin", "Sec-Fetch-Site", "Transfer-Encoding"),
    }
)


def header_name(raw: bytes) -> str:
    """Return a header's name in the form ``Content-Type``, whatever its case was."""
    return (_kept_header_name if len(raw) <= _KEPT_HEADER_LENGTH else _header_name)(raw)


def _header_name(raw: bytes) -> str:
    return raw.decode("latin-1").title()


_kept_header_name: Final = lru_cache(_KEPT_HEADERS)(_header_name)


#: Makes zlib read its own form and gzip's: clients send the one under the name of the other.
_ZLIB_OR_GZIP: Final = zlib.MAX_WBITS | 32


def inflate_body(request: Request, limit: int) -> bytes | None:
    """Return the body, inflated if it is compressed, up to a byte more than ``limit``.

    Return None if it is cut off or corrupt. It is inflated once, unless more is asked for than
    before: its signature, its rights and its operation are read from it.
    """
    if request.headers.get("Content-Encoding", "identity").lower() not in ("deflate", "gzip"):
        return request.body
    found = request.inflated
    if found is None or limit > found.most:
        found = Inflated(_inflate(request.body, limit), limit)
        if request.method != "GET":
            # No operation reads the body of a GET, which may wait with all that it has.
            request.inflated = found
    return found.body and found.body[: limit + 1]


def _inflate(text: bytes, limit: int) -> bytes | None:
    inflate = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        body = inflate.decompress(text, limit + 1)
    except zlib.error:
        return None
    # The beginning of a number is a number too.
    return body if inflate.eof or len(body) > limit else None


def body_of(request: Request) -> bytes:
    """Return the body, inflated if it is compressed; raise ``Refusal`` if that can't be done."""
    body = inflate_body(request, MAX_BODY)
    if body is None:
        refuse(400, "The body is not what Content-Encoding says", "Balancer")
    if len(body) > MAX_BODY:
        refuse(413, "Request Entity Too Large", "Balancer")
    return body
