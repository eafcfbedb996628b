"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.encryption.aes import Key, encrypt_legacy
from pnclient.encryption.modules import PubNubCrypto

__all__ = ["Key", "PubNubCrypto", "encrypt_legacy"]
