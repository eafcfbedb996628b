"""The store: all that outlives the process where it is kept in a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pnfilter.server.store import groups, messages, states
from pnfilter.server.store.database import Database
from pnfilter.server.store.groups import GroupTable
from pnfilter.server.store.messages import MessageTable
from pnfilter.server.store.states import StateTable

_MARKS: Final = "CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL)"


class Store:
    """The tables of one database. ``database`` is for what writes to several of them at once.

    ``clock`` gives nanoseconds since 1970, for what expires; ``history_limit`` is the number of
    messages kept of each channel. Every write is there for good when the call returns.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        history_limit: int = 1_000,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.database = Database(path, (_MARKS, *groups.SCHEMA, *messages.SCHEMA, *states.SCHEMA))
        self.groups = GroupTable(self.database)
        self.states = StateTable(self.database)
        self.messages = MessageTable(self.database, history_limit, clock)

    def close(self) -> None:
        """Nothing is read or written after this."""
        self.database.close()

    def mark(self) -> int:
        """The timetoken that was saved last; 0 where none was."""
        rows = self.database.rows("SELECT value FROM marks WHERE name = 'timetoken'")
        return int(rows[0][0]) if rows else 0

    def save_mark(self, timetoken: int) -> None:
        """Save a timetoken that none issued so far exceeds."""
        self.database.write("INSERT OR REPLACE INTO marks VALUES ('timetoken', ?)", timetoken)
