"""Add channels to a group, which is made by that."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.channel_groups.group import OfChannelsInGroup
from pnclient.endpoints.shapes import acknowledged
from pnclient.enums import PNOperationType
from pnclient.models.consumer.channel_group import PNChannelGroupsAddChannelResult
from pnclient.transport import Call


class AddChannelToChannelGroup(OfChannelsInGroup[PNChannelGroupsAddChannelResult]):
    """Add channels to a group, which is made by that."""

    OPERATION = PNOperationType.PNAddChannelsToGroupOperation

    def _call(self) -> Call:
        return self._of_group(add=tuple(self._channels))

    def _result(self, data: Any) -> PNChannelGroupsAddChannelResult:
        acknowledged(data)
        return PNChannelGroupsAddChannelResult()
