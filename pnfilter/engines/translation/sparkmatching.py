"""What matches in Spark, by little that a scan makes of a field: it makes every form of it of every row.

LIKE and CONTAINS look in its JSON first for what a pattern or a piece needs, and ask where it is what is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pnfilter.engines.translation.comparisons import comparison_of_kind
from pnfilter.engines.translation.likeness import like_at_a_glance
from pnfilter.engines.translation.operands import Constant, Field, Kind, encoded
from pnfilter.engines.translation.sparksql import Spark
from pnfilter.engines.translation.writing import (
    FALSE,
    TRUE,
    Sql,
    case,
    every,
    first_present,
    negated,
    text,
)
from pnfilter.evaluation.interpreter import value as constant_value
from pnfilter.syntax.nodes import Path, Text
from pnfilter.values import pattern_parts

if TYPE_CHECKING:
    from pnfilter.syntax.nodes import type_of_comparison


def matching_in_spark(
    operator: type_of_comparison, path: Path, other: Text, dialect: Spark
) -> Sql | None:
    """A field LIKE or CONTAINS a text of the filter: TRUE where it matches, else FALSE."""
    if operator == "LIKE":
        return _like(path, other, dialect)
    return _contains(path, other, dialect) if operator == "CONTAINS" else None


def _like(path: Path, pattern: Text, dialect: Spark) -> Sql | None:
    field = Field(dialect, dialect.json(path.root, path.keys), path)
    if like_at_a_glance(field, pattern.raw) is None:
        return None
    lower, parts = dialect.lower(field.json), pattern_parts(pattern.raw)
    has_parts = every(*(dialect.contains(lower, text(part)) for part in parts if part))
    anything = ".*".join(map(re.escape, parts))
    may_be_beyond = any(re.fullmatch(anything, word) for word in ("infinity", "-infinity"))
    return _found("LIKE", path, pattern, has_parts, dialect, may_be_beyond=may_be_beyond)


def _contains(path: Path, piece: Text, dialect: Spark) -> Sql:
    value = constant_value(piece, None, None)
    wanted = encoded(value)[1:-1]
    has_piece = dialect.contains(dialect.json(path.root, path.keys), text(wanted))
    may_be_beyond = value in "-Infinity"
    return _found("CONTAINS", path, piece, has_piece, dialect, may_be_beyond=may_be_beyond)


def _found(
    operator: type_of_comparison,
    path: Path,
    other: Text,
    seen: Sql,
    dialect: Spark,
    *,
    may_be_beyond: bool,
) -> Sql:
    """The outcome where what it needs is seen in the JSON; an object is never a match, nor a number."""
    json, constant = (
        dialect.json(path.root, path.keys),
        Constant(dialect, constant_value(other, None, None)),
    )

    def outcome(kind: Kind, value: Sql) -> Sql:
        field = Field(dialect, value, path)
        return comparison_of_kind(operator, kind, field, (field, constant), other.raw)

    of_text = outcome("text", json)
    if operator == "CONTAINS" and encoded(constant.value) == f'"{constant.value}"':
        of_text = case((dialect.contains(json, text("\\")), of_text), default=TRUE)
    if may_be_beyond:
        of_text = every(negated(dialect.is_beyond_at(path.root, path.keys)), of_text)
    of_array = outcome("array", dialect.written(dialect.variant(path.root, path.keys)))
    rows = [
        (dialect.starts_with(json, text('"')), of_text),
        (dialect.starts_with(json, text("[")), first_present(of_array, FALSE)),
    ]
    return every(seen, case(*rows, default=FALSE))
