"""Metadata of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pnclient.models.consumer.objects_v2.answered import Answered, AnsweredList


@dataclass(eq=False)
class PNUUIDMetadataResult:
    """The metadata of a user was set or removed.

    ``event``: set or delete. ``data``: what the service tells of it.
    """

    event: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"UUID {self.event} event with data: {self.data}"


class PNSetUUIDMetadataResult(Answered):
    """A user's metadata after it was set."""

    DONE = "Set UUID metadata"


class PNGetUUIDMetadataResult(Answered):
    """A user's metadata."""

    DONE = "Get UUID metadata"


class PNRemoveUUIDMetadataResult(Answered):
    """A user has no metadata any more."""

    DONE = "Remove UUID metadata"


class PNGetAllUUIDMetadataResult(AnsweredList):
    """Users with metadata."""

    DONE = "Get all UUID metadata"
