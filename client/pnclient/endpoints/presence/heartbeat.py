"""Signs of life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from pnclient.access.subjects import Subjects
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.shapes import mapping
from pnclient.endpoints.subjects import OfChannels
from pnclient.enums import PNOperationType
from pnclient.payloads import json_text
from pnclient.transport import Call

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration


def heartbeat_call(
    config: PNConfiguration,
    channels: Sequence[str],
    groups: Sequence[str],
    state: Mapping[str, Any] | None = None,
) -> Call:
    """What says that the client is still there. ``state``: of each channel that has one."""
    query: dict[str, str | tuple[str, ...]] = {"heartbeat": str(config.presence_timeout)}
    if groups:
        query["channel-group"] = tuple(groups)
    if state:
        query["state"] = json_text(state)
    return Call(
        operation=PNOperationType.PNHeartbeatOperation,
        path=(
            *("v2", "presence", "sub-key", config.subscribe_key or ""),
            *("channel", tuple(channels), "heartbeat"),
        ),
        query=query,
        subjects=Subjects(tuple(channels), tuple(groups)),
    )


class Heartbeat(OfChannels[bool]):
    """Say that the client is present on channels and groups. The result is True."""

    OPERATION = PNOperationType.PNHeartbeatOperation

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._state: dict[str, Any] | None = None

    def state(self, state: dict[str, Any]) -> Self:
        """A state for each channel that has one."""
        self._state = state
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channels_or_groups()

    def _call(self) -> Call:
        return heartbeat_call(self.pubnub.config, self._channels, self._groups, self._state)

    def _result(self, data: Any) -> bool:
        mapping(data)
        return True
