"""Reading the actions of a channel's messages."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.arguments import integer, timetoken
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.shapes import listed
from pnclient.endpoints.subjects import OfChannel
from pnclient.enums import PNOperationType
from pnclient.models.consumer.message_actions import PNGetMessageActionsResult, PNMessageAction
from pnclient.transport import Call


class GetMessageActions(OfChannel[PNGetMessageActionsResult]):
    """Ask for the actions of a channel's messages: the newest ``limit`` of a time."""

    OPERATION = PNOperationType.PNGetMessageActions
    MAX_LIMIT = 100

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._start: str | None = None
        self._end: str | None = None
        self._limit = self.MAX_LIMIT

    def start(self, start: int | str) -> Self:
        """The action timetoken before which actions are told."""
        self._start = timetoken(start, "start")
        return self

    def end(self, end: int | str) -> Self:
        """The action timetoken of the oldest that is told."""
        self._end = timetoken(end, "end")
        return self

    def limit(self, limit: int) -> Self:
        """How many are told at most. Unset: 100."""
        self._limit = integer(limit, "limit")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()

    def _call(self) -> Call:
        query: dict[str, str | tuple[str, ...]] = {}
        if self._start is not None:
            query["start"] = self._start
        if self._end is not None:
            query["end"] = self._end
        if self._limit != self.MAX_LIMIT:
            query["limit"] = str(self._limit)
        return Call(
            operation=self.OPERATION,
            path=(
                *("v1", "message-actions", self.pubnub.config.subscribe_key or ""),
                *("channel", self._channel),
            ),
            query=query,
        )

    def _result(self, data: Any) -> PNGetMessageActionsResult:
        actions = [PNMessageAction(action) for action in listed(data["data"])]
        return PNGetMessageActionsResult({**data, "actions": actions})
