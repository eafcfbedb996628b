"""The value model: what an operand can be, and how two of them compare. One copy for all engines.

A value is a JSON value, or one of three marks: ``Missing`` (the path leads nowhere, or to JSON
null), ``Unreadable`` (it can't be seen here) and ``NoValue`` (arithmetic without a result).
A comparison gives ``True``, ``False`` or a ``Reason``: the server's decision is not known.
The rules and their evidence stand in ``grammar/LANGUAGE.md``; each function names its row.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

#: Digits of the longest integer that is exact: in a filter, in a message, as a result.
MAX_DIGITS: Final = 4300


class Reason(enum.Enum):
    """Why a verdict is UNDECIDED. The value is the reason's name in the conformance suite."""

    UNREADABLE = "unreadable"
    EVENT_KIND = "event-kind"
    NO_RESULT = "no-result"
    BOTH_MISSING = "both-missing"
    NO_METADATA = "no-metadata"
    MISSING_IN_ARITHMETIC = "missing-in-arithmetic"
    NUMBER_AND_TEXT = "number-and-text"
    BOOLEAN_EQUALITY = "boolean-equality"
    ARRAY_EQUALITY = "array-equality"
    JSON_EQUALITY = "json-equality"
    TEXT_ORDERING = "text-ordering"
    ARRAY_ORDERING = "array-ordering"
    LIKE_SCALAR = "like-scalar"
    PATTERN_FROM_MESSAGE = "pattern-from-message"
    PATTERN_NOT_TEXT = "pattern-not-text"
    CONTAINS_CONTAINER = "contains-container"
    CONTAINS_BOOLEAN = "contains-boolean"
    CONTAINS_IN_SCALAR = "contains-in-scalar"
    CONTAINS_KEY = "contains-key"
    NEGATED_VALUE = "negated-value"
    BARE_VALUE = "bare-value"

    @property
    def text(self) -> str:
        """The reason as a sentence's end."""
        return REASON_TEXTS[self]


REASON_TEXTS: Final = {
    Reason.UNREADABLE: "an operand can't be read here",
    Reason.EVENT_KIND: "whether filters apply to signals, objects and message actions is not known",
    Reason.NO_RESULT: "the arithmetic has no result here, and what the server does then is not known",
    Reason.BOTH_MISSING: "both sides are missing, and whether the server calls that equal is not known",
    Reason.NO_METADATA: "the message has no metadata at all, and what `!=` says then is not known",
    Reason.MISSING_IN_ARITHMETIC: "a field of the arithmetic is missing, and what the server does then is not known",
    Reason.NUMBER_AND_TEXT: "whether a number equals its own text is not known",
    Reason.BOOLEAN_EQUALITY: "what a boolean equals is not known",
    Reason.ARRAY_EQUALITY: "an element is equal, and whether the array then is, is not known",
    Reason.JSON_EQUALITY: "whether objects and arrays can be equal is not known",
    Reason.TEXT_ORDERING: "the documented ordering is of numbers; how texts are ordered is not known",
    Reason.ARRAY_ORDERING: "an element fits, and whether the array then does, is not known",
    Reason.LIKE_SCALAR: "the text of the value fits, and whether LIKE reads it is not known",
    Reason.PATTERN_FROM_MESSAGE: "whether wildcards work in a pattern from the message is not known",
    Reason.PATTERN_NOT_TEXT: "the pattern is no text, and what LIKE does then is not known",
    Reason.CONTAINS_CONTAINER: "whether an array or object can be contained is not known",
    Reason.CONTAINS_BOOLEAN: "whether a text contains a boolean's name is not known",
    Reason.CONTAINS_IN_SCALAR: "the text of the value holds it, and whether CONTAINS reads that is not known",
    Reason.CONTAINS_KEY: "it is a key of the object, and whether CONTAINS looks at keys is not known",
    Reason.NEGATED_VALUE: "`!` is known for true and false only",
    Reason.BARE_VALUE: "whether this value alone counts as true is not known",
}  # fmt: skip


class Missing:
    """No value: the path leads nowhere or to JSON null, or arithmetic met such a value."""

    __slots__ = ("computed", "no_metadata")

    def __init__(self, *, no_metadata: bool = False, computed: bool = False) -> None:
        self.no_metadata = no_metadata
        self.computed = computed

    def __repr__(self) -> str:
        return "missing"


MISSING: Final = Missing()
#: What a metadata path gives in a message that has no metadata at all.
MISSING_METADATA: Final = Missing(no_metadata=True)
#: What arithmetic gives where an operand is missing.
MISSING_RESULT: Final = Missing(computed=True)


class Unreadable:
    """A part of a message that can't be seen here; ``why`` says more where it is known."""

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
"""Put it in the place of data, metadata or anything inside that can't be seen here."""


class NoValue:
    """Arithmetic without a result; ``why`` says what stood in its way."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def __repr__(self) -> str:
        return f"no result: {self.why}"


# Numbers and texts

_LONGEST_INTEGER: Final = 10**MAX_DIGITS
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def is_number(value: object) -> bool:
    """A JSON number; a boolean is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read_number(text: str) -> int | float | None:
    """The number that a text reads as: a literal with an optional minus, and nothing round it."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    if match[1] or match[2]:
        number = float(text)
        return number if math.isfinite(number) else None
    return int(text) if len(text.lstrip("-")) <= MAX_DIGITS else None


def number_text(number: int | float) -> str:
    """The shortest decimal text that reads back to the number: 5.0 is "5"; no exponent below 1e16."""
    if isinstance(number, int):
        return int.__repr__(number)
    mantissa, _, exponent = float.__repr__(number).partition("e")
    mantissa = mantissa.removesuffix(".0")
    if exponent.startswith("-"):
        sign, digits = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
        return f"{sign}0.{'0' * (-int(exponent) - 1)}{digits.replace('.', '')}"
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def scalar_text(value: Any) -> str:
    """The text of a number, a boolean or a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value)


def text_value(raw: str) -> str:
    r"""What a text literal means outside of a pattern: ``\\`` is a backslash, ``\*`` stays as it is."""
    return raw.replace("\\\\", "\\") if "\\" in raw else raw


def not_json(value: object) -> str:
    """Why ``value`` itself, whatever is inside, is no JSON value; empty for one that is."""
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


# Patterns


def fold(text: str) -> str:
    """Lower case letter by letter, as LIKE compares (assumed beyond ASCII)."""
    # str.lower looks at the neighbours of a capital sigma only.
    if "Σ" not in text:
        return text.lower()
    return "".join(char.lower() for char in text)


def pattern_parts(raw: str) -> tuple[str, ...]:
    r"""The folded texts between the wildcards of a pattern; ``\*`` is no wildcard."""
    parts: list[list[str]] = [[]]
    chars = iter(raw)
    for char in chars:
        if char == "*":
            parts.append([])
        else:
            parts[-1].append(next(chars) if char == "\\" else char)
    return tuple(fold("".join(part)) for part in parts)


def like(text: str, parts: tuple[str, ...]) -> bool:
    """Whether a whole text fits a pattern, without case (recorded, documented).

    Each part is searched once from where the last one ended: no backtracking.
    """
    text = fold(text)
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return text == first
    position, end = len(first), len(text) - len(last)
    if position > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for part in parts[1:-1]:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


# Arrays and objects, without recursion: a message may nest as deep as it likes, or hold itself


def is_array(value: object) -> bool:
    return isinstance(value, (list, tuple))


def leaves(array: Any) -> Iterator[Any]:
    """Every value inside an array and the arrays in it; an array inside itself is unreadable."""
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


def may_equal_json(left: Any, right: Any) -> bool:
    """Whether two values are equal as JSON, or may be, for all that can be read."""
    pending = [(left, right)]
    seen: set[tuple[int, int]] = set()
    while pending:
        left, right = pending.pop()
        if _is_obscure(left) or _is_obscure(right):
            continue
        if isinstance(left, dict) and isinstance(right, dict):
            if (id(left), id(right)) in seen:
                continue
            seen.add((id(left), id(right)))
            if left.keys() != right.keys():
                return False
            pending.extend((value, right[key]) for key, value in left.items())
        elif is_array(left) and is_array(right):
            if (id(left), id(right)) in seen:
                continue
            seen.add((id(left), id(right)))
            if len(left) != len(right):
                return False
            pending.extend(zip(left, right, strict=True))
        elif is_number(left) and is_number(right):
            if left != right:
                return False
        elif type(left) is not type(right) and not (
            isinstance(left, str) and isinstance(right, str)
        ):
            return False
        elif left != right:
            return False
    return True


def _is_obscure(value: object) -> bool:
    return isinstance(value, Unreadable) or bool(not_json(value))


# The rows of the evaluation table


def _any(outcomes: Iterator[bool | Reason]) -> bool | Reason:
    """Kleene's OR."""
    reason: bool | Reason = False
    for outcome in outcomes:
        if outcome is True:
            return True
        if outcome is not False and reason is False:
            reason = outcome
    return reason


def negated(outcome: bool | Reason) -> bool | Reason:
    """Kleene's NOT."""
    return outcome if isinstance(outcome, Reason) else not outcome


def as_operand(value: Any) -> Any:
    """A value of the message as an operand: JSON null is missing, what JSON doesn't have unreadable."""
    if value is None:
        return MISSING
    why = not_json(value)
    return Unreadable(why) if why else value


def equals(left: Any, right: Any) -> bool | Reason:
    """``==`` of two present values."""
    if is_array(left) or is_array(right):
        if isinstance(left, (dict, list, tuple)) and isinstance(right, (dict, list, tuple)):
            return Reason.JSON_EQUALITY if may_equal_json(left, right) else False
        array, scalar = (left, right) if is_array(left) else (right, left)
        some = _any(_equals_element(element, scalar) for element in leaves(array))
        return False if some is False else Reason.ARRAY_EQUALITY
    if isinstance(left, dict) or isinstance(right, dict):
        both = isinstance(left, dict) and isinstance(right, dict)
        return Reason.JSON_EQUALITY if both and may_equal_json(left, right) else False
    if isinstance(left, bool) or isinstance(right, bool):
        return _boolean_equals(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, str) or isinstance(right, str):
        number, text = (right, left) if isinstance(left, str) else (left, right)
        return Reason.NUMBER_AND_TEXT if read_number(text) == number else False
    return bool(left == right)


def _boolean_equals(left: Any, right: Any) -> bool | Reason:
    boolean, other = (left, right) if isinstance(left, bool) else (right, left)
    if isinstance(other, str):
        same = other == scalar_text(boolean)
    else:
        same = bool(other == boolean)
    return Reason.BOOLEAN_EQUALITY if same else False


def _equals_element(element: Any, value: Any) -> bool | Reason:
    element = as_operand(element)
    if isinstance(element, Unreadable):
        return Reason.UNREADABLE
    return False if element is MISSING else equals(element, value)


_ORDERINGS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _ordered(operator: str, left: Any, right: Any) -> bool | Reason:
    """An ordering of two present values."""
    if is_array(left) or is_array(right):
        lefts, rights = (_extremes(side) if is_array(side) else [side] for side in (left, right))
        some = _any(_ordered_elements(operator, one, other) for one in lefts for other in rights)
        return False if some is False else Reason.ARRAY_ORDERING
    if isinstance(left, (dict, bool)) or isinstance(right, (dict, bool)):
        return False
    if isinstance(left, str) and isinstance(right, str):
        return Reason.TEXT_ORDERING
    numbers = [read_number(side) if isinstance(side, str) else side for side in (left, right)]
    if numbers[0] is None or numbers[1] is None:
        return Reason.TEXT_ORDERING
    return _ORDERINGS[operator](*numbers)


def _extremes(array: Any) -> list[Any]:
    """A few elements of which one fits an ordering if any element does: no pair is worth more."""
    numbers: list[int | float] = []
    read: dict[int | float, str] = {}
    others: dict[type, Any] = {}
    for element in leaves(array):
        number = read_number(element) if isinstance(element, str) else None
        if number is not None:
            read[number] = element
        elif is_number(element) and not not_json(element):
            numbers.append(element)
        else:
            others[type(element)] = element
    found = list(others.values())
    if numbers:
        found += [min(numbers), max(numbers)]
    if read:
        found += [read[min(read)], read[max(read)]]
    return found


def _ordered_elements(operator: str, left: Any, right: Any) -> bool | Reason:
    left, right = as_operand(left), as_operand(right)
    if isinstance(left, Unreadable) or isinstance(right, Unreadable):
        return Reason.UNREADABLE
    return False if left is MISSING or right is MISSING else _ordered(operator, left, right)


def _like(value: Any, pattern: Any, literal: str | None) -> bool | Reason:
    """LIKE of two present values; ``literal`` is the raw pattern where the filter holds it."""
    parts = _parts_of(pattern, literal)
    if is_array(value):
        return _any(_like_element(element, parts) for element in value)
    if isinstance(value, dict):
        return False
    if isinstance(parts, Reason):
        return parts
    fits = like(scalar_text(value), parts)
    return Reason.LIKE_SCALAR if fits and not isinstance(value, str) else fits


def _parts_of(pattern: Any, literal: str | None) -> tuple[str, ...] | Reason:
    if not isinstance(pattern, str):
        return Reason.PATTERN_NOT_TEXT
    if literal is not None:
        return pattern_parts(literal)
    return Reason.PATTERN_FROM_MESSAGE if "*" in pattern or "\\" in pattern else (fold(pattern),)


def _like_element(element: Any, parts: tuple[str, ...] | Reason) -> bool | Reason:
    if isinstance(element, str):
        return parts if isinstance(parts, Reason) else like(element, parts)
    return Reason.UNREADABLE if _is_obscure(element) else False


def _contains(container: Any, value: Any) -> bool | Reason:
    """CONTAINS of two present values."""
    if is_array(container):
        if isinstance(value, (dict, list, tuple)):
            return Reason.CONTAINS_CONTAINER
        return _any(_equals_element(element, value) for element in container)
    if isinstance(container, str):
        if isinstance(value, (dict, list, tuple)):
            return Reason.CONTAINS_CONTAINER
        if isinstance(value, bool):
            held = "true" in container or "false" in container
            return Reason.CONTAINS_BOOLEAN if held else False
        return scalar_text(value) in container
    if isinstance(container, dict):
        held = isinstance(value, str) and value in container
        return Reason.CONTAINS_KEY if held else False
    if isinstance(value, (dict, list, tuple)):
        return False
    held = scalar_text(value) in scalar_text(container)
    return Reason.CONTAINS_IN_SCALAR if held else False


def compare(operator: str, left: Any, right: Any, literal: str | None = None) -> bool | Reason:
    """One comparison of two operands, by the order of the table: the first that applies decides.

    ``literal`` is the raw content of the right side where it is a text written in the filter.
    """
    if isinstance(left, Unreadable) or isinstance(right, Unreadable):
        return Reason.UNREADABLE
    if isinstance(left, NoValue) or isinstance(right, NoValue):
        return Reason.NO_RESULT
    if isinstance(left, Missing) or isinstance(right, Missing):
        return _compare_missing(operator, left, right)
    match operator:
        case "==" | "=":
            return equals(left, right)
        case "!=":
            return negated(equals(left, right))
        case "LIKE":
            return _like(left, right, literal)
        case "CONTAINS":
            return _contains(left, right)
        case _:
            return _ordered(operator, left, right)


def _compare_missing(operator: str, left: Any, right: Any) -> bool | Reason:
    """A comparison in which one side or both are missing."""
    if isinstance(left, Missing) and isinstance(right, Missing):
        return Reason.BOTH_MISSING if operator in {"==", "=", "!="} else False
    if operator != "!=":
        return False
    missing = left if isinstance(left, Missing) else right
    if missing.computed:
        return Reason.MISSING_IN_ARITHMETIC
    return Reason.NO_METADATA if missing.no_metadata else True


def truth(value: Any) -> bool | Reason:
    """A bare operand as a condition."""
    match value:
        case Unreadable():
            return Reason.UNREADABLE
        case NoValue():
            return Reason.NO_RESULT
        case Missing(computed=True):
            return Reason.MISSING_IN_ARITHMETIC
        case Missing():
            return False
        case bool():
            return value
        case int() | float() if value == 0:
            return False
        case str() if not value:
            return False
        case _:
            return Reason.BARE_VALUE


def negated_truth(value: Any) -> bool | Reason:
    """``!`` before a bare operand."""
    if isinstance(value, bool):
        return not value
    outcome = truth(value)
    if isinstance(outcome, Reason) and outcome is not Reason.BARE_VALUE:
        return outcome
    return Reason.NEGATED_VALUE


# Arithmetic

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
    """What arithmetic gives where some operand is no number; None where all are numbers."""
    for mark in (Unreadable, NoValue):
        for operand in operands:
            if isinstance(operand, mark):
                return operand
    for operand in operands:
        if not isinstance(operand, Missing) and not is_number(operand):
            return NoValue("an operand is no number")
    if any(isinstance(operand, Missing) for operand in operands):
        return MISSING_RESULT
    return None


def calculate(operator: str, left: Any, right: Any) -> Any:
    """``left operator right``: a number, or a mark."""
    mark = _without_numbers(left, right)
    if mark is not None:
        return mark
    whole = isinstance(left, int) and isinstance(right, int)
    if operator in _BITS:
        return _in_range(_BITS[operator](left, right)) if whole else _NO_BITS
    if operator == "%":
        if not whole or left < 0 or right < 0:
            return NoValue("a remainder is of non-negative integers")
        return left % right if right else NoValue("division by zero")
    try:
        return _in_range(_SUMS[operator](left, right))
    except ZeroDivisionError:
        return NoValue("division by zero")
    except OverflowError:
        return _OUT_OF_RANGE


_NO_BITS: Final = NoValue("bits are of integers")
_OUT_OF_RANGE: Final = NoValue("the result is out of range")


def _in_range(result: int | float) -> Any:
    return _OUT_OF_RANGE if not_json(result) else result


def apply_sign(operator: str, operand: Any) -> Any:
    """``-operand`` or ``~operand``: a number, or a mark."""
    mark = _without_numbers(operand)
    if mark is not None:
        return mark
    if operator == "-":
        return -operand
    return _in_range(~operand) if isinstance(operand, int) else _NO_BITS
