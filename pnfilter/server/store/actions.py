"""Message actions in the store."""

from __future__ import annotations

from typing import Final, NamedTuple

from pnfilter.server.store.database import Database
from pnfilter.server.store.messages import Slice
from pnfilter.server.store.usage import Usage, measured

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS actions (
        timetoken INTEGER PRIMARY KEY, key TEXT NOT NULL, channel TEXT NOT NULL,
        message INTEGER NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, publisher TEXT NOT NULL
    )""",
    """CREATE UNIQUE INDEX IF NOT EXISTS actions_once
        ON actions (key, channel, message, type, value, publisher)""",
    "CREATE INDEX IF NOT EXISTS actions_of_channels ON actions (key, channel, timetoken)",
    """CREATE TRIGGER IF NOT EXISTS actions_go_with_their_message AFTER DELETE ON messages BEGIN
        DELETE FROM actions WHERE key = old.key AND channel = old.channel AND message = old.timetoken;
    END""",
    *measured("actions", 150, ("key", "channel", "type", "value", "publisher")),
)
_SELECT: Final = "SELECT timetoken, message, type, value, publisher FROM actions"


class StoredAction(NamedTuple):
    """An action on the message with the timetoken ``message``, and who added it."""

    timetoken: int
    message: int
    type: str
    value: str
    publisher: str


class ActionTable:
    """The actions of each channel of each keyset. They go with their message, where that is stored."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def add(self, key: str, channel: str, action: StoredAction) -> bool:
        """Store an action; False where its user has added the same to the message before.

        ``Full`` where there is no room for it.
        """
        with self._usage.bounded("actions", key):
            return bool(
                self._database.write(
                    "INSERT OR IGNORE INTO actions VALUES (?, ?, ?, ?, ?, ?, ?)",
                    *(action.timetoken, key, channel),
                    *action[1:],
                )
            )

    def count(self, key: str, channel: str, message: int) -> int:
        """How many actions a message has."""
        rows = self._database.rows(
            "SELECT count(*) FROM actions WHERE key = ? AND channel = ? AND message = ?",
            *(key, channel, message),
        )
        return int(rows[0][0])

    def of_message(self, key: str, channel: str, message: int) -> list[StoredAction]:
        """The actions of a message, oldest first."""
        rows = self._database.rows(
            f"{_SELECT} WHERE key = ? AND channel = ? AND message = ? ORDER BY timetoken",
            *(key, channel, message),
        )
        return [StoredAction(*row) for row in rows]

    def read(self, key: str, channel: str, part: Slice, most: int) -> list[StoredAction]:
        """The newest actions of a part of the timeline, oldest first."""
        rows = self._database.rows(
            f"{_SELECT} WHERE key = ? AND channel = ? AND timetoken BETWEEN ? AND ? "
            "ORDER BY timetoken DESC LIMIT ?",
            *(key, channel, part.first, part.last, most),
        )
        return [StoredAction(*row) for row in reversed(rows)]

    def remove(
        self, key: str, channel: str, message: int, timetoken: int, publisher: str
    ) -> StoredAction | None:
        """Remove the action that a user has added to a message; None where there is none."""
        with self._usage.bounded("actions", key):
            found = self._database.rows(
                f"{_SELECT} WHERE key = ? AND channel = ? AND message = ? AND timetoken = ? "
                "AND publisher = ?",
                *(key, channel, message, timetoken, publisher),
            )
            if not found:
                return None
            self._database.write("DELETE FROM actions WHERE timetoken = ?", timetoken)
        return StoredAction(*found[0])
