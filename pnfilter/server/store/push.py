"""What devices are registered for, in the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from pnfilter.server.store.database import Database
from pnfilter.server.store.measuring import measure_of, measured, size_of_rows

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS registrations (
        key TEXT NOT NULL, type TEXT NOT NULL, topic TEXT NOT NULL, environment TEXT NOT NULL,
        device TEXT NOT NULL, channel TEXT NOT NULL,
        PRIMARY KEY (key, type, topic, environment, device, channel)
    ) WITHOUT ROWID""",
    # To count a hundred thousand rows takes 20 ms.
    "CREATE TABLE IF NOT EXISTS registered (key TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TRIGGER IF NOT EXISTS registrations_are_counted AFTER INSERT ON registrations BEGIN
        INSERT OR IGNORE INTO registered VALUES (new.key, 0);
        UPDATE registered SET number = number + 1 WHERE key = new.key;
    END""",
    """CREATE TRIGGER IF NOT EXISTS registrations_are_no_longer AFTER DELETE ON registrations BEGIN
        UPDATE registered SET number = number - 1 WHERE key = old.key;
    END""",
    *measured("registrations", ("key", "topic", "device", "channel"), "registered_bytes"),
)
_OF_DEVICE: Final = " FROM registrations WHERE key = ? AND type = ? AND topic = ? AND environment = ? AND device = ?"


class Device(NamedTuple):
    """A device of a keyset as push notifications know it; those without a topic have no environment."""

    type: str
    topic: str
    environment: str
    id: str


class RegistrationTable:
    """The channels that each device of each keyset is registered for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def channels(
        self, key: str, device: Device, *, after: str = "", most: int | None = None
    ) -> list[str]:
        """The channels of a device that come after a name, in the order of their bytes; at most ``most``."""
        rows = self._database.rows(
            f"SELECT channel{_OF_DEVICE} AND channel > ? ORDER BY channel LIMIT ?",
            *(key, *device, after, -1 if most is None else most),
        )
        return [channel for (channel,) in rows]

    def count(self, key: str) -> int:
        """How many channels all devices of a keyset have together."""
        rows = self._database.rows("SELECT number FROM registered WHERE key = ?", key)
        return int(rows[0][0]) if rows else 0

    @property
    def size(self) -> int:
        """Bytes of the names in all registrations of all keysets, the keysets' own among them."""
        return measure_of(self._database, "registered_bytes")

    def change(
        self, key: str, device: Device, added: Iterable[str], removed: Iterable[str]
    ) -> None:
        """The device is registered for what is added from now on, and then not for what is removed."""
        with self._database.transaction():
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
        self._database.write(f"DELETE{_OF_DEVICE}", key, *device)


def size_of(key: str, device: Device, channels: Iterable[str]) -> int:
    """What registrations that are not there yet add to ``RegistrationTable.size``."""
    return size_of_rows((key, device.topic, device.id), channels)
