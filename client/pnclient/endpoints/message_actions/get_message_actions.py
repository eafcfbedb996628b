"""Reading the actions of a channel's messages."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.arguments import integer
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.shapes import listed
from pnclient.endpoints.subjects import OfChannel, OfTime
from pnclient.enums import PNOperationType
from pnclient.models.consumer.message_actions import PNGetMessageActionsResult, PNMessageAction
from pnclient.transport import Call


class GetMessageActions(OfChannel[PNGetMessageActionsResult], OfTime[PNGetMessageActionsResult]):
    """Ask for the actions of a channel's messages: the newest ``limit`` of a time.

    The time goes from newer to older, by the timetokens of the actions.
    """

    OPERATION = PNOperationType.PNGetMessageActions
    MAX_LIMIT = 100

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._limit = self.MAX_LIMIT

    def limit(self, limit: int | None) -> Self:
        """How many are told at most. Unset: 100."""
        asked = integer(limit, "limit")
        self._limit = self.MAX_LIMIT if asked is None else asked
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()

    def _call(self) -> Call:
        query = self._of_time()
        if self._limit != self.MAX_LIMIT:
            query["limit"] = str(self._limit)
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "message-actions", self.pubnub.config.subscribe_key or ""),
                *("channel", self._channel),
            ),
            query=query,
        )

    def _result(self, data: Any) -> PNGetMessageActionsResult:
        actions = [PNMessageAction(action) for action in listed(data["data"])]
        return PNGetMessageActionsResult({**data, "actions": actions})
