"""The content of an access token. Only this module knows how tokens are written.

A token is base64 for URLs of a CBOR map: ``v``, ``t`` (seconds since 1970), ``ttl`` (minutes),
``res`` and ``pat`` (rights by exact name and by regular expression, for each kind of resource),
``meta``, ``uuid`` (who may use it) and ``sig``. Only the service can check the signature.

A token comes from outside, so it is bounded before it is read (``MAX_TOKEN_LENGTH``), and CBOR's
tags, which let a few bytes mean huge numbers, expressions to compile and endless loops, are
refused.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, NoReturn

from pnclient import errors
from pnclient.enums import PNMatchType, PNResourceType
from pnclient.exceptions import PubNubException

#: Letters of a token. It is a part of URLs, which servers limit to about as much.
MAX_TOKEN_LENGTH: Final = 32_768
#: Containers inside each other. Rights are three deep.
MAX_DEPTH: Final = 8

READ: Final = 1
WRITE: Final = 2
MANAGE: Final = 4
DELETE: Final = 8
CREATE: Final = 16
GET: Final = 32
UPDATE: Final = 64
JOIN: Final = 128

#: The kinds of resources in a token, and what the client calls them.
KINDS: Final[Mapping[str, str]] = {
    "chan": PNResourceType.CHANNEL,
    "grp": PNResourceType.GROUP,
    "uuid": PNResourceType.UUID,
    "usr": PNResourceType.USER,
    "spc": PNResourceType.SPACE,
}
#: The two ways in which a token names resources.
MATCHES: Final[Mapping[str, str]] = {"res": PNMatchType.RESOURCE, "pat": PNMatchType.PATTERN}

_RIGHTS: Final = {
    "read": READ,
    "write": WRITE,
    "manage": MANAGE,
    "delete": DELETE,
    "get": GET,
    "update": UPDATE,
    "join": JOIN,
}
_OLD_RIGHTS: Final = {**_RIGHTS, "create": CREATE}
#: What a parsed token calls each kind, and the rights that the kind has.
_PARSED: Final[Mapping[str, tuple[str, Mapping[str, int]]]] = {
    "chan": ("channels", _RIGHTS),
    "grp": ("groups", _RIGHTS),
    "uuid": ("uuids", _RIGHTS),
    "usr": ("users", _OLD_RIGHTS),
    "spc": ("spaces", _OLD_RIGHTS),
}


class Right(NamedTuple):
    """A right that a token gives.

    ``kind``: a ``PNResourceType``. ``match``: a ``PNMatchType``, what ``name`` is. ``bits``:
    ``READ`` and so on.
    """

    kind: str
    match: str
    name: str
    bits: int


class _NoTags(Mapping[int, Callable[[Any, bool], Any]]):
    """Replace each of the library's own readings of a tag."""

    def __getitem__(self, tag: int) -> Callable[[Any, bool], Any]:
        return _refuse

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 1


def _refuse(*_: object) -> NoReturn:
    raise ValueError("a tag")


def unwrap_token(token: str) -> dict[str, Any]:
    """The map in a token, with text where bytes were (but for ``sig``), however it is padded.

    ``PubNubException`` where there is no token, or where a part has a wrong type. It has nothing of
    the token.
    """
    given: object = token
    if not isinstance(given, str):
        raise TypeError(f"a token must be a string, not {type(given).__name__}")
    if len(given) > MAX_TOKEN_LENGTH:
        raise _invalid(f"it is longer than {MAX_TOKEN_LENGTH} letters")
    content = _content(given)
    if content is None:
        raise _invalid("it can't be read")
    if (fault := _fault(content)) is not None:
        raise _invalid(fault)
    return content


def _invalid(reason: str) -> PubNubException:
    return PubNubException(pn_error=errors.PNERR_INVALID_ACCESS_TOKEN, errormsg=reason)


def _content(token: str) -> dict[str, Any] | None:
    """The map; None where there is none: an error raised here would hold the token."""
    try:
        from cbor2 import CBORDecodeError, loads
    except ImportError:
        raise ImportError("tokens need cbor2: pip install 'pnfilter[client]'") from None
    bare = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        found = loads(
            b64decode(bare + "=" * (-len(bare) % 4), validate=True),
            tag_hook=_refuse,
            semantic_decoders=_NoTags(),
            max_depth=MAX_DEPTH,
            strict_hashable_types=True,
        )
        content = decode_utf8_dict(found)
    except (CBORDecodeError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _fault(content: Mapping[str, Any]) -> str | None:
    """What has a wrong type in a token, if something has."""
    for name in ("v", "t", "ttl"):
        if not _is_number(content.get(name)):
            return f"`{name}` is not a number"
    if not isinstance(content.get("uuid", ""), str):
        return "`uuid` is not a string"
    for name in ("res", "pat", "meta", "cat"):
        if not isinstance(content.get(name, {}), dict):
            return f"`{name}` is not a map"
    for part in MATCHES:
        for named in content.get(part, {}).values():
            if not isinstance(named, dict) or not _are_rights(named):
                return f"`{part}` has something else than rights"
    return None if _are_rights(content.get("cat", {})) else "`cat` has something else than rights"


def _are_rights(named: Mapping[Any, Any]) -> bool:
    return all(isinstance(name, str) and _is_number(bits) for name, bits in named.items())


def _is_number(value: object) -> bool:
    return type(value) is int and value >= 0


def rights(content: Mapping[str, Any]) -> Iterator[Right]:
    """The rights in a token's map, of the kinds that are known."""
    for part, match in MATCHES.items():
        for short, named in content.get(part, {}).items():
            if short in KINDS:
                yield from (Right(KINDS[short], match, name, bits) for name, bits in named.items())


def expiry(content: Mapping[str, Any]) -> int:
    """When a token ends, in seconds since 1970."""
    ends: int = content["t"] + 60 * content["ttl"]
    return ends


def parse_token(token: str) -> dict[str, Any]:
    """Return a token for programs to read, as 10.8 does; see ``unwrap_token`` for errors.

    ``version``, ``timestamp`` (seconds since 1970), ``ttl`` (minutes), ``authorized_uuid``,
    ``meta``; ``resources`` and ``patterns``: for each of ``channels``, ``groups``, ``uuids``,
    ``users`` and ``spaces`` in the token, names with their rights as True or False; ``categories``
    where there are any. The signature is left out, and not checked.
    """
    content = unwrap_token(token)
    found = {
        "version": content["v"],
        "timestamp": content["t"],
        "ttl": content["ttl"],
        "authorized_uuid": content.get("uuid"),
        "resources": _readable(content.get("res", {})),
        "patterns": _readable(content.get("pat", {})),
        "meta": content.get("meta", {}),
    }
    readable = {
        _PARSED[short][0]: {"get": bool(bits & GET)}
        for short, bits in content.get("cat", {}).items()
        if short in ("chan", "uuid")
    }
    return {**found, "categories": readable} if readable else found


def categories(content: Mapping[str, Any]) -> frozenset[str]:
    """Of which kinds a token lets list all metadata: ``channels``, ``uuids``."""
    return frozenset(
        _PARSED[short][0]
        for short, bits in content.get("cat", {}).items()
        if short in ("chan", "uuid") and bits & GET
    )


def _readable(part: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, dict[str, bool]]]:
    found: dict[str, dict[str, dict[str, bool]]] = {}
    for short, named in part.items():
        if short in _PARSED:
            word, known = _PARSED[short]
            found[word] = {
                name: {right: bool(bits & bit) for right, bit in known.items()}
                for name, bits in named.items()
            }
    return found


def decode_utf8_dict(dic: Any) -> Any:
    """A value with text where bytes were, however deep; what is named ``sig`` stays bytes."""
    if isinstance(dic, bytes):
        return dic.decode()
    if isinstance(dic, dict):
        names = {name: name.decode() if isinstance(name, bytes) else name for name in dic}
        return {
            names[name]: value
            if names[name] == "sig" and isinstance(value, bytes)
            else decode_utf8_dict(value)
            for name, value in dic.items()
        }
    if isinstance(dic, list):
        return [decode_utf8_dict(value) for value in dic]
    return dic
