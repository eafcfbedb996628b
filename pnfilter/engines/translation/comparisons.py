"""The rows of the evaluation table as SQL: how two operands compare.

The order of the conditions differs from the table's, since they exclude each other: what is
frequent is asked first. What remains is decided by where the sides are missing or unreadable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pnfilter.engines.translation.dialects import Dialect
from pnfilter.engines.translation.numbers import compare_numbers
from pnfilter.engines.translation.operands import (
    CONTAINERS,
    KINDS,
    Constant,
    Field,
    Kind,
    Number,
    Operand,
    encoded,
)
from pnfilter.engines.translation.writing import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    array,
    binary,
    call,
    case,
    constant,
    element,
    every,
    first_present,
    fits,
    negated,
    one_of,
    some,
    text,
    variable,
)
from pnfilter.syntax.nodes import MIRRORED, ORDERINGS
from pnfilter.values import pattern_parts, read_number

if TYPE_CHECKING:
    from pnfilter.syntax.nodes import type_of_comparison

Relation = Callable[[Kind, Operand, Kind, Operand], Sql]
_EQUALITIES = ("==", "=", "!=")
#: The characters of numbers and booleans as texts, in lower case.
_OF_SCALARS = "0123456789.+-truefalsinfinitynan"


def comparison(
    operator: type_of_comparison, left: Operand, right: Operand, literal: str | None
) -> Sql:
    """The outcome of a comparison of two operands of which one at least is no constant."""
    relation = _relation(operator, literal)
    present = _present(operator, relation, left, right)
    sides = [side for side in (left, right) if not isinstance(side, Constant)]
    unknown = some(*(side.unknown for side in sides))
    missing_outcome = TRUE if operator == "!=" else FALSE
    if len(sides) == 1 and isinstance(sides[0], Field):
        # Present first: the other rows are for what has no kind.
        field = sides[0]
        rows = [(field.hidden, NULL)]
        if operator == "!=":
            rows.append((field.is_void, field.unequal))
        return _flattened(relation, field, (left, right), rows, missing_outcome)
    both = every(left.missing, right.missing)
    rows = [(unknown, NULL), (both, NULL if operator in _EQUALITIES else FALSE)]
    for side in sides:
        rows.append((side.missing, side.unequal if operator == "!=" else FALSE))
    return case(*rows, default=present)


def _present(operator: str, relation: Relation, left: Operand, right: Operand) -> Sql:
    """The relation of two present sides."""
    if isinstance(left, Field) and isinstance(right, Field) and left.dialect.binds_results:
        if operator in _EQUALITIES or operator in ORDERINGS:
            return _of_leaves(operator, left, right)
        if operator == "CONTAINS":
            return case(
                (left.is_kind("array"), _array_contains(left, right)),
                default=_by_kind(relation, left, right, without="array"),
            )
    return _by_kind(relation, left, right)


def comparison_of_kind(
    operator: type_of_comparison,
    kind: Kind,
    field: Field,
    operands: tuple[Operand, Operand],
    literal: str | None,
) -> Sql:
    """The outcome of a comparison of a constant and a field of this kind, a finite number if one."""
    relation = _relation(operator, literal)
    left, right = operands
    if field is left:
        return relation(kind, left, right.kinds[0], right)
    return relation(left.kinds[0], left, kind, right)


def _flattened(
    relation: Relation,
    field: Field,
    operands: tuple[Operand, Operand],
    absent: list[tuple[Sql, Sql]],
    default: Sql,
) -> Sql:
    """One CASE for the kinds of the one field, and for where it is absent."""
    left, right = operands
    rows: list[tuple[Sql, Sql]] = []
    last: list[tuple[Sql, Sql]] = []
    for kind in KINDS:
        if field is left:
            outcome = relation(kind, left, right.kinds[0], right)
        else:
            outcome = relation(left.kinds[0], left, kind, right)
        if kind == "number":
            outcome = _of_finite(field, outcome)
        # A kind that is worth what an absent field is needs no row of its own.
        (last if outcome is default else rows).append((field.is_kind(kind), outcome))
    return case(*rows, *absent, *last, default=default)


def _of_finite(field: Field, outcome: Sql) -> Sql:
    number = field.number.double
    if outcome is NULL or field.dialect.numbers_are_finite:
        return outcome
    return case((field.dialect.is_finite(number), outcome), default=_overflowing(field))


def _overflowing(field: Field) -> Sql:
    """NULL for an unreadable number, or an error for a long integer."""
    return call("NULLIF", field.overflow, TRUE)


def _by_kind(relation: Relation, left: Operand, right: Operand, without: Kind | None = None) -> Sql:
    """The relation of two present sides, of which the left has not the kind ``without``."""

    def of_right(kind: Kind) -> Sql:
        rows = [(right.is_kind(other), relation(kind, left, other, right)) for other in right.kinds]
        return case(*rows, default=NULL)

    kinds: list[Kind] = [kind for kind in left.kinds if kind != without]
    return case(*((left.is_kind(kind), of_right(kind)) for kind in kinds), default=NULL)


def _relation(operator: type_of_comparison, literal: str | None) -> Relation:
    match operator:
        case "==" | "=":
            return equals
        case "!=":
            return lambda *sides: negated(equals(*sides))
        case "LIKE":
            return lambda kind, left, other, right: _like(kind, left, other, right, literal)
        case "CONTAINS":
            return _contains
        case _:
            return lambda kind, left, other, right: _ordered(operator, kind, left, other, right)


def _of_leaves(operator: str, left: Field, right: Field) -> Sql:
    """An equality or ordering of two fields: every leaf of one with every leaf of the other.

    A value that is no array is its own leaf, so that the kinds are told apart in one place.
    """
    dialect = left.dialect
    relation = _relation("==" if operator in _EQUALITIES else _as_operator(operator), None)

    def pairs(one: Sql) -> Sql:
        def outcome(other: Sql) -> Sql:
            return _of_pair(relation, Field(dialect, one), Field(dialect, other))

        return dialect.each(_leaves_of(right), outcome)

    name = dialect.name_of_variable()
    found = variable(name)
    is_open = dialect.any_true(found, lambda one: first_present(one, TRUE))
    are_arrays = [side.is_kind("array") for side in (left, right)]
    rows = [(some(*are_arrays), case((is_open, NULL), default=FALSE))]
    if operator in _EQUALITIES:
        for kind in CONTAINERS:
            both = every(left.is_kind(kind), right.is_kind(kind))
            rows.insert(0, (both, _equal_json(left, right)))
    body = case(*rows, default=element(found, 0))
    outcomes = dialect.flattened(dialect.each(_leaves_of(left), pairs))
    same = dialect.bind(name, outcomes, body)
    return negated(same) if operator == "!=" else same


def _leaves_of(field: Field) -> Sql:
    return case(
        (field.is_kind("array"), field.dialect.leaves(field.json)), default=array(field.json)
    )


def _array_contains(left: Field, right: Field) -> Sql:
    """CONTAINS of an array; the kind of the other side is asked once for each pair."""
    dialect = left.dialect

    def outcome(item: Sql) -> Sql:
        one = Field(dialect, item)
        nested = _some_leaf(one, lambda leaf: _of_pair(equals, leaf, right))
        return case((one.is_kind("array"), nested), default=_of_pair(equals, one, right))

    found = dialect.any_element(dialect.elements(left.json), outcome)
    return case((some(right.is_kind("array"), right.is_kind("object")), NULL), default=found)


#: The kinds of which two values may be equal or in an order, beside arrays.
_LEAVES: tuple[Kind, ...] = ("text", "number", "boolean")


def _of_pair(relation: Relation, left: Field, right: Field) -> Sql:
    """Two values that are no arrays; objects, and null in an array, are nothing's equal."""
    rows = []
    for kind in _LEAVES:
        inner = [(right.is_kind(other), relation(kind, left, other, right)) for other in _LEAVES]
        rows.append((left.is_kind(kind), case(*inner, default=FALSE)))
    return case(*rows, default=FALSE)


# Equality


def equals(kind: Kind, left: Operand, other: Kind, right: Operand) -> Sql:
    """``==`` of two present operands of these kinds."""
    if kind in CONTAINERS and other in CONTAINERS:
        return _equal_json(left, right) if kind == other else FALSE
    if kind == "array" or other == "array":
        array, scalar_kind, scalar = (
            (left, other, right) if kind == "array" else (right, kind, left)
        )
        return _some_leaf(array, lambda leaf: _element_equals(leaf, scalar_kind, scalar))
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


def _boolean_equals(boolean: Operand, kind: Kind, other: Operand) -> Sql:
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
    from pnfilter.engines.translation.writing import double

    return binary("==", number.double, double(value))


def _equal_json(left: Operand, right: Operand) -> Sql:
    """Of two arrays, or two objects: alike to the character, or an error."""
    same = binary("==", left.json, right.json)
    return case((same, NULL), default=left.dialect.fail("two arrays or objects compared"))


def _element_equals(element: Field, kind: Kind, value: Operand) -> Sql:
    """An element that is no array beside a value that is no container."""
    rows = [
        (
            element.is_kind(one),
            _of_finite(element, equals(one, element, kind, value))
            if one == "number"
            else equals(one, element, kind, value),
        )
        for one in ("text", "number", "boolean")
    ]
    return case(*rows, default=FALSE)


def _some_leaf(array: Operand, outcome: Callable[[Field], Sql]) -> Sql:
    """NULL if some leaf is not NO_MATCH, else FALSE."""
    dialect = array.dialect

    def possible(item: Sql) -> Sql:
        return first_present(outcome(Field(dialect, item)), TRUE)

    found = dialect.any_true(dialect.leaves(array.json), possible)
    return case((found, NULL), default=FALSE)


# Orderings


def _ordered(
    operator: type_of_comparison, kind: Kind, left: Operand, other: Kind, right: Operand
) -> Sql:
    if kind == other == "array":
        return _arrays_ordered(operator, left, right)
    if kind == "array":
        return _some_leaf(left, lambda leaf: _leaf_ordered(operator, leaf, other, right))
    if other == "array":
        mirrored = MIRRORED[operator]
        return _some_leaf(right, lambda leaf: _leaf_ordered(mirrored, leaf, kind, left))
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


def _arrays_ordered(operator: type_of_comparison, left: Operand, right: Operand) -> Sql:
    """All pairs of leaves; one that can't be read leaves open what it is paired with, also null."""
    dialect = left.dialect
    lists = [dialect.leaves(side.json) for side in (left, right)]
    unreadable = [
        dialect.any_true(leaves, lambda item: Field(dialect, item).overflows) for leaves in lists
    ]
    there_are = [dialect.any_true(leaves, lambda _: TRUE) for leaves in lists]
    pairs = _some_leaf(left, lambda leaf: _leaf_ordered(operator, leaf, "array", right))
    return case(
        (every(unreadable[0], there_are[1]), NULL),
        (every(unreadable[1], there_are[0]), NULL),
        default=case((some(*unreadable), FALSE), default=pairs),
    )


def _leaf_ordered(operator: str, leaf: Field, other: Kind, right: Operand) -> Sql:
    """A leaf on the left of an ordering; the right side may be an array again."""
    operator = _as_operator(operator)
    rows = []
    for one in ("text", "number", "boolean", "object"):
        outcome = _ordered(operator, one, leaf, other, right)
        rows.append((leaf.is_kind(one), _of_finite(leaf, outcome) if one == "number" else outcome))
    return case(*rows, default=FALSE)


def _as_operator(operator: str) -> type_of_comparison:
    for known in ("<", "<=", ">", ">="):
        if operator == known:
            return known
    raise AssertionError(operator)


# LIKE


def _like(kind: Kind, left: Operand, other: Kind, right: Operand, literal: str | None) -> Sql:
    dialect = left.dialect
    if kind == "array":
        if isinstance(left, Constant):
            texts = [value for value in left.value if isinstance(value, str)]
            return some(
                *(
                    _text_like(Constant(dialect, value), other, right, literal)
                    for value in dict.fromkeys(texts)
                )
            )
        return dialect.any_element(
            dialect.elements(left.json),
            lambda item: _element_like(Field(dialect, item), other, right, literal),
        )
    if kind == "object":
        return FALSE
    if kind == "text":
        return _text_like(left, other, right, literal)
    if other != "text":
        return NULL
    if literal is not None:
        found = fits_parts(dialect, dialect.fold(left.scalar_text), pattern_parts(literal))
        return case((found, NULL), default=FALSE)
    same = binary("==", dialect.fold(left.scalar_text), dialect.fold(right.characters))
    return case((_has_marks(right), NULL), (same, NULL), default=FALSE)


def _has_marks(pattern: Operand) -> Sql:
    """Whether a pattern from the message holds an asterisk or a backslash."""
    if isinstance(pattern, Constant):
        return constant("*" in pattern.value or "\\" in pattern.value)
    characters = pattern.characters
    return some(*(pattern.dialect.contains(characters, text(mark)) for mark in "*\\"))


def _element_like(element: Field, other: Kind, right: Operand, literal: str | None) -> Sql:
    return case(
        (element.is_kind("text"), _text_like(element, other, right, literal)),
        (element.is_kind("number"), _of_finite(element, FALSE)),
        default=FALSE,
    )


def _text_like(left: Operand, other: Kind, right: Operand, literal: str | None) -> Sql:
    dialect = left.dialect
    if other != "text":
        return NULL
    if literal is None:
        same = binary("==", dialect.fold(left.characters), dialect.fold(right.characters))
        return case((_has_marks(right), NULL), default=same)
    exactly = fits_parts(dialect, dialect.fold(left.characters), pattern_parts(literal))
    seen = None if isinstance(left, Constant) else like_at_a_glance(left, literal)
    if seen is None:
        return exactly
    found, deceptive = seen
    return case((found, case((deceptive, exactly), default=TRUE)), default=FALSE)


def like_at_a_glance(left: Operand, literal: str) -> tuple[Sql, Sql] | None:
    """Whether the JSON text of a text fits a pattern, and whether escapes in it may deceive then.

    None where that shows nothing: a text that doesn't fit may do so all the same.
    """
    dialect, parts = left.dialect, pattern_parts(literal)
    if not _is_plain("".join(parts), dialect):
        return None
    if parts == ("", ""):
        return TRUE, FALSE
    quoted = list(parts)
    quoted[0] = f'"{quoted[0]}'
    quoted[-1] = f'{quoted[-1]}"'
    deceptive = some(dialect.contains(left.json, text("\\")), dialect.folds_alone(left.json))
    return fits_parts(dialect, dialect.lower(left.json), tuple(quoted), is_quoted=True), deceptive


def fits_words_only(parts: tuple[str, ...], dialect: Dialect) -> bool:
    """Whether what fits is a text, or has one: the text of no number or boolean has such a letter."""
    words = "".join(parts)
    return _is_plain(words, dialect) and not set(words) <= set(_OF_SCALARS)


def _is_plain(characters: str, dialect: Dialect) -> bool:
    """Whether a text stands in JSON as it is, and the engine's lower case has all of it."""
    return encoded(characters) == f'"{characters}"' and dialect.lowers_alike(characters)


def fits_parts(
    dialect: Dialect, value: Sql, parts: tuple[str, ...], *, is_quoted: bool = False
) -> Sql:
    """Whether a folded text, or the JSON of one, fits a pattern's parts."""
    if len(parts) == 1:
        return binary("==", value, text(parts[0]))
    first, *middle, last = parts
    # The quotes of a JSON text stand at its ends in any case.
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


# CONTAINS


def _contains(kind: Kind, left: Operand, other: Kind, right: Operand) -> Sql:
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


def _direct_element_equals(element: Field, other: Kind, right: Operand) -> Sql:
    nested = _some_leaf(element, lambda leaf: _element_equals(leaf, other, right))
    return case((element.is_kind("array"), nested), default=_element_equals(element, other, right))


def _set_contains(left: Constant, other: Kind, right: Operand) -> Sql:
    """A set of the filter on the left; those of its texts that can only be equal go into one IN."""
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


def _member_equals(left: Constant, value: object, other: Kind, right: Operand) -> Sql:
    member = Constant(left.dialect, value)
    return equals(member.kinds[0], member, other, right)
