"""Who receives what: each SDK from each, with filters, by channel, wildcard and group."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.interop.conftest import Bench, Sdk
from tests.interop.driver import CallFailed, Client, Event
from tests.interop.matrix import DONE, UNTOLD

FILTER = 'meta.priority >= 5 && (meta.region == "eu" || data.tags CONTAINS "urgent")'
#: Payload, metadata, and whether FILTER lets the message through.
MIX: list[tuple[Any, dict[str, Any] | None, bool]] = [
    ({"n": 1, "tags": ["late", "urgent"]}, {"priority": 7, "region": "us"}, True),
    ({"n": 2, "tags": ["late"]}, {"priority": 7, "region": "us"}, False),
    ("plain text", {"priority": 9, "region": "eu"}, True),
    ({"n": 4}, {"priority": 4, "region": "eu"}, False),
    (
        [1, 2.5, {"deep": [None, True]}],
        {"priority": 5, "region": "eu", "city": "Zürich 日本"},
        True,
    ),
    ({"n": 6}, None, False),
    (42, {"priority": 5.5, "region": "eu", "tags": ["x", "y"]}, True),
    (
        {"text": "naïve \"quoted\" \\ / 'x'", "nothing": None},
        {"priority": 10, "region": "eu"},
        True,
    ),
    ({"n": 9, "tags": []}, {"priority": 10, "region": "EU"}, False),
]
END = "the end"
PASSES = {"priority": 9, "region": "eu"}

CHANNELS = [
    "with space",
    "a/b",
    "ünïcödé 频道",
    "per%cent%2F",
    "plus+sign",
    "question?mark",
    "hash#tag",
    "amp&ersand=1",
    "semi;colon'quote\"",
    "tilde~(x)!$@",
]
PAYLOADS: list[Any] = [
    1,
    -1.25,
    True,
    "日本語 🎉",
    [],
    {},
    {"null": None, "nested": {"list": [1, [2, [3]]], "text": "say \"hi\" \\ 'there'\n\ttab"}},
    {"ключ": "значение", "emoji": "🎉", "big": 12345678901234, "small": 1e-7},
    "percent %41 plus + amp & equals = question ? hash #",
]
FALSY: list[Any] = [0, False, ""]
UNFILTERED = "SDK defect: sends no filter"
SOON = f"{DONE}, without waiting for an answer"


def message(payload: Any, timetoken: str, **fields: Any) -> Event:
    """A message event as every driver tells it."""
    event = {
        "event": "message",
        "channel": "orders",
        "subscription": None,
        "payload": payload,
        "meta": None,
        "timetoken": timetoken,
        "publisher": "alice",
        "custom_type": None,
        "undecrypted": None,
    }
    return event | fields


def filtering(sdk: Sdk) -> str:
    """The cell of what a filter does."""
    return DONE if sdk.flavour.filters else UNFILTERED


def as_text(events: list[Event]) -> list[str]:
    """For comparison: in Python 0 == False."""
    return [json.dumps(event, sort_keys=True) for event in events]


def send(client: Client, payload: Any, **options: Any) -> str:
    """Publish to the channel ``orders``, or that of the options; the timetoken."""
    sent = client.call("publish", **{"channel": "orders", "message": payload} | options)
    timetoken: str = sent["timetoken"]
    return timetoken


def test_a_filter_lets_exactly_the_matching_messages_through(sender: Sdk, sdk: Sdk) -> None:
    alice = sender.open(uuid="alice")
    bob = sdk.open(uuid="bob", filter=FILTER)
    bob.subscribe(channels=["orders"])
    expected = []
    for payload, meta, passes in MIX:
        timetoken = send(alice, payload, **({} if meta is None else {"meta": meta}))
        if passes or not sdk.flavour.filters:
            told = meta if "meta" in sdk.flavour.told else None
            expected.append(message(payload, timetoken, meta=told))
    send(alice, END, meta=PASSES)
    assert bob.delivered_until(END) == expected
    timetokens = [int(event["timetoken"]) for event in expected]
    assert timetokens == sorted(set(timetokens))
    sdk.shows(f"filtered messages from {sender.flavour.title}", filtering(sdk))
    if sdk.flavour.driver == sender.flavour.driver:
        sdk.shows("publish, with metadata")
    sdk.shows("metadata of a message", DONE if "meta" in sdk.flavour.told else UNTOLD)


def test_a_changed_filter_counts_from_the_next_poll_on(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob", filter='meta.kind == "a"')
    bob.subscribe(channels=["orders"])
    send(alice, "a1", meta={"kind": "a"})
    send(alice, "b1", meta={"kind": "b"})
    send(alice, END, meta={"kind": "a"})
    first = [event["payload"] for event in bob.delivered_until(END)]
    if not sdk.flavour.filters:
        assert first == ["a1", "b1"]
        sdk.shows("a filter changed while subscribed", UNFILTERED)
        return
    assert first == ["a1"]
    bob.call("set_filter", filter='meta.kind == "b"')
    send(alice, "a2", meta={"kind": "a"})
    if sdk.name != "pnclient":
        # The poll that waits still has the filter it came with; this message ends it.
        bob.until(lambda event: event.get("payload") == "a2")
    send(alice, "b2", meta={"kind": "b"})
    send(alice, "a3", meta={"kind": "a"})
    send(alice, END, meta={"kind": "b"})
    assert [event["payload"] for event in bob.delivered_until(END)] == ["b2"]
    sdk.shows("a filter changed while subscribed", SOON if sdk.name == "pnclient" else DONE)


def test_names_of_channels_come_through_as_they_are(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=[*CHANNELS, "orders"])
    sent = {name: send(alice, {"to": name}, channel=name) for name in CHANNELS}
    send(alice, END)
    assert bob.delivered_until(END) == [
        message({"to": name}, timetoken, channel=name) for name, timetoken in sent.items()
    ]
    sdk.shows("channel names with spaces, slashes and other alphabets")


@pytest.mark.parametrize("post", [False, True], ids=["GET", "POST"])
def test_payloads_of_every_kind_come_through_as_they_are(sdk: Sdk, post: bool) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    sent = [(payload, send(alice, payload, post=post)) for payload in PAYLOADS]
    send(alice, END)
    assert as_text(bob.delivered_until(END)) == as_text([message(*one) for one in sent])
    sdk.shows(f"publish, {'POST' if post else 'GET'}")
    sdk.shows("payloads of every kind")


def test_sending_what_counts_as_nothing(sdk: Sdk, peer: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), peer.open(uuid="bob")
    row = "0, false and the empty string"
    if sdk.flavour.driver == "node":
        for payload in FALSY:
            with pytest.raises(CallFailed, match="Validation failed") as refused:
                send(alice, payload)
            assert refused.value.category == "PNValidationErrorCategory"
        sdk.shows(row, "SDK defect: refused as a missing message")
        return
    bob.subscribe(channels=["orders"])
    sent = [(payload, send(alice, payload)) for payload in FALSY]
    send(alice, END)
    assert as_text(bob.delivered_until(END)) == as_text([message(*one) for one in sent])
    sdk.shows(row)


def test_receiving_what_counts_as_nothing(sdk: Sdk, peer: Sdk) -> None:
    alice, bob = peer.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    sent = [(payload, send(alice, payload)) for payload in FALSY]
    send(alice, END)
    assert as_text(bob.delivered_until(END)) == as_text([message(*one) for one in sent])
    sdk.shows("payloads 0, false and the empty string")


def test_several_channels(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["one", "two", "three"])
    for name in ("one", "other", "three", "two"):
        send(alice, name, channel=name)
    send(alice, END, channel="two")
    told = [(event["channel"], event["payload"]) for event in bob.delivered_until(END)]
    assert told == [("one", "one"), ("three", "three"), ("two", "two")]
    sdk.shows("several channels")


def test_a_wildcard_is_told_as_the_subscription(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["news.*"])
    timetoken = send(alice, 1, channel="news.sport")
    send(alice, 2, channel="newsletter")
    send(alice, 3, channel="weather.sport")
    send(alice, END, channel="news.local")
    assert bob.delivered_until(END) == [
        message(1, timetoken, channel="news.sport", subscription="news.*")
    ]
    sdk.shows("wildcard")


def test_a_group_is_told_as_the_subscription(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob", filter='meta.kind == "a"')
    alice.call("group_add", group="family", channels=["one", "two"])
    bob.subscribe(groups=["family"])
    timetoken = send(alice, 1, channel="one", meta={"kind": "a"})
    if sdk.flavour.filters:
        send(alice, 2, channel="two", meta={"kind": "b"})
    send(alice, 3, channel="three", meta={"kind": "a"})
    send(alice, END, channel="two", meta={"kind": "a"})
    meta = {"kind": "a"} if "meta" in sdk.flavour.told else None
    assert bob.delivered_until(END) == [
        message(1, timetoken, channel="one", subscription="family", meta=meta)
    ]
    sdk.shows("channel group")


def test_a_message_reached_in_three_ways_arrives_by_the_channel_and_the_group(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    alice.call("group_add", group="family", channels=["news.sport"])
    bob.subscribe(channels=["news.sport", "news.*"], groups=["family"])
    sent = [send(alice, number, channel="news.sport") for number in range(1, 4)]
    send(alice, END, channel="news.sport")
    found = [event["timetoken"] for event in bob.delivered_until(END)]
    assert found == [timetoken for timetoken in sent for _ in range(sdk.flavour.copies)]
    sdk.shows("channel, group and wildcard at once")


def test_a_subscription_from_an_earlier_timetoken_gets_what_came_since(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob", filter='meta.kind == "a"')
    cursor = send(alice, 1, meta={"kind": "a"})
    send(alice, 2, meta={"kind": "b"})
    send(alice, 3, meta={"kind": "a"})
    bob.subscribe(channels=["orders"], timetoken=cursor)
    send(alice, END, meta={"kind": "a"})
    expected = [3] if sdk.flavour.filters else [2, 3]
    assert [event["payload"] for event in bob.delivered_until(END)] == expected
    sdk.shows("from an earlier timetoken")


def test_nothing_comes_from_a_channel_after_unsubscribing(sdk: Sdk, bench: Bench) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["one", "orders"])
    send(alice, 1, channel="one")
    bob.until(lambda event: event.get("payload") == 1)
    bench.wait_for_poll("bob")
    bob.call("unsubscribe", channels=["one"])
    bob.call_until("where_now", lambda channels: channels == ["orders"], uuid="bob")
    send(alice, 2, channel="one")
    send(alice, END)
    assert [event["payload"] for event in bob.delivered_until(END)] == []
    # Without this setting its event engine sends no leave.
    note = f"{DONE}, with `enable_presence_heartbeat`" if sdk.name == "asyncio" else DONE
    sdk.shows("unsubscribe", note)


def test_subscribing_again_after_unsubscribing_from_all(sdk: Sdk, bench: Bench) -> None:
    row = "subscribe again after unsubscribing from all"
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    bob.subscribe(channels=["orders"])
    send(alice, 1)
    bob.until(lambda event: event.get("payload") == 1)
    bench.wait_for_poll("bob")
    bob.call("unsubscribe")
    alice.call_until("where_now", lambda channels: channels == [], uuid="bob")
    if sdk.flavour.driver in ("threads", "asyncio"):
        # What it keeps its channels in is a list now, and was a dictionary.
        with pytest.raises(CallFailed, match="TypeError: list indices"):
            bob.call("subscribe", channels=["orders"])
        sdk.shows(row, "SDK defect: raises TypeError")
        return
    bob.call("subscribe", channels=["orders"])
    if sdk.name == "tornado":
        # Its lock is never released when the list is empty: nothing is sent any more.
        send(alice, 2)
        with pytest.raises(AssertionError, match="no event within"):
            bob.until(lambda event: event.get("payload") == 2, timeout=1)
        assert alice.call("where_now", uuid="bob") == []
        sdk.shows(row, "SDK defect: sends nothing")
        return
    alice.call_until("where_now", lambda channels: channels == ["orders"], uuid="bob")
    bench.wait_for_poll("bob")
    send(alice, 2)
    told = bob.until(lambda event: event["event"] == "message")
    assert told[-1]["payload"] == 2
    sdk.shows(row)


def test_a_string_with_quotes(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    text = 'say "hi" \\ and {"go": 1}'
    bob.subscribe(channels=["orders"])
    row = "a string with quotes and backslashes"
    if sdk.name == "tornado":
        # It puts the text between quotes without escaping those inside.
        with pytest.raises(CallFailed) as refused:
            send(alice, text)
        assert refused.value.status == 400
        assert refused.value.category == "PNBadRequestCategory"
        sdk.shows(row, "SDK defect: sent unescaped, answered 400")
        return
    timetoken = send(alice, text)
    send(alice, END)
    assert bob.delivered_until(END) == [message(text, timetoken)]
    sdk.shows(row)
