"""Timetokens: the clock of the service."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pnfilter.server.broker.events import Timetokens
from pnfilter.server.wire import PER_SECOND
from tests.server.emulated import START, Emulated


class Clock:
    """Shows the times it is given, nanoseconds since 1970; at the end the last one forever."""

    def __init__(self, *times: int) -> None:
        self.times = list(times)

    def __call__(self) -> int:
        return self.times.pop(0) if len(self.times) > 1 else self.times[0]


def test_a_timetoken_is_the_time_in_tenths_of_a_microsecond() -> None:
    assert Timetokens(Clock(1_700_000_000_123_456_789)).next() == 17_000_000_001_234_567


def test_the_time_is_never_before_what_was_issued() -> None:
    timetokens = Timetokens(Clock(500, 700, 200), last=6)
    assert timetokens.now == 6
    assert timetokens.next() == timetokens.now == 7


def test_the_clock_of_the_machine_is_the_default() -> None:
    assert 10**16 < Timetokens().next() < 10**17


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=50), st.integers(0, 10**10))
def test_each_is_larger_than_all_before_whatever_the_clock_shows(
    times: list[int], last: int
) -> None:
    timetokens = Timetokens(Clock(*times), last=last)
    issued = [last, *(timetokens.next() for _ in times)]
    assert all(first < second for first, second in pairwise(issued))
    assert timetokens.last == issued[-1]


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=30))
def test_no_timetoken_is_issued_before_a_mark_beyond_it_is_saved(times: list[int]) -> None:
    saved: list[int] = []
    timetokens = Timetokens(Clock(*times), save=saved.append)
    for _ in times:
        assert timetokens.next() <= max(saved)


def test_a_mark_is_saved_once_a_second() -> None:
    saved: list[int] = []
    start = START * 1_000_000_000
    timetokens = Timetokens(Clock(*range(start, start + 3 * 10**9, 10**7)), save=saved.append)
    for _ in range(300):
        timetokens.next()
    assert len(saved) == 3
    assert saved[0] == START * PER_SECOND + PER_SECOND


def test_a_later_run_goes_on_after_the_mark_of_an_earlier_one() -> None:
    saved: list[int] = []
    earlier = Timetokens(Clock(5_000), save=saved.append)
    issued = [earlier.next() for _ in range(3)]
    later = Timetokens(Clock(5_000), last=saved[-1], save=saved.append)
    assert later.next() > issued[-1]
    assert saved[-1] >= later.last


def test_the_time_is_a_timetoken(emulated: Emulated) -> None:
    first, second = emulated.get("/time/0"), emulated.get("/time/0?uuid=u&unknown=1")
    assert first == (200, [emulated.timetoken])
    assert second == (200, [emulated.timetoken + 1])
