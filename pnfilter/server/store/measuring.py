"""Bytes of names in a table, counted by the database itself: to add up a hundred thousand rows takes too long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pnfilter.server.store.database import Database


def measured(table: str, columns: Sequence[str], kept_in: str) -> tuple[str, ...]:
    """The statements that keep the bytes of some columns of all rows in the table ``kept_in``.

    A store that was written without it is measured when it is opened.
    """

    def size_of(row: str) -> str:
        return " + ".join(f"length(CAST({row}.{column} AS BLOB))" for column in columns)

    return (
        f"CREATE TABLE IF NOT EXISTS {kept_in} (id INTEGER PRIMARY KEY, number INTEGER NOT NULL)",
        f"""INSERT OR IGNORE INTO {kept_in} SELECT 0, coalesce(sum({size_of(table)}), 0)
            FROM {table} WHERE NOT EXISTS (SELECT 1 FROM {kept_in})""",  # noqa: S608 - own names
        f"""CREATE TRIGGER IF NOT EXISTS {table}_are_measured AFTER INSERT ON {table} BEGIN
            UPDATE {kept_in} SET number = number + {size_of("new")};
        END""",  # noqa: S608
        f"""CREATE TRIGGER IF NOT EXISTS {table}_are_measured_no_longer AFTER DELETE ON {table} BEGIN
            UPDATE {kept_in} SET number = number - ({size_of("old")});
        END""",  # noqa: S608
    )


def measure_of(database: Database, kept_in: str) -> int:
    """The bytes that ``measured`` keeps in a table."""
    return int(database.rows(f"SELECT number FROM {kept_in}")[0][0])  # noqa: S608


def size_of_rows(common: Iterable[str], names: Iterable[str]) -> int:
    """The bytes of rows, one for each of some names, that have the ``common`` texts beside it."""
    beside = sum(len(text.encode()) for text in common)
    return sum(beside + len(name.encode()) for name in names)
