"""Parts of sentences."""

from __future__ import annotations

import pytest

from pnfilter.wording import MAX_QUOTED, counted, plural, shorten


def test_what_is_counted() -> None:
    assert [counted(number, "filter") for number in (0, 1, 10_000)] == [
        "0 filters",
        "1 filter",
        "10,000 filters",
    ]
    assert [plural(number, "branch", "branches") for number in (1, 2)] == ["branch", "branches"]


@pytest.mark.parametrize(
    ("most", "shown"),
    [(9, "data.room"), (8, "data.ro…"), (1, "…"), (0, "…"), (-3, "…")],
)
def test_a_text_is_shortened(most: int, shown: str) -> None:
    assert shorten("data.room", most) == shown


def test_a_sentence_quotes_so_much() -> None:
    assert shorten("x" * MAX_QUOTED) == "x" * MAX_QUOTED
    assert shorten("x" * (MAX_QUOTED + 1)) == "x" * (MAX_QUOTED - 1) + "…"
