"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.encryption.aes import DecryptionError
from pnclient.encryption.files import PubNubFileCrypto
from pnclient.encryption.modules import (
    AesCbcCryptoModule,
    Initial16bytes,
    LegacyCryptoModule,
    PubNubCrypto,
    PubNubCryptodome,
    PubNubCryptoModule,
)

__all__ = [
    "AesCbcCryptoModule",
    "DecryptionError",
    "Initial16bytes",
    "LegacyCryptoModule",
    "PubNubCrypto",
    "PubNubCryptoModule",
    "PubNubCryptodome",
    "PubNubFileCrypto",
]
