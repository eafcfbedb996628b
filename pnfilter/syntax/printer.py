"""From a tree back to text, in one canonical form that parses to the same tree.

Texts take double quotes where no escape changes by it, keywords are upper case, blanks are
single. Brackets stay where without them the reading would rest on a rule that nobody has shown
for the server (``!`` before a comparison, ``&&`` beside ``||``, bitwise operators, ``+``
beside ``*``); a tree that was built, not parsed, gets all of those. The formatter never adds
brackets to a text that was written without them: that would settle what the server decides.

What gives away a mistake stays too, so that it is found in the formatted text as well: the
brackets of ``("us") CONTAINS x`` and of ``x == (y)``, and ``user-1`` without blanks.
"""

from __future__ import annotations

import re

from pnfilter.diagnostics import NOWHERE
from pnfilter.syntax.nodes import (
    BITWISE,
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Or,
    Path,
    SetLiteral,
    Text,
    Unary,
    dashed_name,
    is_word_compared,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Binding strength, loosest first.
_LEVELS = {"|": 1, "^": 2, "&": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def quote(value: str) -> str:
    """A text literal whose value is ``value``, in double quotes.

    An asterisk is left alone: outside of a pattern it means itself.
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def print_quoted(spelling: str) -> str:
    """A quoted text in the canonical quotes: double where no other character has to change."""
    content = spelling[1:-1]
    if spelling[0] == '"' or '"' in content or "\\" in content.replace("\\'", ""):
        return spelling
    return '"' + content.replace("\\'", "'") + '"'


def print_key(key: str | int) -> str:
    """One step of a path."""
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _NAME.fullmatch(key) else f"[{quote(key)}]"


def _print_path(path: Path) -> str:
    if path.spelling:
        return path.spelling
    return path.root + "".join(map(print_key, path.keys))


def _print_text(text: Text) -> str:
    if text.bare:
        return text.raw
    if text.spelling:
        return print_quoted(text.spelling)
    return '"' + text.raw.replace('"', '\\"') + '"'


def _bracketed(text: str, wanted: object) -> str:
    return f"({text})" if wanted else text


def _keeps(node: Expression) -> bool:
    """Whether a node keeps brackets that the grammar doesn't need: written ones, or a built tree's."""
    return bool(node.brackets) or node.span == NOWHERE


def _print_arithmetic(node: Arithmetic) -> str:
    level = _LEVELS[node.operator]
    parts = dashed_name(node)
    if parts:
        return "-".join(map(print_expression, parts))

    def side(child: Expression, least: int) -> str:
        text = print_expression(child)
        if not isinstance(child, Arithmetic):
            return text
        inner = _LEVELS[child.operator]
        return _bracketed(text, inner < least or (inner != level and _keeps(child)))

    return f"{side(node.left, level)} {node.operator} {side(node.right, level + 1)}"


def _print_comparison(node: Comparison) -> str:
    left, right = node.left, node.right
    one_element = node.operator == "CONTAINS" and isinstance(left, (Text, Number))
    bare = is_word_compared(node)
    left_text = _print_side(left, one_element and left.brackets)
    return f"{left_text} {node.operator} {_print_side(right, bare and right.brackets)}"


def _print_side(node: Expression, bracketed: object) -> str:
    """An operand of a comparison; of bits and comparisons only C's order is known, and it differs."""
    bits = isinstance(node, Arithmetic) and node.operator in BITWISE
    return _bracketed(print_expression(node), bracketed or (bits and _keeps(node)))


def _print_unary(node: Unary) -> str:
    inner = print_expression(node.operand)
    return node.operator + _bracketed(inner, isinstance(node.operand, Arithmetic))


def _print_not(node: Not) -> str:
    inner = print_expression(node.operand)
    match node.operand:
        case And() | Or():
            return f"!({inner})"
        case Comparison() | Arithmetic():
            return "!" + _bracketed(inner, _keeps(node.operand))
        case _:
            return "!" + inner


def _print_junction(node: And | Or, operator: str, other: type[Any]) -> str:
    parts = (
        _bracketed(
            print_expression(operand),
            isinstance(operand, other) and (isinstance(node, And) or _keeps(operand)),
        )
        for operand in node.operands
    )
    return f" {operator} ".join(parts)


def print_expression(node: Expression) -> str:
    """The canonical text of a tree."""
    match node:
        case Text():
            return _print_text(node)
        case Number(spelling):
            return spelling
        case Boolean(value):
            return "true" if value else "false"
        case Null():
            return "null"
        case Path():
            return _print_path(node)
        case SetLiteral(elements):
            return f"({', '.join(map(print_expression, elements))})"
        case Unary():
            return _print_unary(node)
        case Arithmetic():
            return _print_arithmetic(node)
        case Comparison():
            return _print_comparison(node)
        case Not():
            return _print_not(node)
        case And():
            return _print_junction(node, "&&", Or)
        case Or():
            return _print_junction(node, "||", And)
        case _:
            raise AssertionError(f"not a node: {type(node).__name__}")
