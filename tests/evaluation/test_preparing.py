"""When a filter's code is generated: after some messages, or when it is prepared."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from threading import Barrier
from typing import Any

import pytest

from pnfilter import Filter, Message, Reason, Verdict, compile
from pnfilter.compiler import function
from pnfilter.filters import INTERPRETED_FIRST
from pnfilter.message import AnyMessage
from tests.cases import for_each
from tests.test_conformance import VERDICTS, Case, as_message, filter_text, named

TEXT = 'meta.net == "us" && data.mag >= 5'
STRONG = {"data": {"mag": 6}, "meta": {"net": "us"}}


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The forms of a message for which code was generated, as it happens."""
    real, found = function.decider, list[str]()

    def decider(expression: Any, entry: Any, assumed: Any) -> Any:
        found.append(entry)
        return real(expression, entry, assumed)

    monkeypatch.setattr(function, "decider", decider)
    return found


def test_the_first_messages_need_no_code(entries: list[str]) -> None:
    filter = Filter(TEXT)
    for _ in range(INTERPRETED_FIRST):
        assert filter.evaluate(STRONG) is Verdict.MATCH
    assert entries == []
    for _ in range(3):
        assert filter.evaluate(STRONG) is Verdict.MATCH
    assert entries == ["message"]


def test_how_many_messages_need_no_code_can_be_chosen(entries: list[str]) -> None:
    filter = Filter(TEXT).interpreting_first(INTERPRETED_FIRST * 2)
    for _ in range(INTERPRETED_FIRST * 2):
        assert filter.outcome(STRONG) is True
        assert filter.outcome(Message(**STRONG, kind="signal")) is Reason.EVENT_KIND
    assert entries == []
    assert filter.outcome(STRONG) is True
    assert entries == ["message"]
    # What has code already needs no more.
    assert filter.interpreting_first(INTERPRETED_FIRST).outcome(STRONG) is True
    assert entries == ["message"]
    assert filter.interpreting_first(5) == filter


@pytest.mark.parametrize("name", ["evaluate", "outcome", "matches"])
def test_each_way_to_ask_counts(name: str, entries: list[str]) -> None:
    filter = Filter(TEXT)
    for _ in range(INTERPRETED_FIRST + 1):
        getattr(filter, name)(STRONG)
    assert entries == ["message"]


def test_both_forms_of_a_message_count_and_each_gets_its_code(entries: list[str]) -> None:
    filter = Filter(TEXT)
    message = Message(STRONG["data"], STRONG["meta"])
    forms: list[AnyMessage] = [STRONG, message]
    for each in islice(cycle(forms), INTERPRETED_FIRST):
        assert filter.outcome(each) is True
    assert entries == []
    assert filter.outcome(message) is filter.outcome(OrderedDict(STRONG)) is True
    assert entries == ["parts"]
    assert filter.outcome(STRONG) is True
    assert entries == ["parts", "message"]


def test_what_no_filter_decides_does_not_count(entries: list[str]) -> None:
    filter = Filter(TEXT)
    for _ in range(INTERPRETED_FIRST * 2):
        assert filter.outcome(Message(1, kind="signal")) is Reason.EVENT_KIND
    assert filter.outcome(STRONG) is True
    assert entries == []


def test_behind_the_first_messages_nothing_is_counted() -> None:
    filter = Filter(TEXT)
    for _ in range(INTERPRETED_FIRST * 3):
        filter.evaluate(STRONG)
    assert filter._interpretations == INTERPRETED_FIRST


def test_prepare_generates_at_once(entries: list[str]) -> None:
    filter = Filter(TEXT)
    assert filter.prepare() is filter
    assert sorted(entries) == ["message", "parts"]
    assert filter.evaluate(STRONG) is filter.evaluate(OrderedDict(STRONG)) is Verdict.MATCH
    assert filter._interpretations == 0
    assert len(filter.prepare().source) == len(Filter(TEXT).source)
    assert len(entries) == 2


@for_each(VERDICTS, named)
def test_the_first_messages_are_judged_as_all_others(case: Case) -> None:
    messages = list(map(as_message, case["messages"]))
    expected = [message.get("reason") for message in case["messages"]]
    filter = Filter(filter_text(case))
    while filter._interpretations < INTERPRETED_FIRST:
        before = filter._interpretations
        assert list(reasons(filter, messages)) == expected
        if filter._interpretations == before:
            # Only kinds that no filter is asked about.
            break
    assert list(reasons(filter, messages)) == expected


def reasons(filter: Filter, messages: list[Any]) -> Iterator[str | None]:
    for message in messages:
        outcome = filter.outcome(message)
        yield outcome.value if isinstance(outcome, Reason) else None


def test_code_makes_no_other_filter() -> None:
    fresh, used, prepared = Filter(TEXT), Filter(TEXT), Filter(TEXT).prepare()
    for _ in range(INTERPRETED_FIRST + 1):
        used.evaluate(STRONG)
    assert len({fresh, used, prepared}) == 1
    assert fresh == used == prepared
    assert fresh.source == used.source == prepared.source
    assert repr(fresh) == repr(used) == repr(prepared)
    for filter in (fresh, used, prepared):
        for twin in (pickle.loads(pickle.dumps(filter)), copy.copy(filter), copy.deepcopy(filter)):
            assert twin is compile(TEXT)
            assert twin == filter
            assert twin.evaluate(STRONG) is Verdict.MATCH


def test_threads_reach_the_limit_at_once() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(20):
                filter, barrier = Filter("data.x % 3 == 0 && data.name LIKE '*a*'"), Barrier(4)

                def run(start: int, filter: Filter = filter, barrier: Barrier = barrier) -> bool:
                    barrier.wait()
                    return all(
                        filter.outcome({"data": {"x": number, "name": "banana"}})
                        is (number % 3 == 0)
                        for number in range(start, start + INTERPRETED_FIRST * 2)
                    )

                assert all(pool.map(run, range(4)))
                assert filter._decide is not None
    finally:
        sys.setswitchinterval(interval)


def test_the_first_messages_import_no_generator() -> None:
    program = f"""
import sys, pnfilter
filter = pnfilter.compile({TEXT!r})
for _ in range({INTERPRETED_FIRST}):
    assert filter.matches({STRONG!r})
assert not any(name.startswith("pnfilter.compiler") for name in sys.modules)
filter.prepare()
assert "pnfilter.compiler.function" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
