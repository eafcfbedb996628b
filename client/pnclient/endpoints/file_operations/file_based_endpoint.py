"""What operations on files have in common."""

from __future__ import annotations

from typing import Self, TypeVar

from pnclient import errors
from pnclient.endpoints.arguments import text
from pnclient.endpoints.endpoint import Client, Endpoint, R
from pnclient.endpoints.subjects import OfChannel
from pnclient.exceptions import PubNubException

T = TypeVar("T")


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
        self._file_name = text(file_name, "file_name") or ""
        self._file_id = text(file_id, "file_id") or ""

    def file_name(self, file_name: str | None) -> Self:
        """The name that it was sent under. It is never used as a path."""
        self._file_name = text(file_name, "file_name") or ""
        return self

    def file_id(self, file_id: str | None) -> Self:
        """The id that the service gave it."""
        self._file_id = text(file_id, "file_id") or ""
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
