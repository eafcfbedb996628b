"""What outlives the process: one SQLite file, or one in memory that doesn't."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pnfilter.server.broker.events import Event

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS groups (
    key TEXT NOT NULL, name TEXT NOT NULL, channel TEXT NOT NULL,
    PRIMARY KEY (key, name, channel)
) WITHOUT ROWID;
"""


class Database:
    """The store. Every write is there for good when the call returns."""

    def __init__(self, path: Path | None = None) -> None:
        # Statements outside of a transaction are written at once.
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Nothing is read or written after this."""
        self._connection.close()

    def mark(self) -> int:
        """The timetoken that was saved last."""
        row = self._connection.execute(
            "SELECT value FROM marks WHERE name = 'timetoken'"
        ).fetchone()
        return int(row[0]) if row else 0

    def save_mark(self, timetoken: int) -> None:
        """Save a timetoken that none issued so far exceeds."""
        self._connection.execute(
            "INSERT OR REPLACE INTO marks VALUES ('timetoken', ?)", (timetoken,)
        )

    def load_groups(self, key: str) -> Iterable[tuple[str, str]]:
        """Each group of the keyset with each of its channels."""
        return self._connection.execute(
            "SELECT name, channel FROM groups WHERE key = ? ORDER BY name, channel", (key,)
        ).fetchall()

    def add_to_group(self, key: str, group: str, channels: Iterable[str]) -> None:
        """The channels are in the group from now on."""
        rows = [(key, group, channel) for channel in channels]
        with self._connection:
            self._connection.executemany("INSERT OR IGNORE INTO groups VALUES (?, ?, ?)", rows)

    def remove_from_group(self, key: str, group: str, channels: Iterable[str] | None) -> None:
        """The channels, or all of them, are no longer in the group."""
        if channels is None:
            self._connection.execute("DELETE FROM groups WHERE key = ? AND name = ?", (key, group))
            return
        rows = [(key, group, channel) for channel in channels]
        with self._connection:
            self._connection.executemany(
                "DELETE FROM groups WHERE key = ? AND name = ? AND channel = ?", rows
            )

    def add_message(self, key: str, event: Event, *, ttl: int | None) -> None:
        """Store a message for history; it goes after ``ttl`` hours, 0 for never (documented)."""
