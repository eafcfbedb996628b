"""Reading a channel's stored messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pnclient.endpoints.arguments import flag, integer, switch
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.shapes import listed
from pnclient.endpoints.stored import OfStored
from pnclient.endpoints.subjects import OfChannel, OfTime
from pnclient.enums import PNOperationType
from pnclient.models.consumer.history import PNHistoryItemResult, PNHistoryResult
from pnclient.transport import Call

if TYPE_CHECKING:
    from pnfilter import Filter


class History(OfStored[PNHistoryResult], OfChannel[PNHistoryResult], OfTime[PNHistoryResult]):
    """Ask for a channel's stored messages, 100 at most, the newest unless ``reverse`` is set.

    The time goes from newer to older; with ``reverse`` from older to newer.
    """

    OPERATION = PNOperationType.PNHistoryOperation
    MAX_COUNT = 100

    def __init__(self, pubnub: Client, *, filter: str | Filter | None = None) -> None:
        super().__init__(pubnub, filter=filter)
        self._reverse: bool | None = None
        self._count: int | None = None
        self._include_timetoken: bool | None = None

    def reverse(self, reverse: bool | None) -> Self:
        """Whether the oldest are read, and not the newest."""
        self._reverse = flag(reverse, "reverse")
        return self

    def count(self, count: int | None) -> Self:
        """How many are read at most. Unset, or not from 1 to 100: 100."""
        self._count = integer(count, "count")
        return self

    def include_timetoken(self, include_timetoken: bool | None) -> Self:
        """Whether each message comes with its timetoken."""
        self._include_timetoken = flag(include_timetoken, "include_timetoken")
        return self

    def include_meta(self, include_meta: bool | None) -> Self:
        """Whether each message comes with its metadata."""
        self._include_meta = flag(include_meta, "include_meta")
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_channel()

    def _wants_meta(self) -> bool | None:
        return self._include_meta if self._filter is None else True

    def _call(self) -> Call:
        asked = self._count
        count = asked if asked is not None and 0 < asked <= self.MAX_COUNT else self.MAX_COUNT
        query = {"count": str(count), **self._of_time()}
        flags = {
            "reverse": self._reverse,
            "include_token": self._include_timetoken,
            "include_meta": self._wants_meta(),
        }
        query |= {name: switch(value) for name, value in flags.items() if value is not None}
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v2", "history", "sub-key", self.pubnub.config.subscribe_key or ""),
                *("channel", self._channel),
            ),
            query=query,
        )

    def _result(self, data: Any) -> PNHistoryResult:
        items, start, end = data
        result = PNHistoryResult([], int(start), int(end))
        cipher, crypto = self._cipher(), self.pubnub.config.crypto
        # Without them, an item is the payload alone (recorded).
        wrapped = bool(self._include_timetoken or self._wants_meta())
        for item in listed(items):
            fields = {"message": item}
            if wrapped and isinstance(item, dict) and "message" in item:
                fields = item
            payload, error = self._opened(cipher, fields["message"])
            verdict = self._verdict(fields, payload, error)
            message = PNHistoryItemResult(payload, crypto, error=error)
            message.timetoken = fields.get("timetoken") if self._include_timetoken else None
            message.meta = fields.get("meta") if self._wants_meta() else None
            (result.dropped if verdict == "NO_MATCH" else result.messages).append(message)
            if verdict == "UNDECIDED":
                result.undecided.append(message)
        return result
