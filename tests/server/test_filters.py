"""Many filters on one event: the index agrees with each alone, and drops unused filters."""

from __future__ import annotations

import gc
import random
from typing import Any

import pytest

from pnfilter import Assumptions, Message, Reason
from pnfilter.generation import FilterWriter, MessageWriter, hints
from pnfilter.server.broker import filters as filtering
from pnfilter.server.broker.events import Event
from pnfilter.server.broker.filters import FEW, FilterRegistry, SubscriberFilter
from pnfilter.server.quotas import Bound, Quota
from pnfilter.syntax.parser import parse
from tests.examples import share

TEXTS = [f"meta.room == 'r{n % 7}' && data.level > {n}" for n in range(2 * FEW)]
TEXTS += ["", "meta.room ==", "data.level == '5'", "!meta.absent", "meta.room != 'r1'"]


def event(data: Any = None, meta: Any = None, kind: Any = "message") -> Event:
    return Event("ch", 1, b"", Message(data, meta, kind=kind), key="sub")


EVENTS = [
    event({"level": 5}, {"room": "r1"}),
    event({"level": "50"}, {"room": "r3"}),
    event({"level": "high"}, {"room": ["r2"]}),
    event(5),
    event({"level": 60}, {"room": "r4"}, kind="signal"),
]


@pytest.mark.parametrize("number", range(len(EVENTS)))
def test_many_are_as_each_alone(number: int) -> None:
    filters = FilterRegistry()
    asked = [filters.get(text) for text in TEXTS]
    found = filters.outcomes(EVENTS[number], [*asked, *asked])
    assert found == {
        filter: SubscriberFilter(filter.text).outcome(EVENTS[number]) for filter in asked
    }
    assert len(filters._index) == len(TEXTS) - 2
    undecided = {text for text in TEXTS if isinstance(found[filters.get(text)], Reason)}
    assert {text for text, _ in filters.undecided} == undecided
    assert set(filters.undecided.values()) <= {1}


def test_undecided_filters_of_one_keyset_take_no_room_of_another() -> None:
    filters = FilterRegistry(Quota(Bound("characters", "Test", 1_000, 2_000), 2))
    for key in ("greedy", "sub"):
        told = Event("ch", 1, b"", Message({"level": 5}), key=key)
        for number in range(200):
            filters.outcome(
                told, SubscriberFilter(f"data.level == '5' || data.level == '{key}{number}'")
            )
    texts = [text for text, _ in filters.undecided]
    assert 0 < sum(map(len, texts)) <= 2_000
    assert sum("sub" in text for text in texts) >= 10


def test_any_filters_and_messages() -> None:
    source = random.Random(5)
    texts = {FilterWriter(source.randrange, max_depth=2).text() for _ in range(150)}
    values = {path: near for text in texts for path, near in hints(parse(text)).items()}
    writer = MessageWriter(source.randrange, values, unreadable=True)
    filters = FilterRegistry()
    asked = [filters.get(text) for text in texts]
    for _ in range(50):
        message = writer.message()
        data, meta = message.get("data"), message.get("meta")
        found = filters.outcomes(event(data, meta), asked)
        assert found == {filter: filter.outcome(event(data, meta)) for filter in asked}


def test_few_are_asked_without_the_index() -> None:
    filters = FilterRegistry()
    asked = [filters.get(text) for text in TEXTS[:FEW]]
    assert sum(outcome is True for outcome in filters.outcomes(EVENTS[0], asked).values()) == 1
    assert len(filters._index) == 0


def test_only_those_that_are_asked_are_answered() -> None:
    filters = FilterRegistry()
    everyone = [filters.get(text) for text in TEXTS]
    filters.outcomes(EVENTS[0], everyone)
    some = everyone[: FEW + 1]
    assert filters.outcomes(EVENTS[0], some).keys() == set(some)


def test_what_nobody_uses_is_forgotten() -> None:
    filters = FilterRegistry()
    kept = [filters.get(text) for text in TEXTS]
    for turn in range(share(20)):
        others = [filters.get(f"meta.turn == {turn} && data.n{turn} > {n}") for n in range(FEW)]
        filters.outcomes(EVENTS[0], [*kept, *others])
        assert len(filters._index) == len(TEXTS) - 2 + FEW
        del others
        gc.collect()
        assert len(filters._gone) == FEW
    found = filters.outcomes(EVENTS[0], kept)
    assert not filters._gone
    assert len(filters._index) == len(TEXTS) - 2
    assert found == {filter: filter.outcome(EVENTS[0]) for filter in kept}


def test_a_filter_that_comes_back_is_found_again() -> None:
    filters = FilterRegistry()
    kept = [filters.get(text) for text in TEXTS]
    for _ in range(3):
        back = filters.get("data.level == 5")
        assert filters.outcomes(EVENTS[0], [*kept, back])[back] is True
        del back
        gc.collect()
    filters.outcomes(EVENTS[0], kept)
    assert "data.level == 5" not in filters._index


def test_the_index_is_for_more_than_a_few() -> None:
    assert 8 <= filtering.FEW <= 128


def test_assumptions_settle_what_is_undecided() -> None:
    assumed = Assumptions.of("missing-differs=no-match,number-and-text=numbers,event-kind=filtered")
    filters = FilterRegistry(assumed=assumed)
    asked = [filters.get(text) for text in TEXTS]
    found: dict[SubscriberFilter, bool | Reason] = {}
    for each in EVENTS:
        found = filters.outcomes(each, asked)
        assert found == {
            filter: SubscriberFilter(filter.text, assumed).outcome(each) for filter in asked
        }
    # What is kept of the last events is of one timetoken.
    settled = [
        FilterRegistry(assumed=assumed).outcomes(EVENTS[place], [filters.get(text)])
        for place, text in ((1, "data.level == 50"), (4, "data.level == 50"))
    ]
    assert [[*each.values()] for each in settled] == [[True], [False]]
    assert found[filters.get("!meta.absent")] is Reason.NEGATED_VALUE
