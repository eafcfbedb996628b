"""Slices cover each sliced test once, and a run over its budget fails."""

from __future__ import annotations

import pytest

from tests.budget import is_in_slice, slice_of

TESTS = """
import os
import pytest

@pytest.mark.sliced(3)
@pytest.mark.parametrize("case", range(60))
def test_sliced(case):
    pass

def test_whole():
    while sum(os.times()[:2]) < 0.2:
        pass
"""
#: A file that is sliced as a whole.
MARKED = """
import pytest

pytestmark = pytest.mark.sliced(3)

def test_a(): pass
def test_b(): pass
def test_c(): pass

@pytest.mark.parametrize("case", range(3))
def test_d(case): pass
"""
pytest_plugins = ("pytester",)


@pytest.mark.parametrize("cases", [1, 2, 7, 8, 9, 100])
def test_each_case_is_in_one_slice_and_none_is_empty(cases: int) -> None:
    parts = [
        [place for place in range(cases) if is_in_slice(place, cases, 8, number)]
        for number in range(16, 24)
    ]
    assert all(parts)
    # Of fewer cases than parts each is in more than one.
    assert {place for part in parts for place in part} == {*range(cases)}
    assert cases < 8 or sum(map(len, parts)) == cases


def test_the_slice_of_a_commit_is_a_number() -> None:
    number = slice_of("commit")
    assert number is not None
    assert slice_of(str(number)) == number
    assert slice_of(None) is None


@pytest.mark.slow
def test_slices_are_the_whole(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_cases=TESTS, test_marked=MARKED)
    options = ("-p", "tests.budget", "--cpu-budget", "1000")
    passed = []
    for number in range(3):
        result = pytester.runpytest_subprocess(*options, "--slice", str(number))
        assert result.ret == pytest.ExitCode.OK
        result.stdout.fnmatch_lines([f"* of 1000 CPU seconds; to repeat *: --slice {number}"])
        passed.append(result.parseoutcomes()["passed"])
    # Of 60 cases, of a file of 6, and what has no mark.
    assert passed == [20 + 2 + 1] * 3


@pytest.mark.slow
def test_a_run_over_its_budget_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    options = ("-p", "tests.budget", "-n", "2", "--cpu-budget", "0.1")
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["* of 0 CPU seconds: over the budget"])
