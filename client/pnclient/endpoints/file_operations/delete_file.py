"""Deleting a file."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.file_operations.file_based_endpoint import OfFile
from pnclient.endpoints.shapes import mapping
from pnclient.enums import PNOperationType
from pnclient.models.consumer.file import PNDeleteFileResult
from pnclient.transport import Call


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
        return PNDeleteFileResult(mapping(data))
