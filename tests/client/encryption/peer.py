"""Runs in the environment of an official Python SDK: encrypts and decrypts with its own classes.

Reads a JSON list of requests, writes a JSON list of answers, each with ``encrypted``, ``value``,
``file`` or ``error``. A request for a file has ``file`` or ``encrypted_file``, in base64.
"""

from __future__ import annotations

import base64
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
        if "file" in request or "encrypted_file" in request:
            return of_file(config, request)
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


def of_file(config: Any, request: dict[str, Any]) -> dict[str, Any]:
    own = getattr(crypto, request["with"])(config)
    key: tuple[str, ...] = ()
    if request["with"] == "PubNubFileCrypto":
        encrypt, decrypt, key = own.encrypt, own.decrypt, (request["key"],)
    else:
        encrypt, decrypt = own.encrypt_file, own.decrypt_file
    if "file" in request:
        return {"encrypted": coded(encrypt(*key, base64.b64decode(request["file"])))}
    return {"file": coded(decrypt(*key, base64.b64decode(request["encrypted_file"])))}


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


json.dump([answered(request) for request in json.load(sys.stdin)], sys.stdout)
