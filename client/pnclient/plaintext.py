"""Payloads that nobody encrypted, though there is a cipher key."""

from __future__ import annotations

import logging
from base64 import b64decode
from typing import TYPE_CHECKING, Final

from pnclient.crypto import AesCbcCryptoModule, LegacyCryptoModule, PubNubCryptodome
from pnclient.crypto_core import BLOCK, DecryptionError, has_header

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

LOG: Final = logging.getLogger("pnclient")

#: Those whose form is known here; each may be None.
_KNOWN: Final = (type(None), AesCbcCryptoModule, LegacyCryptoModule, PubNubCryptodome)
#: What is logged, once for each configuration.
WARNING: Final = (
    "a message is not encrypted, though there is a cipher key: anybody who can publish may have "
    "written it; such messages have is_plaintext set, and are not logged again"
)


class NotEncrypted(DecryptionError):
    """A payload that can't be decrypted because it isn't encrypted."""

    def __init__(self, failed: DecryptionError | str) -> None:
        super().__init__(str(failed))


def classified(
    config: PNConfiguration, payload: object, failed: DecryptionError
) -> DecryptionError:
    """Why a payload can't be decrypted: ``NotEncrypted`` if its form shows that, or ``failed``."""
    return NotEncrypted(failed) if _is_plaintext(config, payload) else failed


def warn_once(config: PNConfiguration) -> None:
    """Log that messages come without being encrypted."""
    if config._first("plaintext"):  # noqa: SLF001
        LOG.warning(WARNING)


def _is_plaintext(config: PNConfiguration, payload: object) -> bool:
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
