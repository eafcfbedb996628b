"""Many who wait for a channel: each gets, and is counted, as if it had been asked alone."""

from __future__ import annotations

import random
import sys
from asyncio import Future
from typing import Any, Literal

import pytest

from pnfilter import Message
from pnfilter.filters import Filter
from pnfilter.server.broker import filters as filtering
from pnfilter.server.broker import keyset
from pnfilter.server.broker.events import Event
from pnfilter.server.broker.filters import FEW, FilterRegistry
from pnfilter.server.http.response import Answer
from tests.server.emulated import Emulated, received
from tests.server.subscribing import catch_up, handshake, is_waiting, payloads, target

#: Names that subscribers ask for, with their groups: most of them reach an event by one name only.
PLACES = [
    ("a", ""),
    ("a,b", ""),
    ("b,c,a.b", ""),
    ("a.*", ""),
    ("a,a.*", ""),
    ("", "g"),
    ("b", "g"),
]
FILTERS = [
    *(f"meta.room == 'r{number}' || data.level > {90 + number}" for number in range(12)),
    *("", "meta.room ==", "data.level == '5'", "!meta.absent", "meta.room != 'r1'"),
]
CHANNELS = ["a", "b", "c", "a.b", "d"]


class Subscribers:
    """Subscribers that ask again as soon as they are answered."""

    def __init__(self, emulated: Emulated, number: int, seed: int) -> None:
        source = random.Random(seed)
        self.emulated = emulated
        self.asked: list[dict[str, Any]] = []
        self.waiting: list[Future[Answer] | None] = [None] * number
        self.cursors: list[int] = []
        for user in range(number):
            # Crowds of one channel are the larger ones.
            names, groups = PLACES[0] if user % 2 else source.choice(PLACES)
            self.asked.append(
                {
                    "names": names,
                    **({"groups": groups} if groups else {}),
                    "filter": source.choice(FILTERS),
                    "uuid": f"u{user}",
                }
            )
            self.cursors.append(handshake(emulated, **self.asked[user]))
        self.answers: list[tuple[int, int, list[Any]]] = []
        self.ask(0)

    def ask(self, step: int) -> None:
        """Take the answers that there are, and ask again."""
        self.emulated.settle()
        for user, waiting in enumerate(self.waiting):
            if waiting is not None and not waiting.done():
                continue
            if waiting is not None:
                self.cursors[user], items = received(waiting.result())
                self.answers.append((step, user, items))
            # Some come back late.
            if step % 3 or user % 5:
                self.waiting[user] = self.poll(user, step)
            else:
                self.waiting[user] = None

    def poll(self, user: int, step: int) -> Future[Answer] | None:
        asked = target(cursor=self.cursors[user], **self.asked[user])
        answer = self.emulated._handle("GET", asked, b"", None)
        assert isinstance(answer, Future)
        while answer.done():
            self.cursors[user], items = received(answer.result())
            self.answers.append((step, user, items))
            asked = target(cursor=self.cursors[user], **self.asked[user])
            answer = self.emulated._handle("GET", asked, b"", None)
            assert isinstance(answer, Future)
        return answer


def all_that_is_seen(undecided: Literal["keep", "drop"], seed: int) -> dict[str, Any]:
    """What subscribers are answered and counted, for random messages."""
    source = random.Random(seed)
    with Emulated(undecided=undecided, filter_errors="silent") as emulated:
        emulated.group("g", "a,c")
        subscribers = Subscribers(emulated, 4 * FEW, seed)
        control = emulated.app.control
        told = []
        for step in range(1, 60):
            if step == 30:
                control.add_fault({"fault": "invert-filter", "user": "u7", "count": 5})
            if step == 40:
                control.faults.clear()
            level: Any = source.choice((5, "5", 93, "high", None))
            meta: Any = source.choice(
                ({"room": f"r{source.randrange(14)}"}, {"room": ["r1"]}, None)
            )
            extra = {} if meta is None else {"meta": meta}
            emulated.publish(source.choice(CHANNELS), {"level": level, "step": step}, **extra)
            told.append(control.subscribers())
            subscribers.ask(step)
            emulated.wait(0.001)
        counts = emulated.app.activity.counts
        return {
            "answers": subscribers.answers,
            "told": told,
            "counts": (counts.delivered, counts.held_back, counts.undecided),
            "undecided": dict(emulated.broker.filters.undecided),
        }


@pytest.mark.sliced(4)
@pytest.mark.parametrize("undecided", ["keep", "drop"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowd_is_served_as_each_alone(
    undecided: Literal["keep", "drop"], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = all_that_is_seen(undecided, seed)
    for module in (keyset, filtering):
        monkeypatch.setattr(module, "FEW", sys.maxsize)
    alone = all_that_is_seen(undecided, seed)
    # In which order the subscribers are answered is nobody's concern, nor is that of one event.
    assert sorted(together.pop("answers"), key=str) == sorted(alone.pop("answers"), key=str)
    assert together == alone


def test_no_filter_is_run_for_those_from_whom_an_event_is_held_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Emulated() as emulated:
        asked = [{"uuid": f"u{n}", "filter": f"meta.room == 'r{n}'"} for n in range(FEW + 1)]
        polls = [emulated.poll(target("ch", handshake(emulated, **each), **each)) for each in asked]
        monkeypatch.setattr(Filter, "outcome", lambda *_: pytest.fail("a filter is run"))
        emulated.publish("ch", "hello", meta={"room": "r3"})
        assert payloads(received(polls[3].result())[1]) == ["hello"]
        assert all(is_waiting(emulated, poll) for poll in polls[:3] + polls[4:])
        told = {each["user"]: each for each in emulated.app.control.subscribers()["subscribers"]}
        assert [told[f"u{n}"]["held_back"] for n in (2, 3, 4)] == [1, 0, 1]


def test_one_filter_of_many_on_other_channels_finds_the_few_who_wait_here() -> None:
    with Emulated() as emulated:
        filter = {"filter": "meta.room == 'r1'"}
        elsewhere = [
            emulated.poll(target(f"other{n}", handshake(emulated, f"other{n}", **filter), **filter))
            for n in range(2 * FEW)
        ]
        here = [emulated.poll(target("ch", handshake(emulated), **filter)) for _ in range(FEW + 1)]
        emulated.publish("ch", 1, meta={"room": "r1"})
        assert all(payloads(received(poll.result())[1]) == [1] for poll in here)
        assert all(is_waiting(emulated, poll) for poll in elsewhere)


def test_who_comes_back_is_told_what_the_index_found_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Emulated() as emulated:
        asked = [{"uuid": f"u{n}", "filter": f"meta.room == 'r{n}'"} for n in range(FEW + 2)]
        cursors = [handshake(emulated, **each) for each in asked]
        for each, cursor in zip(asked, cursors, strict=True):
            emulated.poll(target("ch", cursor, **each))
        emulated.publish("ch", "for the first", meta={"room": "r0"})
        emulated.publish("ch", "for the last", meta={"room": f"r{FEW + 1}"})
        monkeypatch.setattr(Filter, "outcome", lambda *_: pytest.fail("a filter is run"))
        _, items = catch_up(emulated, "ch", cursors[0], **asked[0])
        assert payloads(items) == ["for the first"]
        assert is_waiting(emulated, emulated.poll(target("ch", cursors[1], **asked[1])))


def test_what_the_index_found_is_kept_of_so_many_events_and_filters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filters = FilterRegistry()
    asked = [filters.get(f"data.n > {n}") for n in range(FEW + 1)]

    def ask(timetoken: int, value: int) -> None:
        message = Message({"n": value})
        filters.outcomes(Event("ch", timetoken, b"", message, key="sub"), asked)

    monkeypatch.setattr(filtering, "MAX_KEPT_EVENTS", 5)
    for timetoken in range(1, 10):
        ask(timetoken, 1)
    ask(9, 1)
    assert (list(filters._results), filters._named) == ([5, 6, 7, 8, 9], 5)
    monkeypatch.setattr(filtering, "MAX_KEPT_FILTERS", 2 * FEW)
    ask(10, FEW)
    ask(11, FEW)
    assert (list(filters._results), filters._named) == ([10, 11], 2 * FEW)
