"""Reading a file, under the name that it had for asyncio: it is the same here."""

from __future__ import annotations

from pnclient.endpoints.file_operations.download_file import DownloadFileNative


class DownloadFileAsyncio(DownloadFileNative):
    """Read a file of a channel."""
