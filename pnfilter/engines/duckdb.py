"""Filters on files and relations in DuckDB, on all its threads, without Python per row.

::

    from pnfilter.engines.duckdb import count, select

    select("messages/*.ndjson.gz", 'meta.net == "us" && data.mag >= 5').show()
    count("quakes.parquet", "data.mag >= 5").matched

It needs the extra: ``pip install 'pnfilter[duckdb]'``
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, TypeAlias

from pnfilter.engines import Counts, UntranslatableFilter
from pnfilter.engines.sql import verdict
from pnfilter.engines.to_sql.duckdb import DuckDB
from pnfilter.engines.to_sql.expressions import column, render, text
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
#: Suffixes of Parquet files, in any case.
PARQUET = (".parquet", ".pq")
SOURCES = "a path, a list of paths, or a relation of DuckDB"
NO_MESSAGE = "a line that is no object with data and meta"


def select(
    source: Source,
    filter: Filter | str,
    *,
    undecided: Literal["keep", "drop"] = "keep",
    data: str = "data",
    meta: str = "meta",
    connection: duckdb.DuckDBPyConnection | None = None,
) -> duckdb.DuckDBPyRelation:
    """Return the messages that match, as a relation, which reads nothing until it is used.

    From a relation or a Parquet file it has the same columns. From newline-delimited JSON it has
    ``json`` (the line) and its ``data`` and ``meta``. UNDECIDED messages are included unless
    ``undecided="drop"``. ``connection`` reads the files; the default is DuckDB's.

    An invalid source, or a column that is neither JSON nor a string, raises ``TypeError``;
    ``UntranslatableFilter`` names what can't be decided exactly. What only messages show, such as
    an integer of hundreds of digits, raises a ``duckdb.Error`` that begins with ``pnfilter:`` when
    the relation is read.
    """
    if undecided not in ("keep", "drop"):
        raise ValueError(f"undecided is 'keep' or 'drop', not {undecided!r}")
    relation, dialect = _open_source(source, data, meta, connection)
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
    """Count messages that match, that are UNDECIDED, and all; arguments as for ``select``."""
    relation, dialect = _open_source(source, data, meta, connection)
    verdicts = relation.project(f"{verdict(filter, dialect)} AS verdict")
    counted = verdicts.aggregate(
        "count(*) FILTER (verdict), count(*) FILTER (verdict IS NULL), count(*)"
    )
    (row,) = counted.fetchall()
    return Counts(*row)


def _open_source(
    source: Source, data: str, meta: str, connection: duckdb.DuckDBPyConnection | None
) -> tuple[duckdb.DuckDBPyRelation, DuckDB]:
    """Return a relation, and how it holds the messages."""
    if isinstance(source, duckdb.DuckDBPyRelation):
        return source, _columns(source, data, meta)
    names = _names(source)
    database = connection or duckdb.default_connection()
    listed = "[" + ", ".join(render(text(name), "duckdb") for name in names) + "]"
    parquet = {name.lower().endswith(PARQUET) for name in names}
    if len(parquet) > 1:
        raise ValueError("files are all Parquet, or all newline-delimited JSON")
    if parquet == {True}:
        relation = database.sql(f"SELECT * FROM read_parquet({listed})")  # noqa: S608
        return relation, _columns(relation, data, meta)
    # Keep only objects: any other line would be a message with unreadable parts, and an array on
    # one line would be one message.
    line = (
        f"CASE WHEN json::VARCHAR >= '{{' THEN json ELSE error('pnfilter: {NO_MESSAGE}')::JSON END"
    )
    relation = database.sql(f"SELECT {line} AS {DOCUMENT} FROM read_ndjson_objects({listed})")  # noqa: S608
    return relation, DuckDB(data, meta, document=DOCUMENT)


def _names(source: object) -> list[str]:
    """Return paths of files; raise ``TypeError`` for other types, ``ValueError`` for none."""
    if isinstance(source, (str, os.PathLike)):
        source = [source]
    if isinstance(source, bytes) or not isinstance(source, (Sequence, AbstractSet, Iterator)):
        raise TypeError(f"a source is {SOURCES}, not {type(source).__name__}")
    names = []
    for file in source:
        name = os.fspath(file) if isinstance(file, os.PathLike) else file
        if not isinstance(name, str):
            raise TypeError(f"a source is {SOURCES}; in the list is one of {type(name).__name__}")
        names.append(name)
    if not names or "" in names:
        raise ValueError("no files are given" if not names else "the path of a file is empty")
    return names


def _columns(relation: duckdb.DuckDBPyRelation, data: str, meta: str) -> DuckDB:
    """Return how a relation holds messages; raise ``TypeError`` if it doesn't."""
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
