"""Removing the metadata of a user."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    UuidEndpoint,
    removed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.uuid import PNRemoveUUIDMetadataResult


class RemoveUuid(UuidEndpoint[PNRemoveUUIDMetadataResult]):
    """Remove the metadata of a user."""

    OPERATION = PNOperationType.PNRemoveUuidMetadataOperation
    METHOD = "DELETE"

    def _result(self, data: Any) -> PNRemoveUUIDMetadataResult:
        return PNRemoveUUIDMetadataResult(removed_answer(data))
