"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.objects import (
    ChannelEndpoint,
    ChannelIncludeEndpoint,
    CustomAwareEndpoint,
    IncludeCustomEndpoint,
    ListEndpoint,
    ObjectsEndpoint,
    UuidEndpoint,
    UUIDIncludeEndpoint,
)

__all__ = [
    "ChannelEndpoint",
    "ChannelIncludeEndpoint",
    "CustomAwareEndpoint",
    "IncludeCustomEndpoint",
    "ListEndpoint",
    "ObjectsEndpoint",
    "UUIDIncludeEndpoint",
    "UuidEndpoint",
]
