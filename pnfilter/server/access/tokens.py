"""Access tokens: how they are requested, made, read and matched; only this module knows the form.

A token is base64 for URLs, with its padding, of a CBOR map (observed, see docs/protocol.md): ``v``,
``t``, ``ttl``, ``res``, ``pat``, ``meta``, perhaps ``uuid``, and ``sig`` at its end. All before
``sig`` is signed, so that only CBOR is decoded that was made here.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from base64 import b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypedDict

from pnfilter.regular import Work, covers, is_readable, matches
from pnfilter.server.settings import MAX_NAME, MAX_TOKEN, MAX_TOKEN_MINUTES
from pnfilter.server.wire import ALL, Need, is_wildcard

#: The kinds in a token by what a request for one calls them (observed).
KINDS: Final[Mapping[str, bytes]] = {
    "channels": b"chan",
    "groups": b"grp",
    "users": b"usr",
    "spaces": b"spc",
    "uuids": b"uuid",
}
#: The kinds in a token for each kind of subject; users and spaces are older words (assumed).
_READ_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "channels": ("chan", "spc"),
    "channel-groups": ("grp",),
    "uuids": ("uuid", "usr"),
}
CATEGORIES: Final[Mapping[str, str]] = {"channels": "chan", "uuids": "uuid"}

_VERSION: Final = 2
#: A name, which is the last one of the map, and the head of a byte string of 32.
_END: Final = b"\x43sig\x58\x20"
_SIGNATURE: Final = 32
#: Bytes of the signature that are random: two tokens of one second for the same are two.
_SALT: Final = 8


class Token(NamedTuple):
    """The content of a token that was made here.

    ``digest`` names it, however it is written, and gives nothing of it away; ``ends`` is in seconds
    since 1970.
    """

    digest: bytes
    ends: float
    uuid: str | None
    resources: Mapping[str, Mapping[str, int]]
    patterns: Mapping[str, Mapping[str, int]]
    categories: Mapping[str, int]

    def allows(self, need: Need, work: Work) -> bool:
        """Whether it gives a right: by a name, by a pattern found in the name, or by a category.

        A wildcard reaches many channels, so that a pattern has to be found in each of their names.
        """
        kind, name = need.subject
        if kind == "categories":
            return bool(self.categories.get(CATEGORIES[name], 0) & need.right)
        for word in _READ_AS.get(kind, ()):
            if self.resources.get(word, {}).get(name, 0) & need.right:
                return True
            for pattern, bits in self.patterns.get(word, {}).items():
                if work.left <= 0:
                    return False
                if bits & need.right and _is_found(pattern, name, work):
                    return True
        return False


def _is_found(pattern: str, name: str, work: Work) -> bool | None:
    if is_wildcard(name):
        return covers(pattern, name[: name.rindex("*")], work)
    return matches(pattern, name, work)


def require_cbor() -> None:
    """``ImportError``, with what to do, where the package for CBOR is missing."""
    try:
        import cbor2  # noqa: F401 - only whether it is there
    except ImportError:
        raise ImportError("access tokens need cbor2: pip install 'pnfilter[server]'") from None


class InvalidToken(Exception):
    """A string is a token, but not one of this keyset."""


def make_token(
    secret_key: str,
    *,
    seconds: int,
    ttl: int,
    resources: Mapping[bytes, Mapping[str, int]],
    patterns: Mapping[bytes, Mapping[str, int]],
    categories: Mapping[str, int],
    meta: Mapping[str, Any],
    uuid: str | None,
) -> str:
    """Return a token that is good from ``seconds`` since 1970 on, for ``ttl`` minutes.

    Every kind is in it, also those without rights: the SDK for JavaScript reads no other.
    """
    from cbor2 import dumps

    content: dict[bytes, Any] = {b"v": _VERSION, b"t": seconds, b"ttl": ttl}
    for part, rights in ((b"res", resources), (b"pat", patterns)):
        content[part] = {kind: dict(rights.get(kind, {})) for kind in KINDS.values()}
    if categories:
        content[b"cat"] = {CATEGORIES[name].encode(): bits for name, bits in categories.items()}
    content[b"meta"] = dict(meta)
    if uuid is not None:
        content[b"uuid"] = uuid
    data = dumps({**content, b"sig": bytes(_SIGNATURE)})[:-_SIGNATURE]
    signature = _signature(secret_key, data, secrets.token_bytes(_SALT))
    return urlsafe_b64encode(data + signature).decode()


def read_token(text: str, secret_key: str) -> Token | None:
    """Return a token; None for any other string, such as an auth key.

    Raise ``InvalidToken`` if it has a token's form and another signature.
    """
    data = _data(text)
    if data is None:
        return None
    signed, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    expected = _signature(secret_key, signed, signature[:_SALT])
    if not hmac.compare_digest(signature, expected):
        raise InvalidToken
    return _content(data)


def _data(text: str) -> bytes | None:
    """Return the bytes of what has a token's form: a map at its start, and at its end ``sig``."""
    bare = text.rstrip("=")
    if len(text) > MAX_TOKEN or not text.isascii() or "+" in text or "/" in text:
        return None
    try:
        data = b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except Error:
        return None
    is_map = data[:1] >= b"\xa0" and data[:1] <= b"\xbf"
    return data if is_map and data[-_SIGNATURE - len(_END) : -_SIGNATURE] == _END else None


def _signature(secret_key: str, data: bytes, salt: bytes) -> bytes:
    text = b"pnfilter token\n" + salt + data
    digest = hmac.digest(secret_key.encode(), text, hashlib.sha256)
    return salt + digest[: _SIGNATURE - _SALT]


def _content(data: bytes) -> Token:
    from cbor2 import loads

    content = loads(data)
    return Token(
        digest=hashlib.sha256(data).digest(),
        ends=content[b"t"] + 60 * content[b"ttl"],
        uuid=content.get(b"uuid"),
        resources=_decode_names(content[b"res"]),
        patterns=_decode_names(content[b"pat"]),
        categories={kind.decode(): bits for kind, bits in content.get(b"cat", {}).items()},
    )


def _decode_names(part: Mapping[bytes, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    return {kind.decode(): names for kind, names in part.items()}


# Requests for tokens, which are checked before anything is granted.

#: Levels of lists and objects in ``meta``, and the numbers that a token can hold.
_MAX_DEPTH: Final = 4
_MAX_NUMBER: Final = 2**63 - 1


class InvalidTokenRequest(Exception):
    """A request can't be granted: what is wrong with which part of the body."""

    def __init__(self, part: str, detail: str, message: str = "") -> None:
        super().__init__(detail)
        #: ``ttl`` or ``permissions.…``: where it is.
        self.part = part
        self.detail = detail
        self.message = message or f"Invalid {part.partition('.')[0]}"


class TokenContent(TypedDict):
    """What goes into a token, as ``make_token`` takes it."""

    ttl: int
    resources: Mapping[bytes, Mapping[str, int]]
    patterns: Mapping[bytes, Mapping[str, int]]
    categories: Mapping[str, int]
    meta: Mapping[str, Any]
    uuid: str | None


def read_request(body: Any) -> TokenContent:
    """Return what is asked for; ``InvalidTokenRequest`` if it can't be granted.

    A kind that is left out has no rights: SDKs differ in which kinds they send.
    """
    asked = _object_in(body, "body")
    permissions = _object_in(asked.get("permissions"), "permissions")
    uuid = permissions.get("uuid")
    if uuid is not None and not _is_name(uuid):
        raise InvalidTokenRequest("permissions.uuid", f"A user's name has 1 to {MAX_NAME} bytes.")
    meta = _object_in(permissions.get("meta") or {}, "permissions.meta")
    if not _is_plain(meta, _MAX_DEPTH):
        raise InvalidTokenRequest(
            "permissions.meta", "It is too deep, or holds a number that is too large."
        )
    ttl = _minutes_in(asked.get("ttl"))
    resources, patterns = (_rights_in(permissions, part) for part in ("resources", "patterns"))
    categories = _categories_in(permissions)
    if not any((*resources.values(), *patterns.values(), categories)):
        raise InvalidTokenRequest(
            "permissions", "What are you granting?", "This grant contains no permissions"
        )
    return {
        "ttl": ttl,
        "resources": resources,
        "patterns": patterns,
        "categories": categories,
        "meta": meta,
        "uuid": uuid,
    }


def _object_in(value: Any, part: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidTokenRequest(part, "It must be a JSON object.")
    return value


def _minutes_in(value: Any) -> int:
    minutes: Any = value
    # The SDK for Python 4 sends a string.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        minutes = int(value)
    if not _is_number(minutes) or not 1 <= minutes <= MAX_TOKEN_MINUTES:
        raise InvalidTokenRequest("ttl", f"Range should be 1 to {MAX_TOKEN_MINUTES} minute(s).")
    return int(minutes)


def _rights_in(permissions: Mapping[str, Any], part: str) -> dict[bytes, dict[str, int]]:
    found: dict[bytes, dict[str, int]] = {}
    for kind, named in _object_in(permissions.get(part) or {}, f"permissions.{part}").items():
        if kind not in KINDS:
            raise InvalidTokenRequest(f"permissions.{part}", f"The kinds are {', '.join(KINDS)}.")
        place = f"permissions.{part}.{kind}"
        for name, bits in _object_in(named, place).items():
            _check_right(name, bits, place, is_pattern=part == "patterns")
        found[KINDS[kind]] = named
    return found


def _check_right(name: str, bits: Any, place: str, *, is_pattern: bool) -> None:
    if not _is_name(name):
        raise InvalidTokenRequest(place, f"A name has 1 to {MAX_NAME} bytes.")
    if not _is_number(bits) or not 0 <= bits <= ALL:
        raise InvalidTokenRequest(place, f"Rights are a number from 0 to {ALL}.")
    if is_pattern and not is_readable(name):
        raise InvalidTokenRequest(
            place, "A pattern must be a regular expression that can be matched in bounded time."
        )


def _categories_in(permissions: Mapping[str, Any]) -> dict[str, int]:
    found = _object_in(permissions.get("categories") or {}, "permissions.categories")
    for name, bits in found.items():
        if name not in CATEGORIES or not _is_number(bits) or not 0 <= bits <= ALL:
            raise InvalidTokenRequest(
                "permissions.categories", f"They are {' and '.join(CATEGORIES)}, with rights."
            )
    return found


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name.encode()) <= MAX_NAME


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_plain(value: Any, depth: int) -> bool:
    match value:
        case None | bool() | str():
            return True
        case int():
            return -_MAX_NUMBER <= value <= _MAX_NUMBER
        case float():
            return math.isfinite(value)
        case list() | dict():
            inside = value.values() if isinstance(value, dict) else value
            return depth > 0 and all(_is_plain(one, depth - 1) for one in inside)
        case _:
            # A number that can't be held.
            return False
