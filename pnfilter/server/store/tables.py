"""The smaller tables: channel groups, states, registrations, grants and revoked tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from pnfilter.server.store.database import Database, UnusableStore, Usage, usage_triggers
from pnfilter.server.wire import Resource

GROUP_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS groups (
        key TEXT NOT NULL, name TEXT NOT NULL, channel TEXT NOT NULL,
        PRIMARY KEY (key, name, channel)
    ) WITHOUT ROWID""",
    # With what the same takes in memory, where both sides are looked up.
    *usage_triggers("groups", 200, ("key", "name", "channel")),
)


class GroupTable:
    """The channels of each group of each keyset."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def load_groups(self, key: str) -> Iterable[tuple[str, str]]:
        """Return each group of the keyset with each of its channels."""
        return self._database.rows(
            "SELECT name, channel FROM groups WHERE key = ? ORDER BY name, channel", key
        )

    def add_to_group(self, key: str, group: str, channels: Iterable[str]) -> None:
        """Add channels to a group. Raise ``LimitReached`` if there is no room for them."""
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


STATE_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS states (
        key TEXT NOT NULL, user TEXT NOT NULL, channel TEXT NOT NULL, state BLOB NOT NULL,
        PRIMARY KEY (key, user, channel)
    ) WITHOUT ROWID""",
    *usage_triggers("states", 100, (), ("key", "user", "channel", "state")),
)


class StateTable:
    """The state, as JSON, that each user of each keyset has on a channel."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def load(self, key: str) -> list[tuple[str, str, bytes]]:
        """Return each user of the keyset with a state, the channel and the state."""
        return self._database.rows("SELECT user, channel, state FROM states WHERE key = ?", key)

    def save(self, key: str, user: str, states: Iterable[tuple[str, bytes]]) -> None:
        """The user has these states on these channels from now on; an empty string is no state.

        Raise ``LimitReached``, and change nothing, if there is no room for them.
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


REGISTRATION_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS registrations (
        key TEXT NOT NULL, type TEXT NOT NULL, topic TEXT NOT NULL, environment TEXT NOT NULL,
        device TEXT NOT NULL, channel TEXT NOT NULL,
        PRIMARY KEY (key, type, topic, environment, device, channel)
    ) WITHOUT ROWID""",
    *usage_triggers("registrations", 100, (), ("key", "topic", "device", "channel")),
)
_OF_DEVICE: Final = (
    " FROM registrations"
    " WHERE key = ? AND type = ? AND topic = ? AND environment = ? AND device = ?"
)


class Device(NamedTuple):
    """A device of a keyset for push notifications. One without a topic has no environment."""

    type: str
    topic: str
    environment: str
    id: str


class RegistrationTable:
    """The channels that each device of each keyset is registered for."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def channels(
        self, key: str, device: Device, *, after: str = "", most: int | None = None
    ) -> list[str]:
        """Return a device's channels after a name, in the order of their bytes; up to ``most``."""
        rows = self._database.rows(
            f"SELECT channel{_OF_DEVICE} AND channel > ? ORDER BY channel LIMIT ?",
            *(key, *device, after, -1 if most is None else most),
        )
        return [channel for (channel,) in rows]

    def count(self, key: str) -> int:
        """Return how many channels all devices of a keyset have together."""
        # To count a hundred thousand rows takes 20 ms.
        return self._usage.number("registrations", key)

    def change(
        self, key: str, device: Device, added: Iterable[str], removed: Iterable[str]
    ) -> None:
        """The device is registered for what is added from now on, and then not for what is removed.

        Raise ``LimitReached`` if there is no room for it.
        """
        with self._usage.bounded("registrations", key):
            self._database.write_all(
                "INSERT OR IGNORE INTO registrations VALUES (?, ?, ?, ?, ?, ?)",
                [(key, *device, channel) for channel in added],
            )
            self._database.write_all(
                f"DELETE{_OF_DEVICE} AND channel = ?",
                [(key, *device, channel) for channel in removed],
            )

    def remove(self, key: str, device: Device) -> None:
        """The device is registered for nothing."""
        with self._usage.bounded("registrations", key):
            self._database.write(f"DELETE{_OF_DEVICE}", key, *device)


ACCESS_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS grants (
        key TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, auth BLOB NOT NULL,
        rights INTEGER NOT NULL, ends REAL NOT NULL,
        PRIMARY KEY (key, kind, name, auth)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS revoked (
        key TEXT NOT NULL, token BLOB NOT NULL, ends REAL NOT NULL, PRIMARY KEY (key, token)
    ) WITHOUT ROWID""",
    # With what the same takes in memory.
    *usage_triggers("grants", 300, ("key", "name", "auth")),
    *usage_triggers("revoked", 200, ("token",), ("key",)),
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
        """Store grants, each in place of an earlier one; one without rights is removed.

        Raise ``LimitReached``, and change nothing, if there is no room for names and auth keys.
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
        """Return each revoked token of a keyset, with its end."""
        return self._database.rows("SELECT token, ends FROM revoked WHERE key = ?", key)

    def save_revoked(self, key: str, token: bytes, ends: float) -> None:
        """A token is revoked. Raise ``LimitReached`` if there is no room."""
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
