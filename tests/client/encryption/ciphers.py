"""Clients' ciphers, by the layout that they write."""

from __future__ import annotations

from typing import Any

from pnclient.crypto import AesCbcCryptoModule
from pnclient.encryption.ciphers import cipher_for
from pnclient.encryption.modules import Cipher
from pnclient.pnconfiguration import PNConfiguration

STATIC, RANDOM, HEADER = "legacy, static vector", "legacy, random vector", "header"
LAYOUTS = (STATIC, RANDOM, HEADER)
KEY = "enigma-that-must-not-be-shown"


def configuration(
    key: str | None = KEY, random: bool = False, module: Any = None, instance: Any = None
) -> PNConfiguration:
    config = PNConfiguration()
    config.cipher_key = key
    config.use_random_initialization_vector = random
    config.crypto_module, config.crypto_instance = module, instance
    return config


def configured(layout: str, key: str = KEY) -> PNConfiguration:
    config = configuration(key, layout == RANDOM)
    if layout == HEADER:
        config.crypto_module = AesCbcCryptoModule(config)
    return config


def cipher(layout: str, key: str = KEY) -> Cipher:
    found = cipher_for(configured(layout, key))
    assert found is not None
    return found
