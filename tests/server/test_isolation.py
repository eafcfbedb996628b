"""A keyset never sees another's: not what is published, stored, said of users, or counted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter.server.http.response import Answer
from tests.examples import examples
from tests.server.emulated import Emulated, received

#: Keys that are easily confused: by their case, their beginning, as a path, as a pattern.
PAIRS = [
    ("sub", "other"),
    ("sub", "SUB"),
    ("sub", "sub2"),
    ("a/b", "a"),
    ("a b", "a%20b"),
    ("%", "x"),
    ("s_b", "sub"),
    ("é", "e\u0301"),
    ("'", "''"),
    ("null", "0"),
]
pairs = pytest.mark.parametrize(("mine", "other"), [*PAIRS, *[pair[::-1] for pair in PAIRS]])


def encoded(text: str) -> str:
    return quote(text, safe="")


def cursor_of(emulated: Emulated, key: str, names: str = "a", parameters: str = "") -> str:
    """The cursor of a user that begins."""
    _, body = emulated.get(f"/v2/subscribe/{encoded(key)}/{names}/0?uuid=u{parameters}")
    cursor: str = body["t"]["t"]
    return cursor


@pytest.mark.sliced(4)
@pairs
@pytest.mark.parametrize(
    ("names", "parameters"),
    [("a.b", ""), ("a.*", ""), (",", "&channel-group=g"), ("a.b,a.*", "&channel-group=g")],
)
def test_what_is_published_stays_within(
    mine: str, other: str, names: str, parameters: str, emulated: Emulated
) -> None:
    for key in (mine, other):
        emulated.get(
            f"/v1/channel-registration/sub-key/{encoded(key)}/channel-group/g?add=a.b&uuid=u"
        )
    cursor = cursor_of(emulated, mine, names, parameters)
    target = f"/v2/subscribe/{encoded(mine)}/{names}/0?uuid=u{parameters}&tt={cursor}"
    waiting = emulated.poll(target)
    emulated.publish("a.b", "theirs", key=encoded(other))
    emulated.get(f"/signal/pub/{encoded(other)}/0/a.b/0/1?uuid=v")
    assert not waiting.done()
    emulated.publish("a.b", "mine", key=encoded(mine))
    # By the channel or a wildcard, and by the group.
    copies = 2 if names != "," and parameters else 1
    items = received(waiting.result())[1]
    assert [(item["d"], item["k"]) for item in items] == [("mine", mine)] * copies
    # Who comes later is caught up from its own keyset too.
    items = received(emulated.request("GET", target))[1]
    assert [item["d"] for item in items] == ["mine"] * copies


@pairs
def test_groups_stay_within(mine: str, other: str, emulated: Emulated) -> None:
    def group(key: str, rest: str) -> Any:
        path = f"/v1/channel-registration/sub-key/{encoded(key)}/channel-group"
        status, body = emulated.get(f"{path}{rest}")
        assert status == 200
        return body.get("payload")

    group(other, "/g?add=c")
    group(other, "/h?add=a")
    # A keyset reads its groups from the store when it is first used.
    assert group(mine, "")["groups"] == []
    group(mine, "/g?add=a,b")
    assert group(mine, "/g")["channels"] == ["a", "b"]
    assert group(mine, "")["groups"] == ["g"]
    group(other, "/g/remove")
    group(other, "/g?remove=a")
    assert group(mine, "/g")["channels"] == ["a", "b"]
    assert group(other, "/g")["channels"] == []


@pairs
def test_devices_stay_within(mine: str, other: str, emulated: Emulated) -> None:
    def push(key: str, rest: str) -> Any:
        status, body = emulated.get(f"/v1/push/sub-key/{encoded(key)}/devices/d{rest}type=gcm")
        assert status == 200
        return body

    push(other, "?add=a,b&")
    assert push(mine, "?") == []
    push(mine, "?add=c&")
    push(other, "?remove=c&")
    push(other, "/remove?")
    assert push(mine, "?") == ["c"]
    assert push(other, "?") == []


@pairs
def test_presence_and_state_stay_within(mine: str, other: str, emulated: Emulated) -> None:
    def presence(key: str, rest: str) -> Any:
        status, body = emulated.get(f"/v2/presence/sub-key/{encoded(key)}{rest}")
        assert status == 200
        return body

    cursor = cursor_of(emulated, mine, "a-pnpres")
    waiting = emulated.poll(f"/v2/subscribe/{encoded(mine)}/a-pnpres/0?uuid=w&tt={cursor}")
    presence(other, "/channel/a/heartbeat?uuid=v")
    presence(other, "/channel/a/uuid/v/data?uuid=v&state=%7B%22s%22%3A1%7D")
    assert not waiting.done()
    assert presence(mine, "/channel/a")["occupancy"] == 0
    assert presence(mine, "")["payload"]["total_occupancy"] == 0
    assert presence(mine, "/uuid/v")["payload"]["channels"] == []
    assert presence(mine, "/channel/a/uuid/v")["payload"] == {}
    presence(mine, "/channel/a/heartbeat?uuid=v")
    assert [item["d"]["action"] for item in received(waiting.result())[1]] == ["join"]
    presence(other, "/channel/a/leave?uuid=v")
    assert presence(mine, "/channel/a")["uuids"] == ["v"]
    assert presence(other, "/channel/a")["uuids"] == []


@pairs
def test_history_and_actions_stay_within(mine: str, other: str, emulated: Emulated) -> None:
    def asked(key: str, version: str, rest: str) -> Any:
        status, body = emulated.get(f"/{version}/history/sub-key/{encoded(key)}{rest}")
        assert status == 200
        return body

    timetoken = emulated.publish("a", "mine", key=encoded(mine))
    body = b'{"type": "t", "value": "v"}'
    # The other keyset knows the timetoken, and still reaches nothing by it.
    action = f"/v1/message-actions/{encoded(other)}/channel/a"
    emulated.post(f"{action}/message/{timetoken}?uuid=u", body)
    emulated.publish("a", "theirs", key=encoded(other))
    own = f"/v1/message-actions/{encoded(mine)}/channel/a"
    assert emulated.get(own)[1]["data"] == []
    assert asked(mine, "v2", "/channel/a")[0] == ["mine"]
    assert [item["message"] for item in asked(mine, "v3", "/channel/a")["channels"]["a"]] == [
        "mine"
    ]
    assert asked(mine, "v3", "/message-counts/a?timetoken=1")["channels"] == {"a": 1}
    _, added = emulated.post(f"{own}/message/{timetoken}?uuid=u", body)
    emulated.delete(
        f"{action}/message/{timetoken}/action/{added['data']['actionTimetoken']}?uuid=u"
    )
    emulated.delete(f"/v3/history/sub-key/{encoded(other)}/channel/a")
    assert asked(other, "v2", "/channel/a")[0] == []
    assert asked(mine, "v2", "/channel/a")[0] == ["mine"]
    assert len(emulated.get(own)[1]["data"]) == 1


@pairs
def test_counters_stay_within(mine: str, other: str, emulated: Emulated) -> None:
    cursor = cursor_of(emulated, mine, parameters="&filter-expr=data%3E1")
    for key in (mine, other):
        cursor_of(emulated, key, parameters="&filter-expr=data%3E1")
    emulated.publish("a", 1, key=encoded(other))
    emulated.publish("a", 2, key=encoded(other))
    emulated.publish("a", 3, key=encoded(mine))
    emulated.request(
        "GET", f"/v2/subscribe/{encoded(mine)}/a/0?uuid=u&filter-expr=data%3E1&tt={cursor}"
    )
    (subscriber,) = emulated.app.control.subscribers(mine)["subscribers"]
    assert (subscriber["seen"], subscriber["delivered"]) == (1, 1)
    (subscriber,) = emulated.app.control.subscribers(other)["subscribers"]
    assert subscriber["seen"] == 0


# Whatever happens

#: What can be asked of a keyset: method, target and body. KEY is its key, CURSOR the first one that
#: it gave, LAST the timetoken of its last message.
OPERATIONS: list[tuple[str, str, bytes]] = [
    ("GET", "/publish/pub/KEY/0/a/0/1?uuid=u&meta=%7B%22n%22%3A1%7D", b""),
    ("GET", "/publish/pub/KEY/0/b.c/0/%22x%22?uuid=v", b""),
    ("POST", "/publish/pub/KEY/0/a/0?uuid=v&store=0", b'{"n":2}'),
    ("GET", "/signal/pub/KEY/0/a/0/3?uuid=u", b""),
    ("GET", "/v2/subscribe/KEY/a,b.*/0?uuid=u&tt=CURSOR", b""),
    ("GET", "/v2/subscribe/KEY/a,b.*/0?uuid=u&tt=CURSOR&filter-expr=n%3D%3D1", b""),
    ("GET", "/v2/subscribe/KEY/,/0?uuid=v&tt=CURSOR&channel-group=g,g-pnpres", b""),
    ("GET", "/v2/subscribe/KEY/a-pnpres/0?uuid=w&tt=CURSOR", b""),
    ("GET", "/v1/channel-registration/sub-key/KEY/channel-group/g?add=a,b.c", b""),
    ("GET", "/v1/channel-registration/sub-key/KEY/channel-group/g?remove=a", b""),
    ("GET", "/v1/channel-registration/sub-key/KEY/channel-group/g", b""),
    ("GET", "/v1/channel-registration/sub-key/KEY/channel-group", b""),
    ("GET", "/v1/channel-registration/sub-key/KEY/channel-group/g/remove", b""),
    ("GET", "/v2/presence/sub-key/KEY/channel/a,b.c/heartbeat?uuid=u&heartbeat=60", b""),
    ("GET", "/v2/presence/sub-key/KEY/channel/a/leave?uuid=u", b""),
    ("GET", "/v2/presence/sub-key/KEY/channel/a?state=1", b""),
    ("GET", "/v2/presence/sub-key/KEY", b""),
    ("GET", "/v2/presence/sub-key/KEY/uuid/u", b""),
    ("GET", "/v2/presence/sub-key/KEY/channel/a/uuid/u/data?uuid=u&state=%7B%22s%22%3A1%7D", b""),
    ("GET", "/v2/presence/sub-key/KEY/channel/a/uuid/u", b""),
    ("GET", "/v2/history/sub-key/KEY/channel/a?include_meta=true", b""),
    ("GET", "/v3/history/sub-key/KEY/channel/a,b.c?include_uuid=true", b""),
    ("GET", "/v3/history-with-actions/sub-key/KEY/channel/a", b""),
    ("GET", "/v3/history/sub-key/KEY/message-counts/a,b.c?timetoken=1", b""),
    ("DELETE", "/v3/history/sub-key/KEY/channel/a", b""),
    ("POST", "/v1/message-actions/KEY/channel/a/message/LAST?uuid=u", b'{"type":"t","value":"v"}'),
    ("GET", "/v1/message-actions/KEY/channel/a", b""),
]


class Keyset:
    """What is done to one keyset, and what it answers but for its key and the timetokens."""

    def __init__(self, emulated: Emulated, key: str) -> None:
        self._emulated = emulated
        self._key = key
        self._cursor = cursor_of(emulated, key)
        self._last = self._cursor
        self.answers: list[tuple[int, Any]] = []

    def do(self, operation: tuple[str, str, bytes]) -> None:
        method, target, body = operation
        for name, value in (("KEY", self._key), ("CURSOR", self._cursor), ("LAST", self._last)):
            target = target.replace(name, value)
        answer = self._emulated._handle(method, target, body, None)
        if not isinstance(answer, Answer):
            if not answer.done():
                answer.cancel()
                self._emulated.settle()
                self.answers.append((0, "waits"))
                return
            answer = answer.result()
        text = answer.body.decode()
        if target.startswith("/publish"):
            self._last = json.loads(text)[2]
        shown = re.sub(r"\d{17}", "T", text).replace(f'"{self._key}"', '"KEY"')
        self.answers.append((answer.status, shown))


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(OPERATIONS)), min_size=1, max_size=40),
    st.booleans(),
)
@examples(0.6)
def test_a_keyset_answers_as_if_it_were_alone(
    steps: list[tuple[bool, tuple[str, str, bytes]]], time_passes: bool
) -> None:
    def answers(counts: Callable[[bool], bool]) -> list[tuple[int, Any]]:
        with Emulated() as emulated:
            mine, other = Keyset(emulated, "mine"), Keyset(emulated, "other")
            for is_mine, operation in steps:
                if time_passes:
                    emulated.wait(20)
                if counts(is_mine):
                    (mine if is_mine else other).do(operation)
            return mine.answers

    assert answers(lambda is_mine: True) == answers(lambda is_mine: is_mine)
