"""Files: sent, listed, read, deleted, and told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class PNGetFilesResult:
    """Files of a channel.

    ``data``: of each the ``name``, ``id``, ``size`` in bytes and ``created``. ``count``: how many these are; ``next``: where to
    go on, None where these were the last. ``prev`` is None with all that is known of the service.
    """

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.data: list[dict[str, Any]] = result["data"]
        self.count: int | None = result.get("count")
        self.next: str | None = result.get("next")
        self.prev: str | None = result.get("prev")

    def __str__(self) -> str:
        return f"Get files success with data: {self.data}"


class PNDeleteFileResult:
    """The file is no longer there. ``status``: the code that the service says."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.status: Any = result["status"]

    def __str__(self) -> str:
        return f"Delete files success with status: {self.status}"


class PNGetFileDownloadURLResult:
    """``file_url``: where the file can be read for a time, by anybody who has the address. ``str()`` doesn't show it."""

    def __init__(self, result: str, data: object = None) -> None:  # noqa: ARG002 - as of old
        self.file_url = result

    def __str__(self) -> str:
        return "Get file URL success"


class PNFetchFileUploadS3DataResult:
    """Where a file can be sent to. ``data``: all of the answer, with what lets anybody send it."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.name: str = result["data"]["name"]
        self.file_id: str = result["data"]["id"]
        self.data: Mapping[str, Any] = result

    def __str__(self) -> str:
        return "Fetch file upload S3 data success"


class PNDownloadFileResult:
    """``data``: the bytes of the file; or the path or the file object that it was written to."""

    def __init__(self, result: Any) -> None:
        self.data: Any = result

    def __str__(self) -> str:
        return "Download file success"


class PNPublishFileMessageResult:
    """Subscribers were told. ``timestamp``: when, in units of 100 ns since 1970, as the service wrote it."""

    def __init__(self, result: Sequence[Any]) -> None:
        self.timestamp: str = result[2]

    def __str__(self) -> str:
        return f"Sending file notification success with timestamp: {self.timestamp}"


class PNSendFileResult:
    """The file is there, and subscribers were told at ``timestamp``.

    ``name``, ``file_id``: what reads it and deletes it.
    """

    def __init__(
        self, result: PNPublishFileMessageResult, file_upload_data: PNFetchFileUploadS3DataResult
    ) -> None:
        self.name = file_upload_data.name
        self.file_id = file_upload_data.file_id
        self.timestamp = result.timestamp

    def __str__(self) -> str:
        return f"Send file success with name: {self.name} and id: {self.file_id}"
