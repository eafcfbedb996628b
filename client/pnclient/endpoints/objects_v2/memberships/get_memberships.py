"""An import path of pubnub 4.8.1. Written by tools/old_paths.py."""

from pnclient.api.memberships import GetMemberships

__all__ = ["GetMemberships"]
