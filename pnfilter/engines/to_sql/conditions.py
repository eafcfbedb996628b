"""Predicates as a condition of SQL."""

from __future__ import annotations

from collections.abc import Mapping

from pnfilter.binding import predicates
from pnfilter.binding.bind import comparison_terms, term
from pnfilter.binding.predicates import (
    AnyOf,
    Bound,
    Calculation,
    Folded,
    Pattern,
    Predicate,
    Signed,
    Term,
    Truth,
    reads_key,
)
from pnfilter.engines import naming
from pnfilter.engines.to_sql.comparisons import comparison
from pnfilter.engines.to_sql.dialect import Dialect
from pnfilter.engines.to_sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    binary,
    case,
    constant,
    double,
    every,
    first_present,
    negated,
    some,
    text,
    variable,
)
from pnfilter.engines.to_sql.numbers import (
    NumericTerm,
    calculate,
    compute,
    missing_numeric,
    numeric_constant,
    numeric_field,
    sign,
)
from pnfilter.engines.to_sql.operands import Absent, Constant, Field, Operand, place
from pnfilter.engines.to_sql.shortcuts import matching, usual
from pnfilter.semantics import Missing, NoResult
from pnfilter.syntax.nodes import Comparison, Not, Path, paths_in

Fields = Mapping[Path, Field]


def translate_condition(bound: Bound, dialect: Dialect, undecided: bool | None = None) -> Sql:
    """Return a condition in SQL: a nullable boolean, or with ``undecided`` TRUE or FALSE.

    ``undecided``, which replaces NULL, is applied to each predicate, so that the engine can stop at
    the first that decides.
    """
    if isinstance(bound, Predicate):
        if bound.negated and undecided is not None:
            undecided = not undecided
        with naming(bound.source):
            outcome = _outcome(bound, dialect, undecided)
        return negated(outcome) if bound.negated else outcome
    conditions = [translate_condition(one, dialect, undecided) for one in bound.conditions]
    return some(*conditions) if isinstance(bound, AnyOf) else every(*conditions)


def _outcome(predicate: Predicate, dialect: Dialect, undecided: bool | None) -> Sql:
    """Return the outcome of a predicate before any negation. Read each of its places once."""
    paths = list(dict.fromkeys(paths_in(predicate.source)))
    has_shortcuts = all(map(reads_key, paths))
    # If FALSE and NULL are the same, only matches count.
    found = matching(predicate, dialect) if undecided is False and has_shortcuts else None
    if found is not None:
        return found
    names = {path: dialect.name_of_variable() for path in paths}
    fields = {path: Field(dialect, variable(name), path) for path, name in names.items()}
    outcome = _exact(predicate, fields, dialect)
    shortcut = usual(predicate, paths, dialect) if has_shortcuts else None
    for path, name in names.items():
        outcome = dialect.bind(name, place(path, dialect), outcome)
    if shortcut is not None:
        outcome = first_present(shortcut, outcome)
    return outcome if undecided is None else first_present(outcome, constant(undecided))


def _exact(predicate: Predicate, fields: Fields, dialect: Dialect) -> Sql:
    """Return the outcome of a predicate, whatever its fields hold."""
    match predicate:
        case predicates.Constant(outcome):
            return constant(outcome)
        case Truth(path, under_not):
            return _truth(fields[path], under_not=under_not)
    match predicate.source:
        case Comparison() as source:
            operator, *terms = comparison_terms(source)
            left, right = [_operand(side, fields, dialect) for side in terms]
            if left is None or right is None:
                return NULL
            parts = predicate.parts if isinstance(predicate, Pattern) else None
            return comparison(operator, left, right, parts)
        case Not(operand):
            numeric = _numeric(term(operand), fields, dialect)
            return _truth_of_result(numeric, dialect, under_not=True)
        case operand:
            numeric = _numeric(term(operand), fields, dialect)
            return _truth_of_result(numeric, dialect, under_not=False)


def _operand(side: Term, fields: Fields, dialect: Dialect) -> Operand | None:
    """Return an operand of a comparison; None for arithmetic that never has a result."""
    match side:
        case Path():
            return fields[side]
        case Folded(Missing()):
            return Absent(dialect)
        case Folded(value):
            return None if isinstance(value, NoResult) else Constant(dialect, value)
        case _:
            return compute(_numeric(side, fields, dialect), dialect)


def _numeric(side: Term, fields: Fields, dialect: Dialect) -> NumericTerm:
    match side:
        case Path():
            return numeric_field(fields[side])
        case Signed(operator, operand):
            return sign(operator, _numeric(operand, fields, dialect))
        case Calculation(operator, left, right):
            one, other = (_numeric(inner, fields, dialect) for inner in (left, right))
            return calculate(operator, one, other, dialect)
        case Folded(Missing()):
            return missing_numeric()
        case Folded(value):
            return numeric_constant(Constant(dialect, value))


def _truth(field: Field, *, under_not: bool) -> Sql:
    """Evaluate a field alone as a condition, or under ``!``."""
    if under_not:
        return case((field.is_boolean(True), FALSE), (field.is_boolean(False), TRUE), default=NULL)
    zero = every(field.is_kind("number"), binary("==", field.number.double, double(0)))
    empty = binary("==", field.json, text('""'))
    return case(
        (field.is_boolean(True), TRUE),
        (field.is_boolean(False), FALSE),
        (field.unreadable, NULL),
        (some(field.is_void, empty, zero), FALSE),
        default=NULL,
    )


def _truth_of_result(numeric: NumericTerm, dialect: Dialect, *, under_not: bool) -> Sql:
    """Evaluate arithmetic alone or under ``!``: undecided, except for zero alone."""
    if under_not:
        return NULL
    zero = every(negated(numeric.missing), binary("==", numeric.double, double(0)))
    return case((compute(numeric, dialect).unknown, NULL), (zero, FALSE), default=NULL)
