"""Predicates as a condition on columns."""

from __future__ import annotations

from pnfilter.binding.bind import comparison_terms, term
from pnfilter.binding.predicates import (
    AnyOf,
    Bound,
    Calculation,
    Constant,
    Folded,
    Pattern,
    Predicate,
    Signed,
    Term,
    Truth,
)
from pnfilter.engines import naming
from pnfilter.engines.to_polars.comparisons import comparison
from pnfilter.engines.to_polars.expressions import (
    DOUBLE,
    Condition,
    case,
    every,
    failing,
    literal,
    negated,
    some,
)
from pnfilter.engines.to_polars.numbers import (
    NumericTerm,
    calculate,
    compute,
    number_in,
    numeric,
    sign,
)
from pnfilter.engines.to_polars.operands import Columns, Operand, constant
from pnfilter.semantics import NoResult
from pnfilter.syntax.nodes import Comparison, Not, Path


def translate_condition(bound: Bound, columns: Columns) -> Condition:
    """Return a condition as a nullable boolean of Polars."""
    if isinstance(bound, Predicate):
        with naming(bound.source):
            outcome = _outcome(bound, columns)
        return negated(outcome) if bound.negated else outcome
    conditions = [translate_condition(one, columns) for one in bound.conditions]
    return some(*conditions) if isinstance(bound, AnyOf) else every(*conditions)


def _outcome(predicate: Predicate, columns: Columns) -> Condition:
    """Return the outcome of a predicate before any negation."""
    match predicate:
        case Constant(outcome):
            return outcome if isinstance(outcome, bool) else None
        case Truth(path, under_not):
            return _bare(columns.place(path), under_not=under_not)
    match predicate.source:
        case Comparison() as source:
            operator, *terms = comparison_terms(source)
            left, right = [_operand(side, columns) for side in terms]
            if left is None or right is None:
                return None
            parts = predicate.parts if isinstance(predicate, Pattern) else None
            return comparison(operator, left, right, parts)
        case Not(operand):
            return _bare(compute(_numeric(term(operand), columns)), under_not=True)
        case operand:
            return _bare(compute(_numeric(term(operand), columns)), under_not=False)


def _operand(side: Term, columns: Columns) -> Operand | None:
    """Return an operand of a comparison; None for arithmetic that never has a result."""
    match side:
        case Path():
            return columns.place(side)
        case Folded(value):
            return None if isinstance(value, NoResult) else constant(value)
        case _:
            return compute(_numeric(side, columns))


def _numeric(side: Term, columns: Columns) -> NumericTerm:
    match side:
        case Signed(operator, operand):
            return sign(operator, _numeric(operand, columns))
        case Calculation(operator, left, right):
            return calculate(operator, _numeric(left, columns), _numeric(right, columns))
        case _:
            found = _operand(side, columns)
            return (
                NumericTerm(literal(None, DOUBLE), unreadable=True)
                if found is None
                else numeric(found)
            )


def _bare(found: Operand, *, under_not: bool) -> Condition:
    """Evaluate an operand alone, or under ``!``."""
    if not under_not:
        there, missing = _worth(found), None if found.is_computed else False
    elif found.kind == "boolean":
        there, missing = negated(found.value), None
    else:
        # What `!` does to anything but a boolean is unverified.
        return None
    outcome = case((found.unreadable, None), (found.missing, missing), default=there)
    return failing(found.failures, outcome)


def _worth(found: Operand) -> Condition:
    """Evaluate a value alone as a condition."""
    if found.kind == "boolean":
        worth: Condition = found.value
    elif found.kind == "text":
        worth = case((found.value == "", False), default=None)
    elif found.kind == "number":
        worth = case((number_in(found, [0]), False), default=None)
    else:
        worth = None
    return worth
