"""Stored messages: what history is read from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pnfilter.server.broker.events import Event
from pnfilter.server.store.database import Database

SCHEMA: Final = ()


class MessageTable:
    """The messages of each channel of each keyset."""

    def __init__(self, database: Database, limit: int, clock: Callable[[], int]) -> None:
        self._database = database
        self._limit = limit
        self._clock = clock

    def add(self, key: str, event: Event, *, ttl: int | None) -> None:
        """Store a message for history; it goes after ``ttl`` hours, 0 for never (documented)."""
