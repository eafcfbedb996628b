"""The syntax tree as a condition of SQL."""

from __future__ import annotations

from pnfilter.engines import naming
from pnfilter.engines.translation.comparisons import comparison
from pnfilter.engines.translation.dialects import Dialect
from pnfilter.engines.translation.matching import matching
from pnfilter.engines.translation.numbers import (
    Part,
    calculate,
    computed,
    missing_part,
    part_of_constant,
    part_of_field,
    sign,
)
from pnfilter.engines.translation.operands import Absent, Constant, Field, Operand, place
from pnfilter.engines.translation.usual import usual
from pnfilter.engines.translation.writing import (
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
from pnfilter.values import Missing, NoValue


def translated(node: Expression, dialect: Dialect, undecided: bool | None = None) -> Sql:
    """A condition as SQL: a nullable boolean, or TRUE and FALSE where ``undecided`` says for what NULL stands.

    ``undecided`` goes down to the comparisons, so that the engine can stop at the first that decides.
    """
    match node:
        case And(operands):
            return every(*(translated(operand, dialect, undecided) for operand in operands))
        case Or(operands):
            return some(*(translated(operand, dialect, undecided) for operand in operands))
        case Not(operand) if is_condition(operand):
            opposite = None if undecided is None else not undecided
            return negated(translated(operand, dialect, opposite))
        case _:
            with naming(node):
                # Where FALSE and NULL are the same it is enough to know what matches.
                found = matching(node, dialect) if undecided is False else None
                if found is not None:
                    return found
                outcome = _leaf(node, dialect)
            return outcome if undecided is None else first_present(outcome, constant(undecided))


def _leaf(node: Expression, dialect: Dialect) -> Sql:
    """A comparison or a bare operand. Each place that it reads is read once."""
    paths = list(dict.fromkeys(part for part in walk(node) if isinstance(part, Path)))
    if not paths:
        return constant(interpreted(node, None, None))
    names = {path: dialect.name_of_variable() for path in paths}
    fields = {path: Field(dialect, variable(name), path) for path, name in names.items()}
    shortcut: Sql | None = None
    match node:
        case Comparison(operator, left, right):
            literal = right.raw if isinstance(right, Text) else None
            sides = _operand(left, fields, dialect), _operand(right, fields, dialect)
            if sides[0] is None or sides[1] is None:
                body = NULL
            else:
                body = comparison(operator, sides[0], sides[1], literal)
                shortcut = usual(node, (sides[0], sides[1]), dialect)
        case Not(operand):
            body = _bare(operand, fields, dialect, is_negated=True)
        case _:
            body = _bare(node, fields, dialect, is_negated=False)
    for path, name in names.items():
        body = dialect.bind(name, place(path, dialect), body)
    return body if shortcut is None else first_present(shortcut, body)


def _operand(node: Expression, fields: dict[Path, Field], dialect: Dialect) -> Operand | None:
    """An operand of a comparison; None for arithmetic that never has a result."""
    match node:
        case Path():
            return fields[node]
        case Arithmetic() | Unary() if any(isinstance(part, Path) for part in walk(node)):
            return computed(_part(node, fields, dialect), dialect)
        case _:
            value = constant_value(node, None, None)
            if isinstance(value, Missing):
                return Absent(dialect, is_computed=value.computed)
            return None if isinstance(value, NoValue) else Constant(dialect, value)


def _part(node: Expression, fields: dict[Path, Field], dialect: Dialect) -> Part:
    match node:
        case Path():
            return part_of_field(fields[node])
        case Unary(operator, operand):
            return sign(operator, _part(operand, fields, dialect))
        case Arithmetic(operator, left, right):
            one, other = (_part(side, fields, dialect) for side in (left, right))
            return calculate(operator, one, other, dialect)
        case _:
            value = constant_value(node, None, None)
            if isinstance(value, Missing):
                return missing_part()
            return part_of_constant(Constant(dialect, value))


def _bare(
    node: Expression, fields: dict[Path, Field], dialect: Dialect, *, is_negated: bool
) -> Sql:
    """An operand alone as a condition, or under ``!``."""
    if not isinstance(node, Path):
        part = _part(node, fields, dialect)
        operand = computed(part, dialect)
        # Without a result or missing it is undecided in both forms; only zero is known.
        if is_negated:
            return case((operand.unknown, NULL), default=NULL)
        zero = every(negated(part.missing), binary("==", part.double, double(0)))
        return case((operand.unknown, NULL), (zero, FALSE), default=NULL)
    field = fields[node]
    if is_negated:
        return case((field.is_boolean(True), FALSE), (field.is_boolean(False), TRUE), default=NULL)
    zero = every(field.is_kind("number"), binary("==", field.number.double, double(0)))
    empty = binary("==", field.json, text('""'))
    return case(
        (field.is_boolean(True), TRUE),
        (field.is_boolean(False), FALSE),
        (field.hidden, NULL),
        (some(field.is_void, empty, zero), FALSE),
        default=NULL,
    )
