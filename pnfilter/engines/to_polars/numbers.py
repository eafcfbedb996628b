"""Numbers: comparison by exact value, and arithmetic.

A constant moves to the nearest value of the other side's type: a double beside integers to the next
integer, an integer beside doubles to the next double. Integers and doubles are compared as 128-bit
integers, since an integer beyond 2^53 may differ from its double.
"""

from __future__ import annotations

import math
import operator as operators
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from pnfilter.engines import UntranslatableFilter
from pnfilter.engines.to_polars.expressions import (
    DOUBLE,
    LONG,
    WORD,
    Condition,
    DataType,
    Expr,
    bounds,
    every,
    finite,
    literal,
    member,
    negated,
    some,
)
from pnfilter.engines.to_polars.operands import Operand
from pnfilter.semantics import is_number

#: From here on not every integer is a double.
EXACT: Final = 1 << 53
LARGE: Final = "arithmetic on integers beyond 2^53"
_RELATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operators.eq,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
MIRRORED: Final = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compare_numbers(operator: str, left: Operand, right: Operand) -> Condition:
    """Compare two present numbers, by equality or ordering."""
    relation = _RELATIONS[operator]
    if left.dtype is None and right.dtype is None:
        return bool(relation(left.value, right.value))
    if left.dtype is None or (left.dtype == DOUBLE and right.dtype not in (None, DOUBLE)):
        return compare_numbers(MIRRORED[operator], right, left)
    if right.dtype is None:
        if operator == "==":
            return number_in(left, [right.value])
        if left.dtype == DOUBLE:
            return _double_beside(operator, left.value, right.value)
        return _integer_beside(operator, left.value, left.dtype, right.value)
    if left.dtype == right.dtype:
        found: Condition = relation(left.value, right.value)
    elif right.dtype != DOUBLE:
        limits = (*bounds(left.dtype), *bounds(right.dtype))
        common = WORD if bounds(WORD)[0] <= min(limits) and max(limits) <= bounds(WORD)[1] else LONG
        found = relation(left.value.cast(common), right.value.cast(common))
    elif max(map(abs, bounds(left.dtype))) <= EXACT:
        found = relation(left.value.cast(DOUBLE), right.value)
    else:
        found = _integer_beside_double(operator, left.value.cast(LONG), right.value)
    return found


def number_in(side: Operand, values: list[Any]) -> Condition:
    """Return whether a number equals one of these constants."""
    if side.dtype is None:
        return side.value in values
    return member(side.value, representable(values, side.dtype), side.dtype)


def representable(values: list[Any], dtype: DataType) -> list[Any]:
    """Return those of some numbers that a type can represent."""
    if dtype == DOUBLE:
        return [float(value) for value in values if _as_double(value) == value]
    low, high = bounds(dtype)
    return [int(value) for value in values if low <= value <= high and value == int(value)]


def _as_double(value: int | float) -> float:
    """Return the nearest double; infinite beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _double_beside(operator: str, value: Expr, constant: int | float) -> Condition:
    nearest = _as_double(constant)
    if math.isinf(nearest):
        return (operator[0] == "<") is (nearest > 0)
    if nearest > constant:
        # No double is between them.
        operator = {"<": "<", "<=": "<", ">": ">=", ">=": ">="}[operator]
    elif nearest < constant:
        operator = {"<": "<=", "<=": "<=", ">": ">", ">=": ">"}[operator]
    found: Condition = _RELATIONS[operator](value, literal(nearest, DOUBLE))
    return found


def _integer_beside(
    operator: str, value: Expr, dtype: DataType, constant: int | float
) -> Condition:
    whole = math.ceil(constant) if operator in ("<", ">=") else math.floor(constant)
    low, high = bounds(dtype)
    if low <= whole <= high:
        found: Condition = _RELATIONS[operator](value, literal(whole, dtype))
        return found
    return (operator[0] == "<") is (whole > high)


#: Integers compared with doubles are smaller; doubles are clipped to it.
_FAR: Final = 2.0**125


def _integer_beside_double(operator: str, left: Expr, right: Expr) -> Condition:
    near = right.clip(-_FAR, _FAR)
    lower = near.floor()
    whole = (near.ceil() if operator in ("<", ">=") else lower).cast(LONG, strict=False)
    found: Expr = _RELATIONS[operator](left, whole)
    return found & (lower == near) if operator == "==" else found


_SUMS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operators.add,
    "-": operators.sub,
    "*": operators.mul,
    "/": operators.truediv,
}
_BITS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "&": operators.and_,
    "|": operators.or_,
    "^": operators.xor,
    "%": operators.mod,
}

# Arithmetic: in doubles, which represent every integer below 2^53. An integer beyond ends the
# query.


@dataclass(frozen=True)
class NumericTerm:
    """An operand of arithmetic. ``size`` limits the absolute value of an integer."""

    value: Any
    is_whole: bool = False
    size: float = 0
    unreadable: Condition = False
    missing: Condition = False
    #: Whether the value may be infinite or NaN outside ``unreadable``, which counts as unreadable.
    is_open: bool = False
    failures: tuple[tuple[Condition, str], ...] = ()


def numeric(side: Operand) -> NumericTerm:
    """Convert a constant or a place of the message to an operand of arithmetic."""
    if side.kind != "number":
        there = False if side.kind is None else negated(side.missing)
        return NumericTerm(
            literal(None, DOUBLE), unreadable=some(side.unreadable, there), missing=side.missing
        )
    if side.dtype is None:
        return NumericTerm(side.value, isinstance(side.value, int), abs(side.value))
    if side.dtype == DOUBLE:
        return NumericTerm(side.value, unreadable=side.cut_off, missing=side.missing, is_open=True)
    size = max(map(abs, bounds(side.dtype)))
    return NumericTerm(side.value.cast(DOUBLE), True, size, side.unreadable, side.missing)


def _exact(side: NumericTerm) -> NumericTerm:
    """Return an integer that is exact as a double, for arithmetic of integers."""
    if not side.is_whole or side.size < EXACT:
        return side
    if is_number(side.value):
        raise UntranslatableFilter(LARGE)
    failure = (~side.value.is_between(1.0 - EXACT, EXACT - 1.0), LARGE)
    return replace(side, size=EXACT - 1, failures=(*side.failures, failure))


def _close(side: NumericTerm) -> NumericTerm:
    """Hide infinite values and NaN."""
    if not side.is_open:
        return side
    return replace(side, unreadable=some(side.unreadable, ~finite(side.value)), is_open=False)


def sign(operator: str, side: NumericTerm) -> NumericTerm:
    """Return ``-x`` or ``~x``."""
    if operator == "-":
        return replace(side, value=-side.value)
    if not side.is_whole:
        return replace(
            _close(side), unreadable=some(_close(side).unreadable, negated(side.missing))
        )
    side = _exact(side)
    return replace(side, value=-side.value - 1.0, size=side.size + 1)


def calculate(operator: str, left: NumericTerm, right: NumericTerm) -> NumericTerm:
    """Return ``left operator right``."""
    whole = left.is_whole and right.is_whole
    if whole:
        left, right = _exact(left), _exact(right)
    # A missing operand doesn't show that the other result is invalid; dividing by infinity makes it
    # finite again.
    if right.missing is not False or operator in "&|^%":
        left = _close(left)
    if left.missing is not False or operator in "&|^%/":
        right = _close(right)
    one, other = (
        literal(_as_double(side.value), DOUBLE) if is_number(side.value) else side.value
        for side in (left, right)
    )
    fault: Condition = False
    if operator in "&|^%":
        sides = (side.cast(WORD, strict=False) for side in (one, other))
        value, size = _BITS[operator](*sides).cast(DOUBLE), float(EXACT - 1)
        there = every(negated(left.missing), negated(right.missing))
        fault = every(there, some(one < 0, other <= 0) if operator == "%" else False)
        fault = fault if whole else there
    else:
        if operator == "/" and not is_number(left.value) and not _has_inverse(right.value):
            # If all rows share one divisor, Polars multiplies by its rounded inverse: 3 / 10 is
            # then more than 0.3. This sum hides from it that they do.
            other = other + one * 0.0
        value = _SUMS[operator](one, other)
        whole = whole and operator != "/"
        size = left.size * right.size if operator == "*" else left.size + right.size
    return NumericTerm(
        value,
        whole,
        size,
        some(left.unreadable, right.unreadable, fault),
        some(left.missing, right.missing),
        is_open=not whole and operator in "+-*/",
        failures=(*left.failures, *right.failures),
    )


#: Up to these powers of two the inverse is a double too, and multiplying by it is exact.
_INVERTIBLE: Final = 1000


def _has_inverse(divisor: Any) -> bool:
    """Return whether a divisor is a power of two, or zero, in the filter."""
    if not is_number(divisor):
        return False
    fraction, power = math.frexp(_as_double(divisor))
    return abs(fraction) in (0.0, 0.5) and abs(power) <= _INVERTIBLE


def compute(found: NumericTerm) -> Operand:
    """Return arithmetic as an operand of a comparison."""
    found = _close(_exact(found))
    return Operand(
        "number",
        found.value,
        DOUBLE,
        found.unreadable,
        missing=found.missing,
        is_computed=True,
        failures=found.failures,
    )
