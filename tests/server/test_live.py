"""What is published while the page looks on."""

from __future__ import annotations

import asyncio
import json
from asyncio import Future
from typing import Any

import pytest

from pnfilter.server import page as module
from pnfilter.server import running
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.page import LiveMessages
from pnfilter.server.settings import LIVE_KEPT_SECONDS
from tests.server.emulated import Emulated
from tests.server.exchanging import fetch
from tests.server.test_page import ASKING, ask, post


def live(emulated: Emulated, after: int | None) -> dict[str, Any]:
    status, answer = ask(emulated, "live", {"after": after})
    assert status == 200, answer
    return dict(answer)


def data(answer: dict[str, Any]) -> list[Any]:
    return [json.loads(row[1]) for row in answer["rows"]]


def test_messages_from_the_first_look_on(emulated: Emulated) -> None:
    emulated.publish("news", "before")
    begun = live(emulated, None)
    assert begun["rows"] == []
    emulated.publish("news", "one", meta={"a": 1})
    emulated.publish("sport", "two")
    found = live(emulated, begun["after"])
    assert found["rows"] == [['{"a": 1}', '"one"', "news"], ["null", '"two"', "sport"]]
    emulated.publish("news", "three")
    assert data(live(emulated, found["after"] + 2)) == ["three"]


def test_a_filter_is_judged_on_them(emulated: Emulated) -> None:
    live(emulated, None)
    for number in range(5):
        emulated.publish("news", {"n": number})
    _, checked = ask(emulated, "check", {"id": "live", "text": "data.n > 2"})
    assert (checked["first"], checked["judged"]["verdicts"]) == (0, "NNNMM")
    question = {"id": "live", "text": "data.n > 2", "index": 4}
    assert ask(emulated, "explain", question)[1]["explanation"]["verdict"] == "MATCH"


def test_those_of_before_can_be_left_out(emulated: Emulated) -> None:
    live(emulated, None)
    for number in range(5):
        emulated.publish("news", {"n": number})
    question = {"id": "live", "text": "data.n > 2", "since": 3}
    _, checked = ask(emulated, "check", question)
    assert (checked["first"], checked["judged"]["verdicts"]) == (3, "MM")
    assert checked["judged"]["counts"] == {"M": 2, "N": 0, "U": 0, "-": 0}
    _, checked = ask(emulated, "check", {**question, "since": 2**53 - 1})
    assert checked["judged"]["verdicts"] == ""


def test_fields_are_known_of_those_that_came_first(emulated: Emulated) -> None:
    live(emulated, None)
    for number in range(4):
        emulated.publish("news", {"n": number})
        question = {"id": "live", "text": "data.", "caret": 5}
        items = ask(emulated, "check", question)[1]["completion"]["items"]
        assert [item["label"] for item in items] == ["data.n"]


def test_the_oldest_go_first(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LIVE", 3)
    live(emulated, None)
    for number in range(5):
        emulated.publish("news", number)
    found = live(emulated, 0)
    assert (found["first"], found["after"], data(found)) == (2, 2, [2, 3, 4])
    assert ask(emulated, "check", {"id": "live", "text": "data == 4"})[1]["first"] == 2


def test_their_memory_is_bounded(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LIVE_BYTES", 3_000)
    live(emulated, None)
    for number in range(20):
        emulated.publish("news", number)
    assert 0 < len(live(emulated, 0)["rows"]) < 5


def test_nothing_is_kept_while_nobody_looks(emulated: Emulated) -> None:
    kept = emulated.app.page.live
    emulated.publish("news", 1)
    assert kept.next == 0
    live(emulated, None)
    emulated.publish("news", 2)
    emulated.wait(LIVE_KEPT_SECONDS + 1)
    emulated.publish("news", 3)
    assert kept.collection().messages == []
    # Numbers don't come again: who asks on sees that some are gone.
    assert live(emulated, 0) == {"first": 1, "after": 1, "rows": []}


def test_a_reset_forgets_them(emulated: Emulated) -> None:
    live(emulated, None)
    emulated.publish("news", "secret")
    emulated.app.control.reset()
    assert live(emulated, 0)["rows"] == []


def test_a_number_of_another_run_begins_anew(emulated: Emulated) -> None:
    live(emulated, None)
    emulated.publish("news", 1)
    assert data(live(emulated, 99)) == [1]


@pytest.mark.parametrize("after", ["0", 1.5, True, []])
def test_what_is_no_number_is_told(emulated: Emulated, after: object) -> None:
    status, answer = ask(emulated, "live", {"after": after})
    assert (status, answer["message"]) == (400, "`after` must be a whole number, or null")
    assert ask(emulated, "live", b"[]")[0] == 400


def waiting(emulated: Emulated, after: int) -> Future[Answer]:
    body = json.dumps({"after": after}).encode()
    request = Request("POST", "/playground/api/live", Query(""), ASKING, body)

    async def handle() -> Future[Answer]:
        answer = emulated.app.handle(request)
        assert isinstance(answer, Future)
        await asyncio.sleep(0)
        assert not answer.done()
        return answer

    return emulated.run(handle())


def test_who_has_all_waits_for_the_next(
    emulated: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIVE_GATHER_SECONDS", 0)
    begun = live(emulated, None)
    answer = waiting(emulated, begun["after"])
    emulated.publish("news", 1)
    assert data(json.loads(emulated.await_answer(answer).body)) == [1]


def test_without_any_the_wait_ends(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = live(emulated, None)
    monkeypatch.setattr(module, "LIVE_WAIT_SECONDS", 0.01)
    answer = waiting(emulated, begun["after"])
    assert json.loads(emulated.await_answer(answer).body)["rows"] == []


def test_who_has_gone_away_waits_no_longer(emulated: Emulated) -> None:
    begun = live(emulated, None)
    answer = waiting(emulated, begun["after"])
    held = emulated.app.page.live._waiting
    assert len(held) == 1
    answer.cancel()
    emulated.run(asyncio.sleep(0.01))
    assert held == []


def test_the_end_answers_who_waits(emulated: Emulated) -> None:
    begun = live(emulated, None)
    answer = waiting(emulated, begun["after"])
    gone = waiting(emulated, begun["after"])
    gone.cancel()
    emulated.app.release()
    assert emulated.await_answer(answer).status == 200


def test_so_many_wait_at_once(emulated: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = live(emulated, None)
    waiting(emulated, begun["after"])
    monkeypatch.setattr(module, "MAX_LIVE_WAITING", 1)
    assert live(emulated, begun["after"])["rows"] == []


def test_presence_is_shown_too() -> None:
    kept = LiveMessages(lambda: 0)
    assert kept.collection().schema == {}
    with Emulated() as emulated:
        live(emulated, None)
        emulated.get("/v2/subscribe/sub/news/0?uuid=me")
        (row, *_) = live(emulated, 0)["rows"]
        assert row[2] == "news-pnpres"
        assert json.loads(row[0])["pn_action"] == "join"


def test_over_sockets() -> None:
    with running() as server:
        begun = post(server.origin, "live", b'{"after": null}').json()
        fetch(server.origin, "/publish/demo/demo/0/news/0/%7B%22n%22:1%7D")
        found = post(server.origin, "live", json.dumps({"after": begun["after"]}).encode()).json()
        assert data(found) == [{"n": 1}]
