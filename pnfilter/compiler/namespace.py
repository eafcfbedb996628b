"""The names that generated code uses, and nothing else: it has no builtins."""

from __future__ import annotations

from math import isfinite
from typing import Any, Final

from pnfilter.semantics import UNREADABLE, Unreadable, is_number, like


class _Odd:
    """Stands for what is no plain dictionary, so that whatever is read from it is odd too."""

    __slots__ = ()

    def get(self, _: str) -> Unreadable:
        return UNREADABLE


#: Numbers nearer to zero are calculated with each other: what else there is, NaN and numbers that are too large
#: for JSON among it, is odd. A sum of products of a few of them is in range, too.
HIGH: Final = 1e30
#: How many bits the numbers below ``HIGH`` take.
BITS_OF_HIGH: Final = 100.0


def holds(array: list[Any], value: Any) -> bool | None:
    """Whether an array CONTAINS a text or a number; None where the interpreter has to say.

    Elements of any class may stand in a message: what they do when compared is never asked.
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
    """Whether there is a value, of a type that JSON has. Numbers far out are for the interpreter."""
    kind = type(value)
    if kind is float or kind is int:
        return bool(-HIGH < value < HIGH)
    return kind is str or kind is bool or kind is dict or kind is list or kind is tuple


NAMESPACE: Final[dict[str, Any]] = {
    "__builtins__": {},
    "EMPTY": {},
    # No tuple: the second of two types would be compared with the first.
    "NUMBERS": frozenset((float, int)),
    "ODD": _Odd(),
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
