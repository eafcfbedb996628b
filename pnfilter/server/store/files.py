"""Files in the store: their names, and their bytes in parts. A name is never that of a file on the disk."""

from __future__ import annotations

from typing import Final, NamedTuple

from pnfilter.server.settings import MAX_ALL_FILES, MAX_FILED_BYTES, MAX_FILES, MAX_FILES_BYTES
from pnfilter.server.store.database import Database
from pnfilter.server.store.measuring import measure_of, measured

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS files (
        timetoken INTEGER PRIMARY KEY, key TEXT NOT NULL, channel TEXT NOT NULL, id TEXT NOT NULL,
        name TEXT NOT NULL, size INTEGER NOT NULL
    )""",
    "CREATE UNIQUE INDEX IF NOT EXISTS files_once ON files (key, id)",
    "CREATE INDEX IF NOT EXISTS files_of_channels ON files (key, channel, timetoken)",
    """CREATE TABLE IF NOT EXISTS file_parts (
        number INTEGER PRIMARY KEY, key TEXT NOT NULL, id TEXT NOT NULL, data BLOB NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS parts_of_files ON file_parts (key, id, number)",
    *measured("files", ("key", "channel", "name"), "filed_bytes"),
)
_SELECT: Final = "SELECT timetoken, channel, id, name, size FROM files"


class NoRoom(Exception):
    """Uploads that run take all the room that there is for files."""


class StoredFile(NamedTuple):
    """A file. ``id`` is made here, ``name`` is what its sender wrote, ``size`` is in bytes."""

    timetoken: int
    channel: str
    id: str
    name: str
    size: int


class FileTable:
    """The files of each channel of each keyset.

    A file's parts are there before it is: what never became a file goes when the store is opened.
    ``most`` is the number of bytes of all of them, and of those that are still coming.
    """

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self._most = most
        database.write(
            "DELETE FROM file_parts WHERE NOT EXISTS (SELECT 1 FROM files"
            " WHERE files.key = file_parts.key AND files.id = file_parts.id)"
        )
        self.held = 0
        self.recount()

    def recount(self) -> None:
        """Count anew the bytes that are held, after files were removed by another way than this table's."""
        found = self._database.rows("SELECT coalesce(sum(length(data)), 0) FROM file_parts")
        self.held = int(found[0][0])

    @property
    def size(self) -> int:
        """Bytes that all files take, about: what they hold, and their names, which are in an index as well."""
        return self.held + 2 * measure_of(self._database, "filed_bytes")

    def add_part(self, key: str, id: str, data: bytes) -> None:
        """Store the next bytes of what is to be a file. Where there is no room, the oldest files go; ``NoRoom`` where none is left."""
        with self._database.counted(self.recount):
            while self.held + len(data) > self._most:
                if not self._drop_oldest():
                    raise NoRoom
            self._database.write(
                "INSERT INTO file_parts (key, id, data) VALUES (?, ?, ?)", key, id, data
            )
        self.held += len(data)

    def discard(self, key: str, id: str) -> None:
        """Remove the parts of what was to be a file, or was one."""
        found = self._database.rows(
            "SELECT coalesce(sum(length(data)), 0) FROM file_parts WHERE key = ? AND id = ?",
            *(key, id),
        )
        self._database.write("DELETE FROM file_parts WHERE key = ? AND id = ?", key, id)
        self.held -= int(found[0][0])

    def add(self, key: str, file: StoredFile) -> None:
        """Make a file of the parts that were stored. Where there is no room, the oldest ones go."""
        with self._database.counted(self.recount):
            self._database.write(
                "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)",
                *(file.timetoken, key, file.channel, file.id, file.name, file.size),
            )
            self._trim("WHERE key = ?", (key,), MAX_FILES, MAX_FILES_BYTES)
            self._trim("", (), MAX_ALL_FILES, self._most)
            while measure_of(self._database, "filed_bytes") > MAX_FILED_BYTES:
                self._drop_oldest()

    def _trim(self, which: str, values: tuple[str, ...], number: int, size: int) -> None:
        """Remove the oldest files until what is left is within the bounds."""
        count, held = self._database.rows(
            f"SELECT count(*), coalesce(sum(size), 0) FROM files {which}",  # noqa: S608 - own words
            *values,
        )[0]
        while count > number or held > size:
            key, id, left = self._database.rows(
                f"SELECT key, id, size FROM files {which} ORDER BY timetoken LIMIT 1",  # noqa: S608
                *values,
            )[0]
            self._remove(key, id)
            count, held = count - 1, held - left

    def find(self, key: str, id: str) -> StoredFile | None:
        """The file with that id, if there is one."""
        rows = self._database.rows(f"{_SELECT} WHERE key = ? AND id = ?", key, id)
        return StoredFile(*rows[0]) if rows else None

    def read(self, key: str, channel: str, after: int, most: int) -> list[StoredFile]:
        """Files of a channel that are newer than a timetoken, oldest first."""
        rows = self._database.rows(
            f"{_SELECT} WHERE key = ? AND channel = ? AND timetoken > ? ORDER BY timetoken LIMIT ?",
            *(key, channel, after, most),
        )
        return [StoredFile(*row) for row in rows]

    def remove(self, key: str, id: str) -> None:
        """Remove a file, if it is there."""
        with self._database.counted(self.recount):
            self._remove(key, id)

    def _drop_oldest(self) -> bool:
        """Remove the oldest file of all; False where there is none."""
        oldest = self._database.rows("SELECT key, id FROM files ORDER BY timetoken LIMIT 1")
        for key, id in oldest:
            self._remove(key, id)
        return bool(oldest)

    def _remove(self, key: str, id: str) -> None:
        self._database.write("DELETE FROM files WHERE key = ? AND id = ?", key, id)
        self.discard(key, id)

    def part(self, key: str, id: str, after: int) -> tuple[int, bytes] | None:
        """The part after the one of that number (0: the first), with its number; None at the end."""
        rows = self._database.rows(
            "SELECT number, data FROM file_parts WHERE key = ? AND id = ? AND number > ?"
            " ORDER BY number LIMIT 1",
            *(key, id, after),
        )
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else None
