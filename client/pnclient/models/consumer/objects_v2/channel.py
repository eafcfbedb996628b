"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.metadata import (
    PNGetAllChannelMetadataResult,
    PNGetChannelMetadataResult,
    PNRemoveChannelMetadataResult,
    PNSetChannelMetadataResult,
)
from pnclient.api.subscribe import PNChannelMetadataResult

__all__ = [
    "PNChannelMetadataResult",
    "PNGetAllChannelMetadataResult",
    "PNGetChannelMetadataResult",
    "PNRemoveChannelMetadataResult",
    "PNSetChannelMetadataResult",
]
