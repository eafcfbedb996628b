"""The answers to what was done with groups of channels."""

from __future__ import annotations

from dataclasses import dataclass


class PNChannelGroupsAddChannelResult:
    def __str__(self) -> str:
        return "Channel successfully added"


class PNChannelGroupsRemoveChannelResult:
    def __str__(self) -> str:
        return "Channel successfully removed"


class PNChannelGroupsRemoveGroupResult:
    def __str__(self) -> str:
        return "Group successfully removed"


@dataclass(eq=False)
class PNChannelGroupsListResult:
    """The channels of a group."""

    channels: list[str]

    def __str__(self) -> str:
        return f"Group contains following channels: {', '.join(self.channels)}"
