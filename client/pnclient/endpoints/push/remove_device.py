"""Let a device have no more push notifications at all."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.push.device import OfDevice, changed
from pnclient.enums import PNOperationType
from pnclient.models.consumer.push import PNPushRemoveAllChannelsResult
from pnclient.transport import Call


class RemoveDeviceFromPush(OfDevice[PNPushRemoveAllChannelsResult]):
    """Let a device have no more push notifications at all."""

    OPERATION = PNOperationType.PNRemoveAllPushNotificationsOperation

    def _call(self) -> Call:
        return self._of_device("remove")

    def _result(self, data: Any) -> PNPushRemoveAllChannelsResult:
        changed(data)
        return PNPushRemoveAllChannelsResult()
