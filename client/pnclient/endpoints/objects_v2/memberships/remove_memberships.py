"""Removing memberships of a user."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    SomeMembershipsEndpoint,
    changes,
    listed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.memberships import (
    PNRemoveMembershipsResult,
)


class RemoveMemberships(SomeMembershipsEndpoint[PNRemoveMembershipsResult]):
    """Remove memberships of a user. The answer lists those that are left."""

    OPERATION = PNOperationType.PNRemoveMembershipsOperation

    def _payload(self) -> dict[str, Any]:
        return changes(delete=self._channel_memberships)

    def _result(self, data: Any) -> PNRemoveMembershipsResult:
        return PNRemoveMembershipsResult(listed_answer(data))
