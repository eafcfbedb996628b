"""What matches, and no more: for who drops what is UNDECIDED, or keeps it under ``!``.

A comparison is TRUE exactly where the interpreter says MATCH, else FALSE: nothing is asked of what a value is
where it can't match in any case, and nothing of why it isn't there. The dialects say how a place is
asked for a value (``is_text_among`` and those beside it); where one has no answer the exact comparison stands.
"""

from __future__ import annotations

from typing import Any

from pnfilter.engines.translation.comparisons import comparison_of_kind
from pnfilter.engines.translation.dialects import Dialect
from pnfilter.engines.translation.equality import as_ordering, of_finite
from pnfilter.engines.translation.operands import EXACT, Constant, Field
from pnfilter.engines.translation.writing import (
    FALSE,
    Sql,
    case,
    first_present,
    some,
    variable,
)
from pnfilter.evaluation.interpreter import value as constant_value
from pnfilter.syntax.nodes import MIRRORED, Comparison, Expression, Not, Path, walk
from pnfilter.values import is_number, read_number


def matching(node: Expression, dialect: Dialect) -> Sql | None:
    """A comparison or a bare operand, TRUE where it matches, else FALSE; None where the exact one does as well."""
    match node:
        case Path() if _is_plain(node):
            return dialect.is_boolean_at(node.root, node.keys, True)
        case Not(Path() as path) if _is_plain(path):
            return dialect.is_boolean_at(path.root, path.keys, False)
        case Comparison(operator, Path() as path, other) if _is_plain(path) and not _reads(other):
            return _field_first(operator, path, constant_value(other, None, None), dialect)
        case Comparison(operator, other, Path() as path) if _is_plain(path) and not _reads(other):
            return _constant_first(operator, constant_value(other, None, None), path, dialect)
        case _:
            return None


def _is_plain(path: Path) -> bool:
    """Whether only an object has such a place; metadata of another type can't be read."""
    return path.root == "data" or isinstance([*path.keys, 0][0], str)


def _reads(node: Expression) -> bool:
    return any(isinstance(part, Path) for part in walk(node))


def _field_first(operator: str, path: Path, value: Any, dialect: Dialect) -> Sql | None:
    if operator in ("==", "="):
        return _among(path, [value], dialect)
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
    known = [condition for condition in found if condition is not None]
    return some(*known) if len(known) == len(found) else None


def _beside(operator: str, path: Path, value: Any, dialect: Dialect) -> Sql | None:
    """An ordering of a field and a number, or a text that reads as one; that of anything else is never known."""
    number = read_number(value) if isinstance(value, str) else value
    if number is None or not is_number(number):
        return FALSE
    if abs(number) >= EXACT:
        return None
    found = dialect.is_number_beside(path.root, path.keys, operator, number)
    if found is None:
        return None
    name = dialect.name_of_variable()
    rest = _ordered(operator, Field(dialect, variable(name), path), Constant(dialect, value))
    place = dialect.place(path.root, path.keys)
    return first_present(found, dialect.bind(name, place, rest), FALSE)


def _ordered(operator: str, field: Field, constant: Constant) -> Sql:
    """The exact ordering of a text or number in a field, and FALSE for what else is there."""
    of_text, of_number = (
        comparison_of_kind(as_ordering(operator), kind, field, (field, constant), None)
        for kind in ("text", "number")
    )
    return case(
        (field.is_kind("text"), of_text),
        (field.is_kind("number"), of_finite(field, of_number)),
        default=FALSE,
    )
