"""Grants and revoked tokens in the store. Auth keys come encrypted, and tokens as digests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pnfilter.server.store.database import Database, UnusableStore
from pnfilter.server.store.usage import Usage, measured
from pnfilter.server.wire import Resource

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS grants (
        key TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, auth BLOB NOT NULL,
        rights INTEGER NOT NULL, ends REAL NOT NULL,
        PRIMARY KEY (key, kind, name, auth)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS revoked (
        key TEXT NOT NULL, token BLOB NOT NULL, ends REAL NOT NULL, PRIMARY KEY (key, token)
    ) WITHOUT ROWID""",
    # With what the same takes in memory.
    *measured("grants", 300, ("key", "name", "auth")),
    *measured("revoked", 200, ("token",), ("key",)),
)

#: Kind and name of a subject, the encrypted auth key, rights, and the end in seconds since 1970.
StoredGrant = tuple[Resource, str, bytes, int, float]


def require_no_grants(database: Database, version: int) -> None:
    """Raise ``UnusableStore`` if a file of an older version holds grants: it encrypts otherwise."""
    if database.rows("SELECT 1 FROM grants LIMIT 1"):
        raise UnusableStore(
            f"{database.path} is a store of version {version} with auth keys that this emulator "
            "can't decrypt; delete the file, and grant again"
        )


class AccessTable:
    """The grants and the revoked tokens of each keyset."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def load_grants(self, key: str) -> list[StoredGrant]:
        """Every grant of a keyset, those that have ended too."""
        return self._database.rows(
            "SELECT kind, name, auth, rights, ends FROM grants WHERE key = ?", key
        )

    def save_grants(self, key: str, grants: Iterable[StoredGrant]) -> None:
        """Each is in the place of the one before; one without rights is none.

        ``quotas.Full``, and nothing is changed, where there is no room for their names and auth keys.
        """
        with self._usage.bounded("grants", key):
            for kind, name, auth, rights, ends in grants:
                self._database.write(
                    "INSERT OR REPLACE INTO grants VALUES (?, ?, ?, ?, ?, ?)"
                    if rights
                    else "DELETE FROM grants WHERE key = ? AND kind = ? AND name = ? AND auth = ?",
                    *(key, kind, name, auth),
                    *((rights, ends) if rights else ()),
                )

    def load_revoked(self, key: str) -> list[tuple[bytes, float]]:
        """Each revoked token of a keyset, with its end."""
        return self._database.rows("SELECT token, ends FROM revoked WHERE key = ?", key)

    def save_revoked(self, key: str, token: bytes, ends: float) -> None:
        """A token is revoked. ``quotas.Full`` where there is no room."""
        with self._usage.bounded("revoked", key):
            self._database.write(
                "INSERT OR REPLACE INTO revoked VALUES (?, ?, ?)", key, token, ends
            )

    def expire(self, key: str, now: float) -> None:
        """What has ended goes."""
        with self._usage.bounded("grants", key):
            self._database.write(
                "DELETE FROM grants WHERE key = ? AND ends != 0 AND ends <= ?", key, now
            )
        with self._usage.bounded("revoked", key):
            self._database.write("DELETE FROM revoked WHERE key = ? AND ends <= ?", key, now)
