"""Encrypted payloads, and the classes that programs set in a configuration or call.

Encrypted are the payloads of publish and fire, and what history and fetch bring back. Metadata,
state, signals and names never are, with any SDK: the service has to read them.

=======================================  =========================================================
configuration                            payloads are written as
=======================================  =========================================================
``crypto_module = AesCbcCryptoModule``   header, random vector
``crypto_module = LegacyCryptoModule``   legacy; ``use_random_initialization_vector`` says which
``cipher_key`` alone                     the same
``crypto_instance``, one of your own     as it does
=======================================  =========================================================

Each of them reads the legacy layout and that with a header. A legacy text doesn't say whether its
vector is random, so both sides have to be set alike. Where they aren't, what is read is another
text:

* random, read as static: 16 bytes of noise, and then the text. JSON after 16 bytes is refused,
  unless these are printable, or ASCII with one kind of control character. Noise is that in one of
  200,000 cases;
* static, read as random: the text without its first 16 bytes, or nothing. It is refused if these
  are JSON together with the rest, or text before what isn't JSON. Noise is text in one of 200,000
  cases.

Both are refused like another key: a ``DecryptionError`` has the ciphertext. Files have other rules,
which ``pnclient.encryption.files`` lists.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from pnclient.encryption.aes import (
    BLOCK,
    STATIC_VECTOR,
    CipherSettings,
    DecryptionError,
    Key,
    decrypt_either,
    encrypt_cbc,
    encrypt_legacy,
    encrypt_with_header,
    first_block,
    has_header,
    is_text,
)
from pnclient.encryption.files import FileCipher
from pnclient.exceptions import PubNubException
from pnclient.validators import is_encodable

#: A text has one kind of these at most: it has colours, or fields, or is in a frame.
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: The vector that isn't random, under its old name.
Initial16bytes: Final = STATIC_VECTOR.decode()


class PubNubCrypto(ABC):
    """What encrypts texts with a key given each time: the base for one of your own.

    Set as ``crypto_instance`` of a configuration, it encrypts and decrypts everything that is
    encrypted.
    """

    def __init__(self, pubnub_config: Any = None) -> None:
        self.pubnub_configuration = pubnub_config

    @abstractmethod
    def encrypt(self, key: str, msg: str) -> str:
        """The encrypted text."""

    @abstractmethod
    def decrypt(self, key: str, msg: str) -> Any:
        """The value that a text holds, or the text in it if that is no JSON."""


class Cipher(Protocol):
    """Encrypts JSON texts to base64 and back. Safe to use from several threads."""

    def encrypt(self, text: str) -> str:
        """Base64, without quotes."""
        ...

    def decrypt(self, text: str) -> str:
        """What was encrypted.

        :raises DecryptionError: not base64, another key or vector, or damaged.
        """
        ...

    def value(self, text: str) -> Any:
        """The value of the JSON that was encrypted, or the text itself if it is no JSON.

        :raises DecryptionError: as ``decrypt``; or by the value it has a vector of the other kind.
        """
        ...


def decrypt_payload(cipher: Cipher, payload: object) -> Any:
    """The value in a payload as it was received; text that is no JSON is returned as it is.

    :raises DecryptionError: as ``Cipher.value``; or the payload is not a string, so it is not
        encrypted.
    """
    return cipher.value(_require_string(payload))


class AesCipher:
    """The cipher for a key."""

    __slots__ = ("_header", "_random_vector", "key")

    def __init__(self, key: object, *, random_vector: bool, header: bool = False) -> None:
        self.key = Key(key)
        self._random_vector = random_vector
        self._header = header

    def encrypt(self, text: str) -> str:
        data = _bytes(text)
        if self._header:
            return _base64(encrypt_with_header(self.key, data))
        return _base64(encrypt_legacy(self.key, data, random_vector=self._random_vector))

    def decrypt(self, text: str) -> str:
        try:
            data = _from_base64(text)
            return _text(decrypt_either(self.key, data, random_vector=self._random_vector))
        except DecryptionError as error:
            error.ciphertext = text
            raise

    def value(self, text: str) -> Any:
        try:
            return _value_in(self.key, _from_base64(text), random_vector=self._random_vector)
        except DecryptionError as error:
            error.ciphertext = text
            raise


class CustomCipher:
    """A cipher of the user's own, whose answers are values already."""

    __slots__ = ("_decrypt", "_encrypt")

    def __init__(self, encrypt: Callable[[str], str], decrypt: Callable[[str], Any]) -> None:
        self._encrypt = encrypt
        self._decrypt = decrypt

    def encrypt(self, text: str) -> str:
        found: object = self._encrypt(text)
        if not isinstance(found, str):
            raise PubNubException(pn_error="your own cipher must return a string")
        return found

    def decrypt(self, text: str) -> str:
        try:
            return json.dumps(self._decrypt(text))
        except DecryptionError as error:
            error.ciphertext = text
            raise
        except Exception as error:
            reason = f"{type(error).__name__} in the cipher of your own"
            raise DecryptionError(reason, text) from error

    def value(self, text: str) -> Any:
        return _value(self.decrypt(text))


class PubNubCryptoModule(ABC):
    """Encrypts and decrypts with the key that it was made with: the base for one of your own."""

    @abstractmethod
    def encrypt(self, message: str) -> str:
        """The encrypted text, in base64."""

    @abstractmethod
    def decrypt(self, message: str) -> Any:
        """The value that a text holds, or the text in it if that is no JSON.

        :raises DecryptionError: it can't be read.
        """

    @property
    def cipher(self) -> Cipher:
        """The same for JSON texts."""
        return CustomCipher(self.encrypt, self.decrypt)

    @property
    def file_cipher(self) -> FileCipher | None:
        """The same for files; None if it knows texts only."""
        return None


class _KeyedModule(PubNubCryptoModule):
    """What the two modules of the official SDKs have in common: they differ in what they write."""

    _HEADER: bool

    def __init__(self, config: CipherSettings) -> None:
        if config.cipher_key is None:
            raise PubNubException(pn_error=f"{type(self).__name__} needs a cipher_key")
        self._random_vector = config.use_random_initialization_vector
        self._cipher = AesCipher(
            config.cipher_key, random_vector=self._random_vector, header=self._HEADER
        )

    def encrypt(self, message: str) -> str:
        return self._cipher.encrypt(message)

    def decrypt(self, message: str) -> Any:
        return self._cipher.value(message)

    @property
    def cipher(self) -> Cipher:
        # Who overrides a method expects it to be called.
        own = type(self) not in (LegacyCryptoModule, AesCbcCryptoModule)
        return super().cipher if own else self._cipher

    @property
    def file_cipher(self) -> FileCipher | None:
        is_random = self._random_vector
        header = self._HEADER or not is_random
        return FileCipher(self._cipher.key, header=header, random_vector=is_random)


class LegacyCryptoModule(_KeyedModule):
    """Writes the legacy layout and reads both; reads key and vector from the configuration once.

    :raises PubNubException: the configuration has no ``cipher_key``.
    """

    _HEADER = False


class AesCbcCryptoModule(_KeyedModule):
    """Writes the layout with a header and reads both; takes the key from the configuration once.

    :raises PubNubException: the configuration has no ``cipher_key``.
    """

    _HEADER = True


class PubNubCryptodome(PubNubCrypto):
    """The class of 4.8.1, with its steps: writes the legacy layout, reads both.

    The vector is random if the configuration or the call says so.
    """

    def __init__(self, pubnub_config: CipherSettings) -> None:
        super().__init__(pubnub_config)

    def encrypt(self, key: str, msg: str, use_random_iv: bool = False) -> str:
        """Base64, in one line."""
        vector = self.get_initialization_vector(use_random_iv).encode()
        ciphertext = encrypt_cbc(Key(key).legacy, vector, _bytes(msg))
        return _base64(self.append_random_iv(ciphertext, use_random_iv, vector))

    def decrypt(self, key: str, msg: str, use_random_iv: bool = False) -> Any:
        """The value that the text holds, or the text in it if that is no JSON.

        :raises DecryptionError: it can't be read.
        """
        return AesCipher(key, random_vector=self._random(use_random_iv)).value(msg)

    def append_random_iv(
        self, message: bytes, use_random_iv: bool, initialization_vector: bytes
    ) -> bytes:
        """The ciphertext, after its vector if that is random."""
        return initialization_vector + message if self._random(use_random_iv) else message

    def extract_random_iv(self, message: bytes, use_random_iv: bool) -> tuple[bytes, bytes]:
        """The vector, and the ciphertext."""
        if self._random(use_random_iv):
            return message[:BLOCK], message[BLOCK:]
        return STATIC_VECTOR, message

    def get_initialization_vector(self, use_random_iv: bool) -> str:
        """16 characters of ASCII: 96 random bits, or the static vector."""
        return (
            secrets.token_urlsafe(BLOCK)[:BLOCK] if self._random(use_random_iv) else Initial16bytes
        )

    def pad(self, msg: bytes, block_size: int = BLOCK) -> bytes:
        """As many bytes more as are missing to a whole block, each of them that number."""
        missing = block_size - len(msg) % block_size
        return msg + bytes([missing]) * missing

    def depad(self, msg: str) -> str:
        """The text without the characters that ``pad`` added.

        :raises DecryptionError: they aren't there.
        """
        count = ord(msg[-1]) if msg else 0
        if not 0 < count <= BLOCK or not msg.endswith(chr(count) * count):
            raise DecryptionError
        return msg[:-count]

    def get_secret(self, key: str) -> str:
        """SHA-256 in hexadecimal; the first 32 digits are the key of the legacy layout."""
        return Key(key).digest().hex()

    def _random(self, asked: bool) -> bool:
        return asked or bool(self.pubnub_configuration.use_random_initialization_vector)


def _bytes(text: str) -> bytes:
    if not is_encodable(text):
        raise PubNubException(pn_error="the text can't be encrypted: it has an unpaired surrogate")
    return text.encode()


def _text(data: bytes) -> str:
    # Raised out of the handler: that error would hold the text.
    with suppress(UnicodeDecodeError):
        return data.decode()
    raise DecryptionError


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _value_in(key: Key, data: bytes, *, random_vector: bool) -> Any:
    """The value in either layout, unless its vector is of the other kind, as far as that shows."""
    plain = decrypt_either(key, data, random_vector=random_vector)
    text = _text(plain)
    value = _value(text)
    # The end of JSON is seldom JSON, but that of a long number is.
    if has_header(data) or not isinstance(value, str | int | float):
        return value
    if random_vector:
        beginning = first_block(key, data)
        # No SDK encrypts what isn't JSON: only there may the beginning be text by chance.
        is_other = (value is text and is_text(beginning)) or _is_json(beginning + plain)
    else:
        is_other = value is text and _is_noise(plain[:BLOCK]) and _is_json(plain[BLOCK:])
    if is_other:
        raise DecryptionError
    return value


def _is_noise(block: bytes) -> bool:
    has_one_control = block.isascii() and len(set(_CONTROL.findall(block))) < 2
    return not has_one_control and not is_text(block)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _require_string(payload: object) -> str:
    if not isinstance(payload, str):
        raise DecryptionError("the payload is not encrypted: it is not a string", payload)
    return payload


def _from_base64(text: object) -> bytes:
    # Some encoders break lines.
    lines = _require_string(text).split()
    with suppress(ValueError):
        return base64.b64decode("".join(lines), validate=True)
    raise DecryptionError("the text can't be decrypted: it is not base64")
