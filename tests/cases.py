"""One test for many small cases, where a test for each would cost more than the cases do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

Case = TypeVar("Case")


def for_each(
    cases: Iterable[Case], name: Callable[[Case], str] = str
) -> Callable[[Callable[[Case], None]], Callable[[], None]]:
    """Make one test of a function that takes a case.

    All cases are tried. The test fails with the names of those that failed, and with their errors.
    """

    def decorated(function: Callable[[Case], None]) -> Callable[[], None]:
        def test() -> None:
            # Read when the test runs, and not when it is collected.
            tried = list(cases)
            assert tried, "there are no cases"
            failed: list[tuple[str, BaseException]] = []
            for case in tried:
                try:
                    function(case)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001
                    error.add_note(f"in the case {name(case)}")
                    failed.append((name(case), error))
            if failed:
                names = ", ".join(name for name, _ in failed)
                told = f"{len(failed)} of {len(tried)} cases failed: {names}"
                raise BaseExceptionGroup(told, [error for _, error in failed])

        test.__name__, test.__doc__ = function.__name__, function.__doc__
        test.__module__, test.__qualname__ = function.__module__, function.__qualname__
        return test

    return decorated
