"""Deleting stored messages."""

from __future__ import annotations

from typing import Any

from pnclient.endpoints.shapes import acknowledged
from pnclient.endpoints.subjects import OfChannel, OfTime
from pnclient.enums import PNOperationType
from pnclient.transport import Call


class HistoryDelete(OfChannel[dict[str, Any]], OfTime[dict[str, Any]]):
    """Delete a channel's stored messages: all, or those of a time, from older to newer. The result is empty."""

    OPERATION = PNOperationType.PNHistoryDeleteOperation

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()

    def _call(self) -> Call:
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v3", "history", "sub-key", self.pubnub.config.subscribe_key or ""),
                *("channel", self._channel),
            ),
            query=self._of_time(),
            method="DELETE",
        )

    def _result(self, data: Any) -> dict[str, Any]:
        acknowledged(data)
        return {}
