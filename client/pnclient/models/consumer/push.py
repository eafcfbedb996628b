"""The answers to what was done with push notifications."""

from __future__ import annotations

from dataclasses import dataclass


class PNPushAddChannelResult:
    def __str__(self) -> str:
        return "Channel successfully added"


class PNPushRemoveChannelResult:
    def __str__(self) -> str:
        return "Channel successfully removed"


class PNPushRemoveAllChannelsResult:
    def __str__(self) -> str:
        return "All channels successfully removed"


@dataclass(eq=False)
class PNPushListProvisionsResult:
    """The channels that a device is registered for."""

    channels: list[str]

    def __str__(self) -> str:
        return f"Push notification enabled on following channels: {', '.join(self.channels)}"
