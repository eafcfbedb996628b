"""Arithmetic: numbers, or a mark if there is no result."""

from __future__ import annotations

from collections.abc import Callable

from pnfilter.semantics.values import (
    MISSING_RESULT,
    Missing,
    NoResult,
    Unreadable,
    is_number,
    not_json,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_BITS: Final[dict[str, Callable[[int, int], int]]] = {
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
}
_SUMS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}


def _without_numbers(*operands: Any) -> Any:
    """Return the mark for operands that aren't numbers; None if all are numbers."""
    for mark in (Unreadable, NoResult):
        for operand in operands:
            if isinstance(operand, mark):
                return operand
    for operand in operands:
        if not isinstance(operand, Missing) and not is_number(operand):
            return NoResult("an operand is not a number")
    if any(isinstance(operand, Missing) for operand in operands):
        return MISSING_RESULT
    return None


def calculate(operator: str, left: Any, right: Any) -> Any:
    """Return ``left operator right``: a number, or a mark."""
    mark = _without_numbers(left, right)
    if mark is not None:
        return mark
    whole = isinstance(left, int) and isinstance(right, int)
    if operator in _BITS:
        return _in_range(_BITS[operator](left, right)) if whole else _NO_BITS
    if operator == "%":
        if not whole or left < 0 or right < 0:
            return NoResult("a remainder needs non-negative integers")
        return left % right if right else NoResult("division by zero")
    try:
        return _in_range(_SUMS[operator](left, right))
    except ZeroDivisionError:
        return NoResult("division by zero")
    except OverflowError:
        return _OUT_OF_RANGE


_NO_BITS: Final = NoResult("bitwise operators need integers")
_OUT_OF_RANGE: Final = NoResult("the result is out of range")


def _in_range(result: int | float) -> Any:
    return _OUT_OF_RANGE if not_json(result) else result


def apply_sign(operator: str, operand: Any) -> Any:
    """Return ``-operand`` or ``~operand``: a number, or a mark."""
    mark = _without_numbers(operand)
    if mark is not None:
        return mark
    if operator == "-":
        return -operand
    return _in_range(~operand) if isinstance(operand, int) else _NO_BITS
