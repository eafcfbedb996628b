"""Let a device have push notifications of channels."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.push.device import OfDeviceAndChannels, changed
from pnclient.enums import PNOperationType
from pnclient.models.consumer.push import PNPushAddChannelResult
from pnclient.transport import Call


class AddChannelsToPush(OfDeviceAndChannels[PNPushAddChannelResult]):
    """Let a device have push notifications of channels."""

    OPERATION = PNOperationType.PNAddPushNotificationsOnChannelsOperation

    def _call(self) -> Call:
        return self._of_device(add=tuple(self._channels))

    def _result(self, data: Any) -> PNPushAddChannelResult:
        changed(data)
        return PNPushAddChannelResult()
