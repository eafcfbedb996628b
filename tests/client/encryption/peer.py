"""Runs in the environment of an official Python SDK: encrypts and decrypts with its own classes.

Reads a JSON list of requests, writes a JSON list of answers, each with ``encrypted``, ``value`` or ``error``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pubnub import crypto  # type: ignore[import-not-found]
from pubnub.pnconfiguration import PNConfiguration  # type: ignore[import-not-found]


def answered(request: dict[str, Any]) -> dict[str, Any]:
    config = PNConfiguration()
    config.cipher_key = request["key"]
    config.use_random_initialization_vector = request["layout"] == "legacy, random vector"
    try:
        if request["with"] == "PubNubCryptodome":
            cryptodome, key = crypto.PubNubCryptodome(config), request["key"]
            if "text" in request:
                return {"encrypted": cryptodome.encrypt(key, request["text"])}
            return {"value": cryptodome.decrypt(key, request["encrypted"])}
        module = getattr(crypto, request["with"])(config)
        if "text" in request:
            return {"encrypted": module.encrypt(request["text"])}
        return {"value": module.decrypt(request["encrypted"])}
    except Exception as error:  # noqa: BLE001
        return {"error": f"{type(error).__name__}: {error}"}


json.dump([answered(request) for request in json.load(sys.stdin)], sys.stdout)
