"""The state of users, and what filters see of presence events."""

from __future__ import annotations

from pathlib import Path

import pytest

from pnfilter.message import Message
from pnfilter.server.settings import MAX_STATE
from pnfilter.server.store.database import StoreFailure
from tests.server.emulated import START, Emulated, received
from tests.server.presence import (
    HERE,
    PRESENCE,
    Watcher,
    beat,
    json_parameter,
    leave,
    set_state,
    state_of,
    users,
)


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
    emulated.group("g", "a,b")
    set_state(emulated, "u", {"k": 1}, ",", group="g")
    assert (state_of(emulated, "u", "a"), state_of(emulated, "u", "b")) == ({"k": 1}, {"k": 1})
    body = emulated.get(f"{PRESENCE}/channel/,/uuid/u?channel-group=g")[1]
    assert body["payload"] == {"channels": {"a": {"k": 1}, "b": {"k": 1}}}
    body = emulated.get(f"{PRESENCE}/channel/a/uuid/u?channel-group=empty")[1]
    assert body["payload"] == {"channels": {"a": {"k": 1}}}


def test_a_state_comes_with_subscribe_and_heartbeat(emulated: Emulated) -> None:
    emulated.group("g", "b,c")
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

    monkeypatch.setattr(emulated.broker.store.states, "save", fail)
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
    queue = emulated.broker.keyset("sub").queues.get("ch-pnpres")
    assert queue is not None
    (event,) = queue.events
    read = Message.from_envelope(item)
    assert read.meta.keys() == event.message.meta.keys()
    del read.meta["pn_precise_timestamp"], event.message.meta["pn_precise_timestamp"]
    assert read == event.message
