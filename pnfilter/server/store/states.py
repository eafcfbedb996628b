"""The state of users in the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pnfilter.decoding import decode
from pnfilter.server.broker.events import json_bytes
from pnfilter.server.store.database import Database

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS states (
        key TEXT NOT NULL, user TEXT NOT NULL, channel TEXT NOT NULL, state BLOB NOT NULL,
        PRIMARY KEY (key, user, channel)
    ) WITHOUT ROWID""",
)


class StateTable:
    """The state that each user of each keyset has on a channel, where it has one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, key: str) -> list[tuple[str, str, dict[str, Any]]]:
        """Each user of the keyset with a state, the channel and the state."""
        rows = self._database.rows("SELECT user, channel, state FROM states WHERE key = ?", key)
        return [(user, channel, decode(state)) for user, channel, state in rows]

    def save(self, key: str, user: str, states: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """The user has these states on these channels from now on; an empty one is none."""
        with self._database.transaction():
            kept = []
            for channel, state in states:
                if state:
                    kept.append((key, user, channel, json_bytes(state)))
                else:
                    self.remove(key, user, channel)
            self._database.write_all("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?)", kept)

    def remove(self, key: str, user: str, channel: str) -> None:
        """The user has no state on the channel."""
        self._database.write(
            "DELETE FROM states WHERE key = ? AND user = ? AND channel = ?", key, user, channel
        )
