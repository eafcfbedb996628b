"""Small messages that are not stored."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.arguments import text
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.pubsub.publish import published_at
from pnclient.endpoints.subjects import OfChannel
from pnclient.enums import PNOperationType
from pnclient.models.consumer.signal import PNSignalResult
from pnclient.payloads import json_text
from pnclient.transport import Call


class Signal(OfChannel[PNSignalResult]):
    """Send a signal to a channel: a payload of up to 64 bytes, never encrypted, without metadata."""

    OPERATION = PNOperationType.PNSignalOperation

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._message: Any = None
        self._custom_message_type: str | None = None

    def message(self, message: Any) -> Self:
        """The payload: any JSON value."""
        self._message = message
        return self

    def custom_message_type(self, custom_message_type: str | None) -> Self:
        """A word for what kind of signal it is, which subscribers are told."""
        self._custom_message_type = text(custom_message_type, "custom_message_type")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_publish_key()
        self._require_channel()

    def _call(self) -> Call:
        config = self.pubnub.config
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("signal", config.publish_key or "", config.subscribe_key or ""),
                *("0", self._channel, "0", json_text(self._message)),
            ),
            query=(
                {"custom_message_type": self._custom_message_type}
                if self._custom_message_type
                else {}
            ),
        )

    def _result(self, data: Any) -> PNSignalResult:
        published_at(data)
        return PNSignalResult(data)
