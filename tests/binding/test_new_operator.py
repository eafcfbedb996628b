"""An operator that only the interpreter knows is no other operator to any engine."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pnfilter import Filter, Verdict
from pnfilter.binding.bind import bind
from pnfilter.binding.predicates import Constant, Interpreted, predicates_of
from pnfilter.engines.polars import UntranslatableFilter, expression
from pnfilter.engines.sql import DIALECTS, translate
from pnfilter.index.dnf import to_dnf
from pnfilter.scanning.prefilter import needles_of
from pnfilter.semantics import compare
from pnfilter.syntax.nodes import Comparison, walk

#: Each has a predicate of its own, beside the known operators.
SIDES = [
    'data.a == "x"',
    "data.a == 5",
    "5 == data.a",
    '"x" == data.a',
    "data.a == true",
    "data.a == null",
    "data.a == data.b",
    "data.a + 1 == data.b",
    '("x", 5) CONTAINS data.a',
    'data.a LIKE "x*"',
    "data.a == 5 || data.a == 6",
    "!(data.a != 5 && meta.b < 3)",
]


@pytest.fixture
def _unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``~=`` be an operator that holds if two strings are equal backwards."""
    interpreted = compare

    def comparing(operator: str, left: Any, right: Any, literal: str | None = None) -> Any:
        if operator == "~=":
            return isinstance(left, str) and isinstance(right, str) and left == right[::-1]
        return interpreted(operator, left, right, literal)

    monkeypatch.setattr("pnfilter.interpreter.compare", comparing)
    monkeypatch.setattr("pnfilter.binding.bind.compare", comparing)


def filter_with(text: str) -> Filter:
    """The filter, with ``~=`` in each comparison."""
    filter = Filter(text)
    for node in walk(filter.expression):
        if isinstance(node, Comparison):
            object.__setattr__(node, "operator", "~=")
    return filter


@pytest.mark.parametrize("text", SIDES)
def test_it_is_interpreted(text: str) -> None:
    found = list(predicates_of(bind(filter_with(text).expression)))
    assert {type(one) for one in found} == {Interpreted}
    assert needles_of(bind(filter_with(text).expression)) == frozenset()


@pytest.mark.usefixtures("_unknown")
def test_constants_are_folded_by_the_value_model() -> None:
    folded = bind(filter_with('"ab" == "ba"').expression)
    assert isinstance(folded, Constant)
    assert folded.outcome is True


@pytest.mark.usefixtures("_unknown")
@pytest.mark.parametrize("text", ['data.a == "ab"', '"ab" == data.a', '!(data.a LIKE "ab")'])
def test_compiled_filters_and_the_index_ask_the_interpreter(text: str) -> None:
    filter = filter_with(text).prepare()
    ((_, (residual,)),) = to_dnf(filter.expression)
    for value in ("ab", "ba", 5, None):
        expected = (value == "ba") is not text.startswith("!")
        message = {"data": {"a": value}, "meta": None}
        assert filter.evaluate(message) is (Verdict.MATCH if expected else Verdict.NO_MATCH)
        assert residual.outcome({"a": value}, None) is expected


@pytest.mark.parametrize("text", SIDES)
def test_engines_refuse_it(text: str) -> None:
    filter = filter_with(text)
    for dialect in DIALECTS:
        for undecided in (None, "keep", "drop"):
            with pytest.raises(UntranslatableFilter, match="~="):
                translate(filter, dialect, undecided=undecided)
    if text.endswith("null"):
        # Like the interpreter, Polars asks first whether a side is missing.
        return
    columns: dict[str, pl.DataType] = {
        "data": pl.Struct({"a": pl.Int64, "b": pl.Int64}),
        "meta": pl.Null(),
    }
    with pytest.raises(UntranslatableFilter, match="~="):
        expression(filter, columns)


def test_the_value_model_refuses_it() -> None:
    for left, right in ((1, 2), ("x", "y"), (True, [1]), ({}, None)):
        with pytest.raises(AssertionError, match="~="):
            compare("~=", left, right)
