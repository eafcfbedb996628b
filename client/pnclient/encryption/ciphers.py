"""Choose the cipher of a configuration, and recognize payloads that are not encrypted."""

from __future__ import annotations

import logging
from base64 import b64decode
from functools import partial
from typing import Any, Final, Protocol

from pnclient.encryption.aes import BLOCK, CipherSettings, DecryptionError, Key, has_header
from pnclient.encryption.files import FileCipher
from pnclient.encryption.modules import (
    AesCbcCryptoModule,
    AesCipher,
    Cipher,
    CustomCipher,
    LegacyCryptoModule,
    PubNubCryptodome,
    PubNubCryptoModule,
)
from pnclient.exceptions import PubNubException

#: Characters, of one payload or of all in one answer, from which on a thread is worth its cost. To
#: decrypt one payload of this length takes 250 microseconds, a hundred short ones in it seven times
#: that; a call in a thread and back takes 60 to 220. Half the length takes no longer than the call.
WORTH_A_THREAD: Final = 64 * 1024

LOG: Final = logging.getLogger("pnclient")

#: Those whose form is known here; each may be None.
_KNOWN: Final = (type(None), AesCbcCryptoModule, LegacyCryptoModule, PubNubCryptodome)
#: What is logged, once for each configuration.
WARNING: Final = (
    "a message is not encrypted, though there is a cipher key: anybody who can publish may have "
    "written it; such messages have is_plaintext set, and are not logged again"
)


class FileCipherSettings(CipherSettings, Protocol):
    """The properties of a configuration that say how it encrypts files (``PNConfiguration``)."""

    @property
    def file_crypto_instance(self) -> Any: ...


class WarnsOnce(Protocol):
    """A configuration that remembers what was logged about it (``PNConfiguration``)."""

    def _first(self, *about: object) -> bool: ...


def cipher_for(config: CipherSettings, own_key: str | None = None) -> Cipher | None:
    """What payloads are encrypted with as the configuration is now; None: not at all.

    ``crypto_module`` may be anything with ``encrypt(text)`` and ``decrypt(text)``,
    ``crypto_instance`` anything with the same and the key before the text. What they decrypt is a
    value, not JSON.

    ``own_key``: a call's own, in place of the configuration's, in the same layout.

    It takes half a microsecond, so that it may be asked for each payload.

    :raises PubNubException: the key is empty, or no text.
    """
    module, key, own = config.crypto_module, config.cipher_key, config.crypto_instance
    if own_key is not None and own_key != key:
        header = isinstance(module, AesCbcCryptoModule)
        random_vector = config.use_random_initialization_vector
        return AesCipher(own_key, random_vector=random_vector, header=header)
    if isinstance(module, PubNubCryptoModule):
        return module.cipher
    if module is not None:
        return CustomCipher(module.encrypt, module.decrypt)
    if key is None:
        return None
    if own is not None and type(own) is not PubNubCryptodome:
        return CustomCipher(partial(own.encrypt, key), partial(own.decrypt, key))
    return AesCipher(key, random_vector=config.use_random_initialization_vector)


class WholeFileCipher(Protocol):
    """Encrypts and decrypts whole files."""

    def encrypt(self, data: bytes, /) -> bytes: ...

    def decrypt(self, data: bytes, /) -> bytes: ...


class _CustomFileCipher:
    """A cipher of the user's own, and its key."""

    def __init__(self, own: Any, key: str) -> None:
        self._own = own
        self._key = key

    def encrypt(self, data: bytes, /) -> bytes:
        return self._check(self._own.encrypt(self._key, data))

    def decrypt(self, data: bytes, /) -> bytes:
        try:
            return self._check(self._own.decrypt(self._key, data))
        except DecryptionError as error:
            error.ciphertext = data
            raise
        except PubNubException:
            raise
        except Exception as error:
            reason = f"{type(error).__name__} in the cipher of your own"
            raise DecryptionError(reason, data) from error

    @staticmethod
    def _check(found: object) -> bytes:
        if not isinstance(found, bytes):
            raise PubNubException(pn_error="the file cipher of your own must give bytes")
        return found


def file_cipher_for(config: FileCipherSettings, key: str | None = None) -> WholeFileCipher | None:
    """What a file is encrypted with: a call's own ``key`` or the configuration's; None: not at all.

    The layout has a header, as with the module for AES-CBC, unless vectors are random; the reason
    is in ``pnclient.encryption.files``. ``file_crypto_instance`` comes first.

    :raises PubNubException: the key is empty; or ``crypto_module`` is one of the user's own, which
        encrypts strings only: files need ``file_crypto_instance``, and are never sent as they are.
    """
    own, module = config.file_crypto_instance, config.crypto_module
    key = config.cipher_key if key is None else key
    if own is not None:
        return None if key is None else _CustomFileCipher(own, key)
    if isinstance(module, PubNubCryptoModule) and (cipher := module.file_cipher) is not None:
        if key is None or key == config.cipher_key:
            return cipher
    elif module is not None:
        raise PubNubException(
            pn_error="a crypto_module of your own encrypts no files: set file_crypto_instance"
        )
    if key is None:
        return None
    is_random = config.use_random_initialization_vector
    header = isinstance(module, AesCbcCryptoModule) or not is_random
    return FileCipher(Key(key), header=header, random_vector=is_random)


def mark_plaintext(config: CipherSettings, payload: object, error: DecryptionError) -> None:
    """Set ``is_plaintext`` of an error if the form of the payload shows that it isn't encrypted."""
    error.is_plaintext = _is_plaintext(config, payload)


def warn_once(config: WarnsOnce) -> None:
    """Log that messages come without being encrypted."""
    if config._first("plaintext"):  # noqa: SLF001
        LOG.warning(WARNING)


def _is_plaintext(config: CipherSettings, payload: object) -> bool:
    if not isinstance(payload, str):
        return True
    if not {type(config.crypto_module), type(config.crypto_instance)} <= {*_KNOWN}:
        # What a cipher of the program's own writes is not known.
        return False
    try:
        data = b64decode("".join(payload.split()), validate=True)
    except ValueError:
        return True
    return not has_header(data) and (not data or len(data) % BLOCK != 0)
