"""Files in the store: their names, and their bytes in parts. A name is never a path on the disk."""

from __future__ import annotations

from typing import Final, NamedTuple

from pnfilter.server.store.database import Database, Usage, usage_triggers

FILE_SCHEMA: Final = (
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
    *usage_triggers("files", 300, ("key", "channel", "id"), ("name",)),
    *usage_triggers("file_parts", 100, ("key", "id"), ("data",)),
)
_SELECT: Final = "SELECT timetoken, channel, id, name, size FROM files"


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
    """

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage
        database.write(
            "DELETE FROM file_parts WHERE NOT EXISTS (SELECT 1 FROM files"
            " WHERE files.key = file_parts.key AND files.id = file_parts.id)"
        )
        usage.reload()

    def add_part(self, key: str, id: str, data: bytes) -> None:
        """Store the next bytes of a file to be. Raise ``LimitReached`` if there is no room."""
        with self._usage.bounded("files", key):
            self._database.write(
                "INSERT INTO file_parts (key, id, data) VALUES (?, ?, ?)", key, id, data
            )

    def discard(self, key: str, id: str) -> None:
        """Remove the parts of what was to be a file, or was one."""
        with self._usage.bounded("files", key):
            self._remove_parts(key, id)

    def _remove_parts(self, key: str, id: str) -> None:
        self._database.write("DELETE FROM file_parts WHERE key = ? AND id = ?", key, id)

    def add(self, key: str, file: StoredFile) -> None:
        """Make a file of the stored parts. Raise ``LimitReached`` if there is no room for it."""
        with self._usage.bounded("files", key):
            self._database.write(
                "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)",
                *(file.timetoken, key, file.channel, file.id, file.name, file.size),
            )

    def find(self, key: str, id: str) -> StoredFile | None:
        """Return the file with that id, if there is one."""
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
        with self._usage.bounded("files", key):
            self._database.write("DELETE FROM files WHERE key = ? AND id = ?", key, id)
            self._remove_parts(key, id)

    def part(self, key: str, id: str, after: int) -> tuple[int, bytes] | None:
        """Return the part after that number (0: the first), with its number; None at the end."""
        rows = self._database.rows(
            "SELECT number, data FROM file_parts WHERE key = ? AND id = ? AND number > ?"
            " ORDER BY number LIMIT 1",
            *(key, id, after),
        )
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else None
