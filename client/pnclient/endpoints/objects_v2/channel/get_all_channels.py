"""Listing channels with metadata."""

from __future__ import annotations

from typing import Any

from pnclient.access.subjects import Subjects
from pnclient.endpoints.objects_v2.objects_endpoint import (
    IncludeCustomEndpoint,
    ListEndpoint,
    listed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.channel import PNGetAllChannelMetadataResult


class GetAllChannels(
    ListEndpoint[PNGetAllChannelMetadataResult],
    IncludeCustomEndpoint[PNGetAllChannelMetadataResult],
):
    """List channels with metadata."""

    OPERATION = PNOperationType.PNGetAllChannelMetadataOperation

    def _place(self) -> tuple[str, ...]:
        return ("channels",)

    def _subjects(self) -> Subjects:
        return Subjects(categories=("channels",))

    def _result(self, data: Any) -> PNGetAllChannelMetadataResult:
        return PNGetAllChannelMetadataResult(listed_answer(data))
