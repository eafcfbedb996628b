"""The files of a channel."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.arguments import integer, text
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.file_operations.file_based_endpoint import FileOperationEndpoint
from pnclient.endpoints.shapes import listed, mapping
from pnclient.enums import PNOperationType
from pnclient.models.consumer.file import PNGetFilesResult
from pnclient.transport import Call


class ListFiles(FileOperationEndpoint[PNGetFilesResult]):
    """Ask for the files of a channel: 100 at most, unless ``limit`` says less."""

    OPERATION = PNOperationType.PNGetFilesAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._limit: int | None = None
        self._next = ""

    def limit(self, limit: int | None) -> Self:
        """How many are told at most."""
        self._limit = integer(limit, "limit")
        return self

    def next(self, next: str | None) -> Self:
        """Where to go on: what the result before had as ``next``."""
        self._next = text(next, "next") or ""
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
        for file in listed(data["data"]):
            mapping(file)
        return PNGetFilesResult(data)
