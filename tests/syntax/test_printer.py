"""The canonical text of a tree: one form, the same tree, the same meaning, the same doubts."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import FilterSyntaxError, Path, check, compile, format, parse
from pnfilter.strategies import filters, messages
from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Or,
    SetLiteral,
    String,
    Unary,
    print_expression,
    quote,
)
from tests.cases import for_each
from tests.examples import examples

FORMATS = {
    # Blanks
    "a==1": "a == 1",
    "  a\t==\r\n1 ": "a == 1",
    "a==1&&b!='x'||!c": 'a == 1 && b != "x" || !c',
    "!  a": "!a",
    "! ! a": "!!a",
    "a<b": "a < b",
    "- 5 == - - a": "-5 == --a",
    "a . b [ 0 ] [ 'c' ]": 'a.b[0]["c"]',
    "a+b*c%d/e-f": "a + b * c % d / e - f",
    "(1,-2,'x')contains a": '(1, -2, "x") CONTAINS a',
    "meta.userId%10 == 0": "meta.userId % 10 == 0",
    # Keywords and quotes
    "a like 'x'": 'a LIKE "x"',
    "a cOntainS 'x'": 'a CONTAINS "x"',
    "a == 'it\\'s'": 'a == "it\'s"',
    "a == 'say \"x\"'": "a == 'say \"x\"'",
    'a == "say \\"x\\""': 'a == "say \\"x\\""',
    "a == 'x\\y'": "a == 'x\\y'",
    "a == 'x\\\\'": "a == 'x\\\\'",
    "a LIKE '\\*'": "a LIKE '\\*'",
    "a['it\\'s']": 'a["it\'s"]',
    "a['say \"x\"']": "a['say \"x\"']",
    # Literals and paths as they were written
    "a == 1.50": "a == 1.50",
    "a[007] == 007": "a[007] == 007",
    "a == 1E+3": "a == 1E+3",
    "region": "region",
    "meta.region": "meta.region",
    "meta['region']": 'meta["region"]',
    "data.a['b'].c": 'data.a["b"].c',
    "such=wow": "such = wow",
    "such='wow'": 'such = "wow"',
    "a == true && b == null": "a == true && b == null",
    # Brackets that mean nothing
    "(a == 1)": "a == 1",
    "((a) == (1))": "a == 1",
    "(a == 1) && ((b == 2))": "a == 1 && b == 2",
    "a && (b && c)": "a && b && c",
    "(a || b) || c": "a || b || c",
    "!(a)": "!a",
    "!((a))": "!a",
    "(a + b) - c == 1": "a + b - c == 1",
    "(a * b) / c == 1": "a * b / c == 1",
    "(a + 1) > (b - 1)": "a + 1 > b - 1",
    "-(5) == ~(a)": "-5 == ~a",
    "(data.a) CONTAINS ('x')": 'data.a CONTAINS "x"',
    "a > (b)": "a > b",
    "('x') == a": '"x" == a',
    # Brackets that the grammar needs
    "(a || b) && c": "(a || b) && c",
    "!(a && b)": "!(a && b)",
    "!(a || b)": "!(a || b)",
    "a - (b - c) == 1": "a - (b - c) == 1",
    "a / (b * c) == 1": "a / (b * c) == 1",
    "(a + b) * c == 1": "(a + b) * c == 1",
    "-(a + b) == 1": "-(a + b) == 1",
    "~(a * b) == 1": "~(a * b) == 1",
    "a & (b | c) > 1": "a & (b | c) > 1",
    # Brackets that settle what nobody has shown: kept where written, never added
    "a || (b && c)": "a || (b && c)",
    "a || b && c": "a || b && c",
    "((a && b)) || c": "(a && b) || c",
    "!(a == 1)": "!(a == 1)",
    "!a == 1": "!a == 1",
    "!((a == 1))": "!(a == 1)",
    "!(a + 1)": "!(a + 1)",
    "!a + 1": "!a + 1",
    "(a & 4) == 4": "(a & 4) == 4",
    "a & 4 == 4": "a & 4 == 4",
    "4 == (a | b)": "4 == (a | b)",
    "(a + 1) & 3 > 1": "(a + 1) & 3 > 1",
    "a + 1 & 3 > 1": "a + 1 & 3 > 1",
    "(a & b) | c": "(a & b) | c",
    "a & b | c": "a & b | c",
    "(a & b) & c": "a & b & c",
    "(a * b) + c == 1": "(a * b) + c == 1",
    "a * b + c == 1": "a * b + c == 1",
    "a + (b * c) == 1": "a + (b * c) == 1",
    # What gives a mistake away
    "('us') contains a": '("us") CONTAINS a',
    "((5)) contains a": "(5) CONTAINS a",
    "'us' contains a": '"us" CONTAINS a',
    "a == (b)": "a == (b)",
    "a LIKE ((b))": "a LIKE (b)",
    "a == (b.c)": "a == b.c",
    "a == (meta.b)": "a == meta.b",
    "userId != user-1": "userId != user-1",
    "userId != user - 1": "userId != user - 1",
    "user-a-1==5": "user-a-1 == 5",
    "a == 2024-01-31": "a == 2024-01-31",
    "a == 5-3": "a == 5 - 3",
    "data.a-data.b == 1": "data.a - data.b == 1",
}


@for_each(FORMATS)
def test_format(text: str) -> None:
    assert format(text) == FORMATS[text]
    assert parse(FORMATS[text]) == parse(text)
    assert format(FORMATS[text]) == FORMATS[text]


def doubts(text: str) -> list[str]:
    """The codes of all warnings but that of keywords in mixed case, which formatting mends."""
    return sorted(
        found.code for found in check(text) if found.code[0] == "W" and found.code != "W410"
    )


@for_each(FORMATS)
def test_formatting_neither_makes_nor_hides_a_warning(text: str) -> None:
    assert doubts(FORMATS[text]) == doubts(text)


@examples(1.5)
@given(filters(), st.data())
def test_formatting_changes_no_verdict(text: str, data: Any) -> None:
    message = data.draw(messages())
    assert compile(format(text)).evaluate(message) is compile(text).evaluate(message)
    assert doubts(format(text)) == doubts(text)


def test_format_of_no_filter() -> None:
    with pytest.raises(FilterSyntaxError, match=r"error\[E202\]"):
        format("a AND b")
    with pytest.raises(TypeError, match="a filter must be a str, not NoneType"):
        format(None)  # type: ignore[arg-type]


# Trees that were built, not parsed: all brackets of which a reader could be in doubt

A, B, C = (Path("meta", (name,)) for name in "abc")
ONE = Number("1", 1)
IS_ONE = Comparison("==", A, ONE)
BUILT: dict[str, Expression] = {
    "meta": Path("meta", ()),
    "data.a[0]": Path("data", ("a", 0)),
    'data["k k"]["0"]["ü"][""]': Path("data", ("k k", "0", "ü", "")),
    'data["a\\"b\\\\c"]': Path("data", ('a"b\\c',)),
    "data.like.true": Path("data", ("like", "true")),
    '"x"': String("x"),
    '"a\\\\b\\"c\\*"': String('a\\\\b"c\\*'),
    "meta.a = wow": Comparison("=", A, String("wow", bare=True)),
    "true": Boolean(True),
    "false": Boolean(False),
    "null": Null(),
    "(1, -1)": SetLiteral((ONE, Unary("-", ONE))),
    "--1": Unary("-", Unary("-", ONE)),
    "-(meta.a + 1)": Unary("-", Arithmetic("+", A, ONE)),
    "meta.a - meta.b - 1": Arithmetic("-", Arithmetic("-", A, B), ONE),
    "meta.a - (meta.b - 1)": Arithmetic("-", A, Arithmetic("-", B, ONE)),
    "(meta.a * meta.b) + 1": Arithmetic("+", Arithmetic("*", A, B), ONE),
    "(meta.a + meta.b) * 1": Arithmetic("*", Arithmetic("+", A, B), ONE),
    "(meta.a & meta.b) | 1": Arithmetic("|", Arithmetic("&", A, B), ONE),
    "(meta.a & 1) == 1": Comparison("==", Arithmetic("&", A, ONE), ONE),
    "meta.a + 1 == 1": Comparison("==", Arithmetic("+", A, ONE), ONE),
    "!meta.a": Not(A),
    "!!meta.a": Not(Not(A)),
    "!(meta.a == 1)": Not(IS_ONE),
    "!(meta.a + 1)": Not(Arithmetic("+", A, ONE)),
    "!(meta.a && meta.b)": Not(And((A, B))),
    "meta.a || (meta.b && meta.c)": Or((A, And((B, C)))),
    "(meta.a || meta.b) && meta.c": And((Or((A, B)), C)),
    "meta.a == 1 && !meta.b": And((IS_ONE, Not(B))),
    '"x" CONTAINS meta.a': Comparison("CONTAINS", String("x"), A),
}  # fmt: skip


@pytest.mark.parametrize("text", BUILT)
def test_a_built_tree(text: str) -> None:
    assert print_expression(BUILT[text]) == text
    assert str(BUILT[text]) == text


@pytest.mark.parametrize("text", [text for text in BUILT if text != "(1, -1)"])
def test_a_built_tree_is_read_again(text: str) -> None:
    assert parse(text) == BUILT[text]


@pytest.mark.parametrize("text", [text for text in BUILT if text != "(1, -1)"])
def test_a_built_tree_raises_no_doubt_about_brackets(text: str) -> None:
    assert not {"W451", "W452", "W453"} & set(doubts(text))


@pytest.mark.parametrize(("outer", "inner"), [*product("|^&+-*/%", repeat=2)])
def test_operators_in_each_other(outer: Any, inner: Any) -> None:
    for tree in (
        Arithmetic(outer, Arithmetic(inner, A, B), C),
        Arithmetic(outer, A, Arithmetic(inner, B, C)),
        Comparison("==", Arithmetic(outer, A, Arithmetic(inner, B, C)), C),
        Unary("~", Arithmetic(outer, Unary("-", A), Arithmetic(inner, B, C))),
    ):
        assert parse(str(tree)) == tree
        assert format(str(tree)) == str(tree)


@pytest.mark.parametrize(
    "value", ["", "x", 'say "x"', "it's", "a\\b", "\\", '\\"', "*", "\\*", "ü😀"]
)
def test_a_quoted_text_has_its_value(value: str) -> None:
    assert compile(f"meta.x == {quote(value)}").matches({"meta": {"x": value}}, undecided="drop")


def test_what_is_no_node() -> None:
    with pytest.raises((AssertionError, ValueError), match="Expression"):
        print_expression(Expression())
