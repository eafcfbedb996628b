"""What was published before: history, fetch, deletion, counts, message actions."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.interop.conftest import Sdk
from tests.interop.driver import CallFailed, Client
from tests.interop.matrix import DONE, LACKING, UNTOLD
from tests.interop.test_delivery import END, send
from tests.interop.test_presence import HANGS


def texts(items: list[dict[str, Any]]) -> list[Any]:
    return [item["message"] for item in items]


def fetch_hangs(sdk: Sdk, client: Client, row: str, **args: Any) -> bool:
    """Whether fetching never resolves, as in 4.8.1, whose book-keeping fails on it."""
    if sdk.name != "tornado":
        return False
    with pytest.raises(CallFailed) as failed:
        client.call("fetch", timeout=0.5, **args)
    assert failed.value.kind == "no answer"
    sdk.shows(row, HANGS)
    return True


def as_sent(sdk: Sdk, timetoken: str) -> Any:
    """JavaScript takes timetokens as texts: its numbers have no 17 digits."""
    return timetoken if sdk.flavour.driver == "node" else int(timetoken)


def test_history(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    assert alice.call("history", channel="orders", count=10)["messages"] == []
    payloads = [{"n": 1}, "zwei", 3, [4, {"vier": None}]]
    sent = [send(alice, payload, meta={"n": "ü"}) for payload in payloads[:2]]
    sent += [send(alice, payload) for payload in payloads[2:]]
    plain = alice.call("history", channel="orders", count=10)
    assert texts(plain["messages"]) == payloads
    sdk.shows("history")
    full = alice.call("history", channel="orders", count=10, timetokens=True, meta=True)
    assert texts(full["messages"]) == payloads
    assert [item["timetoken"] for item in full["messages"]] == sent
    assert [item["meta"] or None for item in full["messages"]] == [
        {"n": "ü"},
        {"n": "ü"},
        None,
        None,
    ]
    sdk.shows("history, with timetokens and metadata")


def test_history_by_pages(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    sent = [as_sent(sdk, send(alice, number)) for number in range(1, 7)]

    def page(**args: Any) -> list[Any]:
        return texts(alice.call("history", channel="orders", **args)["messages"])

    assert page(count=2) == [5, 6]
    assert page(count=2, reverse=True) == [1, 2]
    # From start (not included) backwards; to end (included).
    assert page(count=2, start=sent[4]) == [3, 4]
    assert page(count=10, start=sent[4], end=sent[1]) == [2, 3, 4]
    assert page(count=10, end=sent[3]) == [4, 5, 6]
    assert page(count=2, reverse=True, start=sent[1]) == [3, 4]
    sdk.shows("history, by pages and reversed")


def test_fetch(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    # The service encodes names here; official SDKs leave them so.
    names = ("a/b", "c d")
    slash, space = (
        names if sdk.flavour.driver == "pnclient" else [quote(name, safe="") for name in names]
    )
    one = [send(alice, {"n": number}, channel="a/b") for number in (1, 2)]
    other = [send(alice, "x", channel="c d", meta={"k": [1]})]
    if not fetch_hangs(sdk, alice, "fetch, one channel", channels=["a/b"]):
        told = alice.call("fetch", channels=["a/b"])
        assert list(told) == [slash]
        assert texts(told[slash]) == [{"n": 1}, {"n": 2}]
        assert [item["timetoken"] for item in told[slash]] == one
        last = alice.call("fetch", channels=["a/b"], count=1)
        assert texts(last[slash]) == [{"n": 2}]
        sdk.shows("fetch, one channel")
    if not fetch_hangs(sdk, alice, "fetch, several channels", channels=["a/b", "c d"]):
        told = alice.call("fetch", channels=["a/b", "c d", "none"])
        assert {name: texts(items) for name, items in told.items()} == {
            slash: [{"n": 1}, {"n": 2}],
            space: ["x"],
        }
        assert [item["timetoken"] for item in told[space]] == other
        sdk.shows("fetch, several channels")
    if not fetch_hangs(sdk, alice, "fetch, with metadata", channels=["c d"], meta=True):
        told = alice.call("fetch", channels=["a/b", "c d"], meta=True)
        assert [item["meta"] for item in told[space]] == [{"k": [1]}]
        assert [item["meta"] or None for item in told[slash]] == [None, None]
        sdk.shows("fetch, with metadata")


def test_fetch_with_user_and_types(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    row, types = "fetch, with user and message type", "fetch, with custom message type"
    if sdk.name == "tornado":
        for cell, option in ((row, "uuid"), (types, "custom_type")):
            with pytest.raises(CallFailed) as failed:
                alice.call("fetch", channels=["orders"], **{option: True})
            assert failed.value.kind == "no such call"
            sdk.shows(cell, LACKING)
        return
    send(alice, 1, custom_type="greeting")
    send(alice, 2)
    told = alice.call("fetch", channels=["orders"], uuid=True, message_type=True)["orders"]
    assert [(item["message"], item["uuid"]) for item in told] == [(1, "alice"), (2, "alice")]
    # A message has the type null; JavaScript has -1 for it.
    kind = -1 if sdk.flavour.driver == "node" else None
    assert [item["message_type"] for item in told] == [kind, kind]
    sdk.shows(row)
    told = alice.call("fetch", channels=["orders"], custom_type=True)["orders"]
    custom = [item["custom_type"] for item in told]
    if sdk.flavour.driver in ("node", "pnclient"):
        assert custom == ["greeting", None]
        sdk.shows(types)
    else:
        assert custom == [None, None]
        sdk.shows(types, "SDK defect: asks for it, does not read it")


def test_deletion(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    sent = [send(alice, number) for number in range(1, 5)]
    # After start, up to and with end.
    alice.call("delete", channel="orders", start=sent[0], end=sent[2])
    assert texts(alice.call("history", channel="orders", count=10)["messages"]) == [1, 4]
    alice.call("delete", channel="orders")
    assert texts(alice.call("history", channel="orders", count=10)["messages"]) == []
    sdk.shows("delete messages")


def test_counts(sdk: Sdk) -> None:
    alice = sdk.open(uuid="alice")
    sent = [send(alice, number, channel="a b") for number in range(1, 5)]
    other = send(alice, 5, channel="c/d")
    assert alice.call("counts", channels=["a b"], timetokens=[sent[0]]) == {"a b": 3}
    sdk.shows("message counts, one channel")
    assert alice.call("counts", channels=["a b", "c/d"], timetokens=[sent[1], other]) == {
        "a b": 2,
        "c/d": 0,
    }
    sdk.shows("message counts, several channels")


def add(client: Client, timetoken: str, value: str, kind: str = "reaction") -> dict[str, Any]:
    added: dict[str, Any] = client.call(
        "action_add", channel="orders", message_timetoken=int(timetoken), type=kind, value=value
    )
    return added


def test_message_actions(sdk: Sdk) -> None:
    alice, bob = sdk.open(uuid="alice"), sdk.open(uuid="bob")
    target = send(alice, "like this")
    added = [
        bob.call(
            "action_add",
            channel="orders",
            message_timetoken=as_sent(sdk, target),
            type="reaction",
            value=value,
        )
        for value in ("😀", 'with "quotes" & more')
    ]
    for action, value in zip(added, ("😀", 'with "quotes" & more'), strict=True):
        assert int(action["action_timetoken"]) > int(target)
        assert action | {"action_timetoken": None} == {
            "type": "reaction",
            "value": value,
            "message_timetoken": target,
            "action_timetoken": None,
            "uuid": "bob",
        }
    assert alice.call("action_list", channel="orders") == added
    sdk.shows("add and get")
    last = added[-1]["action_timetoken"]
    # Python 10 asserts that a limit is a text, 4.8 that it is a number.
    limit = "1" if sdk.flavour.driver in ("threads", "asyncio") else 1
    assert alice.call("action_list", channel="orders", limit=limit) == added[-1:]
    assert alice.call("action_list", channel="orders", start=last, limit=limit) == added[:1]
    sdk.shows("get by pages")
    row = "fetch, with message actions"
    if not fetch_hangs(sdk, alice, row, channels=["orders"], actions=True):
        told = alice.call("fetch", channels=["orders"], actions=True)["orders"]
        assert [item["message"] for item in told] == ["like this"]
        assert told[0]["actions"] == {
            "reaction": {
                action["value"]: [{"uuid": "bob", "actionTimetoken": action["action_timetoken"]}]
                for action in added
            }
        }
        sdk.shows(row)
    bob.call(
        "action_remove",
        channel="orders",
        message_timetoken=as_sent(sdk, target),
        action_timetoken=as_sent(sdk, added[0]["action_timetoken"]),
    )
    assert alice.call("action_list", channel="orders") == added[1:]
    sdk.shows("remove an action")


def test_events_of_message_actions(sdk: Sdk, peer: Sdk) -> None:
    alice = peer.open(uuid="alice")
    bob = sdk.open(uuid="bob", filter='meta.kind == "a"')
    bob.subscribe(channels=["orders"])
    target = send(alice, "like this", meta={"kind": "a"})
    added = add(alice, target, "👍")
    alice.call(
        "action_remove",
        channel="orders",
        message_timetoken=int(target),
        action_timetoken=int(added["action_timetoken"]),
    )
    send(alice, END, meta={"kind": "a"})
    actions = [event for event in bob.delivered_until(END) if event["event"] == "action"]
    expected = {**added, "uuid": "alice"}
    names = ("type", "value", "message_timetoken", "action_timetoken", "uuid")
    assert [{name: event[name] for name in names} for event in actions] == [expected, expected]
    told = [event["change"] for event in actions]
    if "change" in sdk.flavour.told:
        assert told == ["added", "removed"]
        sdk.shows("message actions, which no filter holds back")
    else:
        assert told == [None, None]
        sdk.shows(
            "message actions, which no filter holds back",
            f"{DONE}; added or removed: {UNTOLD}",
        )
