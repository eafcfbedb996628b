"""Calculations in generated code.

Numbers at every edge of what JSON, doubles and the generated guards hold.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import UNREADABLE, FilterSet, Message, Reason, parse
from pnfilter.binding.bind import term
from pnfilter.compiler.function import decider
from pnfilter.compiler.numbers import shows_in_result
from pnfilter.syntax.nodes import Comparison
from tests.evaluation.test_codegen import MOST, hold, program_of
from tests.examples import examples
from tests.generated import generated


class Whole(int):
    """An integer by another name."""


class Broken(float):
    """A number by another name, which calculates in its own way."""

    def __mul__(self, other: object) -> Any:
        raise RuntimeError("never calculated with")

    __add__ = __sub__ = __truediv__ = __radd__ = __rsub__ = __rmul__ = __mul__


#: The largest integer that has a double, and the first one that has none.
LAST, BEYOND = int(math.ldexp(2**53 - 1, 971)), 2**1024
NUMBERS: list[Any] = [
    *(0, 1, -1, 5, 10, 255, 2**30, -(2**30), 2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64),
    *(0.0, -0.0, 0.5, 2.5, -1.5, 1e15, 5e-324, 1e-300, 1e29, 1e30, 1e154, 1e300, 1.7976931348623157e308),
    *(MOST, MOST - 1, -MOST, LAST, -LAST, BEYOND, -BEYOND, 10**400, 10**4299, -(10**4299)),
    *(10**4300 - 1, 10**4300, -(10**4300), 10**5000),
    *(math.nan, math.inf, -math.inf),
]  # fmt: skip
OTHERS: list[Any] = [
    *(True, False, None, "5", "", "us", [], [5], (5,), {}, {"x": 5}, {5}, b"5", UNREADABLE),
    *(Whole(5), Whole(10**5000), Broken(2.5), Broken(math.nan), 5j, object()),
]
ABSENT = object()
CONSTANTS = [
    *("0", "1", "2", "3", "5", "10", "100", "255", "9007199254740993", "0.0", "0.1", "0.5", "10.0"),
    *("-1", "-3", "1e-300", "5e-324", "1e30", "1e300", "1.7976931348623157e308"),
    *("1" + "0" * 300, "9" * 400, "9" * 4300, '"5"', "null", "true", "(1 - 1)", "(1 / 0)"),
]  # fmt: skip

fields = st.sampled_from(["data.x", "data.x", "data.y", "meta.x"])


def operation(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "+", "-", "*", "/", "%", "&", "|", "^"])
    binary = st.tuples(inner, operators, inner).map(lambda parts: f"({' '.join(parts)})")
    return binary | st.tuples(st.sampled_from("-~"), inner).map(lambda parts: f"({''.join(parts)})")


sides = st.recursive(fields | st.sampled_from(CONSTANTS), operation, max_leaves=5)
comparisons = st.tuples(sides, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), sides)
values = st.sampled_from(NUMBERS) | st.sampled_from([*NUMBERS, *OTHERS, ABSENT])


@examples(6)
@given(comparisons, st.lists(st.tuples(values, values), min_size=1, max_size=12))
def test_any_comparison_of_any_numbers(
    comparison: tuple[str, str, str], pairs: list[tuple[Any, Any]]
) -> None:
    text = " ".join(comparison)
    for x, y in pairs:
        data = {name: value for name, value in (("x", x), ("y", y)) if value is not ABSENT}
        hold(text, {"data": data, "meta": {"x": y}})
        hold(f"!({text}) || data.y == 1", {"data": data, "meta": {"x": x}})


#: One field and constants on each side, or nearly so.
CLOSE = """
data.x * 10 > data.y - 100 ; data.x * 0 == 0 ; 0 * data.x != data.y ; data.x * 0.0 < 1 ; data.x * -0.0 == 0
data.x / 2 >= 1.5 ; data.x / 0 == data.x ; 1 / data.x < 1 ; data.x - data.x == 0 ; data.x - data.y == 0
data.x * 1e300 * 1e-300 == data.x ; data.x * 1e300 / 1e300 > 0 ; (data.x + 1e308) - 1e308 <= data.x
data.x + 1 == data.x ; -data.x < data.x ; -(-data.x) == data.x ; data.x % 2 == data.x / 2
data.x / 2 > data.x % 2 ; data.x * 2 == data.x + data.x ; 5e-324 * data.x == 0 ; data.x / 5e-324 > 1
data.x / (1 - 1) == 1 ; data.x * (1 - 1) == 0 ; data.x * null == 0 ; data.x * "5" == 25 ; data.x + data.y * 0 == 1
data.x == data.y ; data.x < data.y ; data.x == 5 ; data.x != 5 ; data.x == 5 || data.x == 6 ; data.x != 5 && data.x != 6
(5, 6) CONTAINS data.x ; (5, "us") CONTAINS data.x ; data.x > -5 ; data.x <= 1e300 ; -5 < data.x && data.x * 1 < 9
"""


@pytest.mark.parametrize(
    "text", [text for line in CLOSE.strip().splitlines() for text in line.split(" ; ")]
)
def test_each_form_on_each_number(text: str) -> None:
    for x in [*NUMBERS, *OTHERS]:
        for y in (5, 2.5, x, -x if type(x) in (int, float) else None):
            hold(text, {"data": {"x": x, "y": y}})
        hold(text, {"data": {"x": x}})


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ("data.x", True),
        ("data.x * 10", True),
        ("5 - -data.x / 2 + 1", True),
        ("(1 + 1) * data.x", True),
        ("data.x * 0", False),
        ("data.x / (1 - 1)", False),
        ("data.x * -0.0", False),
        ("2 / data.x", False),
        ("data.x - data.x", False),
        ("data.x + data.y", False),
        ("data.x % 2", False),
        ("~data.x", False),
        ("5", False),
    ],
)
def test_where_a_look_at_the_result_is_enough(side: str, expected: bool) -> None:
    tree = parse(f"{side} == data.z")
    assert isinstance(tree, Comparison)
    assert shows_in_result(term(tree.left)) is expected
    guards = program_of(f"{side} == data.z").source.split(" if ", 2)[2]
    assert ("abs(" in guards) is not (expected or side == "5")


def test_an_integer_without_a_double_is_the_interpreters() -> None:
    text = "data.x * 2 > 5 && !(data.y == 1)"
    with pytest.raises(OverflowError):
        decider(parse(text), "message")({"data": {"x": BEYOND}})
    # It is a number all the same, as long as it isn't too long for JSON.
    filter, several = generated(text), FilterSet({"a": text})
    for x, outcome in ((BEYOND, True), (-BEYOND, False), (10**4300, Reason.UNREADABLE)):
        message = {"data": {"x": x, "y": 2}}
        assert hold(text, message) is outcome
        assert filter.outcome(Message({"x": BEYOND, "y": 2})) is True
        assert filter.matches(message, undecided="drop") is (outcome is True)
        found = several.match(message)
        assert found.matched == (["a"] if outcome is True else [])
        assert found.undecided == (["a"] if isinstance(outcome, Reason) else [])
