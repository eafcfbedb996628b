"""What devices are registered for, in the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from pnfilter.server.store.database import Database
from pnfilter.server.store.usage import Usage, measured

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS registrations (
        key TEXT NOT NULL, type TEXT NOT NULL, topic TEXT NOT NULL, environment TEXT NOT NULL,
        device TEXT NOT NULL, channel TEXT NOT NULL,
        PRIMARY KEY (key, type, topic, environment, device, channel)
    ) WITHOUT ROWID""",
    *measured("registrations", 100, (), ("key", "topic", "device", "channel")),
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

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

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
        # To count a hundred thousand rows takes 20 ms.
        return self._usage.number("registrations", key)

    def change(
        self, key: str, device: Device, added: Iterable[str], removed: Iterable[str]
    ) -> None:
        """The device is registered for what is added from now on, and then not for what is removed.

        ``Full`` where there is no room for it.
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
