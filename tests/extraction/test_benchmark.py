"""The benchmark finds the filters of the tree that it makes."""

from __future__ import annotations

from benchmarks.extraction import measure


def test_all_filters_of_the_tree_are_found() -> None:
    filters, summary, _ = measure(60)
    assert filters == 12
    assert summary.startswith("12 filters checked: no problems")
