"""LIKE as SQL: a text and a pattern, by the JSON of the text where that shows it."""

from __future__ import annotations

from pnfilter.engines.translation.dialects import Dialect
from pnfilter.engines.translation.equality import of_finite
from pnfilter.engines.translation.operands import Constant, Field, Kind, Operand, encoded
from pnfilter.engines.translation.writing import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    binary,
    case,
    constant,
    fits,
    some,
    text,
)


def like(
    kind: Kind, left: Operand, other: Kind, right: Operand, parts: tuple[str, ...] | None
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
    """Whether a pattern from the message holds an asterisk or a backslash."""
    if isinstance(pattern, Constant):
        return constant("*" in pattern.value or "\\" in pattern.value)
    characters = pattern.characters
    return some(*(pattern.dialect.contains(characters, text(mark)) for mark in "*\\"))


def _element_like(
    element: Field, other: Kind, right: Operand, parts: tuple[str, ...] | None
) -> Sql:
    return case(
        (element.is_kind("text"), _text_like(element, other, right, parts)),
        (element.is_kind("number"), of_finite(element, FALSE)),
        default=FALSE,
    )


def _text_like(left: Operand, other: Kind, right: Operand, parts: tuple[str, ...] | None) -> Sql:
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
    """Whether the JSON text of a text fits a pattern, and whether escapes in it may deceive then.

    None where that shows nothing: a text that doesn't fit may do so all the same.
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
