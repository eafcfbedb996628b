"""What arrives without being encrypted, though there is a cipher key."""

from __future__ import annotations

import base64
import logging
from typing import Any

import pytest

from pnclient.crypto import AesCbcCryptoModule, LegacyCryptoModule
from pnclient.encryption.aes import DecryptionError
from pnclient.encryption.ciphers import cipher_for, mark_plaintext
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from tests.client.subscribing.faked import Client, Noting, configured, item, run

PRIVATE = "PRIVATEWORD"
PLAIN: list[Any] = [PRIVATE, f"{PRIVATE} and more", {"word": PRIVATE}, [PRIVATE], 7, None, True, ""]
DAMAGED = [
    base64.b64encode(bytes(16)).decode(),
    base64.b64encode(bytes(48)).decode(),
    base64.b64encode(b"PNED\x01ACRH\x10" + bytes(17)).decode(),
]


def encrypting(**properties: Any) -> PNConfiguration:
    config = configured()
    config.cipher_key = "enigma"
    for name, value in properties.items():
        setattr(config, name, value)
    return config


def encrypted(config: PNConfiguration, text: str) -> str:
    cipher = cipher_for(config)
    assert cipher is not None
    return cipher.encrypt(text)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


def test_it_is_delivered_with_a_mark_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    config = encrypting()
    items = [item(payload, number) for number, payload in enumerate(PLAIN, 11)]
    items.append(item(encrypted(config, '"secret"'), 30))

    async def scenario(client: Client) -> None:
        (await client.connected("a")).bring(40, *items)
        (await client.polls.next()).bring(50, item(PRIVATE, 41))
        await client.polls.next()
        assert client.noting.messages == [*PLAIN, "secret", PRIVATE]
        marks = [message.is_plaintext for message in client.noting.of("message")]
        assert marks == [*(True for _ in PLAIN), False, True]
        # Each has a status, as with 4.8.1.
        assert client.noting.categories.count("DecryptionError") == len(PLAIN) + 1

    run(scenario, config)
    (line,) = warnings(caplog)
    assert line.startswith("a message is not encrypted, though there is a cipher key")
    assert PRIVATE not in caplog.text


def test_what_is_damaged_is_not_said_to_be_plain(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).bring(
            20, *(item(one, n) for n, one in enumerate(DAMAGED, 11))
        )
        await client.polls.next()
        for message in client.noting.of("message"):
            assert isinstance(message.error, DecryptionError)
            assert not message.is_plaintext

    run(scenario, encrypting())
    assert len(warnings(caplog)) == len(DAMAGED)
    assert "not encrypted" not in caplog.text


def test_without_a_key_nothing_is_marked() -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).bring(20, item(PRIVATE))
        await client.polls.next()
        assert client.noting.categories == ["Connected"]
        assert not client.noting.of("message")[0].is_plaintext

    run(scenario)


def test_a_file_s_message_is_marked_too() -> None:
    class Files(Noting):
        def file(self, pubnub: Any, file_message: Any) -> None:
            self._note("file", file_message)

    payload = {"message": "x", "file": {"id": "1", "name": "n"}}
    config = encrypting()
    sealed = encrypted(config, '{"message": "y", "file": {"id": "2", "name": "n"}}')

    async def scenario(client: Client) -> None:
        files = Files()
        client.driver.add_listener(files)
        (await client.connected("a")).bring(20, item(payload, 11, e=4), item(sealed, 12, e=4))
        await client.polls.next()
        plain, secret = files.of("file")
        assert (plain.message, plain.is_plaintext) == (payload, True)
        assert (secret.message, secret.is_plaintext) == ("y", False)

    run(scenario, config)


def test_signals_are_never_encrypted(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(client: Client) -> None:
        (await client.connected("a")).bring(20, item("x", e=1))
        await client.polls.next()
        assert client.noting.categories == ["Connected"]

    run(scenario, encrypting())
    assert warnings(caplog) == []


class Own:
    """A cipher of the program's own, whose form nobody knows."""

    def encrypt(self, *_: str) -> str:
        return "(x)"

    def decrypt(self, *_: str) -> Any:
        raise ValueError


@pytest.mark.parametrize("payload", [*PLAIN, *DAMAGED, "(x)"], ids=repr)
def test_only_what_is_known_is_called_plain(payload: Any) -> None:
    failed = DecryptionError("why")
    for module in (LegacyCryptoModule, AesCbcCryptoModule):
        config = encrypting()
        config.crypto_module = module(config)
        mark_plaintext(config, payload, failed)
        assert failed.is_plaintext is (payload not in DAMAGED)
    for name in ("crypto_module", "crypto_instance"):
        config = encrypting(**{name: Own()})
        mark_plaintext(config, payload, failed)
        assert failed.is_plaintext is not isinstance(payload, str)


@pytest.mark.parametrize("operation", ["history", "fetch_messages"])
def test_stored_messages_are_marked(operation: str, caplog: pytest.LogCaptureFixture) -> None:
    config = encrypting()
    stored = [encrypted(config, '"secret"'), PRIVATE, {"word": PRIVATE}, DAMAGED[0]]
    pubnub = PubNubTornado(config)
    for _ in range(2):
        if operation == "history":
            builder: Any = pubnub.history().channel("a")
            found = builder._parse([stored, 1, 2]).messages
            contents = [one.entry for one in found]
        else:
            builder = pubnub.fetch_messages().channels("a")
            rows = [{"message": one, "timetoken": "1"} for one in stored]
            found = builder._parse({"channels": {"a": rows}}).channels["a"]
            contents = [one.message for one in found]
        assert contents == ["secret", *stored[1:]]
        assert [one.is_plaintext for one in found] == [False, True, True, False]
    assert len(warnings(caplog)) == 1
    assert PRIVATE not in caplog.text
