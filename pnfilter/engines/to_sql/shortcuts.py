"""Conditions that are cheaper for an engine than an exact comparison, for suitable fields.

``matching`` is for callers that drop UNDECIDED messages, or keep them under ``!``. It is TRUE
exactly if the interpreter says MATCH, else FALSE. It tests nothing of a value that can't match, and
never why a value is missing.

``usual`` decides for a field of the type that its constant suggests, and is NULL for any other:
then the engine computes the exact comparison. In DuckDB, a function on lists costs time for every
chunk of rows by the size of its body, used or not. The exact comparison reads the place again,
which is cheap while it is rare.

Neither supports a predicate whose path an array may have too (``reads_key``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from pnfilter.binding.bind import comparison_terms
from pnfilter.binding.predicates import (
    BooleanEquality,
    Contains,
    Folded,
    Interpreted,
    Membership,
    NullComparison,
    NumberComparison,
    NumberEquality,
    Ordering,
    Pattern,
    Predicate,
    StringEquality,
    Truth,
    Within,
)
from pnfilter.engines.to_sql.comparisons import comparison_of_kind
from pnfilter.engines.to_sql.dialect import Dialect
from pnfilter.engines.to_sql.duckdb import DuckDB
from pnfilter.engines.to_sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    attempted_cast,
    between,
    binary,
    call,
    case,
    double,
    element,
    every,
    first_present,
    integer,
    is_null,
    negated,
    one_of,
    some,
    text,
    variable,
)
from pnfilter.engines.to_sql.numbers import small
from pnfilter.engines.to_sql.operands import (
    EXACT,
    PLAIN_TEXTS,
    Constant,
    Field,
    JsonType,
    encoded,
)
from pnfilter.engines.to_sql.operators import (
    fits_parts,
    like_at_a_glance,
    of_finite,
    ordered,
    stands_plainly,
)
from pnfilter.engines.to_sql.spark import Spark
from pnfilter.semantics import like, read_number
from pnfilter.syntax.nodes import ORDERINGS, Comparison, Path

#: The names of booleans, and words for numbers in DuckDB that JSON doesn't have.
_WORDS: Final = ("true", "false", "infinity", "nan")
#: The largest double.
_LARGEST: Final = 1.7976931348623157e308


# What matches


def matching(predicate: Predicate, dialect: Dialect) -> Sql | None:
    """Return TRUE if a predicate matches, else FALSE; None if no shorter condition is known."""
    match predicate:
        case Truth(path, under_not):
            return dialect.is_boolean_at(path.root, path.keys, not under_not)
        case StringEquality(path, string, "=="):
            return _among(path, (string,), (), dialect)
        case NumberEquality(path, number, "=="):
            return _among(path, (), (number,), dialect)
        case Membership(path, strings, numbers):
            return _among(path, strings, numbers, dialect)
        case Ordering():
            return _ordering(predicate, dialect)
        case Pattern() if isinstance(dialect, Spark):
            return _pattern_in_spark(predicate, dialect)
        case Pattern() if isinstance(dialect, DuckDB):
            return _pattern(predicate, dialect)
        case Contains(_, str(piece)) if isinstance(dialect, Spark):
            return _contains_in_spark(predicate, piece, dialect)
        case Contains(_, str(piece)) if isinstance(dialect, DuckDB):
            return _contains(predicate, piece, dialect)
        case BooleanEquality(operator=operator) | NullComparison(operator=operator):
            return None if operator == "!=" else FALSE
        case Interpreted(source=Comparison() as source) if _is_never_met(source):
            return FALSE
        case _:
            return None


def _is_never_met(source: Comparison) -> bool:
    """Return whether no value is known to equal, or be in order with, the constant."""
    operator, left, right = comparison_terms(source)
    if operator != "==" and operator not in ORDERINGS:
        return False
    return (isinstance(left, Path) and isinstance(right, Folded)) or (
        isinstance(left, Folded) and isinstance(right, Path)
    )


def _among(
    path: Path, strings: Sequence[str], numbers: Sequence[int | float], dialect: Dialect
) -> Sql | None:
    """Return whether a field is one of these strings and numbers; no other value surely matches."""
    if any(abs(number) >= EXACT for number in numbers):
        return None
    found = []
    if strings:
        found.append(dialect.string_in(path.root, path.keys, strings))
    if numbers:
        found.append(dialect.number_in(path.root, path.keys, numbers))
    return some(*found)


def _ordering(predicate: Ordering, dialect: Dialect) -> Sql | None:
    path, operator, number = predicate.path, predicate.operator, predicate.number
    if abs(number) >= EXACT:
        return None
    constant = Constant(dialect, number)

    def exact(kind: JsonType, field: Field) -> Sql:
        if kind == "text":
            return NULL if predicate.quoted else ordered(operator, kind, field, "number", constant)
        return of_finite(field, ordered(operator, kind, field, "number", constant))

    found = dialect.is_number_beside(path.root, path.keys, operator, number)
    return first_present(found, _of_kinds(("text", "number"), path, exact, dialect), FALSE)


def _pattern(predicate: Pattern, dialect: DuckDB) -> Sql | None:
    """Return whether a string in a field, or one in an array, fits a pattern."""
    parts, words = predicate.parts, "".join(predicate.parts)
    if _may_be_in_scalar(words) or any(like(name, parts) for name in _WORDS):
        return None
    if not stands_plainly(words, dialect):
        return None
    is_loose = len(parts) > 1 and not parts[0] and not parts[-1]

    def outcome(characters: Sql) -> Sql:
        fitting = fits_parts(dialect, dialect.lower(characters), parts)
        is_array = dialect.starts_with(characters, text("["))
        sure = every(_is_no_container(characters), negated(dialect.folds_alone(characters)))
        # An element fits a pattern with asterisks at both ends only if the array's JSON does.
        rows = [] if is_loose else [(is_array, NULL)]
        return case(*rows, (fitting, case((sure, TRUE), default=NULL)), default=FALSE)

    return _of_characters(predicate, outcome, dialect)


def _contains(predicate: Contains, piece: str, dialect: DuckDB) -> Sql | None:
    """Return whether a string in a field has a piece, or an array there an element."""
    quoted = encoded(piece)
    if _may_be_in_scalar(piece) or any(piece in name for name in _WORDS):
        return None
    if quoted != f'"{piece}"':
        return None

    def outcome(characters: Sql) -> Sql:
        # What looks like an array of strings with the element also matches if it is a string.
        is_element = every(
            dialect.matches(characters, PLAIN_TEXTS), dialect.contains(characters, text(quoted))
        )
        sure = some(_is_no_container(characters), is_element)
        found = case((sure, TRUE), default=NULL)
        return case((dialect.contains(characters, text(piece)), found), default=FALSE)

    return _of_characters(predicate, outcome, dialect)


def _may_be_in_scalar(words: str) -> bool:
    """Return whether a number may have these characters, as far as they show."""
    return set(words) <= set("0123456789.+-eE")


def _is_no_container(characters: Sql) -> Sql:
    """Return whether a value other than a number or boolean is a string, by its first character."""
    first_of_others = (binary("<", characters, text("[")), binary(">=", characters, text("|")))
    between = every(binary(">=", characters, text("\\")), binary("<", characters, text("{")))
    return some(*first_of_others, between)


def _of_characters(
    predicate: Pattern | Contains, outcome: Callable[[Sql], Sql], dialect: DuckDB
) -> Sql:
    """Return an outcome of a field's characters; if NULL, the exact one for a string or array."""
    path = predicate.path
    exact = partial(comparison_of_kind, predicate)
    found = dialect.of_characters(path.root, path.keys, outcome)
    return first_present(found, _of_kinds(("text", "array"), path, exact, dialect), FALSE)


def _of_kinds(
    kinds: tuple[JsonType, ...],
    path: Path,
    exact: Callable[[JsonType, Field], Sql],
    dialect: Dialect,
) -> Sql:
    """Return the exact outcome for a field of these types, and FALSE for the rest."""

    def outcome(place: Sql) -> Sql:
        field = Field(dialect, place, path)
        return case(*((field.is_kind(kind), exact(kind, field)) for kind in kinds), default=FALSE)

    return dialect.decided_at(path.root, path.keys, outcome)


# Matches in Spark: a scan builds each form of a field that a query uses, for every row. So LIKE and
# CONTAINS search the field's JSON for what they need, and test the type only if it is there.


def _pattern_in_spark(predicate: Pattern, dialect: Spark) -> Sql | None:
    path, parts = predicate.path, predicate.parts
    field = Field(dialect, dialect.json(path.root, path.keys), path)
    if like_at_a_glance(field, parts) is None:
        return None
    lower = dialect.lower(field.json)
    has_parts = every(*(dialect.contains(lower, text(part)) for part in parts if part))
    of_text = comparison_of_kind(predicate, "text", field)
    may_be_beyond = any(like(word, parts) for word in ("infinity", "-infinity"))
    return _of_seen(predicate, has_parts, of_text, dialect, may_be_beyond=may_be_beyond)


def _contains_in_spark(predicate: Contains, piece: str, dialect: Spark) -> Sql:
    path, quoted = predicate.path, encoded(piece)
    field = Field(dialect, dialect.json(path.root, path.keys), path)
    has_piece = dialect.contains(field.json, text(quoted[1:-1]))
    of_text = comparison_of_kind(predicate, "text", field)
    if quoted == f'"{piece}"':
        of_text = case((dialect.contains(field.json, text("\\")), of_text), default=TRUE)
    return _of_seen(predicate, has_piece, of_text, dialect, may_be_beyond=piece in "-Infinity")


def _of_seen(
    predicate: Pattern | Contains, seen: Sql, of_text: Sql, dialect: Spark, *, may_be_beyond: bool
) -> Sql:
    """Return the outcome where the JSON has what is needed; no object or number ever matches."""
    path = predicate.path
    json = dialect.json(path.root, path.keys)
    if may_be_beyond:
        of_text = every(negated(dialect.is_beyond_at(path.root, path.keys)), of_text)
    array = Field(dialect, dialect.written(dialect.variant(path.root, path.keys)), path)
    of_array = comparison_of_kind(predicate, "array", array)
    rows = [
        (dialect.starts_with(json, text('"')), of_text),
        (dialect.starts_with(json, text("[")), first_present(of_array, FALSE)),
    ]
    return every(seen, case(*rows, default=FALSE))


# The usual case


def usual(predicate: Predicate, paths: Sequence[Path], dialect: Dialect) -> Sql | None:
    """Return the outcome for the usual types, else NULL; None if none is known to be usual.

    ``paths`` are those that the predicate reads.
    """
    match predicate:
        case NumberComparison():
            return _usual_numbers(predicate, paths, dialect)
        case (
            StringEquality()
            | NumberEquality()
            | Membership()
            | Ordering()
            | Pattern()
            | Contains()
            | Within()
        ):
            if isinstance(dialect, Spark):
                return _usual_in_spark(predicate, predicate.path, dialect)
            assert isinstance(dialect, DuckDB)
            return _usual_in_duckdb(predicate, predicate.path, dialect)
        case _:
            return None


def _is_inequality(predicate: Predicate) -> bool:
    """Return whether it is UNDECIDED, not false, where nothing is at the path."""
    return isinstance(predicate, (StringEquality, NumberEquality)) and predicate.operator == "!="


def _usual_in_duckdb(predicate: Predicate, path: Path, dialect: DuckDB) -> Sql | None:
    name = dialect.name_of_variable()
    field = Field(dialect, variable(name), path)
    rows = _rows(predicate, field)
    if not rows:
        return None
    # An empty place is usual only if a quick test shows that nothing blocks the path.
    is_single = len(path.keys) == 1 and dialect.document is None
    nothing = binary("==", field.json, text("null"))
    if is_single:
        nothing = some(is_null(field.json), nothing)
    if not _is_inequality(predicate):
        rows.append((nothing, FALSE))
    outcome = dialect.bind_place(name, path.root, path.keys, case(*rows, default=NULL))
    if not is_single:
        return outcome
    return case((dialect.is_plainly_object(path.root), outcome), default=NULL)


def _rows(predicate: Predicate, field: Field) -> list[tuple[Sql, Sql]]:
    """Return the usual types, and the outcome of each."""
    match predicate:
        case NumberEquality(_, number, operator) | Ordering(_, operator, number) if (
            abs(number) < EXACT
        ):
            return [_number_row(operator, field, number)]
        case NumberEquality() | Ordering(quoted=False) | Membership(strings=()):
            finite = between(field.number.double, double(-_LARGEST), double(_LARGEST))
            return [(finite, comparison_of_kind(predicate, "number", field))]
        case Pattern(_, parts) if (seen := like_at_a_glance(field, parts)) is not None:
            # Reading JSON would cost time for every chunk: left to the exact comparison.
            fits, deceptive = seen
            outcome = case((fits, case((deceptive, NULL), default=TRUE)), default=FALSE)
            return [(field.is_kind("text"), outcome)]
        case Contains(_, str(piece)):
            rows = [(field.is_kind("text"), comparison_of_kind(predicate, "text", field))]
            quoted = encoded(piece)
            if quoted == f'"{piece}"' and read_number(piece) is None:
                are_strings = field.dialect.matches(field.json, PLAIN_TEXTS)
                rows.append((are_strings, field.dialect.contains(field.json, text(quoted))))
            return rows
        case StringEquality() | Pattern() | Within() | Membership(numbers=()):
            return [(field.is_kind("text"), comparison_of_kind(predicate, "text", field))]
        case _:
            return []


def _number_row(operator: str, field: Field, number: int | float) -> tuple[Sql, Sql]:
    """Return how a field's number compares with a short one, by their difference.

    The difference is rounded away from zero. Rounding keeps its sign, and no integer is made of a
    value that isn't finite. So the digits are read once.
    """
    difference = binary("-", field.number.double, double(number))
    if operator in ("==", "!="):
        rounded = call("CEIL", call("ABS", difference))
    else:
        rounded = call("CEIL" if operator in (">", "<=") else "FLOOR", difference)
    outcome = binary(operator, attempted_cast(rounded, "BIGINT"), integer(0))
    # Strings begin with a quote, which sorts lower; they are not numbers here.
    return binary("<", field.json, text(":")), outcome


def _usual_in_spark(predicate: Predicate, path: Path, dialect: Spark) -> Sql | None:
    """Return the usual case by the JSON of a VARIANT, cheaper than a value of another type."""
    characters = dialect.characters_at(path.root, path.keys)
    # NULL without a string, or a number: such JSON has no characters, or can't be cast to one.
    match predicate:
        case NumberEquality(_, number) | Ordering(number=number, quoted=False):
            if abs(number) >= EXACT:
                return None
            outcome = _number_in_spark(predicate, path, dialect)
        case StringEquality(_, string, operator):
            outcome = binary("==", characters, text(string))
            outcome = negated(outcome) if operator == "!=" else outcome
        case Membership(_, strings, ()):
            outcome = one_of(characters, map(text, strings))
        case Pattern(_, parts):
            is_plain = dialect.lowers_alike("".join(parts))
            folded = dialect.lower(characters) if is_plain else dialect.fold(characters)
            outcome = fits_parts(dialect, folded, parts)
        case Contains(_, str(piece)):
            outcome = dialect.contains(characters, text(piece))
        case _:
            return None
    if _is_inequality(predicate):
        return outcome
    absent = some(dialect.is_null_at(path.root, path.keys), dialect.lacks(path.root, path.keys))
    return first_present(outcome, case((absent, FALSE), default=NULL))


def _number_in_spark(predicate: NumberEquality | Ordering, path: Path, dialect: Spark) -> Sql:
    assert isinstance(predicate.source, Comparison)
    operator, *sides = comparison_terms(predicate.source)
    field = Field(dialect, dialect.json(path.root, path.keys), path)
    constant = Constant(dialect, predicate.number)
    left, right = (field if isinstance(side, Path) else constant for side in sides)
    return binary(operator, left.number.double, right.number.double)


def _usual_numbers(
    predicate: NumberComparison, paths: Sequence[Path], dialect: Dialect
) -> Sql | None:
    operator, left, right = predicate.operator, predicate.left, predicate.right
    if isinstance(dialect, Spark):
        numbers = {path: dialect.number(dialect.json(path.root, path.keys)) for path in paths}
        found = small(operator, left, right, numbers)
        return None if found is None else case(found, default=NULL)
    assert isinstance(dialect, DuckDB)
    listed, names = dialect.name_of_variable(), [dialect.name_of_variable() for _ in paths]
    places = dialect.places([(path.root, path.keys) for path in paths])
    doubles = {
        path: variable(name) if places is None else element(variable(listed), at)
        for at, (path, name) in enumerate(zip(paths, names, strict=True))
    }
    found = small(operator, left, right, doubles)
    if found is None:
        return None
    body = case(found, default=NULL)
    if places is not None:
        return dialect.bind(listed, attempted_cast(places, "DOUBLE[]"), body)
    for path, name in zip(paths, names, strict=True):
        body = dialect.bind(name, dialect.number(dialect.place(path.root, path.keys)), body)
    return body
