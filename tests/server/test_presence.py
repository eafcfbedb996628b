"""Presence: who is where, events of it, and the state of users."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.message import Message
from pnfilter.server.settings import MAX_OCCUPANTS, MAX_PRESENCE_SECONDS, MAX_STATE
from pnfilter.server.store.database import StoreFailure
from tests.server.emulated import START, Emulated, received

PRESENCE = "/v2/presence/sub-key/sub"
HERE = {"status": 200, "message": "OK", "service": "Presence"}


def json_parameter(value: Any) -> str:
    return quote(json.dumps(value), safe="")


def beat(emulated: Emulated, user: str, channels: str = "ch", **parameters: Any) -> None:
    """A heartbeat of a user; ``group`` is a parameter under a shorter name."""
    group = parameters.pop("group", "")
    if "state" in parameters:
        parameters["state"] = json_parameter(parameters["state"])
    query = "".join(f"&{name}={value}" for name, value in parameters.items())
    path = f"{PRESENCE}/channel/{channels}/heartbeat?uuid={user}&channel-group={group}{query}"
    assert emulated.get(path) == (200, HERE)


def leave(emulated: Emulated, user: str, channels: str = "ch", group: str = "") -> None:
    path = f"{PRESENCE}/channel/{channels}/leave?uuid={user}&channel-group={group}"
    assert emulated.get(path) == (200, {**HERE, "action": "leave"})


def set_state(
    emulated: Emulated, user: str, state: Any, channels: str = "ch", group: str = ""
) -> None:
    path = f"{PRESENCE}/channel/{channels}/uuid/{user}/data?state={json_parameter(state)}"
    assert emulated.get(f"{path}&channel-group={group}") == (200, {**HERE, "payload": state})


def state_of(emulated: Emulated, user: str, channel: str = "ch") -> Any:
    status, body = emulated.get(f"{PRESENCE}/channel/{channel}/uuid/{user}")
    assert (status, body["channel"], body["uuid"]) == (200, channel, user)
    return body["payload"]


def users(emulated: Emulated, channel: str = "ch", query: str = "") -> list[Any]:
    status, body = emulated.get(f"{PRESENCE}/channel/{channel}?{query}")
    assert status == 200
    found: list[Any] = body["uuids"]
    return found


def group(emulated: Emulated, name: str, channels: str, change: str = "add") -> None:
    path = "/v1/channel-registration/sub-key/sub/channel-group"
    assert emulated.get(f"{path}/{name}?{change}={channels}")[0] == 200


class Watcher:
    """Sees the presence events of some names, without being anywhere itself."""

    def __init__(
        self, emulated: Emulated, names: str = "ch-pnpres", groups: str = "", accepts: str = ""
    ) -> None:
        self._emulated = emulated
        # A message that is published last, so that no request waits.
        names = f"mark,{names}" if names else "mark"
        query = f"channel-group={groups}&filter-expr={quote(accepts)}"
        self._target = f"/v2/subscribe/sub/{names}/0?{query}"
        self._cursor = received(emulated.request("GET", self._target))[0]

    def items(self) -> list[dict[str, Any]]:
        """The envelopes that arrived since the last look."""
        self._emulated.publish("mark", None, meta={"mark": 1})
        target = f"{self._target}&tt={self._cursor}"
        self._cursor, items = received(self._emulated.request("GET", target))
        return [item for item in items if item["c"] != "mark"]

    def events(self) -> list[tuple[str, str, str, int]]:
        """Channel, action, user and occupancy of each."""
        return [
            (item["c"], item["d"]["action"], item["d"]["uuid"], item["d"]["occupancy"])
            for item in self.items()
        ]


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
        }
    ]
    assert users(emulated) == ["u"]


def test_a_subscriber_without_a_name_and_names_of_presence_are_nobody_and_nowhere(
    emulated: Emulated,
) -> None:
    emulated.get("/v2/subscribe/sub/ch/0?tt=0")
    emulated.get("/v2/subscribe/sub/ch-pnpres/0?tt=0&uuid=u&channel-group=g-pnpres")
    group(emulated, "g", "a,a-pnpres")
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
    emulated.service.advance(299)
    beat(emulated, "v")
    emulated.service.advance(1)
    assert users(emulated) == ["v"]
    assert watcher.events()[-1] == ("ch-pnpres", "timeout", "u", 1)
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="0 seconds or more"):
            emulated.service.advance(wrong)
    emulated.wait(299)
    assert users(emulated) == []


def test_many_users_who_come_and_go_leave_nothing_behind(emulated: Emulated) -> None:
    presence = emulated.service.keyset("sub").presence
    for number in range(6_000):
        presence.seen(f"u{number % 50}", ("ch",), (), 300)
        presence.leave(f"u{number % 50}", ("ch",), ())
    assert len(presence) == 0
    assert len(presence._deadlines) <= 1_001
    presence.seen("last", ("ch",), (), 300)
    emulated.wait(300)
    assert (len(presence), len(presence._deadlines)) == (0, 0)


def test_heartbeats_cost_no_entry_each(emulated: Emulated) -> None:
    presence = emulated.service.keyset("sub").presence
    for _ in range(5_000):
        emulated.seconds += 0.01
        presence.seen("u", ("ch",), (), 300)
    assert len(presence._deadlines) == 1


def test_of_too_many_users_the_one_that_is_due_first_goes(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.server.broker.presence.MAX_STAYS", 3)
    watcher = Watcher(emulated)
    beat(emulated, "a")
    emulated.wait(10)
    beat(emulated, "b")
    beat(emulated, "c")
    # It is heard of again, so another one is due first.
    beat(emulated, "a", heartbeat=400)
    beat(emulated, "d")
    assert users(emulated) == ["a", "c", "d"]
    assert watcher.events()[-2:] == [
        ("ch-pnpres", "timeout", "b", 2),
        ("ch-pnpres", "join", "d", 3),
    ]


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


# Who is where.


def test_here_now_of_one_channel(emulated: Emulated) -> None:
    path = f"{PRESENCE}/channel/ch"
    assert emulated.get(path) == (200, {**HERE, "uuids": [], "occupancy": 0})
    beat(emulated, "u")
    beat(emulated, "v", state={"ch": {"k": 1}})
    assert emulated.get(path) == (200, {**HERE, "uuids": ["u", "v"], "occupancy": 2})
    assert emulated.get(f"{path}?state=1")[1]["uuids"] == [
        {"uuid": "u"},
        {"uuid": "v", "state": {"k": 1}},
    ]
    for query in ("disable_uuids=1", "disable_uuids=1&state=1"):
        assert emulated.get(f"{path}?{query}") == (200, {**HERE, "occupancy": 2})


def test_here_now_of_several_channels_and_of_all(emulated: Emulated) -> None:
    beat(emulated, "u", "a,b")
    beat(emulated, "v", "b,c")
    some = {
        "channels": {
            "a": {"uuids": ["u"], "occupancy": 1},
            "b": {"uuids": ["u", "v"], "occupancy": 2},
        },
        "total_channels": 2,
        "total_occupancy": 3,
    }
    for names in ("a,b", "a,b,nobody", "b,b,a,a-pnpres"):
        assert emulated.get(f"{PRESENCE}/channel/{names}") == (200, {**HERE, "payload": some})
    group(emulated, "g", "b,nobody")
    assert emulated.get(f"{PRESENCE}/channel/a?channel-group=g")[1]["payload"] == some
    only = emulated.get(f"{PRESENCE}/channel/,?channel-group=g&disable_uuids=1")[1]["payload"]
    assert only == {
        "channels": {"b": {"occupancy": 2}},
        "total_channels": 1,
        "total_occupancy": 2,
    }
    assert emulated.get(f"{PRESENCE}/channel/x,y")[1]["payload"] == {
        "channels": {},
        "total_channels": 0,
        "total_occupancy": 0,
    }
    everywhere = emulated.get(PRESENCE)[1]["payload"]
    assert everywhere["channels"].keys() == {"a", "b", "c"}
    assert (everywhere["total_channels"], everywhere["total_occupancy"]) == (3, 4)
    assert emulated.get(f"{PRESENCE}/channel/,")[0] == 400


def test_here_now_in_pages(emulated: Emulated) -> None:
    presence = emulated.service.keyset("sub").presence
    for number in range(MAX_OCCUPANTS + 5):
        presence.seen(f"u{number}", ("ch", "other"), (), 300)
    names = [f"u{number}" for number in range(MAX_OCCUPANTS + 5)]
    assert users(emulated) == names[:MAX_OCCUPANTS]
    assert users(emulated, query="limit=5000") == names[:MAX_OCCUPANTS]
    assert users(emulated, query=f"limit=1000&offset={MAX_OCCUPANTS}") == names[MAX_OCCUPANTS:]
    assert users(emulated, query="limit=2&offset=3") == ["u3", "u4"]
    assert users(emulated, query="limit=0") == []
    assert users(emulated, query="offset=99999999999999999999") == []
    body = emulated.get(f"{PRESENCE}/channel/ch,other?limit=1&offset=1")[1]["payload"]
    assert body["channels"]["other"] == {"uuids": ["u1"], "occupancy": MAX_OCCUPANTS + 5}
    assert body["total_occupancy"] == 2 * (MAX_OCCUPANTS + 5)
    for wrong in ("limit=x", "offset=-1", "limit=1.5"):
        assert emulated.get(f"{PRESENCE}/channel/ch?{wrong}")[0] == 400


def test_where_now(emulated: Emulated) -> None:
    beat(emulated, "u%2F1", "x")
    beat(emulated, "v", "a,b")
    set_state(emulated, "v", {"k": 1}, "not-there")
    path = f"{PRESENCE}/uuid"
    assert emulated.get(f"{path}/v") == (200, {**HERE, "payload": {"channels": ["a", "b"]}})
    assert emulated.get(f"{path}/u%2F1")[1]["payload"] == {"channels": ["x"]}
    assert emulated.get(f"{path}/nobody")[1]["payload"] == {"channels": []}


# Groups and wildcards.


def test_who_subscribes_to_a_group_is_on_its_channels(emulated: Emulated) -> None:
    group(emulated, "g", "a,b")
    watcher = Watcher(emulated, "a-pnpres,b-pnpres,c-pnpres")
    emulated.get("/v2/subscribe/sub/,/0?uuid=u&channel-group=g")
    assert watcher.events() == [("a-pnpres", "join", "u", 1), ("b-pnpres", "join", "u", 1)]
    group(emulated, "g", "c")
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
    group(emulated, "g", "a,w.*")
    watcher = Watcher(emulated, "", groups="g-pnpres")
    for channel in ("a", "w.x", "elsewhere"):
        beat(emulated, "u", channel)
    emulated.publish("a", "no presence")
    assert [(item["c"], item["b"], item["d"]["action"]) for item in watcher.items()] == [
        ("a-pnpres", "g-pnpres", "join"),
        ("w.x-pnpres", "g-pnpres", "join"),
    ]


def test_a_group_may_hold_a_presence_channel(emulated: Emulated) -> None:
    group(emulated, "g", "a-pnpres")
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
    assert (item["c"], item.get("b"), item["d"]["uuid"]) == ("w.*-pnpres", None, "v")
    assert users(emulated, "w.*") == ["v"]
    assert users(emulated, "w.x") == ["u"]


# State.


def test_a_state_is_set_read_and_replaced(emulated: Emulated) -> None:
    beat(emulated, "u", "a,b")
    watcher = Watcher(emulated, "a-pnpres,b-pnpres")
    set_state(emulated, "u", {"k": 1, "l": [None, "ü"]}, "a,b")
    assert state_of(emulated, "u", "a") == {"k": 1, "l": [None, "ü"]}
    set_state(emulated, "u", {"m": True}, "a")
    status, body = emulated.get(f"{PRESENCE}/channel/a,b,c/uuid/u")
    assert (status, body) == (
        200,
        {
            **HERE,
            "uuid": "u",
            "payload": {"channels": {"a": {"m": True}, "b": {"k": 1, "l": [None, "ü"]}, "c": {}}},
        },
    )
    events = watcher.items()
    assert [(item["c"], item["d"]["data"]) for item in events] == [
        ("a-pnpres", {"k": 1, "l": [None, "ü"]}),
        ("b-pnpres", {"k": 1, "l": [None, "ü"]}),
        ("a-pnpres", {"m": True}),
    ]
    assert events[2]["d"] == {
        "action": "state-change",
        "timestamp": START,
        "uuid": "u",
        "occupancy": 1,
        "data": {"m": True},
    }


def test_only_a_change_of_state_is_told(emulated: Emulated) -> None:
    watcher = Watcher(emulated)
    for state in ({"k": 1}, {"k": 1}, {"k": True}, {"k": 1.0}, {}, {}):
        set_state(emulated, "u", state)
    assert [item["d"]["data"] for item in watcher.items()] == [
        {"k": 1},
        {"k": True},
        {"k": 1.0},
        {},
    ]
    assert state_of(emulated, "u") == {}


def test_a_state_for_a_group_is_for_its_channels(emulated: Emulated) -> None:
    group(emulated, "g", "a,b")
    set_state(emulated, "u", {"k": 1}, ",", group="g")
    assert (state_of(emulated, "u", "a"), state_of(emulated, "u", "b")) == ({"k": 1}, {"k": 1})
    body = emulated.get(f"{PRESENCE}/channel/,/uuid/u?channel-group=g")[1]
    assert body["payload"] == {"channels": {"a": {"k": 1}, "b": {"k": 1}}}
    body = emulated.get(f"{PRESENCE}/channel/a/uuid/u?channel-group=empty")[1]
    assert body["payload"] == {"channels": {"a": {"k": 1}}}


def test_a_state_comes_with_subscribe_and_heartbeat(emulated: Emulated) -> None:
    group(emulated, "g", "b,c")
    watcher = Watcher(emulated, "a-pnpres,b-pnpres,c-pnpres")
    state = json_parameter({"a": {"k": 1}, "g": {"k": 2}, "elsewhere": {"k": 3}})
    emulated.get(f"/v2/subscribe/sub/a/0?uuid=u&channel-group=g&state={state}")
    assert [(item["c"], item["d"]["action"], item["d"]["data"]) for item in watcher.items()] == [
        ("a-pnpres", "join", {"k": 1}),
        ("b-pnpres", "join", {"k": 2}),
        ("c-pnpres", "join", {"k": 2}),
    ]
    assert state_of(emulated, "u", "elsewhere") == {}
    # Of a user who is there already no event tells.
    beat(emulated, "u", "a", state={"a": {"k": 4}})
    assert watcher.items() == []
    assert state_of(emulated, "u", "a") == {"k": 4}
    beat(emulated, "u", "a", state={})
    assert state_of(emulated, "u", "a") == {"k": 4}
    beat(emulated, "u", "a", state={"a": {}})
    assert state_of(emulated, "u", "a") == {}


@pytest.mark.parametrize("end", ["leave", "timeout"])
def test_a_state_goes_with_its_user(emulated: Emulated, end: str) -> None:
    beat(emulated, "u", "a,b", state={"a": {"k": 1}, "b": {"k": 2}})
    watcher = Watcher(emulated, "a-pnpres")
    if end == "leave":
        leave(emulated, "u", "a")
    else:
        beat(emulated, "u", "b", heartbeat=400)
        emulated.wait(300)
    (item,) = watcher.items()
    assert item["d"] == {
        "action": end,
        "timestamp": int(emulated.seconds),
        "uuid": "u",
        "occupancy": 0,
    }
    assert (state_of(emulated, "u", "a"), state_of(emulated, "u", "b")) == ({}, {"k": 2})
    beat(emulated, "u", "a")
    assert "data" not in watcher.items()[0]["d"]


def test_a_state_may_be_set_before_its_user_comes_and_goes_if_it_does_not(
    emulated: Emulated,
) -> None:
    watcher = Watcher(emulated)
    set_state(emulated, "early", {"k": 1})
    set_state(emulated, "never", {"k": 2})
    assert users(emulated) == []
    emulated.wait(299)
    beat(emulated, "early")
    emulated.wait(1)
    assert (state_of(emulated, "early"), state_of(emulated, "never")) == ({"k": 1}, {})
    assert [(item["d"]["action"], item["d"].get("data")) for item in watcher.items()] == [
        ("state-change", {"k": 1}),
        ("state-change", {"k": 2}),
        ("join", {"k": 1}),
    ]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("", 200),
        ("%7B%7D", 200),
        ("[]", 400),
        ("1", 400),
        ("%7B", 400),
        ("%7B%22k%22%3A1e999%7D", 400),
        ("%7B%22k%22%3A%22" + "x" * MAX_STATE + "%22%7D", 413),
        ("%7B%22k%22%3A%22" + "x" * (MAX_STATE - 8) + "%22%7D", 200),
        ("%7B%22k%22%3A%22%5Cud800%22%7D", 400),
        ("%7B%22k%22%3A" + "[" * 600 + "]" * 600 + "%7D", 400),
        ("%7B%22k%22%3A" + "[" * 450 + "]" * 450 + "%7D", 200),
    ],
)
def test_a_state_that_can_not_be_kept_is_refused(
    emulated: Emulated, state: str, status: int
) -> None:
    found, body = emulated.get(f"{PRESENCE}/channel/ch/uuid/u/data?state={state}")
    assert (found, body["status"]) == (status, status)
    assert state_of(emulated, "u") == (body["payload"] if status == 200 else {})
    if state not in ("", "%7B%7D"):
        state = f"%7B%22ch%22%3A{state}%7D"
    for path in ("/v2/subscribe/sub/ch/0", f"{PRESENCE}/channel/ch/heartbeat"):
        assert emulated.get(f"{path}?uuid=u&state={state}")[0] == status
    assert emulated.get(f"{PRESENCE}/channel/ch")[1]["occupancy"] == (status == 200)


def test_set_state_needs_a_state_and_a_place(emulated: Emulated) -> None:
    assert emulated.get(f"{PRESENCE}/channel/ch/uuid/u/data")[0] == 400
    assert emulated.get(f"{PRESENCE}/channel/,/uuid/u/data?state=%7B%7D")[0] == 400
    assert emulated.get(f"{PRESENCE}/channel/,/uuid/u")[0] == 400


def test_a_state_that_the_store_does_not_take_is_not_there(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher(emulated)
    set_state(emulated, "u", {"k": 1})

    def fail(*_: object) -> None:
        raise StoreFailure("disk full")

    monkeypatch.setattr(emulated.service.store.states, "save", fail)
    state = json_parameter({"k": 2})
    assert emulated.get(f"{PRESENCE}/channel/ch/uuid/u/data?state={state}")[0] == 503
    assert (
        emulated.get(f"{PRESENCE}/channel/ch/heartbeat?uuid=u&state=%7B%22ch%22:{state}%7D")[0]
        == 503
    )
    assert state_of(emulated, "u") == {"k": 1}
    assert users(emulated) == []
    monkeypatch.undo()
    set_state(emulated, "u", {"k": 3})
    assert [item["d"]["data"] for item in watcher.items()] == [{"k": 1}, {"k": 3}]


def test_states_outlive_the_process_for_as_long_as_a_user_may_be_away(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Emulated(store=store) as emulated:
        set_state(emulated, "u", {"k": 0}, "a,b")
        set_state(emulated, "u", {"k": "ü"}, "a")
        beat(emulated, "v", "a", state={"a": {"k": 2}})
        set_state(emulated, "gone", {"k": 3}, "a")
        leave(emulated, "gone", "a")
        set_state(emulated, "empty", {"k": 4}, "a")
        set_state(emulated, "empty", {}, "a")
        emulated.get(f"{PRESENCE.replace('sub-key/sub', 'sub-key/other')}/channel/a/uuid/u")
    with Emulated(store=store) as emulated:
        assert users(emulated, "a") == []
        assert state_of(emulated, "u", "a") == {"k": "ü"}
        assert state_of(emulated, "u", "b") == {"k": 0}
        assert state_of(emulated, "gone", "a") == state_of(emulated, "empty", "a") == {}
        beat(emulated, "v", "a")
        assert users(emulated, "a", "state=1") == [{"uuid": "v", "state": {"k": 2}}]
        other = emulated.get("/v2/presence/sub-key/other/channel/a/uuid/u")[1]
        assert other["payload"] == {}
        emulated.wait(300)
        assert state_of(emulated, "u", "b") == {}
    with Emulated(store=store) as emulated:
        assert state_of(emulated, "v", "a") == {}


# Filters.


@pytest.mark.parametrize(
    ("accepts", "passes"),
    [
        ("pn_action == 'join'", True),
        ("pn_action == 'leave'", False),
        ("pn_ispresence == 1", True),
        ("pn_uuid == 'u' && pn_channel == 'ch'", True),
        ("pn_channel == 'ch-pnpres'", False),
        ("pn_occupancy == 1", True),
        ("pn_occupancy > 1", False),
        (f"pn_timestamp == {START}", True),
        (f"pn_precise_timestamp == {START}500", True),
        ("pn_state_mood == 'good'", True),
        ("pn_state_age > 17", True),
        ("pn_state_age > 18", False),
        ("pn_state_other == 'good'", False),
        ("data.action == 'join'", True),
        ("mood == 'good'", False),
    ],
)
def test_a_filter_sees_the_metadata_of_an_event(
    emulated: Emulated, accepts: str, passes: bool
) -> None:
    emulated.seconds += 0.5
    watcher = Watcher(emulated, accepts=f"({accepts}) || mark == 1")
    beat(emulated, "u", state={"ch": {"mood": "good", "age": 18}})
    assert len(watcher.items()) == passes


def test_the_metadata_is_the_one_that_is_made_up_elsewhere_too(emulated: Emulated) -> None:
    """Reading an envelope gives what the service filters by, but for what an event doesn't tell."""
    cursor = received(emulated.request("GET", "/v2/subscribe/sub/ch-pnpres/0"))[0]
    set_state(emulated, "u", {"k": 1})
    (item,) = received(emulated.request("GET", f"/v2/subscribe/sub/ch-pnpres/0?tt={cursor}"))[1]
    queue = emulated.service.keyset("sub").queues.get("ch-pnpres")
    assert queue is not None
    (event,) = queue.events
    read = Message.from_envelope(item)
    assert read.meta.keys() == event.message.meta.keys()
    del read.meta["pn_precise_timestamp"], event.message.meta["pn_precise_timestamp"]
    assert read == event.message
