"""The SQLite file behind the store, or one in memory, and how much each keyset has in it."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from pnfilter.server.quotas import Quota

#: What marks a SQLite file as a store of the emulator.
APPLICATION: Final = 0x706E666C
#: The form of the tables. A file with a larger number was written by a newer emulator.
VERSION: Final = 3
#: Only the owner reads what was published.
_PRIVATE: Final = 0o600


class UnusableStore(ValueError):
    """A file can't be used as the store; the text says which and why."""


class StoreFailure(Exception):
    """The store can't be read or written: its disk is full, or gone. Nothing was changed."""


class Database:
    """One connection for one thread; statements outside of a transaction are written at once.

    With a file, what was written when a call returned is there after the process was killed, as
    the operating system has it by then. A crash of the machine itself may take the last moments
    with it, but leaves the file whole (SQLite: WAL, ``synchronous=NORMAL``). The file is locked
    as long as it is open. Raise ``UnusableStore`` for a file that is something else, of a newer
    version, or in use; ``OSError`` for a path where there can be no file. ``upgrade`` is called
    with the version of an older file, and changes its tables or raises ``UnusableStore``.
    """

    def __init__(
        self,
        path: Path | None,
        schema: Iterable[str],
        upgrade: Callable[[Database, int], None] | None = None,
    ) -> None:
        if path is not None:
            _create(path)
        try:
            # The file is locked at the first look at it, and another's lock is not waited for.
            self._file = path.resolve() if path else None
            name = self._file or ":memory:"
            self._connection = sqlite3.connect(name, timeout=0, isolation_level=None)
        except sqlite3.Error as error:
            raise UnusableStore(_reason(path, error)) from None
        self.path = path
        with self.opening(), _failures():
            self._prepare(path, schema, upgrade)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """For what is read and written as it is opened: where that fails, it is closed.

        ``UnusableStore`` in the place of ``StoreFailure``.
        """
        try:
            yield
        except BaseException as error:
            self.close()
            if isinstance(error, StoreFailure):
                raise UnusableStore(_reason(self.path, error.__cause__)) from None
            raise

    def _prepare(
        self,
        path: Path | None,
        schema: Iterable[str],
        upgrade: Callable[[Database, int], None] | None,
    ) -> None:
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # So that a row that another one replaces counts as deleted.
        self._connection.execute("PRAGMA recursive_triggers = ON")
        with self.transaction():
            application, version, tables = (
                self._connection.execute(question).fetchone()[0]
                for question in (
                    "PRAGMA application_id",
                    "PRAGMA user_version",
                    "SELECT count(*) FROM sqlite_master",
                )
            )
            if application != APPLICATION and (application or tables):
                raise UnusableStore(f"{path} is not a store of the emulator")
            if version > VERSION:
                raise UnusableStore(
                    f"{path} is a store of version {version}, written by a newer emulator; "
                    f"this one reads version {VERSION}"
                )
            self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {VERSION}")
            for statement in schema:
                self._connection.execute(statement)
            if upgrade is not None and application == APPLICATION and version < VERSION:
                upgrade(self, version)
        if self._file is not None:
            for file in (self._file, self._file.with_name(self._file.name + "-wal")):
                with suppress(FileNotFoundError):
                    _make_private(file)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
        self._page_size: int = self._connection.execute("PRAGMA page_size").fetchone()[0]

    def add_function(self, name: str, function: Callable[[str], str]) -> None:
        """Let statements, but not the schema, call a function of one text."""
        self._connection.create_function(name, 1, function, deterministic=True)

    def close(self) -> None:
        """Nothing is read or written after this."""
        self._connection.close()

    @property
    def size(self) -> int:
        """Bytes that hold something; the file may be larger, with room that is used again."""
        with _failures():
            pages, free = (
                self._connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count")
            )
        return int(pages - free) * self._page_size

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """The rows that a SELECT finds, as tuples. ``StoreFailure`` where they can't be read."""
        with _failures():
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, *values: Any) -> int:
        """Run a statement that writes; return how many rows, or raise ``StoreFailure``."""
        try:
            return self._connection.execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise StoreFailure(str(error)) from error

    def write_all(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement for each row of values, all or none. May raise ``StoreFailure``."""
        with self.transaction(), _failures():
            self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within is written, or nothing where it ends by an exception.

        One within another belongs to that. May raise ``StoreFailure``.
        """
        if self._connection.in_transaction:
            yield
            return
        with _failures():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with _failures():
                self._connection.execute("COMMIT")
        except BaseException:
            # SQLite itself has given up the transaction after some errors.
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreFailure(str(error)) from error


def _create(path: Path) -> None:
    """An empty file that is private from the start. SQLite gives its own files the same mode."""
    # An existing file isn't opened here: closing it would take SQLite's lock from it, where this
    # process has it open already.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _PRIVATE))
    except FileExistsError:
        # SQLite would open it to read it, and fail later.
        if not (os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)):
            raise UnusableStore(f"{path} can't be written") from None


def _make_private(file: Path) -> None:
    """Let only the owner read a file. The owner of its folder may have put a link in its place."""
    kind = getattr(os, "O_PATH", 0)
    if not kind:
        file.chmod(_PRIVATE)
        return
    # Closing such a descriptor doesn't take SQLite's lock from the file.
    descriptor = os.open(file, kind | os.O_NOFOLLOW)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            Path(f"/proc/self/fd/{descriptor}").chmod(_PRIVATE)
    finally:
        os.close(descriptor)


def _reason(path: Path | None, error: BaseException | None) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"{path} is in use by another emulator"
        case sqlite3.SQLITE_NOTADB:
            return f"{path} is not a store of the emulator"
        case _:
            return f"{path} can't be used: {error}"


USAGE_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS usage (
        source TEXT NOT NULL, keyset TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL,
        PRIMARY KEY (source, keyset)
    ) WITHOUT ROWID""",
)
_READ_USAGE: Final = "SELECT number, size FROM usage WHERE source = ? AND keyset = ?"


def usage_triggers(
    table: str, own: int, names: Iterable[str], values: Iterable[str] = ()
) -> Sequence[str]:
    """Return the statements that keep the usage of a table up to date.

    A row counts ``own`` bytes, and those of some columns: of ``names`` twice, as an index has them
    too. A store that was written without usage is measured when it is opened.
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
        """Return the keysets that have any row."""
        return keys_in(self._database)

    def number(self, kind: str, key: str) -> int:
        """Return how many rows a keyset has in the first table of a kind."""
        return self._read(kind, key)[1]

    def quota(self, kind: str) -> Quota:
        """Return the bound of the bytes of a kind."""
        return self._kinds[kind].size

    def refresh(self, kind: str, key: str) -> None:
        """Read the usage of a keyset after rows of it were added or removed."""
        self._kinds[kind].set(key, *self._read(kind, key))

    def _read(self, kind: str, key: str) -> tuple[int, int]:
        size = count = 0
        names = self._kinds[kind].names
        for name in names:
            for number, more in self._database.rows(_READ_USAGE, name, key):
                size += more
                count += number if name == names[0] else 0
        return size, count

    @contextmanager
    def bounded(self, kind: str, key: str) -> Iterator[None]:
        """Run a transaction for the rows of a keyset; not within another one.

        ``LimitReached``, and nothing is written, where the keyset holds more by it than it may.
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
    """Return the keysets that have any row."""
    return {key for (key,) in database.rows("SELECT DISTINCT keyset FROM usage WHERE number")}
