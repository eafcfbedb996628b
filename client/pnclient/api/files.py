"""List, locate and delete the files of a channel, and the results of all calls on files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeVar

from pnclient import errors
from pnclient.api.arguments import as_list, as_object, check_integer, check_string
from pnclient.api.endpoint import Client, Endpoint, OfChannel, R
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.files.transfer import REDIRECTIONS, location, service_address, unusable
from pnclient.transport import Call, Reply, value_of

T = TypeVar("T")


class PNGetFilesResult:
    """Files of a channel.

    ``data``: of each the ``name``, ``id``, ``size`` in bytes and ``created``. ``count``: how many
    these are; ``next``: where to go on, None where these were the last. ``prev`` is None with all
    that is known of the service.
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
    """``file_url``: where the file can be read for a time, by anybody who has the address.

    ``str()`` doesn't show it.
    """

    def __init__(self, result: str, data: object = None) -> None:  # noqa: ARG002 - as in 4.8.1
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
    """The file was announced to subscribers.

    ``timestamp``: when, in units of 100 ns since 1970, as the service wrote it.
    """

    def __init__(self, result: Sequence[Any]) -> None:
        self.timestamp: str = result[2]

    def __str__(self) -> str:
        return f"Sending file notification success with timestamp: {self.timestamp}"


class PNSendFileResult:
    """The file is there, and was announced at ``timestamp``.

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


class FileOperationEndpoint(OfChannel[R]):
    """An operation on the files of a channel."""

    def _like(self, other: Endpoint[T]) -> Endpoint[T]:
        """``other`` with this one's own time to wait, if it has one."""
        return other if self._timeout is None else other.timeout(self._timeout)

    def _transfer_timeout(self) -> float:
        """Seconds for the bytes of a file."""
        if self._timeout is not None:
            return self._timeout
        return self.pubnub.config.file_transfer_timeout


class OfFile(FileOperationEndpoint[R]):
    """An operation on one file."""

    def __init__(
        self, pubnub: Client, file_name: str | None = None, file_id: str | None = None
    ) -> None:
        super().__init__(pubnub)
        self._file_name = check_string(file_name, "file_name") or ""
        self._file_id = check_string(file_id, "file_id") or ""

    def file_name(self, file_name: str | None) -> Self:
        """The name that it was sent under. It is never used as a path."""
        self._file_name = check_string(file_name, "file_name") or ""
        return self

    def file_id(self, file_id: str | None) -> Self:
        """The id that the service gave it."""
        self._file_id = check_string(file_id, "file_id") or ""
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()
        self._require_file()

    def _require_file(self) -> None:
        if not self._file_name:
            raise PubNubException(pn_error=errors.PNERR_FILE_NAME_MISSING)
        if not self._file_id:
            raise PubNubException(pn_error=errors.PNERR_FILE_ID_MISSING)

    def _path(self) -> tuple[str, ...]:
        return (
            *("v1", "files", self.pubnub.config.subscribe_key or "", "channels", self._channel),
            *("files", self._file_id, self._file_name),
        )


class ListFiles(FileOperationEndpoint[PNGetFilesResult]):
    """Ask for the files of a channel: 100 at most, unless ``limit`` says less."""

    OPERATION = PNOperationType.PNGetFilesAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._limit: int | None = None
        self._next = ""

    def limit(self, limit: int | None) -> Self:
        """The largest number to list."""
        self._limit = check_integer(limit, "limit")
        return self

    def next(self, next: str | None) -> Self:
        """Where to go on: what the result before had as ``next``."""
        self._next = check_string(next, "next") or ""
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()

    def _call(self) -> Call:
        limit = {} if self._limit is None else {"limit": str(self._limit)}
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "files", self.pubnub.config.subscribe_key or ""),
                *("channels", self._channel, "files"),
            ),
            query=limit | ({"next": self._next} if self._next else {}),
        )

    def _result(self, data: Any) -> PNGetFilesResult:
        for file in as_list(data["data"]):
            as_object(file)
        return PNGetFilesResult(data)


class GetFileDownloadUrl(OfFile[PNGetFileDownloadURLResult]):
    """Ask for an address at which a file can be read for a time, without keys and tokens.

    Anyone who has it can use it. With ``ssl`` in the configuration it has TLS too.
    """

    OPERATION = PNOperationType.PNGetFileDownloadURLAction

    def _call(self) -> Call:
        return Call(operation=self.OPERATION, subjects=self._subjects(), path=self._path())

    def _read(self, reply: Reply, secrets: frozenset[str]) -> Any:
        if reply.code in REDIRECTIONS:
            config = self.pubnub.config
            base = service_address(config, self._channel, self._file_id, self._file_name)
            return location(config, reply, base=base)
        value_of(reply, secrets)
        raise unusable("the service redirects to nowhere")

    def _status_data(self, data: Any) -> Any:
        # The address lets anybody read the file.
        return None if isinstance(data, str) else data

    def _result(self, data: Any) -> PNGetFileDownloadURLResult:
        return PNGetFileDownloadURLResult(data)


class DeleteFile(OfFile[PNDeleteFileResult]):
    """Delete a file of a channel. Messages about it stay."""

    OPERATION = PNOperationType.PNDeleteFileOperation

    def _call(self) -> Call:
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=self._path(),
            method="DELETE",
        )

    def _result(self, data: Any) -> PNDeleteFileResult:
        return PNDeleteFileResult(as_object(data))
