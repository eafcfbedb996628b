"""Memberships in App Context, from both sides: set, ended, listed, and told of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pnfilter.server.api import app_context as api
from pnfilter.server.store.database import StoreFailure
from pnfilter.server.store.objects import ObjectTable, Record
from tests.server.app_context.asking import Subscriber, ask, done, ids, refused
from tests.server.emulated import Emulated
from tests.server.measuring import check_usage


def members(*ids: str, **fields: Any) -> dict[str, Any]:
    return {"set": [{"uuid": {"id": id}, **fields} for id in ids]}


def channels(*ids: str, **fields: Any) -> dict[str, Any]:
    return {"set": [{"channel": {"id": id}, **fields} for id in ids]}


def test_both_sides_see_a_membership(emulated: Emulated) -> None:
    rows = done(emulated, "PATCH", "channels/c/uuids", members("b", "a", custom={"n": 1}))
    assert rows == [
        {"uuid": {"id": id}, "updated": "2023-11-14T22:13:20.000000Z", "eTag": rows[0]["eTag"]}
        for id in "ab"
    ]
    assert done(emulated, "GET", "channels/c/uuids") == rows
    (row,) = done(emulated, "GET", "uuids/a/channels", include="custom,type")
    assert (row["channel"], row["custom"], row["type"], "uuid" in row) == (
        {"id": "c"},
        {"n": 1},
        None,
        False,
    )
    done(emulated, "PATCH", "uuids/a/channels", channels("d"))
    assert ids(done(emulated, "GET", "uuids/a/channels")) == ["c", "d"]
    assert ids(done(emulated, "GET", "channels/d/uuids")) == ["a"]
    assert done(emulated, "GET", "uuids") == done(emulated, "GET", "channels") == []


def test_a_change_reads_its_list_once(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    read, count = ObjectTable.memberships, 0

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return read(*arguments)

    monkeypatch.setattr(ObjectTable, "memberships", counted)
    rows = done(emulated, "PATCH", "channels/c/uuids", members("a"), sort="updated", count="1")
    assert (ids(rows), count) == (["a"], 1)
    assert refused(emulated, "PATCH", "channels/c/uuids", members("b"), sort="x").startswith("sort")
    assert count == 1


def test_metadata_of_the_other_side(emulated: Emulated) -> None:
    user = done(emulated, "PATCH", "uuids/a", {"name": "A", "custom": {"n": 1}, "status": "s"})
    done(emulated, "PATCH", "channels/c/uuids", members("a", "b"))
    for include in ("uuid", "uuid.custom", "uuid.custom,uuid.status,uuid.type"):
        more = {"custom": {"n": 1}, "status": "s", "type": None}
        asked = {name: more[name] for name in more if f"uuid.{name}" in include}
        first, second = done(emulated, "GET", "channels/c/uuids", include=include)
        assert first["uuid"] == {**user, **asked}
        assert second["uuid"] == {"id": "b"}
        assert "custom" not in first
    (row,) = done(emulated, "GET", "uuids/a/channels", include="channel,uuid.custom")
    assert row["channel"] == {"id": "c"}


def test_a_membership_is_changed_and_ended(emulated: Emulated) -> None:
    done(emulated, "PATCH", "channels/c/uuids", members("a", status="s", custom={"n": 1}))
    body = {**members("b", "a", type="t"), "delete": [{"uuid": {"id": "x"}, "custom": {"n": 1}}]}
    rows = done(emulated, "PATCH", "channels/c/uuids", body, include="custom,status,type")
    assert [(row["status"], row["type"], row["custom"]) for row in rows] == [
        ("s", "t", {"n": 1}),
        (None, "t", None),
    ]
    gone = {"set": [], "delete": [{"uuid": {"id": "a"}}, {"uuid": {"id": "a"}}]}
    assert ids(done(emulated, "PATCH", "channels/c/uuids", gone)) == ["b"]
    both = {"set": [{"channel": {"id": "c"}}], "delete": [{"channel": {"id": "c"}}]}
    assert done(emulated, "PATCH", "uuids/b/channels", both) == []
    assert done(emulated, "PATCH", "uuids/b/channels", {}) == []


@pytest.mark.parametrize("path", ["channels/c/uuids", "uuids/u/channels"])
def test_events_go_to_the_channel_and_the_user(emulated: Emulated, path: str) -> None:
    side, other = ("uuid", "u") if path.endswith("uuids") else ("channel", "c")
    subscriber = Subscriber(emulated, "c,u,x")
    body = {"set": [{side: {"id": other}, "custom": {"n": 1}, "status": None}]}
    (row,) = done(emulated, "PATCH", path, body)
    head = {"source": "objects", "version": "2.0", "event": "set", "type": "membership"}
    sides = {"channel": {"id": "c"}, "uuid": {"id": "u"}}
    data = {**sides, "custom": {"n": 1}, "eTag": row["eTag"], "updated": row["updated"]}
    assert subscriber.told() == [(channel, {**head, "data": data}) for channel in ("c", "u")]
    done(emulated, "PATCH", path, body)
    assert subscriber.told() == []
    for _ in range(2):
        done(emulated, "PATCH", path, {"delete": [{side: {"id": other}}]})
    gone = {**head, "event": "delete", "data": sides}
    assert subscriber.told() == [(channel, gone) for channel in ("c", "u")]


def test_metadata_and_memberships_do_not_go_with_each_other(emulated: Emulated) -> None:
    done(emulated, "PATCH", "uuids/a", {"name": "A"})
    done(emulated, "PATCH", "channels/c/uuids", members("a"))
    done(emulated, "DELETE", "uuids/a")
    assert ids(done(emulated, "GET", "channels/c/uuids")) == ["a"]
    done(emulated, "PATCH", "uuids/a", {"name": "A"})
    done(emulated, "PATCH", "channels/c/uuids", {"delete": [{"uuid": {"id": "a"}}]})
    assert done(emulated, "GET", "uuids/a")["name"] == "A"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([1], "body: The body must be a JSON object"),
        ({"set": {}}, None),
        ({"set": "a"}, "set: A list is expected"),
        ({"delete": {"a": 1}}, "delete: A list is expected"),
        ({"set": [1]}, 'set[0]: {"uuid": {"id": …}} is expected'),
        ({"set": [{"channel": {"id": "a"}}]}, 'set[0]: {"uuid": {"id": …}} is expected'),
        ({"delete": [{"uuid": "a"}]}, 'delete[0]: {"uuid": {"id": …}} is expected'),
        ({"set": [{"uuid": {"id": 1}}]}, "set[0].uuid.id: An id must be a string of 1 to 92 bytes"),
        ({"set": [{"uuid": {"id": "a"}}, {"uuid": {"id": "a"}, "custom": 1}]},
            "set[1].custom: An object or null is expected"),
    ],
)  # fmt: skip
def test_bodies_that_are_refused(emulated: Emulated, body: Any, told: str | None) -> None:
    if told is None:
        done(emulated, "PATCH", "channels/c/uuids", body)
    else:
        assert refused(emulated, "PATCH", "channels/c/uuids", body) == told
    assert done(emulated, "GET", "channels/c/uuids") == []


def test_nothing_is_changed_by_a_request_whose_list_is_refused(emulated: Emulated) -> None:
    told = refused(emulated, "PATCH", "channels/c/uuids", members("a"), sort="nothing")
    assert told == "sort: `nothing` is not a sort key"
    assert done(emulated, "GET", "channels/c/uuids") == []


def test_bounds(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_MOST", {"channel": 3, "uuid": 2})
    monkeypatch.setattr(api, "MAX_MEMBERSHIPS", 6)

    def error(path: str, body: Any) -> str:
        status, answer = ask(emulated, "PATCH", path, body)
        assert status == 400
        return str(answer["error"]["message"])

    done(emulated, "PATCH", "channels/c/uuids", members("a", "b", "c"))
    assert error("channels/c/uuids", members("d")) == "A channel has 3 memberships at most"
    exchanged = {**members("d", "a"), "delete": [{"uuid": {"id": "b"}}]}
    assert ids(done(emulated, "PATCH", "channels/c/uuids", exchanged)) == ["a", "c", "d"]
    done(emulated, "PATCH", "uuids/a/channels", channels("d"))
    assert error("channels/e/uuids", members("x", "a")) == "A user has 2 memberships at most"
    assert error("uuids/x/channels", channels("c")) == "A channel has 3 memberships at most"
    done(emulated, "PATCH", "channels/e/uuids", members("x", "y"))
    assert error("channels/f/uuids", members("z")) == "A keyset has 6 memberships at most"
    assert ids(done(emulated, "GET", "channels/e/uuids")) == ["x", "y"]
    done(emulated, "PATCH", "channels/e/uuids", {"delete": [{"uuid": {"id": "x"}}]})


def test_where_the_store_fails_nothing_is_changed_or_told(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(emulated, "PATCH", "channels/c/uuids", members("a"))
    subscriber = Subscriber(emulated, "c")
    join = ObjectTable.join

    def failing(table: ObjectTable, key: str, kind: Any, id: str, record: Record) -> None:
        join(table, key, kind, id, record)
        if record.id == "c":
            raise StoreFailure("full")

    monkeypatch.setattr(ObjectTable, "join", failing)
    body = json.dumps(members("b", "c")).encode()
    assert emulated.request("PATCH", "/v2/objects/sub/channels/c/uuids", body).status == 503
    assert ids(done(emulated, "GET", "channels/c/uuids")) == ["a"]
    assert subscriber.told() == []
    check_usage(emulated.broker.store)
