"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.publish import PNFireResult, PNPublishResult
from pnclient.api.subscribe import (
    PNFileMessageResult,
    PNMessageActionResult,
    PNMessageResult,
    PNPresenceEventResult,
    PNSignalMessageResult,
)

__all__ = [
    "PNFileMessageResult",
    "PNFireResult",
    "PNMessageActionResult",
    "PNMessageResult",
    "PNPresenceEventResult",
    "PNPublishResult",
    "PNSignalMessageResult",
]
