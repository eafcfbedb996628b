"""Ask for the channels of a group."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.channel_groups.group import OfGroup
from pnclient.endpoints.shapes import texts
from pnclient.enums import PNOperationType
from pnclient.models.consumer.channel_group import PNChannelGroupsListResult
from pnclient.transport import Call


class ListChannelsInChannelGroup(OfGroup[PNChannelGroupsListResult]):
    """Ask for the channels of a group."""

    OPERATION = PNOperationType.PNChannelsForGroupOperation

    def _call(self) -> Call:
        return self._of_group()

    def _result(self, data: Any) -> PNChannelGroupsListResult:
        return PNChannelGroupsListResult(texts(data["payload"]["channels"]))
