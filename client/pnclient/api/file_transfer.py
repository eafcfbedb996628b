"""Send a file with the message about it, and download one."""

from __future__ import annotations

from copy import deepcopy
from os import PathLike
from pathlib import Path
from typing import Any, Final, Self

from pnclient import errors
from pnclient.api.arguments import as_list, as_object, check_string, json_text, payload_text
from pnclient.api.endpoint import CallFailed, Client, MultiStepEndpoint, R, Steps
from pnclient.api.files import (
    FileOperationEndpoint,
    GetFileDownloadUrl,
    OfFile,
    PNDownloadFileResult,
    PNFetchFileUploadS3DataResult,
    PNPublishFileMessageResult,
    PNSendFileResult,
)
from pnclient.api.publish import OfPublication, read_timetoken
from pnclient.encryption.ciphers import file_cipher_for
from pnclient.enums import PNOperationType
from pnclient.exceptions import FileNotAnnounced, PubNubException
from pnclient.files import transfer
from pnclient.files.content import (
    Content,
    Form,
    Opening,
    Progress,
    Source,
    check_size,
    check_source,
)
from pnclient.files.targets import Memory, Taking, Target, check_target, sink_for
from pnclient.redaction import MIN_HIDDEN
from pnclient.status import PNErrorData
from pnclient.transport import Call, Taker
from pnclient.validators import is_encodable

#: What is set of a message.
_OF_MESSAGE: Final = (
    *("_message", "_meta", "_should_store", "_ttl", "_custom_message_type"),
    *("_replicate", "_ptto", "_cipher_key"),
)


class FetchFileUploadS3Data(FileOperationEndpoint[PNFetchFileUploadS3DataResult]):
    """Ask for an address and a form to send one file with. ``send_file`` does it by itself."""

    OPERATION = PNOperationType.PNFetchFileUploadS3DataAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._file_name = ""

    def file_name(self, file_name: str | None) -> Self:
        """The name of the file."""
        self._file_name = check_string(file_name, "file_name") or ""
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

    def _status_data(self, data: Any) -> Any:
        # The form lets anybody send the file.
        return data.get("data") if isinstance(data, dict) else data

    def _result(self, data: Any) -> PNFetchFileUploadS3DataResult:
        file, form = as_object(data["data"]), as_object(data["file_upload_request"])
        found = [file["id"], file["name"], form["url"]]
        for field in as_list(form["form_fields"]):
            found += [field["key"], field["value"]]
        if not all(isinstance(one, str) for one in found):
            raise TypeError("texts are expected")
        if not all(map(is_encodable, found)):
            raise TypeError("an unpaired surrogate is not text")
        return PNFetchFileUploadS3DataResult(data)


class OfFileMessage(OfPublication[R]):
    """What is set of a message about a file.

    As in 4.8.1, history keeps none unless it is asked to.
    """

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._cipher_key: str | None = None

    def cipher_key(self, cipher_key: str | None) -> Self:
        """What to encrypt with, in place of the configuration's key."""
        self._cipher_key = check_string(cipher_key, "cipher_key")
        return self

    def _say_as(self, other: OfFileMessage[Any]) -> None:
        """Take over what was set of another one's message."""
        for name in _OF_MESSAGE:
            setattr(self, name, getattr(other, name))

    def _parameters(self) -> dict[str, str | tuple[str, ...]]:
        return {"store": "0", **super()._parameters()}


class PublishFileMessage(
    OfFile[PNPublishFileMessageResult], OfFileMessage[PNPublishFileMessageResult]
):
    """Publish a message about a file that was sent. ``send_file`` does it by itself.

    The payload is encrypted where there is a cipher key, the name and the id of the file included.
    """

    OPERATION = PNOperationType.PNSendFileNotification

    def _validate(self) -> None:
        super()._validate()
        self._require_publish_key()

    def _call(self) -> Call:
        config = self.pubnub.config
        file = {"id": self._file_id, "name": self._file_name}
        payload = payload_text(
            config, {"message": self._message, "file": file}, own_key=self._cipher_key
        )
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "files", "publish-file", config.publish_key or ""),
                *(config.subscribe_key or "", "0", self._channel, "0", payload),
            ),
            query=self._parameters(),
        )

    def _result(self, data: Any) -> PNPublishFileMessageResult:
        read_timetoken(data)
        return PNPublishFileMessageResult(data)


class SendFileNative(
    FileOperationEndpoint[PNSendFileResult],
    OfFileMessage[PNSendFileResult],
    MultiStepEndpoint[PNSendFileResult],
):
    """Send a file to a channel, and announce it to the subscribers.

    ``channel``, ``file_object``, a name and the keys are needed. A file that isn't encrypted is
    read while it is sent.
    """

    OPERATION = PNOperationType.PNSendFileAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._source: Source | None = None
        self._file_name = ""
        self._progress: Progress | None = None

    def file_object(self, fd: Source) -> Self:
        """Set the content: bytes, a ``pathlib.Path``, or a file open for reading bytes.

        An open file is sent from its current position.
        """
        self._source = check_source(fd)
        return self

    def file_name(self, file_name: str | None) -> Self:
        """The name under which it is sent.

        Unset: the last part of the path, where the content is one.
        """
        self._file_name = check_string(file_name, "file_name") or ""
        return self

    def progress(self, progress: Progress | None) -> Self:
        """Set a function to call with the bytes sent so far and in all.

        An error that the function raises ends the call.
        """
        if progress is not None and not callable(progress):
            raise TypeError(f"progress: expected a function, got {progress!r}")
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

    def _copy(self) -> Self:
        kept = super()._copy()
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
        url = transfer.check_address(self.pubnub.config, wanted["url"])
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
                raise transfer.refusal_of(reply, request.secrets)
            if not form.is_whole:
                raise transfer.unusable("the file was accepted before all of it was sent")
            return
        raise failure


def _not_announced(failed: CallFailed, details: PNFetchFileUploadS3DataResult) -> CallFailed:
    """The file was sent, but its message was not."""
    exception = FileNotAnnounced(
        pn_error="The file was sent, but the message about it was not",
        errormsg=str(failed.exception),
    )
    exception.file_id, exception.file_name = details.file_id, details.name
    exception.status = failed.status
    failed.status.error_data = PNErrorData(str(exception), exception)
    return CallFailed(exception, failed.status, failed.data)


class AsyncioSendFile(SendFileNative):
    """Send a file to a channel, and announce it to the subscribers."""


class DownloadFileNative(OfFile[PNDownloadFileResult], MultiStepEndpoint[PNDownloadFileResult]):
    """Read a file of a channel: its bytes, or with ``to`` into a file here.

    It is decrypted where there is a cipher key, in memory; any other is written as it comes.
    """

    OPERATION = PNOperationType.PNDownloadFileAction

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._cipher_key: str | None = None
        self._target: Target | None = None
        self._progress: Progress | None = None

    def cipher_key(self, cipher_key: str | None) -> Self:
        """What it was encrypted with, in place of the configuration's key."""
        self._cipher_key = check_string(cipher_key, "cipher_key")
        return self

    def to(self, to: Target) -> Self:
        """Where it is written: a ``pathlib.Path``, or a file that is open for writing bytes.

        At a path there is all of it, or what was there before.
        """
        self._target = check_target(to)
        return self

    def progress(self, progress: Progress | None) -> Self:
        """Set a function to call with the bytes received so far and in all.

        The second number is None if it is unknown. An error that the function raises ends the call.
        """
        if progress is not None and not callable(progress):
            raise TypeError(f"progress: expected a function, got {progress!r}")
        self._progress = progress
        return self

    async def _perform(self, steps: Steps) -> PNDownloadFileResult:
        config = self.pubnub.config
        cipher = file_cipher_for(config, self._cipher_key)
        asking = GetFileDownloadUrl(self.pubnub, self._file_name, self._file_id)
        found = await steps.call(self._like(asking.channel(self._channel)))
        sink = sink_for(self._target, steps.threads)
        encrypted = Memory()
        try:
            taking = Taking(
                sink if cipher is None else encrypted, config.max_file_size, self._progress
            )
            await self._follow(steps, found.file_url, taking)
            if cipher is not None:
                await sink.write(await steps.work(cipher.decrypt, await encrypted.end()))
            kept: Any = await sink.end()
        except BaseException:
            sink.abort()
            raise
        return PNDownloadFileResult(kept)

    async def _follow(self, steps: Steps, address: str, into: Taker) -> None:
        """Read what is at an address, or where that leads to."""
        config = self.pubnub.config
        for _ in range(transfer.MAX_REDIRECTIONS + 1):
            # With TLS once, always with it.
            secure = address.startswith("https:")
            request = transfer.download(config, address)
            reply = await steps.send(request, self._transfer_timeout(), into=into)
            if reply.code == 200:
                return
            if reply.code not in transfer.REDIRECTIONS:
                raise transfer.refusal_of(reply, request.secrets)
            address = transfer.location(config, reply, base=address, secure=secure)
        raise PubNubException(pn_error=errors.PNERR_TOO_MANY_REDIRECTS_ERROR)


class DownloadFileAsyncio(DownloadFileNative):
    """Read a file of a channel."""
