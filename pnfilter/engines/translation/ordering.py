"""Orderings as SQL: of two present operands by their kinds, and of what is in arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pnfilter.engines.translation.equality import as_ordering, of_finite, some_leaf
from pnfilter.engines.translation.numbers import compare_numbers
from pnfilter.engines.translation.operands import Field, Kind, Number, Operand
from pnfilter.engines.translation.writing import FALSE, NULL, TRUE, Sql, case, every, some
from pnfilter.syntax.nodes import MIRRORED

if TYPE_CHECKING:
    from pnfilter.syntax.nodes import type_of_comparison


def ordered(
    operator: type_of_comparison, kind: Kind, left: Operand, other: Kind, right: Operand
) -> Sql:
    if kind == other == "array":
        return _arrays_ordered(operator, left, right)
    if kind == "array":
        return some_leaf(left, lambda leaf: _leaf_ordered(operator, leaf, other, right))
    if other == "array":
        mirrored = MIRRORED[operator]
        return some_leaf(right, lambda leaf: _leaf_ordered(mirrored, leaf, kind, left))
    if kind in ("boolean", "object") or other in ("boolean", "object"):
        return FALSE
    if kind == other == "text":
        return NULL
    conditions: list[Sql] = []
    numbers: list[Number] = []
    for one, side in ((kind, left), (other, right)):
        if one == "number":
            numbers.append(side.number)
        else:
            reads, value = side.read
            if value is None:
                return NULL
            conditions.append(reads)
            numbers.append(value)
    outcome = compare_numbers(operator, numbers[0], numbers[1], left.dialect)
    return case((every(*conditions), outcome), default=NULL)


def _arrays_ordered(operator: type_of_comparison, left: Operand, right: Operand) -> Sql:
    """All pairs of leaves; one that can't be read leaves open what it is paired with, also null."""
    dialect = left.dialect
    lists = [dialect.leaves(side.json) for side in (left, right)]
    unreadable = [
        dialect.any_true(leaves, lambda item: Field(dialect, item).overflows) for leaves in lists
    ]
    there_are = [dialect.any_true(leaves, lambda _: TRUE) for leaves in lists]
    pairs = some_leaf(left, lambda leaf: _leaf_ordered(operator, leaf, "array", right))
    return case(
        (every(unreadable[0], there_are[1]), NULL),
        (every(unreadable[1], there_are[0]), NULL),
        default=case((some(*unreadable), FALSE), default=pairs),
    )


def _leaf_ordered(operator: str, leaf: Field, other: Kind, right: Operand) -> Sql:
    """A leaf on the left of an ordering; the right side may be an array again."""
    operator = as_ordering(operator)
    rows = []
    for one in ("text", "number", "boolean", "object"):
        outcome = ordered(operator, one, leaf, other, right)
        rows.append((leaf.is_kind(one), of_finite(leaf, outcome) if one == "number" else outcome))
    return case(*rows, default=FALSE)
