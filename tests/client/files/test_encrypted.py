"""Encrypted files: in the layouts of the official SDKs, as they were captured."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pnclient.crypto import (
    AesCbcCryptoModule,
    DecryptionError,
    LegacyCryptoModule,
    PubNubCryptoModule,
    PubNubFileCrypto,
)
from pnclient.crypto_core import Key
from pnclient.encryption.ciphers import cipher_for, file_cipher_for
from pnclient.encryption.files import FileCipher
from pnclient.encryption.modules import decrypt_payload
from pnclient.exceptions import PubNubException
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from tests.client.encryption.ciphers import configuration

CAPTURED = Path(__file__).parents[2] / "protocol/captured/encryption.ndjson"
ROWS = [json.loads(line) for line in CAPTURED.read_text("utf-8").splitlines()]
KEY = "enigma"


def named(row: Any) -> str:
    return f"{row['sdk']} {row['settings']}"


@pytest.mark.parametrize("row", ROWS, ids=named)
@pytest.mark.parametrize("module", [None, LegacyCryptoModule, AesCbcCryptoModule])
def test_what_each_sdk_wrote_is_read(row: dict[str, Any], module: Any) -> None:
    config = configuration(KEY)
    config.crypto_module = None if module is None else module(config)
    cipher = file_cipher_for(config)
    assert cipher is not None
    data = base64.b64decode(row["encrypted"])
    assert cipher.decrypt(data) == row["plain"].encode()
    assert PubNubFileCrypto(config).decrypt(KEY, data) == row["plain"].encode()


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 32, 1_000])
@pytest.mark.parametrize("header", [False, True])
def test_what_is_written_is_read_by_all(size: int, header: bool) -> None:
    plain = bytes(range(256)) * 4
    plain = plain[:size]
    writing, reading = FileCipher(Key(KEY), header=header), FileCipher(Key(KEY), header=not header)
    encrypted = writing.encrypt(plain)
    assert reading.decrypt(encrypted) == writing.decrypt(encrypted) == plain
    assert encrypted.startswith(b"PNED") == header
    assert encrypted != writing.encrypt(plain)
    with pytest.raises(DecryptionError):
        FileCipher(Key("other")).decrypt(encrypted[:-1])


def test_the_layout_is_that_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    # With one vector in 250 the noise of a wrong key ends like a padding.
    monkeypatch.setattr("pnclient.encryption.aes.os", SimpleNamespace(urandom=bytes))
    config = configuration(KEY)
    assert file_cipher_for(configuration(None)) is None
    plain, own = file_cipher_for(config), file_cipher_for(configuration(None), KEY)
    assert plain is not None
    assert own is not None
    assert own.decrypt(plain.encrypt(b"x")) == b"x"
    config.crypto_module = AesCbcCryptoModule(config)
    for key in (None, KEY, "another"):
        found = file_cipher_for(config, key)
        assert found is not None
        assert found.encrypt(b"x").startswith(b"PNED")
        if key == "another":
            with pytest.raises(DecryptionError):
                plain.decrypt(found.encrypt(b"x" * 100))


def test_a_module_of_ones_own_never_lets_a_file_go_as_it_is() -> None:
    class Own(PubNubCryptoModule):
        def encrypt(self, message: str) -> str:
            return message

        def decrypt(self, message: str) -> Any:
            return message

    class Other:
        encrypt = decrypt = staticmethod(str)

    for module in (Own(), Other()):
        config = configuration(None, module=module)
        for key in (None, KEY):
            with pytest.raises(PubNubException, match="file_crypto_instance"):
                file_cipher_for(config, key)


class Reversing:
    """A cipher of one's own."""

    def encrypt(self, key: str, file: bytes) -> Any:
        return key.encode() + file[::-1]

    def decrypt(self, key: str, file: bytes) -> Any:
        if not file.startswith(key.encode()):
            raise LookupError("another key")
        return file.removeprefix(key.encode())[::-1]


def test_a_file_cipher_of_ones_own() -> None:
    config = configuration(KEY)
    config.file_crypto_instance = Reversing()
    cipher = file_cipher_for(config)
    assert cipher is not None
    assert cipher.encrypt(b"abc") == b"enigmacba"
    assert cipher.decrypt(b"enigmacba") == b"abc"
    with pytest.raises(DecryptionError, match="LookupError in the cipher of your own"):
        cipher.decrypt(b"other")
    client = PubNubTornado(_with_keys(config))
    assert client.decrypt("k", client.encrypt("k", b"abc")) == b"abc"
    assert client.encrypt("k", b"abc") == b"kcba"
    assert file_cipher_for(configuration(None)) is None

    class Texts(Reversing):
        def encrypt(self, key: str, file: bytes) -> Any:
            return "text"

    config.file_crypto_instance = Texts()
    cipher = file_cipher_for(config)
    assert cipher is not None
    with pytest.raises(PubNubException, match="must give bytes"):
        cipher.encrypt(b"abc")


def _with_keys(config: PNConfiguration) -> PNConfiguration:
    config.subscribe_key, config.uuid = "sub", "user"
    return config


def test_the_clients_own_methods() -> None:
    client = PubNubTornado(_with_keys(PNConfiguration()))
    encrypted = client.encrypt(KEY, b"content")
    assert client.decrypt(KEY, encrypted) == b"content"
    assert isinstance(client.config.file_crypto, PubNubFileCrypto)
    wrong: Any = "text"
    with pytest.raises(TypeError, match="bytes are expected"):
        client.encrypt(KEY, wrong)
    with pytest.raises(PubNubException, match="empty"):
        client.encrypt("", b"content")


def test_a_key_of_the_calls_own_has_the_same_layout_for_messages() -> None:
    config = configuration(KEY)
    found = cipher_for(config, "another")
    assert found is not None
    plain = cipher_for(configuration("another"))
    assert plain is not None
    assert decrypt_payload(plain, found.encrypt('{"a":1}')) == {"a": 1}
    config.crypto_module = AesCbcCryptoModule(config)
    headed = cipher_for(config, "another")
    assert headed is not None
    assert base64.b64decode(headed.encrypt("1")).startswith(b"PNED")
    assert cipher_for(config, KEY) is cipher_for(config)
