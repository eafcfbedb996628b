"""Removing members of a channel."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    SomeMembersEndpoint,
    changes,
    listed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.channel_members import PNRemoveChannelMembersResult


class RemoveChannelMembers(SomeMembersEndpoint[PNRemoveChannelMembersResult]):
    """Remove members of a channel. The answer lists those that are left."""

    OPERATION = PNOperationType.PNRemoveChannelMembersOperation

    def _payload(self) -> dict[str, Any]:
        return changes(delete=self._uuids)

    def _result(self, data: Any) -> PNRemoveChannelMembersResult:
        return PNRemoveChannelMembersResult(listed_answer(data))
