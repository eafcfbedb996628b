"""AES as the service's SDKs use it, on bytes: keys, padding, and the two layouts of what is encrypted.

========  ================================================  ===================================
layout    key                                               bytes
========  ================================================  ===================================
legacy    the first 32 hexadecimal digits of SHA-256        ciphertext, after the vector if that
                                                            is random
header    SHA-256                                           ``PNED``, version, ``ACRH``, length
                                                            of the vector, vector, ciphertext
========  ================================================  ===================================

Both are AES-256-CBC with PKCS#7 padding (recorded: each official SDK reads the others'). Nothing in them
says whether the text is the one that was encrypted: who can change a message on its way can change what
it decrypts to. Only TLS and the service keep it from that.
"""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from pnclient.exceptions import PubNubException

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC
    from cryptography.hazmat.primitives.padding import PKCS7

BLOCK: Final = 16
#: The vector of the legacy layout where it isn't random.
STATIC_VECTOR: Final = b"0123456789012345"
_MAGIC: Final = b"PNED"
_VERSION: Final = 1
_AES_CBC: Final = b"ACRH"
#: Of the vector's length: two more bytes follow, which are the length.
_LONG: Final = 0xFF

#: What failed is not told: whoever may ask often enough could learn the text from it.
_FAILED: Final = "the text can't be decrypted: it has another key or vector, or is damaged"


class DecryptionError(PubNubException, ValueError):
    """A text that can't be decrypted. ``str()`` has nothing of the text or the key."""

    def __init__(self, reason: str = _FAILED) -> None:
        super().__init__(pn_error=reason)


class PubNubCrypto(ABC):
    """What encrypts texts with a key given each time: the base for one of your own.

    Set as ``crypto_instance`` of a configuration, it encrypts and decrypts everything that is encrypted.
    """

    def __init__(self, pubnub_config: Any = None) -> None:
        self.pubnub_configuration = pubnub_config

    @abstractmethod
    def encrypt(self, key: str, msg: str) -> str:
        """The encrypted text."""

    @abstractmethod
    def decrypt(self, key: str, msg: str) -> Any:
        """The value that a text holds, or the text in it if that is no JSON."""


def legacy_key(key: str) -> bytes:
    """32 bytes, of which half is entropy: the digits themselves are the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32].encode()


def header_key(key: str) -> bytes:
    """32 bytes."""
    return hashlib.sha256(key.encode()).digest()


def encrypt_legacy(key: str, data: bytes, *, random_vector: bool) -> bytes:
    """The legacy layout."""
    if random_vector:
        vector = os.urandom(BLOCK)
        return vector + encrypt_cbc(legacy_key(key), vector, data)
    return encrypt_cbc(legacy_key(key), STATIC_VECTOR, data)


def encrypt_with_header(key: str, data: bytes) -> bytes:
    """The layout with a header."""
    vector = os.urandom(BLOCK)
    header = _MAGIC + bytes([_VERSION]) + _AES_CBC + bytes([BLOCK])
    return header + vector + encrypt_cbc(header_key(key), vector, data)


def decrypt_either(key: str, data: bytes, *, random_vector: bool) -> bytes:
    """The text in ``data``, whichever layout that has; ``random_vector`` says of which kind a legacy one is.

    :raises DecryptionError: it can't be read.
    """
    if data.startswith(_MAGIC):
        vector, ciphertext = _after_header(data)
        return decrypt_cbc(header_key(key), vector, ciphertext)
    if random_vector:
        return decrypt_cbc(legacy_key(key), data[:BLOCK], data[BLOCK:])
    return decrypt_cbc(legacy_key(key), STATIC_VECTOR, data)


def _after_header(data: bytes) -> tuple[bytes, bytes]:
    """The vector and the ciphertext."""
    version, algorithm = data[4:5], data[5:9]
    if version and version[0] != _VERSION:
        raise DecryptionError(f"version {version[0]} of the encryption's header is unknown")
    if len(algorithm) == len(_AES_CBC) and algorithm != _AES_CBC:
        raise DecryptionError("the text was encrypted with an algorithm that is unknown here")
    start, length = 10, int.from_bytes(data[9:10])
    if length == _LONG:
        start, length = 12, int.from_bytes(data[10:12])
    end = start + length
    return data[start:end], data[end:]


def encrypt_cbc(key: bytes, vector: bytes, data: bytes) -> bytes:
    """AES-CBC with padding."""
    cipher, padding = _aes(key, vector)
    padder, encryptor = padding.padder(), cipher.encryptor()
    padded = padder.update(data) + padder.finalize()
    return encryptor.update(padded) + encryptor.finalize()


def decrypt_cbc(key: bytes, vector: bytes, data: bytes) -> bytes:
    """AES-CBC without its padding.

    :raises DecryptionError: a wrong length or a wrong padding; it is not told which.
    """
    if len(vector) != BLOCK or not data or len(data) % BLOCK:
        raise DecryptionError
    cipher, padding = _aes(key, vector)
    decryptor, unpadder = cipher.decryptor(), padding.unpadder()
    padded = decryptor.update(data) + decryptor.finalize()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise DecryptionError from None


def _aes(key: bytes, vector: bytes) -> tuple[Cipher[CBC], PKCS7]:
    # Imported when first needed: most clients don't encrypt, and it takes 20 ms.
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import CBC
        from cryptography.hazmat.primitives.padding import PKCS7
    except ImportError:
        raise ImportError(
            "encryption needs the package cryptography: pip install 'pnfilter[client]'"
        ) from None
    return Cipher(AES(key), CBC(vector)), PKCS7(BLOCK * 8)
