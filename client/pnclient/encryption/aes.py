"""AES as the service's SDKs use it, on bytes: keys, padding and the two layouts.

========  ================================================  ===================================
layout    key                                               bytes
========  ================================================  ===================================
legacy    the first 32 hexadecimal digits of SHA-256        ciphertext, after the vector if that
                                                            is random
header    SHA-256                                           ``PNED``, version, ``ACRH``, length
                                                            of the vector, vector, ciphertext
========  ================================================  ===================================

Both are AES-256-CBC with PKCS#7 padding (recorded: each official SDK reads the others'). Nothing in
them says whether the text is the one that was encrypted: who can change a message on its way can
change what it decrypts to. Only TLS and the service keep it from that.
"""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from pnclient.exceptions import PubNubException
from pnclient.validators import is_encodable

if TYPE_CHECKING:
    from Crypto.Cipher._mode_cbc import CbcMode

BLOCK: Final = 16
#: The vector of the legacy layout where it isn't random.
STATIC_VECTOR: Final = b"0123456789012345"
_MAGIC: Final = b"PNED"
_VERSION: Final = 1
_AES_CBC: Final = b"ACRH"
#: Of the vector's length: two more bytes follow, which are the length.
_LONG: Final = 0xFF

#: What texts have that isn't printable: UTF-16 has zeros.
_BLANKS: Final = frozenset("\0\t\n\r\xa0\u3000")

#: The error hides what failed: an attacker who asks often could learn the text from it.
_FAILED: Final = "the text can't be decrypted: it has another key or vector, or is damaged"


class CipherSettings(Protocol):
    """The properties of a configuration that say how it encrypts (``PNConfiguration``)."""

    @property
    def cipher_key(self) -> str | None: ...
    @property
    def crypto_module(self) -> Any: ...
    @property
    def crypto_instance(self) -> Any: ...
    @property
    def use_random_initialization_vector(self) -> bool: ...


class DecryptionError(PubNubException, ValueError):
    """What was received can't be decrypted. ``str()`` has nothing of the text or the key.

    ``ciphertext`` is what was received: the payload of a message, or the bytes of a file.
    ``is_plaintext`` is true if its form shows that it was never encrypted.
    """

    is_plaintext = False

    def __init__(self, reason: str = _FAILED, ciphertext: Any = None) -> None:
        super().__init__(pn_error=reason)
        self.ciphertext = ciphertext

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._pn_error,), vars(self)


class Key:
    """A cipher key. ``repr`` doesn't show it, so that no frame of a traceback does.

    :raises PubNubException: empty, or no text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: object) -> None:
        if not isinstance(text, str):
            raise PubNubException(pn_error=f"a cipher key must be a str, not {type(text).__name__}")
        if not text:
            raise PubNubException(pn_error="the cipher key is empty: anybody could decrypt")
        if not is_encodable(text):
            raise PubNubException(pn_error="the cipher key has an unpaired surrogate")
        self._text = text

    def __repr__(self) -> str:
        return "Key(not shown)"

    def legacy(self, vector: bytes) -> CbcMode:
        """The digits of the hash are the key, so that half of its 32 bytes is entropy."""
        return _cbc(self.digest().hex()[:32].encode(), vector)

    def header(self, vector: bytes) -> CbcMode:
        """The hash is the key."""
        return _cbc(self.digest(), vector)

    def digest(self) -> bytes:
        """SHA-256."""
        return hashlib.sha256(self._text.encode()).digest()


#: Makes the cipher of one text from its vector, as ``Key.legacy`` and ``Key.header`` do.
Keyed: TypeAlias = Callable[[bytes], "CbcMode"]


def encrypt_legacy(key: Key, data: bytes, *, random_vector: bool) -> bytes:
    """The legacy layout."""
    if random_vector:
        vector = os.urandom(BLOCK)
        return vector + encrypt_cbc(key.legacy, vector, data)
    return encrypt_cbc(key.legacy, STATIC_VECTOR, data)


def encrypt_with_header(key: Key, data: bytes) -> bytes:
    """The layout with a header."""
    vector = os.urandom(BLOCK)
    header = _MAGIC + bytes([_VERSION]) + _AES_CBC + bytes([BLOCK])
    return header + vector + encrypt_cbc(key.header, vector, data)


def has_header(data: bytes) -> bool:
    """Whether it has the layout with a header."""
    return data.startswith(_MAGIC)


def first_block(key: Key, data: bytes) -> bytes:
    """What the first block of a legacy text holds, if its vector isn't random."""
    return key.legacy(STATIC_VECTOR).decrypt(data[:BLOCK])


def is_text(block: bytes) -> bool:
    """Whether 16 bytes are text: noise is in one of 200,000 cases."""
    try:
        # A character may go on in the next block.
        text = codecs.getincrementaldecoder("utf-8")().decode(block)
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in _BLANKS for letter in text)


def decrypt_either(key: Key, data: bytes, *, random_vector: bool) -> bytes:
    """Decrypt ``data`` in either layout; ``random_vector`` is the kind of a legacy one.

    :raises DecryptionError: it can't be read.
    """
    if has_header(data):
        vector, ciphertext = _after_header(data)
        return decrypt_cbc(key.header, vector, ciphertext)
    if random_vector:
        return decrypt_cbc(key.legacy, data[:BLOCK], data[BLOCK:])
    return decrypt_cbc(key.legacy, STATIC_VECTOR, data)


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


def encrypt_cbc(keyed: Keyed, vector: bytes, data: bytes) -> bytes:
    """AES-CBC with padding."""
    cipher = keyed(vector)
    from Crypto.Util.Padding import pad

    return cipher.encrypt(pad(data, BLOCK))


def decrypt_cbc(keyed: Keyed, vector: bytes, data: bytes) -> bytes:
    """AES-CBC without its padding.

    :raises DecryptionError: a wrong length or a wrong padding, without saying which.
    """
    if len(vector) == BLOCK and data and not len(data) % BLOCK:
        padded = keyed(vector).decrypt(data)
        from Crypto.Util.Padding import unpad

        with suppress(ValueError):
            return unpad(padded, BLOCK)
    raise DecryptionError


def _cbc(key: bytes, vector: bytes) -> CbcMode:
    # Imported when first needed: most clients don't encrypt, and it takes 40 ms.
    try:
        from Crypto.Cipher import AES
    except ImportError:
        raise ImportError(
            "encryption needs the package pycryptodome: pip install 'pnfilter[client]'"
        ) from None
    return AES.new(key, AES.MODE_CBC, vector)
