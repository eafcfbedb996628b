"""The store: all that outlives the process if it is kept in a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from pnfilter.server.quotas import Quotas
from pnfilter.server.settings import MAX_KEYSETS
from pnfilter.server.store.database import (
    USAGE_SCHEMA,
    Database,
    StoreFailure,
    Tables,
    Usage,
    keys_in,
)
from pnfilter.server.store.files import FILE_SCHEMA, FileTable
from pnfilter.server.store.messages import (
    ACTION_SCHEMA,
    MESSAGE_SCHEMA,
    UPGRADE,
    ActionTable,
    MessageTable,
    bytes_of_messages,
    sizes_in,
)
from pnfilter.server.store.objects import OBJECT_SCHEMA, ObjectTable
from pnfilter.server.store.tables import (
    ACCESS_SCHEMA,
    GROUP_SCHEMA,
    REGISTRATION_SCHEMA,
    STATE_SCHEMA,
    AccessTable,
    GroupTable,
    RegistrationTable,
    StateTable,
    require_no_grants,
)

_MARKS: Final = "CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
_SCHEMA: Final = (
    *(_MARKS, *USAGE_SCHEMA, *GROUP_SCHEMA, *STATE_SCHEMA, *MESSAGE_SCHEMA, *ACTION_SCHEMA),
    *(*REGISTRATION_SCHEMA, *OBJECT_SCHEMA, *ACCESS_SCHEMA, *FILE_SCHEMA),
)


class Store:
    """The tables of one database. ``database`` is for what writes to several of them at once.

    ``clock`` gives nanoseconds since 1970, for what expires; ``history_limit`` is the number of
    messages kept of each channel. ``served``: the keysets that may be used, if they are known; each
    has a share of all room, and so has each other one that is in the store. Every write is durable
    when the call returns.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        history_limit: int = 1_000,
        served: Collection[str] | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.database = Database(path, _SCHEMA, _upgrade)
        with self.database.opening():
            sizes = sizes_in(self.database)
            held = keys_in(self.database).union(sizes)
            number = MAX_KEYSETS if served is None else len(held.union(served))
            self.quotas = quotas = Quotas(max(number, len(held)), in_file=path is not None)
            self.usage = used = Usage(
                self.database,
                {
                    "actions": Tables(("actions",), quotas.actions),
                    "states": Tables(("states",), quotas.states),
                    "groups": Tables(("groups",), quotas.groups),
                    "registrations": Tables(("registrations",), quotas.registrations),
                    "objects": Tables(("objects", "memberships"), quotas.objects),
                    "grants": Tables(("grants",), quotas.grants),
                    "revoked": Tables(("revoked",), quotas.revoked),
                    "files": Tables(("files", "file_parts"), quotas.files, quotas.file_names),
                },
            )
            self.groups = GroupTable(self.database, used)
            self.states = StateTable(self.database, used)
            self.messages = MessageTable(self.database, used, quotas.messages, history_limit, clock)
            self.messages.recount(sizes)
            self.actions = ActionTable(self.database, used)
            self.registrations = RegistrationTable(self.database, used)
            self.objects = ObjectTable(self.database, used)
            self.access = AccessTable(self.database, used)
            self.files = FileTable(self.database, used)
            # If the file is damaged there, this raises now.
            self.mark()
        self._is_open = True

    def close(self) -> None:
        """Nothing is read or written after this. May be called again."""
        if self._is_open:
            self._is_open = False
            # Without it, the next start takes longer.
            with suppress(StoreFailure):
                self.messages.save_usage()
        self.database.close()

    def keys(self) -> set[str]:
        """Return the keysets that have anything here."""
        return self.usage.keys().union(self.quotas.messages.all())

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
        self.usage.reload()
        self.messages.recount(dict(bytes_of_messages(self.database)))

    def expire(self) -> None:
        """What has lived for its time goes. May raise ``StoreFailure``."""
        self.messages.expire()

    def mark(self) -> int:
        """Return the timetoken that was saved last; 0 where none was."""
        rows = self.database.rows("SELECT value FROM marks WHERE name = 'timetoken'")
        return int(rows[0][0]) if rows else 0

    def save_mark(self, timetoken: int) -> None:
        """Save a timetoken that none issued so far exceeds."""
        self.database.write("INSERT OR REPLACE INTO marks VALUES ('timetoken', ?)", timetoken)


def _upgrade(database: Database, version: int) -> None:
    """Make a file of an older version one of this."""
    if version < 2:
        for statement in UPGRADE:
            database.write(statement)
    require_no_grants(database, version)
