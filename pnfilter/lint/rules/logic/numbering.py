"""Equal parts of a filter get one number, and parts without a field their value, in one pass."""

from __future__ import annotations

from collections.abc import Iterable

from pnfilter.binding.bind import calculated, classify, operator_of, signed, term
from pnfilter.binding.predicates import Constant, Folded
from pnfilter.semantics import Reason, conjunction, disjunction, negation
from pnfilter.syntax.nodes import (
    CONDITIONS,
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
    String,
    Unary,
    children,
    is_condition,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pnfilter.binding.predicates import Term


class ValueNumbering:
    """Numbers of equal parts, and values of parts without a field, of one filter's nodes.

    ``nodes`` are all nodes of a tree, parents first. Nodes are distinguished by identity, so that
    the tree must live as long. Two nodes have the same number only if they have the same verdict
    or value on every message: spelling, ``=`` for ``==`` and the order of the sides of
    a comparison don't count.
    """

    def __init__(self, nodes: Iterable[Expression]) -> None:
        self._known: dict[tuple[Any, ...], int] = {}
        self._numbers: dict[int, int] = {}
        self._terms: dict[int, Term] = {}
        self._verdicts: dict[int, bool | Reason] = {}
        # Nodes that read no field. Of conditions, only these have a verdict.
        self._constants: set[int] = set()
        # Parents come first, so that backwards each node's children are done before it.
        for node in reversed(list(nodes)):
            self._numbers[id(node)] = self._intern(self._key(node))
            if isinstance(node, CONDITIONS):
                self._fold(node)
            else:
                found = self._terms[id(node)] = self._term(node)
                if isinstance(found, Folded):
                    self._constants.add(id(node))

    def number(self, node: Expression) -> int:
        """The number of a node."""
        return self._numbers[id(node)]

    def term(self, operand: Expression) -> Term:
        """The term of an operand."""
        return self._terms[id(operand)]

    def value(self, node: Expression) -> Any:
        """The value of an operand without a field; ``is_constant`` must hold."""
        folded = self._terms[id(node)]
        assert isinstance(folded, Folded), "the operand reads a field"
        return folded.value

    def is_constant(self, node: Expression) -> bool:
        """Whether a node reads no field."""
        return id(node) in self._constants

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
            case String(raw):
                return ("text", raw)
            case Comparison(_, left, right):
                return self._comparison_key(operator_of(node), left, right)
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

    def _term(self, node: Expression) -> Term:
        """Return the term of an operand, from those of the operands in it."""
        if isinstance(node, Unary):
            return signed(node.operator, self._terms[id(node.operand)])
        if isinstance(node, Arithmetic):
            left, right = self._terms[id(node.left)], self._terms[id(node.right)]
            return calculated(node.operator, left, right)
        return term(node)

    def _fold(self, node: Expression) -> None:
        """Keep the verdict of a condition if it reads no field; those in it are done."""
        if not self._constants.issuperset(map(id, children(node))):
            return
        self._constants.add(id(node))
        match node:
            case And(operands) | Or(operands):
                joined = conjunction if isinstance(node, And) else disjunction
                verdict = joined(map(self._verdict, operands))
            case Not(operand) if is_condition(operand):
                verdict = negation(self._verdicts[id(operand)])
            case _:
                verdict = self._verdict(node)
        self._verdicts[id(node)] = verdict

    def _verdict(self, node: Expression) -> bool | Reason:
        """Return the verdict of a condition, or of an operand in its place."""
        if id(node) in self._verdicts:
            return self._verdicts[id(node)]
        predicate = classify(node)
        assert isinstance(predicate, Constant), "no part of it reads a field"
        return predicate.outcome
