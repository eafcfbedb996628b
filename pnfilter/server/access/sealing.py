"""Auth keys as they are stored: nobody who has the file alone can use them.

A name is XORed with HMAC-SHA256 as a stream, whose start is the HMAC of the name itself: the same name
is always sealed alike, so that it can be a key of a table, and a changed one is found.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

_START: Final = 16
_BLOCK: Final = 32


def sealed(text: str, secret_key: str) -> bytes:
    """A text that only who has the secret key can read."""
    plain = text.encode()
    start = _digest(secret_key, b"start", plain)[:_START]
    return start + _crossed(plain, secret_key, start)


def opened(data: bytes, secret_key: str) -> str | None:
    """The text; None where it was sealed with another key, or is spoilt."""
    start, rest = data[:_START], data[_START:]
    plain = _crossed(rest, secret_key, start)
    if not hmac.compare_digest(start, _digest(secret_key, b"start", plain)[:_START]):
        return None
    return plain.decode()


def _crossed(data: bytes, secret_key: str, start: bytes) -> bytes:
    blocks = range(-(-len(data) // _BLOCK))
    stream = b"".join(_digest(secret_key, b"block", start + b"%d" % number) for number in blocks)
    return bytes(one ^ other for one, other in zip(data, stream, strict=False))


def _digest(secret_key: str, purpose: bytes, data: bytes) -> bytes:
    return hmac.digest(
        secret_key.encode(), b"pnfilter auth key " + purpose + b"\n" + data, hashlib.sha256
    )
