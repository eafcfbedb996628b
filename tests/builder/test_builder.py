"""``F``: the texts it writes, and what it refuses."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from functools import reduce
from typing import Any
from uuid import UUID

import pytest

from pnfilter import F, Severity, Verdict, check, format, parse
from pnfilter.builder.terms import Term, ValueTerm, escape_pattern
from pnfilter.semantics import MAX_DIGITS
from pnfilter.syntax.parser import MAX_LENGTH, MAX_NESTING


class Level(IntEnum):
    HIGH = 3


class Region(StrEnum):
    EU = "eu"


class Mixed(str, Enum):  # noqa: UP042
    US = "us"


#: What a type checker would object to.
G: Any = F
A: Any = F.meta.a == 1
B: Any = F.meta.b == 2
C: Any = F.meta.c == 3

TEXTS: list[tuple[Term, str]] = [
    # Fields
    (F.meta, "meta"),
    (F.data, "data"),
    (F.data.user.name, "data.user.name"),
    (F.data["user"]["name"], 'data.user["name"]'),
    (F.data.user.name, "data.user.name"),
    (F.data.user["first name"], 'data.user["first name"]'),
    (F.data.scores[2], "data.scores[2]"),
    (F.data[Level.HIGH], "data[3]"),
    (F.meta["like"], "meta.like"),
    (F.meta["_id"], "meta._id"),
    (F.meta[""], 'meta[""]'),
    (F.meta['a"]\\'], r'meta["a\"]\\"]'),
    (F.meta["straße"], 'meta["straße"]'),
    (F.meta[Region.EU], "meta.eu"),
    # Comparisons
    (F.meta.a == "high", 'meta.a == "high"'),
    (F.meta.a != "high", 'meta.a != "high"'),
    (F.meta.a < 5, "meta.a < 5"),
    (F.meta.a <= 5, "meta.a <= 5"),
    (F.meta.a > 5, "meta.a > 5"),
    (F.meta.a >= 5, "meta.a >= 5"),
    (
        5 < F.meta.a,  # noqa: SIM300
        "meta.a > 5",
    ),
    (
        "x" == G.meta.a,  # noqa: SIM300
        'meta.a == "x"',
    ),
    (F.data.value > F.meta.limit, "data.value > meta.limit"),
    (F.data.value > F.meta.limit * 0.8, "data.value > meta.limit * 0.8"),
    # Texts
    (F.meta.a == "", 'meta.a == ""'),
    (F.meta.a == "O'Brien", 'meta.a == "O\'Brien"'),
    (F.meta.a == 'say "no"', r'meta.a == "say \"no\""'),
    (F.meta.a == "C:\\dir\\", r'meta.a == "C:\\dir\\"'),
    (F.meta.a == "*\\*", r'meta.a == "*\\*"'),
    (F.meta.a == "\t\x00é\u2028😀", 'meta.a == "\t\x00é\u2028😀"'),
    (F.meta.a == Region.EU, 'meta.a == "eu"'),
    (F.meta.a == Mixed.US, 'meta.a == "us"'),
    (F.meta.a == '" || "" == "', r'meta.a == "\" || \"\" == \""'),
    # Numbers
    (F.meta.a == 0, "meta.a == 0"),
    (F.meta.a == -5, "meta.a == -5"),
    (F.meta.a == Level.HIGH, "meta.a == 3"),
    (F.meta.a == 5.0, "meta.a == 5.0"),
    (F.meta.a == -0.0, "meta.a == -0.0"),
    (F.meta.a == 0.1, "meta.a == 0.1"),
    (F.meta.a == 1e-7, "meta.a == 0.0000001"),
    (F.meta.a == -1.25e-9, "meta.a == -0.00000000125"),
    (F.meta.a == 1.5e16, "meta.a == 15000000000000000.0"),
    (F.meta.a == 1.2345678901234567e16, "meta.a == 12345678901234568.0"),
    (F.meta.a == 1e300, f"meta.a == 1{'0' * 300}.0"),
    (F.meta.a == 2**64, "meta.a == 18446744073709551616"),
    (F.meta.a == 10**MAX_DIGITS - 1, f"meta.a == {'9' * MAX_DIGITS}"),
    # LIKE, CONTAINS, sets, bare fields
    (F.data.role.like("mod*"), 'data.role LIKE "mod*"'),
    (F.data.role.like(r"\*\\*"), r'data.role LIKE "\*\\*"'),
    (F.data.role.like("C:\\dir*\\"), r'data.role LIKE "C:\\dir*\\"'),
    (F.data.role.like('"*'), r'data.role LIKE "\"*"'),
    (F.data.role.like(F.meta.role), "data.role LIKE meta.role"),
    (F.data.role.like(escape_pattern("5*\\") + "*"), r'data.role LIKE "5\*\\*"'),
    (F.data.tags.contains("x"), 'data.tags CONTAINS "x"'),
    (F.data.tags.contains(-1.5), "data.tags CONTAINS -1.5"),
    (F.data.tags.contains(F.meta.tag), "data.tags CONTAINS meta.tag"),
    (F.meta.a.one_of("us", "eu"), '("us", "eu") CONTAINS meta.a'),
    (F.meta.a.one_of(3, -5, 0.5), "(3, -5, 0.5) CONTAINS meta.a"),
    (F.meta.a.one_of("us"), 'meta.a == "us"'),
    (F.meta.a.one_of(-1, -1), "meta.a == -1"),
    (F.meta.a.one_of("us", "eu", "us"), '("us", "eu") CONTAINS meta.a'),
    ((F.meta.a % 4).one_of(1, 2), "(1, 2) CONTAINS meta.a % 4"),
    (F.meta.admin.is_true(), "meta.admin"),
    (~F.meta.admin.is_true(), "!meta.admin"),
    (F.meta.admin.is_true() & A, "meta.admin && meta.a == 1"),
    # Arithmetic
    (F.meta.a + F.meta.b == 30, "meta.a + meta.b == 30"),
    (1 + F.meta.a - 2 == 3 - F.meta.b, "1 + meta.a - 2 == 3 - meta.b"),
    (2 * F.meta.a / 3 == 4 / F.meta.b, "2 * meta.a / 3 == 4 / meta.b"),
    (F.meta.a % 10 == 7 % F.meta.b, "meta.a % 10 == 7 % meta.b"),
    (F.meta.a - (F.meta.b - 1) == 0, "meta.a - (meta.b - 1) == 0"),
    ((F.meta.a + 1) * 2 == 3, "(meta.a + 1) * 2 == 3"),
    (F.meta.a + F.meta.b * 2 == 3, "meta.a + (meta.b * 2) == 3"),
    (F.meta.a - -5 == 0, "meta.a - -5 == 0"),
    (-F.meta.a == -(F.meta.b + 1), "-meta.a == -(meta.b + 1)"),
    (F.meta.flags & 4 == 4, "(meta.flags & 4) == 4"),
    (4 & F.meta.flags == 4, "(4 & meta.flags) == 4"),
    ((F.meta.a | 1 ^ F.meta.b) == 0, "(meta.a | (1 ^ meta.b)) == 0"),
    ((1 | F.meta.a) ^ 2 == ~F.meta.b, "((1 | meta.a) ^ 2) == ~meta.b"),
    (sum([G.meta.a, G.meta.b]) == 5, "0 + meta.a + meta.b == 5"),
    # Junctions
    (A & B, "meta.a == 1 && meta.b == 2"),
    (A & B & C, "meta.a == 1 && meta.b == 2 && meta.c == 3"),
    (A & (B & C), "meta.a == 1 && meta.b == 2 && meta.c == 3"),
    (A | B | C, "meta.a == 1 || meta.b == 2 || meta.c == 3"),
    (A & B | C, "(meta.a == 1 && meta.b == 2) || meta.c == 3"),
    (A & (B | C), "meta.a == 1 && (meta.b == 2 || meta.c == 3)"),
    (~A, "!(meta.a == 1)"),
    (~~A, "!!(meta.a == 1)"),
    (~(A | B) & C, "!(meta.a == 1 || meta.b == 2) && meta.c == 3"),
    (reduce(operator.and_, [A, B, C]), "meta.a == 1 && meta.b == 2 && meta.c == 3"),
]


@pytest.mark.parametrize(
    ("term", "text"), TEXTS, ids=[f"{row} {text[:40]}" for row, (_, text) in enumerate(TEXTS)]
)
def test_text_and_tree(term: Term, text: str) -> None:
    assert str(term) == text
    assert parse(text) == term.expression
    assert format(text) == text


def test_everyday_filters_have_no_error_and_no_warning() -> None:
    term = (
        ((F.meta.priority == "high") | ~(F.data.user["role"].like("mod*")))
        & ~F.data.tags.contains("x")
        & F.meta.region.one_of("us", "eu")
        & (F.data.usage > F.data.limit * 0.8)
        & (F.meta.score >= 1e-7)
    )
    assert {found.severity for found in check(str(term))} <= {Severity.INFO}
    assert term.compile().matches({"data": None, "meta": None}) is False


def test_values_are_read_back_whole() -> None:
    for text in ('"', "'", "\\", "*", "\\*", '\\"', "\\\\", "a\\", "{x}", "é😀"):
        message = {"data": {text: text}}
        assert (F.data[text] == text).compile().evaluate(message) is Verdict.MATCH
        assert F.data[text].like(escape_pattern(text)).compile().matches(message)
        assert not F.data[text].like(escape_pattern(text) + "x").compile().matches(message)
    for number in (1e300, 5e-324, 0.1, 1e22, -1e16, 123456789012345680.0):
        number_message = {"data": number}
        assert (F.data == number).compile().evaluate(number_message) is Verdict.MATCH


NO_VALUES: list[tuple[object, type[Exception], str]] = [
    (None, TypeError, "no filter tests for a missing field"),
    (True, TypeError, ".is_true()"),
    (b"x", TypeError, r"value\.decode"),
    (bytearray(b"x"), TypeError, r"value\.decode"),
    (Decimal("1.5"), TypeError, r"float\(value\), or str"),
    (Fraction(1, 2), TypeError, r"write float\(value\)"),
    (date(2025, 1, 1), TypeError, "that the messages have"),
    (UUID(int=1), TypeError, r"write str\(value\)"),
    (Verdict.MATCH, TypeError, "value.value"),
    ({"a": 1}, TypeError, "its fields one by one"),
    (["a"], TypeError, r"one_of\(\*values\)"),
    (("a",), TypeError, r"one_of\(\*values\)"),
    ({"a"}, TypeError, r"sorted\(values\)"),
    (frozenset("a"), TypeError, r"sorted\(values\)"),
    (F, TypeError, "write F.meta or F.data"),
    (A, TypeError, "each comparison goes in parentheses"),
    (1j, TypeError, "no complex: values are strings, ints and floats"),
    (object(), TypeError, "no object: values are strings, ints and floats"),
    (float("nan"), ValueError, "nan is not allowed"),
    (float("inf"), ValueError, "numbers are finite"),
    (float("-inf"), ValueError, "numbers are finite"),
    (10**MAX_DIGITS, ValueError, "4,300 digits"),
    (-(10**MAX_DIGITS), ValueError, "4,300 digits"),
    ("a\nb", ValueError, "line break"),
    ("a\rb", ValueError, "line break"),
    ("\ud800", ValueError, "an unpaired surrogate"),
    ("x" * 50 + "\udfff", ValueError, "the character at 50"),
]


@pytest.mark.parametrize(("value", "error", "words"), NO_VALUES, ids=range(len(NO_VALUES)))
def test_what_the_language_does_not_have(value: object, error: type[Exception], words: str) -> None:
    places: list[Callable[[], object]] = [
        lambda: G.meta.a == value,
        lambda: G.meta.a > value,
        lambda: G.data.tags.contains(value),
        lambda: G.meta.a.one_of("x", value),
    ]
    for place in places:
        with pytest.raises(error, match=words):
            place()


class Whole:
    def __index__(self) -> int:
        return 5


class Real:
    def __float__(self) -> float:
        return 5.0


ERRORS: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "and": (lambda: A and B, TypeError, "& for `and`"),
    "or": (lambda: A or B, TypeError, r"\| for `or`"),
    "not": (lambda: not A, TypeError, "~ for `not`"),
    "if field": (lambda: bool(G.meta.a), TypeError, "neither true nor false"),
    "in": (lambda: "x" in G.data.tags, TypeError, r"F\.data\.tags\.contains\('x'\)"),
    "in a list": (lambda: G.meta.a in ["x", "y"], TypeError, r"\.one_of\(\.\.\.\) for `in`"),
    "chain": (lambda: 1 < G.meta.a < 5, TypeError, r"\(1 < field\) & \(field < 5\)"),
    "& over ==": (
        lambda: G.meta.a == "x" & G.meta.b == "y",
        TypeError,
        "put each comparison in parentheses",
    ),
    "& over == of numbers": (lambda: G.meta.a == 1 & G.meta.b == 2, TypeError, "in parentheses"),
    "conditions compared": (lambda: A == B, TypeError, "can't be compared"),
    "conditions differ": (lambda: A != B, TypeError, "can't be compared"),
    "condition & field": (lambda: A & G.meta.b, TypeError, r"`meta.b` is not a condition.*is_true"),
    "condition | text": (lambda: A | "b", TypeError, r"\| joins conditions, and a str"),
    "text & condition": (lambda: "b" & A, TypeError, "& joins conditions"),
    "bool | condition": (lambda: True | A, TypeError, r'F\.meta\["like"\]'),
    "field & condition": (lambda: G.meta.b & A, TypeError, "a condition is not a value"),
    "condition + 1": (lambda: A + 1, TypeError, "unsupported operand"),
    "text + field": (lambda: "x" + G.meta.b, TypeError, "doesn't join strings"),
    "field % text": (lambda: G.meta.b % "x", TypeError, "calculates with numbers"),
    "arithmetic with None": (lambda: G.meta.b + None, TypeError, "has no None"),
    "pattern": (lambda: G.meta.a.like(5), TypeError, "a pattern must be a str or a field"),
    "pattern of arithmetic": (lambda: G.meta.a.like(G.meta.b + 1), TypeError, "a pattern must be"),
    "pattern of two lines": (lambda: G.meta.a.like("a\n*"), ValueError, "line break"),
    "empty set": (G.meta.a.one_of, ValueError, "leave the filter out"),
    "set of fields": (
        lambda: G.meta.a.one_of("x", G.meta.b),
        TypeError,
        "only a string or a number",
    ),
    "no root": (lambda: G.region, AttributeError, r"F\.meta\.region or F\.data\.region"),
    "underscore": (lambda: G.meta._id, AttributeError, r"\['_id'\]"),
    "negative index": (lambda: G.data[-1], ValueError, "at least 0"),
    "long index": (lambda: G.data[10**MAX_DIGITS], ValueError, "at least 0"),
    "boolean index": (lambda: G.data[True], TypeError, "a key must be a str"),
    "slice": (lambda: G.data[1:2], TypeError, "a key must be a str"),
    "key of two lines": (lambda: G.data["a\nb"], ValueError, "line break"),
    "iteration": (lambda: list(G.data), TypeError, "not iterable"),
    "unpacking": (lambda: [*G.data.a], TypeError, "not iterable|must be an iterable"),
    "hash of a field": (lambda: hash(G.meta), TypeError, "unhashable"),
    "hash of a condition": (lambda: hash(A), TypeError, "unhashable"),
    "assignment": (lambda: setattr(G.meta, "a", 5), AttributeError, "can't be changed"),
    "assignment of state": (lambda: setattr(A, "_piece", 5), AttributeError, "can't be changed"),
    "deletion": (lambda: delattr(G.meta, "a"), AttributeError, "can't be changed"),
    "an integer of another type": (lambda: G.meta.a == Whole(), TypeError, "write int"),
    "a real of another type": (lambda: G.meta.a == Real(), TypeError, "write float"),
}


@pytest.mark.parametrize(("build", "error", "words"), ERRORS.values(), ids=ERRORS.keys())
def test_mistakes_say_what_to_write(
    build: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        build()


def deepest(build: Callable[[Any], Any], term: Any) -> Any:
    """The last term that can be built; every one before it, and it, parse to their tree."""
    for _ in range(MAX_NESTING + 2):
        try:
            term = build(term)
        except ValueError as error:
            if f"deeper than {MAX_NESTING} levels" not in str(error):
                raise
            return term
        assert parse(str(term)) == term.expression
    raise AssertionError("there is no limit")


def turned(term: Any) -> Any:
    return term | B if str(term).count("&&") > str(term).count("||") else term & B


NESTINGS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "not": (lambda term: ~term, A),
    "not of a junction": (lambda term: ~(term & A), A),
    "and in or in and": (turned, A),
    "sum": (lambda term: term + 1, G.meta.a),
    "sum on the right": (lambda term: 1 + term, G.meta.a),
    "difference of brackets": (lambda term: 1 - term, G.meta["a b"] + 1),
    "bits": (lambda term: term & 1, G.meta.a),
    "mixed": (lambda term: (term + -1) * G.meta.b, G.meta.a),
    "signs": (lambda term: -term, G.meta.a),
    "signs of sums": (lambda term: ~(term + 1), G.meta.a),
    "keys in brackets": (lambda term: 1 - (term - G.data["a b"][1]), G.meta.a),
    "negative numbers": (lambda term: -1 - (term * -2), G.meta.a),
}


@pytest.mark.sliced(3)
@pytest.mark.parametrize(("build", "start"), NESTINGS.values(), ids=NESTINGS.keys())
def test_nesting_up_to_the_limit(build: Callable[[Any], Any], start: Any) -> None:
    term = deepest(build, start)
    if isinstance(term, ValueTerm):
        # Bits get brackets beside a comparison.
        try:
            condition = term == 1
        except ValueError:
            assert "&" in str(term)
        else:
            assert parse(str(condition)) == condition.expression


def test_a_hundred_levels() -> None:
    term = A
    for level in range(100):
        term = term & B if level % 2 else term | C
    assert parse(str(term)) == term.expression
    total = F.meta.a + 1
    for _ in range(100):
        total = total + F.meta.b
    assert parse(str(total == 1)) == (total == 1).expression


def test_junctions_of_one_kind_do_not_nest() -> None:
    term = reduce(operator.or_, [F.meta.a == number for number in range(2000)])
    assert parse(str(term)) == term.expression


def test_length_limit() -> None:
    longest = F.meta.a == "x" * (MAX_LENGTH - len('meta.a == ""'))
    assert len(str(longest)) == MAX_LENGTH
    assert parse(str(longest)) == longest.expression
    with pytest.raises(ValueError, match="the limit is 262,144"):
        _ = F.meta.a == "x" * MAX_LENGTH
    half = F.meta.a == "x" * (MAX_LENGTH // 2)
    with pytest.raises(ValueError, match="the limit is 262,144"):
        _ = half & half
    with pytest.raises(ValueError, match="the limit is 262,144"):
        _ = ~longest


def test_lengths_are_counted_as_printed() -> None:
    for term in (A & (B | C) & ~A, ~(A & B) | ~~C, F.meta.x.is_true() & ~F.meta.y.is_true()):
        assert term._piece.length == len(str(term))


@pytest.mark.parametrize("term", [F.meta.a, F.meta.a + 1, A & ~B])
def test_copies(term: Term) -> None:
    for twin in (copy.copy(term), copy.deepcopy(term), pickle.loads(pickle.dumps(term))):
        assert type(twin) is type(term)
        assert twin.expression == term.expression


def test_start() -> None:
    assert pickle.loads(pickle.dumps(F)) is F
    assert copy.deepcopy(F) is F
    assert repr(F) == "F"


def test_repr() -> None:
    assert repr(A) == "<ConditionTerm meta.a == 1>"
    assert repr(F.meta.a) == "<FieldTerm meta.a>"


def test_booleans_have_a_definite_verdict() -> None:
    admin = F.meta.admin.is_true().compile()
    other = (~F.meta.admin.is_true()).compile()
    verdicts = {
        True: (Verdict.MATCH, Verdict.NO_MATCH),
        False: (Verdict.NO_MATCH, Verdict.MATCH),
    }
    for value, expected in verdicts.items():
        message = {"data": None, "meta": {"admin": value}}
        assert (admin.evaluate(message), other.evaluate(message)) == expected


def test_no_errors_in_any_text() -> None:
    for _, text in TEXTS:
        errors = [item for item in check(text) if item.severity is Severity.ERROR]
        assert errors == []
