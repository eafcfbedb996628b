"""The page on many filters: its examples are run."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "many-filters.md"


def test_examples_give_what_is_shown() -> None:
    report: list[str] = []
    test = doctest.DocTestParser().get_doctest(
        PAGE.read_text(encoding="utf-8"), {}, PAGE.name, None, 0
    )
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert result.attempted >= 5
    assert not result.failed, "".join(report)
