"""What files are encrypted with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pnclient.crypto import AesCbcCryptoModule, PubNubCryptoModule
from pnclient.crypto_core import DecryptionError, Key
from pnclient.crypto_files import FileCipher
from pnclient.exceptions import PubNubException

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration


class Cipher(Protocol):
    """Encrypts and decrypts whole files."""

    def encrypt(self, data: bytes, /) -> bytes: ...

    def decrypt(self, data: bytes, /) -> bytes: ...


class _Calling:
    """A cipher of the user's own, and its key."""

    def __init__(self, own: Any, key: str) -> None:
        self._own = own
        self._key = key

    def encrypt(self, data: bytes, /) -> bytes:
        return self._checked(self._own.encrypt(self._key, data))

    def decrypt(self, data: bytes, /) -> bytes:
        try:
            return self._checked(self._own.decrypt(self._key, data))
        except DecryptionError as error:
            error.ciphertext = data
            raise
        except PubNubException:
            raise
        except Exception as error:
            reason = f"{type(error).__name__} in the cipher of your own"
            raise DecryptionError(reason, data) from error

    @staticmethod
    def _checked(found: object) -> bytes:
        if not isinstance(found, bytes):
            raise PubNubException(pn_error="the file cipher of your own must give bytes")
        return found


def file_cipher_for(config: PNConfiguration, key: str | None = None) -> Cipher | None:
    """What a file is encrypted with: a call's own ``key`` or the configuration's; None: not at all.

    The layout has a header, as with the module for AES-CBC, unless vectors are random; the reason
    is in ``pnclient.crypto_files``. ``file_crypto_instance`` comes first.

    :raises PubNubException: the key is empty; or ``crypto_module`` is one of the user's own, which knows
        texts only: such files need ``file_crypto_instance``, and are never sent as they are.
    """
    own, module = config.file_crypto_instance, config.crypto_module
    key = config.cipher_key if key is None else key
    if own is not None:
        return None if key is None else _Calling(own, key)
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
