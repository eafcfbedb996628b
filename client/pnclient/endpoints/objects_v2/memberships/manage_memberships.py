"""Setting and removing memberships of a user in one call."""

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
    PNManageMembershipsResult,
)


class ManageMemberships(MembershipsEndpoint[PNManageMembershipsResult]):
    """Set some memberships of a user and remove others. The answer lists those there are then."""

    OPERATION = PNOperationType.PNManageMembershipsOperation
    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._to_set: list[PNChannelMembership] = []
        self._to_remove: list[PNChannelMembership] = []

    def set(self, channel_memberships_to_set: Iterable[PNChannelMembership]) -> Self:
        """Which to set: ``[PNChannelMembership.channel("a")]`` and the like, in place of those set before."""
        self._to_set = rows_of(channel_memberships_to_set, PNChannelMembership, "set")
        return self

    def remove(self, channel_memberships_to_remove: Iterable[PNChannelMembership]) -> Self:
        """Which to remove, in place of those set before."""
        self._to_remove = rows_of(channel_memberships_to_remove, PNChannelMembership, "remove")
        return self

    def _payload(self) -> dict[str, Any]:
        return changes(self._to_set, self._to_remove)

    def _result(self, data: Any) -> PNManageMembershipsResult:
        return PNManageMembershipsResult(listed_answer(data))
