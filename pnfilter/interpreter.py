"""The meaning of a filter, short and obvious. Tests hold every faster engine to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pnfilter.semantics import (
    MISSING,
    MISSING_METADATA,
    Outcome,
    Unreadable,
    apply_sign,
    as_operand,
    calculate,
    compare,
    conjunction,
    disjunction,
    is_array,
    negated_truth,
    negation,
    text_value,
    truth,
)
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
    Path,
    SetLiteral,
    String,
    Unary,
    is_condition,
)

if TYPE_CHECKING:
    from pnfilter.semantics.assumptions import Assumptions


def condition(
    node: Expression, data: Any, meta: Any, assumed: Assumptions | None = None
) -> Outcome:
    """Return whether a message matches: ``True``, ``False``, or the reason why it is UNDECIDED.

    ``assumed`` settles comparisons that are UNDECIDED, each where it is.
    """
    match node:
        case And(operands):
            return conjunction(condition(operand, data, meta, assumed) for operand in operands)
        case Or(operands):
            return disjunction(condition(operand, data, meta, assumed) for operand in operands)
        case Not(operand) if is_condition(operand):
            return negation(condition(operand, data, meta, assumed))
        case Not(operand):
            negate = negated_truth if assumed is None else assumed.negated_truth
            return negate(value(operand, data, meta))
        case Comparison(operator, left, right):
            literal = right.raw if isinstance(right, String) else None
            rule = compare if assumed is None else assumed.compare
            return rule(operator, value(left, data, meta), value(right, data, meta), literal)
        case _:
            return (truth if assumed is None else assumed.truth)(value(node, data, meta))


def value(node: Expression, data: Any, meta: Any) -> Any:
    """Return an operand's value: a JSON value, or a mark of ``pnfilter.semantics``."""
    match node:
        case String(raw):
            return text_value(raw)
        case Number():
            return node.value
        case Boolean(boolean):
            return boolean
        case Null():
            return MISSING
        case SetLiteral(elements):
            return [value(element, data, meta) for element in elements]
        case Path():
            return read(node, data, meta)
        case Unary(operator, operand):
            return apply_sign(operator, value(operand, data, meta))
        case Arithmetic(operator, left, right):
            return calculate(operator, value(left, data, meta), value(right, data, meta))
        case _:
            raise AssertionError(f"not an operand: {type(node).__name__}")


def read(path: Path, data: Any, meta: Any) -> Any:
    """Return the value at a path. Keys are case-sensitive, indexes count from 0 (live)."""
    found = as_operand(data)
    if path.root == "meta":
        found = as_operand(meta)
        if found is MISSING:
            return MISSING_METADATA
        if not isinstance(found, (dict, Unreadable)):
            return Unreadable("metadata that is no object")
    for key in path.keys:
        if isinstance(found, Unreadable):
            return found
        if isinstance(found, dict) and isinstance(key, str):
            found = as_operand(found.get(key))
        elif is_array(found) and isinstance(key, int) and key < len(found):
            found = as_operand(found[key])
        else:
            return MISSING
    return found
