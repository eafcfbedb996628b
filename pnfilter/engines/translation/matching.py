"""What matches, and no more: for who drops what is UNDECIDED, or keeps it under ``!``.

A comparison is TRUE exactly where the interpreter says MATCH, else FALSE: nothing is asked of what a value is
where it can't match in any case, and nothing of why it isn't there. The dialects say how a place is
asked for a value (``is_text_among`` and those beside it); where one has no answer the exact comparison stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pnfilter.engines.translation.comparisons import comparison_of_kind
from pnfilter.engines.translation.dialects import Dialect
from pnfilter.engines.translation.equality import as_ordering, of_finite
from pnfilter.engines.translation.likeness import fits_parts, stands_plainly
from pnfilter.engines.translation.operands import (
    EXACT,
    PLAIN_TEXTS,
    Constant,
    Field,
    Kind,
    begins_with_name,
    encoded,
)
from pnfilter.engines.translation.sparkmatching import matching_in_spark
from pnfilter.engines.translation.sparksql import Spark
from pnfilter.engines.translation.writing import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    binary,
    case,
    every,
    first_present,
    negated,
    some,
    text,
)
from pnfilter.evaluation.interpreter import value as constant_value
from pnfilter.syntax.nodes import MIRRORED, Comparison, Expression, Not, Path, Text, walk
from pnfilter.values import is_number, like, pattern_parts, read_number

if TYPE_CHECKING:
    from pnfilter.syntax.nodes import type_of_comparison

#: The texts of booleans, and words of DuckDB's numbers that JSON doesn't have.
_WORDS: Final = ("true", "false", "infinity", "nan")


def matching(node: Expression, dialect: Dialect) -> Sql | None:
    """A comparison or a bare operand, TRUE where it matches, else FALSE; None where the exact one does as well."""
    match node:
        case Path() if begins_with_name(node):
            return dialect.is_boolean_at(node.root, node.keys, True)
        case Not(Path() as path) if begins_with_name(path):
            return dialect.is_boolean_at(path.root, path.keys, False)
        case Comparison(operator, Path() as path, other) if begins_with_name(path) and not _reads(
            other
        ):
            if isinstance(dialect, Spark) and isinstance(other, Text):
                found = matching_in_spark(operator, path, other, dialect)
                if found is not None:
                    return found
            literal = other.raw if isinstance(other, Text) else None
            value = constant_value(other, None, None)
            return _field_first(operator, path, value, literal, dialect)
        case Comparison(operator, other, Path() as path) if begins_with_name(path) and not _reads(
            other
        ):
            return _constant_first(operator, constant_value(other, None, None), path, dialect)
        case _:
            return None


def _reads(node: Expression) -> bool:
    return any(isinstance(part, Path) for part in walk(node))


def _field_first(
    operator: str, path: Path, value: Any, literal: str | None, dialect: Dialect
) -> Sql | None:
    if operator in ("==", "="):
        return _among(path, [value], dialect)
    if operator == "LIKE" and literal is not None:
        return _like(path, literal, dialect)
    if operator == "CONTAINS" and isinstance(value, str):
        return _contains(path, value, dialect)
    return _beside(operator, path, value, dialect) if operator in MIRRORED else None


def _constant_first(operator: str, value: Any, path: Path, dialect: Dialect) -> Sql | None:
    if operator == "CONTAINS" and isinstance(value, list):
        return _among(path, value, dialect)
    if operator == "==":
        return _among(path, [value], dialect)
    return _beside(MIRRORED[operator], path, value, dialect) if operator in MIRRORED else None


def _among(path: Path, values: list[Any], dialect: Dialect) -> Sql | None:
    """Whether a field is one of these texts and numbers; whether it is anything else is never known."""
    texts = list(dict.fromkeys(value for value in values if isinstance(value, str)))
    numbers = list(dict.fromkeys(value for value in values if is_number(value)))
    if any(abs(number) >= EXACT for number in numbers):
        return None
    found = []
    if texts:
        found.append(dialect.is_text_among(path.root, path.keys, texts))
    if numbers:
        found.append(dialect.is_number_among(path.root, path.keys, numbers))
    return some(*found)


def _beside(operator: str, path: Path, value: Any, dialect: Dialect) -> Sql | None:
    """An ordering of a field and a number, or a text that reads as one; that of anything else is never known."""
    number = read_number(value) if isinstance(value, str) else value
    if number is None or not is_number(number):
        return FALSE
    if abs(number) >= EXACT:
        return None
    found = dialect.is_number_beside(path.root, path.keys, operator, number)
    rest = _of_kinds(
        as_ordering(operator), ("text", "number"), path, Constant(dialect, value), None
    )
    return first_present(found, rest, FALSE)


def _like(path: Path, literal: str, dialect: Dialect) -> Sql | None:
    """Whether a text in a field fits a pattern, or one in an array."""
    parts = pattern_parts(literal)
    words = "".join(parts)
    if _may_be_in_scalar(words) or any(like(name, parts) for name in _WORDS):
        return None
    if not stands_plainly(words, dialect):
        return None
    is_loose = len(parts) > 1 and not parts[0] and not parts[-1]

    def outcome(characters: Sql) -> Sql:
        fitting = fits_parts(dialect, dialect.lower(characters), parts)
        is_array = dialect.starts_with(characters, text("["))
        sure = every(_is_no_container(characters), negated(dialect.folds_alone(characters)))
        # An element fits a pattern with asterisks at both ends only where the JSON of the array does.
        rows = [] if is_loose else [(is_array, NULL)]
        return case(*rows, (fitting, case((sure, TRUE), default=NULL)), default=FALSE)

    return _of_texts("LIKE", path, Constant(dialect, literal), literal, outcome)


def _contains(path: Path, piece: str, dialect: Dialect) -> Sql | None:
    """Whether a text in a field has a piece, or an array there an element."""
    quoted = encoded(piece)
    if _may_be_in_scalar(piece) or any(piece in name for name in _WORDS):
        return None
    if quoted != f'"{piece}"':
        return None

    def outcome(characters: Sql) -> Sql:
        # What looks like an array of texts and has the element matches as a text, too.
        is_element = every(
            dialect.matches(characters, PLAIN_TEXTS), dialect.contains(characters, text(quoted))
        )
        sure = some(_is_no_container(characters), is_element)
        found = case((sure, TRUE), default=NULL)
        return case((dialect.contains(characters, text(piece)), found), default=FALSE)

    return _of_texts("CONTAINS", path, Constant(dialect, piece), None, outcome)


def _may_be_in_scalar(words: str) -> bool:
    """Whether a number may have these characters, as far as they show it."""
    return set(words) <= set("0123456789.+-eE")


def _is_no_container(characters: Sql) -> Sql:
    """Whether what is no number or boolean is a text, by its first character."""
    first_of_others = (binary("<", characters, text("[")), binary(">=", characters, text("|")))
    between = every(binary(">=", characters, text("\\")), binary("<", characters, text("{")))
    return some(*first_of_others, between)


def _of_texts(
    operator: type_of_comparison,
    path: Path,
    constant: Constant,
    literal: str | None,
    outcome: Callable[[Sql], Sql],
) -> Sql | None:
    """An outcome of the characters of a field; where it is NULL the exact one of a text or an array."""
    found = constant.dialect.of_characters(path.root, path.keys, outcome)
    if found is None:
        return None
    return first_present(
        found, _of_kinds(operator, ("text", "array"), path, constant, literal), FALSE
    )


def _of_kinds(
    operator: type_of_comparison,
    kinds: tuple[Kind, ...],
    path: Path,
    constant: Constant,
    literal: str | None,
) -> Sql:
    """The exact outcome where a field is of these kinds, and FALSE for what else is there."""

    def outcome(place: Sql) -> Sql:
        field, rows = Field(constant.dialect, place, path), []
        for kind in kinds:
            exact = comparison_of_kind(operator, kind, field, (field, constant), literal)
            exact = of_finite(field, exact) if kind == "number" else exact
            rows.append((field.is_kind(kind), exact))
        return case(*rows, default=FALSE)

    return constant.dialect.decided_at(path.root, path.keys, outcome)
