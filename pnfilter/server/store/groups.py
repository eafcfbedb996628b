"""Channel groups in the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pnfilter.server.store.database import Database
from pnfilter.server.store.usage import Usage, measured

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS groups (
        key TEXT NOT NULL, name TEXT NOT NULL, channel TEXT NOT NULL,
        PRIMARY KEY (key, name, channel)
    ) WITHOUT ROWID""",
    # With what the same takes in memory, where both sides are looked up.
    *measured("groups", 200, ("key", "name", "channel")),
)


class GroupTable:
    """The channels of each group of each keyset."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def load_groups(self, key: str) -> Iterable[tuple[str, str]]:
        """Each group of the keyset with each of its channels."""
        return self._database.rows(
            "SELECT name, channel FROM groups WHERE key = ? ORDER BY name, channel", key
        )

    def add_to_group(self, key: str, group: str, channels: Iterable[str]) -> None:
        """The channels are in the group from now on. ``Full`` where there is no room for them."""
        with self._usage.bounded("groups", key):
            self._database.write_all(
                "INSERT OR IGNORE INTO groups VALUES (?, ?, ?)",
                [(key, group, channel) for channel in channels],
            )

    def remove_from_group(self, key: str, group: str, channels: Iterable[str] | None) -> None:
        """The channels, or all of them, are no longer in the group."""
        with self._usage.bounded("groups", key):
            if channels is None:
                self._database.write("DELETE FROM groups WHERE key = ? AND name = ?", key, group)
                return
            self._database.write_all(
                "DELETE FROM groups WHERE key = ? AND name = ? AND channel = ?",
                [(key, group, channel) for channel in channels],
            )
