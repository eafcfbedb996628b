"""What programs derive from to be told of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pnclient.models.consumer.common import PNStatus
    from pnclient.models.consumer.pubsub import (
        PNFileMessageResult,
        PNMessageActionResult,
        PNMessageResult,
        PNPresenceEventResult,
        PNSignalMessageResult,
    )


class PNCallback:
    """The answer to a call; kept for programs that import it, as calls here are awaited."""

    def on_response(self, x: Any, status: PNStatus) -> None:
        """``x`` is the result, or None."""


class SubscribeCallback:
    """A listener. Each method does nothing until a subclass has its own; ``pubnub`` is the client."""

    def status(self, pubnub: Any, status: PNStatus) -> None:
        """The connection or the subscription changed, or something failed."""

    def message(self, pubnub: Any, message: PNMessageResult) -> None:
        """A message was received."""

    def presence(self, pubnub: Any, presence: PNPresenceEventResult) -> None:
        """Somebody joined, left, timed out or changed their state; needs ``with_presence``."""

    def signal(self, pubnub: Any, signal: PNSignalMessageResult) -> None:
        """A signal was received."""

    def message_action(self, pubnub: Any, message_action: PNMessageActionResult) -> None:
        """An action was added to a message, or removed from it."""

    def file(self, pubnub: Any, file_message: PNFileMessageResult) -> None:
        """A file was sent."""

    def channel(self, pubnub: Any, channel: Any) -> None:
        """The metadata of a channel changed."""

    def uuid(self, pubnub: Any, uuid: Any) -> None:
        """The metadata of a user changed."""

    def membership(self, pubnub: Any, membership: Any) -> None:
        """Who is a member of a channel changed."""


class ReconnectionCallback:
    """Told when the service answers again."""

    def on_reconnect(self) -> None:
        """The connection is back."""
