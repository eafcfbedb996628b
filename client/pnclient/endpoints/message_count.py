"""How many messages came since."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.endpoints.arguments import Names, names_of, timetoken
from pnclient.endpoints.endpoint import Client, Endpoint
from pnclient.endpoints.shapes import counts
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.message_count import PNMessageCountResult
from pnclient.transport import Call


class MessageCount(Endpoint[PNMessageCountResult]):
    """Ask how many stored messages each channel has had since its timetoken."""

    OPERATION = PNOperationType.PNMessageCountOperation

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channel: list[str] = []
        self._timetokens: list[str] = []

    def channel(self, channel: Names) -> Self:
        """Add channels: a text with commas between them, or a list."""
        self._channel.extend(names_of(channel, "channel"))
        return self

    def channel_timetokens(self, timetokens: Iterable[int | str]) -> Self:
        """Add timetokens, one for each channel and in the same order."""
        self._timetokens.extend(timetoken(moment, "channel_timetokens") for moment in timetokens)
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        if not self._channel:
            raise PubNubException(pn_error=errors.PNERR_CHANNEL_MISSING)
        if len(self._timetokens) != len(self._channel):
            raise PubNubException(
                pn_error="The number of channels and the number of timetokens do not match."
            )

    def _subjects(self) -> Subjects:
        return Subjects(channels=tuple(self._channel))

    def _call(self) -> Call:
        query: dict[str, str | tuple[str, ...]] = {"timetoken": self._timetokens[0]}
        if len(self._timetokens) > 1:
            query = {"channelsTimetoken": tuple(self._timetokens)}
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v3", "history", "sub-key", self.pubnub.config.subscribe_key or ""),
                *("message-counts", tuple(self._channel)),
            ),
            query=query,
        )

    def _result(self, data: Any) -> PNMessageCountResult:
        counts(data["channels"])
        return PNMessageCountResult(data)
