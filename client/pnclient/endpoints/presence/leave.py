"""Leaving channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pnclient.access.subjects import Subjects
from pnclient.endpoints.shapes import mapping
from pnclient.endpoints.subjects import OfChannels
from pnclient.enums import PNOperationType
from pnclient.transport import Call

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration


def leave_call(config: PNConfiguration, channels: Sequence[str], groups: Sequence[str]) -> Call:
    """What says that the client has gone."""
    return Call(
        operation=PNOperationType.PNUnsubscribeOperation,
        path=(
            *("v2", "presence", "sub-key", config.subscribe_key or ""),
            *("channel", tuple(channels), "leave"),
        ),
        query={"channel-group": tuple(groups)} if groups else {},
        subjects=Subjects(tuple(channels), tuple(groups)),
        channels=tuple(channels),
        groups=tuple(groups),
    )


class Leave(OfChannels[dict[str, Any]]):
    """Say that the client has gone from channels and groups. Unsubscribing does it by itself."""

    OPERATION = PNOperationType.PNUnsubscribeOperation

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channels_or_groups()

    def _call(self) -> Call:
        return leave_call(self.pubnub.config, self._channels, self._groups)

    def _result(self, data: Any) -> dict[str, Any]:
        return mapping(data)
