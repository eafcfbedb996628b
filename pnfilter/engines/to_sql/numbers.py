"""Numbers in SQL: exact comparison, and arithmetic.

JSON numbers are compared as doubles first. Rounding keeps the order, so different doubles decide.
Equal ones decide below 2^53, where every integer is a double; beyond it the integers themselves are
compared.
"""

from __future__ import annotations

from dataclasses import dataclass

from pnfilter.binding.predicates import Calculation, Folded, Signed, Term
from pnfilter.engines.to_sql.dialect import Dialect
from pnfilter.engines.to_sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    attempted_cast,
    between,
    binary,
    call,
    case,
    cast,
    constant,
    double,
    every,
    first_present,
    is_null,
    negated,
    negative,
    some,
)
from pnfilter.engines.to_sql.operands import (
    EXACT,
    LONG_ARITHMETIC,
    LONG_COMPARED,
    Computed,
    Constant,
    Field,
    Number,
)
from pnfilter.syntax.nodes import Path

_INCLUDES_EQUAL = ("==", "<=", ">=")


def compare_numbers(operator: str, left: Number, right: Number, dialect: Dialect) -> Sql:
    """Compare two numbers with finite doubles, by equality or ordering."""
    plain = binary(operator, left.double, right.double)
    if left.is_short or right.is_short:
        return plain
    size = call("ABS", left.double)
    doubles = every(negated(left.is_whole), negated(right.is_whole))
    if dialect.doubles_end is not None:
        doubles = every(doubles, binary("<", size, double(dialect.doubles_end)))
    exactly = case(
        (some(is_null(left.exact), is_null(right.exact)), dialect.fail(LONG_COMPARED)),
        default=binary(operator, left.exact, right.exact),
    )
    return case(
        (binary("!=", left.double, right.double), plain),
        (some(binary("<", size, double(EXACT)), doubles), constant(operator in _INCLUDES_EQUAL)),
        default=exactly,
    )


@dataclass(frozen=True)
class NumericTerm:
    """An operand of arithmetic: its double, whether it is an integer, where it has no value."""

    double: Sql
    is_whole: Sql
    unknown: Sql
    missing: Sql
    #: Whether it or a part of it is an integer too large to be exact.
    too_large: Sql


def numeric_field(field: Field) -> NumericTerm:
    """Return a place of the message as an operand of arithmetic."""
    number = field.number
    end = field.dialect.doubles_end
    may_be_whole = FALSE if end is None else binary(">=", call("ABS", number.double), double(end))
    unknown = case(
        (field.is_void, field.unreadable),
        default=negated(field.dialect.is_finite(number.double)),
    )
    return NumericTerm(
        number.double,
        number.is_whole,
        unknown,
        field.is_void,
        first_present(
            every(
                binary(">=", call("ABS", number.double), double(EXACT)),
                field.is_kind("number"),
                some(number.is_whole, may_be_whole),
            ),
            FALSE,
        ),
    )


def numeric_constant(value: Constant) -> NumericTerm:
    """Return a literal as an operand of arithmetic; if it isn't a number there is no result."""
    if value.kinds != ("number",):
        return NumericTerm(NULL, FALSE, TRUE, FALSE, FALSE)
    number = value.number
    large = isinstance(number.value, int) and not number.is_short
    return NumericTerm(number.double, number.is_whole, FALSE, FALSE, constant(large))


def missing_numeric() -> NumericTerm:
    """Return the literal ``null``, or arithmetic on it."""
    return NumericTerm(NULL, FALSE, FALSE, TRUE, FALSE)


def sign(operator: str, numeric: NumericTerm) -> NumericTerm:
    """Return ``-x`` or ``~x``."""
    if operator == "-":
        value = negative(numeric.double)
        return NumericTerm(
            value, numeric.is_whole, numeric.unknown, numeric.missing, numeric.too_large
        )
    value = binary("-", negative(numeric.double), double(1))
    fraction = every(negated(numeric.missing), negated(numeric.is_whole))
    return NumericTerm(
        value, TRUE, some(numeric.unknown, fraction), numeric.missing, numeric.too_large
    )


def calculate(
    operator: str, left: NumericTerm, right: NumericTerm, dialect: Dialect
) -> NumericTerm:
    """Return ``left operator right``."""
    both = every(negated(left.missing), negated(right.missing))
    whole = every(left.is_whole, right.is_whole)
    zero = binary("==", right.double, double(0))
    if operator in "&|^":
        sides = [attempted_cast(side.double, "BIGINT") for side in (left, right)]
        bits = dialect.exclusive_or(*sides) if operator == "^" else binary(operator, *sides)
        value, fault, result_whole = cast(bits, "DOUBLE"), negated(whole), TRUE
    elif operator == "%":
        divisor = call("NULLIF", right.double, double(0))
        value = binary("%", left.double, divisor)
        signs = some(*(binary("<", side.double, double(0)) for side in (left, right)))
        fault, result_whole = some(negated(whole), signs, zero), TRUE
    else:
        divisor = call("NULLIF", right.double, double(0)) if operator == "/" else right.double
        value = binary(operator, left.double, divisor)
        finite = dialect.is_finite(value)
        fault = some(zero, negated(finite)) if operator == "/" else negated(finite)
        result_whole = FALSE if operator == "/" else whole
    large = FALSE
    if result_whole is not FALSE and operator in "+-*":
        beyond = binary(">=", call("ABS", value), double(EXACT))
        large = first_present(every(beyond, result_whole, both), FALSE)
    return NumericTerm(
        value,
        result_whole,
        some(left.unknown, right.unknown, first_present(every(both, fault), FALSE)),
        some(left.missing, right.missing),
        some(left.too_large, right.too_large, large),
    )


def compute(numeric: NumericTerm, dialect: Dialect) -> Computed:
    """Return arithmetic as an operand of a comparison."""
    number = Number(numeric.double, numeric.is_whole, dialect.whole_number(numeric.double))
    failing = case((numeric.too_large, dialect.fail(LONG_ARITHMETIC)), default=numeric.unknown)
    return Computed(dialect, number, failing, numeric.missing)


# The usual case, small numbers: no intermediate result can be too large for plain doubles.


def plain(side: Term, fields: dict[Path, Sql], limit: float) -> tuple[Sql, float] | None:
    """Return arithmetic in doubles, and its maximum absolute value for fields up to ``limit``.

    Its constants are numbers. None if plain doubles aren't enough: a result may be beyond
    ``EXACT``, or there may be none.
    """
    match side:
        case Path():
            found = fields[side], limit
        case Folded(value):
            found = double(value), abs(value)
        case Signed("-", operand):
            inner = plain(operand, fields, limit)
            if inner is None:
                return None
            found = negative(inner[0]), inner[1]
        case Calculation("+" | "-" | "*" | "/" as operator, left, right):
            one, other = plain(left, fields, limit), plain(right, fields, limit)
            if one is None or other is None:
                return None
            if operator == "/":
                # The exact quotient of two integers is rounded once, and so is that of small
                # doubles.
                if not isinstance(right, Folded) or not right.value:
                    return None
                size = one[1] / abs(right.value)
            else:
                size = one[1] * other[1] if operator == "*" else one[1] + other[1]
            found = binary(operator, one[0], other[0]), size
        case _:
            return None
    return found if found[1] < EXACT else None


#: Powers of two to try as the limit of the fields.
_LIMITS = tuple(2.0**power for power in range(52, 9, -6))


def small(
    operator: str, left: Term, right: Term, fields: dict[Path, Sql]
) -> tuple[Sql, Sql] | None:
    """Return whether all fields are small numbers, and the outcome of the comparison then."""
    for limit in _LIMITS:
        one, other = plain(left, fields, limit), plain(right, fields, limit)
        if one is not None and other is not None:
            bounds = double(-limit), double(limit)
            are_small = every(*(between(value, *bounds) for value in fields.values()))
            return are_small, binary(operator, one[0], other[0])
    return None
