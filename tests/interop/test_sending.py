"""Each way to send, seen by a subscriber and in the stored messages."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.interop.conftest import Sdk
from tests.interop.driver import CallFailed
from tests.interop.matrix import DONE, LACKING, UNTOLD
from tests.interop.test_delivery import END, message, send


def lacks(sdk: Sdk, row: str, op: str, **args: Any) -> bool:
    """Whether the SDK says that it has no such call or option; fills the cell then."""
    try:
        sdk.open(uuid="nobody").call(op, **args)
    except CallFailed as error:
        if error.kind == "no such call":
            sdk.shows(row, LACKING)
            return True
        if error.kind != "no answer":
            raise
    return False


def test_the_time_is_that_of_the_service(sdk: Sdk) -> None:
    before = time.time()
    told = int(sdk.open(uuid="alice").call("time")["timetoken"])
    assert before - 1 <= told / 1e7 <= time.time() + 1
    sdk.shows("time")


@pytest.mark.parametrize("size", [3, 5_000])
def test_a_compressed_message(sdk: Sdk, peer: Sdk, size: int) -> None:
    alice, bob = sdk.open(uuid="alice"), peer.open(uuid="bob")
    row = "publish, compressed POST"
    # JavaScript compresses every message that it posts.
    options = {"post": True} if sdk.flavour.driver == "node" else {"post": True, "compress": True}
    if lacks(sdk, row, "publish", channel="other", message=1, **options):
        assert sdk.name in ("tornado", "pnclient")
        return
    payload = {"text": "ü" * size}
    bob.subscribe(channels=["orders"])
    timetoken = send(alice, payload, **options)
    send(alice, END)
    assert bob.delivered_until(END) == [message(payload, timetoken)]
    sdk.shows(row)


def test_a_message_that_is_not_to_be_stored(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    send(alice, "kept", store=True)
    send(alice, "passing", store=False)
    send(alice, END)
    assert [event["payload"] for event in bob.delivered_until(END)] == ["kept", "passing"]
    stored = alice.call("history", channel="orders", count=10)["messages"]
    assert [item["message"] for item in stored] == ["kept", END]
    sdk.shows("publish, not stored")


def test_a_message_with_a_time_to_live(sdk: Sdk) -> None:
    row = "publish, with a time to live"
    if lacks(sdk, row, "publish", channel="other", message=1, ttl=2):
        assert sdk.name == "tornado"
        return
    alice = sdk.open(uuid="alice")
    timetoken = send(alice, "for two hours", ttl=2)
    stored = alice.call("history", channel="orders", count=10, timetokens=True)["messages"]
    assert [(item["message"], item["timetoken"]) for item in stored] == [
        ("for two hours", timetoken)
    ]
    sdk.shows(row)


def test_a_custom_message_type(sdk: Sdk, peer: Sdk) -> None:
    row = "publish, with a custom message type"
    if lacks(sdk, row, "publish", channel="other", message=1, custom_type="greeting"):
        assert sdk.name == "tornado"
        return
    alice, bob = sdk.open(uuid="alice"), peer.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    timetoken = send(alice, "hello", custom_type="greeting")
    send(alice, END)
    assert bob.delivered_until(END) == [message("hello", timetoken, custom_type="greeting")]
    sdk.shows(row)


def test_the_custom_type_of_what_is_received(sdk: Sdk, peer: Sdk) -> None:
    alice, bob = peer.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    timetoken = send(alice, "hello", custom_type="greeting")
    send(alice, END)
    told = "custom_type" in sdk.flavour.told
    expected = message("hello", timetoken, custom_type="greeting" if told else None)
    assert bob.delivered_until(END) == [expected]
    sdk.shows("custom message type of a message", DONE if told else UNTOLD)


def test_what_is_fired_reaches_no_subscriber_and_no_storage(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    fired = alice.call("fire", channel="orders", message={"go": 1})
    last = send(alice, END)
    assert int(fired["timetoken"]) < int(last)
    assert bob.delivered_until(END) == []
    stored = alice.call("history", channel="orders", count=10)["messages"]
    assert [item["message"] for item in stored] == [END]
    sdk.shows("fire")


def test_firing_with_metadata(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    row = "fire, with metadata"
    before = int(send(alice, 1))
    args: dict[str, Any] = {"channel": "orders", "message": {"go": 1}, "meta": {"kind": "a b"}}
    if sdk.name == "tornado":
        # It puts the metadata into the request line as it is, spaces included.
        with pytest.raises(CallFailed) as refused:
            alice.call("fire", **args)
        assert refused.value.status == 400
        sdk.shows(row, "SDK defect: a broken request line, answered 400")
        return
    fired = int(alice.call("fire", **args)["timetoken"])
    assert before < fired < int(send(alice, 2))
    sdk.shows(row)


def test_a_signal(sdk: Sdk) -> None:
    # No message has this, and nothing is known of signals: they are delivered.
    alice = sdk.open(uuid="alice")
    bob = sdk.open(uuid="bob", filter='meta.kind == "none"')
    bob.subscribe(channels=["orders"])
    sent = alice.call("signal", channel="orders", message={"typing": True})
    alice.call("signal", channel="orders", message=END)
    assert bob.delivered_until(END) == [
        message({"typing": True}, sent["timetoken"]) | {"event": "signal"}
    ]
    stored = alice.call("history", channel="orders", count=10)["messages"]
    assert stored == []
    sdk.shows("signal")
    sdk.shows("signals, which no filter holds back")


def test_a_signal_with_a_custom_type(sdk: Sdk, peer: Sdk) -> None:
    row = "signal, with a custom message type"
    if lacks(sdk, row, "signal", channel="other", message=1, custom_type="typing"):
        assert sdk.name == "tornado"
        return
    alice, bob = sdk.open(uuid="alice"), peer.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    sent = alice.call("signal", channel="orders", message=7, custom_type="typing")
    alice.call("signal", channel="orders", message=END)
    assert bob.delivered_until(END) == [
        message(7, sent["timetoken"], custom_type="typing") | {"event": "signal"}
    ]
    sdk.shows(row)
