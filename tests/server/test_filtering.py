"""Many filters on one event: by the index, the same as one by one; and filters that nobody uses go."""

from __future__ import annotations

import gc
import random
from typing import Any

import pytest

from pnfilter import Message, Reason
from pnfilter.generation import FilterWriter, MessageWriter, hints
from pnfilter.server.broker import filtering
from pnfilter.server.broker.events import Event
from pnfilter.server.broker.filtering import FEW, Gate, Gates
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
    gates = Gates()
    asked = [gates.gate(text) for text in TEXTS]
    found = gates.outcomes(EVENTS[number], [*asked, *asked])
    assert found == {gate: Gate(gate.text).outcome(EVENTS[number]) for gate in asked}
    assert len(gates._index) == len(TEXTS) - 2
    undecided = {text for text in TEXTS if isinstance(found[gates.gate(text)], Reason)}
    assert {text for text, _ in gates.undecided} == undecided
    assert set(gates.undecided.values()) <= {1}


def test_undecided_filters_of_one_keyset_take_no_room_of_another() -> None:
    gates = Gates(Quota(Bound("characters", "Test", 1_000, 2_000), 2))
    for key in ("greedy", "sub"):
        told = Event("ch", 1, b"", Message({"level": 5}), key=key)
        for number in range(200):
            gates.outcome(told, Gate(f"data.level == '5' || data.level == '{key}{number}'"))
    texts = [text for text, _ in gates.undecided]
    assert 0 < sum(map(len, texts)) <= 2_000
    assert sum("sub" in text for text in texts) >= 10


def test_any_filters_and_messages() -> None:
    source = random.Random(5)
    texts = {FilterWriter(source.randrange, max_depth=2).text() for _ in range(150)}
    values = {path: near for text in texts for path, near in hints(parse(text)).items()}
    writer = MessageWriter(source.randrange, values, unreadable=True)
    gates = Gates()
    asked = [gates.gate(text) for text in texts]
    for _ in range(50):
        message = writer.message()
        data, meta = message.get("data"), message.get("meta")
        found = gates.outcomes(event(data, meta), asked)
        assert found == {gate: gate.outcome(event(data, meta)) for gate in asked}


def test_few_are_asked_without_the_index() -> None:
    gates = Gates()
    asked = [gates.gate(text) for text in TEXTS[:FEW]]
    assert sum(outcome is True for outcome in gates.outcomes(EVENTS[0], asked).values()) == 1
    assert len(gates._index) == 0


def test_only_those_that_are_asked_are_answered() -> None:
    gates = Gates()
    everyone = [gates.gate(text) for text in TEXTS]
    gates.outcomes(EVENTS[0], everyone)
    some = everyone[: FEW + 1]
    assert gates.outcomes(EVENTS[0], some).keys() == set(some)


def test_what_nobody_uses_is_forgotten() -> None:
    gates = Gates()
    kept = [gates.gate(text) for text in TEXTS]
    for turn in range(share(20)):
        others = [gates.gate(f"meta.turn == {turn} && data.n{turn} > {n}") for n in range(FEW)]
        gates.outcomes(EVENTS[0], [*kept, *others])
        assert len(gates._index) == len(TEXTS) - 2 + FEW
        del others
        gc.collect()
        assert len(gates._gone) == FEW
    found = gates.outcomes(EVENTS[0], kept)
    assert not gates._gone
    assert len(gates._index) == len(TEXTS) - 2
    assert found == {gate: gate.outcome(EVENTS[0]) for gate in kept}


def test_a_filter_that_comes_back_is_found_again() -> None:
    gates = Gates()
    kept = [gates.gate(text) for text in TEXTS]
    for _ in range(3):
        back = gates.gate("data.level == 5")
        assert gates.outcomes(EVENTS[0], [*kept, back])[back] is True
        del back
        gc.collect()
    gates.outcomes(EVENTS[0], kept)
    assert "data.level == 5" not in gates._index


def test_the_index_is_for_more_than_a_few() -> None:
    assert 8 <= filtering.FEW <= 128
