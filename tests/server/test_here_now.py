"""Who is where: here-now and where-now."""

from __future__ import annotations

from pnfilter.server.settings import MAX_OCCUPANTS
from tests.server.emulated import Emulated
from tests.server.presence import HERE, PRESENCE, beat, set_state, users


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
    emulated.group("g", "b,nobody")
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
    assert emulated.get(f"{PRESENCE}/channel/,")[1]["payload"] == everywhere


def test_here_now_in_pages(emulated: Emulated) -> None:
    presence = emulated.broker.keyset("sub").presence
    for number in range(MAX_OCCUPANTS + 5):
        presence.keep_present(f"u{number}", ("ch", "other"), (), 300)
    names = [f"u{number}" for number in range(MAX_OCCUPANTS + 5)]
    assert users(emulated) == names[:MAX_OCCUPANTS]
    assert users(emulated, query=f"limit={MAX_OCCUPANTS}") == names[:MAX_OCCUPANTS]
    status, error = emulated.get(f"{PRESENCE}/channel/ch?limit={MAX_OCCUPANTS + 1}")
    assert (status, error["message"]) == (400, "Cannot return more than 1000 uuids at a time")
    assert users(emulated, query=f"limit=1000&offset={MAX_OCCUPANTS}") == names[MAX_OCCUPANTS:]
    assert users(emulated, query="limit=2&offset=3") == ["u3", "u4"]
    assert users(emulated, query="limit=0") == []
    assert users(emulated, query="offset=99999999999999999999") == []
    body = emulated.get(f"{PRESENCE}/channel/ch,other?limit=1&offset=1")[1]["payload"]
    assert body["channels"]["other"] == {"uuids": ["u1"], "occupancy": MAX_OCCUPANTS + 5}
    assert body["total_occupancy"] == 2 * (MAX_OCCUPANTS + 5)
    for wrong in ("limit=x", "offset=-1", "limit=-10", "limit=1.5"):
        assert emulated.get(f"{PRESENCE}/channel/ch?{wrong}")[0] == 400


def test_where_now(emulated: Emulated) -> None:
    beat(emulated, "u%2F1", "x")
    beat(emulated, "v", "a,b")
    set_state(emulated, "v", {"k": 1}, "not-there")
    path = f"{PRESENCE}/uuid"
    assert emulated.get(f"{path}/v") == (200, {**HERE, "payload": {"channels": ["a", "b"]}})
    assert emulated.get(f"{path}/u%2F1")[1]["payload"] == {"channels": ["x"]}
    assert emulated.get(f"{path}/nobody")[1]["payload"] == {"channels": []}
