"""What listeners receive: messages, presence, signals, files, actions and metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pnclient.api.message_actions import PNMessageAction


class Received:
    """What all results have: ``envelope`` is the item of the service's answer, as it came.

    It has no subscribe key, and ``repr`` doesn't show it.
    """

    envelope: dict[str, Any] | None = None


@dataclass(eq=False)
class PNMessageResult(Received):
    """A message.

    ``subscription``: the wildcard or group that it matched; None if that is the channel itself.
    ``timetoken``: when it was published, in units of 100 ns since 1970. ``user_metadata``: what it
    was published with as ``meta``; None if nothing. ``error``: why ``message`` couldn't be
    decrypted.
    """

    message: Any
    subscription: str | None
    channel: str
    timetoken: int
    user_metadata: Any = None
    publisher: str | None = None
    error: Exception | None = None
    custom_message_type: str | None = None

    @property
    def is_plaintext(self) -> bool:
        """Whether there is a cipher key, and the message came without being encrypted."""
        return getattr(self.error, "is_plaintext", False)


class PNSignalMessageResult(PNMessageResult):
    """A signal."""


class PNFileMessageResult(PNMessageResult):
    """A message that came with a file."""

    def __init__(  # noqa: PLR0917 - in the old order
        self,
        message: Any,
        subscription: str | None,
        channel: str,
        timetoken: int,
        publisher: str | None,
        file_url: str,
        file_id: str,
        file_name: str,
        user_metadata: Any = None,
        custom_message_type: str | None = None,
        error: Exception | None = None,
    ) -> None:
        super().__init__(
            message,
            subscription,
            channel,
            timetoken,
            user_metadata,
            publisher,
            error,
            custom_message_type,
        )
        self.file_url = file_url
        self.file_id = file_id
        self.file_name = file_name


@dataclass(eq=False)
class PNPresenceEventResult(Received):
    """Someone came to a channel, went, or changed the state.

    ``event``: join, leave, timeout, state-change or interval; the last one has the uuids in
    ``join``, ``leave`` and ``timeout``, and no ``uuid``. ``timestamp``: seconds since 1970.
    """

    event: str
    uuid: str | None
    timestamp: int
    occupancy: int
    subscription: str | None
    channel: str
    timetoken: int
    state: dict[str, Any] | None
    join: list[str] | None
    leave: list[str] | None
    timeout: list[str] | None
    user_metadata: Any = None


class PNMessageActionResult(Received, PNMessageAction):
    """An action that was added or removed.

    ``event``: added or removed.
    """

    def __init__(
        self,
        result: Mapping[str, Any],
        *,
        subscription: str | None = None,
        channel: str | None = None,
        event: str | None = None,
    ) -> None:
        super().__init__(result)
        self.subscription = subscription
        self.channel = channel
        self.event = event


@dataclass(eq=False)
class PNChannelMetadataResult(Received):
    """The metadata of a channel was set or removed.

    ``event``: set or delete. ``data``: what the service sends about it.
    """

    event: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"Channel {self.event} event with data: {self.data}"


@dataclass(eq=False)
class PNUUIDMetadataResult(Received):
    """The metadata of a user was set or removed.

    ``event``: set or delete. ``data``: what the service sends about it.
    """

    event: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"UUID {self.event} event with data: {self.data}"


@dataclass(eq=False)
class PNMembershipResult(Received):
    """A user became a member of a channel, or is one no more.

    ``event``: set or delete. ``data``: what the service sends about it.
    """

    event: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"Membership {self.event} event with data: {self.data}"
