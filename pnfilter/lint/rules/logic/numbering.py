"""Equal parts of a filter get one number, and parts without a field their value, in one pass."""

from __future__ import annotations

from collections.abc import Iterable

from pnfilter.semantics import (
    MISSING,
    Reason,
    apply_sign,
    calculate,
    compare,
    conjunction,
    disjunction,
    negated_truth,
    negation,
    text_value,
    truth,
)
from pnfilter.syntax.nodes import (
    MIRRORED,
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
    children,
    is_condition,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ValueNumbering:
    """Numbers of equal parts, and values of parts without a field, of one filter's nodes.

    ``nodes`` are all nodes of a tree, parents first. Nodes are told apart by identity, so that
    the tree must live as long. Two nodes have the same number only if they have the same verdict
    or value on every message: spelling, ``=`` for ``==`` and the order of the sides of
    a comparison don't count.
    """

    def __init__(self, nodes: Iterable[Expression]) -> None:
        self._known: dict[tuple[Any, ...], int] = {}
        self._numbers: dict[int, int] = {}
        self._values: dict[int, Any] = {}
        self._verdicts: dict[int, bool | Reason] = {}
        # Nodes that read a field.
        self._reading: set[int] = set()
        # Parents come first, so that backwards each node's children are done before it.
        for node in reversed(list(nodes)):
            self._numbers[id(node)] = self._intern(self._key(node))
            self._fold(node)

    def number(self, node: Expression) -> int:
        """The number of a node."""
        return self._numbers[id(node)]

    def value(self, node: Expression) -> Any:
        """The value of an operand without a field; ``is_constant`` must hold."""
        return self._values[id(node)]

    def is_constant(self, node: Expression) -> bool:
        """Whether a node reads no field."""
        return id(node) not in self._reading

    def verdict(self, node: Expression) -> bool | Reason:
        """The verdict of a condition without a field."""
        return self._verdicts[id(node)]

    def core(self, node: Expression) -> tuple[int, bool]:
        """A condition's number without its negation, and whether it is negated."""
        inverted = False
        while isinstance(node, Not):
            node, inverted = node.operand, not inverted
        if isinstance(node, Comparison) and node.operator == "!=":
            positive = self._intern(self._comparison_key("==", node.left, node.right))
            return positive, not inverted
        return self.number(node), inverted

    def _intern(self, key: tuple[Any, ...]) -> int:
        return self._known.setdefault(key, len(self._known))

    def _comparison_key(
        self, operator: str, left: Expression, right: Expression
    ) -> tuple[Any, ...]:
        first, second = self._numbers[id(left)], self._numbers[id(right)]
        if operator == "=":
            operator = "=="
        if operator in {"==", "!="}:
            return (operator, min(first, second), max(first, second))
        if operator in {">", ">="}:
            return (MIRRORED[operator], second, first)
        return (operator, first, second)

    def _key(self, node: Expression) -> tuple[Any, ...]:
        numbers = self._numbers
        match node:
            case Path(root, keys):
                return ("path", root, keys)
            case Text(raw):
                return ("text", raw)
            case Comparison(operator, left, right):
                return self._comparison_key(operator, left, right)
            case Number():
                return ("number", isinstance(node.value, int), node.value)
            case And(operands) | Or(operands) | SetLiteral(operands):
                return (type(node), *(numbers[id(operand)] for operand in operands))
            case Not(operand):
                return (Not, numbers[id(operand)])
            case Unary(operator, operand):
                return (Unary, operator, numbers[id(operand)])
            case Arithmetic(operator, left, right):
                return (Arithmetic, operator, numbers[id(left)], numbers[id(right)])
            case Boolean(value):
                return (Boolean, value)
            case _:
                return (Null,)

    def _fold(self, node: Expression) -> None:
        """The value or the verdict of a node whose children are done."""
        if isinstance(node, Path) or not self._reading.isdisjoint(map(id, children(node))):
            self._reading.add(id(node))
        elif is_condition(node):
            self._verdicts[id(node)] = self._folded_condition(node)
        else:
            self._values[id(node)] = self._folded_operand(node)

    def _folded_operand(self, node: Expression) -> Any:
        values = self._values
        match node:
            case Text(raw):
                return text_value(raw)
            case Number() | Boolean():
                return node.value
            case SetLiteral(elements):
                return [values[id(element)] for element in elements]
            case Unary(operator, operand):
                return apply_sign(operator, values[id(operand)])
            case Arithmetic(operator, left, right):
                return calculate(operator, values[id(left)], values[id(right)])
            case _:
                return MISSING

    def _folded_condition(self, node: Expression) -> bool | Reason:
        match node:
            case Comparison(operator, left, right):
                literal = right.raw if isinstance(right, Text) else None
                return compare(operator, self._values[id(left)], self._values[id(right)], literal)
            case Not(operand) if is_condition(operand):
                return negation(self._verdicts[id(operand)])
            case Not(operand):
                return negated_truth(self._values[id(operand)])
            case And(operands) | Or(operands):
                joined = conjunction if isinstance(node, And) else disjunction
                return joined(map(self._truth, operands))
            case _:
                raise AssertionError(f"not a condition: {type(node).__name__}")

    def _truth(self, node: Expression) -> bool | Reason:
        return self._verdicts[id(node)] if is_condition(node) else truth(self._values[id(node)])
