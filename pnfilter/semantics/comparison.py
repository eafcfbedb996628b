"""The rows of the evaluation table: compare two operands, or evaluate one as a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pnfilter.semantics.outcome import Reason, disjunction, negation
from pnfilter.semantics.values import (
    MISSING,
    Missing,
    NoResult,
    Unreadable,
    as_operand,
    is_array,
    is_number,
    leaves,
    not_json,
    read_number,
    scalar_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_NUMBERS: Final = frozenset({bool, int, float})


def may_equal_json(left: Any, right: Any) -> bool:
    """Return whether two values are, or may be, equal as JSON, given what can be read."""
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


def equals(left: Any, right: Any) -> bool | Reason:
    """Compare two present values by ``==``."""
    if is_array(left) or is_array(right):
        if isinstance(left, (dict, list, tuple)) and isinstance(right, (dict, list, tuple)):
            return Reason.JSON_EQUALITY if may_equal_json(left, right) else False
        array, scalar = (left, right) if is_array(left) else (right, left)
        some = _any_equal(leaves(array), scalar)
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


#: Numbers between these limits are JSON numbers and need no further check.
_PLAINLY_FINITE: Final = float(1 << 63)


def _any_equal(elements: Iterable[Any], scalar: Any) -> bool | Reason:
    """Return whether an element equals a scalar, by ``==`` of two values.

    A filter may ask for thousands of values among thousands of elements. Python's own comparisons
    first discard all that certainly differ; only the others are examined.
    """
    text, number = scalar, scalar
    if isinstance(scalar, str):
        number = {"true": True, "false": False}.get(scalar, read_number(scalar))
    elif isinstance(scalar, bool):
        text = scalar_text(scalar)
    any_text = is_number(scalar)
    limit, plain = _PLAINLY_FINITE, _NUMBERS
    return disjunction(
        _equals_element(element, scalar)
        for element in [
            element
            for element in elements
            if (
                any_text or element == text
                if type(element) is str
                else element is not None
                and (
                    type(element) not in plain or element == number or not -limit < element < limit
                )
            )
        ]
    )


def _equals_element(element: Any, value: Any) -> bool | Reason:
    element = as_operand(element)
    if isinstance(element, Unreadable):
        return Reason.UNREADABLE
    return equals(element, value)


ORDERINGS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _order(operator: str, left: Any, right: Any) -> bool | Reason:
    """Compare two present values by an ordering."""
    if is_array(left) or is_array(right):
        lefts, rights = (_extremes(side) if is_array(side) else [side] for side in (left, right))
        some = disjunction(
            _ordered_elements(operator, one, other) for one in lefts for other in rights
        )
        return False if some is False else Reason.ARRAY_ORDERING
    if isinstance(left, (dict, bool)) or isinstance(right, (dict, bool)):
        return False
    if isinstance(left, str) and isinstance(right, str):
        return Reason.TEXT_ORDERING
    numbers = [read_number(side) if isinstance(side, str) else side for side in (left, right)]
    if numbers[0] is None or numbers[1] is None:
        return Reason.TEXT_ORDERING
    return ORDERINGS[operator](*numbers)


def _extremes(array: Any) -> list[Any]:
    """Return a few elements: if any element fits an ordering, one of these does."""
    numbers: list[Any] = []
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
    return False if left is MISSING or right is MISSING else _order(operator, left, right)


def _like(value: Any, pattern: Any, literal: str | None) -> bool | Reason:
    """Match two present values by LIKE; ``literal`` is the raw pattern if it is in the filter."""
    parts = parts_of_pattern(pattern, literal)
    if is_array(value):
        return disjunction(like_element(element, parts) for element in value)
    if isinstance(value, dict):
        return False
    if isinstance(parts, Reason):
        return parts
    fits = like(scalar_text(value), parts)
    return Reason.LIKE_SCALAR if fits and not isinstance(value, str) else fits


def parts_of_pattern(pattern: Any, literal: str | None) -> tuple[str, ...] | Reason:
    """Return the parts of a pattern, or the reason why its meaning is not known."""
    if not isinstance(pattern, str):
        return Reason.PATTERN_NOT_TEXT
    if literal is not None:
        return pattern_parts(literal)
    return Reason.PATTERN_FROM_MESSAGE if "*" in pattern or "\\" in pattern else (fold(pattern),)


def like_element(element: Any, parts: tuple[str, ...] | Reason) -> bool | Reason:
    """Match an element of an array by LIKE: only strings count."""
    if isinstance(element, str):
        return parts if isinstance(parts, Reason) else like(element, parts)
    return Reason.UNREADABLE if _is_obscure(element) else False


def _contains(container: Any, value: Any) -> bool | Reason:
    """Compare two present values by CONTAINS."""
    if is_array(container):
        if isinstance(value, (dict, list, tuple)):
            return Reason.CONTAINS_CONTAINER
        return _any_equal(container, value)
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
    """Compare two operands; the first row of the table that applies decides.

    ``literal`` is the raw content of the right side if it is a string in the filter.
    """
    if isinstance(left, Unreadable) or isinstance(right, Unreadable):
        return Reason.UNREADABLE
    if isinstance(left, NoResult) or isinstance(right, NoResult):
        return Reason.NO_RESULT
    if isinstance(left, Missing) or isinstance(right, Missing):
        return _compare_missing(operator, left, right)
    match operator:
        case "==" | "=":
            return equals(left, right)
        case "!=":
            return negation(equals(left, right))
        case "LIKE":
            return _like(left, right, literal)
        case "CONTAINS":
            return _contains(left, right)
        case _ if operator in ORDERINGS:
            return _order(operator, left, right)
        case _:
            raise AssertionError(f"not a comparison operator: {operator}")


def _compare_missing(operator: str, left: Any, right: Any) -> bool | Reason:
    """Compare when one side or both are missing."""
    if isinstance(left, Missing) and isinstance(right, Missing):
        return Reason.BOTH_MISSING if operator in {"==", "=", "!="} else False
    if operator != "!=":
        return False
    missing = left if isinstance(left, Missing) else right
    if missing.computed:
        return Reason.MISSING_IN_ARITHMETIC
    return Reason.NO_METADATA if missing.no_metadata else Reason.MISSING_DIFFERS


def truth(value: Any) -> bool | Reason:
    """Evaluate a bare operand as a condition."""
    match value:
        case Unreadable():
            return Reason.UNREADABLE
        case NoResult():
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
    """Evaluate ``!`` before a bare operand."""
    if isinstance(value, bool):
        return not value
    outcome = truth(value)
    if isinstance(outcome, Reason) and outcome is not Reason.BARE_VALUE:
        return outcome
    return Reason.NEGATED_VALUE


# LIKE


def fold(text: str) -> str:
    """Lower-case each character on its own, as LIKE compares (assumed beyond ASCII)."""
    # str.lower looks at neighbours for a capital sigma only.
    if "Σ" not in text:
        return text.lower()
    return "".join(char.lower() for char in text)


def pattern_parts(raw: str) -> tuple[str, ...]:
    r"""Return the folded strings between a pattern's wildcards; ``\*`` is not a wildcard."""
    parts: list[list[str]] = [[]]
    chars = iter(raw)
    for char in chars:
        if char == "*":
            parts.append([])
        else:
            parts[-1].append(next(chars, char) if char == "\\" else char)
    return tuple(fold("".join(part)) for part in parts)


def like(text: str, parts: tuple[str, ...]) -> bool:
    """Return whether a pattern matches a whole string, ignoring case (recorded, documented).

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
