"""The names that generated code uses, and nothing else: it has no builtins."""

from __future__ import annotations

from math import isfinite
from typing import Any, Final

from pnfilter.semantics import UNREADABLE, Unreadable, is_number, like


class _NotADict:
    """Replaces anything but a plain dictionary, so that whatever is read from it is unreadable."""

    __slots__ = ()

    def get(self, _: str) -> Unreadable:
        return UNREADABLE


#: Numbers nearer to zero are calculated with; all others are left to the interpreter,
#: NaN and numbers too large for JSON among them. A sum of products of a few of them stays in range.
HIGH: Final = 1e30
#: Bits of the numbers below ``HIGH``.
BITS_OF_HIGH: Final = 100.0


def holds(array: list[Any], value: Any) -> bool | None:
    """Return whether an array CONTAINS a string or number; None if the interpreter must decide.

    A message may hold elements of any class: this never calls their comparison.
    """
    known = True
    number = is_number(value)
    for element in array:
        kind = type(element)
        if kind is str:
            if not number:
                if element == value:
                    return True
                continue
        elif kind is int or kind is float:
            if number and -HIGH < element < HIGH:
                if element == value:
                    return True
                continue
        elif element is None:
            continue
        known = False
    return False if known else None


def present(value: Any) -> bool:
    """Return whether a value is present and of a JSON type.

    Extreme numbers are left to the interpreter.
    """
    kind = type(value)
    if kind is float or kind is int:
        return bool(-HIGH < value < HIGH)
    return kind is str or kind is bool or kind is dict or kind is list or kind is tuple


NAMESPACE: Final[dict[str, Any]] = {
    "__builtins__": {},
    "EMPTY_DICT": {},
    # Not a tuple: it would compare the second of two types with the first.
    "NUMBERS": frozenset((float, int)),
    "NOT_A_DICT": _NotADict(),
    "UNREADABLE": UNREADABLE,
    "abs": abs,
    "dict": dict,
    "holds": holds,
    "int": int,
    "isfinite": isfinite,
    "len": len,
    "like": like,
    "list": list,
    "present": present,
    "str": str,
    "type": type,
}
