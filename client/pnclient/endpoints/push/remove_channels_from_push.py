"""Let a device have no more push notifications of channels."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.push.device import OfDeviceAndChannels, changed
from pnclient.enums import PNOperationType
from pnclient.models.consumer.push import PNPushRemoveChannelResult
from pnclient.transport import Call


class RemoveChannelsFromPush(OfDeviceAndChannels[PNPushRemoveChannelResult]):
    """Let a device have no more push notifications of channels."""

    OPERATION = PNOperationType.PNRemovePushNotificationsFromChannelsOperation

    def _call(self) -> Call:
        return self._of_device(remove=tuple(self._channels))

    def _result(self, data: Any) -> PNPushRemoveChannelResult:
        changed(data)
        return PNPushRemoveChannelResult()
