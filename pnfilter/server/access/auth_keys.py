"""Encrypts the auth keys in a store, with AES-SIV (RFC 5297) and a key made of the secret key.

AES-SIV needs no random number: it always encrypts the same auth key alike, so that the store can
look it up, and it detects changed bytes.
"""

from __future__ import annotations

import hmac
from typing import Final

#: Comes before each auth key: cryptography 42 encrypts no empty data, and everybody's key is empty.
_MARK: Final = b"k"


def require_cryptography() -> None:
    """Raise ``ImportError``, with what to do, if cryptography is missing."""
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        raise ImportError(
            "the access manager needs cryptography: pip install 'pnfilter[server]'"
        ) from None


class AuthKeyCipher:
    """Encrypts and decrypts the auth keys of one keyset."""

    def __init__(self, secret_key: str) -> None:
        # With an access manager only: the import takes about 10 ms.
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        # The 512 bits are two keys of AES-256.
        self._cipher = AESSIV(hmac.digest(secret_key.encode(), b"pnfilter auth keys", "sha512"))

    def encrypt(self, auth: str) -> bytes:
        """Return the bytes to store in place of an auth key."""
        return self._cipher.encrypt(_MARK + auth.encode(), None)

    def decrypt(self, data: bytes) -> str | None:
        """Return the auth key; None if another secret key encrypted it, or the data is damaged."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(data, None).removeprefix(_MARK).decode()
        except InvalidTag:
            return None
