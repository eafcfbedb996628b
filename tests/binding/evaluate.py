"""Predicates evaluated from their own fields, by the value model: the proof of what they say.

Nothing here asks the interpreter about a node, save what ``Interpreted`` leaves to it, and what a
path reads. ``differences`` compares the outcome of every part of a filter with the interpreter's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pnfilter.binding.bind import to_expression
from pnfilter.binding.predicates import (
    AllOf,
    AnyOf,
    BooleanEquality,
    Bound,
    Calculation,
    Constant,
    Contains,
    FieldContains,
    FieldEquality,
    FieldOrdering,
    Folded,
    Interpreted,
    Junction,
    Membership,
    NullComparison,
    NumberComparison,
    NumberEquality,
    Ordering,
    Pattern,
    Predicate,
    Signed,
    StringEquality,
    Term,
    Truth,
    Within,
)
from pnfilter.interpreter import condition, read
from pnfilter.semantics import (
    MISSING,
    Reason,
    apply_sign,
    calculate,
    compare,
    fold,
    like,
    negated_truth,
    negation,
    number_text,
    truth,
)
from pnfilter.syntax.nodes import Path

if TYPE_CHECKING:
    from pnfilter.binding.predicates import PatternShape


def evaluate(bound: Bound, data: Any, meta: Any) -> bool | Reason:
    """The outcome of a bound filter on a message."""
    if isinstance(bound, Junction):
        outcomes = [evaluate(one, data, meta) for one in bound.conditions]
        decisive = isinstance(bound, AnyOf)
        if any(outcome is decisive for outcome in outcomes):
            return decisive
        return next((one for one in outcomes if isinstance(one, Reason)), not decisive)
    outcome = _outcome(bound, data, meta)
    return negation(outcome) if bound.negated else outcome


def _outcome(predicate: Predicate, data: Any, meta: Any) -> bool | Reason:
    def value(term: Term) -> Any:
        match term:
            case Path():
                return read(term, data, meta)
            case Folded(constant):
                return constant
            case Signed(operator, operand):
                return apply_sign(operator, value(operand))
            case Calculation(operator, left, right):
                return calculate(operator, value(left), value(right))

    match predicate:
        case Constant(outcome):
            return outcome
        case Truth(path, under_not):
            return (negated_truth if under_not else truth)(value(path))
        case (
            StringEquality(path, constant, operator)
            | NumberEquality(path, constant, operator)
            | BooleanEquality(path, constant, operator)
        ):
            return compare(operator, value(path), constant)
        case NullComparison(path, operator):
            return compare(operator, value(path), MISSING)
        case Membership(path, strings, numbers):
            return compare("CONTAINS", [*strings, *numbers], value(path))
        case Ordering(path, operator, number, quoted):
            return compare(operator, value(path), number_text(number) if quoted else number)
        case Pattern(path, parts, shape):
            found = value(path)
            if isinstance(found, str):
                return _fits(fold(found), parts, shape)
            return compare("LIKE", found, "", _pattern(parts))
        case Contains(path, constant):
            return compare("CONTAINS", value(path), constant)
        case Within(path, string):
            return compare("CONTAINS", string, value(path))
        case FieldEquality(left, right, operator) | FieldOrdering(left, right, operator):
            return compare(operator, value(left), value(right))
        case FieldContains(left, right):
            return compare("CONTAINS", value(left), value(right))
        case NumberComparison(operator, one, other):
            return compare(operator, value(one), value(other))
        case Interpreted():
            return condition(predicate.source, data, meta)
        case _:
            raise AssertionError(f"not a predicate: {predicate}")


def _fits(folded: str, parts: tuple[str, ...], shape: PatternShape) -> bool:
    """Whether a string fits a pattern, by its shape alone."""
    match shape:
        case "exact":
            return folded == parts[0]
        case "prefix":
            return folded.startswith(parts[0])
        case "suffix":
            return folded.endswith(parts[1])
        case "substring":
            return parts[1] in folded
        case "any":
            return True
        case "general":
            return like(folded, parts)


def _pattern(parts: tuple[str, ...]) -> str:
    """A pattern that has these parts."""
    return "*".join(part.replace("\\", "\\\\").replace("*", "\\*") for part in parts)


def everything(bound: Bound) -> Iterator[Bound]:
    """A bound filter and all junctions and predicates in it."""
    yield bound
    if isinstance(bound, Junction):
        for one in bound.conditions:
            yield from everything(one)


def differences(bound: Bound, data: Any, meta: Any) -> Iterator[str]:
    """Where a bound filter, or a part of it, says something else than the interpreter."""
    for part in everything(bound):
        expected = condition(part.source, data, meta)
        expected = negation(expected) if part.negated else expected
        found = evaluate(part, data, meta)
        if found is not expected:
            yield f"{part} of `{part.source}` is {found}, the interpreter says {expected}"
        if condition(to_expression(part), data, meta) is not expected:
            yield f"the node of {part} is `{to_expression(part)}`"
        if isinstance(part, Junction):
            assert not any(isinstance(one, type(part)) for one in part.conditions), part
            assert isinstance(part, AllOf | AnyOf), part
