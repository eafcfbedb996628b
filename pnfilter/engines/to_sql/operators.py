"""The operators in SQL: for two present operands by type, and inside arrays and sets.

LIKE searches the JSON of a string if that is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pnfilter.engines.to_sql.dialect import Dialect
from pnfilter.engines.to_sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    binary,
    call,
    case,
    constant,
    double,
    every,
    first_present,
    fits,
    one_of,
    some,
    text,
)
from pnfilter.engines.to_sql.numbers import compare_numbers
from pnfilter.engines.to_sql.operands import (
    CONTAINERS,
    Constant,
    Field,
    JsonType,
    Number,
    Operand,
    encoded,
)
from pnfilter.semantics import read_number
from pnfilter.syntax.nodes import MIRRORED

if TYPE_CHECKING:
    from pnfilter.syntax.nodes import ComparisonOperator


def of_finite(field: Field, outcome: Sql) -> Sql:
    number = field.number.double
    if outcome is NULL or field.dialect.numbers_are_finite:
        return outcome
    return case((field.dialect.is_finite(number), outcome), default=_overflowing(field))


def _overflowing(field: Field) -> Sql:
    """Return NULL for an unreadable number, or an error for a long integer."""
    return call("NULLIF", field.overflow, TRUE)


def equals(kind: JsonType, left: Operand, other: JsonType, right: Operand) -> Sql:
    """Return ``==`` of two present operands of these types."""
    if kind in CONTAINERS and other in CONTAINERS:
        return equal_json(left, right) if kind == other else FALSE
    if kind == "array" or other == "array":
        array, scalar_kind, scalar = (
            (left, other, right) if kind == "array" else (right, kind, left)
        )
        return some_leaf(array, lambda leaf: element_equals(leaf, scalar_kind, scalar))
    if kind == "object" or other == "object":
        return FALSE
    if kind == "boolean" or other == "boolean":
        boolean, scalar_kind, scalar = (
            (left, other, right) if kind == "boolean" else (right, kind, left)
        )
        return _boolean_equals(boolean, scalar_kind, scalar)
    if kind == other == "text":
        return binary("==", left.json, right.json)
    if kind == other == "number":
        return compare_numbers("==", left.number, right.number, left.dialect)
    number, characters = (left, right) if kind == "number" else (right, left)
    reads, value = characters.read
    if value is None or reads is FALSE:
        return FALSE
    same = compare_numbers("==", number.number, value, left.dialect)
    return case((every(reads, same), NULL), default=FALSE)


def _boolean_equals(boolean: Operand, kind: JsonType, other: Operand) -> Sql:
    if kind == "boolean":
        same = some(
            *(every(boolean.is_boolean(value), other.is_boolean(value)) for value in (True, False))
        )
    elif kind == "text":
        same = some(
            *(
                every(boolean.is_boolean(value), binary("==", other.json, text(f'"{name}"')))
                for value, name in ((True, "true"), (False, "false"))
            )
        )
    else:
        same = some(
            *(
                every(boolean.is_boolean(value), _is_number(other.number, int(value)))
                for value in (True, False)
            )
        )
    return case((same, NULL), default=FALSE)


def _is_number(number: Number, value: int) -> Sql:
    if number.value is not None:
        return constant(number.value == value)

    return binary("==", number.double, double(value))


def equal_json(left: Operand, right: Operand) -> Sql:
    """Compare two arrays, or two objects: identical texts are undecided, others end the query."""
    same = binary("==", left.json, right.json)
    return case((same, NULL), default=left.dialect.fail("two arrays or objects compared"))


def element_equals(element: Field, kind: JsonType, value: Operand) -> Sql:
    """Compare an element that isn't an array with a value that isn't a container."""
    rows = [
        (
            element.is_kind(one),
            of_finite(element, equals(one, element, kind, value))
            if one == "number"
            else equals(one, element, kind, value),
        )
        for one in ("text", "number", "boolean")
    ]
    return case(*rows, default=FALSE)


def some_leaf(array: Operand, outcome: Callable[[Field], Sql]) -> Sql:
    """Return NULL if some leaf is not NO_MATCH, else FALSE."""
    dialect = array.dialect

    def possible(item: Sql) -> Sql:
        return first_present(outcome(Field(dialect, item)), TRUE)

    found = dialect.any_true(dialect.leaves(array.json), possible)
    return case((found, NULL), default=FALSE)


def as_ordering(operator: str) -> ComparisonOperator:
    for known in ("<", "<=", ">", ">="):
        if operator == known:
            return known
    raise AssertionError(operator)


def ordered(
    operator: ComparisonOperator, kind: JsonType, left: Operand, other: JsonType, right: Operand
) -> Sql:
    if kind == other == "array":
        return _arrays_ordered(operator, left, right)
    if kind == "array":
        return some_leaf(left, lambda leaf: _leaf_ordered(operator, leaf, other, right))
    if other == "array":
        mirrored = MIRRORED[operator]
        return some_leaf(right, lambda leaf: _leaf_ordered(mirrored, leaf, kind, left))
    if kind in ("boolean", "object") or other in ("boolean", "object"):
        return FALSE
    if kind == other == "text":
        return NULL
    conditions: list[Sql] = []
    numbers: list[Number] = []
    for one, side in ((kind, left), (other, right)):
        if one == "number":
            numbers.append(side.number)
        else:
            reads, value = side.read
            if value is None:
                return NULL
            conditions.append(reads)
            numbers.append(value)
    outcome = compare_numbers(operator, numbers[0], numbers[1], left.dialect)
    return case((every(*conditions), outcome), default=NULL)


def _arrays_ordered(operator: ComparisonOperator, left: Operand, right: Operand) -> Sql:
    """Order all pairs of leaves; an unreadable one makes its pairs undecided, even with null."""
    dialect = left.dialect
    lists = [dialect.leaves(side.json) for side in (left, right)]
    unreadable = [
        dialect.any_true(leaves, lambda item: Field(dialect, item).overflows) for leaves in lists
    ]
    there_are = [dialect.any_true(leaves, lambda _: TRUE) for leaves in lists]
    pairs = some_leaf(left, lambda leaf: _leaf_ordered(operator, leaf, "array", right))
    return case(
        (every(unreadable[0], there_are[1]), NULL),
        (every(unreadable[1], there_are[0]), NULL),
        default=case((some(*unreadable), FALSE), default=pairs),
    )


def _leaf_ordered(operator: str, leaf: Field, other: JsonType, right: Operand) -> Sql:
    """Order a leaf on the left; the right side may be an array again."""
    operator = as_ordering(operator)
    rows = []
    for one in ("text", "number", "boolean", "object"):
        outcome = ordered(operator, one, leaf, other, right)
        rows.append((leaf.is_kind(one), of_finite(leaf, outcome) if one == "number" else outcome))
    return case(*rows, default=FALSE)


def contains(kind: JsonType, left: Operand, other: JsonType, right: Operand) -> Sql:
    dialect = left.dialect
    if kind == "array":
        if other in CONTAINERS:
            return NULL
        if isinstance(left, Constant):
            return _set_contains(left, other, right)
        return dialect.any_element(
            dialect.elements(left.json),
            lambda item: _direct_element_equals(Field(dialect, item), other, right),
        )
    if kind == "text":
        if other in CONTAINERS:
            return NULL
        if other == "boolean":
            names = (dialect.contains(left.characters, text(name)) for name in ("true", "false"))
            return case((some(*names), NULL), default=FALSE)
        piece = right.characters if other == "text" else right.scalar_text
        return dialect.contains(left.characters, piece)
    if kind == "object":
        if other != "text":
            return FALSE
        return case((dialect.has_key(left.json, right.characters), NULL), default=FALSE)
    if other in CONTAINERS:
        return FALSE
    piece = right.characters if other == "text" else right.scalar_text
    return case((dialect.contains(left.scalar_text, piece), NULL), default=FALSE)


def _direct_element_equals(element: Field, other: JsonType, right: Operand) -> Sql:
    nested = some_leaf(element, lambda leaf: element_equals(leaf, other, right))
    return case((element.is_kind("array"), nested), default=element_equals(element, other, right))


def _set_contains(left: Constant, other: JsonType, right: Operand) -> Sql:
    """Apply CONTAINS to a set of the filter; strings that can only be equal share one IN."""
    values = list(dict.fromkeys(left.value))
    texts = [value for value in values if isinstance(value, str)]
    rest = [value for value in values if not isinstance(value, str)]
    if other != "text":
        if other == "number":
            rest += [value for value in texts if read_number(value) is not None]
        else:
            rest += [value for value in texts if value in ("true", "false")]
        return some(*(_member_equals(left, value, other, right) for value in rest))
    found = one_of(right.json, (text(encoded(value)) for value in texts)) if texts else FALSE
    return some(found, *(_member_equals(left, value, other, right) for value in rest))


def _member_equals(left: Constant, value: object, other: JsonType, right: Operand) -> Sql:
    member = Constant(left.dialect, value)
    return equals(member.kinds[0], member, other, right)


def like(
    kind: JsonType, left: Operand, other: JsonType, right: Operand, parts: tuple[str, ...] | None
) -> Sql:
    dialect = left.dialect
    if kind == "array":
        if isinstance(left, Constant):
            texts = [value for value in left.value if isinstance(value, str)]
            return some(
                *(
                    _text_like(Constant(dialect, value), other, right, parts)
                    for value in dict.fromkeys(texts)
                )
            )
        return dialect.any_element(
            dialect.elements(left.json),
            lambda item: _element_like(Field(dialect, item), other, right, parts),
        )
    if kind == "object":
        return FALSE
    if kind == "text":
        return _text_like(left, other, right, parts)
    if other != "text":
        return NULL
    if parts is not None:
        found = fits_parts(dialect, dialect.fold(left.scalar_text), parts)
        return case((found, NULL), default=FALSE)
    same = binary("==", dialect.fold(left.scalar_text), dialect.fold(right.characters))
    return case((_has_marks(right), NULL), (same, NULL), default=FALSE)


def _has_marks(pattern: Operand) -> Sql:
    """Return whether a pattern from the message holds an asterisk or a backslash."""
    if isinstance(pattern, Constant):
        return constant("*" in pattern.value or "\\" in pattern.value)
    characters = pattern.characters
    return some(*(pattern.dialect.contains(characters, text(mark)) for mark in "*\\"))


def _element_like(
    element: Field, other: JsonType, right: Operand, parts: tuple[str, ...] | None
) -> Sql:
    return case(
        (element.is_kind("text"), _text_like(element, other, right, parts)),
        (element.is_kind("number"), of_finite(element, FALSE)),
        default=FALSE,
    )


def _text_like(
    left: Operand, other: JsonType, right: Operand, parts: tuple[str, ...] | None
) -> Sql:
    dialect = left.dialect
    if other != "text":
        return NULL
    if parts is None:
        same = binary("==", dialect.fold(left.characters), dialect.fold(right.characters))
        return case((_has_marks(right), NULL), default=same)
    exactly = fits_parts(dialect, dialect.fold(left.characters), parts)
    seen = None if isinstance(left, Constant) else like_at_a_glance(left, parts)
    if seen is None:
        return exactly
    found, deceptive = seen
    return case((found, case((deceptive, exactly), default=TRUE)), default=FALSE)


def like_at_a_glance(left: Operand, parts: tuple[str, ...]) -> tuple[Sql, Sql] | None:
    """Return whether a string's JSON text fits a pattern, and whether escapes may falsify that.

    None if that isn't conclusive: a string that doesn't fit may match all the same.
    """
    dialect = left.dialect
    if not stands_plainly("".join(parts), dialect):
        return None
    if parts == ("", ""):
        return TRUE, FALSE
    quoted = list(parts)
    quoted[0] = f'"{quoted[0]}'
    quoted[-1] = f'{quoted[-1]}"'
    deceptive = some(dialect.contains(left.json, text("\\")), dialect.folds_alone(left.json))
    return fits_parts(dialect, dialect.lower(left.json), tuple(quoted), is_quoted=True), deceptive


def stands_plainly(characters: str, dialect: Dialect) -> bool:
    """Return whether JSON writes a string as it is, and the engine's lower case is safe for it."""
    return encoded(characters) == f'"{characters}"' and dialect.lowers_alike(characters)


def fits_parts(
    dialect: Dialect, value: Sql, parts: tuple[str, ...], *, is_quoted: bool = False
) -> Sql:
    """Return whether a folded string, or the JSON of one, fits a pattern's parts."""
    if len(parts) == 1:
        return binary("==", value, text(parts[0]))
    first, *middle, last = parts
    # A JSON string always has quotes at its ends.
    ends = ('"', '"') if is_quoted else ("", "")
    if len(middle) == 1 and (first, last) == ends:
        return dialect.contains(value, text(middle[0]))
    if not middle and last == ends[1]:
        return dialect.starts_with(value, text(first))
    if not middle and first == ends[0]:
        return dialect.ends_with(value, text(last))
    pattern = "%".join(
        part.replace("!", "!!").replace("%", "!%").replace("_", "!_") for part in parts
    )
    return fits(value, pattern)
