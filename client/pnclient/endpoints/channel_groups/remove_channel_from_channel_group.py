"""Take channels out of a group."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.channel_groups.group import OfChannelsInGroup
from pnclient.endpoints.shapes import acknowledged
from pnclient.enums import PNOperationType
from pnclient.models.consumer.channel_group import PNChannelGroupsRemoveChannelResult
from pnclient.transport import Call


class RemoveChannelFromChannelGroup(OfChannelsInGroup[PNChannelGroupsRemoveChannelResult]):
    """Take channels out of a group."""

    OPERATION = PNOperationType.PNRemoveChannelsFromGroupOperation

    def _call(self) -> Call:
        return self._of_group(remove=tuple(self._channels))

    def _result(self, data: Any) -> PNChannelGroupsRemoveChannelResult:
        acknowledged(data)
        return PNChannelGroupsRemoveChannelResult()
