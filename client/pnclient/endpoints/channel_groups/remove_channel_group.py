"""Remove a group."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.channel_groups.group import OfGroup
from pnclient.endpoints.shapes import acknowledged
from pnclient.enums import PNOperationType
from pnclient.models.consumer.channel_group import PNChannelGroupsRemoveGroupResult
from pnclient.transport import Call


class RemoveChannelGroup(OfGroup[PNChannelGroupsRemoveGroupResult]):
    """Remove a group."""

    OPERATION = PNOperationType.PNRemoveGroupOperation

    def _call(self) -> Call:
        return self._of_group("remove")

    def _result(self, data: Any) -> PNChannelGroupsRemoveGroupResult:
        acknowledged(data)
        return PNChannelGroupsRemoveGroupResult()
