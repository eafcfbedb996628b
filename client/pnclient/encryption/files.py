"""Encrypted files: raw bytes in the layouts of messages, without base64.

============================================  ======  =======================  =====================
SDK and configuration                         writes  vector                   reads
============================================  ======  =======================  =====================
Python 4.8.1 to 7.2, always                   legacy  random: 16 digits        legacy random
Python 7.3 to 10.8, random vectors            legacy  random                   legacy random, header
Python 7.3 to 10.8, static vectors            legacy  static                   legacy static, header
Python, ``encrypt``, ``decrypt`` of a client  legacy  random: digits or ASCII  legacy random
JavaScript, legacy module, always             legacy  random                   legacy random, header
both, AES-CBC module                          header  random                   as the legacy module
============================================  ======  =======================  =====================

Each SDK decrypts the other kind of legacy file without an error, to a file without its first 16
bytes, or after 16 bytes of noise. No SDK misreads a header: it decrypts the file, or fails. So the
layout written here is:

* the header, if the configuration's vector is static, because no legacy file suits all SDKs then;
* legacy with a random vector, if the configuration's is random. The vector is ASCII, as a mark.

A header, a vector of ASCII or a length of one block says how to read a file. Others are judged by
what their first 16 bytes are with the static vector: the beginning of a file, or noise.

============================  ====================================  ================================
first 16 bytes                vector configured as static           vector configured as random
============================  ====================================  ================================
the beginning of a file       the file, with them                   ``DecryptionError``
noise, then a known file      the file, without them                the file, without them
noise, then unlike noise      ``DecryptionError``                   the file, without them
noise, then noise             ``DecryptionError``                   ``DecryptionError``
============================  ====================================  ================================

Noise is taken for the beginning of a file in one of 150,000 cases. One kind of file is misread: 16
bytes of noise and then a known file, written with a static vector; if the configuration's is
random, also 16 bytes of noise and then another beginning, or at most 15 bytes of text.

Recorded: ``tests/protocol/captured`` and ``tests/client/encryption/files.json``.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from os import urandom
from typing import Final

from pnclient.encryption.aes import (
    BLOCK,
    CipherSettings,
    DecryptionError,
    Key,
    decrypt_either,
    encrypt_cbc,
    encrypt_with_header,
    first_block,
    has_header,
    is_text,
)

#: Vectors that 4.8.1 (digits), 10.8 (URL-safe base64) and this module write; others have one of
#: these by chance in one of four billion files.
_MARKED: Final = re.compile(rb"[0-9A-Za-z_-]{16}")
#: Random bytes in a vector of 16 characters.
_VECTOR_ENTROPY: Final = 12
#: How files of common formats begin; noise does so in one of two million cases.
_BEGINNINGS: Final = re.compile(
    rb"\x89PNG|%PDF-|%!PS|\xff\xd8\xff|GIF8|BM....\0\0\0\0|II\*\0|MM\0\*|RIFF|OggS|fLaC|ID3"
    rb"|....ftyp|\x1a\x45\xdf\xa3|PK\x03\x04|\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ\0|7z\xbc\xaf"
    rb"|\x28\xb5\x2f\xfd|\x7fELF|\0asm|\xca\xfe\xba\xbe|\xd0\xcf\x11\xe0|\xef\xbb\xbf|PAR1"
    rb"|Rar!|\x04\x22\x4d\x18|\x93NUMPY|\x89HDF|wOF[F2]|\0\x01\0\0|OTTO|8BPS|FLV\x01|MThd|Obj\x01"
    rb"|dex\n|\0\0\0\x0cj[PX]|\xcf\xfa\xed\xfe",
    re.DOTALL,
)
#: How often one byte is among 16; noise has one so often in one of a hundred million cases.
_REPEATED: Final = 6
#: Different upper halves of 16 bytes; noise has so few in one of seven hundred million cases.
_FEW_HALVES: Final = 3
#: Pairs of bytes with the same upper half: 16 bytes of noise have so many in one of 800 cases.
_MANY_PAIRS: Final = 20
#: Bytes of the shortest file that counts as text; noise of this length is text in one of 800 cases.
_SHORTEST_TEXT: Final = 7

_CONTRADICTION: Final = (
    "the file can't be decrypted for certain: its first 16 bytes are a random vector or content, "
    "and the configuration's use_random_initialization_vector doesn't settle it; say which: "
    "PubNubFileCrypto().decrypt(key, error.ciphertext, random_vector=...)"
)


class FileCipher:
    """Encrypts and decrypts files with one key. Safe to use from several threads.

    It takes memory of a file's size. ``header``: write that layout, else legacy with a random
    vector. ``random_vector``: whether a legacy file has one, if its bytes don't say.
    ``is_certain``: take its word for files of noise too, which are refused otherwise.
    """

    __slots__ = ("_header", "_is_certain", "_key", "_random_vector")

    def __init__(
        self,
        key: Key,
        *,
        header: bool = False,
        random_vector: bool = False,
        is_certain: bool = False,
    ) -> None:
        self._key = key
        self._header = header
        self._random_vector = random_vector
        self._is_certain = is_certain

    def encrypt(self, data: bytes) -> bytes:
        """The encrypted file."""
        if self._header:
            return encrypt_with_header(self._key, data)
        vector = _marked_vector()
        return vector + encrypt_cbc(self._key.legacy, vector, data)

    def decrypt(self, data: bytes, *, random_vector: bool | None = None) -> bytes:
        """The file. ``random_vector``: whether a legacy file begins with one; None to find out.

        :raises DecryptionError: another key, or damaged; or it can't be found out.
        """
        try:
            if random_vector is None and not has_header(data) and len(data) > BLOCK:
                return self._decrypt_legacy(data)
            return decrypt_either(self._key, data, random_vector=bool(random_vector))
        except DecryptionError as error:
            error.ciphertext = data
            raise

    def _decrypt_legacy(self, data: bytes) -> bytes:
        rest = decrypt_either(self._key, data, random_vector=True)
        if _MARKED.match(data):
            return rest
        first = first_block(self._key, data)
        if _is_beginning(first):
            if not self._random_vector:
                return first + rest
        elif self._random_vector:
            if self._is_certain or _is_unlike_noise(rest):
                return rest
        elif self._is_certain:
            return first + rest
        elif _is_noise(first) and _is_known(rest):
            return rest
        raise DecryptionError(_CONTRADICTION)


class PubNubFileCrypto:
    """The class of 4.8.1 for files: writes a random vector and the ciphertext, reads all layouts.

    As ``file_crypto_instance`` it is for channels whose files 4.8.1 reads. ``random_vector``:
    whether all legacy files of a channel have one, those of noise too; None: as far as the
    configuration's messages and the bytes show.
    """

    def __init__(
        self, pubnub_config: CipherSettings | None = None, *, random_vector: bool | None = None
    ) -> None:
        self.pubnub_configuration = pubnub_config
        self._random_vector = random_vector

    def encrypt(self, key: str, file: bytes) -> bytes:
        """The encrypted file.

        :raises PubNubException: the key is empty, or no text.
        """
        return self._cipher(key).encrypt(_bytes(file))

    def decrypt(self, key: str, file: bytes, *, random_vector: bool | None = None) -> bytes:
        """The file; ``random_vector`` as of ``FileCipher.decrypt``.

        :raises DecryptionError: as ``FileCipher.decrypt``.
        """
        return self._cipher(key).decrypt(_bytes(file), random_vector=random_vector)

    def _cipher(self, key: str) -> FileCipher:
        is_random, config = self._random_vector, self.pubnub_configuration
        if is_random is None:
            is_random = config is not None and config.use_random_initialization_vector
        is_certain = self._random_vector is not None
        return FileCipher(Key(key), random_vector=is_random, is_certain=is_certain)


def _marked_vector() -> bytes:
    while has_header(vector := urlsafe_b64encode(urandom(_VECTOR_ENTROPY))):
        pass
    return vector


def _is_beginning(block: bytes) -> bool:
    """Whether a file begins with these 16 bytes, rather than that they are noise."""
    return (
        _BEGINNINGS.match(block) is not None
        or max(map(block.count, block)) >= _REPEATED
        or len({byte >> 4 for byte in block}) <= _FEW_HALVES
        or is_text(block)
    )


def _is_noise(block: bytes) -> bool:
    """Whether 16 bytes aren't what a file of an unknown format often begins with."""
    halves = [byte >> 4 for byte in block]
    return sum(halves.count(half) - 1 for half in halves) // 2 < _MANY_PAIRS


def _is_known(file: bytes) -> bool:
    """Whether a file is text, or of a common format."""
    if _BEGINNINGS.match(file):
        return True
    return len(file) >= _SHORTEST_TEXT and b"\0" not in file and _is_text(file)


def _is_unlike_noise(file: bytes) -> bool:
    """Whether a file has a beginning, or is some letters."""
    if len(file) < BLOCK:
        return _BEGINNINGS.match(file) is not None or _is_text(file)
    block = file[:BLOCK]
    return _is_beginning(block) or not _is_noise(block)


def _is_text(file: bytes) -> bool:
    """Whether a whole file is text, and not empty."""
    if not file or not is_text(file[:BLOCK]):
        return False
    try:
        file.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bytes(file: object) -> bytes:
    if not isinstance(file, bytes | bytearray | memoryview):
        raise TypeError(f"file: bytes are expected, not {type(file).__name__}")
    return bytes(file)
