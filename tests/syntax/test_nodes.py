"""Nodes: what makes two of them equal, and how the readers go through them."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from pnfilter import Path, Span, parse
from pnfilter.diagnostics import NOWHERE
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
    children,
    dashed_name,
    is_bare_name,
    is_condition,
    outer_span,
    to_dict,
    walk,
)

EQUAL = [
    ("a == 1", "meta.a==1"),
    ("a.b == 1", "meta['a'][\"b\"] == 1"),
    ("data['x'] == 'y'", 'data.x == "y"'),
    ("'it\\'s' == a", '"it\'s" == a'),
    ('a == "x\\y"', 'a == "x\\\\y"'),
    ("((a)) == (1)", "a == 1"),
    ("a && (b && c)", "a && b && c"),
    ("a like 'x'", "a LIKE 'x'"),
    ("data[7] == 1", "data[007] == 1"),
]
DIFFERENT = [
    ("a == 1", "a == 1.0"),
    ("a == 1", "a == 01"),
    ("a == 1", "a == '1'"),
    ("a == 1", "1 == a"),
    ("a == 1", "a = 1"),
    ("a = x", "a = 'x'"),
    ("a == x", "a == 'x'"),
    ("a == 'x*'", "a == 'x\\*'"),
    ("data.a", "meta.a"),
    ("data.a", "data['A']"),
    ("data[0]", "data['0']"),
    ("data", "meta.data"),
    ("a == true", "a == false"),
    ("a == null", "a == 'null'"),
    ("a && b", "a || b"),
    ("a && b", "b && a"),
    ("a + b == 1", "a - b == 1"),
    ("-1 == a", "~1 == a"),
    ("(1, 2) CONTAINS a", "(2, 1) CONTAINS a"),
    ("!a", "!!a"),
    ("a || b && c", "(a || b) && c"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal(one: str, other: str) -> None:
    assert parse(one) == parse(other)
    assert hash(parse(one)) == hash(parse(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one: str, other: str) -> None:
    assert parse(one) != parse(other)


SAMPLE = "!(data.a[0] + 1 >= -2) && (meta.b LIKE 'x*' || ('y', 3) CONTAINS c || d == true && null)"


def test_walk_goes_from_parents_to_children_in_the_order_of_the_text() -> None:
    nodes = walk(parse(SAMPLE))
    assert [type(node).__name__ for node in nodes] == [
        "And", "Not", "Comparison", "Arithmetic", "Path", "Number", "Unary", "Number",
        "Or", "Comparison", "Path", "String", "Comparison", "SetLiteral", "String", "Number", "Path",
        "And", "Comparison", "Path", "Boolean", "Null",
    ]  # fmt: skip
    leaves = [node.span for node in nodes if not children(node)]
    assert leaves == sorted(leaves)


def test_conditions_and_operands() -> None:
    conditions = {type(node) for node in walk(parse(SAMPLE)) if is_condition(node)}
    assert conditions == {And, Or, Not, Comparison}


def test_outer_span() -> None:
    expression = parse(" ((a))")
    assert expression.span == (3, 4)
    assert outer_span(expression) == (1, 6)
    assert outer_span(parse(" a")) == (1, 2)


def test_nodes_do_not_change() -> None:
    node = parse("a == 1")
    with pytest.raises(FrozenInstanceError):
        node.span = Span(0, 0)  # type: ignore[misc]
    assert not hasattr(node, "__dict__")


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))]
)
def test_copies(copied: Any) -> None:
    expression = parse(SAMPLE)
    other = copied(expression)
    assert other == expression
    assert [node.span for node in walk(other)] == [node.span for node in walk(expression)]
    assert str(other) == str(expression)


def test_a_built_tree_stands_nowhere() -> None:
    path = Path("data", ("a", 0))
    assert path.span == NOWHERE
    assert path.parens == ()
    assert str(path) == "data.a[0]"
    assert path == parse("data.a[0]")


def test_repr_has_what_makes_a_node() -> None:
    assert repr(parse("a = x")) == (
        "Comparison(operator='=', left=Path(root='meta', keys=('a',)), "
        "right=String(raw='x', bare=True))"
    )
    assert repr(parse("-1.50 == true")) == (
        "Comparison(operator='==', left=Unary(operator='-', "
        "operand=Number(spelling='1.50', value=1.5)), right=Boolean(value=True))"
    )


def test_the_tree_as_json() -> None:
    tree = to_dict(parse("!(data.a[0] + -1 >= 2) && ('x', 3) LIKE 'y*' || b = true || null"))
    assert json.loads(json.dumps(tree)) == tree
    conjunction, shorthand, null = tree["operands"]
    negated, like = conjunction["operands"]
    assert tree["type"] == "Or"
    assert tree["span"] == {"start": 0, "end": 64}
    assert negated["operand"] == {
        "type": "Comparison",
        "operator": ">=",
        "left": {
            "type": "Arithmetic",
            "operator": "+",
            "left": {
                "type": "Path",
                "root": "data",
                "keys": ["a", 0],
                "span": {"start": 2, "end": 11},
            },
            "right": {
                "type": "Unary",
                "operator": "-",
                "operand": {"type": "Number", "spelling": "1", "span": {"start": 15, "end": 16}},
                "span": {"start": 14, "end": 16},
            },
            "span": {"start": 2, "end": 16},
        },
        "right": {"type": "Number", "spelling": "2", "span": {"start": 20, "end": 21}},
        "span": {"start": 2, "end": 21},
    }
    assert like["left"]["elements"][0] == {
        "type": "String",
        "raw": "x",
        "bare": False,
        "span": {"start": 27, "end": 30},
    }
    assert shorthand["right"] == {
        "type": "Boolean",
        "value": True,
        "span": {"start": 52, "end": 56},
    }
    assert null == {"type": "Null", "span": {"start": 60, "end": 64}}


NAMES_WITH_DASHES = {
    "user-1": "user 1",
    "user-a-1": "user a 1",
    "data.user-id": "data.user id",
    "meta.a.b-c.d": "meta.a.b c.d",
    "2024-01-31": "2024 01 31",
    "(user-1)": "user 1",
}


@pytest.mark.parametrize("text", NAMES_WITH_DASHES)
def test_a_subtraction_that_looks_like_a_name(text: str) -> None:
    comparison = parse(f"{text} == x")
    assert isinstance(comparison, Comparison)
    assert dashed_name(comparison) == []
    assert " ".join(map(str, dashed_name(comparison.left))) == NAMES_WITH_DASHES[text]


@pytest.mark.parametrize(
    "text",
    [
        "user - 1", "user -1", "user- 1", "(user)-1", "user-(1)", "5-user", "5-3", "user+1",
        "user-'x'", "user-data.x", "user--1", "data-1", "data['k k']-1", "user-1*2", "1-2-x", "user",
    ],
)  # fmt: skip
def test_a_subtraction_that_is_one(text: str) -> None:
    comparison = parse(f"{text} == x")
    assert isinstance(comparison, Comparison)
    assert dashed_name(comparison.left) == []


def test_a_built_subtraction_is_one() -> None:
    node = Arithmetic("-", Path("meta", ("a",)), Number("1", 1))
    assert dashed_name(node) == []


def test_bare_names() -> None:
    nodes: dict[str, Expression] = {
        text: parse(text) for text in ("a", "(a)", "a.b", "meta.a", "data", "5")
    }
    assert [text for text, node in nodes.items() if is_bare_name(node)] == ["a", "(a)"]


@pytest.mark.parametrize("node", [Null(), Boolean(True), SetLiteral(()), Unary("-", Null())])
def test_readers_know_every_node(node: Expression) -> None:
    assert walk(node)[0] is node
    assert to_dict(node)["type"] == type(node).__name__


def test_a_text_says_how_it_was_written() -> None:
    assert str(String('a\\\\b"*')) == '"a\\\\b\\"*"'
