"""Reading the metadata of a channel."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    ChannelEndpoint,
    IncludeCustomEndpoint,
    answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.channel import PNGetChannelMetadataResult


class GetChannel(
    ChannelEndpoint[PNGetChannelMetadataResult], IncludeCustomEndpoint[PNGetChannelMetadataResult]
):
    """Read the metadata of a channel."""

    OPERATION = PNOperationType.PNGetChannelMetadataOperation

    def _result(self, data: Any) -> PNGetChannelMetadataResult:
        return PNGetChannelMetadataResult(answer(data))
