"""Removing the metadata of a channel."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.objects_v2.objects_endpoint import (
    ChannelEndpoint,
    removed_answer,
)
from pnclient.enums import PNOperationType
from pnclient.models.consumer.objects_v2.channel import PNRemoveChannelMetadataResult


class RemoveChannel(ChannelEndpoint[PNRemoveChannelMetadataResult]):
    """Remove the metadata of a channel."""

    OPERATION = PNOperationType.PNRemoveChannelMetadataOperation
    METHOD = "DELETE"

    def _result(self, data: Any) -> PNRemoveChannelMetadataResult:
        return PNRemoveChannelMetadataResult(removed_answer(data))
