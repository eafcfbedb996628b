"""Users that are members of channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class PNMembershipResult:
    """A user became a member of a channel, or is one no more.

    ``event``: set or delete. ``data``: what the service tells of it.
    """

    event: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"Membership {self.event} event with data: {self.data}"
