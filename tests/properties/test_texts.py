"""Any text: what ``check``, ``parse``, ``format`` and ``fix`` promise."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pnfilter import F, Severity, Verdict, check, compile, fix, parse, template
from pnfilter.builder.terms import ConditionTerm, ValueTerm, escape_pattern
from pnfilter.generation import FilterWriter
from pnfilter.strategies import filters
from pnfilter.syntax.nodes import walk
from tests.examples import examples
from tests.laws import hold_for_text
from tests.mutations import broken_text, written_filter
from tests.promises import hold_for_fixes

#: Texts that a filter can hold: no line break, no an unpaired surrogate.
CONTENTS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS: st.SearchStrategy[Any] = CONTENTS | NUMBERS


@st.composite
def broken(draw: st.DrawFn) -> str:
    return broken_text(lambda count: draw(st.integers(0, count - 1)))


@examples(3)
@given(st.text() | st.text("ab.=!&|()[]<>\"'\\*+-~%^ \n01", max_size=30))
@example("")
@example("\ud800")
@example("((((")
@example("a == 'x")
def test_any_text(text: str) -> None:
    hold_for_text(text)


@examples(3)
@given(broken())
def test_broken_text(text: str) -> None:
    hold_for_text(text)


MANY_MISTAKES = {
    "in each other": "NOT (" * 40 + "a == 1" + ")" * 40,
    "in a row": "a IN ('x', 'y') AND " * 40 + "a",
    "of words": "a AND " * 40 + "a",
    "of quotes": "a = ‘a’ AND " * 40 + "a",
}
#: Mistakes in such numbers that may not be safe to fix.
HOPELESS = {
    "in each other": "[" * 60 + "]" * 60,
    "in a row": "N" + " IN N" * 60,
    "of quotes": "‘a’ = " * 40,
}


@pytest.mark.parametrize("text", MANY_MISTAKES.values(), ids=MANY_MISTAKES.keys())
def test_many_mistakes_are_mended_at_once(text: str) -> None:
    fixed = fix(text)
    assert fixed != text
    assert fix(fixed) == fixed
    hold_for_text(text)
    hold_for_fixes(text)


@pytest.mark.parametrize("text", HOPELESS.values(), ids=HOPELESS.keys())
def test_many_mistakes_are_left_alone(text: str) -> None:
    assert fix(text) == text
    hold_for_fixes(text)


def test_safe_fixes_keep_their_promise() -> None:
    below = Random(17).randrange
    assert sum(hold_for_fixes(written_filter(below)) for _ in range(500)) > 30


@examples(2)
@given(filters())
def test_filter(text: str) -> None:
    assert hold_for_text(text)


KNOWN = st.lists(st.sampled_from(["region", "meta.score", "data.user.role"]))


@examples(1)
@given(filters(max_depth=1), KNOWN, st.booleans())
def test_options_change_warnings_only(text: str, known: list[str], encrypted: bool) -> None:
    found = check(text, encrypted=encrypted, known_fields=known, schema={})
    assert Severity.ERROR not in {item.severity for item in found}


# The builder


@st.composite
def fields(draw: st.DrawFn) -> Any:
    field = draw(st.sampled_from([F.meta, F.data]))
    for key in draw(st.lists(CONTENTS | st.integers(0, 10**20), max_size=4)):
        field = field[key]
    return field


@st.composite
def values(draw: st.DrawFn, depth: int = 3) -> Any:
    kind = draw(st.integers(0, 9)) if depth else 0
    if kind < 4:
        return draw(fields())
    if kind == 4:
        return -draw(values(depth - 1))
    if kind == 5:
        return ~draw(values(depth - 1))
    left: Any = draw(values(depth - 1))
    right: Any = draw(NUMBERS | values(depth - 1))
    if draw(st.booleans()) and not isinstance(right, ValueTerm):
        left, right = right, left
    calculations = (
        lambda: left + right,
        lambda: left - right,
        lambda: left * right,
        lambda: left / right,
        lambda: left % right,
        lambda: left & right,
        lambda: left | right,
        lambda: left ^ right,
    )
    return draw(st.sampled_from(calculations))()


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> Any:
    kind = draw(st.integers(0, 9)) if depth else draw(st.integers(0, 5))
    if kind > 5:
        one, two = draw(conditions(depth - 1)), draw(conditions(depth - 1))
        return (one & two, one | two, ~one, ~(one | two))[kind - 6]
    value, other = draw(values()), draw(SCALARS | values(1))
    if kind == 0:
        comparisons = (
            lambda: value == other,
            lambda: value != other,
            lambda: value < other,
            lambda: value <= other,
            lambda: value > other,
            lambda: value >= other,
        )
        return draw(st.sampled_from(comparisons))()
    field = draw(fields())
    if kind == 1:
        return field.like(draw(CONTENTS | fields()))
    if kind == 2:
        return field.contains(other)
    if kind == 3:
        return value.one_of(*draw(st.lists(SCALARS, min_size=1, max_size=4)))
    return field.is_true() if kind == 4 else other == field


@examples(3)
@given(conditions() | values())
def test_what_is_built_is_read_back(term: ConditionTerm | ValueTerm) -> None:
    text = str(term)
    assert parse(text) == term.expression
    assert hash(parse(text)) == hash(term.expression)
    assert str(term.expression) == text
    hold_for_text(text)


@given(CONTENTS, CONTENTS)
def test_a_text_is_equal_to_itself_only(value: str, other: str) -> None:
    message = {"data": {value: other}}
    expected = Verdict.MATCH if value == other else Verdict.NO_MATCH
    assert (F.data[value] == value).compile().evaluate(message) is expected
    assert compile(template("data[{k}] == {v}", k=value, v=value)).evaluate(message) is expected


@given(CONTENTS, CONTENTS)
def test_an_escaped_text_fits_itself(value: str, tail: str) -> None:
    message = {"data": value + tail}
    assert F.data.like(escape_pattern(value) + "*").compile().evaluate(message) is Verdict.MATCH
    whole = F.data.like(escape_pattern(value)).compile()
    assert whole.matches({"data": value})
    assert tail == "" or not whole.matches(message)


@given(NUMBERS)
def test_a_number_is_equal_to_itself(number: float) -> None:
    message = {"data": number}
    assert (F.data == number).compile().evaluate(message) is Verdict.MATCH
    assert compile(template("data == {n}", n=number)).evaluate(message) is Verdict.MATCH
    above = (F.data > number).compile()
    assert above.evaluate(message) is Verdict.NO_MATCH


@given(st.text(max_size=20), st.text(max_size=8))
def test_a_template_never_lets_a_value_out(text: str, value: str) -> None:
    """Whatever the template and the value: an error, or the tree of the same template with "v"."""
    try:
        filled = template("a == {v} && " + text, v=value)
    except (TypeError, ValueError):
        return
    plain = template("a == {v} && " + text, v="v")
    assert [type(node) for node in _nodes(filled)] == [type(node) for node in _nodes(plain)]


def _nodes(text: str) -> list[Any]:
    return walk(parse(text))


@given(st.randoms(use_true_random=False))
def test_the_generator_writes_filters_only(random: Any) -> None:
    text = FilterWriter(random.randrange, max_depth=4, legacy=False).text()
    assert compile(text).text == text
