"""The meaning of a filter.

Every row of the table, junctions, paths, and the reasons for no verdict.

The conformance suite has the whole of it; here stand the rows once, short enough to be read in one
go.
"""

from __future__ import annotations

from typing import Any

import pytest

from pnfilter import UNREADABLE, Reason, parse
from pnfilter.interpreter import condition, value
from pnfilter.semantics import Missing, NoResult, Unreadable
from pnfilter.syntax.nodes import Comparison
from tests.cases import for_each

META: dict[str, Any] = {
    "t": "text",
    "T": "TEXT",
    "n": 5,
    "n5": "5",
    "f": 5.0,
    "half": 0.5,
    "zero": 0,
    "minus": -3,
    "big": 10**30,
    "yes": True,
    "no": False,
    "null": None,
    "empty": "",
    "array": ["text", 5, None, True],
    "numbers": [1, "2", 30],
    "nested": [["deep"], [7]],
    "nothing": [],
    "object": {"key": "value", "inner": {"x": 1}},
    "secret": UNREADABLE,
    "half_secret": ["a", UNREADABLE],
    "star": "te*t",
    "word_true": "it is true",
    "ö": "Ö",
}
YES, NO = True, False

ROWS: dict[str, bool | Reason] = {
    # Equality
    "t == 'text'": YES,
    "t == 'TEXT'": NO,
    "n == 5": YES,
    "n == 5.0": YES,
    "f == 5": YES,
    "big == 1000000000000000000000000000000": YES,
    "big == 1000000000000000000000000000001": NO,
    "t = text": YES,
    "t = other": NO,
    "n == 't'": NO,
    "n == '5'": Reason.NUMBER_AND_TEXT,
    "n5 == 5": Reason.NUMBER_AND_TEXT,
    "n5 == 5.0": Reason.NUMBER_AND_TEXT,
    "n5 == 6": NO,
    "yes == true": Reason.BOOLEAN_EQUALITY,
    "yes == 'true'": Reason.BOOLEAN_EQUALITY,
    "yes == 1": Reason.BOOLEAN_EQUALITY,
    "no == 0": Reason.BOOLEAN_EQUALITY,
    "yes == 0": NO,
    "yes == 'yes'": NO,
    "yes == false": NO,
    "object == 'value'": NO,
    "object == 5": NO,
    "object == true": NO,
    "array == 'text'": Reason.ARRAY_EQUALITY,
    "array == 5": Reason.ARRAY_EQUALITY,
    "array == 'other'": NO,
    "nested == 7": Reason.ARRAY_EQUALITY,
    "nothing == 5": NO,
    "half_secret == 'b'": Reason.ARRAY_EQUALITY,
    "object == object": Reason.JSON_EQUALITY,
    "array == array": Reason.JSON_EQUALITY,
    "array == nested": NO,
    "object == array": NO,
    "null == 5": NO,
    "missing == 5": NO,
    "missing == null": Reason.BOTH_MISSING,
    "missing == other": Reason.BOTH_MISSING,
    # Its opposite
    "t != 'text'": NO,
    "t != 'other'": YES,
    "missing != 5": Reason.MISSING_DIFFERS,
    "null != 5": Reason.MISSING_DIFFERS,
    "5 != missing": Reason.MISSING_DIFFERS,
    "missing != other": Reason.BOTH_MISSING,
    "n != '5'": Reason.NUMBER_AND_TEXT,
    "object != 5": YES,
    # Ordering
    "n > 4": YES,
    "n >= 5": YES,
    "n < 5": NO,
    "n <= 5.5": YES,
    "minus < -2": YES,
    "n5 > 4": YES,
    "n5 < 4": NO,
    "n > '4'": YES,
    "n > 'four'": Reason.TEXT_ORDERING,
    "t > 'a'": Reason.TEXT_ORDERING,
    "n5 > '4'": Reason.TEXT_ORDERING,
    "object > 5": NO,
    "yes > 0": NO,
    "numbers > 20": Reason.ARRAY_ORDERING,
    "numbers > 30": NO,
    "numbers < 2": Reason.ARRAY_ORDERING,
    "nothing < 5": NO,
    "array > 'a'": Reason.ARRAY_ORDERING,
    "missing > 5": NO,
    "missing > other": NO,
    # LIKE
    "t LIKE 'TEXT'": YES,
    "t LIKE 'te*'": YES,
    "t LIKE '*XT'": YES,
    "t LIKE '*ex*'": YES,
    "t LIKE 't*t'": YES,
    "t LIKE 'te'": NO,
    "t LIKE '*'": YES,
    "empty LIKE '*'": YES,
    "empty LIKE ''": YES,
    "t LIKE 'te%'": NO,
    "t LIKE 'te_t'": NO,
    "star LIKE 'te\\*t'": YES,
    "t LIKE 'te\\*t'": NO,
    "meta['ö'] LIKE 'ö'": YES,
    "array LIKE 'te*'": YES,
    "numbers LIKE '2'": YES,
    "numbers LIKE '1'": NO,
    "nothing LIKE '*'": NO,
    "half_secret LIKE 'a'": YES,
    "half_secret LIKE 'b'": Reason.UNREADABLE,
    "('a', 5) LIKE 'A'": YES,
    "n LIKE '5*'": Reason.LIKE_SCALAR,
    "n LIKE '6*'": NO,
    "yes LIKE 'TR*'": Reason.LIKE_SCALAR,
    "object LIKE '*'": NO,
    "t LIKE T": YES,
    "t LIKE star": Reason.PATTERN_FROM_MESSAGE,
    "t LIKE 5": Reason.PATTERN_NOT_TEXT,
    "t LIKE array": Reason.PATTERN_NOT_TEXT,
    "missing LIKE '*'": NO,
    # CONTAINS
    "('text', 5) CONTAINS t": YES,
    "('x', 5) CONTAINS n": YES,
    "('x', 6) CONTAINS n": NO,
    "('5', 6) CONTAINS n": Reason.NUMBER_AND_TEXT,
    "array CONTAINS 'text'": YES,
    "array CONTAINS 'TEXT'": NO,
    "nothing CONTAINS 'x'": NO,
    "half_secret CONTAINS 'a'": YES,
    "half_secret CONTAINS 'b'": Reason.UNREADABLE,
    "array CONTAINS object": Reason.CONTAINS_CONTAINER,
    "t CONTAINS 'ex'": YES,
    "t CONTAINS 'EX'": NO,
    "n5 CONTAINS n": YES,
    "'room 5' CONTAINS n": YES,
    "'room 5' CONTAINS f": YES,
    "'0.5 off' CONTAINS half": YES,
    "t CONTAINS object": Reason.CONTAINS_CONTAINER,
    "word_true CONTAINS yes": Reason.CONTAINS_BOOLEAN,
    "t CONTAINS yes": NO,
    "n CONTAINS 5": Reason.CONTAINS_IN_SCALAR,
    "n CONTAINS 6": NO,
    "n CONTAINS object": NO,
    "yes CONTAINS 'tr'": Reason.CONTAINS_IN_SCALAR,
    "object CONTAINS 'key'": Reason.CONTAINS_KEY,
    "object CONTAINS 'value'": NO,
    "object CONTAINS 5": NO,
    "missing CONTAINS 'x'": NO,
    "t CONTAINS missing": NO,
    # Negation and bare operands
    "!yes": NO,
    "!no": YES,
    "!t": Reason.NEGATED_VALUE,
    "!missing": Reason.NEGATED_VALUE,
    "!zero": Reason.NEGATED_VALUE,
    "!secret": Reason.UNREADABLE,
    "!(n / 0)": Reason.NO_RESULT,
    "!(n == 5)": NO,
    "!(n == '5')": Reason.NUMBER_AND_TEXT,
    "!!yes": YES,
    "!!t": Reason.NEGATED_VALUE,
    "yes": YES,
    "no": NO,
    "missing": NO,
    "null": NO,
    "zero": NO,
    "empty": NO,
    "n": Reason.BARE_VALUE,
    "t": Reason.BARE_VALUE,
    "nothing": Reason.BARE_VALUE,
    "'x'": Reason.BARE_VALUE,
    "true": YES,
    "0": NO,
    "n + 1": Reason.BARE_VALUE,
    "n - 5": NO,
    "missing + 1": Reason.MISSING_IN_ARITHMETIC,
    "secret": Reason.UNREADABLE,
    # Arithmetic
    "n + 1 == 6": YES,
    "n - 7 == -2": YES,
    "n * 2.5 == 12.5": YES,
    "n / 2 == 2.5": YES,
    "7 % n == 2": YES,
    "(n & 4) == 4": YES,
    "(n | 2) == 7": YES,
    "(n ^ 1) == 4": YES,
    "~n == -6": YES,
    "-n == -5": YES,
    "n + t == 5": Reason.NO_RESULT,
    "n + n5 == 10": Reason.NO_RESULT,
    "n + yes == 6": Reason.NO_RESULT,
    "n / zero == 1": Reason.NO_RESULT,
    "n % zero == 1": Reason.NO_RESULT,
    "minus % 2 == 1": Reason.NO_RESULT,
    "f % 2 == 1": Reason.NO_RESULT,
    "(f & 1) == 1": Reason.NO_RESULT,
    "~f == 1": Reason.NO_RESULT,
    "1e308 * 10 == n": Reason.NO_RESULT,
    "n + missing == 5": NO,
    "n + missing > 5": NO,
    "n + missing != 5": Reason.MISSING_IN_ARITHMETIC,
    "t + missing == 5": Reason.NO_RESULT,
    "secret + t == 5": Reason.UNREADABLE,
    # Order of the rows
    "secret == missing": Reason.UNREADABLE,
    "secret != 5": Reason.UNREADABLE,
    "n / 0 == missing": Reason.NO_RESULT,
    "secret LIKE 5": Reason.UNREADABLE,
    # Paths
    "object.key == 'value'": YES,
    "object['inner'].x == 1": YES,
    "object.Key == 'value'": NO,
    "object[0] == 'value'": NO,
    "array[0] == 'text'": YES,
    "array[1] == 5": YES,
    "array[9] == 5": NO,
    "array.key == 5": NO,
    "array['0'] == 'text'": NO,
    "t[0] == 't'": NO,
    "t.length == 4": NO,
    "nested[1][0] == 7": YES,
    "secret.x.y == 5": Reason.UNREADABLE,
    "object.missing.x == 5": NO,
    "meta.t == 'text'": YES,
    "data.x == 1": YES,
    "data.X == 1": NO,
    # Junctions
    "yes && t == 'text'": YES,
    "yes && no": NO,
    "no || yes": YES,
    "no || no": NO,
    "n == '5' && no": NO,
    "no && n == '5'": NO,
    "n == '5' || yes": YES,
    "n == '5' && yes": Reason.NUMBER_AND_TEXT,
    "n == '5' || no": Reason.NUMBER_AND_TEXT,
    "secret && t": Reason.UNREADABLE,
    "t && secret": Reason.BARE_VALUE,
    "!(secret && no)": YES,
}


@for_each(ROWS)
def test_row(text: str) -> None:
    found = condition(parse(text), {"x": 1}, META)
    assert found is ROWS[text]


def test_every_reason_of_an_operand_is_shown() -> None:
    # A message without metadata and an event of another kind have no row here.
    assert set(Reason) - set(ROWS.values()) == {Reason.NO_METADATA, Reason.EVENT_KIND}


@pytest.mark.parametrize(
    ("text", "meta", "expected"),
    [
        ("a != 1", None, Reason.NO_METADATA),
        ("a != 1", {}, Reason.MISSING_DIFFERS),
        ("a == 1", None, False),
        ("a.b[0] != 1", None, Reason.NO_METADATA),
        ("1 != a", None, Reason.NO_METADATA),
        ("a != b", None, Reason.BOTH_MISSING),
        ("a", None, False),
        ("data.a != 1", None, Reason.MISSING_DIFFERS),
        ("a == 1", "text", Reason.UNREADABLE),
        ("a == 1", [1], Reason.UNREADABLE),
        ("a == 1", 5, Reason.UNREADABLE),
        ("a != 1", UNREADABLE, Reason.UNREADABLE),
        ("data.x == 1", UNREADABLE, True),
        ("data.x == 1", "text", True),
    ],
)
def test_metadata_that_is_missing_or_none(text: str, meta: Any, expected: bool | Reason) -> None:
    assert condition(parse(text), {"x": 1}, meta) is expected


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("data == 'x'", "x", True),
        ("data == 5", 5, True),
        ("data", True, True),
        ("data", None, False),
        ("data.x == 1", None, False),
        ("data.x != 1", None, Reason.MISSING_DIFFERS),
        ("data.x == 1", UNREADABLE, Reason.UNREADABLE),
        ("data[1] == 'b'", ["a", "b"], True),
        ("data[1] == 'b'", ("a", "b"), True),
        ("data.x == 1", {"x": object()}, Reason.UNREADABLE),
        ("data.x == 1", {"x": float("nan")}, Reason.UNREADABLE),
        ("data.x == 1", object(), Reason.UNREADABLE),
        ("data.x == 1", {"x": 1, "y": object()}, True),
    ],
)
def test_payloads(text: str, data: Any, expected: bool | Reason) -> None:
    assert condition(parse(text), data, None) is expected


def left(text: str) -> Any:
    """The value of the left side of a comparison."""
    comparison = parse(text)
    assert isinstance(comparison, Comparison)
    return value(comparison.left, None, META)


def test_operands() -> None:
    assert left("('a', -5, 1.5) CONTAINS t") == ["a", -5, 1.5]
    assert left("'a\\\\b\\*' == t") == "a\\b\\*"
    assert left("n + 1 == t") == 6
    assert left("false == t") is False
    assert left("array == t") is META["array"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("missing == 1", Missing),
        ("null == 1", Missing),
        ("missing + 1 == 1", Missing),
        ("secret == 1", Unreadable),
        ("secret + 1 == 1", Unreadable),
        ("t + 1 == 1", NoResult),
        ("-(t + 1) == 1", NoResult),
    ],
)
def test_marks(text: str, kind: type) -> None:
    assert isinstance(left(text), kind)


def test_a_condition_is_no_operand() -> None:
    with pytest.raises(AssertionError, match="not an operand: Comparison"):
        value(parse("a == 1"), None, None)
