"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.channel_groups import (
    PNChannelGroupsAddChannelResult,
    PNChannelGroupsListResult,
    PNChannelGroupsRemoveChannelResult,
    PNChannelGroupsRemoveGroupResult,
)

__all__ = [
    "PNChannelGroupsAddChannelResult",
    "PNChannelGroupsListResult",
    "PNChannelGroupsRemoveChannelResult",
    "PNChannelGroupsRemoveGroupResult",
]
