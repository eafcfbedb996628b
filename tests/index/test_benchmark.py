"""The benchmark of many filters measures what it says.

The same filters and messages, equal answers.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

import pnfilter
from benchmarks import subscriptions
from benchmarks.engines import filterset
from pnfilter import FilterSet
from tests.index.loop import same_as_loop


def texts(count: int, *, broad: bool = False) -> list[str]:
    return [subscriptions.as_text(each) for each in subscriptions.subscriptions(count, broad=broad)]


def test_the_same_seed_gives_the_same_filters_and_messages() -> None:
    assert texts(50) == texts(50)
    assert subscriptions.messages(50) == subscriptions.messages(50)
    assert subscriptions.messages(50) != subscriptions.messages(50, seed=1)


def test_filters_are_valid_and_shared_out_as_described() -> None:
    made = texts(2000, broad=True)
    kinds = Counter(
        "or" if "||" in text and "price" not in text else text.split()[0].strip("(")
        for text in made
    )
    for text in made[:200]:
        pnfilter.parse(text)
    assert 600 < kinds["meta.user"] < 800
    assert 400 < kinds["meta.room"] < 600
    assert 150 < kinds["or"] < 250
    assert 120 < kinds["data.title"] < 280


def test_some_messages_are_odd() -> None:
    index = FilterSet(dict(enumerate(texts(3000))))
    stream = subscriptions.messages(2000)
    same_as_loop(index, dict(enumerate(texts(3000))), stream[:20])
    assert sum(message["meta"] is None for message in stream) > 5
    assert sum(bool(index.match(message).undecided) for message in stream) > 2


@pytest.mark.sliced(2)
@pytest.mark.parametrize("module", [None, "mokaccino"])
def test_figures_of_a_small_set(module: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filterset, "TURNS", 2)
    monkeypatch.setattr(filterset, "_MESSAGES", 300)
    monkeypatch.setattr(filterset, "_PEERED", 5)
    monkeypatch.setattr(filterset, "mokaccino", lambda: None if module is None else _Peer)
    figures = filterset.measured(500, broad=True)
    rows = filterset._rows_of_targeted(figures, 500)
    assert ("peer rate" in figures) is (module is not None)
    assert len(rows) == 6 + (module is not None)
    assert figures["found"] > 0
    assert all(row.holds is not None for row in rows)


def test_a_difference_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    index = FilterSet({0: "data.price >= 0"})
    loop = [(0, pnfilter.compile("data.price < 0").outcome)]
    with pytest.raises(AssertionError, match="the index and the loop differ"):
        filterset._compare(index, loop, subscriptions.messages(3))


def test_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {
        "index rate": 1.0,
        "found": 2.0,
        "best": 3.0,
        "p99": 4.0,
        "candidates": 5.0,
        "bytes": 6.0,
        "build": 7.0,
    }
    asked = []

    def apart(count: int, *options: str) -> dict[str, Any]:
        asked.append((count, *options))
        return figures

    monkeypatch.setattr(filterset, "_apart", apart)
    assert len(filterset.rows(10, million=20)) == 5 + 1 + 3
    assert asked == [(10,), (10, "--broad", "--alone"), (20, "--alone")]
    assert len(filterset.rows(10, million=0)) == 6


@pytest.mark.slow
def test_figures_of_another_process() -> None:
    figures = filterset._apart(50, "--alone")
    assert figures["index rate"] > 0
    assert json.dumps(figures)


class _Query:
    """Stands for the peer's: it takes what that takes."""

    @staticmethod
    def _made(*parts: object) -> object:
        return parts

    from_kv = from_klt = from_kgt = from_kge = from_kprefix = from_and = from_or = _made


class _Peer:
    Query = _Query

    class Percolator:
        def add_query_id(self, query: object, number: int) -> None:
            assert query

        def percolate_list(self, document: object) -> list[int]:
            return []

    class Document:
        def add_value(self, field: str, value: str) -> None:
            assert isinstance(value, str)
