"""Message actions: added, listed, removed, told, and fetched with their messages."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import pytest

from pnfilter.server.api import actions as api
from pnfilter.server.api import history
from pnfilter.server.settings import MAX_MESSAGE
from tests.server.emulated import Emulated, received

ACTIONS = "/v1/message-actions/sub/channel/"
FETCH = "/v3/history-with-actions/sub-key/sub/channel/"


def add(
    emulated: Emulated, message: int, value: str = "👍", user: str = "alice", channel: str = "a"
) -> dict[str, str]:
    body = json.dumps({"type": "reaction", "value": value}).encode()
    status, answer = emulated.post(f"{ACTIONS}{channel}/message/{message}?uuid={user}", body)
    assert (status, answer["status"]) == (200, 200), answer
    data: dict[str, str] = answer["data"]
    return data


def listed(emulated: Emulated, query: str = "") -> list[dict[str, str]]:
    status, answer = emulated.get(f"{ACTIONS}a?{query}")
    assert (status, answer["status"]) == (200, 200)
    data: list[dict[str, str]] = answer["data"]
    return data


def test_an_action_is_added_and_listed(emulated: Emulated) -> None:
    message = emulated.publish("a", 1)
    action = add(emulated, message)
    assert action == {
        "type": "reaction",
        "value": "👍",
        "uuid": "alice",
        "messageTimetoken": str(message),
        "actionTimetoken": action["actionTimetoken"],
    }
    assert int(action["actionTimetoken"]) > message
    assert listed(emulated) == [action]
    assert emulated.get(f"{ACTIONS}b") == (200, {"status": 200, "data": []})
    assert emulated.get("/v1/message-actions/other/channel/a")[1]["data"] == []


def test_a_user_adds_an_action_once(emulated: Emulated) -> None:
    action = add(emulated, 15)
    status, answer = emulated.post(
        f"{ACTIONS}a/message/15?uuid=alice", '{"type":"reaction","value":"👍"}'.encode()
    )
    error = {"message": "Action Already Added", "source": "actions"}
    assert (status, answer) == (409, {"status": 409, "error": error})
    others = [
        add(emulated, 15, user="bob"),
        add(emulated, 15, value="other"),
        add(emulated, 16),
    ]
    assert listed(emulated) == [action, *others]


def test_events_of_actions(emulated: Emulated) -> None:
    cursor = emulated.get("/v2/subscribe/sub/a/0?tt=0&uuid=bob")[1]["t"]["t"]
    poll = emulated.poll(f"/v2/subscribe/sub/a/0?tt={cursor}&uuid=bob&filter-expr=x%20%3D%3D%201")
    action = add(emulated, 15)
    cursor, (item,) = received(poll.result())
    told = {name: value for name, value in action.items() if name != "uuid"}
    assert (item["e"], item["c"], item["i"]) == (3, "a", "alice")
    assert item["d"] == {"source": "actions", "version": "1.0", "event": "added", "data": told}
    poll = emulated.poll(f"/v2/subscribe/sub/a/0?tt={cursor}&uuid=bob")
    status, answer = emulated.delete(
        f"{ACTIONS}a/message/15/action/{action['actionTimetoken']}?uuid=alice"
    )
    assert (status, answer) == (200, {"status": 200, "data": {}})
    _, (item,) = received(poll.result())
    assert item["e"] == 3
    assert item["d"] == {"source": "actions", "version": "1.0", "event": "removed", "data": told}
    assert listed(emulated) == []


@pytest.mark.parametrize(("channel", "message", "user"), [("b", 15, "alice"), ("a", 16, "alice")])
def test_only_what_is_there_is_removed(
    emulated: Emulated, channel: str, message: int, user: str
) -> None:
    action = add(emulated, 15)
    status, answer = emulated.delete(
        f"{ACTIONS}{channel}/message/{message}/action/{action['actionTimetoken']}?uuid={user}"
    )
    assert (status, answer["error"]) == (
        400,
        {"message": "No matching message actions to delete", "source": "actions"},
    )
    assert listed(emulated) == [action]


def test_the_action_of_another_user_is_not_removed(emulated: Emulated) -> None:
    action = add(emulated, 15)
    target = f"{ACTIONS}a/message/15/action/{action['actionTimetoken']}?uuid=bob"
    message = "Not deleting message action: wrong uuid specified"
    error = {"message": message, "source": "actions"}
    assert emulated.delete(target) == (400, {"status": 400, "error": error})
    assert listed(emulated) == [action]


def test_a_list_by_pages(emulated: Emulated) -> None:
    added = [add(emulated, 15, value=str(number)) for number in range(6)]
    times = [action["actionTimetoken"] for action in added]
    assert listed(emulated, "limit=2") == added[4:]
    assert listed(emulated, f"start={times[4]}&limit=2") == added[2:4]
    assert listed(emulated, f"start={times[4]}&end={times[1]}") == added[1:4]
    assert listed(emulated, f"end={times[3]}") == added[3:]
    assert "more" not in emulated.get(f"{ACTIONS}a?limit=6")[1]


def test_a_page_says_where_the_next_one_is(emulated: Emulated) -> None:
    added = [add(emulated, 15, value=str(number)) for number in range(5)]
    times = [action["actionTimetoken"] for action in added]
    target, found = f"{ACTIONS}a?limit=2", list[dict[str, str]]()
    while target:
        answer = emulated.get(target)[1]
        found[:0] = answer["data"]
        more = answer.get("more")
        target = more["url"] if more else ""
        if more:
            start = found[0]["actionTimetoken"]
            assert (more["start"], more["end"], more["limit"]) == (start, times[0], 2)
    assert found == added


@pytest.mark.parametrize(("query", "pages"), [("", 3), ("limit=150", 2), ("limit=250", 3)])
def test_more_than_a_list_holds(emulated: Emulated, query: str, pages: int) -> None:
    added = [add(emulated, 15, value=str(number)) for number in range(205)]
    oldest = added[1]["actionTimetoken"]
    found: list[dict[str, str]] = []
    target = f"{ACTIONS}a?{query}&end={oldest}"
    for page in range(pages):
        answer = emulated.get(target)[1]
        assert len(answer["data"]) <= 100
        found[:0] = answer["data"]
        assert ("more" in answer) == (answer["data"][0] != added[1])
        if page < pages - 1:
            more = answer["more"]
            assert more.keys() == {"url", "start", "end", "limit"}
            assert (more["start"], more["end"]) == (answer["data"][0]["actionTimetoken"], oldest)
            target = more["url"]
    assert found == (added[-150:] if query == "limit=150" else added[1:])


def test_more_than_a_list_holds_back_to_the_first(emulated: Emulated) -> None:
    added = [add(emulated, 15, value=str(number)) for number in range(101)]
    answer = emulated.get(f"{ACTIONS}a")[1]
    end, start = (action["actionTimetoken"] for action in added[:2])
    url = f"{ACTIONS}a?start={start}&end={end}&limit=100"
    assert answer["more"] == {"url": url, "start": start, "end": end, "limit": 100}
    assert emulated.get(url)[1]["data"] == added[:1]


def test_messages_with_their_actions(emulated: Emulated) -> None:
    first, second = emulated.publish("a", 1, meta={"k": 1}), emulated.publish("a", 2)
    given = [
        add(emulated, first, user="alice"),
        add(emulated, first, user="bob"),
        add(emulated, first, value="no"),
    ]
    who = [{"uuid": a["uuid"], "actionTimetoken": a["actionTimetoken"]} for a in given]
    body = emulated.get(f"{FETCH}a?include_meta=true")[1]
    assert list(body) == ["status", "error", "error_message", "channels"]
    assert body["channels"]["a"] == [
        {
            "message": 1,
            "timetoken": str(first),
            "meta": {"k": 1},
            "actions": {"reaction": {"👍": who[:2], "no": who[2:]}},
        },
        {"message": 2, "timetoken": str(second), "meta": ""},
    ]
    assert emulated.get(f"{FETCH}none")[1]["channels"] == {}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("part", [False, True])
def test_more_messages_than_an_answer_holds(emulated: Emulated, reverse: bool, part: bool) -> None:
    sent = [emulated.publish("a b", number) for number in range(60)]
    query = "max=100" + ("&reverse=true" if reverse else "")
    query += f"&start={sent[50] + 1}&end={sent[5]}" if part else ""
    target, pages = f"{FETCH}a%20b?{query}", []
    while target:
        body = emulated.get(target)[1]
        pages.append([item["message"] for item in body["channels"]["a%20b"]])
        more = body.get("more")
        target = more["url"] if more else ""
        if more:
            assert more.keys() == {"url", "start", "max"}
            assert more["max"] == 100 - sum(map(len, pages))
            assert more["start"] == str(sent[pages[-1][-1 if reverse else 0]])
            assert urlsplit(target).path == f"{FETCH}a%20b"
    assert [len(page) for page in pages] == ([25, 21] if part else [25, 25, 10])
    if not reverse:
        pages.reverse()
    assert list(chain(*pages)) == list(range(5, 51) if part else range(60))


def test_actions_beyond_a_limit_cut_messages_off(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_ACTIONS", 4)
    sent = [emulated.publish("a", number) for number in range(4)]
    for message in sent:
        for value in ("x", "y"):
            add(emulated, message, value)
    body = emulated.get(f"{FETCH}a?max=10")[1]
    assert [item["message"] for item in body["channels"]["a"]] == [2, 3]
    assert (body["more"]["start"], body["more"]["max"]) == (str(sent[2]), 8)
    body = emulated.get(body["more"]["url"])[1]
    assert [item["message"] for item in body["channels"]["a"]] == [0, 1]
    assert "more" not in body
    # A message is never without its actions, however many they are.
    monkeypatch.setattr(history, "MAX_ACTIONS", 1)
    body = emulated.get(f"{FETCH}a")[1]
    assert [len(item["actions"]["reaction"]) for item in body["channels"]["a"]] == [2]


def test_a_message_has_so_many_actions(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_ACTIONS", 2)
    for user in ("alice", "bob"):
        add(emulated, 15, user=user)
    body = b'{"type":"reaction","value":"x"}'
    status, answer = emulated.post(f"{ACTIONS}a/message/15?uuid=carol", body)
    assert (status, answer["error"]["message"]) == (400, "A message has 2 actions at most")
    add(emulated, 16)


def test_actions_go_with_their_message(emulated: Emulated) -> None:
    deleted, expires = emulated.publish("a", 1), emulated.publish("a", 2, ttl=1)
    kept = emulated.publish("a", 3)
    for message in (deleted, expires, kept):
        add(emulated, message)
    emulated.delete(f"/v3/history/sub-key/sub/channel/a?start={deleted - 1}&end={deleted}")
    emulated.wait(3_601)
    assert [action["messageTimetoken"] for action in listed(emulated)] == [str(kept)]


@pytest.mark.parametrize(
    ("target", "body", "status", "words"),
    [
        ("a/message/15", b'{"type":"t","value":"v"}', 400, "`uuid` is needed"),
        ("a/message/x?uuid=u", b'{"type":"t","value":"v"}', 400, "message timetoken"),
        ("a/message/9999999999999999999?uuid=u", b'{"type":"t","value":"v"}', 400, "too large"),
        ("a-pnpres/message/15?uuid=u", b'{"type":"t","value":"v"}', 400, "Invalid Channel"),
        ("a.*/message/15?uuid=u", b'{"type":"t","value":"v"}', 400, "Invalid Channel"),
        ("a/message/15?uuid=u", b"", 400, "body"),
        ("a/message/15?uuid=u", b'"text"', 400, "A JSON object is expected"),
        ("a/message/15?uuid=u", b'{"type":"t"}', 400, '"Missing field", "location": "value"'),
        ("a/message/15?uuid=u", b'{"type":"","value":"v"}', 400, '"location": "type"'),
        ("a/message/15?uuid=u", b'{"type":1,"value":"v"}', 400, '"location": "type"'),
        ("a/message/15?uuid=u", b"[" * MAX_MESSAGE + b"[", 413, "Too Large"),
    ],
)
def test_requests_that_make_no_sense(
    emulated: Emulated, target: str, body: bytes, status: int, words: str
) -> None:
    found, answer = emulated.post(ACTIONS + target, body)
    assert (found, answer["status"]) == (status, status)
    if "message timetoken" not in words:
        assert answer["error"]["source"] == "actions"
    assert words in json.dumps(answer)
    assert listed(emulated) == []


def test_removal_needs_a_user_and_timetokens(emulated: Emulated) -> None:
    answers: list[tuple[int, Any]] = [
        emulated.delete(f"{ACTIONS}a/message/15/action/16"),
        emulated.delete(f"{ACTIONS}a/message/15/action/x?uuid=u"),
        emulated.delete(f"{ACTIONS}a/message/15/action/{2**63}?uuid=u"),
        emulated.get(f"{ACTIONS}a?limit=x"),
    ]
    assert [status for status, _ in answers] == [400] * 4


def test_the_largest_numbers(emulated: Emulated) -> None:
    action = add(emulated, 2**63 - 2)
    big = 10**20 - 1
    assert listed(emulated, f"start={big}&end=0&limit={big}") == [action]
    assert listed(emulated, f"end={big}") == []
    assert listed(emulated, "start=0") == []
