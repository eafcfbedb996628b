"""Listing users with metadata."""

from __future__ import annotations

from typing import Any

from pnclient.access.subjects import Subjects
from pnclient.endpoints.objects_v2.objects_endpoint import (
    IncludeCustomEndpoint,
    ListEndpoint,
    listed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.uuid import PNGetAllUUIDMetadataResult


class GetAllUuid(
    ListEndpoint[PNGetAllUUIDMetadataResult], IncludeCustomEndpoint[PNGetAllUUIDMetadataResult]
):
    """List users with metadata."""

    OPERATION = PNOperationType.PNGetAllUuidMetadataOperation

    def _place(self) -> tuple[str, ...]:
        return ("uuids",)

    def _subjects(self) -> Subjects:
        return Subjects(categories=("uuids",))

    def _result(self, data: Any) -> PNGetAllUUIDMetadataResult:
        return PNGetAllUUIDMetadataResult(listed_answer(data))
