"""Publish and fire messages, and send signals."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

from pnclient import errors
from pnclient.api import arguments
from pnclient.api.arguments import check_string, json_text, payload_text
from pnclient.api.endpoint import Client, OfChannel, R
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.transport import Call


class PNPublishResult:
    """The message was published. ``timetoken``: when, in units of 100 ns since 1970."""

    def __init__(self, envelope: object, timetoken: int) -> None:  # noqa: ARG002 - as in 4.8.1
        self.timetoken = timetoken

    def __str__(self) -> str:
        return f"Publish success with timetoken {self.timetoken}"


class PNFireResult:
    """The message was sent. ``timetoken``: when, in units of 100 ns since 1970."""

    def __init__(self, envelope: object, timetoken: int) -> None:  # noqa: ARG002 - as in 4.8.1
        self.timetoken = timetoken

    def __str__(self) -> str:
        return f"Fire success with timetoken {self.timetoken}"


class PNSignalResult:
    """The signal was sent. ``timetoken``: when, as the service wrote it."""

    def __init__(self, result: Sequence[Any]) -> None:
        self.timetoken: str = result[2]
        self._result = result

    def __str__(self) -> str:
        return f"Signal success with timetoken {self.timetoken}"


class OfMessage(OfChannel[R]):
    """What all messages have."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._message: Any = None
        self._meta: Any = None

    def message(self, message: Any) -> Self:
        """The payload: any JSON value but null."""
        self._message = message
        return self

    def meta(self, meta: Any) -> Self:
        """The metadata, which filters read: a dict. Never encrypted."""
        self._meta = meta
        return self


class OfPublication(OfMessage[R]):
    """What messages have that subscribers get."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._should_store: bool | None = None
        self._replicate: bool | None = None
        self._ptto: str | None = None
        self._ttl: int | None = None
        self._custom_message_type: str | None = None

    def should_store(self, should_store: bool | None) -> Self:
        """Whether history keeps it; None is no, as in 4.8.1. Unset: as the keys are configured."""
        self._should_store = bool(should_store)
        return self

    def replicate(self, replicate: bool | None) -> Self:
        """Whether it goes to other data centres than the nearest."""
        self._replicate = replicate
        return self

    def ptto(self, timetoken: int | str | None) -> Self:
        """The timetoken to publish with, in place of now."""
        self._ptto = arguments.encode_timetoken(timetoken, "ptto") if timetoken else None
        return self

    def ttl(self, ttl: int | None) -> Self:
        """Hours that history keeps it; 0 for no end."""
        self._ttl = arguments.check_integer(ttl, "ttl")
        return self

    def custom_message_type(self, custom_message_type: str | None) -> Self:
        """A word for the kind of message, which subscribers and history return."""
        self._custom_message_type = arguments.check_string(
            custom_message_type, "custom_message_type"
        )
        return self

    def _parameters(self) -> dict[str, str | tuple[str, ...]]:
        """What goes beside the payload."""
        given: dict[str, str | tuple[str, ...]] = {}
        if self._meta:
            given["meta"] = json_text(self._meta)
        if self._should_store is not None:
            given["store"] = "1" if self._should_store else "0"
        if self._replicate is not None:
            given["norep"] = "false" if self._replicate else "true"
        if self._ptto is not None:
            given["ptto"] = self._ptto
        if self._ttl is not None:
            given["ttl"] = str(self._ttl)
        if self._custom_message_type:
            given["custom_message_type"] = self._custom_message_type
        return given


class Sending(OfMessage[R]):
    """What publish and fire have in common.

    The payload is encrypted where there is a cipher key.
    """

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._use_post = False

    def use_post(self, use_post: bool | None) -> Self:
        """Send the payload as the body.

        In the path it is limited to some 32 kB with everything else.
        """
        self._use_post = bool(use_post)
        return self

    def _validate(self) -> None:
        self._require_channel()
        if self._message is None:
            raise PubNubException(pn_error=errors.PNERR_MESSAGE_MISSING)
        self._require_subscribe_key()
        self._require_publish_key()

    @abstractmethod
    def _parameters(self) -> dict[str, str | tuple[str, ...]]:
        """What goes beside the payload."""

    def _call(self) -> Call:
        config = self.pubnub.config
        payload = payload_text(config, self._message)
        path = (
            *("publish", config.publish_key or "", config.subscribe_key or ""),
            *("0", self._channel, "0"),
        )
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=path if self._use_post else (*path, payload),
            query=self._parameters(),
            method="POST" if self._use_post else "GET",
            body=payload if self._use_post else None,
        )


class Publish(OfPublication[PNPublishResult], Sending[PNPublishResult]):
    """Publish a message to a channel.

    ``channel``, ``message`` and the keys are needed. Each sending has a number of its own
    (``seqn``).
    """

    OPERATION = PNOperationType.PNPublishOperation

    def _result(self, data: Any) -> PNPublishResult:
        return PNPublishResult(data, read_timetoken(data))


def read_timetoken(data: Any) -> int:
    """The timetoken in ``[1, "Sent", "15…"]``; ``ValueError`` where it wasn't sent (recorded)."""
    sent, _, moment = data
    if sent != 1:
        raise ValueError("the service says that nothing was sent")
    return int(moment)


class Fire(Sending[PNFireResult]):
    """Send a message that only functions at the service see: not stored, no subscriber gets it."""

    OPERATION = PNOperationType.PNFireOperation

    def _parameters(self) -> dict[str, str | tuple[str, ...]]:
        given: dict[str, str | tuple[str, ...]] = {"store": "0", "norep": "1"}
        if self._meta is not None:
            given["meta"] = json_text(self._meta)
        return given

    def _result(self, data: Any) -> PNFireResult:
        return PNFireResult(data, read_timetoken(data))


class Signal(OfChannel[PNSignalResult]):
    """Send a signal to a channel: up to 64 bytes, never encrypted, without metadata."""

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
        """A word for what kind of signal it is, which subscribers receive."""
        self._custom_message_type = check_string(custom_message_type, "custom_message_type")
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
        read_timetoken(data)
        return PNSignalResult(data)
