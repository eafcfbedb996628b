"""Encrypted files: raw bytes in the layouts of messages, without base64.

========================================  ========================================================
written by                                bytes
========================================  ========================================================
4.8.1; later SDKs with a cipher key       a random vector, then the ciphertext
later SDKs with the module for AES-CBC    ``PNED``, version, ``ACRH``, length of the vector, vector, ciphertext
10.8 with ``use_random_...`` False        the ciphertext alone, with the fixed vector
========================================  ========================================================

The first two are written here and all are read (recorded: ``tests/protocol/captured``). The third is known by its
beginning: with the fixed vector its first 16 bytes are text, which noise is in one of a million cases, or there
is nothing but them. Of others of the third kind, the first 16 bytes would be missing: say ``random_vector=False``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pnclient.crypto_core import (
    BLOCK,
    Key,
    decrypt_either,
    encrypt_legacy,
    encrypt_with_header,
    first_block,
    has_header,
)

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

_TEXT: Final = re.compile(rb"[\t\r\n -~]{16}")


class FileCipher:
    """Encrypts and decrypts files with one key. Safe to use from several threads; it takes memory of a file's size."""

    __slots__ = ("_header", "_key")

    def __init__(self, key: Key, *, header: bool = False) -> None:
        self._key = key
        self._header = header

    def encrypt(self, data: bytes) -> bytes:
        """The encrypted file."""
        if self._header:
            return encrypt_with_header(self._key, data)
        return encrypt_legacy(self._key, data, random_vector=True)

    def decrypt(self, data: bytes, *, random_vector: bool | None = None) -> bytes:
        """The file. ``random_vector``: whether it begins with one; None to tell by its beginning.

        :raises DecryptionError: another key, or damaged.
        """
        if random_vector is None:
            random_vector = has_header(data) or not self._has_fixed_vector(data)
        return decrypt_either(self._key, data, random_vector=random_vector)

    def _has_fixed_vector(self, data: bytes) -> bool:
        return len(data) == BLOCK or (
            not len(data) % BLOCK
            and len(data) > BLOCK
            and _TEXT.fullmatch(first_block(self._key, data)) is not None
        )


class PubNubFileCrypto:
    """The class of old for files: writes a random vector and the ciphertext, reads all layouts."""

    def __init__(self, pubnub_config: PNConfiguration | None = None) -> None:
        self.pubnub_configuration = pubnub_config

    def encrypt(self, key: str, file: bytes) -> bytes:
        """The encrypted file.

        :raises PubNubException: the key is empty, or no text.
        """
        return FileCipher(Key(key)).encrypt(_bytes(file))

    def decrypt(self, key: str, file: bytes, *, random_vector: bool | None = None) -> bytes:
        """The file; ``random_vector`` as of ``FileCipher.decrypt``.

        :raises DecryptionError: another key, or damaged.
        """
        return FileCipher(Key(key)).decrypt(_bytes(file), random_vector=random_vector)


def _bytes(file: object) -> bytes:
    if not isinstance(file, bytes | bytearray | memoryview):
        raise TypeError(f"file: bytes are expected, not {type(file).__name__}")
    return bytes(file)
