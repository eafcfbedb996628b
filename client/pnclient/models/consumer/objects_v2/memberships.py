"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.memberships import (
    ChannelWithCustom,
    JustChannel,
    PNChannelMembership,
    PNGetMembershipsResult,
    PNManageMembershipsResult,
    PNRemoveMembershipsResult,
    PNSetMembershipsResult,
)
from pnclient.api.subscribe import PNMembershipResult

__all__ = [
    "ChannelWithCustom",
    "JustChannel",
    "PNChannelMembership",
    "PNGetMembershipsResult",
    "PNManageMembershipsResult",
    "PNMembershipResult",
    "PNRemoveMembershipsResult",
    "PNSetMembershipsResult",
]
