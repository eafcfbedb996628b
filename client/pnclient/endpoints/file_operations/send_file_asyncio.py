"""Sending a file, under the name that it had for asyncio: it is the same here."""

from __future__ import annotations

from pnclient.endpoints.file_operations.send_file import SendFileNative


class AsyncioSendFile(SendFileNative):
    """Send a file to a channel, and tell its subscribers."""
