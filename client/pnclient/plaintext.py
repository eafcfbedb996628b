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


def mark_plaintext(config: PNConfiguration, payload: object, error: DecryptionError) -> None:
    """Set ``is_plaintext`` of an error if the form of the payload shows that it isn't encrypted."""
    error.is_plaintext = _is_plaintext(config, payload)


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
