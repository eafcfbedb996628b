"""Presence: who comes and goes, by its own name, by groups and by wildcards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.server.settings import MAX_PRESENCE_SECONDS
from tests.server.emulated import START, Emulated, received
from tests.server.presence import PRESENCE, Watcher, beat, leave, users

# Coming and going.


def test_a_user_is_there_from_its_first_request_until_it_leaves(emulated: Emulated) -> None:
    watcher = Watcher(emulated)
    for _ in range(2):
        beat(emulated, "u")
    beat(emulated, "v")
    assert watcher.events() == [
        ("ch-pnpres", "join", "u", 1),
        ("ch-pnpres", "join", "v", 2),
    ]
    assert users(emulated) == ["u", "v"]
    leave(emulated, "u")
    assert watcher.events() == [("ch-pnpres", "leave", "u", 1)]
    assert users(emulated) == ["v"]
    leave(emulated, "u")
    leave(emulated, "never-there", "ch,other")
    assert watcher.events() == []


def test_a_subscriber_is_there_and_sees_itself_come(emulated: Emulated) -> None:
    path = "/v2/subscribe/sub/ch,ch-pnpres/0?uuid=u"
    cursor, items = received(emulated.request("GET", path))
    assert items == []
    _, items = received(emulated.request("GET", f"{path}&tt={cursor}"))
    assert items == [
        {
            "a": "1",
            "f": 0,
            "p": {"t": items[0]["p"]["t"], "r": 1},
            "k": "sub",
            "c": "ch-pnpres",
            "d": {"action": "join", "timestamp": START, "uuid": "u", "occupancy": 1},
            "b": "ch-pnpres",
        }
    ]
    assert users(emulated) == ["u"]


def test_a_subscriber_without_a_name_and_names_of_presence_are_nobody_and_nowhere(
    emulated: Emulated,
) -> None:
    emulated.get("/v2/subscribe/sub/ch/0?tt=0")
    emulated.get("/v2/subscribe/sub/ch-pnpres/0?tt=0&uuid=u&channel-group=g-pnpres")
    emulated.group("g", "a,a-pnpres")
    beat(emulated, "v", ",", group="g")
    assert emulated.get(PRESENCE)[1]["payload"] == {
        "channels": {"a": {"uuids": ["v"], "occupancy": 1}},
        "total_channels": 1,
        "total_occupancy": 1,
    }


def test_a_waiting_subscriber_gets_the_event_at_once(emulated: Emulated) -> None:
    path = "/v2/subscribe/sub/ch-pnpres/0"
    cursor, _ = received(emulated.request("GET", path))
    waiting = emulated.poll(f"{path}?tt={cursor}")
    beat(emulated, "u")
    (item,) = received(waiting.result())[1]
    assert item["d"]["action"] == "join"


@pytest.mark.parametrize("operation", ["heartbeat", "leave"])
def test_a_request_says_who_and_where(emulated: Emulated, operation: str) -> None:
    for path in (f"channel/ch/{operation}", f"channel/,/{operation}?uuid=u"):
        status, body = emulated.get(f"{PRESENCE}/{path}")
        assert (status, body["status"], body["error"]) == (400, 400, True)
        assert body["service"] == "Presence"
    assert emulated.get(f"{PRESENCE}/channel/ch/{operation}?uuid=u")[0] == 200


# Timeouts.


@pytest.mark.parametrize(("query", "seconds"), [({}, 300), ({"heartbeat": 20}, 20)])
def test_a_user_of_whom_nothing_is_heard_times_out(
    emulated: Emulated, query: dict[str, Any], seconds: int
) -> None:
    watcher = Watcher(emulated)
    beat(emulated, "u", **query)
    emulated.wait(seconds - 1)
    beat(emulated, "v")
    assert users(emulated) == ["u", "v"]
    emulated.wait(1)
    assert users(emulated) == ["v"]
    assert watcher.events() == [
        ("ch-pnpres", "join", "u", 1),
        ("ch-pnpres", "join", "v", 2),
        ("ch-pnpres", "timeout", "u", 1),
    ]


def test_every_request_counts_and_the_latest_says_how_long(emulated: Emulated) -> None:
    beat(emulated, "u", heartbeat=20)
    emulated.wait(15)
    emulated.get("/v2/subscribe/sub/ch/0?uuid=u&heartbeat=20")
    emulated.wait(15)
    assert users(emulated) == ["u"]
    beat(emulated, "u", heartbeat=1_000)
    emulated.wait(999)
    assert users(emulated) == ["u"]
    beat(emulated, "u", heartbeat=5)
    emulated.wait(5)
    assert users(emulated) == []


def test_a_channel_that_is_no_longer_asked_for_times_out_alone(emulated: Emulated) -> None:
    beat(emulated, "u", "a,b")
    emulated.wait(200)
    beat(emulated, "u", "b")
    emulated.wait(200)
    assert emulated.get(f"{PRESENCE}/uuid/u")[1]["payload"] == {"channels": ["b"]}


def test_no_user_stays_for_longer_than_a_day(emulated: Emulated) -> None:
    beat(emulated, "u", heartbeat=10**15)
    emulated.wait(MAX_PRESENCE_SECONDS - 1)
    assert users(emulated) == ["u"]
    emulated.wait(1)
    assert users(emulated) == []


def test_time_can_be_moved_on(emulated: Emulated) -> None:
    watcher = Watcher(emulated)
    beat(emulated, "u")
    emulated.app.advance(299)
    beat(emulated, "v")
    emulated.app.advance(1)
    assert users(emulated) == ["v"]
    assert watcher.events()[-1] == ("ch-pnpres", "timeout", "u", 1)
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="seconds must be 0 or more"):
            emulated.app.advance(wrong)
    emulated.wait(299)
    assert users(emulated) == []


def test_many_users_who_come_and_go_leave_nothing_behind(emulated: Emulated) -> None:
    presence = emulated.broker.keyset("sub").presence
    for number in range(6_000):
        presence.keep_present(f"u{number % 50}", ("ch",), (), 300)
        presence.leave(f"u{number % 50}", ("ch",), ())
    assert len(presence) == 0
    assert len(presence._deadlines) <= 1_001
    presence.keep_present("last", ("ch",), (), 300)
    emulated.wait(300)
    assert (len(presence), len(presence._deadlines)) == (0, 0)


def test_heartbeats_cost_no_entry_each(emulated: Emulated) -> None:
    presence = emulated.broker.keyset("sub").presence
    for _ in range(5_000):
        emulated.seconds += 0.01
        presence.keep_present("u", ("ch",), (), 300)
    assert len(presence._deadlines) == 1


ACTIONS = st.one_of(
    st.tuples(st.just("beat"), st.sampled_from("uvw"), st.sampled_from(["a", "b", "a,b"]))
    | st.tuples(st.just("leave"), st.sampled_from("uvw"), st.sampled_from(["a", "b", "a,b"])),
    st.tuples(st.just("wait"), st.integers(1, 40), st.just("")),
)


@given(st.lists(ACTIONS, max_size=40))
def test_who_is_where_follows_from_the_requests(actions: list[tuple[str, Any, str]]) -> None:
    """A model that looks at every deadline after every action, and the events' occupancy."""
    with Emulated() as emulated:
        watcher = Watcher(emulated, "a-pnpres,b-pnpres")
        deadlines: dict[tuple[str, str], float] = {}
        for action, who, where in actions:
            match action:
                case "beat":
                    beat(emulated, who, where, heartbeat=20 + ord(who) % 7)
                    for channel in where.split(","):
                        deadlines[channel, who] = emulated.seconds + 20 + ord(who) % 7
                case "leave":
                    leave(emulated, who, where)
                    for channel in where.split(","):
                        deadlines.pop((channel, who), None)
                case _:
                    emulated.wait(who)
            deadlines = {pair: end for pair, end in deadlines.items() if end > emulated.seconds}
            present = {(channel, user) for channel in "ab" for user in users(emulated, channel)}
            assert present == deadlines.keys()
            for user in "uvw":
                found = emulated.get(f"{PRESENCE}/uuid/{user}")[1]["payload"]["channels"]
                assert {(channel, user) for channel in found} == {
                    pair for pair in deadlines if pair[1] == user
                }
        occupancy = {"a-pnpres": 0, "b-pnpres": 0}
        for channel, kind, _, count in watcher.events():
            occupancy[channel] += 1 if kind == "join" else -1
            assert count == occupancy[channel]
        assert occupancy["a-pnpres"] == len(users(emulated, "a"))


# Groups and wildcards.


def test_who_subscribes_to_a_group_is_on_its_channels(emulated: Emulated) -> None:
    emulated.group("g", "a,b")
    watcher = Watcher(emulated, "a-pnpres,b-pnpres,c-pnpres")
    emulated.get("/v2/subscribe/sub/,/0?uuid=u&channel-group=g")
    assert watcher.events() == [("a-pnpres", "join", "u", 1), ("b-pnpres", "join", "u", 1)]
    emulated.group("g", "c")
    assert watcher.events() == []
    beat(emulated, "u", ",", group="g")
    assert watcher.events() == [("c-pnpres", "join", "u", 1)]
    leave(emulated, "u", "b", group="g")
    assert sorted(watcher.events()) == [
        ("a-pnpres", "leave", "u", 0),
        ("b-pnpres", "leave", "u", 0),
        ("c-pnpres", "leave", "u", 0),
    ]


def test_the_presence_of_a_group_is_that_of_its_channels(emulated: Emulated) -> None:
    emulated.group("g", "a,w.*")
    watcher = Watcher(emulated, "", groups="g-pnpres")
    for channel in ("a", "w.x", "elsewhere"):
        beat(emulated, "u", channel)
    emulated.publish("a", "no presence")
    assert [(item["c"], item["b"], item["d"]["action"]) for item in watcher.items()] == [
        ("a-pnpres", "g-pnpres", "join"),
        ("w.x-pnpres", "g-pnpres", "join"),
    ]


def test_a_group_may_hold_a_presence_channel(emulated: Emulated) -> None:
    emulated.group("g", "a-pnpres")
    watcher = Watcher(emulated, "", groups="g")
    cursor = received(emulated.request("GET", "/v2/subscribe/sub/,/0?channel-group=g"))[0]
    waiting = emulated.poll(f"/v2/subscribe/sub/,/0?channel-group=g&tt={cursor}")
    beat(emulated, "u", "a")
    for items in (received(waiting.result())[1], watcher.items()):
        assert [(item["c"], item["b"]) for item in items] == [("a-pnpres", "g")]


def test_the_presence_of_a_wildcard(emulated: Emulated) -> None:
    watcher = Watcher(emulated, "w.*-pnpres")
    waiting = emulated.poll(f"/v2/subscribe/sub/w.*-pnpres/0?tt={emulated.timetoken}")
    beat(emulated, "u", "w.x")
    beat(emulated, "u", "v.x")
    (item,) = received(waiting.result())[1]
    assert (item["c"], item["b"]) == ("w.x-pnpres", "w.*-pnpres")
    assert watcher.items() == [item]
    # Who subscribes to the wildcard is on a channel of that name.
    emulated.get("/v2/subscribe/sub/w.*/0?uuid=v")
    (item,) = watcher.items()
    assert (item["c"], item.get("b"), item["d"]["uuid"]) == ("w.*-pnpres", "w.*-pnpres", "v")
    assert users(emulated, "w.*") == ["v"]
    assert users(emulated, "w.x") == ["u"]
