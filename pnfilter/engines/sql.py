"""A filter as an SQL expression, for DuckDB and Apache Spark.

The expression is a nullable boolean: TRUE is MATCH, FALSE is NO_MATCH, NULL is UNDECIDED. It needs
the extra: ``pip install 'pnfilter[sql]'``
"""

from __future__ import annotations

from typing import Final, Literal

from pnfilter.binding.bind import bind
from pnfilter.engines import MAX_COMPARISONS, MAX_OPERATORS, UntranslatableFilter, expression_of
from pnfilter.engines.to_sql.conditions import translate_condition
from pnfilter.engines.to_sql.dialect import Dialect
from pnfilter.engines.to_sql.duckdb import DuckDB
from pnfilter.engines.to_sql.expressions import NULL, cast, render
from pnfilter.engines.to_sql.spark import Spark
from pnfilter.filters import Filter

__all__ = ["DIALECTS", "MAX_COMPARISONS", "MAX_OPERATORS", "UntranslatableFilter", "translate"]

DialectName = Literal["duckdb", "spark"]
Columns = Literal["variant", "text"]
Undecided = Literal["keep", "drop"]

DIALECTS: Final = ("duckdb", "spark")


def translate(
    filter: Filter | str,
    dialect: DialectName = "duckdb",
    *,
    data: str = "data",
    meta: str = "meta",
    undecided: Undecided | None = None,
    columns: Columns = "variant",
) -> str:
    """Return a filter in SQL: an expression on a table with the columns ``data`` and ``meta``.

    For Spark the columns hold VARIANT values, or JSON strings if ``columns`` is "text"; for DuckDB
    both JSON and strings.

    The expression is NULL if the filter is UNDECIDED; ``undecided`` makes that TRUE ("keep") or
    FALSE ("drop"). ``UntranslatableFilter`` names what the engine can't decide exactly.
    """
    if dialect not in DIALECTS:
        raise ValueError(f"a dialect is {' or '.join(map(repr, DIALECTS))}, not {dialect!r}")
    if undecided not in (None, "keep", "drop"):
        raise ValueError(f"undecided is 'keep' or 'drop', not {undecided!r}")
    if columns not in ("variant", "text"):
        raise ValueError(f"columns are 'variant' or 'text', not {columns!r}")
    if dialect == "duckdb":
        return verdict(filter, DuckDB(data, meta), undecided)
    return verdict(filter, Spark(data, meta, is_text=columns == "text"), undecided)


def verdict(filter: Filter | str, dialect: Dialect, undecided: Undecided | None = None) -> str:
    """Return the SQL of a filter in a dialect that knows where the messages are."""
    expression = expression_of(filter)
    kept = None if undecided is None else undecided == "keep"
    found = translate_condition(bind(expression), dialect, kept)
    return render(cast(found, "BOOLEAN") if found is NULL else found, dialect.name)
