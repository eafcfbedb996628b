"""Setting members of a channel."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    SomeMembersEndpoint,
    changes,
    listed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.channel_members import PNSetChannelMembersResult


class SetChannelMembers(SomeMembersEndpoint[PNSetChannelMembersResult]):
    """Set members of a channel, beside those that are there. The answer lists all."""

    OPERATION = PNOperationType.PNSetChannelMembersOperation

    def _payload(self) -> dict[str, Any]:
        return changes(set=self._uuids)

    def _result(self, data: Any) -> PNSetChannelMembersResult:
        return PNSetChannelMembersResult(listed_answer(data))
