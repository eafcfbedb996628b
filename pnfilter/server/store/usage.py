"""How many rows and bytes each keyset has in each table, counted by the database itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from pnfilter.server.quotas import Quota
from pnfilter.server.store.database import Database

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS usage (
        source TEXT NOT NULL, keyset TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL,
        PRIMARY KEY (source, keyset)
    ) WITHOUT ROWID""",
)
_READ: Final = "SELECT number, size FROM usage WHERE source = ? AND keyset = ?"


def measured(
    table: str, own: int, names: Iterable[str], values: Iterable[str] = ()
) -> Sequence[str]:
    """The statements that keep the usage of a table up to date.

    A row counts ``own`` bytes, and those of some columns: of ``names`` twice, as an index has them too.
    A store that was written without usage is measured when it is opened.
    """

    def size_of(row: str) -> str:
        def length(column: str) -> str:
            return f"coalesce(length(CAST({row}.{column} AS BLOB)), 0)"

        twice, once = (
            " + ".join([length(name) for name in some] or ["0"]) for some in (names, values)
        )
        return f"{own} + 2 * ({twice}) + {once}"

    return (
        f"""INSERT INTO usage SELECT '{table}', key, count(*), sum({size_of(table)}) FROM {table}
            WHERE NOT EXISTS (SELECT 1 FROM usage WHERE source = '{table}') GROUP BY key""",  # noqa: S608
        f"""CREATE TRIGGER IF NOT EXISTS usage_of_{table}_grows AFTER INSERT ON {table} BEGIN
            INSERT INTO usage VALUES ('{table}', new.key, 1, {size_of("new")})
            ON CONFLICT DO UPDATE SET number = number + 1, size = size + excluded.size;
        END""",  # noqa: S608 - own names
        f"""CREATE TRIGGER IF NOT EXISTS usage_of_{table}_shrinks AFTER DELETE ON {table} BEGIN
            UPDATE usage SET number = number - 1, size = size - ({size_of("old")})
            WHERE source = '{table}' AND keyset = old.key;
        END""",  # noqa: S608
    )


class Tables(NamedTuple):
    """Tables whose bytes have one bound, and perhaps the bound of the rows in the first of them."""

    names: tuple[str, ...]
    size: Quota
    number: Quota | None = None

    def set(self, key: str, size: int, number: int) -> None:
        """Note what a keyset holds."""
        self.size.set(key, size)
        if self.number is not None:
            self.number.set(key, number)

    def clear(self) -> None:
        """Note that no keyset holds anything."""
        self.size.clear()
        if self.number is not None:
            self.number.clear()


class Usage:
    """What each keyset has in the tables of each kind, and what it may have."""

    def __init__(self, database: Database, kinds: Mapping[str, Tables]) -> None:
        self._database = database
        self._kinds = kinds
        self.reload()

    def reload(self) -> None:
        """Read the usage of every keyset: rows of several were removed."""
        self._database.write("DELETE FROM usage WHERE number = 0")
        rows = self._database.rows("SELECT source, keyset, number, size FROM usage")
        for tables in self._kinds.values():
            tables.clear()
            for source, key, number, size in rows:
                if source in tables.names:
                    tables.size.add(key, size)
                if source == tables.names[0] and tables.number is not None:
                    tables.number.set(key, number)

    def keys(self) -> set[str]:
        """The keysets that have any row."""
        return keys_in(self._database)

    def number(self, kind: str, key: str) -> int:
        """How many rows a keyset has in the first table of a kind."""
        return self._read(kind, key)[1]

    def quota(self, kind: str) -> Quota:
        """The bound of the bytes of a kind."""
        return self._kinds[kind].size

    def refresh(self, kind: str, key: str) -> None:
        """Read the usage of a keyset after rows of it were added or removed."""
        self._kinds[kind].set(key, *self._read(kind, key))

    def _read(self, kind: str, key: str) -> tuple[int, int]:
        size = count = 0
        names = self._kinds[kind].names
        for name in names:
            for number, more in self._database.rows(_READ, name, key):
                size += more
                count += number if name == names[0] else 0
        return size, count

    @contextmanager
    def bounded(self, kind: str, key: str) -> Iterator[None]:
        """Run a transaction for the rows of a keyset; not within another one.

        ``Full``, and nothing is written, where the keyset holds more by it than it may.
        """
        tables = self._kinds[kind]
        with self._database.transaction():
            yield
            size, number = self._read(kind, key)
            for quota, after in ((tables.size, size), (tables.number, number)):
                if quota is not None:
                    quota.check(key, after - quota.used(key))
        tables.set(key, size, number)


def keys_in(database: Database) -> set[str]:
    """The keysets that have any row."""
    return {key for (key,) in database.rows("SELECT DISTINCT keyset FROM usage WHERE number")}
