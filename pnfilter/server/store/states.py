"""The state of users in the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pnfilter.server.store.database import Database
from pnfilter.server.store.usage import Usage, measured

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS states (
        key TEXT NOT NULL, user TEXT NOT NULL, channel TEXT NOT NULL, state BLOB NOT NULL,
        PRIMARY KEY (key, user, channel)
    ) WITHOUT ROWID""",
    *measured("states", 100, (), ("key", "user", "channel", "state")),
)


class StateTable:
    """The state that each user of each keyset has on a channel, where it has one. States are JSON."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def load(self, key: str) -> list[tuple[str, str, bytes]]:
        """Each user of the keyset with a state, the channel and the state."""
        return self._database.rows("SELECT user, channel, state FROM states WHERE key = ?", key)

    def save(self, key: str, user: str, states: Iterable[tuple[str, bytes]]) -> None:
        """The user has these states on these channels from now on; an empty text is none.

        ``Full``, and nothing is changed, where there is no room for them.
        """
        with self._usage.bounded("states", key):
            for channel, state in states:
                if state:
                    self._database.write(
                        "INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?)",
                        *(key, user, channel, state),
                    )
                else:
                    self._remove(key, user, channel)

    def remove(self, key: str, user: str, channel: str) -> None:
        """The user has no state on the channel."""
        with self._usage.bounded("states", key):
            self._remove(key, user, channel)

    def _remove(self, key: str, user: str, channel: str) -> None:
        self._database.write(
            "DELETE FROM states WHERE key = ? AND user = ? AND channel = ?", key, user, channel
        )
