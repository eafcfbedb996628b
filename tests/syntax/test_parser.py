"""Trees.

What binds to what, where each node stands, and how a text that is no filter is refused.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from pnfilter import Expression, FilterSyntaxError, Path, Span, parse
from pnfilter.diagnostics import Diagnostic
from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Not,
    Null,
    Number,
    Or,
    SetLiteral,
    String,
    Unary,
    walk,
)
from pnfilter.syntax.parser import read
from tests.cases import for_each


def shape(node: Expression) -> str:
    """The tree in brackets, with every operator in front."""
    match node:
        case String(raw, _, bare):
            return f"bare:{raw}" if bare else f"'{raw}'"
        case Number(spelling):
            return spelling
        case Boolean(value):
            return str(value).lower()
        case Null():
            return "null"
        case Path(root, keys):
            return root + "".join(f".{key}" if isinstance(key, str) else f"[{key}]" for key in keys)
        case SetLiteral(elements):
            return f"{{{' '.join(map(shape, elements))}}}"
        case Unary(operator, operand):
            return f"({operator} {shape(operand)})"
        case Arithmetic(operator, left, right) | Comparison(operator, left, right):
            return f"({operator} {shape(left)} {shape(right)})"
        case Not(operand):
            return f"(! {shape(operand)})"
        case And(operands):
            return f"(&& {' '.join(map(shape, operands))})"
        case Or(operands):
            return f"(|| {' '.join(map(shape, operands))})"
        case _:
            raise AssertionError(node)


SHAPES = {
    # Atoms
    "a": "meta.a",
    "data": "data",
    "meta": "meta",
    "data.a": "data.a",
    "Data.a": "meta.Data.a",
    "meta.meta": "meta.meta",
    "a.b[0]['c d'].e": "meta.a.b[0].c d.e",
    "a.like.contains.true.null": "meta.a.like.contains.true.null",
    'data["x\\"y"]': 'data.x"y',
    'data["a\\\\b"]': "data.a\\b",
    'data["a\\*b"]': "data.a\\*b",
    "data[007]": "data[7]",
    "5": "5",
    "007": "007",
    "1.50": "1.50",
    "'it\\'s'": "'it's'",
    '"it\\\'s"': "'it\\\\'s'",
    "'a\\*b\\\\c'": "'a\\*b\\\\c'",
    "'a\\nb'": "'a\\\\nb'",
    "true": "true",
    "null": "null",
    # Comparisons
    "a == 1": "(== meta.a 1)",
    "'x' like a": "(LIKE 'x' meta.a)",
    "a Contains b": "(CONTAINS meta.a meta.b)",
    "('x', -5, 6) contains a": "(CONTAINS {'x' (- 5) 6} meta.a)",
    "('x', 'y') LIKE 'x*'": "(LIKE {'x' 'y'} 'x*')",
    "such=wow": "(= meta.such bare:wow)",
    "such = 'wow'": "(= meta.such 'wow')",
    "data.such = data": "(= data.such bare:data)",
    "a = 5": "(= meta.a 5)",
    "a = null": "(= meta.a null)",
    # Arithmetic, from the tightest
    "-a * b": "(* (- meta.a) meta.b)",
    "~-a + b": "(+ (~ (- meta.a)) meta.b)",
    "a * b + c": "(+ (* meta.a meta.b) meta.c)",
    "a + b * c": "(+ meta.a (* meta.b meta.c))",
    "a - b - c": "(- (- meta.a meta.b) meta.c)",
    "a / b % c * d": "(* (% (/ meta.a meta.b) meta.c) meta.d)",
    "a - (b - c)": "(- meta.a (- meta.b meta.c))",
    "a + b & c": "(& (+ meta.a meta.b) meta.c)",
    "a & b ^ c": "(^ (& meta.a meta.b) meta.c)",
    "a ^ b | c": "(| (^ meta.a meta.b) meta.c)",
    "a | b ^ c & d + e * f": "(| meta.a (^ meta.b (& meta.c (+ meta.d (* meta.e meta.f)))))",
    "a - -1": "(- meta.a (- 1))",
    "a & 4 == 4": "(== (& meta.a 4) 4)",
    "1 + 2 == a": "(== (+ 1 2) meta.a)",
    # Conditions
    "!a == 1": "(! (== meta.a 1))",
    "!a": "(! meta.a)",
    "!!a": "(! (! meta.a))",
    "!a + 1": "(! (+ meta.a 1))",
    "!a && b": "(&& (! meta.a) meta.b)",
    "!(a && b)": "(! (&& meta.a meta.b))",
    "a && b && c": "(&& meta.a meta.b meta.c)",
    "a && (b && c)": "(&& meta.a meta.b meta.c)",
    "(a && b) && c": "(&& meta.a meta.b meta.c)",
    "a || (b || c) || d": "(|| meta.a meta.b meta.c meta.d)",
    "a || b && c": "(|| meta.a (&& meta.b meta.c))",
    "a && b || c && d": "(|| (&& meta.a meta.b) (&& meta.c meta.d))",
    "(a || b) && c": "(&& (|| meta.a meta.b) meta.c)",
    "a == 1 && b == 2 || !c": "(|| (&& (== meta.a 1) (== meta.b 2)) (! meta.c))",
    "((a))": "meta.a",
    "(a == 1) && ((b))": "(&& (== meta.a 1) meta.b)",
}


@for_each(SHAPES)
def test_shape(text: str) -> None:
    assert shape(parse(text)) == SHAPES[text]


@for_each(SHAPES)
def test_spans(text: str) -> None:
    """Every node's text parses to that node, and lies in its parent's."""
    expression = parse(text)
    for node in walk(expression):
        start, end = node.span
        assert 0 <= start < end <= len(text)
        if isinstance(node, String) and node.bare:
            assert text[start:end] == node.raw
        elif not isinstance(node, SetLiteral):
            assert parse(text[start:end]) == node
        for paren in node.parens:
            assert paren.start < start
            assert end < paren.end
            assert text[paren.start] + text[paren.end - 1] == "()"


def test_brackets_are_kept_inner_first() -> None:
    expression = parse("( (a) == ((1)) )")
    assert isinstance(expression, Comparison)
    assert expression.span == (2, 14)
    assert expression.parens == (Span(0, 16),)
    assert expression.operator_span == (6, 8)
    assert expression.right.span == (11, 12)
    assert expression.right.parens == (Span(10, 13), Span(9, 14))


@pytest.mark.parametrize(
    "text", ["a==1", " a  ==\t1 ", "\r\na ==\n1", "a == 1\n\n", "(a == 1)", "((a)==(1))"]
)
def test_blanks_and_brackets_mean_nothing(text: str) -> None:
    assert parse(text) == parse("a == 1")


def test_literals_keep_their_spelling() -> None:
    expression = parse("(1.50, 'it\\'s') CONTAINS data . x ['y']")
    number, text = walk(expression)[2:4]
    assert isinstance(number, Number)
    assert (number.spelling, number.value) == ("1.50", 1.5)
    assert isinstance(text, String)
    assert (text.spelling, text.raw) == ("'it\\'s'", "it's")
    path = walk(expression)[4]
    assert isinstance(path, Path)
    assert (path.prefix, path.spelling) == ("data", 'data.x["y"]')


@pytest.mark.parametrize("value", [None, 5, b"a == 1", ["a"], parse("a == 1")])
def test_what_is_no_text(value: Any) -> None:
    with pytest.raises(TypeError, match=r"a filter must be a str, not [a-zA-Z]+$"):
        parse(value)


# Errors


def test_the_error_has_the_text_and_all_diagnostics() -> None:
    with pytest.raises(FilterSyntaxError) as caught:
        parse("a AND b == “x”")
    error = caught.value
    assert isinstance(error, ValueError)
    assert error.text == "a AND b == “x”"
    assert [found.code for found in error.diagnostics] == ["E202", "E105"]
    assert all(isinstance(found, Diagnostic) for found in error.diagnostics)
    assert (
        str(error)
        == """\
error[E202]: `AND` is not a valid operator
  |
1 | a AND b == “x”
  |   ^^^
  = help: write `&&`

error[E105]: “x” has quotes that don't delimit a string
  |
1 | a AND b == “x”
  |            ^^^
  = help: write "x\""""
    )


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_the_error_can_be_copied(copied: Any) -> None:
    with pytest.raises(FilterSyntaxError) as caught:
        parse("a AND b")
    error = copied(caught.value)
    assert isinstance(error, FilterSyntaxError)
    assert error.text == "a AND b"
    assert error.diagnostics == caught.value.diagnostics
    assert str(error) == str(caught.value)


def test_errors_stand_in_the_order_of_the_text() -> None:
    parsed = read("(a && b) + 1 == ${x} AND ('a', b) LIKE 'c' OR data.* == 'x'")
    assert parsed.expression is None
    assert [error.code for error in parsed.errors] == [
        "E304", "E111", "E202", "E303", "E202", "E209",
    ]  # fmt: skip
    assert list(parsed.errors) == sorted(parsed.errors, key=lambda error: error.span)


def test_half_of_a_surrogate_pair_stands_in_the_order_of_the_text() -> None:
    errors = read("a == '\ud800' && (b == 1) LIKE 'x'").errors
    assert [error.code for error in errors] == ["E110", "E304"]


def test_after_a_text_that_never_ends_nothing_is_certain() -> None:
    parsed = read("(a && b) + 1 == 5 AND (c == 'x)")
    assert [error.code for error in parsed.errors] == ["E202", "E104"]


def test_a_filter_has_no_errors() -> None:
    parsed = read("a == 1")
    assert parsed.expression == parse("a == 1")
    assert parsed.errors == ()
