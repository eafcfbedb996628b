"""Removing members of a channel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.objects_v2.objects_endpoint import (
    MembersEndpoint,
    changes,
    listed_answer,
    rows_of,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.channel_members import PNUUID, PNRemoveChannelMembersResult


class RemoveChannelMembers(MembersEndpoint[PNRemoveChannelMembersResult]):
    """Remove members of a channel. The answer lists those that are left."""

    OPERATION = PNOperationType.PNRemoveChannelMembersOperation
    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._uuids: list[PNUUID] = []

    def uuids(self, uuids: Iterable[PNUUID]) -> Self:
        """``[PNUUID.uuid("a")]`` and the like, in place of those set before."""
        self._uuids = rows_of(uuids, PNUUID, "uuids")
        return self

    def _payload(self) -> dict[str, Any]:
        return changes(delete=self._uuids)

    def _result(self, data: Any) -> PNRemoveChannelMembersResult:
        return PNRemoveChannelMembersResult(listed_answer(data))
