"""The rows of the evaluation table in SQL: how two operands compare.

The conditions exclude each other, so their order differs from the table's: the most frequent come
first. The rest depends on which sides are missing or unreadable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pnfilter.binding.bind import comparison_terms
from pnfilter.binding.predicates import Folded, Pattern, Predicate
from pnfilter.engines import UntranslatableFilter
from pnfilter.engines.to_sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    array,
    case,
    element,
    every,
    first_present,
    negated,
    some,
    variable,
)
from pnfilter.engines.to_sql.operands import CONTAINERS, KINDS, Constant, Field, JsonType, Operand
from pnfilter.engines.to_sql.operators import (
    as_ordering,
    contains,
    equal_json,
    equals,
    like,
    of_finite,
    ordered,
    some_leaf,
)
from pnfilter.syntax.nodes import ORDERINGS, Comparison

if TYPE_CHECKING:
    from pnfilter.syntax.nodes import ComparisonOperator

Relation = Callable[[JsonType, Operand, JsonType, Operand], Sql]

_EQUALITIES = ("==", "!=")


def comparison(
    operator: ComparisonOperator, left: Operand, right: Operand, parts: tuple[str, ...] | None
) -> Sql:
    """Return the outcome of comparing two operands, at least one of which is not a constant.

    ``parts`` are those of a pattern in the filter.
    """
    relation = _relation(operator, parts)
    present = _present(operator, relation, left, right)
    sides = [side for side in (left, right) if not isinstance(side, Constant)]
    unknown = some(*(side.unknown for side in sides))
    missing_outcome = NULL if operator == "!=" else FALSE
    if len(sides) == 1 and isinstance(sides[0], Field):
        # Present first: the other rows are for operands without a type.
        field = sides[0]
        rows = [] if operator == "!=" else [(field.unreadable, NULL)]
        return _flatten(relation, field, (left, right), rows, missing_outcome)
    rows = [(unknown, NULL)]
    if operator == "==":
        rows.append((every(left.missing, right.missing), NULL))
    rows += [(side.missing, missing_outcome) for side in sides]
    return case(*rows, default=present)


def _present(operator: str, relation: Relation, left: Operand, right: Operand) -> Sql:
    """Compare two present sides."""
    if isinstance(left, Field) and isinstance(right, Field) and left.dialect.binds_results:
        if operator in _EQUALITIES or operator in ORDERINGS:
            return _of_leaves(operator, left, right)
        if operator == "CONTAINS":
            return case(
                (left.is_kind("array"), _array_contains(left, right)),
                default=_by_kind(relation, left, right, without="array"),
            )
    return _by_kind(relation, left, right)


def comparison_of_kind(predicate: Predicate, kind: JsonType, field: Field) -> Sql:
    """Return the outcome if the field beside a constant has this type (and a finite number)."""
    assert isinstance(predicate.source, Comparison)
    operator, left, right = comparison_terms(predicate.source)
    relation = _relation(operator, predicate.parts if isinstance(predicate, Pattern) else None)
    if isinstance(right, Folded):
        constant = Constant(field.dialect, right.value)
        return relation(kind, field, constant.kinds[0], constant)
    assert isinstance(left, Folded)
    constant = Constant(field.dialect, left.value)
    return relation(constant.kinds[0], constant, kind, field)


def _flatten(
    relation: Relation,
    field: Field,
    operands: tuple[Operand, Operand],
    absent: list[tuple[Sql, Sql]],
    default: Sql,
) -> Sql:
    """Return one CASE over the types of the only field, and for an absent field."""
    left, right = operands
    rows: list[tuple[Sql, Sql]] = []
    last: list[tuple[Sql, Sql]] = []
    for kind in KINDS:
        if field is left:
            outcome = relation(kind, left, right.kinds[0], right)
        else:
            outcome = relation(left.kinds[0], left, kind, right)
        if kind == "number":
            outcome = of_finite(field, outcome)
        # A type with the outcome of an absent field needs no row of its own.
        (last if outcome is default else rows).append((field.is_kind(kind), outcome))
    return case(*rows, *absent, *last, default=default)


def _by_kind(
    relation: Relation, left: Operand, right: Operand, without: JsonType | None = None
) -> Sql:
    """Compare two present sides, the left of which doesn't have the type ``without``."""

    def of_right(kind: JsonType) -> Sql:
        rows = [(right.is_kind(other), relation(kind, left, other, right)) for other in right.kinds]
        return case(*rows, default=NULL)

    kinds: list[JsonType] = [kind for kind in left.kinds if kind != without]
    return case(*((left.is_kind(kind), of_right(kind)) for kind in kinds), default=NULL)


def _relation(operator: ComparisonOperator, parts: tuple[str, ...] | None) -> Relation:
    match operator:
        case "==":
            return equals
        case "!=":
            return lambda *sides: negated(equals(*sides))
        case "LIKE":
            return lambda kind, left, other, right: like(kind, left, other, right, parts)
        case "CONTAINS":
            return contains
        case "<" | "<=" | ">" | ">=":
            return lambda kind, left, other, right: ordered(operator, kind, left, other, right)
        case _:
            raise UntranslatableFilter(f"the operator {operator}")


def _of_leaves(operator: str, left: Field, right: Field) -> Sql:
    """Compare two fields by equality or ordering: every leaf of one with every leaf of the other.

    A value that isn't an array is its own leaf, so one place distinguishes the types.
    """
    dialect = left.dialect
    relation = _relation("==" if operator in _EQUALITIES else as_ordering(operator), None)

    def pairs(one: Sql) -> Sql:
        def outcome(other: Sql) -> Sql:
            return _of_pair(relation, Field(dialect, one), Field(dialect, other))

        return dialect.each(_leaves_of(right), outcome)

    name = dialect.name_of_variable()
    found = variable(name)
    is_open = dialect.any_true(found, lambda one: first_present(one, TRUE))
    are_arrays = [side.is_kind("array") for side in (left, right)]
    rows = [(some(*are_arrays), case((is_open, NULL), default=FALSE))]
    if operator in _EQUALITIES:
        for kind in CONTAINERS:
            both = every(left.is_kind(kind), right.is_kind(kind))
            rows.insert(0, (both, equal_json(left, right)))
    body = case(*rows, default=element(found, 0))
    outcomes = dialect.flattened(dialect.each(_leaves_of(left), pairs))
    same = dialect.bind(name, outcomes, body)
    return negated(same) if operator == "!=" else same


def _leaves_of(field: Field) -> Sql:
    return case(
        (field.is_kind("array"), field.dialect.leaves(field.json)), default=array(field.json)
    )


def _array_contains(left: Field, right: Field) -> Sql:
    """Apply CONTAINS to an array; the other side's type is tested once per pair."""
    dialect = left.dialect

    def outcome(item: Sql) -> Sql:
        one = Field(dialect, item)
        nested = some_leaf(one, lambda leaf: _of_pair(equals, leaf, right))
        return case((one.is_kind("array"), nested), default=_of_pair(equals, one, right))

    found = dialect.any_element(dialect.elements(left.json), outcome)
    return case((some(right.is_kind("array"), right.is_kind("object")), NULL), default=found)


#: Types whose values may be equal or ordered, apart from arrays.
_LEAVES: tuple[JsonType, ...] = ("text", "number", "boolean")


def _of_pair(relation: Relation, left: Field, right: Field) -> Sql:
    """Compare two values that aren't arrays; objects, and null in an array, equal nothing."""
    rows = []
    for kind in _LEAVES:
        inner = [(right.is_kind(other), relation(kind, left, other, right)) for other in _LEAVES]
        rows.append((left.is_kind(kind), case(*inner, default=FALSE)))
    return case(*rows, default=FALSE)
