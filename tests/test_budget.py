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
pytest_plugins = ("pytester",)


def test_each_case_is_in_one_slice() -> None:
    for case in map(str, range(100)):
        assert sum(is_in_slice(case, 8, number) for number in range(16, 24)) == 1


def test_the_slice_of_a_commit_is_a_number() -> None:
    number = slice_of("commit")
    assert number is not None
    assert slice_of(str(number)) == number
    assert slice_of(None) is None


@pytest.mark.slow
def test_slices_are_the_whole(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    options = ("-p", "tests.budget", "--cpu-budget", "1000")
    passed = []
    for number in range(3):
        result = pytester.runpytest_subprocess(*options, "--slice", str(number))
        assert result.ret == pytest.ExitCode.OK
        result.stdout.fnmatch_lines([f"* of 1000 CPU seconds; to repeat *: --slice {number}"])
        passed.append(result.parseoutcomes()["passed"] - 1)
    assert sum(passed) == 60
    assert all(passed)


def test_a_run_over_its_budget_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    options = ("-p", "tests.budget", "-n", "2", "--cpu-budget", "0.1")
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["* of 0 CPU seconds: over the budget"])
