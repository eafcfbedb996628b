"""Reading the metadata of a user."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    IncludeCustomEndpoint,
    UuidEndpoint,
    answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.uuid import PNGetUUIDMetadataResult


class GetUuid(
    UuidEndpoint[PNGetUUIDMetadataResult], IncludeCustomEndpoint[PNGetUUIDMetadataResult]
):
    """Read the metadata of a user."""

    OPERATION = PNOperationType.PNGetUuidMetadataOperation

    def _result(self, data: Any) -> PNGetUUIDMetadataResult:
        return PNGetUUIDMetadataResult(answer(data))
