"""Setting the metadata of a channel."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.objects_v2.objects_endpoint import (
    ChannelEndpoint,
    CustomAwareEndpoint,
    IncludeCustomEndpoint,
    answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.channel import PNSetChannelMetadataResult


class SetChannel(
    ChannelEndpoint[PNSetChannelMetadataResult],
    CustomAwareEndpoint[PNSetChannelMetadataResult],
    IncludeCustomEndpoint[PNSetChannelMetadataResult],
):
    """Set the metadata of a channel. What isn't set is sent as null, as 4.8.1 did, but for status and type."""

    OPERATION = PNOperationType.PNSetChannelMetadataOperation
    FIELDS = ("name", "description", "custom")

    def set_name(self, name: str | None) -> Self:
        """What the channel is called."""
        return self._set("name", name)

    def description(self, description: str | None) -> Self:
        """What the channel is for."""
        return self._set("description", description)

    def _result(self, data: Any) -> PNSetChannelMetadataResult:
        return PNSetChannelMetadataResult(answer(data))
