"""Filters on files and relations in DuckDB, on all its threads, without Python for a row.

::

    from pnfilter.engines.duckdb import count, select

    select("messages/*.ndjson.gz", 'meta.net == "us" && data.mag >= 5').show()
    count("quakes.parquet", "data.mag >= 5").matched

It needs the extra: ``pip install 'pnfilter[duckdb]'``
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, TypeAlias

from pnfilter.engines import Counts, UntranslatableFilter
from pnfilter.engines.sql import verdict
from pnfilter.engines.translation.duckdbsql import DuckDB
from pnfilter.engines.translation.writing import column, render, text
from pnfilter.filters import Filter

try:
    import duckdb
except ImportError:
    raise ImportError(
        "pnfilter.engines.duckdb needs DuckDB: pip install 'pnfilter[duckdb]'"
    ) from None

__all__ = ["Counts", "UntranslatableFilter", "count", "select"]

#: A file, a glob, several of them, or a relation with the columns ``data`` and ``meta``.
Source: TypeAlias = (
    "str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | duckdb.DuckDBPyRelation"
)

#: The column that holds a whole line of a file of messages.
DOCUMENT = "json"


def select(
    source: Source,
    filter: Filter | str,
    *,
    undecided: Literal["keep", "drop"] = "keep",
    data: str = "data",
    meta: str = "meta",
    connection: duckdb.DuckDBPyConnection | None = None,
) -> duckdb.DuckDBPyRelation:
    """The messages that match, as a relation: nothing is read before it is asked for.

    Of a relation or a Parquet file it has the same columns. Of newline-delimited JSON it has
    ``json`` (the line) and ``data`` and ``meta`` of it. UNDECIDED messages are in it unless
    ``undecided="drop"``. ``connection`` is where files are read, DuckDB's default one unless given.

    A column that is neither JSON nor text is a ``TypeError``; ``UntranslatableFilter`` names what
    can't be decided exactly. What only messages show, such as an integer of hundreds of digits,
    raises a ``duckdb.Error`` that begins with ``pnfilter:`` when the relation is read.
    """
    if undecided not in ("keep", "drop"):
        raise ValueError(f"undecided is 'keep' or 'drop', not {undecided!r}")
    relation, dialect = _opened(source, data, meta, connection)
    kept = relation.filter(verdict(filter, dialect, undecided))
    if dialect.document is None:
        return kept
    parts = (render(dialect.columns[root], "duckdb") for root in ("data", "meta"))
    return kept.project(f"{DOCUMENT}, {next(parts)} AS data, {next(parts)} AS meta")


def count(
    source: Source,
    filter: Filter | str,
    *,
    data: str = "data",
    meta: str = "meta",
    connection: duckdb.DuckDBPyConnection | None = None,
) -> Counts:
    """How many messages match, are UNDECIDED, and are there; the arguments are those of ``select``."""
    relation, dialect = _opened(source, data, meta, connection)
    verdicts = relation.project(f"{verdict(filter, dialect)} AS verdict")
    counted = verdicts.aggregate(
        "count(*) FILTER (verdict), count(*) FILTER (verdict IS NULL), count(*)"
    )
    (row,) = counted.fetchall()
    return Counts(*row)


def _opened(
    source: Source, data: str, meta: str, connection: duckdb.DuckDBPyConnection | None
) -> tuple[duckdb.DuckDBPyRelation, DuckDB]:
    """A relation, and how messages stand in it."""
    if isinstance(source, duckdb.DuckDBPyRelation):
        return source, _columns(source, data, meta)
    files = [source] if isinstance(source, (str, os.PathLike)) else list(source)
    if not files:
        raise ValueError("no files are given")
    names = [os.fspath(file) for file in files]
    database = connection or duckdb.default_connection()
    listed = "[" + ", ".join(render(text(name), "duckdb") for name in names) + "]"
    parquet = {name.endswith((".parquet", ".pq")) for name in names}
    if len(parquet) > 1:
        raise ValueError("files are all Parquet, or all newline-delimited JSON")
    if parquet == {True}:
        relation = database.sql(f"SELECT * FROM read_parquet({listed})")  # noqa: S608
        return relation, _columns(relation, data, meta)
    relation = database.sql(f"SELECT json FROM read_ndjson_objects({listed})")  # noqa: S608
    return relation, DuckDB(data, meta, document=DOCUMENT)


def _columns(relation: duckdb.DuckDBPyRelation, data: str, meta: str) -> DuckDB:
    """How messages stand in a relation; ``TypeError`` where they don't."""
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    for name in (data, meta):
        if name not in types:
            raise TypeError(f"there is no column {name!r}: there are {', '.join(types)}")
        if types[name] not in ("JSON", "VARCHAR"):
            raise TypeError(
                f"the column {name!r} is of the type {types[name]}, not JSON or text that is JSON; "
                f"to_json({render(column(name), 'duckdb')}) makes it so"
            )
    return DuckDB(data, meta)
