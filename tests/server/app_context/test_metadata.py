"""Users and channels in App Context: set, read, removed, listed, and told of."""

from __future__ import annotations

from typing import Any

import pytest

from pnfilter.server.api import app_context as api
from pnfilter.server.app_context import rules
from pnfilter.server.run import running
from pnfilter.server.settings import MAX_OBJECT_ID
from tests.server.app_context.asking import Subscriber, ask, done, ids, refused
from tests.server.emulated import Emulated
from tests.server.exchanging import fetch
from tests.server.measuring import check_usage

NOTHING = {"name": None, "externalId": None, "profileUrl": None, "email": None}


def test_a_user_is_set_and_read(emulated: Emulated) -> None:
    user = done(emulated, "PATCH", "uuids/u", {"name": "U", "email": None, "custom": {"n": 1}})
    assert user == {
        "id": "u",
        **NOTHING,
        "name": "U",
        "updated": "2023-11-14T22:13:20.000000Z",
        "eTag": user["eTag"],
    }
    assert list(user) == ["id", *NOTHING, "updated", "eTag"]
    assert done(emulated, "GET", "uuids/u") == user
    everything = done(emulated, "GET", "uuids/u", include="custom,status,type")
    assert everything == {**user, "custom": {"n": 1}, "status": None, "type": None}


def test_a_channel_is_set_and_read(emulated: Emulated) -> None:
    given = {"name": "C", "description": "é", "status": "s", "type": "t", "custom": {"a": "b"}}
    found = done(emulated, "PATCH", "channels/c", given, include="custom,status,type")
    assert {name: found[name] for name in given} == given
    assert list(found)[:3] == ["id", "name", "description"]
    plain = {name: found[name] for name in ("id", "name", "description", "updated", "eTag")}
    assert done(emulated, "GET", "channels/c") == plain


@pytest.mark.parametrize("kind", ["uuids", "channels"])
def test_what_is_not_there(emulated: Emulated, kind: str) -> None:
    missing = {"message": "Requested object was not found.", "source": "objects"}
    assert ask(emulated, "GET", f"{kind}/x") == (404, {"status": 404, "error": missing})
    assert done(emulated, "DELETE", f"{kind}/x") is None
    assert ask(emulated, "GET", kind) == (200, {"status": 200, "data": []})
    done(emulated, "PATCH", f"{kind}/x", {"name": "X"})
    done(emulated, "DELETE", f"{kind}/x")
    assert ask(emulated, "GET", f"{kind}/x")[0] == 404


def test_what_is_not_given_stays_and_null_clears(emulated: Emulated) -> None:
    done(emulated, "PATCH", "uuids/u", {"name": "U", "email": "e", "custom": {"a": 1, "b": 2}})
    found = done(
        emulated, "PATCH", "uuids/u", {"email": None, "custom": {"b": 3}}, include="custom"
    )
    assert (found["name"], found["email"], found["custom"]) == ("U", None, {"b": 3})


def test_keysets_and_kinds_are_apart(emulated: Emulated) -> None:
    done(emulated, "PATCH", "uuids/x", {"name": "user"})
    done(emulated, "PATCH", "channels/x", {"name": "channel"})
    assert done(emulated, "GET", "uuids/x")["name"] == "user"
    assert emulated.get("/v2/objects/other/uuids") == (200, {"status": 200, "data": []})


def test_what_is_set_as_it_is_keeps_its_time_and_is_not_told(emulated: Emulated) -> None:
    given = {"name": "U", "custom": {"n": 1}}
    before = done(emulated, "PATCH", "uuids/u", given)
    subscriber = Subscriber(emulated, "u")
    emulated.wait(1)
    assert done(emulated, "PATCH", "uuids/u", given) == before
    assert subscriber.told() == []
    after = done(emulated, "PATCH", "uuids/u", {"custom": {"n": True}})
    assert after["updated"] == "2023-11-14T22:13:21.000000Z"
    ((_, told),) = subscriber.told()
    assert told["data"]["custom"] == {"n": True}


def test_events_of_a_channel(emulated: Emulated) -> None:
    subscriber = Subscriber(emulated, "c,other")
    found = done(emulated, "PATCH", "channels/c", {"name": "C", "description": None})
    head = {"source": "objects", "version": "2.0", "event": "set", "type": "channel"}
    data = {"id": "c", "name": "C", "eTag": found["eTag"], "updated": found["updated"]}
    assert subscriber.told() == [("c", {**head, "data": data})]
    found = done(emulated, "PATCH", "channels/c", {"name": None, "status": "s"})
    data = {
        "id": "c",
        "name": None,
        "status": "s",
        "eTag": found["eTag"],
        "updated": found["updated"],
    }
    assert subscriber.told() == [("c", {**head, "data": data})]
    done(emulated, "DELETE", "channels/c")
    done(emulated, "DELETE", "channels/c")
    assert subscriber.told() == [("c", {**head, "event": "delete", "data": {"id": "c"}})]


def test_events_of_a_user_go_to_all_that_it_is_a_member_of(emulated: Emulated) -> None:
    done(
        emulated,
        "PATCH",
        "uuids/u/channels",
        {"set": [{"channel": {"id": "a"}}, {"channel": {"id": "b"}}]},
    )
    subscriber = Subscriber(emulated, "u,a,b,c")
    done(emulated, "PATCH", "uuids/u", {"name": "U"})
    told = subscriber.told()
    assert [channel for channel, _ in told] == ["u", "a", "b"]
    assert {payload["type"] for _, payload in told} == {"uuid"}
    done(emulated, "DELETE", "uuids/u")
    assert [(channel, payload["event"]) for channel, payload in subscriber.told()] == [
        (channel, "delete") for channel in ("u", "a", "b")
    ]


def test_no_event_goes_to_a_channel_for_presence(emulated: Emulated) -> None:
    subscriber = Subscriber(emulated, "x-pnpres")
    done(emulated, "PATCH", "uuids/x-pnpres", {"name": "U"})
    assert subscriber.told() == []


def test_a_tag_guards_against_changes_meanwhile(emulated: Emulated) -> None:
    first = done(emulated, "PATCH", "channels/c", {"name": "1"})["eTag"]
    second = done(emulated, "PATCH", "channels/c", {"name": "2"}, if_match=f'"{first}"')["eTag"]
    message = "Channel to update has been modified after it was read."
    assert ask(emulated, "PATCH", "channels/c", {"name": "3"}, if_match=first) == (
        412,
        {"status": 412, "error": {"message": message, "source": "objects"}},
    )
    assert done(emulated, "GET", "channels/c", if_match=first)["name"] == "2"
    done(emulated, "PATCH", "channels/c", {"name": "3"}, if_match=second)
    status, answer = ask(emulated, "PATCH", "uuids/u", {"name": "U"}, if_match="x")
    assert (status, answer["error"]["message"][:14]) == (412, "User to update")


@pytest.mark.parametrize("id", ["a,b", "a%2Fb", "a%5Cb", "a*", "a:b", "a%00", "a%7F"])
def test_ids_that_the_service_does_not_take(emulated: Emulated, id: str) -> None:
    assert refused(emulated, "GET", f"uuids/{id}").startswith("user: An id has no")
    assert refused(emulated, "PATCH", f"channels/{id}", {}).startswith("channel: An id has no")


def test_how_long_an_id_may_be(emulated: Emulated) -> None:
    assert refused(emulated, "PATCH", "uuids/" + "%C3%A9" * 47, {}).endswith("1 to 92 bytes")
    assert refused(emulated, "PATCH", "uuids/", {}).endswith(f"1 to {MAX_OBJECT_ID} bytes")
    done(emulated, "PATCH", "uuids/" + "%C3%A9" * 46, {})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([], "body: The body must be a JSON object"),
        ({"name": 1}, "name: A string or null is expected"),
        ({"email": {}}, "email: A string or null is expected"),
        ({"status": "é" * 51}, "status: It has 50 characters at most"),
        ({"type": "t" * 51}, "type: It has 50 characters at most"),
        ({"custom": [1]}, "custom: An object or null is expected"),
        ({"custom": {"a": [1]}}, "custom.a: A string, a number, true, false or null is expected"),
        (
            b'{"custom": {"a": 1e999}}',
            "custom.a: A string, a number, true, false or null is expected",
        ),
    ],
)
def test_bodies_that_are_refused(emulated: Emulated, body: Any, told: str) -> None:
    assert refused(emulated, "PATCH", "uuids/u", body) == told
    assert done(emulated, "GET", "uuids") == []


def test_a_body_that_is_no_json(emulated: Emulated) -> None:
    status, answer = ask(emulated, "PATCH", "uuids/u", b"{")
    assert (status, answer["error"]) == (400, True)


def test_what_has_no_meaning_is_ignored(emulated: Emulated) -> None:
    found = done(emulated, "PATCH", "uuids/u", {"name": "U", "status": "é" * 50, "nothing": [1]})
    assert (found["name"], "nothing" in found) == ("U", False)


def test_bounds(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_OBJECTS", 2)
    monkeypatch.setattr(rules, "MAX_OBJECT", 100)
    for id in "ab":
        done(emulated, "PATCH", f"uuids/{id}", {"name": id})
    status, answer = ask(emulated, "PATCH", "uuids/c", {"name": "c"})
    assert (status, answer["error"]["message"][-7:]) == (400, "at most")
    done(emulated, "PATCH", "uuids/a", {"name": "changed"})
    done(emulated, "PATCH", "channels/a", {"name": "another kind"})
    status, answer = ask(emulated, "PATCH", "uuids/a", {"name": "x" * 100})
    assert (status, answer["error"]["message"]) == (413, "Metadata has 100 bytes at most")


def test_what_is_removed_is_no_longer_counted(emulated: Emulated) -> None:
    held = emulated.broker.store.quotas.objects
    done(emulated, "PATCH", "uuids/a", {"name": "ä", "custom": {"n": 1}})
    done(emulated, "PATCH", "uuids/b", {"name": "b"})
    done(
        emulated,
        "PATCH",
        "channels/c/uuids",
        {"set": [{"uuid": {"id": "a"}}, {"uuid": {"id": "b"}}]},
    )
    for path, body in (
        ("channels/c/uuids", {"delete": [{"uuid": {"id": "a"}}, {"uuid": {"id": "nobody"}}]}),
        ("uuids/a", None),
        ("uuids/nobody", None),
    ):
        before = held.total
        done(emulated, "PATCH" if body else "DELETE", path, body)
        check_usage(emulated.broker.store)
        assert (held.total == before) == path.endswith("nobody")


def test_a_reset_forgets_all(emulated: Emulated) -> None:
    done(emulated, "PATCH", "uuids/u", {"name": "U"})
    done(emulated, "PATCH", "channels/c/uuids", {"set": [{"uuid": {"id": "u"}}]})
    emulated.app.forget("sub")
    assert done(emulated, "GET", "uuids") == done(emulated, "GET", "channels/c/uuids") == []
    assert emulated.broker.store.quotas.objects.total == 0


def test_other_methods(emulated: Emulated) -> None:
    assert emulated.request("POST", "/v2/objects/sub/uuids/u", b"{}").status == 405
    assert emulated.request("GET", "/v2/objects/sub/spaces").status == 404
    assert ids(done(emulated, "GET", "uuids")) == []


def test_requests_over_a_connection() -> None:
    with running() as server:
        path, headers = "/v2/objects/sub/uuids/u", {"if-match": "x"}
        first = fetch(server.origin, path, method="PATCH", body=b'{"name": "U"}')
        assert (first.status, first.json()["data"]["name"]) == (200, "U")
        second = fetch(server.origin, path, method="PATCH", body=b"{}", headers=headers)
        assert second.status == 412
        assert fetch(server.origin, path, method="DELETE").json() == {"status": 200, "data": None}


@pytest.mark.parametrize("kind", ["uuids", "channels"])
def test_a_longer_id_than_there_may_be_is_not_there(emulated: Emulated, kind: str) -> None:
    path, other = f"{kind}/{'x' * (MAX_OBJECT_ID + 1)}", {"uuids": "channels", "channels": "uuids"}
    status, answer = ask(emulated, "GET", path)
    assert (status, answer["error"]["message"]) == (404, "Requested object was not found.")
    assert done(emulated, "DELETE", path) is None
    assert done(emulated, "GET", f"{path}/{other[kind]}") == []
    assert refused(emulated, "PATCH", path, {}).endswith("1 to 92 bytes")
