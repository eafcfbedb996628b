"""Reading someone's state."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.presence.user import OfUser
from pnclient.endpoints.shapes import mapping
from pnclient.endpoints.subjects import OfChannels
from pnclient.enums import PNOperationType
from pnclient.models.consumer.presence import PNGetStateResult
from pnclient.transport import Call


class GetState(OfChannels[PNGetStateResult], OfUser[PNGetStateResult]):
    """Ask for the state that a user has on channels and groups; unset, the client's own."""

    OPERATION = PNOperationType.PNGetState

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channels_or_groups()
        self._require_user()

    def _call(self) -> Call:
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v2", "presence", "sub-key", self.pubnub.config.subscribe_key or ""),
                *("channel", tuple(self._channels), "uuid", self._uuid or ""),
            ),
            query=self._of_groups(),
            channels=tuple(self._channels),
            groups=tuple(self._groups),
        )

    def _result(self, data: Any) -> PNGetStateResult:
        payload = mapping(data["payload"])
        # Of one channel, the state stands there by itself (recorded).
        if len(self._channels) == 1 and not self._groups:
            return PNGetStateResult({self._channels[0]: payload})
        return PNGetStateResult(mapping(payload["channels"]))
