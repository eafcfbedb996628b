"""A test of many cases tries all of them, and names each that fails."""

from __future__ import annotations

import pytest

from tests.cases import for_each


def test_each_case_that_fails_is_named() -> None:
    tried = []

    @for_each([1, 2, 3, 4, 5], name="case {}".format)
    def test_small(number: int) -> None:
        tried.append(number)
        if number == 4:
            pytest.fail("four")
        assert number != 2

    with pytest.raises(BaseExceptionGroup, match=r"2 of 5 cases failed: case 2, case 4$") as found:
        test_small()
    assert tried == [1, 2, 3, 4, 5]
    assert [error.__notes__ for error in found.value.exceptions] == [
        ["in the case case 2"],
        ["in the case case 4"],
    ]


def test_no_failure_is_swallowed_by_another_of_its_name() -> None:
    @for_each([1, 2], name=lambda _: "the same")
    def test_all(number: int) -> None:
        raise ValueError(number)

    with pytest.raises(BaseExceptionGroup, match="2 of 2 cases failed") as found:
        test_all()
    assert [error.args for error in found.value.exceptions] == [(1,), (2,)]


def test_without_cases_nothing_passes() -> None:
    with pytest.raises(AssertionError, match="there are no cases"):
        for_each([])(lambda _: None)()


def test_it_keeps_its_name() -> None:
    @for_each("a")
    def test_named(letter: str) -> None:
        """What it does."""

    assert (test_named.__name__, test_named.__doc__) == ("test_named", "What it does.")
    test_named()
