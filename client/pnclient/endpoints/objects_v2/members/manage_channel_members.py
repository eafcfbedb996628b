"""Setting and removing members of a channel in one call."""

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
from pnclient.models.consumer.objects_v2.channel_members import PNUUID, PNManageChannelMembersResult


class ManageChannelMembers(MembersEndpoint[PNManageChannelMembersResult]):
    """Set some members of a channel and remove others. The answer lists those there are then."""

    OPERATION = PNOperationType.PNManageChannelMembersOperation
    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._to_set: list[PNUUID] = []
        self._to_remove: list[PNUUID] = []

    def set(self, uuids_to_set: Iterable[PNUUID]) -> Self:
        """Whom to set: ``[PNUUID.uuid("a")]`` and the like, in place of those set before."""
        self._to_set = rows_of(uuids_to_set, PNUUID, "set")
        return self

    def remove(self, uuids_to_remove: Iterable[PNUUID]) -> Self:
        """Whom to remove, in place of those set before."""
        self._to_remove = rows_of(uuids_to_remove, PNUUID, "remove")
        return self

    def _payload(self) -> dict[str, Any]:
        return changes(self._to_set, self._to_remove)

    def _result(self, data: Any) -> PNManageChannelMembersResult:
        return PNManageChannelMembersResult(listed_answer(data))
