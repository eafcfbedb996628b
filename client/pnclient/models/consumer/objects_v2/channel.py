"""Metadata of channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pnclient.models.consumer.objects_v2.answered import Answered, AnsweredList


@dataclass(eq=False)
class PNChannelMetadataResult:
    """The metadata of a channel was set or removed.

    ``event``: set or delete. ``data``: what the service tells of it.
    """

    event: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"Channel {self.event} event with data: {self.data}"


class PNSetChannelMetadataResult(Answered):
    """A channel's metadata after it was set."""

    DONE = "Set channel metadata"


class PNGetChannelMetadataResult(Answered):
    """A channel's metadata."""

    DONE = "Get channel metadata"


class PNRemoveChannelMetadataResult(Answered):
    """A channel has no metadata any more."""

    DONE = "Remove channel metadata"


class PNGetAllChannelMetadataResult(AnsweredList):
    """Channels with metadata."""

    DONE = "Get all channel metadata"
