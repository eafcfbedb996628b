"""Classes to derive from, to receive events."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pnclient.api.subscribe import (
        PNChannelMetadataResult,
        PNFileMessageResult,
        PNMembershipResult,
        PNMessageActionResult,
        PNMessageResult,
        PNPresenceEventResult,
        PNSignalMessageResult,
        PNUUIDMetadataResult,
    )
    from pnclient.status import PNStatus

#: What a listener's method returns: nothing, or what it has to do still.
Told = Awaitable[object] | None


class PNCallback:
    """The answer to a call; kept for programs that import it, as calls here are awaited."""

    def on_response(self, x: Any, status: PNStatus) -> None:
        """``x`` is the result, or None."""


class SubscribeCallback:
    """A listener. Each method does nothing until a subclass has its own; ``pubnub`` is the client.

    A method may be a coroutine function: the next event waits until it is done, but statuses and
    all else have their turns apart.
    """

    def status(self, pubnub: Any, status: PNStatus) -> Told:
        """The connection or the subscription changed, or something failed."""

    def message(self, pubnub: Any, message: PNMessageResult) -> Told:
        """A message was received."""

    def presence(self, pubnub: Any, presence: PNPresenceEventResult) -> Told:
        """Somebody joined, left, timed out or changed their state; needs ``with_presence``."""

    def signal(self, pubnub: Any, signal: PNSignalMessageResult) -> Told:
        """A signal was received."""

    def message_action(self, pubnub: Any, message_action: PNMessageActionResult) -> Told:
        """An action was added to a message, or removed from it."""

    def file(self, pubnub: Any, file_message: PNFileMessageResult) -> Told:
        """A file was sent."""

    def channel(self, pubnub: Any, channel: PNChannelMetadataResult) -> Told:
        """The metadata of a channel changed."""

    def uuid(self, pubnub: Any, uuid: PNUUIDMetadataResult) -> Told:
        """The metadata of a user changed."""

    def membership(self, pubnub: Any, membership: PNMembershipResult) -> Told:
        """Who is a member of a channel changed."""


class ReconnectionCallback:
    """Called when the service answers again."""

    def on_reconnect(self) -> None:
        """The connection is back."""
