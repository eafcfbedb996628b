"""What one SDK encrypts, each other decrypts; the emulator passes it on as it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.conftest import Sdk
from tests.interop.driver import CallFailed, Client
from tests.interop.matrix import LACKING
from tests.interop.test_delivery import END, message, send
from tests.interop.test_storage import fetch_hangs

KEY = "enigma"
SETTINGS: dict[str, dict[str, Any]] = {
    "legacy, fixed vector": {"cipher_key": KEY, "random_iv": False},
    "legacy, random vector": {"cipher_key": KEY, "random_iv": True},
    "crypto module": {"cipher_key": KEY, "crypto_module": True},
}
#: The drivers of Python 10.8.0.
PYTHON_10 = ("threads", "asyncio")
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


#: The kinds by the two layouts that stored messages can have.
STORED = {"legacy": "legacy, fixed vector", "crypto module": "crypto module"}


@pytest.mark.parametrize("kind", STORED)
def test_encrypted_history(sdk: Sdk, kind: str) -> None:
    row = f"history, decrypted, {kind}"
    alice = opened(sdk, STORED[kind], "alice")
    if alice is None:
        assert (kind, sdk.name) == ("crypto module", "tornado")
        sdk.shows(row, LACKING)
        return
    for payload in PAYLOADS:
        send(alice, payload)
    args: dict[str, Any] = {"channel": "orders", "count": 10, "timetokens": True}
    if kind == "crypto module" and sdk.flavour.driver in PYTHON_10:
        # It calls its own module with an argument too many.
        with pytest.raises(CallFailed, match="takes 2 positional arguments but 3 were given"):
            alice.call("history", **args)
        sdk.shows(row, "SDK defect: raises TypeError")
        return
    told = alice.call("history", **args)["messages"]
    assert [item["message"] for item in told] == PAYLOADS
    sdk.shows(row)


@pytest.mark.parametrize("kind", STORED)
def test_encrypted_fetch(sdk: Sdk, kind: str) -> None:
    row = f"fetch, decrypted, {kind}"
    alice = opened(sdk, STORED[kind], "alice")
    if alice is None:
        assert (kind, sdk.name) == ("crypto module", "tornado")
        sdk.shows(row, LACKING)
        return
    for payload in PAYLOADS:
        send(alice, payload)
    if fetch_hangs(sdk, alice, row, channels=["orders"]):
        return
    # Python 10 decrypts when asked to.
    options = {"decrypt": True} if sdk.flavour.driver in PYTHON_10 else {}
    told = alice.call("fetch", channels=["orders"], **options)["orders"]
    assert [item["message"] for item in told] == PAYLOADS
    sdk.shows(row)
