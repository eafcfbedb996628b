"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.history import PNMessageCountResult

__all__ = ["PNMessageCountResult"]
