"""Setting memberships of a user."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    SomeMembershipsEndpoint,
    changes,
    listed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.memberships import (
    PNSetMembershipsResult,
)


class SetMemberships(SomeMembershipsEndpoint[PNSetMembershipsResult]):
    """Set memberships of a user, beside those that are there. The answer lists all."""

    OPERATION = PNOperationType.PNSetMembershipsOperation

    def _payload(self) -> dict[str, Any]:
        return changes(set=self._channel_memberships)

    def _result(self, data: Any) -> PNSetMembershipsResult:
        return PNSetMembershipsResult(listed_answer(data))
