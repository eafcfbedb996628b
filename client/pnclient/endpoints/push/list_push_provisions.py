"""Ask for the channels of which a device has push notifications."""

from __future__ import annotations

from typing import Any, Final, Self

from pnclient.endpoints.arguments import integer, text
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.push.device import OfDevice
from pnclient.endpoints.shapes import texts
from pnclient.enums import PNOperationType
from pnclient.models.consumer.push import PNPushListProvisionsResult
from pnclient.transport import Call


class ListPushProvisions(OfDevice[PNPushListProvisionsResult]):
    """Ask for the channels of which a device has push notifications."""

    OPERATION = PNOperationType.PNPushNotificationEnabledChannelsOperation
    #: Channels in one page, as the SDK for JavaScript has it.
    MAX_COUNT: Final = 1_000

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._start: str | None = None
        self._count: int | None = None

    def start(self, start: str | None) -> Self:
        """The channel after which the page begins (assumed). 4.8.1 has no pages."""
        self._start = text(start, "start")
        return self

    def count(self, count: int | None) -> Self:
        """How many channels a page has, 1,000 at most. 4.8.1 has no pages."""
        asked = integer(count, "count")
        if asked is not None and asked < 1:
            raise ValueError(f"count: at least 1 is expected, not {count}")
        self._count = asked
        return self

    def _call(self) -> Call:
        page: dict[str, str] = {}
        if self._start is not None:
            page["start"] = self._start
        if self._count is not None:
            page["count"] = str(min(self._count, self.MAX_COUNT))
        return self._of_device(**page)

    def _result(self, data: Any) -> PNPushListProvisionsResult:
        return PNPushListProvisionsResult(texts(data))
