"""Sending a file: an address for it, the upload, the message about it."""

from __future__ import annotations

from copy import deepcopy
from os import PathLike
from pathlib import Path
from typing import Self

from pnclient import errors
from pnclient.endpoints.arguments import text
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.file_operations.fetch_upload_details import FetchFileUploadS3Data
from pnclient.endpoints.file_operations.file_based_endpoint import FileOperationEndpoint
from pnclient.endpoints.file_operations.publish_file_message import (
    OfFileMessage,
    PublishFileMessage,
)
from pnclient.endpoints.several import CallFailed, Several, Steps
from pnclient.enums import PNOperationType
from pnclient.exceptions import FileNotAnnounced, PubNubException
from pnclient.files import addresses, transfer
from pnclient.files.ciphers import file_cipher_for
from pnclient.files.content import Content, Opening, Progress, Source, check_size, source
from pnclient.files.forms import Form
from pnclient.hiding import MIN_HIDDEN
from pnclient.models.consumer.file import (
    PNFetchFileUploadS3DataResult,
    PNSendFileResult,
)
from pnclient.models.consumer.pn_error_data import PNErrorData
from pnclient.payloads import payload_text


class SendFileNative(
    FileOperationEndpoint[PNSendFileResult],
    OfFileMessage[PNSendFileResult],
    Several[PNSendFileResult],
):
    """Send a file to a channel, and tell its subscribers.

    ``channel``, ``file_object``, a name and the keys are needed. A file that isn't encrypted is read while it is sent.
    """

    OPERATION = PNOperationType.PNSendFileAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._source: Source | None = None
        self._file_name = ""
        self._progress: Progress | None = None

    def file_object(self, fd: Source) -> Self:
        """The content: bytes, a ``pathlib.Path``, or a file that is open for reading bytes, from where it stands."""
        self._source = source(fd)
        return self

    def file_name(self, file_name: str | None) -> Self:
        """The name under which it is sent. Unset: the last part of the path, where the content is one."""
        self._file_name = text(file_name, "file_name") or ""
        return self

    def progress(self, progress: Progress | None) -> Self:
        """What is told how many bytes were sent so far, and of how many; what it raises ends the call."""
        if progress is not None and not callable(progress):
            raise TypeError(f"progress: a function is expected, not {progress!r}")
        self._progress = progress
        return self

    def _name(self) -> str:
        given = self._source
        if self._file_name or given is None or isinstance(given, bytes | bytearray | memoryview):
            return self._file_name
        return Path(given).name if isinstance(given, PathLike) else ""

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_publish_key()
        self._require_channel()
        if self._source is None:
            raise PubNubException(pn_error=errors.PNERR_FILE_OBJECT_MISSING)
        if not self._name():
            raise PubNubException(pn_error=errors.PNERR_FILE_NAME_MISSING)
        # What can't be published is not uploaded either.
        payload_text(self.pubnub.config, self._message, own_key=self._cipher_key)
        self._parameters()
        file_cipher_for(self.pubnub.config, self._cipher_key)

    def _kept(self) -> Self:
        kept = super()._kept()
        kept._message, kept._meta = deepcopy(self._message), deepcopy(self._meta)  # noqa: SLF001
        return kept

    def _message_about(self, file_id: str, file_name: str | None) -> PublishFileMessage:
        about = PublishFileMessage(self.pubnub, file_name, file_id).channel(self._channel)
        about._say_as(self)  # noqa: SLF001
        return about

    async def _perform(self, steps: Steps) -> PNSendFileResult:
        opening = Opening(self._content)
        try:
            content = await steps.work(opening.open)
            asking = FetchFileUploadS3Data(self.pubnub).channel(self._channel)
            details = await steps.call(self._like(asking.file_name(self._name())))
            await self._upload(steps, content, details)
        finally:
            opening.close()
        about = self._like(self._message_about(details.file_id, details.name))
        try:
            published = await steps.call(about)
        except CallFailed as failed:
            raise _not_announced(failed, details) from None
        return PNSendFileResult(published, details)

    def _content(self) -> Content:
        """What is sent. It may block."""
        assert self._source is not None
        config = self.pubnub.config
        limit = config.max_file_size
        cipher = file_cipher_for(config, self._cipher_key)
        content = Content(self._source, limit)
        if cipher is None:
            return content
        try:
            encrypted = cipher.encrypt(content.read())
        finally:
            content.close()
        check_size(len(encrypted), limit)
        return Content(encrypted, limit)

    async def _upload(
        self, steps: Steps, content: Content, details: PNFetchFileUploadS3DataResult
    ) -> None:
        wanted = details.data["file_upload_request"]
        url = addresses.checked(self.pubnub.config, wanted["url"])
        fields = [(field["key"], field["value"]) for field in wanted["form_fields"]]
        form = Form(fields, details.name, content)
        secrets = {value for _, value in fields if len(value) >= MIN_HIDDEN}
        body = form.parts(steps.threads, self._progress)
        request = transfer.upload(self.pubnub.config, url, form, body, frozenset(secrets))
        try:
            reply = await steps.send(request, self._transfer_timeout())
        except Exception:
            if form.failure is None:
                raise
            failure = form.failure
        else:
            if not 200 <= reply.code < 300:
                raise transfer.refused(reply, request.secrets)
            if not form.is_whole:
                raise addresses.unusable("the file was accepted before all of it was sent")
            return
        raise failure


def _not_announced(failed: CallFailed, details: PNFetchFileUploadS3DataResult) -> CallFailed:
    """The file is there, and nobody was told."""
    exception = FileNotAnnounced(
        pn_error="The file was sent, but the message about it was not",
        errormsg=str(failed.exception),
    )
    exception.file_id, exception.file_name = details.file_id, details.name
    exception.status = failed.status
    failed.status.error_data = PNErrorData(str(exception), exception)
    return CallFailed(exception, failed.status, failed.data)
