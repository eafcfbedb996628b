"""The store: all that outlives the process where it is kept in a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pnfilter.server.settings import (
    MAX_ALL_FILES_BYTES,
    MAX_FILES_BYTES_IN_MEMORY,
    MAX_STORED,
    MAX_STORED_IN_MEMORY,
)
from pnfilter.server.store import (
    access,
    actions,
    files,
    groups,
    messages,
    objects,
    push,
    states,
)
from pnfilter.server.store.access import AccessTable
from pnfilter.server.store.actions import ActionTable
from pnfilter.server.store.database import Database
from pnfilter.server.store.files import FileTable
from pnfilter.server.store.groups import GroupTable
from pnfilter.server.store.messages import MessageTable
from pnfilter.server.store.objects import ObjectTable
from pnfilter.server.store.push import RegistrationTable
from pnfilter.server.store.states import StateTable

_MARKS: Final = "CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
#: Messages, and actions, that go at once where there is no room.
_DROPPED: Final = 100


class Store:
    """The tables of one database. ``database`` is for what writes to several of them at once.

    ``clock`` gives nanoseconds since 1970, for what expires; ``history_limit`` is the number of
    messages kept of each channel, ``most`` that of bytes kept of all but files, which have bounds of
    their own. Every write is there for good when the call returns.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        history_limit: int = 1_000,
        most: int | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        families = (groups, states, messages, actions, push, objects, access, files)
        schema = (_MARKS, *(statement for family in families for statement in family.SCHEMA))
        self.database = Database(path, schema, messages.UPGRADE)
        with self.database.opening():
            self.groups = GroupTable(self.database)
            self.states = StateTable(self.database)
            self.messages = MessageTable(self.database, history_limit, clock)
            self.actions = ActionTable(self.database)
            self.registrations = RegistrationTable(self.database)
            self.objects = ObjectTable(self.database)
            self.access = AccessTable(self.database)
            self.files = FileTable(
                self.database, MAX_ALL_FILES_BYTES if path else MAX_FILES_BYTES_IN_MEMORY
            )
            # Where the file is damaged there, it is told now.
            self.mark()
        self._most = most or (MAX_STORED if path else MAX_STORED_IN_MEMORY)

    def close(self) -> None:
        """Nothing is read or written after this."""
        self.database.close()

    def clear(self, key: str | None = None) -> None:
        """Delete what every keyset holds, or one. Timetokens go on from where they are."""
        tables = self.database.rows(
            "SELECT tables.name FROM sqlite_master AS tables"
            " JOIN pragma_table_info(tables.name) AS columns"
            " WHERE tables.type = 'table' AND columns.name = 'key'"
        )
        which, values = ("", ()) if key is None else (" WHERE key = ?", (key,))
        with self.database.transaction():
            for (table,) in tables:
                self.database.write(f"DELETE FROM {table}{which}", *values)  # noqa: S608 - own names
        self.messages.recount()
        self.objects.recount()
        self.files.recount()

    def expire(self) -> None:
        """What has lived for its time goes, then the oldest until the rest fits. May raise ``StoreFailure``."""
        self.messages.expire()
        while self.database.size - self.files.size > self._most:
            if not self.messages.drop_oldest(_DROPPED) + self.actions.drop_oldest(_DROPPED):
                break

    def mark(self) -> int:
        """The timetoken that was saved last; 0 where none was."""
        rows = self.database.rows("SELECT value FROM marks WHERE name = 'timetoken'")
        return int(rows[0][0]) if rows else 0

    def save_mark(self, timetoken: int) -> None:
        """Save a timetoken that none issued so far exceeds."""
        self.database.write("INSERT OR REPLACE INTO marks VALUES ('timetoken', ?)", timetoken)
