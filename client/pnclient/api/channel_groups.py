"""Groups of channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.api.arguments import Names, as_strings, check_acknowledged, names_of
from pnclient.api.endpoint import Client, Endpoint, R
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.transport import Call


class PNChannelGroupsAddChannelResult:
    def __str__(self) -> str:
        return "Channel successfully added"


class PNChannelGroupsRemoveChannelResult:
    def __str__(self) -> str:
        return "Channel successfully removed"


class PNChannelGroupsRemoveGroupResult:
    def __str__(self) -> str:
        return "Group successfully removed"


@dataclass(eq=False)
class PNChannelGroupsListResult:
    """The channels of a group."""

    channels: list[str]

    def __str__(self) -> str:
        return f"Group contains following channels: {', '.join(self.channels)}"


class OfGroup(Endpoint[R]):
    """An operation on one group."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channel_group = ""

    def channel_group(self, channel_group: str) -> Self:
        """The group's name."""
        self._channel_group = channel_group
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        group: object = self._channel_group
        if not isinstance(group, str) or not group:
            raise PubNubException(pn_error=errors.PNERR_GROUP_MISSING)

    def _subjects(self) -> Subjects:
        return Subjects(groups=(self._channel_group,))

    def _of_group(self, *more: str, **parameters: tuple[str, ...]) -> Call:
        key = self.pubnub.config.subscribe_key or ""
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "channel-registration", "sub-key", key),
                *("channel-group", self._channel_group, *more),
            ),
            query=parameters,
        )


class OfChannelsInGroup(OfGroup[R]):
    """An operation on some channels of a group."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channels: list[str] = []

    def channels(self, channels: Names) -> Self:
        """Add channels: a text with commas between them, or a list."""
        self._channels.extend(names_of(channels, "channels"))
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        if not self._channels:
            raise PubNubException(pn_error=errors.PNERR_CHANNELS_MISSING)
        super()._validate()


class AddChannelToChannelGroup(OfChannelsInGroup[PNChannelGroupsAddChannelResult]):
    """Add channels to a group, which is made by that."""

    OPERATION = PNOperationType.PNAddChannelsToGroupOperation

    def _call(self) -> Call:
        return self._of_group(add=tuple(self._channels))

    def _result(self, data: Any) -> PNChannelGroupsAddChannelResult:
        check_acknowledged(data)
        return PNChannelGroupsAddChannelResult()


class ListChannelsInChannelGroup(OfGroup[PNChannelGroupsListResult]):
    """Ask for the channels of a group."""

    OPERATION = PNOperationType.PNChannelsForGroupOperation

    def _call(self) -> Call:
        return self._of_group()

    def _result(self, data: Any) -> PNChannelGroupsListResult:
        return PNChannelGroupsListResult(as_strings(data["payload"]["channels"]))


class RemoveChannelFromChannelGroup(OfChannelsInGroup[PNChannelGroupsRemoveChannelResult]):
    """Take channels out of a group."""

    OPERATION = PNOperationType.PNRemoveChannelsFromGroupOperation

    def _call(self) -> Call:
        return self._of_group(remove=tuple(self._channels))

    def _result(self, data: Any) -> PNChannelGroupsRemoveChannelResult:
        check_acknowledged(data)
        return PNChannelGroupsRemoveChannelResult()


class RemoveChannelGroup(OfGroup[PNChannelGroupsRemoveGroupResult]):
    """Remove a group."""

    OPERATION = PNOperationType.PNRemoveGroupOperation

    def _call(self) -> Call:
        return self._of_group("remove")

    def _result(self, data: Any) -> PNChannelGroupsRemoveGroupResult:
        check_acknowledged(data)
        return PNChannelGroupsRemoveGroupResult()
