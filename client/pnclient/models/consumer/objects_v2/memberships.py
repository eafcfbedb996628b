"""Users that are members of channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pnclient.models.consumer.objects_v2.answered import AnsweredList
from pnclient.models.consumer.objects_v2.row import row


@dataclass(eq=False)
class PNMembershipResult:
    """A user became a member of a channel, or is one no more.

    ``event``: set or delete. ``data``: what the service tells of it.
    """

    event: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"Membership {self.event} event with data: {self.data}"


class PNChannelMembership:
    """A channel that a user is, or is no more, a member of, with what the membership has.

    ``PNChannelMembership.channel("a")`` and ``PNChannelMembership.channel_with_custom("a", {"n": 1})`` are the older
    words.
    """

    def __init__(
        self,
        channel: str,
        custom: Mapping[str, Any] | None = None,
        status: str | None = None,
        type: str | None = None,
    ) -> None:
        self._channel = channel
        self._custom, self._status, self._type = custom, status, type

    @staticmethod
    def channel(channel: str) -> JustChannel:
        """A membership without anything else."""
        return JustChannel(channel)

    @staticmethod
    def channel_with_custom(channel: str, custom: Mapping[str, Any]) -> ChannelWithCustom:
        """A membership with what the program keeps of it: texts, numbers, True, False."""
        return ChannelWithCustom(channel, custom)

    def to_payload_dict(self) -> dict[str, Any]:
        """The membership as a request has it."""
        return row("channel", self._channel, self._custom, self._status, self._type)


class JustChannel(PNChannelMembership):
    """A membership without anything else."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)


class ChannelWithCustom(PNChannelMembership):
    """A membership with what the program keeps of it."""

    def __init__(self, channel: str, custom: Mapping[str, Any]) -> None:
        super().__init__(channel, custom)


class PNSetMembershipsResult(AnsweredList):
    """A user's memberships after some were set."""

    DONE = "Set memberships"


class PNGetMembershipsResult(AnsweredList):
    """A user's memberships."""

    DONE = "Get memberships"


class PNRemoveMembershipsResult(AnsweredList):
    """The memberships that are left."""

    DONE = "Remove memberships"


class PNManageMembershipsResult(AnsweredList):
    """A user's memberships after some were set and others removed."""

    DONE = "Manage memberships"
