"""Where a file can be sent to."""

from __future__ import annotations

from typing import Any, Self

from pnclient import errors
from pnclient.endpoints.arguments import text
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.file_operations.file_based_endpoint import FileOperationEndpoint
from pnclient.endpoints.shapes import listed, mapping
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.file import PNFetchFileUploadS3DataResult
from pnclient.payloads import json_text
from pnclient.transport import Call


class FetchFileUploadS3Data(FileOperationEndpoint[PNFetchFileUploadS3DataResult]):
    """Ask for an address and a form to send one file with. ``send_file`` does it by itself."""

    OPERATION = PNOperationType.PNFetchFileUploadS3DataAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._file_name = ""

    def file_name(self, file_name: str | None) -> Self:
        """The name of the file."""
        self._file_name = text(file_name, "file_name") or ""
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()
        if not self._file_name:
            raise PubNubException(pn_error=errors.PNERR_FILE_NAME_MISSING)

    def _call(self) -> Call:
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "files", self.pubnub.config.subscribe_key or ""),
                *("channels", self._channel, "generate-upload-url"),
            ),
            method="POST",
            body=json_text({"name": self._file_name}),
        )

    def _told(self, data: Any) -> Any:
        # The form lets anybody send the file.
        return data.get("data") if isinstance(data, dict) else data

    def _result(self, data: Any) -> PNFetchFileUploadS3DataResult:
        file, form = mapping(data["data"]), mapping(data["file_upload_request"])
        found = [file["id"], file["name"], form["url"]]
        for field in listed(form["form_fields"]):
            found += [field["key"], field["value"]]
        if not all(isinstance(one, str) for one in found):
            raise TypeError("texts are expected")
        if not all(map(_is_unicode, found)):
            raise TypeError("half of a surrogate pair is no text")
        return PNFetchFileUploadS3DataResult(data)


def _is_unicode(text: str) -> bool:
    """Whether a form can carry it: JSON can hold half of a surrogate pair."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
