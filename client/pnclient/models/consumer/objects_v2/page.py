"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.objects import Next, PNPage, PNPageable, Previous

__all__ = ["Next", "PNPage", "PNPageable", "Previous"]
