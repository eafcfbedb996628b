"""Deleting stored messages."""

from __future__ import annotations

from typing import Any, Self

from pnclient.endpoints.arguments import timetoken
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.shapes import acknowledged
from pnclient.endpoints.subjects import OfChannel
from pnclient.enums import PNOperationType
from pnclient.transport import Call


class HistoryDelete(OfChannel[dict[str, Any]]):
    """Delete a channel's stored messages: all, or those of a time. The result is empty."""

    OPERATION = PNOperationType.PNHistoryDeleteOperation

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._start: str | None = None
        self._end: str | None = None

    def start(self, start: int | str) -> Self:
        """The timetoken after which messages are deleted."""
        self._start = timetoken(start, "start")
        return self

    def end(self, end: int | str) -> Self:
        """The timetoken of the last message that is deleted."""
        self._end = timetoken(end, "end")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()

    def _call(self) -> Call:
        query = {"start": self._start, "end": self._end}
        return Call(
            operation=self.OPERATION,
            path=(
                *("v3", "history", "sub-key", self.pubnub.config.subscribe_key or ""),
                *("channel", self._channel),
            ),
            query={name: moment for name, moment in query.items() if moment is not None},
            method="DELETE",
        )

    def _result(self, data: Any) -> dict[str, Any]:
        acknowledged(data)
        return {}
