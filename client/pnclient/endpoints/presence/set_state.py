"""Setting the state that others see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from pnclient import errors
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.shapes import mapping
from pnclient.endpoints.subjects import OfChannels
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.presence import PNSetStateResult
from pnclient.payloads import json_text
from pnclient.transport import Call

#: Told of channels, groups and the state they have now, so that heartbeats repeat it.
StateKeeper = Callable[[tuple[str, ...], tuple[str, ...], dict[str, Any]], object]


class SetState(OfChannels[PNSetStateResult]):
    """Set the client's own state on channels: a dict, never encrypted.

    Groups may stand beside channels, but not alone, as of old. ``kept``: see ``StateKeeper``.
    """

    OPERATION = PNOperationType.PNSetStateOperation

    def __init__(self, pubnub: Client, kept: StateKeeper | None = None) -> None:
        super().__init__(pubnub)
        self._state: dict[str, Any] | None = None
        self._kept = kept

    def state(self, state: dict[str, Any]) -> Self:
        """The state."""
        self._state = state
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channels_or_groups()
        if not self._channels:
            raise PubNubException(pn_error=errors.PNERR_STATE_SETTER_FOR_GROUPS_NOT_SUPPORTED_YET)
        given: object = self._state
        if not isinstance(given, dict):
            raise PubNubException(pn_error=errors.PNERR_STATE_MISSING)

    def _call(self) -> Call:
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v2", "presence", "sub-key", self.pubnub.config.subscribe_key or ""),
                *("channel", tuple(self._channels), "uuid", self.pubnub.uuid, "data"),
            ),
            query={"state": json_text(self._state), **self._of_groups()},
            channels=tuple(self._channels),
            groups=tuple(self._groups),
        )

    def _result(self, data: Any) -> PNSetStateResult:
        result = PNSetStateResult(mapping(data["payload"]))
        if self._kept is not None:
            self._kept(tuple(self._channels), tuple(self._groups), self._state or {})
        return result
