"""App Context: users, channels and memberships, and what subscribers are told of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.conftest import Sdk
from tests.interop.driver import CallFailed, Client
from tests.interop.matrix import LACKING
from tests.interop.test_delivery import END, send

#: What listeners of 10.8 are told after an event of App Context.
DEAF = "SDK defect: receives the first, and nothing after it"
CUSTOM: dict[str, Any] = {"n": 1, "é": "x", "yes": True}


def ids(told: dict[str, Any]) -> list[str]:
    return [(row.get("uuid") or row.get("channel") or row)["id"] for row in told["data"]]


def is_lacking(sdk: Sdk, row: str, client: Client, op: str, **args: Any) -> bool:
    """Whether the SDK has no such call or option; fills the cell then."""
    try:
        client.call(op, **args)
    except CallFailed as error:
        if error.kind != "no such call":
            raise
        sdk.shows(row, LACKING)
        return True
    return False


def test_a_user(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    fields: dict[str, Any] = {
        "name": "Bob",
        "email": "b@x.example",
        "external_id": "7",
        "profile_url": "http://x.example/?a=b",
        "custom": CUSTOM,
    }
    made = alice.call("user_set", user="bob", with_custom=True, **fields)
    assert (made["id"], made["name"], made["email"]) == ("bob", "Bob", "b@x.example")
    assert (made["externalId"], made["profileUrl"]) == ("7", "http://x.example/?a=b")
    assert made["custom"] == CUSTOM
    assert alice.call("user_get", user="bob", with_custom=True) == made
    alice.call("user_set", name="me")
    listed = alice.call("users", with_custom=True)
    assert ids(listed) == ["alice", "bob"]
    assert listed["data"][1]["custom"] == CUSTOM
    assert alice.call("user_remove", user="bob") is None
    assert ids(alice.call("users")) == ["alice"]
    with pytest.raises(CallFailed) as failed:
        alice.call("user_get", user="bob")
    assert failed.value.kind == "service"
    sdk.shows("a user: set, get, list, remove")


def test_a_channel(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    fields: dict[str, Any] = {"name": "Orders", "description": "é & so on", "custom": CUSTOM}
    made = alice.call("channel_set", channel="orders", with_custom=True, **fields)
    assert {name: made[name] for name in fields} == fields
    assert alice.call("channel_get", channel="orders", with_custom=True) == made
    assert ids(alice.call("channels")) == ["orders"]
    assert alice.call("channel_remove", channel="orders") is None
    assert alice.call("channels")["data"] == []
    sdk.shows("a channel: set, get, list, remove")


@pytest.mark.parametrize(
    ("op", "whose", "side"), [("members", "channel", "uuid"), ("memberships", "user", "channel")]
)
def test_members(sdk: Sdk, op: str, whose: str, side: str) -> None:
    alice = sdk.open(uuid="alice")
    of: dict[str, Any] = {whose: "x", "with_custom": True, "with_side": True}
    kind = "user" if side == "uuid" else "channel"
    fields: dict[str, Any] = {kind: "a", "name": "A", "custom": {"k": 1}}
    alice.call(f"{kind}_set", **fields)
    rows = [{"id": "b"}, {"id": "a", "custom": CUSTOM}]
    told = alice.call(f"{op}_set", rows=rows, **of)
    assert [(row[side]["id"], row["custom"]) for row in told["data"]] == [
        ("a", CUSTOM),
        ("b", None),
    ]
    assert (told["data"][0][side]["name"], told["data"][0][side]["custom"]) == ("A", {"k": 1})
    # Of what it has set JavaScript asks for more.
    for row, again in zip(told["data"], alice.call(op, **of)["data"], strict=True):
        assert row.pop(side).items() >= again.pop(side).items()
        assert row.items() >= again.items()
    assert ids(alice.call(f"{op}_remove", rows=[{"id": "a"}], **of)) == ["b"]
    sdk.shows(f"{op}: set, list, remove")


def test_set_and_remove_in_one_call(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    row = "members and memberships: set and remove in one call"
    for op, whose in (("members", "channel"), ("memberships", "user")):
        of: dict[str, Any] = {whose: "x"}
        alice.call(f"{op}_set", rows=[{"id": "a"}, {"id": "b"}], **of)
        change = {"set": [{"id": "c", "custom": CUSTOM}], "remove": [{"id": "a"}]}
        if is_lacking(sdk, row, alice, f"{op}_manage", **change, **of):
            assert sdk.flavour.driver == "node"
            return
        assert ids(alice.call(op, **of)) == ["b", "c"]
    sdk.shows(row)


def test_status_and_type(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    more: dict[str, Any] = {"with_status": True, "with_type": True}
    given: dict[str, Any] = {"status": "s", "type": "t"}
    if is_lacking(sdk, "status and type", alice, "user_set", user="u", name="U", **given, **more):
        assert sdk.name == "tornado"
        return
    made = alice.call("user_get", user="u", **more)
    assert (made["status"], made["type"]) == ("s", "t")
    made = alice.call("channel_set", channel="c", name="C", **given, **more)
    assert (made["status"], made["type"]) == ("s", "t")
    rows = [{"id": "u", "custom": {}, **given}]
    alice.call("members_set", channel="c", rows=rows)
    assert ids(alice.call("members", channel="c", filter="status == 's' && type == 't'")) == ["u"]
    sdk.shows("status and type")


def test_pages(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    row = "metadata, listed by pages, backwards and counted"
    for id in "abcde":
        alice.call("user_set", user=id, name=f"name {id}")
    asked: dict[str, Any] = {"limit": 2, "sort": "name:desc", "count": True}
    first = alice.call("users", **asked)
    assert (ids(first), first["total"]) == (["e", "d"], 5)
    if sdk.name == "tornado":
        with pytest.raises(CallFailed, match="'str' object is not callable"):
            alice.call("users", page={"next": first["next"]}, **asked)
        sdk.shows(row, "SDK defect: only the first page, TypeError for the next")
        return
    second = alice.call("users", page={"next": first["next"]}, **asked)
    third = alice.call("users", page={"next": second["next"]}, **asked)
    assert (ids(second), ids(third)) == (["c", "b"], ["a"])
    assert ids(alice.call("users", page={"prev": third["prev"]}, **asked)) == ["c", "b"]
    assert alice.call("users", page={"next": third["next"]}, **asked)["data"] == []
    sdk.shows(row)


def test_filters(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    for id in ("ann", "bob", "cy"):
        alice.call("user_set", user=id, name=id.title(), custom={"n": len(id)})
        alice.call("channel_set", channel=id, name=id.title())
    alice.call("members_set", channel="ann", rows=[{"id": "ann"}, {"id": "cy"}])
    assert ids(alice.call("users", filter='name LIKE "*n*" && custom.n >= 3')) == ["ann"]
    assert ids(alice.call("channels", filter="!(id == 'ann') && updated > '2020'")) == ["bob", "cy"]
    assert ids(alice.call("members", channel="ann", filter='uuid.name == "Cy"')) == ["cy"]
    with pytest.raises(CallFailed) as failed:
        alice.call("users", filter="data.a == 1")
    assert failed.value.kind == "service"
    sdk.shows("metadata, filtered")


def test_only_if_unchanged(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    tag = alice.call("channel_set", channel="c", name="1")["eTag"]
    row = "only if unchanged"
    if is_lacking(sdk, row, alice, "channel_set", channel="c", name="2", tag=tag):
        assert sdk.name == "tornado"
        sdk.shows("a tag, kept to its call", LACKING)
        return
    with pytest.raises(CallFailed) as failed:
        alice.call("channel_set", channel="c", name="3", tag=tag)
    assert failed.value.status == 412
    assert alice.call("channel_get", channel="c")["name"] == "2"
    sdk.shows(row)
    row = "a tag, kept to its call"
    if sdk.flavour.driver in ("threads", "asyncio"):
        with pytest.raises(CallFailed):
            alice.call("channel_set", channel="c", name="4")
        # An empty one takes it back, for the calls after these.
        alice.call("channel_set", channel="c", name="4", tag="")
        sdk.shows(row, "SDK defect: all later calls have it, of all clients")
    else:
        alice.call("channel_set", channel="c", name="4")
        sdk.shows(row)


def test_events(sdk: Sdk, peer: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice", filter="data.n == 1"), peer.open(uuid="bob")
    alice.subscribe(channels=["orders"])
    row = "events of users, channels and memberships"
    bob.call("channel_set", channel="orders", name="Orders")
    first = alice.until(lambda event: event["event"] == "object")[-1]
    assert (first["type"], first["change"], first["data"]["name"]) == ("channel", "set", "Orders")
    if sdk.flavour.driver in ("threads", "asyncio"):
        send(bob, END)
        with pytest.raises(AssertionError, match="no answer"):
            alice.until(lambda event: event.get("payload") == END, timeout=2)
        sdk.shows(row, DEAF)
        return
    bob.call("members_set", channel="orders", rows=[{"id": "u", "custom": CUSTOM}])
    bob.call("user_set", user="u", name="U")
    bob.call("user_remove", user="u")
    bob.call("members_remove", channel="orders", rows=[{"id": "u"}])
    bob.call("channel_remove", channel="orders")
    events = alice.until(
        lambda event: (event.get("type"), event.get("change")) == ("channel", "delete")
    )
    told = [(one["type"], one["change"]) for one in events if one["event"] == "object"]
    assert told == [
        ("membership", "set"),
        ("uuid", "set"),
        ("uuid", "delete"),
        ("membership", "delete"),
        ("channel", "delete"),
    ]
    membership = next(one["data"] for one in events if one.get("type") == "membership")
    sides = ({"id": "orders"}, {"id": "u"}, CUSTOM)
    assert (membership["channel"], membership["uuid"], membership["custom"]) == sides
    sdk.shows(row)
