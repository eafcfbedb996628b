"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.memberships import (
    PNUUID,
    JustUUID,
    PNGetChannelMembersResult,
    PNManageChannelMembersResult,
    PNRemoveChannelMembersResult,
    PNSetChannelMembersResult,
    PNUserMember,
    UUIDWithCustom,
)

__all__ = [
    "PNUUID",
    "JustUUID",
    "PNGetChannelMembersResult",
    "PNManageChannelMembersResult",
    "PNRemoveChannelMembersResult",
    "PNSetChannelMembersResult",
    "PNUserMember",
    "UUIDWithCustom",
]
