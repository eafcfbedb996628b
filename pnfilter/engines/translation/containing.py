"""CONTAINS as SQL: in arrays, in sets of the filter, in texts and in keys."""

from __future__ import annotations

from pnfilter.engines.translation.equality import element_equals, equals, some_leaf
from pnfilter.engines.translation.operands import (
    CONTAINERS,
    Constant,
    Field,
    Kind,
    Operand,
    encoded,
)
from pnfilter.engines.translation.writing import FALSE, NULL, Sql, case, one_of, some, text
from pnfilter.values import read_number


def contains(kind: Kind, left: Operand, other: Kind, right: Operand) -> Sql:
    dialect = left.dialect
    if kind == "array":
        if other in CONTAINERS:
            return NULL
        if isinstance(left, Constant):
            return _set_contains(left, other, right)
        return dialect.any_element(
            dialect.elements(left.json),
            lambda item: _direct_element_equals(Field(dialect, item), other, right),
        )
    if kind == "text":
        if other in CONTAINERS:
            return NULL
        if other == "boolean":
            names = (dialect.contains(left.characters, text(name)) for name in ("true", "false"))
            return case((some(*names), NULL), default=FALSE)
        piece = right.characters if other == "text" else right.scalar_text
        return dialect.contains(left.characters, piece)
    if kind == "object":
        if other != "text":
            return FALSE
        return case((dialect.has_key(left.json, right.characters), NULL), default=FALSE)
    if other in CONTAINERS:
        return FALSE
    piece = right.characters if other == "text" else right.scalar_text
    return case((dialect.contains(left.scalar_text, piece), NULL), default=FALSE)


def _direct_element_equals(element: Field, other: Kind, right: Operand) -> Sql:
    nested = some_leaf(element, lambda leaf: element_equals(leaf, other, right))
    return case((element.is_kind("array"), nested), default=element_equals(element, other, right))


def _set_contains(left: Constant, other: Kind, right: Operand) -> Sql:
    """A set of the filter on the left; those of its texts that can only be equal go into one IN."""
    values = list(dict.fromkeys(left.value))
    texts = [value for value in values if isinstance(value, str)]
    rest = [value for value in values if not isinstance(value, str)]
    if other != "text":
        if other == "number":
            rest += [value for value in texts if read_number(value) is not None]
        else:
            rest += [value for value in texts if value in ("true", "false")]
        return some(*(_member_equals(left, value, other, right) for value in rest))
    found = one_of(right.json, (text(encoded(value)) for value in texts)) if texts else FALSE
    return some(found, *(_member_equals(left, value, other, right) for value in rest))


def _member_equals(left: Constant, value: object, other: Kind, right: Operand) -> Sql:
    member = Constant(left.dialect, value)
    return equals(member.kinds[0], member, other, right)
