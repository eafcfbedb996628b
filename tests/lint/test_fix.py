"""``fix``: what is safe is mended, all of it, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from pnfilter import Diagnostic, Edit, FilterSyntaxError, Fix, Severity, Span, check, compile, fix
from pnfilter.diagnostics import MAX_ERRORS, apply_edits
from pnfilter.lint import check as check_module
from pnfilter.lint import edits, findings
from pnfilter.lint import fix as fix_module
from pnfilter.lint.fix import safe_edits
from tests.cases import for_each

MENDED = {
    "such=wow": 'such == "wow"',
    "such = 'wow' && much=5": "such == 'wow' && much == 5",
    "(such=wow)": '(such == "wow")',
    "a AND NOT c": "a && !c",
    "NOT a == 1 AND NOT (b == 2)": "!(a == 1) && !(b == 2)",
    "a <> 1 and b === 2 and c !== 3": "a != 1 && b == 2 && c != 3",
    "region in ('us', 'eu') and tier not in [1, 2]": (
        "('us', 'eu') CONTAINS region && !((1, 2) CONTAINS tier)"
    ),
    "1 < a < 5 || 1 >= b >= -5": "(1 < a && a < 5) || (1 >= b && b >= -5)",
    "name == “Ann” && city == ‘Bonn’": 'name == "Ann" && city == "Bonn"',
    "(us, eu) CONTAINS region": '("us", "eu") CONTAINS region',
    "name LIKE Todd* && uuid != pn-0ca5": 'name LIKE "Todd*" && uuid != "pn-0ca5"',
    "((a == 1))": "(a == 1)",
    "(((a)) == ((1)))": "(a == 1)",
    "meta.a Like 'x' && Data.x == 1": "meta.a LIKE 'x' && data.x == 1",
    "a == 1 & (b == 2) && c == 3": "a == 1 && (b == 2) && c == 3",
    "data[name] == .5": 'data["name"] == 0.5',
    "a = b.c && d = 5": "a == b.c && d == 5",
    "tags NOT_CONTAINS 'x' AND x BETWEEN 1 AND 5": (
        "!(tags CONTAINS 'x') && x >= 1 && x <= 5"
    ),
    "a\xa0== 1;": "a == 1",
    "['a', 'b',] contains c": "('a', 'b') contains c",
    'data.items.10.name == "x"': 'data.items[10].name == "x"',
    "data.arr.0 == 1": "data.arr[0] == 1",
    "1 < data.arr.0 < 5": "1 < data.arr[0] && data.arr[0] < 5",
    "data.arr.0 IN (1, 2)": "(1, 2) CONTAINS data.arr[0]",
    "data.arr.0 BETWEEN 1 AND 5": "data.arr[0] >= 1 && data.arr[0] <= 5",
    "data.arr.0 NOT LIKE 'a*'": "!(data.arr[0] LIKE 'a*')",
    "data.a.0.1 == data.b.5c.like": 'data.a[0][1] == data.b["5c"].like',
    "data.a > 5;;": "data.a > 5",
    "data.a > 5 ; ;": "data.a > 5 ",
    "meta.name ILIKE '%bob%'": "meta.name LIKE '*bob*'",
    "meta.name NOT LIKE '%bob' && x NOT LIKE 'a*'": "!(meta.name LIKE '*bob') && !(x LIKE 'a*')",
    "meta:a == 'x' AND data:b.c > 5": "meta.a == 'x' && data.b.c > 5",
    "a: 'x' && b := 5": "a == 'x' && b == 5",
    "mail == bob@example.com": 'mail == "bob@example.com"',
    "mail == 12345@example.com": 'mail == "12345@example.com"',
    "n=.1@e.a": 'n == ".1@e.a"',
    "data.б.5 == 1": 'data["б"][5] == 1',
    "a == 1 || 9 > b.c greater than or equal to 3": "a == 1 || (9 > b.c && b.c >= 3)",
    "id == 550e8400-e29b-41d4-a716-446655440000": 'id == "550e8400-e29b-41d4-a716-446655440000"',
    "link == https://example.com/a?b=1": 'link == "https://example.com/a?b=1"',
    "Data.x ILIKE 'a%' AND meta.such=wow": "data.x LIKE 'a*' && meta.such == \"wow\"",
    "data.größe == +5 && x > 5.": 'data["größe"] == 5 && x > 5.0',
    "meta.name NOT ILIKE '%bob%'": "!(meta.name LIKE '*bob*')",
    "a ≠ 1 && b≤5": "a != 1 && b<=5",
    "（a ＝＝ 1） ＆＆ b ＞ 5； ": "(a == 1) && b > 5 ",
    "a ＝ wow ∨ b ！＝ '，≠'": "a == \"wow\" || b != '，≠'",
    "a IN （'x'， 'y'）": "('x', 'y') CONTAINS a",
    "1 ≤ a ≤ 5 AND b ⩾ 2": "1 <= a && a <= 5 && b >= 2",
    # That both were there is hidden by the errors: W404 and W401.
    "a LIKE '%x' AND b == c": "a LIKE '%x' && b == c",
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
    a == 'x' is not
    =()is not
    title == War and Peace
    (a) = x
    a = (x)
    $.a == 1
    !1 < a < 5
    1 < a > 5
    a == b == c
    a =~ 'x'
    a AND b OR c
    a == 1 && Data.x == 1
    ('us') CONTAINS net
    ('us', ) CONTAINS net
    a == 1 && a == 1
    ('x', 'x', 1) CONTAINS a
    name startsWith 'a'
    a == 'O''Brien'
    a == 'x''x'
    (1 000, 5) CONTAINS a
    a div 2 == 1
    a => b
    meta.n == 1;x
    meta.n == 1;x == 2
    meta.ts > 2024-01-01
    meta.ts > 2024-01-01T12:00
    meta.t == 12:30
    meta.t > bob@example.com
    meta.ip == 10.0.0.1
    meta.v == v1.2.3
    meta.w == 5px
    meta.path == /var/log
    meta.link == http://x.y&&b == 1
    user:name == 'x'
    meta:name
    data.a.2024-01-01 == 1
    data.a.10:30 == 1
    data.a..1 == 1
    data.* IN ('a', 'b')
    data.nаme == 1
    a IN ('x', 'y') + 1
    a ILIKE '_ob%'
    a ILIKE '50\\%'
    a ILIKE b
    a NOT LIKE '%a*'
    a LIKE 5*
    a LIKE a*b
    a BETWEEN 5 AND 1
    a BETWEEN 'x' AND 'y'
    a == New York
    a == beta 2
    a == 1 // 'x'
    a == 1 # 5
    /* x */ a == 1
    a ! == b
    a == 1 & b & c == 2
    data.a .5 == 1
    region IN (us)
    a containslike 'x'
    a == 1 AND b == *x*
    a link 'x'
    a == 1,5
    a > 5%
    `a` == 1
    größe == 1
    a == 1 b == 2
    (a == 1
    a == 'x
    a ==
    a IS NOT NULL
    a IN ('x', NULL)
    a IN (True, 'x')
    a IN ('x', None)
    a = null AND b IN (x, undefined)
    a = NULL
    (nan, 1) CONTAINS a
    phone == +49301234567
    link == https://example.com/a.
    link == https://example.com/a?
    name == “a\\nb”
    a .eq. 5
    data.a. 5 == 1
    a == 1 and not
    a == 1 OR not
    and AND a == 1
    a == 'x' OR 'y'
    a LIKE 'x' AND 'y'
    a == 1 OR b == 2 && c == 3
    a ILIKE 'x' && b == 2 || c == 3
    a == 你好！
    a == hello，world
    a，b
    größe ≤ 1
""".split("\n")[1:-1]


@for_each([line.strip() for line in LEFT])
def test_left_alone(text: str) -> None:
    assert fix(text) == text


@pytest.mark.parametrize(
    "text", ["", " ", "\x00\ud83d", "(" * 200, "a" * 300_000, "'" * 99, "]" * 99]
)
def test_any_text(text: str) -> None:
    assert isinstance(fix(text), str)


def test_what_is_no_text() -> None:
    with pytest.raises(TypeError, match="a filter must be a str, not NoneType"):
        fix(None)  # type: ignore[arg-type]


#: By code, a filter that only its safe fix changes, with a message on which the verdict may change.
CHANGED_BY: dict[str, tuple[str, dict[str, Any]]] = {
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
        "such=wow", "such = 5", "((a == 1))", "!((a))", "(a)==(b.c)", "a Like 'x*'",
        "((a == 1)) && (b == 'x') && a Like 'x'", "(((a == 1) && ((b Contains 'x'))))",
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


def test_a_text_with_too_many_mistakes_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "MAX_READ", 1)
    errors = MAX_ERRORS * (edits.MIN_ROUNDS - 1)
    text = " AND ".join(f"a{number}" for number in range(errors + 1))
    assert fix(text) == text.replace("AND", "&&")
    text = " AND ".join(f"a{number}" for number in range(errors * 2))
    assert fix(text) == fix(text, unsafe=True) == text
    assert not any(found.fix and found.fix.safe for found in check(text))


# Unsafe fixes


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("such=wow", 'such == "wow"'),
        ("data.name startsWith 'a'", "data.name LIKE 'a*'"),
        ("data.x == 1 // one", "data.x == 1"),
        ("data.name LIKE '%x' AND data.y > '5'", "data.name LIKE '*x' && data.y > 5"),
        (
            "data.x == 1 || data.y == 2 && data.z == 3",
            "data.x == 1 || (data.y == 2 && data.z == 3)",
        ),
        ("data.x == 1 && data.x > 5", "data.x == 1 || data.x > 5"),
        # Infos are hints: nothing is wrong with the filter.
        ("data.x == 1 && data.x == 1", "data.x == 1 && data.x == 1"),
        # What no fix makes a filter of is left as it is.
        ("data.x startsWith 'a' && data.y ==", "data.x startsWith 'a' && data.y =="),
    ],
)
def test_unsafe_fixes_are_applied_when_asked_for(text: str, fixed: str) -> None:
    assert fix(text, unsafe=True) == fixed


def test_the_safe_fixes_are_left_where_the_others_lead_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = findings.findings

    def with_a_bad_fix(text: str) -> tuple[Diagnostic, ...]:
        end = Span(len(text), len(text))
        bad = Diagnostic("W999", "", end, fix=Fix((Edit(end, " &&"),), safe=False))
        return (*real(text), bad)

    monkeypatch.setattr(fix_module, "findings", with_a_bad_fix)
    assert fix("such=wow", unsafe=True) == 'such == "wow"'


# What is called safe


#: A fix that is called safe where it is made, and what is wrong with it.
BROKEN_PROMISES = {
    "a string is lost": ("a == 'x'", (5, 8), "'y'"),
    "a number is lost": ("a == 5", (5, 6), "'5'"),
    "a step is lost": ("data.a.b == 5", (6, 8), ""),
    "a step is new": ("data.a == 5", (6, 6), ".b"),
    "a word is new": ("data.a == 5", (11, 11), " && c"),
    "a path is new": ("data.a.b == 5", (0, 0), "data.a == 5 && "),
    "quotes round a sign": ("a == 5", (5, 6), "'5;'"),
    "no filter": ("a == 5", (2, 6), ""),
    "a warning": ("a == 5", (2, 4), "== true &&"),
}


@pytest.mark.parametrize(("text", "span", "written"), BROKEN_PROMISES.values(), ids=BROKEN_PROMISES)
def test_a_fix_is_called_safe_only_if_it_keeps_the_promise(
    monkeypatch: pytest.MonkeyPatch, text: str, span: tuple[int, int], written: str
) -> None:
    real = findings.findings
    wrong = Diagnostic("W999", "", Span(*span), fix=Fix((Edit(Span(*span), written),)))

    def with_a_wrong_fix(other: str, **options: Any) -> tuple[Diagnostic, ...]:
        return (wrong,) if other == text else real(other, **options)

    monkeypatch.setattr(fix_module, "findings", with_a_wrong_fix)
    monkeypatch.setattr(check_module, "findings", with_a_wrong_fix)
    assert fix(text) == text
    (found,) = check(text)
    assert found.fix == Fix(wrong.fix.edits, safe=False)  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["a == b.c AND d == 1", "data.x == 1;"])
def test_only_check_calls_a_fix_safe(text: str) -> None:
    assert all(found.fix and found.fix.safe for found in check(text))
    with pytest.raises(FilterSyntaxError) as raised:
        compile(text)
    assert not any(found.fix and found.fix.safe for found in raised.value.diagnostics)


def test_options_of_check_change_nothing_about_what_is_safe() -> None:
    text = "Data.x == 1 AND meta.such == 2"
    several: list[dict[str, Any]] = [
        {"known_fields": iter(["such"])},
        {"schema": {}},
        {"encrypted": True},
    ]
    for options in several:
        assert [found.fix and found.fix.safe for found in check(text, **options)] == [True]
