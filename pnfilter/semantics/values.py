"""What an operand can be: JSON values, and the marks for everything else."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

#: Digits of the longest exact integer: in a filter, in a message, as a result.
MAX_DIGITS: Final = 4300


class Missing:
    """No value: the path has none or JSON null, or arithmetic met such a value."""

    __slots__ = ("computed", "no_metadata")

    def __init__(self, *, no_metadata: bool = False, computed: bool = False) -> None:
        self.no_metadata = no_metadata
        self.computed = computed

    def __repr__(self) -> str:
        return "missing"


MISSING: Final = Missing()
#: The value of a metadata path in a message without any metadata.
MISSING_METADATA: Final = Missing(no_metadata=True)
#: The result of arithmetic with a missing operand.
MISSING_RESULT: Final = Missing(computed=True)


class Unreadable:
    """A part of a message that can't be seen here; ``why`` gives the reason if known."""

    __slots__ = ("why",)

    def __init__(self, why: str = "") -> None:
        self.why = why

    def __repr__(self) -> str:
        return "UNREADABLE"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return "UNREADABLE" if self is UNREADABLE else (Unreadable, (self.why,))

    def __copy__(self) -> Unreadable:
        return self

    def __deepcopy__(self, memo: object) -> Unreadable:
        return self


UNREADABLE: Final = Unreadable()
"""Use it in place of data, metadata or any value inside that can't be seen here."""


class NoResult:
    """Arithmetic without a result; ``why`` gives the reason."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def __repr__(self) -> str:
        return f"no result: {self.why}"


# Numbers and strings

_LONGEST_INTEGER: Final = 10**MAX_DIGITS
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def is_number(value: object) -> bool:
    """Return whether a value is a JSON number; a boolean isn't."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read_number(text: str) -> int | float | None:
    """Return the number that a string reads as: a literal with an optional minus and no spaces."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    if match[1] or match[2]:
        number = float(text)
        return number if math.isfinite(number) else None
    return int(text) if len(text.lstrip("-")) <= MAX_DIGITS else None


def number_text(number: int | float) -> str:
    """Return the shortest decimal text that reads back to the number.

    5.0 is "5"; there is no exponent below 1e16.
    """
    if isinstance(number, int):
        return int.__repr__(number)
    mantissa, _, exponent = float.__repr__(number).partition("e")
    mantissa = mantissa.removesuffix(".0")
    if exponent.startswith("-"):
        sign, digits = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
        return f"{sign}0.{'0' * (-int(exponent) - 1)}{digits.replace('.', '')}"
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def scalar_text(value: Any) -> str:
    """Return a number, a boolean or a string as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value)


def text_value(raw: str) -> str:
    r"""Return the value of a string literal outside a pattern.

    ``\\`` is a backslash, ``\*`` stays as it is.
    """
    return raw.replace("\\\\", "\\") if "\\" in raw else raw


def not_json(value: object) -> str:
    """Return why ``value`` itself, whatever is inside, isn't JSON; empty if it is."""
    match value:
        case None | bool() | str() | dict() | list() | tuple() | Unreadable():
            return ""
        case int():
            if -_LONGEST_INTEGER < value < _LONGEST_INTEGER:
                return ""
            return f"an integer of more than {MAX_DIGITS:,} digits"
        case float():
            return "" if math.isfinite(value) else f"the number {value}, which JSON does not have"
        case _:
            return f"a {type(value).__name__}, which JSON does not have"


_PLAIN: Final = frozenset({bool, int, float, str, dict, list, tuple, Unreadable})


def as_operand(value: Any) -> Any:
    """Return a message's value as an operand.

    JSON null is missing; a value that JSON doesn't have is unreadable.
    """
    if value is None:
        return MISSING
    why = not_json(value)
    if why:
        return Unreadable(why)
    # A subclass may compare and calculate in its own way: JSON has plain values only.
    if type(value) in _PLAIN:
        return value
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    return str.__str__(value) if isinstance(value, str) else value


# Arrays and objects, without recursion: a message may nest to any depth, or hold itself


def is_array(value: object) -> bool:
    return isinstance(value, (list, tuple))


def leaves(array: Any) -> Iterator[Any]:
    """Yield every value inside an array and its arrays; an array inside itself is unreadable."""
    path = [(id(array), iter(array))]
    inside = {id(array)}
    done: set[int] = set()
    while path:
        key, elements = path[-1]
        for element in elements:
            if not is_array(element):
                yield element
            elif id(element) in inside:
                yield Unreadable("an array inside itself")
            elif id(element) not in done:
                inside.add(id(element))
                path.append((id(element), iter(element)))
                break
        else:
            path.pop()
            inside.discard(key)
            done.add(key)


def is_partial(value: Any) -> bool:
    """Return whether a value, or a part of it, can't be read."""
    pending, seen = [value], {id(value)}
    while pending:
        found = pending.pop()
        if isinstance(found, (dict, list, tuple)):
            for part in found.values() if isinstance(found, dict) else found:
                if id(part) not in seen:
                    seen.add(id(part))
                    pending.append(part)
        elif isinstance(found, Unreadable) or not_json(found):
            return True
    return False
