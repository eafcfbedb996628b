"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.presence import (
    PNGetStateResult,
    PNHereNowChannelData,
    PNHereNowOccupantsData,
    PNHereNowResult,
    PNSetStateResult,
    PNWhereNowResult,
)

__all__ = [
    "PNGetStateResult",
    "PNHereNowChannelData",
    "PNHereNowOccupantsData",
    "PNHereNowResult",
    "PNSetStateResult",
    "PNWhereNowResult",
]
