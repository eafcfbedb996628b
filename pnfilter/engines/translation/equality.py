"""Equality as SQL: of two present operands by their kinds, and of what is in arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pnfilter.engines.translation.numbers import compare_numbers
from pnfilter.engines.translation.operands import CONTAINERS, Field, Kind, Number, Operand
from pnfilter.engines.translation.writing import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    binary,
    call,
    case,
    constant,
    double,
    every,
    first_present,
    some,
    text,
)

if TYPE_CHECKING:
    from pnfilter.syntax.nodes import type_of_comparison


def of_finite(field: Field, outcome: Sql) -> Sql:
    number = field.number.double
    if outcome is NULL or field.dialect.numbers_are_finite:
        return outcome
    return case((field.dialect.is_finite(number), outcome), default=_overflowing(field))


def _overflowing(field: Field) -> Sql:
    """NULL for an unreadable number, or an error for a long integer."""
    return call("NULLIF", field.overflow, TRUE)


def equals(kind: Kind, left: Operand, other: Kind, right: Operand) -> Sql:
    """``==`` of two present operands of these kinds."""
    if kind in CONTAINERS and other in CONTAINERS:
        return equal_json(left, right) if kind == other else FALSE
    if kind == "array" or other == "array":
        array, scalar_kind, scalar = (
            (left, other, right) if kind == "array" else (right, kind, left)
        )
        return some_leaf(array, lambda leaf: element_equals(leaf, scalar_kind, scalar))
    if kind == "object" or other == "object":
        return FALSE
    if kind == "boolean" or other == "boolean":
        boolean, scalar_kind, scalar = (
            (left, other, right) if kind == "boolean" else (right, kind, left)
        )
        return _boolean_equals(boolean, scalar_kind, scalar)
    if kind == other == "text":
        return binary("==", left.json, right.json)
    if kind == other == "number":
        return compare_numbers("==", left.number, right.number, left.dialect)
    number, characters = (left, right) if kind == "number" else (right, left)
    reads, value = characters.read
    if value is None or reads is FALSE:
        return FALSE
    same = compare_numbers("==", number.number, value, left.dialect)
    return case((every(reads, same), NULL), default=FALSE)


def _boolean_equals(boolean: Operand, kind: Kind, other: Operand) -> Sql:
    if kind == "boolean":
        same = some(
            *(every(boolean.is_boolean(value), other.is_boolean(value)) for value in (True, False))
        )
    elif kind == "text":
        same = some(
            *(
                every(boolean.is_boolean(value), binary("==", other.json, text(f'"{name}"')))
                for value, name in ((True, "true"), (False, "false"))
            )
        )
    else:
        same = some(
            *(
                every(boolean.is_boolean(value), _is_number(other.number, int(value)))
                for value in (True, False)
            )
        )
    return case((same, NULL), default=FALSE)


def _is_number(number: Number, value: int) -> Sql:
    if number.value is not None:
        return constant(number.value == value)

    return binary("==", number.double, double(value))


def equal_json(left: Operand, right: Operand) -> Sql:
    """Of two arrays, or two objects: alike to the character, or an error."""
    same = binary("==", left.json, right.json)
    return case((same, NULL), default=left.dialect.fail("two arrays or objects compared"))


def element_equals(element: Field, kind: Kind, value: Operand) -> Sql:
    """An element that is no array beside a value that is no container."""
    rows = [
        (
            element.is_kind(one),
            of_finite(element, equals(one, element, kind, value))
            if one == "number"
            else equals(one, element, kind, value),
        )
        for one in ("text", "number", "boolean")
    ]
    return case(*rows, default=FALSE)


def some_leaf(array: Operand, outcome: Callable[[Field], Sql]) -> Sql:
    """NULL if some leaf is not NO_MATCH, else FALSE."""
    dialect = array.dialect

    def possible(item: Sql) -> Sql:
        return first_present(outcome(Field(dialect, item)), TRUE)

    found = dialect.any_true(dialect.leaves(array.json), possible)
    return case((found, NULL), default=FALSE)


def as_ordering(operator: str) -> type_of_comparison:
    for known in ("<", "<=", ">", ">="):
        if operator == known:
            return known
    raise AssertionError(operator)
