"""The rows of the evaluation table in Polars: how two operands compare.

A column's type is known, so for each present value a comparison is one row of the table.
"""

from __future__ import annotations

from typing import Any, Final

from pnfilter.engines import UntranslatableFilter
from pnfilter.engines.to_polars.expressions import (
    DOUBLE,
    LONG,
    WORD,
    Condition,
    Expr,
    any_element,
    boolean,
    case,
    every,
    failing,
    finite,
    fits,
    flattened,
    folded,
    keys_of,
    list_of,
    literal,
    member,
    negated,
    some,
    text_of,
)
from pnfilter.engines.to_polars.numbers import MIRRORED, compare_numbers, number_in, representable
from pnfilter.engines.to_polars.operands import Operand, constant, element_of
from pnfilter.semantics import MAX_DIGITS, fold, read_number, scalar_text

#: Wildcards of a pattern: it becomes a regular expression, whose size Polars limits.
MAX_WILDCARDS: Final = 2000
_CONTAINERS: Final = ("array", "object")
_EQUALITIES: Final = ("==", "!=")
MIXED: Final = "an array beside a field of another type"
ALIKE: Final = "two arrays or objects compared"
COMPUTED_TEXT: Final = "the text of a result of arithmetic (beside LIKE or CONTAINS)"
LONG_TEXT: Final = "a text that is an integer of more than 37 digits, beside a number"


def comparison(
    operator: str, left: Operand, right: Operand, parts: tuple[str, ...] | None
) -> Condition:
    """Return the outcome of a comparison; ``parts`` are those of a pattern in the filter."""
    missing = (left.missing, right.missing)
    rows: list[tuple[Condition, Condition]] = [(some(left.unreadable, right.unreadable), None)]
    if operator == "==":
        rows.append((every(*missing), None))
    rows.append((some(*missing), None if operator == "!=" else False))
    there: Condition = False
    if left.kind is not None and right.kind is not None:
        there = _present(operator, left, right, parts)
    return failing((*left.failures, *right.failures), case(*rows, default=there))


def _present(
    operator: str, left: Operand, right: Operand, parts: tuple[str, ...] | None
) -> Condition:
    match operator:
        case "==":
            return _equals(left, right)
        case "!=":
            return negated(_equals(left, right))
        case "LIKE":
            return _like(left, right, parts)
        case "CONTAINS":
            return _contains(left, right)
        case "<" | "<=" | ">" | ">=":
            return _order(operator, left, right)
        case _:
            raise UntranslatableFilter(f"the operator {operator}")


def _open(condition: Condition) -> Condition:
    """Return UNDECIDED where the condition is true, else NO_MATCH."""
    return case((condition, None), default=False)


# Equality


def _equals(left: Operand, right: Operand) -> Condition:
    if left.kind in _CONTAINERS and right.kind in _CONTAINERS:
        if left.kind != right.kind:
            return False
        raise UntranslatableFilter(ALIKE)
    if "array" in (left.kind, right.kind):
        return _array_equals(*((left, right) if left.kind == "array" else (right, left)))
    if "object" in (left.kind, right.kind):
        return False
    if "boolean" in (left.kind, right.kind):
        one, other = (left, right) if left.kind == "boolean" else (right, left)
        return _open(_same_boolean(one, other))
    if left.kind == right.kind == "text":
        same: Condition = left.value == right.value
        return same
    if left.kind == right.kind == "number":
        return compare_numbers("==", left, right)
    text, number = (left, right) if left.kind == "text" else (right, left)
    return _open(_reading("==", text, number, False))


def _same_boolean(one: Operand, other: Operand) -> Condition:
    if other.kind == "boolean":
        same: Condition = one.value == other.value
        return same
    if one.is_constant:
        return (
            number_in(other, [int(one.value)])
            if other.kind == "number"
            else other.value == scalar_text(one.value)
        )
    if other.kind == "number":
        yes, no = number_in(other, [1]), number_in(other, [0])
    else:
        yes, no = other.value == "true", other.value == "false"
    return some(every(one.value, yes), every(~one.value, no))


def _reading(operator: str, text: Operand, number: Operand, unread: Condition) -> Condition:
    """Return the number that a string reads as, for a comparison with a number.

    ``unread`` is the result where it reads as none.
    """
    if text.is_constant:
        value = read_number(text.value)
        return unread if value is None else compare_numbers(operator, constant(value), number)
    characters = text.value
    whole = every(
        characters.str.contains("^-?[0-9]+$"),
        characters.str.len_bytes() - characters.str.starts_with("-").cast(WORD) <= MAX_DIGITS,
    )
    fraction = characters.str.contains(r"^-?[0-9]+(\.[0-9]+([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)$")
    integer = characters.cast(LONG, strict=False)
    short = every(whole, integer.is_not_null(), integer.is_between(-_SHORT, _SHORT))
    double = characters.cast(DOUBLE, strict=False)
    as_integer = compare_numbers(operator, Operand("number", integer, LONG), number)
    as_double = compare_numbers(operator, Operand("number", double, DOUBLE), number)
    found = case(
        (short, as_integer),
        (whole, as_double),
        (every(fraction, finite(double)), as_double),
        default=unread,
    )
    # Beyond these limits only the double decides: it must differ from the number's.
    if number.is_constant:
        if abs(number.value) >= _SHORT:
            raise UntranslatableFilter("a text beside a number of more than 37 digits")
    elif number.dtype == DOUBLE:
        alike = every(whole, negated(short), double == number.value)
        found = failing([(alike, LONG_TEXT)], found)
    return found


#: Integers of a string below this are compared as integers.
_SHORT: Final = 10**37


# Arrays


def _leaves(array: Operand, *, direct: bool = False) -> tuple[Expr, Operand]:
    """Return a list of the leaves, or direct elements, and one of them for ``any_element``."""
    value, dtype = flattened(array.value, array.dtype, direct=direct)
    return value, element_of(dtype, array.name)


def _any_leaf(value: Expr, leaf: Operand, outcome: Condition) -> Condition:
    """Return whether some leaf is unreadable, or has an outcome other than NO_MATCH."""
    possible = outcome if isinstance(outcome, bool) else boolean(outcome).fill_null(True)
    return any_element(
        value, case((leaf.unreadable, True), (leaf.missing, False), default=possible)
    )


def _holds(value: Expr, leaf: Operand, other: Operand) -> Condition:
    """Return whether some leaf equals a scalar of its own type."""
    assert leaf.dtype is not None
    dtype, item = leaf.dtype, other.value
    if other.dtype is None:
        constants = representable([item], dtype) if leaf.kind == "number" else [item]
        if not constants:
            return False
        item = literal(constants[0], dtype)
    elif DOUBLE in (dtype, other.dtype):
        if dtype != other.dtype:
            raise UntranslatableFilter(MIXED)
    elif leaf.kind == "number":
        dtype, item = LONG, item.cast(LONG)
    found: Condition = list_of(value, dtype).list.contains(item)
    return found


def _array_equals(array: Operand, other: Operand) -> Condition:
    value, leaf = _leaves(array)
    if leaf.kind is None or leaf.kind == "object":
        return False
    if leaf.kind == other.kind:
        equal = some(_holds(value, leaf, other), any_element(value, leaf.unreadable))
        # Booleans are not known to equal each other; the others are undecided as leaves.
        return _open(equal)
    if other.is_constant:
        return _open(_any_leaf(value, leaf, _equals(leaf, other)))
    raise UntranslatableFilter(MIXED)


def _array_contains(array: Operand, other: Operand) -> Condition:
    value, element = _leaves(array, direct=True)
    if element.kind == "array":
        return _array_equals(array, other)
    if element.kind is None or element.kind == "object":
        return False
    if element.kind == other.kind:
        outcome = None if element.kind == "boolean" else True
        unreadable = any_element(value, element.unreadable)
        return case((_holds(value, element, other), outcome), (unreadable, None), default=False)
    if other.is_constant:
        # An element of another type is never certain to be equal.
        return _open(_any_leaf(value, element, _equals(element, other)))
    raise UntranslatableFilter(MIXED)


def _array_ordered(operator: str, array: Operand, other: Operand) -> Condition:
    value, leaf = _leaves(array)
    if leaf.kind is None:
        return False
    if other.is_constant:
        return _open(_any_leaf(value, leaf, _order(operator, leaf, other)))
    fits: Condition = False
    if leaf.kind == other.kind == "text":
        fits = any_element(value, negated(leaf.missing))
    elif leaf.kind == other.kind == "number":
        extreme = value.list.min() if operator[0] == "<" else value.list.max()
        if leaf.dtype == DOUBLE:
            extreme = extreme.cast(DOUBLE)
        fits = compare_numbers(operator, Operand("number", extreme, leaf.dtype), other)
    elif {leaf.kind, other.kind} == {"text", "number"}:
        raise UntranslatableFilter(MIXED)
    return _open(some(fits, any_element(value, leaf.unreadable)))


# Orderings


def _order(operator: str, left: Operand, right: Operand) -> Condition:
    if left.kind == right.kind == "array":
        raise UntranslatableFilter(ALIKE)
    if left.kind == "array":
        return _array_ordered(operator, left, right)
    if right.kind == "array":
        return _array_ordered(MIRRORED[operator], right, left)
    kinds = (left.kind, right.kind)
    if "boolean" in kinds or "object" in kinds:
        return False
    if kinds == ("text", "text"):
        return None
    if kinds == ("number", "number"):
        return compare_numbers(operator, left, right)
    if left.kind == "text":
        return _reading(operator, left, right, None)
    return _reading(MIRRORED[operator], right, left, None)


# LIKE


def _like(left: Operand, right: Operand, parts: tuple[str, ...] | None) -> Condition:
    if left.kind == "object":
        return False
    if left.kind == "array":
        return _array_like(left, right, parts)
    if right.kind != "text":
        return None
    outcome = _text_like(_text(left), right, parts)
    return outcome if left.kind == "text" else _undecided_if(outcome)


def _undecided_if(outcome: Condition) -> Condition:
    """Return UNDECIDED for a number or boolean where a string would match."""
    return case((negated(outcome), False), default=None)


def _text_like(text: Any, right: Operand, parts: tuple[str, ...] | None) -> Condition:
    """Match a string of the filter or of a column by LIKE."""
    if parts is not None:
        return fits(text, _limit_parts(parts))
    same: Condition = folded(text) == folded(right.value)
    return case((_has_marks(right), None), default=same)


def _limit_parts(parts: tuple[str, ...]) -> tuple[str, ...]:
    if len(parts) > MAX_WILDCARDS + 1:
        raise UntranslatableFilter(f"more than {MAX_WILDCARDS} wildcards in a pattern")
    return parts


def _has_marks(pattern: Operand) -> Condition:
    """Return whether a pattern from the message holds an asterisk or a backslash."""
    found: Condition = pattern.value.str.contains(r"[*\\]")
    return found


def _array_like(array: Operand, right: Operand, parts: tuple[str, ...] | None) -> Condition:
    if array.is_constant:
        texts = [fold(element) for element in array.value if isinstance(element, str)]
        if not texts:
            return False
        if right.kind != "text":
            return None
        same = member(folded(right.value), texts, None)
        return case((_has_marks(right), None), default=same)
    value, element = _leaves(array, direct=True)
    if element.kind != "text":
        return _open(any_element(value, element.unreadable))
    there = any_element(value, negated(element.missing))
    if right.kind != "text":
        return _open(there)
    if parts is not None:
        found = fits(element.value, _limit_parts(parts))
        return any_element(value, case((element.missing, False), default=found))
    same = value.list.eval(folded(element.value)).list.contains(folded(right.value))
    return case((every(there, _has_marks(right)), None), default=same)


# CONTAINS


def _contains(left: Operand, right: Operand) -> Condition:
    if left.kind == "object":
        return _open(_has_key(left, right))
    if left.kind == "array":
        if right.kind in _CONTAINERS:
            return None
        return (
            _set_contains(left.value, right) if left.is_constant else _array_contains(left, right)
        )
    if right.kind in _CONTAINERS:
        return None if left.kind == "text" else False
    if left.kind != "text":
        return _open(_within(_text(right), _text(left)))
    if right.kind == "boolean":
        return _open(some(*(_within(name, left.value) for name in ("true", "false"))))
    return _within(_text(right), left.value)


def _has_key(left: Operand, right: Operand) -> Condition:
    assert left.dtype is not None
    keys = list(keys_of(left.dtype))
    if right.kind != "text":
        return False
    return right.value in keys if right.is_constant else member(right.value, keys, None)


def _set_contains(values: list[Any], right: Operand) -> Condition:
    """Return whether a set of the filter holds a value of a column."""
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if not isinstance(value, str)]
    if right.kind == "text":
        same = some(*(_reading("==", right, constant(number), False) for number in numbers))
        return case((member(right.value, texts, None), True), (same, None), default=False)
    if right.kind == "number":
        read = [number for number in map(read_number, texts) if number is not None]
        return case(
            (number_in(right, numbers), True), (number_in(right, read), None), default=False
        )
    # A boolean is only known not to equal a different one.
    return _open(some(*(_same_boolean(right, constant(value)) for value in values)))


# Strings


def _text(side: Operand) -> Any:
    """Return the text of a scalar: a constant's own, else an expression."""
    if side.is_computed:
        raise UntranslatableFilter(COMPUTED_TEXT)
    return scalar_text(side.value) if side.dtype is None else text_of(side.value, side.dtype)


def _within(inner: Any, outer: Any) -> Condition:
    found: Condition = (literal(outer) if isinstance(outer, str) else outer).str.contains(
        inner, literal=True
    )
    return found
