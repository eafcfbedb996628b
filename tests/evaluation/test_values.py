"""The value model: numbers as texts, patterns, arrays in each other, arithmetic, and the marks."""

from __future__ import annotations

import collections
import copy
import datetime as dt
import decimal
import enum
import math
import pickle
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import UNREADABLE, Reason
from pnfilter.semantics import (
    MAX_DIGITS,
    MISSING,
    MISSING_METADATA,
    MISSING_RESULT,
    Missing,
    NoResult,
    Unreadable,
    apply_sign,
    as_operand,
    calculate,
    compare,
    equals,
    fold,
    is_number,
    leaves,
    like,
    may_equal_json,
    negated_truth,
    negation,
    not_json,
    number_text,
    pattern_parts,
    read_number,
    scalar_text,
    text_value,
    truth,
)
from tests.examples import examples

# Marks


def copies(value: Any) -> list[Any]:
    """The value, copied and pickled in every way."""
    pickled = [pickle.loads(pickle.dumps(value, protocol)) for protocol in range(6)]
    return [copy.copy(value), copy.deepcopy(value), *pickled]


def test_unreadable_stays_itself() -> None:
    assert all(other is UNREADABLE for other in copies(UNREADABLE))
    assert all(other[0] is UNREADABLE for other in copies([UNREADABLE]))
    for other in copies(Unreadable("a reason")):
        assert isinstance(other, Unreadable)
        assert other.why == "a reason"


def test_marks_say_what_they_are() -> None:
    assert repr(UNREADABLE) == "UNREADABLE"
    assert repr(MISSING) == repr(MISSING_METADATA) == repr(MISSING_RESULT) == "missing"
    assert repr(NoResult("division by zero")) == "no result: division by zero"


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_has_a_name_and_words(reason: Reason) -> None:
    assert reason.value == reason.name.lower().replace("_", "-")
    assert reason.text
    assert not reason.text.endswith(".")


def test_reasons_differ() -> None:
    assert len({reason.text for reason in Reason}) == len(Reason)


# Numbers and texts

READ: dict[str, int | float | None] = {
    "5": 5,
    "-5": -5,
    "007": 7,
    "-0": 0,
    "1.5": 1.5,
    "-0.25": -0.25,
    "1e3": 1000.0,
    "1E-2": 0.01,
    "2.5e+1": 25.0,
    "9" * MAX_DIGITS: int("9" * MAX_DIGITS),
    "-" + "9" * MAX_DIGITS: -int("9" * MAX_DIGITS),
    "9" * (MAX_DIGITS + 1): None,
    "1e309": None,
    "": None,
    "-": None,
    "+5": None,
    " 5": None,
    "5 ": None,
    "5\n": None,
    "--5": None,
    "1.": None,
    ".5": None,
    "1e": None,
    "1_000": None,
    "0x1F": None,
    "inf": None,
    "NaN": None,
    "٣": None,
    "５": None,
    "five": None,
}


@pytest.mark.parametrize("text", READ, ids=lambda text: f"{text[:9]!r} of {len(text)}")
def test_a_text_that_reads_as_a_number(text: str) -> None:
    number = read_number(text)
    assert number == READ[text]
    assert type(number) is type(READ[text])


TEXTS: dict[int | float, str] = {
    0: "0",
    -7: "-7",
    10**20: "1" + "0" * 20,
    5.0: "5",
    -0.5: "-0.5",
    0.1: "0.1",
    1e15: "1000000000000000",
    123456789012345.6: "123456789012345.6",
    1e16: "1e16",
    1.5e300: "1.5e300",
    -2.5e20: "-2.5e20",
    0.0001: "0.0001",
    0.00001: "0.00001",
    1.5e-7: "0.00000015",
    -1.5e-7: "-0.00000015",
    5e-324: "0." + "0" * 323 + "5",
}


@pytest.mark.parametrize("number", TEXTS)
def test_the_text_of_a_number(number: int | float) -> None:
    assert number_text(number) == TEXTS[number]
    assert scalar_text(number) == TEXTS[number]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_the_text_of_a_number_reads_back(number: int | float) -> None:
    assert float(number_text(number)) == float(number)


def test_scalar_texts() -> None:
    assert [scalar_text(value) for value in ("x", True, False)] == ["x", "true", "false"]


def test_what_is_a_number() -> None:
    assert [is_number(value) for value in (0, 1.5, True, "5", None, [5])] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "value"),
    [("x", "x"), ("a\\\\b", "a\\b"), ("\\*", "\\*"), ("\\\\\\*", "\\\\*"), ("", "")],
)
def test_the_value_of_a_text_literal(raw: str, value: str) -> None:
    assert text_value(raw) == value


@pytest.mark.parametrize(
    "value", [None, True, 0, -(10**4300) + 1, 1.5, "", [], (), {}, UNREADABLE, {1: object()}]
)
def test_json_values(value: Any) -> None:
    assert not_json(value) == ""


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (math.nan, "the number nan, which JSON does not have"),
        (-math.inf, "the number -inf, which JSON does not have"),
        (b"x", "a bytes, which JSON does not have"),
        (decimal.Decimal(1), "a Decimal, which JSON does not have"),
        (dt.date(2024, 1, 31), "a date, which JSON does not have"),
        ({1}, "a set, which JSON does not have"),
        (1j, "a complex, which JSON does not have"),
        (iter([]), "a list_iterator, which JSON does not have"),
    ],
)
def test_what_json_does_not_have(value: Any, why: str) -> None:
    assert not_json(value) == why
    operand = as_operand(value)
    assert isinstance(operand, Unreadable)
    assert operand.why == why


def test_an_integer_of_too_many_digits() -> None:
    for number in (10**MAX_DIGITS, -(10**MAX_DIGITS)):
        assert not_json(number) == "an integer of more than 4,300 digits"
        assert isinstance(as_operand(number), Unreadable)
        assert not not_json(number - number // abs(number))


class Loud(str):
    """A text that equals everything."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


class Level(enum.IntEnum):
    LOW = 1


class Share(float):
    pass


def test_values_of_subclasses_are_plain() -> None:
    for value, plain in ((Level.LOW, 1), (Share(0.5), 0.5), (Loud("x"), "x")):
        operand = as_operand(value)
        assert type(operand) is type(plain)
        assert str(operand) == str(plain)
    assert as_operand(Loud("x")) != "y"
    mapping = collections.OrderedDict(a=1)
    assert as_operand(mapping) is mapping


def test_null_is_missing() -> None:
    assert as_operand(None) is MISSING
    assert as_operand(0) == 0


# Patterns

FITS = [
    ("", "", True), ("", "x", False), ("*", "", True), ("*", "anything\n", True),
    ("abc", "ABC", True), ("abc", "abcd", False), ("abc", "xabc", False),
    ("a*", "a", True), ("a*", "abc", True), ("a*", "ba", False),
    ("*a", "a", True), ("*a", "cba", True), ("*a", "ab", False),
    ("*a*", "xay", True), ("*a*", "xy", False),
    ("a*c", "ac", True), ("a*c", "abbbc", True), ("a*c", "acb", False),
    ("ab*ba", "aba", False), ("ab*ba", "abba", True), ("a*a", "a", False),
    ("a*b*c", "a1b2c", True), ("a*b*c", "a1c2b", False), ("a*b*c", "abc", True),
    ("*ab*ab*", "abab", True), ("*ab*ab*", "aba", False), ("*a*ab", "ab", False), ("*a*ab", "aab", True),
    ("**", "", True), ("a**b", "ab", True),
    ("\\*", "*", True), ("\\*", "x", False), ("a\\*b", "a*b", True), ("a\\*b", "axb", False),
    ("\\\\*", "\\x", True), ("\\\\*", "x", False), ("\\\\\\*", "\\*", True), ("\\\\\\*", "\\x", False),
    ("50%", "50%", True), ("50%", "50x", False), ("a_c", "abc", False), ("a.c", "abc", False),
    ("[ab]", "a", False), ("[ab]", "[AB]", True), ("a?", "ab", False), (".*", ".x", True),
    ("STRASSE", "strasse", True), ("straße", "STRASSE", False), ("ΟΔΟΣ", "οδοσ", True),
    ("é*", "É1", True), ("ÅNGSTRÖM", "ångström", True), ("😀*", "😀!", True),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "text", "fits"), FITS)
def test_a_text_fits_a_pattern(pattern: str, text: str, fits: bool) -> None:
    assert like(text, pattern_parts(pattern)) is fits


def slow_like(pattern: str, text: str) -> bool:
    """By all ways to cut the text."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(slow_like(pattern[1:], text[cut:]) for cut in range(len(text) + 1))
    return text[:1] == pattern[0] and slow_like(pattern[1:], text[1:])


@pytest.mark.parametrize("size", range(5))
def test_every_small_pattern(size: int) -> None:
    texts = ["".join(letters) for length in range(5) for letters in product("ab", repeat=length)]
    for letters in product("a*b", repeat=size):
        pattern = "".join(letters)
        for text in texts:
            assert like(text, pattern_parts(pattern)) is slow_like(pattern, text)


def test_letters_are_folded_one_by_one() -> None:
    assert fold("ΑΣ") == fold("ασ") == "ασ"
    assert fold("ABC") == "abc"


# Arrays in each other


def test_leaves() -> None:
    assert list(leaves([1, [2, (3, [])], {"a": [4]}, "x", None])) == [
        1,
        2,
        3,
        {"a": [4]},
        "x",
        None,
    ]
    shared = [1]
    assert list(leaves([shared, [shared], 2])) == [1, 2]


def test_an_array_inside_itself_is_unreadable() -> None:
    array: list[Any] = [1, []]
    array[1].append(array)
    assert [type(leaf) for leaf in leaves(array)] == [int, Unreadable]


def tower(levels: int, width: int, bottom: Any) -> Any:
    """An array that holds the same array several times, and so on."""
    for _ in range(levels):
        bottom = [bottom] * width
    return bottom


def deep(levels: int, bottom: Any) -> Any:
    """An array in an array in an array."""
    return tower(levels, 1, bottom)


@pytest.mark.sliced(5)
@pytest.mark.parametrize("operator", ["==", "!=", "<", "LIKE", "CONTAINS"])
@pytest.mark.parametrize(
    "array", [tower(60, 10, "a"), tower(60, 10, []), deep(5_000, "a"), deep(5_000, 5)]
)
def test_arrays_of_any_form_are_answered(operator: str, array: Any) -> None:
    for other in ("a", 5, True, {"a": 1}, array, [array]):
        assert isinstance(compare(operator, array, other), (bool, Reason))
        assert isinstance(compare(operator, other, array), (bool, Reason))


def test_objects_that_hold_each_other() -> None:
    one: dict[str, Any] = {"x": 1}
    other: dict[str, Any] = {"x": 1}
    one["other"], other["other"] = other, one
    assert may_equal_json(one, other)
    other["x"] = 2
    assert not may_equal_json(one, other)
    tall: Any = 1
    for _ in range(60):
        tall = {"a": tall, "b": tall}
    assert may_equal_json(tall, copy.copy(tall))


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ({}, {}, True), ([], [], True), ([], {}, False), ([], (), True),
        ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}, True), ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False), ({"a": 1}, {"a": 1, "b": 1}, False),
        ([1, 2], [2, 1], False), ([1], [1, 1], False), ([True], [1], False), ([True], [True], True),
        ([None], [None], True), ([None], [0], False), (["1"], [1], False), (["a"], ["a"], True), (["a"], ["b"], False),
        ([[1], {"a": [2]}], [[1], {"a": [2]}], True), ([[1], {"a": [2]}], [[1], {"a": [3]}], False),
        ([UNREADABLE], [5], True), ({"a": UNREADABLE}, {"a": [1]}, True), ([UNREADABLE, 1], [5, 2], False),
        ([math.nan], [1], True), ([dt.date(2024, 1, 1)], ["x"], True),
    ],
)  # fmt: skip
def test_equality_as_json(left: Any, right: Any, equal: bool) -> None:
    assert may_equal_json(left, right) is equal
    assert may_equal_json(right, left) is equal


VALUES: list[Any] = [0, 1, -2.5, "", "a", "5", True, False, [], ["a", 5], {}, {"a": 1}, UNREADABLE]


@pytest.mark.parametrize(("left", "right"), [*product(VALUES, repeat=2)])
def test_equality_is_symmetric(left: Any, right: Any) -> None:
    if UNREADABLE not in (left, right):
        assert equals(left, right) == equals(right, left)
    assert compare("!=", left, right) == negation(compare("==", left, right))


ELEMENTS: list[Any] = [
    *VALUES, "true", "false", "1", "1.0", "1e0", "-2.5", "0", "-0", 1.0, -0.0, 5.0, 2**63, 2.0**63, None,
    10**MAX_DIGITS, "1" * 20, int("1" * 20), math.nan, math.inf, dt.date(2024, 1, 1), Level.LOW,
    Share(0.5), Loud("a"), 0.5, "0.5", 1, [[1]], {"1": 1},
]  # fmt: skip
SCALARS = [value for value in map(as_operand, ELEMENTS) if isinstance(value, (str, int, float))]


@given(st.sampled_from(SCALARS), st.lists(st.sampled_from(ELEMENTS)))
@examples(10)
def test_an_array_contains_what_one_of_its_elements_equals(scalar: Any, array: list[Any]) -> None:
    outcomes: list[bool | Reason] = []
    for element in map(as_operand, array):
        if isinstance(element, Unreadable):
            outcomes.append(Reason.UNREADABLE)
        else:
            outcomes.append(element is not MISSING and equals(element, scalar))
    some = True in outcomes or next((each for each in outcomes if each is not False), False)
    assert compare("CONTAINS", array, scalar) is some


# Arithmetic

RESULTS: list[tuple[Any, str, Any, Any]] = [
    (2, "+", 3, 5), (2, "-", 3, -1), (2, "*", 3, 6), (7, "/", 2, 3.5), (6, "/", 2, 3.0),
    (1.5, "+", 1, 2.5), (10**30, "+", 1, 10**30 + 1), (7, "%", 3, 1), (0, "%", 3, 0),
    (6, "&", 3, 2), (6, "|", 3, 7), (6, "^", 3, 5), (-1, "&", 255, 255), (-2, "|", 1, -1),
    (10**400, "/", 10**399, 10.0),
]  # fmt: skip


@pytest.mark.parametrize(("left", "operator", "right", "result"), RESULTS)
def test_results(left: Any, operator: str, right: Any, result: Any) -> None:
    found = calculate(operator, left, right)
    assert found == result
    assert type(found) is type(result)


NO_RESULTS: list[tuple[Any, str, Any, str]] = [
    (1, "/", 0, "division by zero"),
    (1.0, "/", 0.0, "division by zero"),
    (1, "%", 0, "division by zero"),
    (-7, "%", 3, "a remainder needs non-negative integers"),
    (7, "%", -3, "a remainder needs non-negative integers"),
    (7.0, "%", 3, "a remainder needs non-negative integers"),
    (7, "&", 1.0, "bitwise operators need integers"),
    (1.5, "|", 1, "bitwise operators need integers"),
    (1e308, "*", 10, "the result is out of range"),
    (1e308, "+", 1e308, "the result is out of range"),
    (10**400, "/", 3, "the result is out of range"),
    (10**400, "*", 1.5, "the result is out of range"),
    (10 ** (MAX_DIGITS - 1), "*", 10, "the result is out of range"),
    ("5", "+", 1, "an operand is not a number"),
    (1, "+", True, "an operand is not a number"),
    ([1], "-", 1, "an operand is not a number"),
    ({}, "&", 1, "an operand is not a number"),
]


@pytest.mark.parametrize(("left", "operator", "right", "why"), NO_RESULTS)
def test_no_results(left: Any, operator: str, right: Any, why: str) -> None:
    found = calculate(operator, left, right)
    assert isinstance(found, NoResult)
    assert found.why == why


def test_what_weighs_more_in_arithmetic() -> None:
    nothing = NoResult("")
    assert calculate("+", UNREADABLE, nothing) is UNREADABLE
    assert calculate("+", nothing, UNREADABLE) is UNREADABLE
    assert calculate("+", nothing, MISSING) is nothing
    assert calculate("+", "x", nothing) is nothing
    assert isinstance(calculate("+", "x", MISSING), NoResult)
    assert calculate("+", 1, MISSING_METADATA) is MISSING_RESULT
    assert isinstance(MISSING_RESULT, Missing)
    assert apply_sign("-", MISSING) is MISSING_RESULT
    assert apply_sign("-", UNREADABLE) is UNREADABLE


def test_signs() -> None:
    assert apply_sign("-", 5) == -5
    assert apply_sign("-", 1.5) == -1.5
    assert apply_sign("~", 5) == -6
    for operator, operand in [("~", 5.0), ("-", "5"), ("-", True), ("~", 10**MAX_DIGITS - 1)]:
        if operand == 10**MAX_DIGITS - 1:
            assert apply_sign("~", -operand) == operand - 1
        assert isinstance(apply_sign(operator, operand), NoResult)


# Bare operands


@pytest.mark.parametrize(
    ("value", "alone", "denied"),
    [
        (True, True, False), (False, False, True),
        (MISSING, False, Reason.NEGATED_VALUE), (MISSING_METADATA, False, Reason.NEGATED_VALUE),
        (MISSING_RESULT, Reason.MISSING_IN_ARITHMETIC, Reason.MISSING_IN_ARITHMETIC),
        (UNREADABLE, Reason.UNREADABLE, Reason.UNREADABLE),
        (NoResult(""), Reason.NO_RESULT, Reason.NO_RESULT),
        (0, False, Reason.NEGATED_VALUE), (0.0, False, Reason.NEGATED_VALUE), ("", False, Reason.NEGATED_VALUE),
        (1, Reason.BARE_VALUE, Reason.NEGATED_VALUE), ("x", Reason.BARE_VALUE, Reason.NEGATED_VALUE),
        ([], Reason.BARE_VALUE, Reason.NEGATED_VALUE), ({}, Reason.BARE_VALUE, Reason.NEGATED_VALUE),
    ],
)  # fmt: skip
def test_an_operand_alone(value: Any, alone: bool | Reason, denied: bool | Reason) -> None:
    assert truth(value) is alone
    assert negated_truth(value) is denied
