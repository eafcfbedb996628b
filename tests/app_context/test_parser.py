"""The parser of App Context's filters: equal to its grammar, bounded, and clear about mistakes."""

from __future__ import annotations

import random
from functools import cache
from itertools import chain
from typing import Any

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from pnfilter import FilterSyntaxError
from pnfilter.app_context import MAX_LENGTH, MAX_NESTING, parse
from pnfilter.app_context.parser import _unquoted, read
from pnfilter.diagnostics import apply_edits
from pnfilter.syntax.grammar import reference_parser
from pnfilter.syntax.nodes import (
    And,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Or,
    Path,
    String,
)
from tests.examples import share

TEXTS = share(6000)
FRAGMENTS = (
    *"name custom updated $x é_1 ('name') ['a'] [\"b\"] [ ] . .custom .like ['a b'].x".split(" "),
    *"== != < > <= >= LIKE like CONTAINS Contains && || ! ( ) && ||".split(),
    *"'a*' \"x\" '' 'it\\'s' 1 -2 2.5e3 -0.5 true FALSE null Null".split(),
    *"= === & | - + , ; # { } 1. .5 5a true1 like$ “x” ' \" \\ \x00 \u00a0 ٣ 🦉".split(" "),
    *["name == 'a'", "custom.n >= 1", "uuid.name LIKE '*a'", "\n", "\t"],
)


@cache
def reference() -> Lark:
    return reference_parser("app-context")


def by_grammar(text: str) -> Any:
    """The tree that Lark's parser makes by the grammar; None where there is none."""
    try:
        return built(reference().parse(text))
    except (UnexpectedCharacters, UnexpectedToken):
        return None


def built(node: Tree[Token] | Token) -> Any:
    if isinstance(node, Token):
        return node
    parts = [built(child) for child in node.children]
    match node.data, parts:
        case (("start" | "close_or" | "close_and"), [one]):
            if not isinstance(one, list):
                return one
            kind = Or if node.data == "close_or" else And
            flat = [part.operands if isinstance(part, kind) else (part,) for part in one]
            return kind(tuple(chain.from_iterable(flat)))
        case (("open_or" | "open_and"), [left, _, right]):
            return [left, right]
        case "extend", [before, _, last]:
            return [*before, last]
        case "negate", [_, operand]:
            return Not(operand)
        case "bracket", [_, inner, _]:
            return inner
        case (("compare" | "match"), [path, sign, value]):
            literal = String(_unquoted(value)) if isinstance(value, Token) else value
            return Comparison(sign.upper(), Path("object", path), literal)
        case "text", [token]:
            return String(_unquoted(token))
        case "number", [token]:
            return Number(str(token), float(token))
        case "boolean", [token]:
            return Boolean(token.upper() == "TRUE")
        case "null", _:
            return Null()
        case "open_path", [token]:
            return (str(token),)
        case "open_text_path", [_, token, _]:
            return (_unquoted(token),)
        case "name_step", [path, _, token]:
            return (*path, str(token))
        case "text_step", [path, _, token, _]:
            return (*path, _unquoted(token))
    raise AssertionError(node.data)


def thrown_together(seeded: random.Random) -> str:
    pieces = seeded.choices(FRAGMENTS, k=seeded.randrange(1, 9))
    return seeded.choice(("", " ")).join(pieces)


def derived(seeded: random.Random, depth: int = 0) -> str:
    roll = seeded.random()
    if depth < 4 and roll < 0.4:
        sign = seeded.choice(("&&", "||", " && ", "||"))
        return sign.join(derived(seeded, depth + 1) for _ in range(seeded.randrange(2, 4)))
    if depth < 5 and roll < 0.6:
        return seeded.choice(("({})", "!({})", "!{}", "( {} )")).format(derived(seeded, depth + 1))
    path = seeded.choice(("name", "custom.x", "uuid['a b'].c", "['id']", "custom.null", "LIKE"))
    sign = seeded.choice("== != < > <= >= LIKE like".split())
    value = seeded.choice(("'a'", '"*b\\""', "'\\u00e9\\*'", "-1.5e-3", "12", "True", "null"))
    return f"{path} {sign} {value}"


def damaged(seeded: random.Random) -> str:
    text = derived(seeded)
    place = seeded.randrange(len(text) + 1)
    cut = place + seeded.randrange(3)
    return text[:place] + seeded.choice(("", *FRAGMENTS)) + text[cut:]


def test_the_parser_and_the_grammar_read_alike() -> None:
    seeded = random.Random(20)
    valid = 0
    for make in (thrown_together, derived, damaged):
        for _ in range(TEXTS):
            text = make(seeded)
            parsed = read(text)
            assert parsed.expression == by_grammar(text), text
            assert (parsed.expression is None) == bool(parsed.errors), text
            valid += parsed.expression is not None
            for error in parsed.errors:
                assert 0 <= error.span.start <= error.span.end <= len(text), text
            if parsed.expression is not None:
                printed = str(parsed.expression)
                assert parse(printed) == parsed.expression, text
                assert str(parse(printed)) == printed
    assert valid > TEXTS / 3


def test_the_tree_has_the_nodes_of_stream_filters() -> None:
    text = "name LIKE 'a*' && !(custom['a b'] >= -1 || status == null)"
    tree = parse(text)
    assert tree == And(
        (
            Comparison("LIKE", Path("object", ("name",)), String("a*")),
            Not(
                Or(
                    (
                        Comparison(">=", Path("object", ("custom", "a b")), Number("-1", -1)),
                        Comparison("==", Path("object", ("status",)), Null()),
                    )
                )
            ),
        )
    )
    assert isinstance(tree, And)
    assert [text[slice(*node.span)] for node in tree.operands] == [
        "name LIKE 'a*'",
        "!(custom['a b'] >= -1 || status == null)",
    ]
    assert str(tree) == "name LIKE \"a*\" && !(custom['a b'] >= -1 || status == null)"


@pytest.mark.parametrize(
    ("text", "code", "marked", "fixed"),
    [
        ("", "E101", "", None),
        (" \n", "E101", "", None),
        ("name = 'a'", "E305", "=", "name == 'a'"),
        ("name === 'a'", "E205", "=", "name == 'a'"),
        ("name !== 'a'", "E205", "=", "name != 'a'"),
        ("name <> 'a'", "E205", "<>", "name != 'a'"),
        ("name eq 'a'", "E205", "eq", "name == 'a'"),
        ("name == 'a' AND id == 'b'", "E202", "AND", "name == 'a' && id == 'b'"),
        ("(name == 'a' or id == 'b')", "E202", "or", "(name == 'a' || id == 'b')"),
        ("name == 'a' & id == 'b'", "E211", "&", "name == 'a' && id == 'b'"),
        ("not name == 'a'", "E202", "not", "! name == 'a'"),
        ("name NOT LIKE 'a*'", "E206", "NOT", None),
        ("email IS NULL", "E204", "IS", None),
        ("status IN ('a', 'b')", "E203", "IN", None),
        ("name STARTSWITH 'a'", "E205", "STARTSWITH", None),
        ("name lik 'a'", "E214", "lik", "name LIKE 'a'"),
        ("contains(name, 'a')", "E216", "(", None),
        ("name", "E213", "", None),
        ("name ==", "E212", "", None),
        ("name == 'a' &&", "E212", "", None),
        ("status == active", "E208", "active", 'status == "active"'),
        ("name LIKE a", "E207", "a", 'name LIKE "a"'),
        ("name LIKE 5", "E207", "5", 'name LIKE "5"'),
        ("name == uuid.name", "E208", "uuid", None),
        ("'a' == name", "E219", "'a'", None),
        ("(name == 'a'", "E201", "", None),
        ("name == 'a')", "E201", ")", None),
        ("custom['a' == 1", "E201", "==", None),
        ("custom[tier] == 1", "E215", "tier", 'custom["tier"] == 1'),
        ("custom. == 1", "E215", "==", None),
        ("1 < custom.n < 3", "E219", "1", None),
        ("custom.n > 1 < 3", "E210", "<", None),
        ("name == 'a", "E104", "'a", None),
        ("name == “a”", "E105", "“a”", 'name == "a"'),
        ("name == {name}", "E111", "{", None),
        ("custom.n + 1 == 2", "E205", "+", None),
        ("name == 'a' id == 'b'", "E219", "id", None),
        ("name == #", "E108", "#", None),
        ("name == '\ud800'", "E110", "\ud800", None),
        ("!" * MAX_NESTING + "id == 'a'", "E103", "id", None),
        ("id == 'a'".ljust(MAX_LENGTH + 1), "E102", " ", None),
    ],
)
def test_mistakes(text: str, code: str, marked: str, fixed: str | None) -> None:
    (error,) = read(text).errors
    assert (error.code, text[slice(*error.span)]) == (code, marked)
    assert error.message[-1] not in ".:"
    assert error.help
    assert fixed == (error.fix and apply_edits(text, error.fix.edits))
    if fixed:
        parse(fixed)
    with pytest.raises(FilterSyntaxError) as raised:
        parse(text)
    assert raised.value.diagnostics[0].span == error.span


def test_the_deepest_and_the_longest() -> None:
    assert read("!" * (MAX_NESTING - 1) + "id == 'a'").expression
    assert read("(" * (MAX_NESTING - 1) + "id == 'a'" + ")" * (MAX_NESTING - 1)).expression
    assert read("id == 'a'".ljust(MAX_LENGTH)).expression
    assert read("custom.n == " + "9" * (MAX_LENGTH - 12)).expression


@pytest.mark.parametrize(
    "piece", ["(", "!", "'", '"', "\\", "a.", "a['", "a==1&&", "a==1||(", " ", "“", "-", "٣", "\0"]
)
def test_hostile_texts_raise_nothing(piece: str) -> None:
    for times in (1, 49, 50, 51, 52, 2000, MAX_LENGTH):
        parsed = read((piece * times)[:MAX_LENGTH])
        assert isinstance(parsed.expression, Expression) or parsed.errors


@pytest.mark.parametrize("value", [None, 1, b"id == 'a'", ["id"]])
def test_only_strings_are_filters(value: Any) -> None:
    with pytest.raises(TypeError, match="must be a str"):
        parse(value)
