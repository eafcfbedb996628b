"""Trees built piece by piece, within the parser's limits.

Each piece is measured, so that the builder refuses what the parser would, and no reader of the tree
recurses deeper than the parser allows. ``parse(str(node)) == node`` holds for the node of every
piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from pnfilter.builder.literals import literal, literals, pattern_literal, require_string
from pnfilter.semantics import not_json
from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Comparison,
    Expression,
    Not,
    Or,
    Path,
    SetLiteral,
    Unary,
    print_expression,
    print_key,
    quote,
)
from pnfilter.syntax.parser import MAX_LENGTH, MAX_NESTING

if TYPE_CHECKING:
    from pnfilter.syntax.nodes import ArithmeticOperator, ComparisonOperator


class Piece(NamedTuple):
    """A node with its measures: ``levels`` of nesting as the parser counts them, and characters.

    ``open`` are the levels that remain behind a value: arithmetic in a row adds them up.
    """

    node: Expression
    levels: int
    length: int
    open: int = 0


def _within_limits(
    node: Expression, levels: int, open_levels: int = 0, *, length: int | None = None
) -> Piece:
    if levels > MAX_NESTING:
        raise ValueError(
            f"the filter is nested deeper than {MAX_NESTING} levels: join conditions side by side, "
            "by & or by |, and calculate less in a row"
        )
    if length is None:
        length = len(print_expression(node))
    if length > MAX_LENGTH:
        raise ValueError(
            f"the filter has {length:,} characters; the limit is {MAX_LENGTH:,}, and a request "
            "line carries far less"
        )
    return Piece(node, levels, length, open_levels)


def scalar(value: object) -> Piece:
    """Return a string or number; raise ``TypeError`` or ``ValueError`` for any other value."""
    return _sign(literal(value))


def pattern(text: str) -> Piece:
    """Return a pattern for the right of LIKE."""
    return _within_limits(pattern_literal(text), 0)


def _sign(node: Expression) -> Piece:
    sign = int(isinstance(node, Unary))
    return _within_limits(node, sign, sign)


def choice(values: Iterable[object]) -> Piece | None:
    """Return a set of strings and numbers, each once; a single one alone; None for none."""
    elements = literals(values)
    if len(elements) < 2:
        return _sign(elements[0]) if elements else None
    signed = any(isinstance(element, Unary) for element in elements)
    return _within_limits(SetLiteral(elements), 1 + signed)


def root(name: Literal["data", "meta"]) -> Piece:
    """Return the payload or the metadata as a whole."""
    return _within_limits(Path(name, (), name, name), 0)


def step(piece: Piece, key: object, *, item: bool = False) -> Piece:
    """Return the field at a key or an index of another field.

    Below the first level the documentation writes keys only in brackets. So ``item``, a key given
    as an item, keeps its brackets there.
    """
    if isinstance(key, str):
        key = require_string(key)
    elif isinstance(key, int) and not isinstance(key, bool):
        key = int(key)
        if key < 0 or not_json(key):
            raise ValueError("an index must be at least 0: the language can't count from the end")
    else:
        raise TypeError(f"a key must be a str and an index an int, not {type(key).__name__}")
    path = cast(Path, piece.node)
    printed = print_key(key)
    if item and path.keys and isinstance(key, str):
        printed = f"[{quote(key)}]"
    field = Path(path.root, (*path.keys, key), path.root, path.spelling + printed)
    return _within_limits(field, max(piece.levels, int(printed.startswith("["))))


def calculation(operator: ArithmeticOperator, left: Piece, right: Piece) -> Piece:
    """Return ``left operator right`` of two values."""
    # As in the printer: arithmetic on the right has parentheses; on the left it may have them.
    parens = isinstance(right.node, Arithmetic)
    open_levels = left.open + 1 + (0 if parens else right.open)
    levels = max(
        left.levels + isinstance(left.node, Arithmetic), left.open + 1 + parens + right.levels
    )
    return _within_limits(Arithmetic(operator, left.node, right.node), levels, open_levels)


def sign(operator: Literal["-", "~"], operand: Piece) -> Piece:
    """Return ``-operand`` or ``~operand`` of a value."""
    parens = isinstance(operand.node, Arithmetic)
    open_levels = 1 + (0 if parens else operand.open)
    node = Unary(operator, operand.node)
    return _within_limits(node, 1 + parens + operand.levels, open_levels)


def comparison(operator: ComparisonOperator, left: Piece, right: Piece) -> Piece:
    """Return a condition of two values, or of a set and a value."""
    levels = max(side.levels + _calculates_bits(side.node) for side in (left, right))
    return _within_limits(Comparison(operator, left.node, right.node), levels)


def _calculates_bits(node: Expression) -> bool:
    """Return whether the printer puts parentheses round a side of a comparison."""
    return isinstance(node, Arithmetic) and node.operator in "&|^"


def negation(operand: Piece) -> Piece:
    """Return the negation of a condition."""
    bare = isinstance(operand.node, (Not, Path))
    levels = operand.levels + (1 if bare else 2)
    return _within_limits(Not(operand.node), levels, length=operand.length + (1 if bare else 3))


def junction(kind: type[And | Or], left: Piece, right: Piece) -> Piece:
    """Return and or or of two conditions; flatten operands joined alike."""
    operands: list[Expression] = []
    levels, length = 0, len(" && ")
    for piece in (left, right):
        node = piece.node
        parens = False
        if isinstance(node, (And, Or)):
            parens = not isinstance(node, kind)
            operands.extend((node,) if parens else node.operands)
        else:
            operands.append(node)
        levels = max(levels, piece.levels + parens)
        length += piece.length + 2 * parens
    return _within_limits(kind(tuple(operands)), levels, length=length)
