"""What one SDK encrypts, each other decrypts; the emulator passes it on as it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.conftest import Sdk
from tests.interop.driver import CallFailed, Client
from tests.interop.matrix import LACKING
from tests.interop.test_delivery import END, message, send
from tests.interop.test_presence import HANGS

KEY = "enigma"
SETTINGS: dict[str, dict[str, Any]] = {
    "legacy, fixed vector": {"cipher_key": KEY, "random_iv": False},
    "legacy, random vector": {"cipher_key": KEY, "random_iv": True},
    "crypto module": {"cipher_key": KEY, "crypto_module": True},
}
PAYLOADS: list[Any] = ["hello", {"k": 1, "text": 'ü 🎉 "q"'}, [1, None, {"deep": [True]}], 42]


def opened(sdk: Sdk, kind: str, uuid: str) -> Client | None:
    """A client with this encryption; None if the SDK has none of the kind."""
    try:
        return sdk.open(uuid=uuid, **SETTINGS[kind])
    except CallFailed as error:
        if error.kind != "no such call":
            raise
        return None


@pytest.mark.parametrize("kind", SETTINGS)
def test_encrypted_messages(sender: Sdk, sdk: Sdk, peer: Sdk, kind: str) -> None:
    row = f"{kind}, from {sender.flavour.title}"
    alice, bob = opened(sender, kind, "alice"), opened(sdk, kind, "bob")
    if alice is None or bob is None:
        assert kind == "crypto module"
        assert "tornado" in (sender.name, sdk.name)
        sdk.shows(row, LACKING)
        return
    bare = peer.open(uuid="bare")
    for subscriber in (bob, bare):
        subscriber.subscribe(channels=["orders"])
    sent = [(payload, send(alice, payload)) for payload in PAYLOADS]
    send(alice, END)
    assert bob.delivered_until(END) == [message(*one) for one in sent]
    seen = [bare.until(lambda event: event["event"] == "message")[-1] for _ in (*sent, END)]
    assert all(isinstance(event["payload"], str) for event in seen)
    if kind == "legacy, fixed vector":
        assert seen[0]["payload"] == "BQ2Ywm6XtvTCGCFPTY6FJw=="
    else:
        assert len({event["payload"][:24] for event in seen}) == len(seen)
    sdk.shows(row)


def test_encrypted_history(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice", **SETTINGS["legacy, fixed vector"])
    for payload in PAYLOADS:
        send(alice, payload)
    told = alice.call("history", channel="orders", count=10, timetokens=True)["messages"]
    assert [item["message"] for item in told] == PAYLOADS
    sdk.shows("history, decrypted")


def test_encrypted_fetch(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice", **SETTINGS["legacy, fixed vector"])
    for payload in PAYLOADS:
        send(alice, payload)
    row = "fetch, decrypted"
    if sdk.name == "tornado":
        with pytest.raises(CallFailed) as failed:
            alice.call("fetch", timeout=0.5, channels=["orders"])
        assert failed.value.kind == "no answer"
        sdk.shows(row, HANGS)
        return
    # Python 10 decrypts when asked to.
    options = {} if sdk.flavour.driver == "node" else {"decrypt": True}
    told = alice.call("fetch", channels=["orders"], **options)["orders"]
    assert [item["message"] for item in told] == PAYLOADS
    sdk.shows(row)
