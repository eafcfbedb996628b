"""Who is where."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.arguments import integer
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.subjects import OfChannels
from pnclient.enums import PNOperationType
from pnclient.models.consumer.presence import PNHereNowResult
from pnclient.transport import Call


class HereNow(OfChannels[PNHereNowResult]):
    """Ask who is present on channels and groups; without any, on all channels."""

    OPERATION = PNOperationType.PNHereNowOperation

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._include_state = False
        self._include_uuids = True
        self._limit: int | None = None
        self._offset: int | None = None

    def include_state(self, should_include_state: bool) -> Self:
        """Whether the states are told too. Unset: no."""
        self._include_state = should_include_state
        return self

    def include_uuids(self, include_uuids: bool) -> Self:
        """Whether it is told who they are, and not only how many. Unset: yes."""
        self._include_uuids = include_uuids
        return self

    def limit(self, limit: int | None) -> Self:
        """How many are told of each channel."""
        self._limit = integer(limit, "limit")
        return self

    def offset(self, offset: int | None) -> Self:
        """How many of each channel are passed over."""
        self._offset = integer(offset, "offset")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()

    def _call(self) -> Call:
        query = self._of_groups()
        if self._include_state:
            query["state"] = "1"
        if not self._include_uuids:
            query["disable_uuids"] = "1"
        if self._limit is not None:
            query["limit"] = str(self._limit)
        if self._offset is not None:
            query["offset"] = str(self._offset)
        everywhere = not self._channels and not self._groups
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v2", "presence", "sub-key", self.pubnub.config.subscribe_key or ""),
                *(() if everywhere else ("channel", tuple(self._channels))),
            ),
            query=query,
        )

    def _result(self, data: Any) -> PNHereNowResult:
        return PNHereNowResult.from_json(data, self._channels)
