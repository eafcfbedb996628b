"""Metadata of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class PNUUIDMetadataResult:
    """The metadata of a user was set or removed.

    ``event``: set or delete. ``data``: what the service tells of it.
    """

    event: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"UUID {self.event} event with data: {self.data}"
