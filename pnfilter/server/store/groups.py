"""Channel groups in the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pnfilter.server.store.database import Database
from pnfilter.server.store.measuring import measure_of, measured, size_of_rows

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS groups (
        key TEXT NOT NULL, name TEXT NOT NULL, channel TEXT NOT NULL,
        PRIMARY KEY (key, name, channel)
    ) WITHOUT ROWID""",
    *measured("groups", ("key", "name", "channel"), "grouped_bytes"),
)


class GroupTable:
    """The channels of each group of each keyset."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def size(self) -> int:
        """Bytes of the names in all groups of all keysets, the keysets' own among them."""
        return measure_of(self._database, "grouped_bytes")

    def load_groups(self, key: str) -> Iterable[tuple[str, str]]:
        """Each group of the keyset with each of its channels."""
        return self._database.rows(
            "SELECT name, channel FROM groups WHERE key = ? ORDER BY name, channel", key
        )

    def add_to_group(self, key: str, group: str, channels: Iterable[str]) -> None:
        """The channels are in the group from now on."""
        self._database.write_all(
            "INSERT OR IGNORE INTO groups VALUES (?, ?, ?)",
            [(key, group, channel) for channel in channels],
        )

    def remove_from_group(self, key: str, group: str, channels: Iterable[str] | None) -> None:
        """The channels, or all of them, are no longer in the group."""
        if channels is None:
            self._database.write("DELETE FROM groups WHERE key = ? AND name = ?", key, group)
            return
        self._database.write_all(
            "DELETE FROM groups WHERE key = ? AND name = ? AND channel = ?",
            [(key, group, channel) for channel in channels],
        )


def size_of(key: str, group: str, channels: Iterable[str]) -> int:
    """What channels that are not in a group yet add to ``GroupTable.size``."""
    return size_of_rows((key, group), channels)
