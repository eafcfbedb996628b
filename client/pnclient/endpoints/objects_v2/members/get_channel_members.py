"""Listing members of a channel."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    MembersEndpoint,
    listed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.channel_members import PNGetChannelMembersResult


class GetChannelMembers(MembersEndpoint[PNGetChannelMembersResult]):
    """List members of a channel."""

    OPERATION = PNOperationType.PNGetChannelMembersOperation

    def _result(self, data: Any) -> PNGetChannelMembersResult:
        return PNGetChannelMembersResult(listed_answer(data))
