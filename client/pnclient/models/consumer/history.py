"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.history import (
    PNFetchMessageItem,
    PNFetchMessagesResult,
    PNHistoryItemResult,
    PNHistoryResult,
)

__all__ = ["PNFetchMessageItem", "PNFetchMessagesResult", "PNHistoryItemResult", "PNHistoryResult"]
