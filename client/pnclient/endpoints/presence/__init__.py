"""Import paths of pubnub 4.8.1. Written by tools/old_paths.py."""
