"""The syntax tree as a condition on columns."""

from __future__ import annotations

from pnfilter.engines import naming
from pnfilter.engines.columns.comparisons import comparison
from pnfilter.engines.columns.expressions import (
    DOUBLE,
    Condition,
    case,
    every,
    failing,
    literal,
    negated,
    some,
)
from pnfilter.engines.columns.numbers import Part, calculate, computed, number_in, part, sign
from pnfilter.engines.columns.operands import Columns, Operand, constant
from pnfilter.evaluation.interpreter import condition as interpreted
from pnfilter.evaluation.interpreter import value as constant_value
from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Comparison,
    Expression,
    Not,
    Or,
    Path,
    Text,
    Unary,
    is_condition,
    walk,
)
from pnfilter.values import NoValue


def translated(node: Expression, columns: Columns) -> Condition:
    """A condition as a nullable boolean of Polars."""
    match node:
        case And(operands):
            return every(*(translated(operand, columns) for operand in operands))
        case Or(operands):
            return some(*(translated(operand, columns) for operand in operands))
        case Not(operand) if is_condition(operand):
            return negated(translated(operand, columns))
        case _:
            with naming(node):
                return _leaf(node, columns)


def _leaf(node: Expression, columns: Columns) -> Condition:
    """A comparison or a bare operand."""
    match node:
        case _ if not any(isinstance(part, Path) for part in walk(node)):
            outcome = interpreted(node, None, None)
            return outcome if isinstance(outcome, bool) else None
        case Comparison(operator, left, right):
            sides = [_operand(side, columns) for side in (left, right)]
            if sides[0] is None or sides[1] is None:
                return None
            pattern = right.raw if isinstance(right, Text) else None
            return comparison(operator, sides[0], sides[1], pattern)
        case Not(operand):
            found = _operand(operand, columns)
            if found is None or found.kind != "boolean":
                # What is no boolean is negated in no way that is known.
                return None
            return _bare(found, negated(found.value), None)
        case _:
            found = _operand(node, columns)
            return None if found is None else _bare(found, _worth(found), False)


def _operand(node: Expression, columns: Columns) -> Operand | None:
    """An operand of a comparison; None for arithmetic that never has a result."""
    match node:
        case Path():
            return columns.place(node)
        case Arithmetic() | Unary() if any(isinstance(inner, Path) for inner in walk(node)):
            return computed(_part(node, columns))
        case _:
            value = constant_value(node, None, None)
            return None if isinstance(value, NoValue) else constant(value)


def _part(node: Expression, columns: Columns) -> Part:
    match node:
        case Unary(operator, operand) if any(isinstance(inner, Path) for inner in walk(node)):
            return sign(operator, _part(operand, columns))
        case Arithmetic(operator, left, right) if any(isinstance(i, Path) for i in walk(node)):
            return calculate(operator, _part(left, columns), _part(right, columns))
        case _:
            found = _operand(node, columns)
            return Part(literal(None, DOUBLE), hidden=True) if found is None else part(found)


def _bare(found: Operand, there: Condition, missing: Condition) -> Condition:
    """An operand alone: what it is worth where it is there, and where it is missing."""
    missing = found.unequal if found.is_computed else missing
    outcome = case((found.hidden, None), (found.missing, missing), default=there)
    return failing(found.failures, outcome)


def _worth(found: Operand) -> Condition:
    """A value alone as a condition."""
    if found.kind == "boolean":
        worth: Condition = found.value
    elif found.kind == "text":
        worth = case((found.value == "", False), default=None)
    elif found.kind == "number":
        worth = case((number_in(found, [0]), False), default=None)
    else:
        worth = None
    return worth
