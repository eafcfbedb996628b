"""Listing memberships of a user."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    MembershipsEndpoint,
    listed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.memberships import PNGetMembershipsResult


class GetMemberships(MembershipsEndpoint[PNGetMembershipsResult]):
    """List memberships of a user."""

    OPERATION = PNOperationType.PNGetMembershipsOperation

    def _result(self, data: Any) -> PNGetMembershipsResult:
        return PNGetMembershipsResult(listed_answer(data))
