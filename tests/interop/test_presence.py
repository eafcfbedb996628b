"""Who is where, and the events that tell of it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.interop.conftest import Bench, Sdk
from tests.interop.driver import CallFailed, Event
from tests.interop.test_delivery import END, UNFILTERED, send
from tests.interop.test_sending import lacks

HANGS = "SDK defect: never resolves"


def presence(events: list[Event]) -> list[dict[str, Any]]:
    """What the presence events tell, without the times."""
    kept = ("action", "channel", "subscription", "uuid", "occupancy", "state")
    return [
        {name: event[name] for name in kept} for event in events if event["event"] == "presence"
    ]


def about(uuid: str, action: str, occupancy: int, **fields: Any) -> dict[str, Any]:
    event = {
        "action": action,
        "channel": "room",
        "subscription": None,
        "uuid": uuid,
        "occupancy": occupancy,
        "state": None,
    }
    return event | fields


def is_about(uuid: str, action: str) -> Any:
    return lambda event: (event.get("uuid"), event.get("action")) == (uuid, action)


def occupants(told: dict[str, Any]) -> dict[str, list[str]]:
    return {
        channel: sorted(one["uuid"] for one in data["occupants"])
        for channel, data in told["channels"].items()
    }


def test_join_state_change_and_leave(sdk: Sdk, bench: Bench) -> None:
    watcher, bob = sdk.open(uuid="watcher"), sdk.open(uuid="bob")
    watcher.subscribe(channels=["room"], presence=True)
    before = int(time.time())
    bob.subscribe(channels=["room"])
    joined = watcher.until(is_about("bob", "join"))[-1]
    assert presence([joined]) == [about("bob", "join", 2)]
    assert before - 1 <= joined["timestamp"] <= time.time() + 1
    assert abs(int(joined["timetoken"]) / 1e7 - joined["timestamp"]) < 2
    bob.call("set_state", channels=["room"], state={"mood": "glücklich", "level": 3})
    changed = watcher.until(is_about("bob", "state-change"))
    assert presence(changed) == [
        about("bob", "state-change", 2, state={"mood": "glücklich", "level": 3})
    ]
    bench.wait_for_poll("bob")
    bob.call("unsubscribe", channels=["room"])
    assert presence(watcher.until(is_about("bob", "leave"))) == [about("bob", "leave", 1)]
    sdk.shows("join, leave and state-change events")


def test_who_is_silent_for_too_long_has_left(sdk: Sdk, bench: Bench, peer: Sdk) -> None:
    watcher, bob = sdk.open(uuid="watcher"), peer.open(uuid="bob", presence_timeout=20)
    watcher.subscribe(channels=["room"], presence=True)
    bob.call("heartbeat", channels=["room"])
    watcher.until(is_about("bob", "join"))
    # Of bob nothing more is heard; the watcher has 300 seconds.
    bench.advance(60)
    assert presence(watcher.until(is_about("bob", "timeout"))) == [about("bob", "timeout", 1)]
    sdk.shows("timeout event")


def test_presence_of_a_group(sdk: Sdk) -> None:
    watcher, bob = sdk.open(uuid="watcher"), sdk.open(uuid="bob")
    watcher.call("group_add", group="house", channels=["room"])
    watcher.subscribe(groups=["house"], presence=True)
    bob.subscribe(channels=["room"])
    joined = watcher.until(is_about("bob", "join"))[-1]
    assert presence([joined]) == [about("bob", "join", 2, subscription="house")]
    sdk.shows("presence of a channel group")


def test_presence_of_a_wildcard(sdk: Sdk) -> None:
    watcher, bob = sdk.open(uuid="watcher"), sdk.open(uuid="bob")
    watcher.subscribe(channels=["house.*"], presence=True)
    bob.subscribe(channels=["house.kitchen"])
    joined = watcher.until(is_about("bob", "join"))[-1]
    place = {"channel": "house.kitchen", "subscription": "house.*"}
    assert presence([joined]) == [about("bob", "join", 1, **place)]
    sdk.shows("presence of a wildcard")


def test_presence_events_are_filtered_by_their_metadata(sdk: Sdk, bench: Bench) -> None:
    watcher = sdk.open(uuid="watcher", filter="meta.pn_action == 'leave'")
    bob = sdk.open(uuid="bob")
    watcher.subscribe(channels=["room"], presence=True)
    bob.subscribe(channels=["room"])
    bench.wait_for_poll("bob")
    bob.call("unsubscribe", channels=["room"])
    told = presence(watcher.until(is_about("bob", "leave")))
    if sdk.flavour.filters:
        assert told == [about("bob", "leave", 1)]
        sdk.shows("presence events, filtered")
    else:
        assert about("bob", "join", 2) in told
        sdk.shows("presence events, filtered", UNFILTERED)


def test_a_heartbeat_makes_present(sdk: Sdk, peer: Sdk) -> None:
    if lacks(sdk, "heartbeat", "heartbeat", channels=["other"], timeout=1):
        assert sdk.flavour.driver == "node"
        return
    bob, watcher = sdk.open(uuid="bob"), peer.open(uuid="watcher")
    if sdk.name == "tornado":
        # The request goes out and is answered; the SDK's own book-keeping fails on it.
        with pytest.raises(CallFailed) as failed:
            bob.call("heartbeat", timeout=0.5, channels=["room"])
        assert failed.value.kind == "no answer"
        sdk.shows("heartbeat", HANGS)
    else:
        bob.call("heartbeat", channels=["room"])
        sdk.shows("heartbeat")
    assert occupants(watcher.call("here_now", channels=["room"])) == {"room": ["bob"]}


def test_heartbeats_go_with_a_subscription(sdk: Sdk, bench: Bench) -> None:
    # A delay of nothing, to see that the request comes.
    heartbeats = bench.fault(fault="delay", seconds=0, operation="heartbeat", count=100)
    bob = sdk.open(uuid="bob", heartbeat=True, presence_timeout=4)
    bob.subscribe(channels=["room"])
    row = "heartbeats while subscribed"
    if sdk.name == "tornado":
        # Its timer is never started. One would have come at once, and each second.
        with pytest.raises(AssertionError, match="no event within"):
            bob.until(lambda event: event["event"] == "message", timeout=1.5)
        assert bench.hits(heartbeats) == 0
        sdk.shows(row, "SDK defect: never sent")
        return
    bob.call_until("here_now", lambda _: bench.hits(heartbeats) > 0, channels=["room"])
    sdk.shows(row)


def test_who_is_here(sdk: Sdk) -> None:
    alice, bob, carol = (sdk.open(uuid=uuid) for uuid in ("alice", "bob", "carol"))
    bob.subscribe(channels=["room", "hall"])
    carol.subscribe(channels=["room"])
    one = alice.call("here_now", channels=["room"])
    assert occupants(one) == {"room": ["bob", "carol"]}
    assert one["channels"]["room"]["occupancy"] == 2
    assert (one["total_channels"], one["total_occupancy"]) == (1, 2)
    sdk.shows("here now, one channel")
    several = alice.call("here_now", channels=["room", "hall"])
    assert occupants(several) == {"room": ["bob", "carol"], "hall": ["bob"]}
    assert (several["total_channels"], several["total_occupancy"]) == (2, 3)
    sdk.shows("here now, several channels")
    assert alice.call("here_now") == several
    sdk.shows("here now, everywhere")
    counted = alice.call("here_now", channels=["room"], uuids=False)
    assert counted["channels"]["room"] == {"occupancy": 2, "occupants": []}
    sdk.shows("here now, without users")
    alice.call("group_add", group="house", channels=["room", "hall"])
    assert alice.call("here_now", groups=["house"]) == several
    sdk.shows("here now, channel group")
    assert sorted(alice.call("where_now", uuid="bob")) == ["hall", "room"]
    assert alice.call("where_now", uuid="nobody") == []
    sdk.shows("where now")


def test_the_state_of_a_user(sdk: Sdk) -> None:
    bob = sdk.open(uuid="bob")
    state = {"mood": "glücklich", "nested": {"list": [1, None]}}
    bob.subscribe(channels=["room", "hall"])
    assert bob.call("set_state", channels=["room", "hall"], state=state) == state
    assert bob.call("get_state", channels=["room"], uuid="bob") == {"room": state}
    both = bob.call("get_state", channels=["room", "hall"], uuid="bob")
    assert both == {"room": state, "hall": state}
    assert bob.call("get_state", channels=["room"], uuid="nobody") == {"room": {}}
    sdk.shows("set and get state")
    here = bob.call("here_now", channels=["room"], state=True)
    assert here["channels"]["room"]["occupants"] == [{"uuid": "bob", "state": state}]
    sdk.shows("here now, with state")


def test_groups(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    assert alice.call("group_list", group="house") == []
    alice.call("group_add", group="house", channels=["room", "hall", "a/b"])
    assert sorted(alice.call("group_list", group="house")) == ["a/b", "hall", "room"]
    sdk.shows("add and list")
    bob.subscribe(groups=["house"])
    alice.call("group_remove", group="house", channels=["room"])
    assert sorted(alice.call("group_list", group="house")) == ["a/b", "hall"]
    send(alice, 1, channel="room")
    send(alice, END, channel="hall")
    assert bob.delivered_until(END) == []
    sdk.shows("remove")
    alice.call("group_delete", group="house")
    assert alice.call("group_list", group="house") == []
    sdk.shows("delete")
