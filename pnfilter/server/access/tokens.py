"""Access tokens: made, read and matched. Only this module knows how they are written.

A token is base64 for URLs, with its padding, of a CBOR map (observed, see docs/protocol.md): ``v``,
``t``, ``ttl``, ``res``, ``pat``, ``meta``, perhaps ``uuid``, and ``sig`` at its end. All before
``sig`` is signed, so that only CBOR is decoded that was made here.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pnfilter.regular import Work, covers, matches
from pnfilter.server.settings import MAX_TOKEN
from pnfilter.server.wire import Need, is_wildcard

#: The kinds in a token by what a request for one calls them (observed).
KINDS: Final[Mapping[str, bytes]] = {
    "channels": b"chan",
    "groups": b"grp",
    "users": b"usr",
    "spaces": b"spc",
    "uuids": b"uuid",
}
#: The kinds that stand for a kind of subject; users and spaces are older words (assumed).
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
    """What stands in a token that was made here.

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


class Invalid(Exception):
    """A text is a token, but not one of this keyset."""


def made(
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


def read(text: str, secret_key: str) -> Token | None:
    """Return a token; None for any other text, such as an auth key.

    Raise ``Invalid`` if it has a token's form and another signature.
    """
    data = _data(text)
    if data is None:
        return None
    signed, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    expected = _signature(secret_key, signed, signature[:_SALT])
    if not hmac.compare_digest(signature, expected):
        raise Invalid
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
        resources=_named(content[b"res"]),
        patterns=_named(content[b"pat"]),
        categories={kind.decode(): bits for kind, bits in content.get(b"cat", {}).items()},
    )


def _named(part: Mapping[bytes, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    return {kind.decode(): names for kind, names in part.items()}
