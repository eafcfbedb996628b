"""``fix``: what is safe is mended, all of it, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from pnfilter import Diagnostic, Edit, Fix, Severity, Span, check, compile, fix
from pnfilter.checking import fixes
from pnfilter.checking.fixes import safe_edits
from pnfilter.diagnostics import apply_edits
from pnfilter.syntax.parser import MAX_ERRORS

MENDED = {
    "such=wow": 'such == "wow"',
    "such = 'wow' && much=5": "such == 'wow' && much == 5",
    "(such=wow)": '(such == "wow")',
    "a AND b OR NOT c": "a && b || !c",
    "NOT a == 1 AND NOT (b == 2)": "!(a == 1) && !(b == 2)",
    "a <> 1 and b === 2 or c !== 3": "a != 1 && b == 2 || c != 3",
    "region in ('us', 'eu') and tier not in [1, 2]": (
        "('us', 'eu') CONTAINS region && !((1, 2) CONTAINS tier)"
    ),
    "1 < a < 5 || 1 >= b >= -5": "(1 < a && a < 5) || (1 >= b && b >= -5)",
    "name == “Ann” && city == ‘Bonn’": 'name == "Ann" && city == "Bonn"',
    "(us, eu) CONTAINS region": '("us", "eu") CONTAINS region',
    "name LIKE Todd* && uuid != pn-0ca5": 'name LIKE "Todd*" && uuid != "pn-0ca5"',
    "((a == 1))": "(a == 1)",
    "(((a)) == ((1)))": "(a == 1)",
    "('us') CONTAINS net": "net == 'us'",
    "a Like 'x' && Data.x == 1": "a LIKE 'x' && data.x == 1",
    "a == 1 & (b == 2) | c == 3": "a == 1 && (b == 2) || c == 3",
    "data[name] == .5": 'data["name"] == 0.5',
    "a = b.c && 5 = d": "a == b.c && 5 == d",
    "tags NOT_CONTAINS 'x' AND x BETWEEN 1 AND 5": (
        "!(tags CONTAINS 'x') && x >= 1 && x <= 5"
    ),
    "name startsWith 'a' and mail ends with 'b'": "name LIKE 'a*' && mail LIKE '*b'",
    "a\xa0== 1;": "a == 1",
    "['a', 'b',] contains c": "('a', 'b') contains c",
    "a == 'O''Brien'": "a == 'O\\'Brien'",
}  # fmt: skip


@pytest.mark.parametrize("text", MENDED)
def test_mended(text: str) -> None:
    assert fix(text) == MENDED[text]
    assert fix(MENDED[text]) == MENDED[text]
    assert Severity.ERROR not in {found.severity for found in check(MENDED[text])}


#: Where more than one thing may have been meant, or nothing is known.
LEFT = """
    a == b
    a == user-1
    a LIKE '%x'
    a > '5'
    a == 1 || b == 2 && c == 3
    !a == 1
    a & 4 == 4
    meta.region CONTAINS ('us', 'eu')
    ('us', 'eu') == region
    a == ${x}
    a == *x*
    a IS active
    title == War and Peace
    (a) = x
    a = (x)
    $.a == 1
    !1 < a < 5
    1 < a > 5
    a == b == c
    a =~ 'x'
    a link 'x'
    a == 1,5
    a > 5%
    a.5 == 1
    `a` == 1
    größe == 1
    a == 1 b == 2
    (a == 1
    a == 'x
    a ==
    a IS NOT NULL
""".split("\n")[1:-1]


@pytest.mark.parametrize("text", [line.strip() for line in LEFT])
def test_left_alone(text: str) -> None:
    assert fix(text) == text


@pytest.mark.parametrize(
    "text", ["", " ", "\x00\ud83d", "(" * 200, "a" * 300_000, "'" * 99, "]" * 99]
)
def test_any_text(text: str) -> None:
    assert isinstance(fix(text), str)


def test_what_is_no_text() -> None:
    with pytest.raises(TypeError, match="a filter is a text, not NoneType"):
        fix(None)  # type: ignore[arg-type]


#: By code, a filter that only its safe fix changes, with a message on which the verdict may change.
CHANGED_BY: dict[str, tuple[str, dict[str, Any]]] = {
    "W405": ("('us') CONTAINS net", {"meta": {"net": "u"}}),
    "W411": ("Data.x == 1", {"data": {"x": 1}, "meta": {"Data": {"x": 2}}}),
}
MESSAGES: list[dict[str, Any]] = [
    {"meta": {"a": 1, "b": "x", "such": "wow"}, "data": {"x": [1, "x"], "y": 5}},
    {"meta": None, "data": "x"},
    {"meta": {"a": None, "b": True, "c": {"d": 1}}},
    {"meta": {"such": ["wow"], "a": "1"}, "data": None},
]


@pytest.mark.parametrize(
    "text",
    [
        "such=wow", "such = 5", "((a == 1))", "!((a))", "(a)==(b.c)", "a Like 'x*'", "('x', 'x', 1) CONTAINS a",
        "a == 1 && (b == 'x') && a == 1", "(((a == 1) && ((b Contains 'x'))))", "data.x contains('x')",
    ],
)  # fmt: skip
def test_a_fix_of_a_filter_changes_no_verdict(text: str) -> None:
    mended = fix(text)
    assert mended != text
    for message in MESSAGES:
        assert compile(mended).evaluate(message) is compile(text).evaluate(message)


@pytest.mark.parametrize("code", CHANGED_BY)
def test_fixes_that_change_a_verdict_are_warned_of(code: str) -> None:
    text, message = CHANGED_BY[code]
    assert [found.code for found in check(text) if found.fix and found.fix.safe] == [code]
    assert compile(fix(text)).evaluate(message) is not compile(text).evaluate(message)


# Edits


def finding(*spans: tuple[int, int], safe: bool = True) -> Diagnostic:
    """A finding whose fix writes ``-`` over these spans."""
    edits = tuple(Edit(Span(*span), "-") for span in spans)
    return Diagnostic("W999", "", Span(*spans[0]), fix=Fix(edits, safe))


@pytest.mark.parametrize(
    ("findings", "taken"),
    [
        ([], []),
        ([finding((0, 1)), finding((2, 3))], [(0, 1), (2, 3)]),
        ([finding((0, 1), safe=False), finding((0, 1))], [(0, 1)]),
        ([finding((0, 2)), finding((1, 3)), finding((3, 4))], [(0, 2), (3, 4)]),
        # What only adjoins may still be one mistake.
        ([finding((0, 2)), finding((2, 3)), finding((2, 2))], [(0, 2)]),
        ([finding((0, 1), (8, 9)), finding((3, 4)), finding((8, 8), (5, 6))], [(0, 1), (8, 9), (3, 4)]),
        ([finding((5, 9)), finding((1, 2), (4, 5)), finding((1, 2), (3, 4))], [(5, 9), (1, 2), (3, 4)]),
        ([finding((5, 9)), finding((6, 7)), finding((0, 20)), finding((9, 10))], [(5, 9)]),
    ],
)  # fmt: skip
def test_fixes_that_touch_wait_for_the_next_round(
    findings: list[Diagnostic], taken: list[tuple[int, int]]
) -> None:
    assert [edit.span for edit in safe_edits(tuple(findings))] == taken


def test_edits_are_made_in_any_order() -> None:
    edits = [
        Edit(Span(4, 4), "d"),
        Edit(Span(0, 1), ""),
        Edit(Span(2, 3), "CC"),
        Edit(Span(0, 0), "<"),
    ]
    assert apply_edits("abce", edits) == "<bCCed"
    assert apply_edits("abc", []) == "abc"


def test_all_of_many_mistakes_are_mended() -> None:
    text = " AND ".join(f"(a{number} = {number})" for number in range(300))
    assert fix(text) == " && ".join(f"(a{number} == {number})" for number in range(300))


def test_the_rounds_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixes, "MAX_READ", 1)
    text = " AND ".join(f"a{number}" for number in range(MAX_ERRORS * 3 + 1))
    assert fix(text).count("&&") == MAX_ERRORS * 2
    assert fix(fix(text)).count("&&") == MAX_ERRORS * 3
