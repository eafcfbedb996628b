"""What the checks of meaning report, what they keep quiet about, and that both are true."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from pnfilter.diagnostics import Diagnostic, apply_edits
from pnfilter.interpreter import condition
from pnfilter.lint.context import Context, context_of
from pnfilter.lint.rules.logic import contradictions
from pnfilter.lint.rules.logic.clauses import Clause, Members, clause_of
from pnfilter.lint.rules.logic.contradictions import MAX_PROBES
from pnfilter.lint.rules.logic.junctions import meaning
from pnfilter.lint.rules.logic.numbering import ValueNumbering
from pnfilter.semantics import UNREADABLE, Reason, compare
from pnfilter.syntax.nodes import And, Expression, Or, Path, SetLiteral, String, children, walk
from pnfilter.syntax.parser import parse
from tests.cases import for_each
from tests.examples import examples


def _context(text: str) -> Context:
    return context_of(text, parse(text), encrypted=False, known_fields=None)


def _found(text: str) -> list[Diagnostic]:
    return list(meaning(_context(text)))


def _shown(text: str) -> list[tuple[str, str]]:
    return [(found.code, text[found.span.start : found.span.end]) for found in _found(text)]


NEVER = {
    "a == 'x' && a == 'y'": "a == 'y'",
    "a == 'x' && b == 1 && a == 'y'": "a == 'y'",
    "'x' == a && a = y": "a = y",
    "a == 1 && a != 1": "a != 1",
    "a == 1 && !(a == 1)": "!(a == 1)",
    "a == 1 && 1.0 != a": "1.0 != a",
    "a == 5 && a == 'x'": "a == 'x'",
    "a == 'x' && a == 5": "a == 5",
    "a == true && a == false": "a == false",
    "a == true && a == 'x'": "a == 'x'",
    "a > 5 && a < 3": "a < 3",
    "a > 5 && a < 5": "a < 5",
    "a >= 5 && a < 5": "a < 5",
    "5 < a && 3 > a": "3 > a",
    "a < 3 && b == 1 && a > 5": "a > 5",
    "a > 1 && a > 5 && a < 9 && a < 5": "a < 5",
    "a > 2 + 3 && a < 3": "a < 3",
    "a > -1 && a < -2": "a < -2",
    "!(a > 5) && a > 7": "a > 7",
    "a > 7 && !(a > 5)": "!(a > 5)",
    "a == 7 && a < 3": "a < 3",
    "a < 3 && a == 7": "a == 7",
    "a == '7' && a < 3": "a < 3",
    "a == 7 && !(a > 3)": "!(a > 3)",
    "a LIKE 'x*' && a == 'y'": "a == 'y'",
    "a == 'x' && !(a LIKE 'X*')": "!(a LIKE 'X*')",
    "a == 'x' && a CONTAINS 'y'": "a CONTAINS 'y'",
    "a == 'x' && 'yz' CONTAINS a": "'yz' CONTAINS a",
    "(a == 'x' || a == 'y') && a == 'z'": "a == 'z'",
    "a == 'z' && (a == 'x' || 'y' == a)": "a == 'x' || 'y' == a",
    "('x', 'y') CONTAINS a && a == 'z'": "a == 'z'",
    "('x', 'y') CONTAINS a && ('z', 5) CONTAINS a": "('z', 5) CONTAINS a",
    "('x', 'y') CONTAINS a && a != 'x' && a != 'y'": "a != 'y'",
    "(1, 2) CONTAINS a && a > 2": "a > 2",
    "a == 'x' && !(('x', 'y') CONTAINS a)": "!(('x', 'y') CONTAINS a)",
    "a == 'x' && (a != 'x' && a != 'y')": "a != 'x'",
    "a == 5 && !(a == 5 || a == 6)": "!(a == 5 || a == 6)",
    "a == b && a != b": "a != b",
    "a == b && b != a": "b != a",
    "a < b && a > b": "a > b",
    "a < b && b <= a": "b <= a",
    "a == b && a < b": "a < b",
    "a < b && !(a <= b)": "!(a <= b)",
    "a && !a": "!a",
    "a LIKE 'x' && !(a LIKE 'x')": "!(a LIKE 'x')",
    "data.x + 1 > 5 && data.x + 1 < 3": "data.x + 1 < 3",
    "a.b == 1 && a['b'] == 2": "a['b'] == 2",
    "meta.a == 1 && a == 2": "a == 2",
    "(a == 1 || b == 1) && !(a == 1 || b == 1)": "!(a == 1 || b == 1)",
    "c == 1 || a > 5 && a < 3": "a < 3",
    "!(a > 5 && a < 3)": "a < 3",
    "1 == 2": "1 == 2",
    "'a' LIKE 'b*'": "'a' LIKE 'b*'",
    "a == 1 && 1 == 2": "1 == 2",
    "!(1 == 1)": "!(1 == 1)",
    "1 == 1 && 1 == 2": "1 == 1 && 1 == 2",
    "('a', 'b') CONTAINS 'c' && a == 1": "('a', 'b') CONTAINS 'c'",
    "null > 1": "null > 1",
    "a % 10 == 10": "a % 10 == 10",
    "a % 10 > 9": "a % 10 > 9",
    "a % 10 < 0": "a % 10 < 0",
    "a % 2 == 0.5": "a % 2 == 0.5",
    "(5, 6) CONTAINS a % 5": "(5, 6) CONTAINS a % 5",
    "5 + 5 == a % 10": "5 + 5 == a % 10",
}
ALWAYS = {
    "1 == 1": "1 == 1",
    "-1 < ~0 + 1": "-1 < ~0 + 1",
    "('a', 'b') CONTAINS 'a'": "('a', 'b') CONTAINS 'a'",
    "a == 1 && !(1 == 2)": "!(1 == 2)",
    "true || 1 == 2": "true || 1 == 2",
    "a == 1 || a != 1": "a != 1",
    "a != 'x' || a != 'y'": "a != 'y'",
    "a != 'x' || b == 1 || a != 'y'": "a != 'y'",
    "a != 'x' || a LIKE 'x*'": "a LIKE 'x*'",
    "!(a == 'x') || !(a == 'y')": "!(a == 'y')",
    "!(('a', 'b') CONTAINS x) || !(('c', 'd') CONTAINS x)": "!(('c', 'd') CONTAINS x)",
    "a != 5 || a > 3": "a > 3",
    "a >= 5 || a < 5": "a < 5",
    "a > 3 || a < 5": "a < 5",
    "!(a > 5) || a > 3": "a > 3",
    "!(a > 5) || !(a < 3)": "!(a < 3)",
    "a < b || a >= b": "a >= b",
    "a || !a": "!a",
    "a LIKE 'x' || !(a LIKE 'x')": "!(a LIKE 'x')",
    "(a != 'x' || a != 'y') && b == 1": "a != 'y'",
    "a % 2 != 2": "a % 2 != 2",
}
SAYS_NOTHING = {
    "5 == '5'": "5 == '5'",
    "'a' < 'b' || a == 1": "'a' < 'b'",
    "null == null": "null == null",
    "1 / 0 == 1": "1 / 0 == 1",
    "a == a": "a == a",
    "a < meta.a": "a < meta.a",
    "a LIKE a && b == 1": "a LIKE a",
    "data.x + 1 != data.x + 1": "data.x + 1 != data.x + 1",
}
#: With what is left after the fix, and whether that is safe; empty where there is no fix.
SURPLUS = {
    "a == 1 && a == 1": ("a == 1", "a == 1"),
    "a == 1 || b == 2 || 1 == a": ("1 == a", "a == 1 || b == 2"),
    "a == 'x' && a = x": ("a = x", "a == 'x'"),
    "a && b && a": ("a", "a && b"),
    "a > 5 && 5 < a": ("5 < a", "a > 5"),
    "(a == 1 && b == 2) && (a == 1 && c == 3)": (
        "a == 1",
        "(a == 1 && b == 2) && (c == 3)",
    ),
    "(x == 1 && y == 2) && (x == 1)": ("x == 1", "(x == 1 && y == 2)"),
    "(x == 1) && ((x == 1 && y == 2) && z == 3)": ("x == 1", "(x == 1) && ((y == 2) && z == 3)"),
    "a == 1 && (a == 1 || b == 2)": ("a == 1 || b == 2", "a == 1"),
    "(a == 1 || b == 2) && a == 1": ("a == 1 || b == 2", "a == 1"),
    "a == 1 || a == 1 && b == 2": ("a == 1 && b == 2", "a == 1"),
    "a > 5 && a > 3": ("a > 3", "a > 5"),
    "a > 3 && a > 5": ("a > 3", "a > 5"),
    "a >= 5 && a > 5": ("a >= 5", "a > 5"),
    "a < 5 && a <= 5.0": ("a <= 5.0", "a < 5"),
    "a > 5 || a > 3": ("a > 5", "a > 3"),
    "a < 3 && !(a > 5)": ("!(a > 5)", "a < 3"),
    "!(a > 5) && !(a > 3)": ("!(a > 5)", "!(a > 3)"),
    "a == 1 && a == 1.0": ("a == 1.0", "a == 1"),
    "a == 1 || a == 1.0": ("a == 1.0", "a == 1"),
    "a == 'x' && a != 'y'": ("a != 'y'", "a == 'x'"),
    "a != 'x' || a == 'y'": ("a == 'y'", "a != 'x'"),
    "a == 'x' && a LIKE 'x*'": ("a LIKE 'x*'", "a == 'x'"),
    "a == 7 && a > 3": ("a > 3", "a == 7"),
    "(7, 8) CONTAINS a && a > 3": ("a > 3", "(7, 8) CONTAINS a"),
    "a == 'x' && ('x', 'y') CONTAINS a": ("('x', 'y') CONTAINS a", "a == 'x'"),
    "a == 'x' || ('x', 'y') CONTAINS a": ("a == 'x'", "('x', 'y') CONTAINS a"),
    "a != 1 && !((1, 2) CONTAINS a)": ("a != 1", "!((1, 2) CONTAINS a)"),
    "a != 1 && !(a == 1)": ("!(a == 1)", "a != 1"),
    "a > 5 && a != 3": ("a != 3", "a > 5"),
    "a > 5 || a == 7": ("a == 7", "a > 5"),
    "('a', 'b', 'a') CONTAINS x": ("'a'", "('a', 'b') CONTAINS x"),
    "('a', 'a', 'a', 'b') CONTAINS x": ("'a'", "('a', 'b') CONTAINS x"),
    "(1, -1, 1.0, -1) CONTAINS x": ("1.0", "(1, -1) CONTAINS x"),
    "('a', \"a\") CONTAINS x": ('"a"', ""),
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "text", "place"),
    [
        (code, *item)
        for code, cases in (("W431", NEVER), ("W432", ALWAYS), ("W433", SAYS_NOTHING))
        for item in cases.items()
    ],
)
def test_one_mistake_gives_one_diagnostic(code: str, text: str, place: str) -> None:
    assert _shown(text) == [(code, place)]


@pytest.mark.parametrize(
    "text", [text for text, (_, left) in SURPLUS.items() if left], ids=lambda text: text
)
def test_a_surplus_part_is_taken_away(text: str) -> None:
    place, left = SURPLUS[text]
    assert _shown(text) == [("I502", place)]
    fix = _found(text)[0].fix
    assert fix is not None
    # What was copied may have been meant to be changed.
    assert (apply_edits(text, fix.edits), fix.safe) == (left, False)


@pytest.mark.parametrize("text", [text for text, (_, left) in SURPLUS.items() if not left])
def test_a_surplus_part_that_cannot_be_cut_out_has_no_fix(text: str) -> None:
    (found,) = _found(text)
    assert found.code == "I502"
    assert found.fix is None


@for_each(
    [
        # A number's own text, a boolean: nobody has shown that they differ.
        "a == 5 && a == '5'",
        "a == '5.0' && a == 5",
        "a == 5 && a LIKE '5.*'",
        "a == 5 && a != '5'",
        "a == 1 && a == true",
        "a == 1 && a == 'true'",
        "a == 'true' && a == true",
        "a == 5 && a < '3'",
        "a > '5' && a < '3'",
        # An array has many elements.
        "a LIKE 'x*' && a LIKE 'y*'",
        "a CONTAINS 'x' && a CONTAINS 'y'",
        "a != 'x' || a LIKE 'y*'",
        # A text under an ordering is undecided.
        "a > 5 && a == 'x'",
        "a > 5 && a != ''",
        "a > 'x' && a < 'b'",
        # What is missing, or no number, fits the opposite of any ordering.
        "!(a > 5) && !(a <= 5)",
        "!(a < b) && !(a >= b)",
        "a < 5 && !(a > 3)",
        # There is a number between.
        "a > 5 && a < 6",
        "a >= 5 && a <= 5",
        "a > 5 || a < 5",
        "a < 3 || a > 5",
        "a <= b && a >= b",
        "a < b || a > b",
        # Different fields.
        "a == 'x' && b == 'y'",
        "data.a == 'x' && meta.a == 'y'",
        "a[0] == 'x' && a[1] == 'y'",
        "a + 1 > 5 && a + 2 < 3",
        "a != 'x' && a != 'y'",
        "a == 'x' || a == 'y'",
        "a == null && a == 1",
        "a == null && b != null",
        "a > 1 / 0 && a < 3",
        "(a == 1 || b == 2) && (a == 1 || c == 3)",
        "(a == 1 || b == 2) && a == 3",
        "(a == 1 || !b) && a == 3",
        "(a == 1 || !(b == 2)) && a == 3",
        "(a == 1 || a > 2) && a == 3",
        "(a == 1 || a == 2) && a != 1",
        "('x', 'y') CONTAINS a && a != 'x'",
        "!(a == 1 || b == 2) && a == 3",
        "(1, '1') CONTAINS a",
        "(1, -1) CONTAINS a",
        "a LIKE '*'",
        "a % 10 == 9",
        "a % 10 >= 0",
        "a % 10 == 'x'",
        "a % 10 LIKE '1*'",
        "a % b == 10",
        "a % 0 == 10",
        "a / 10 == 10",
        "a % 10 == b",
        # Values as conditions are another check's.
        "true",
        "a == 1 && true",
        "!true",
        "!5 || a == 1",
        "5",
    ]
)
def test_nothing_is_said_without_certainty(text: str) -> None:
    assert _shown(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "!((3,5,9) contains numValue)",
        "(attributes.var1 + attributes['var2'] == 30)",
        (
            '(data.contentType == "article" && meta.priority == "featured") || (data.contentType == '
            '"video" && meta.engagement["score"] > 80) || (data.contentType == "live" && '
            'meta.audience CONTAINS "premium")'
        ),
        (
            '(meta.user["role"] == "moderator" || meta.user["role"] == "admin") && data.text != "" '
            '&& !(data.text LIKE "*spam*") && meta.channel["private"] != "true"'
        ),
        "(numA ^ numB) != (numValue * 10)",
        "such=wow",
        "data.name == \"Kate\" || data.name == 'Joe' || data.age == 20",
        (
            'data.position["size"] <= meta.limits["maxPosition"] && data.account["balance"] > '
            "(data.tradeValue * meta.marginRequirement)"
        ),
        (
            'data.sensor["type"] == "temperature" && (data.value > meta.thresholds["high"] || '
            'data.value < meta.thresholds["low"]) && meta.quality["score"] > 80'
        ),
        (
            'data.subject LIKE "*[URGENT]*" && data.body CONTAINS "maintenance" && '
            '!(data.body LIKE "*test*")'
        ),
        (
            'meta.preferences["push"] == "enabled" && (data.urgency == "immediate" || (data.urgency '
            '== "normal" && meta.schedule["quietHours"] != "active"))'
        ),
        "pn_ispresence==1 && pn_state_age > 50",
        "uuid == 'Serhii' && (('admin','super-user') contains role) && age >= 32",
        "uuid == 'Serhii' && !admin && age >= 32",
        "meta.age >= 18 && meta.age < 65",
        "meta.lat > 40 && meta.lat < 50 && meta.lon > -5 && meta.lon < 10",
        "(meta.age < 18 || meta.age > 65) && meta.age != 3",
        "uuid != 'me' && (to == 'me' || to == 'all')",
        "data.type == 'a' && data.level > 3 || data.type == 'b' && data.level > 5",
    ],
)
def test_an_everyday_filter_gets_nothing(text: str) -> None:
    assert _shown(text) == []


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        (
            "a == 'x' && a == 'y'",
            "no value of `a` matches both `a == 'x'` and `a == 'y'`",
            "did you mean ||? As written, the filter never matches",
        ),
        (
            "b == 1 || (a > 5 && a < 3)",
            "no number matches both `a > 5` and `a < 3`",
            "did you mean ||? As written, this part of the filter never matches",
        ),
        (
            "a < b && a > b",
            "`a < b` and `a > b` are never both true",
            "did you mean ||? As written, the filter never matches",
        ),
        (
            "a && !a",
            "`a` and `!a` exclude each other: one is the opposite of the other",
            "as written, the filter never matches",
        ),
        (
            "a != 'x' || a != 'y'",
            "every value of `a` matches `a != 'x'` or `a != 'y'`",
            "did you mean &&? As written, the filter matches every message that has the field",
        ),
        (
            "a >= 5 || a < 5",
            "every number matches `a >= 5` or `a < 5`",
            "as written, the filter matches every message that has the field",
        ),
        (
            "a >= b || a < b",
            "one of `a >= b` and `a < b` is true, whatever the numbers are",
            "as written, the filter matches every message that has the field",
        ),
        (
            "a LIKE 'x' || !(a LIKE 'x')",
            "`a LIKE 'x'` and `!(a LIKE 'x')` cover every case: one is the opposite of the other",
            "as written, the filter matches every message that has the field",
        ),
        (
            "1 == 2",
            "`1 == 2` reads no field of the message, and is never true",
            "compare with a field of the message: data.name, meta.name",
        ),
        (
            "1 == 1",
            "`1 == 1` reads no field of the message, and is always true",
            "compare with a field of the message: data.name, meta.name",
        ),
        (
            "5 == '5'",
            "`5 == '5'` reads no field of the message, so it is undecided for all",
            (
                "whether a number equals its own text is not known; "
                "compare with a field of the message: data.name, meta.name"
            ),
        ),
        (
            "a == a",
            "`a == a` compares `a` with itself",
            "compare it with another field, or with a value",
        ),
        (
            "a % 10 == 10",
            "no remainder of a division by 10 matches `a % 10 == 10`",
            "the remainders are 0 to 9",
        ),
        (
            f"a % {10**13} == {10**13}",
            (
                "no remainder of a division by 10000000000000 matches "
                "`a % 10000000000000 == 10000000000000`"
            ),
            "a remainder is smaller",
        ),
        (
            "a == 1 && a == 1",
            "duplicate condition `a == 1`",
            "remove one, or correct the copy",
        ),
        (
            "a > 5 && a > 3",
            "`a > 3` is redundant: it is true whenever `a > 5` is",
            "remove it",
        ),
        (
            "a > 5 || a > 3",
            "`a > 5` is redundant: whenever it is true, `a > 3` is too",
            "remove it",
        ),
        ("('a', 'b', 'a') LIKE x", "`'a'` is already in the set", "remove it"),
        ("('a', 'a') LIKE x", "`'a'` is already in the set", "compare with =="),
    ],
)
def test_messages(text: str, message: str, help: str) -> None:
    assert [(found.message, found.help) for found in _found(text)] == [(message, help)]


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("a == 'x' && a == 'y'", "a == 'x' || a == 'y'"),
        ("a != 'x'||a != 'y'", "a != 'x'&&a != 'y'"),
        ("(a > 5 && a < 3) || b", "(a > 5 || a < 3) || b"),
        ("((a > 5) && (a < 3))", "((a > 5) || (a < 3))"),
        ('"region" == "east"', 'region == "east"'),
        ('"data.x[0]" LIKE "a*" && b == 1', 'data.x[0] LIKE "a*" && b == 1'),
        ("('us', 'eu') CONTAINS 'region'", "('us', 'eu') CONTAINS region"),
        ("('us', 'eu')CONTAINS'region'", "('us', 'eu')CONTAINS region"),
        ("'region'LIKE'us'", "region LIKE'us'"),
    ],
)
def test_a_guess_at_what_was_meant_is_no_safe_fix(text: str, fixed: str) -> None:
    (found,) = _found(text)
    assert found.fix is not None
    assert not found.fix.safe
    assert apply_edits(text, found.fix.edits) == fixed


@pytest.mark.parametrize(
    "text",
    [
        "a == 'x' && b == 1 && a == 'y'",
        "a >= 5 || a < 5",
        "a && !a",
        "'true' == 'x'",
        "'like' == 'x'",
        "'two words' == 'x'",
        "1 == 2",
    ],
)
def test_without_a_guess_there_is_no_fix(text: str) -> None:
    (found,) = _found(text)
    assert found.fix is None


def test_several_mistakes_are_told_apart() -> None:
    text = "(a > 5 && a < 3) || (b != 1 || b != 2) || c == c || (1, 1, 2) CONTAINS d || d == 5"
    assert sorted(_shown(text)) == [
        ("I502", "1"),
        ("W431", "a < 3"),
        ("W432", "b != 2"),
        ("W433", "c == c"),
    ]


def test_each_element_that_a_set_repeats_goes_by_one_fix() -> None:
    text = "('a', 'b', 'b', 'a', 'c', 'c') CONTAINS x"
    (found,) = _found(text)
    assert found.fix is not None
    assert apply_edits(text, found.fix.edits) == "('a', 'b', 'c') CONTAINS x"


# Soundness: what is reported is true of every message

_NUMBERS: list[Any] = [0, 1, 2, 3, 4.5, 5, 5.0, 6, 7, 9, -1, 10**17]
_NUMBER_TEXTS: list[Any] = ["0", "1", "5", "5.0", "005", "7", "-1", "1e1"]
_TEXTS: list[Any] = ["", "x", "X", "y", "xy", "yx", "true", "false", "abc", "x*"]
_BOOLEANS: list[Any] = [True, False]
_OTHERS: list[Any] = [
    [], ["x"], ["x", "y"], ["x1", "y1", "xy"], [5, 9], [1, 7], [["x"]], [["x", 5], 3], [True],
    ["5"], [None, "y"], {}, {"x": 1}, {"xy": [5]}, UNREADABLE, [UNREADABLE, "x"],
]  # fmt: skip
_ABSENT = "absent"
_SCALARS = _NUMBERS + _NUMBER_TEXTS + _TEXTS + _BOOLEANS
_VALUES = [*_SCALARS, *_OTHERS, None, _ABSENT]

#: Pairs of values that are tried on a filter that reads two fields.
PAIRS = 25

_SUBJECTS = ["a", "a", "a", "a", "data.b", "a % 3", "a + data.b", "a.x"]
_CONSTANTS = [
    "0", "1", "2", "5", "5.0", "7", "-1", "2 + 3", "'5'", "'5.0'", "'1'", "'x'", "'y'", "'xy'", "'X'",
    "''", "'true'", "'abc'", "true", "false", "null", "1 / 0",
]  # fmt: skip
_PATTERNS = ["'x*'", "'*y'", "'X'", "'*'", "'x\\*'", "'5*'", "'5'", "'t*'"]
_ORDERINGS = ["<", "<=", ">", ">="]


@st.composite
def _clauses(draw: st.DrawFn) -> str:
    subject = draw(st.sampled_from(_SUBJECTS))
    constant = draw(st.sampled_from(_CONSTANTS))
    kind = draw(st.sampled_from(["=="] * 5 + ["!="] * 3 + ["order"] * 4 + ["set"] * 3 + ["other"]))
    if kind == "order":
        kind = draw(st.sampled_from(_ORDERINGS))
    if kind == "set":
        elements = draw(st.lists(st.sampled_from(_CONSTANTS[:16]), min_size=2, max_size=4))
        elements = ["5" if element == "2 + 3" else element for element in elements]
        text = f"({', '.join(elements)}) CONTAINS {subject}"
    elif kind == "other":
        pattern = draw(st.sampled_from(_PATTERNS))
        text = draw(
            st.sampled_from(
                [
                    f"{subject} LIKE {pattern}",
                    f"{subject} CONTAINS {constant}",
                    f"{constant} CONTAINS {subject}",
                    f"('x', 5) LIKE {subject}",
                    f"{subject} < data.b",
                    f"data.b <= {subject}",
                    f"{subject} == data.b",
                    f"{subject} != data.b",
                    subject,
                ]
            )
        )
    else:
        sides = draw(st.permutations([subject, constant]))
        text = f"{sides[0]} {kind} {sides[1]}"
    return f"!({text})" if draw(st.integers(0, 3)) == 0 else text


def _junctions(parts: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.builds(
        lambda operands, operator, negated: (
            ("!" if negated else "") + f"({operator.join(operands)})"
        ),
        st.lists(parts, min_size=2, max_size=most),
        st.sampled_from([" && ", " || "]),
        st.sampled_from([False, False, False, True]),
    )


_FILTERS = _junctions(st.one_of(_clauses(), _clauses(), _junctions(_clauses(), 3)), 5)


def _outcome(node: Expression, a: Any, b: Any, *, metadata: bool = True) -> bool | Reason:
    data = {} if b == _ABSENT and isinstance(b, str) else {"b": b}
    meta = {} if a == _ABSENT and isinstance(a, str) else {"a": a}
    return condition(node, data, meta if metadata else None)


def _fields(node: Expression) -> set[str]:
    return {str(path) for path in walk(node) if isinstance(path, Path)}


def _messages(node: Expression, values: list[Any]) -> list[tuple[Any, Any]]:
    """Values of both fields: every value of one that is read alone, else pairs far apart."""
    if "data.b" not in _fields(node):
        return [(value, _ABSENT) for value in values]
    pairs = list(product(values, values))
    alike = list(zip(values, values, strict=True))
    return alike + pairs[:: max(1, len(pairs) // PAIRS)]


def _suspects(found: Diagnostic, context: Context, junction: type[Expression]) -> list[Expression]:
    """What a diagnostic may be about: the node at its span, and the junction right above it."""
    own = [
        node for node in context.nodes if node.span == found.span and not isinstance(node, String)
    ]
    above = [
        node
        for node in context.nodes
        if isinstance(node, junction) and any(child in own for child in children(node))
    ]
    return own + above


@examples(1.5)
@given(_FILTERS)
def test_what_never_matches_never_matches(text: str) -> None:
    context = _context(text)
    reports = [found for found in meaning(context) if found.code == "W431"]
    for found in reports:
        event(found.message.split("`")[0])
        suspects = _suspects(found, context, And)
        assert any(
            all(_outcome(node, *values) is not True for values in _messages(node, _VALUES))
            and _outcome(node, None, None, metadata=False) is not True
            for node in suspects
        ), text


@examples(1.5)
@given(_FILTERS)
def test_what_always_matches_never_fails_where_the_fields_are_there(text: str) -> None:
    context = _context(text)
    reports = [found for found in meaning(context) if found.code == "W432"]
    present = _NUMBERS + _NUMBER_TEXTS + _TEXTS
    for found in reports:
        event(found.message.split("`")[0])
        suspects = _suspects(found, context, Or)
        assert any(
            all(_outcome(node, *values) is not False for values in _messages(node, present))
            for node in suspects
        ), text


@examples(1.5)
@given(st.lists(_clauses(), min_size=2, max_size=4), st.booleans())
def test_ordinary_values_are_decided_as_the_message_says(
    clauses: list[str], conjunction: bool
) -> None:
    """Not only is there no MATCH (or NO_MATCH): scalars of the kind that is named are decided."""
    text = (" && " if conjunction else " || ").join(clauses)
    context = _context(text)
    if _fields(context.expression) != {"a"} or "%" in text:
        return
    for found in meaning(context):
        whole = context.expression
        if found.message.startswith("no value of"):
            assert all(_outcome(whole, value, None) is False for value in _SCALARS), text
        elif found.message.startswith("no number"):
            numbers = [*_NUMBERS, *_NUMBER_TEXTS, None]
            assert all(_outcome(whole, value, None) is False for value in numbers), text
        elif found.message.startswith("every number"):
            numbers = _NUMBERS + _NUMBER_TEXTS
            assert all(_outcome(whole, value, None) is True for value in numbers), text


@examples(1.5)
@given(_FILTERS)
def test_a_surplus_part_is_not_missed(text: str) -> None:
    context = _context(text)
    reports = [found for found in meaning(context) if found.code == "I502" and found.fix]
    for found in reports:
        assert found.fix is not None
        left = parse(apply_edits(text, found.fix.edits))
        before, after = context.expression, left
        is_copy = "twice" in found.message or "already" in found.message
        event(f"copy: {is_copy}")
        for values in _messages(before, _VALUES):
            one, other = _outcome(before, *values), _outcome(after, *values)
            if is_copy:
                assert isinstance(one, Reason) == isinstance(other, Reason), (text, values)
            if not isinstance(one, Reason) and not isinstance(other, Reason):
                assert one == other, (text, values)
        if not is_copy:
            for values in _messages(before, _NUMBERS + _TEXTS):
                one, other = _outcome(before, *values), _outcome(after, *values)
                assert isinstance(one, Reason) == isinstance(other, Reason), (text, values)


@given(
    st.lists(st.sampled_from([*_SCALARS, 10**20, 1e20, "1e20"]), max_size=5),
    st.sampled_from(_SCALARS),
)
def test_members_answer_as_the_value_model(values: list[Any], value: Any) -> None:
    """One look-up says what the comparison of each element would."""
    expected = compare("CONTAINS", values, value)
    assert Members(tuple(values)).outcome(value) is (
        None if isinstance(expected, Reason) else expected
    )


@given(_FILTERS)
def test_parts_with_one_number_have_one_verdict(text: str) -> None:
    expression = parse(text)
    nodes = walk(expression)
    numbering = ValueNumbering(nodes)
    by_number: dict[int, Expression] = {}
    for node in nodes:
        if isinstance(node, (SetLiteral, String)):
            continue
        other = by_number.setdefault(numbering.number(node), node)
        if other is not node and other != node:
            for values in zip(_VALUES, _VALUES[::-1], strict=True):
                assert _outcome(node, *values) == _outcome(other, *values)
        if numbering.is_constant(node) and not _fields(node):
            continue
        assert not numbering.is_constant(node)


# Bounded work


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the questions to clauses about single values."""
    asked = [0]
    outcome = Clause.outcome

    def counted(self: Clause, value: Any) -> bool | None:
        asked[0] += 1
        return outcome(self, value)

    monkeypatch.setattr(Clause, "outcome", counted)
    return asked


_MANY = 5000


_NUMBERS_UP = ", ".join(map(str, range(_MANY)))
_WIDE: dict[str, tuple[str, list[str] | None]] = {
    "denials": (" && ".join(f"a != 'x{i}'" for i in range(_MANY)), []),
    "alternatives": (" || ".join(f"a == 'x{i}'" for i in range(_MANY)), []),
    "many fields, any": (" || ".join(f"f{i} == {i}" for i in range(_MANY)), []),
    "many fields, all": (" && ".join(f"f{i} > {i}" for i in range(_MANY)), []),
    "values, all": (" && ".join(f"a == 'x{i}'" for i in range(_MANY)), ["W431"]),
    "denials, any": (" || ".join(f"a != 'x{i}'" for i in range(_MANY)), ["W432"]),
    "bounds": (" && ".join(f"a > {i}" for i in range(_MANY)), ["I502"] * (_MANY - 1)),
    "copies": (" && ".join("a > 1" for _ in range(_MANY)), ["I502"] * (_MANY - 1)),
    "patterns": (" && ".join(f"a LIKE '*x{i}*'" for i in range(_MANY)), []),
    "inner junctions": (" && ".join(f"(a == {i} || b == {i})" for i in range(1000)), []),
    "orders": (" && ".join(f"a < b{i} && a != b{i}" for i in range(500)), []),
    "patterns on a text": (
        " && ".join(["a == '" + "x" * 1000 + "'", *(f"a LIKE '*x*{i}'" for i in range(_MANY))]),
        ["W431"],
    ),
    "a set above a bound": (f"({_NUMBERS_UP}) CONTAINS a && a > 4000", []),
    "a set below a bound": (f"({_NUMBERS_UP}) CONTAINS a && a > 5000", ["W431"]),
    "sets": (
        " && ".join(f"({', '.join(map(str, range(i, _MANY + i)))}) CONTAINS a" for i in range(6)),
        [],
    ),
    "a set and denials": (
        f"({_NUMBERS_UP}) CONTAINS a && " + " && ".join(f"a != {i}" for i in range(_MANY)),
        [],
    ),
    "copies in brackets": ("(" * 90 + "a == 1" + " && a == 2)" * 90, None),
    "deep": ("(" * 60 + "a == 1" + " && b == 2) || c == 3)" * 30, None),
}


@pytest.mark.sliced(6)
@pytest.mark.parametrize(("text", "codes"), _WIDE.values(), ids=_WIDE)
def test_many_clauses_take_bounded_work(
    text: str, codes: list[str] | None, questions: list[int]
) -> None:
    found = [report.code for report in _found(text)]
    assert codes is None or found == codes
    assert questions[0] <= 2 * MAX_PROBES


def test_beyond_the_limit_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "(1, 2, 3) CONTAINS a && a > 2 && a < 3"
    assert _shown(text) == [("W431", "a < 3")]
    monkeypatch.setattr(contradictions, "MAX_PROBES", 3)
    assert _shown(text) == []


def test_long_texts_and_patterns_count_as_many_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"a == '{'x' * 1000}' && a LIKE '{'*y' * 500}'"
    assert [code for code, _ in _shown(text)] == ["W431"]
    monkeypatch.setattr(contradictions, "MAX_PROBES", 20)
    assert _shown(text) == []


def test_clauses_of_nested_junctions_are_not_read_again_from_each_level() -> None:
    text = "a == 1"
    for _ in range(60):
        text = f"!({text} || a == 2)"
    expression = parse(text)
    numbering = ValueNumbering(walk(expression))
    assert clause_of(expression, numbering) is None
