"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.objects import PNSortDirection, PNSortKey, PNSortKeyValue

__all__ = ["PNSortDirection", "PNSortKey", "PNSortKeyValue"]
