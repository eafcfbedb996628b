"""Removing memberships of a user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.objects_v2.objects_endpoint import (
    MembershipsEndpoint,
    changes,
    listed_answer,
    rows_of,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.memberships import (
    PNChannelMembership,
    PNRemoveMembershipsResult,
)


class RemoveMemberships(MembershipsEndpoint[PNRemoveMembershipsResult]):
    """Remove memberships of a user. The answer lists those that are left."""

    OPERATION = PNOperationType.PNRemoveMembershipsOperation
    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channel_memberships: list[PNChannelMembership] = []

    def channel_memberships(self, channel_memberships: Iterable[PNChannelMembership]) -> Self:
        """``[PNChannelMembership.channel("a")]`` and the like, in place of those set before."""
        self._channel_memberships = rows_of(
            channel_memberships, PNChannelMembership, "channel_memberships"
        )
        return self

    def _payload(self) -> dict[str, Any]:
        return changes(delete=self._channel_memberships)

    def _result(self, data: Any) -> PNRemoveMembershipsResult:
        return PNRemoveMembershipsResult(listed_answer(data))
