"""The syntax tree as an outline: a line for each node, with its level."""

from __future__ import annotations

from pnfilter.syntax.nodes import (
    Arithmetic,
    Comparison,
    Expression,
    Null,
    SetLiteral,
    String,
    Unary,
    children,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def outline(root: Expression) -> Iterator[tuple[int, str, Expression]]:
    """Yield level, label and node, parents first: the type, and the operator or the text."""
    pending = [(root, 0)]
    while pending:
        node, level = pending.pop()
        yield level, _label(node), node
        pending.extend((child, level + 1) for child in reversed(children(node)))


def _label(node: Expression) -> str:
    name = type(node).__name__
    match node:
        case Comparison(operator) | Arithmetic(operator) | Unary(operator):
            return f"{name} {operator}"
        case String(bare=True):
            return f"{name} {node} (bare)"
        case SetLiteral() | Null():
            return name
        case _:
            return name if children(node) else f"{name} {node}"
