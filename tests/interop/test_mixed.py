"""pnclient and each SDK with each other: what one does, the other sees.

Messages are in other modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.conftest import Bench, Drivers, Sdk
from tests.interop.test_delivery import END, message, send
from tests.interop.test_encryption import PAYLOADS, PYTHON_10, SETTINGS, opened
from tests.interop.test_presence import about, is_about, occupants, presence
from tests.interop.test_storage import as_sent, texts

STATE = {"mood": "glücklich", "nested": {"list": [1, None]}}


@pytest.fixture
def ours(drivers: Drivers, bench: Bench) -> Sdk:
    return Sdk("pnclient", drivers, bench)


def both_ways(sdk: Sdk, ours: Sdk) -> Iterator[tuple[str, Sdk, Sdk]]:
    """A name of its own for each way, who does something and who sees it."""
    yield "there", ours, sdk
    yield "back", sdk, ours


def test_signals_to_each_other(sdk: Sdk, ours: Sdk) -> None:
    for room, does, sees in both_ways(sdk, ours):
        alice, bob = does.open(uuid="alice"), sees.open(uuid="bob")
        bob.subscribe(channels=[room])
        sent = alice.call("signal", channel=room, message={"typing": True})["timetoken"]
        send(alice, END, channel=room)
        expected = message({"typing": True}, sent, channel=room) | {"event": "signal"}
        assert bob.delivered_until(END) == [expected]
    sdk.shows("signals to each other")


def test_the_presence_of_each_other(sdk: Sdk, ours: Sdk, bench: Bench) -> None:
    for room, does, sees in both_ways(sdk, ours):
        bob, watcher = f"bob-{room}", f"watcher-{room}"
        doing, watching = does.open(uuid=bob), sees.open(uuid=watcher)
        watching.subscribe(channels=[room], presence=True)
        doing.subscribe(channels=[room])
        joined = watching.until(is_about(bob, "join"))[-1:]
        assert presence(joined) == [about(bob, "join", 2, channel=room)]
        doing.call("set_state", channels=[room], state=STATE)
        changed = watching.until(is_about(bob, "state-change"))[-1:]
        assert presence(changed) == [about(bob, "state-change", 2, channel=room, state=STATE)]
        assert watching.call("get_state", channels=[room], uuid=bob) == {room: STATE}
        here = watching.call("here_now", channels=[room], state=True)
        assert occupants(here) == {room: [bob, watcher]}
        assert {"uuid": bob, "state": STATE} in here["channels"][room]["occupants"]
        assert watching.call("where_now", uuid=bob) == [room]
        bench.wait_for_poll(bob)
        doing.call("unsubscribe", channels=[room])
        left = watching.until(is_about(bob, "leave"))[-1:]
        assert presence(left) == [about(bob, "leave", 1, channel=room)]
    sdk.shows("presence and state of each other")


def test_the_groups_of_each_other(sdk: Sdk, ours: Sdk) -> None:
    for group, does, sees in both_ways(sdk, ours):
        alice, bob = does.open(uuid="alice"), sees.open(uuid="bob")
        alice.call("group_add", group=group, channels=["a/b", "hall"])
        assert sorted(bob.call("group_list", group=group)) == ["a/b", "hall"]
        bob.subscribe(groups=[group])
        timetoken = send(alice, 1, channel="a/b")
        send(alice, END, channel="hall")
        assert bob.delivered_until(END) == [
            message(1, timetoken, channel="a/b", subscription=group)
        ]
        bob.call("group_remove", group=group, channels=["a/b"])
        assert alice.call("group_list", group=group) == ["hall"]
        bob.call("group_delete", group=group)
        assert alice.call("group_list", group=group) == []
    sdk.shows("channel groups of each other")


def test_the_stored_messages_of_each_other(sdk: Sdk, ours: Sdk) -> None:
    for channel, does, sees in both_ways(sdk, ours):
        alice, bob = does.open(uuid="alice"), sees.open(uuid="bob")
        payloads: list[Any] = [{"n": 1, "text": 'ü "q" \\'}, [None, True], 3]
        sent = [send(alice, payload, channel=channel, meta={"k": "ü"}) for payload in payloads]
        told = bob.call("history", channel=channel, count=10, timetokens=True, meta=True)
        stored = [
            {"message": payload, "timetoken": timetoken, "meta": {"k": "ü"}}
            for payload, timetoken in zip(payloads, sent, strict=True)
        ]
        assert told["messages"] == stored
        if sees.name != "tornado":
            # There it never resolves.
            items = bob.call("fetch", channels=[channel], meta=True)[channel]
            assert [{name: item[name] for name in stored[0]} for item in items] == stored
        assert bob.call("counts", channels=[channel], timetokens=[sent[0]]) == {channel: 2}
        bob.call("delete", channel=channel, start=sent[0], end=sent[1])
        left = alice.call("history", channel=channel, count=10)["messages"]
        assert texts(left) == [payloads[0], payloads[2]]
    sdk.shows("stored messages of each other")


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_encrypted_messages_of_each_other(sdk: Sdk, ours: Sdk, kind: str) -> None:
    row = "encrypted messages of each other, stored"
    for channel, does, sees in both_ways(sdk, ours):
        alice, bob = opened(does, kind, "alice"), opened(sees, kind, "bob")
        if alice is None or bob is None:
            assert (kind, sdk.name) == ("crypto module", "tornado")
            return
        for payload in PAYLOADS:
            send(alice, payload, channel=channel)
        # 4.8.1 can't fetch, and Python 10 has no history with the crypto module.
        if not (kind == "crypto module" and sees.flavour.driver in PYTHON_10):
            told = bob.call("history", channel=channel, count=10, timetokens=True)
            assert texts(told["messages"]) == PAYLOADS
        if sees.name != "tornado":
            options = {"decrypt": True} if sees.flavour.driver in PYTHON_10 else {}
            assert texts(bob.call("fetch", channels=[channel], **options)[channel]) == PAYLOADS
    sdk.shows(row, "yes, legacy" if sdk.name == "tornado" else "yes")


def test_actions_on_the_messages_of_each_other(sdk: Sdk, ours: Sdk) -> None:
    for channel, does, sees in both_ways(sdk, ours):
        alice, bob = sees.open(uuid="alice"), does.open(uuid="bob")
        alice.subscribe(channels=[channel])
        target = send(alice, "like this", channel=channel)
        subject = {"channel": channel, "message_timetoken": as_sent(does, target)}
        added = bob.call("action_add", **subject, type="reaction", value='😀 "q" &')
        assert added | {"action_timetoken": None} == {
            "type": "reaction",
            "value": '😀 "q" &',
            "message_timetoken": target,
            "action_timetoken": None,
            "uuid": "bob",
        }
        assert alice.call("action_list", channel=channel) == [added]
        bob.call(
            "action_remove", **subject, action_timetoken=as_sent(does, added["action_timetoken"])
        )
        assert alice.call("action_list", channel=channel) == []
        send(bob, END, channel=channel)
        events = [event for event in alice.delivered_until(END) if event["event"] == "action"]
        assert [{name: event[name] for name in added} for event in events] == [added, added]
        changes = ["added", "removed"] if "change" in sees.flavour.told else [None, None]
        assert [event["change"] for event in events] == changes
    sdk.shows("actions on messages of each other")
