"""Telling subscribers of a file."""

from __future__ import annotations

from typing import Any, Final, Self

from pnclient.endpoints.arguments import text
from pnclient.endpoints.endpoint import Client, R
from pnclient.endpoints.file_operations.file_based_endpoint import OfFile
from pnclient.endpoints.pubsub.publish import OfPublication, published_at
from pnclient.enums import PNOperationType
from pnclient.models.consumer.file import PNPublishFileMessageResult
from pnclient.payloads import payload_text
from pnclient.transport import Call

#: What is set of a message.
_OF_MESSAGE: Final = (
    *("_message", "_meta", "_should_store", "_ttl", "_custom_message_type"),
    *("_replicate", "_ptto", "_cipher_key"),
)


class OfFileMessage(OfPublication[R]):
    """What is set of a message about a file. As of old, history keeps none unless it is asked to."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._cipher_key: str | None = None

    def cipher_key(self, cipher_key: str | None) -> Self:
        """What to encrypt with, in place of the configuration's key."""
        self._cipher_key = text(cipher_key, "cipher_key")
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
        published_at(data)
        return PNPublishFileMessageResult(data)
