"""Reading the stored messages of several channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.crypto import Cipher
from pnclient.endpoints.arguments import Names, flag, integer, moment_number, names_of, switch
from pnclient.endpoints.endpoint import Client
from pnclient.endpoints.shapes import listed, mapping
from pnclient.endpoints.stored import OfStored
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.history import PNFetchMessageItem, PNFetchMessagesResult
from pnclient.transport import Call

if TYPE_CHECKING:
    from pnfilter import Filter


class FetchMessages(OfStored[PNFetchMessagesResult]):
    """Ask for the newest stored messages of channels, or of one channel with the actions on them."""

    OPERATION = PNOperationType.PNFetchMessagesOperation
    SINGLE_CHANNEL_MAX_MESSAGES = 100
    DEFAULT_SINGLE_CHANNEL_MESSAGES = 100
    MULTIPLE_CHANNELS_MAX_MESSAGES = 25
    DEFAULT_MULTIPLE_CHANNELS_MESSAGES = 25
    MAX_MESSAGES_ACTIONS = 25
    DEFAULT_MESSAGES_ACTIONS = 25

    def __init__(self, pubnub: Client, *, filter: str | Filter | None = None) -> None:
        super().__init__(pubnub, filter=filter)
        self._channels: list[str] = []
        self._start: int | None = None
        self._end: int | None = None
        self._count: int | None = None
        self._include_message_actions = False
        self._include_uuid: bool | None = None
        self._include_message_type: bool | None = None
        self._include_custom_message_type: bool | None = None

    def channels(self, channels: Names) -> Self:
        """Add channels: a text with commas between them, or a list."""
        self._channels.extend(names_of(channels, "channels"))
        return self

    def start(self, start: int | str | None) -> Self:
        """The timetoken before which messages are read."""
        self._start = moment_number(start, "start")
        return self

    def end(self, end: int | str | None) -> Self:
        """The timetoken of the oldest message that is read."""
        self._end = moment_number(end, "end")
        return self

    def count(self, count: int | None) -> Self:
        """How many are read of each channel at most.

        100 for one channel, 25 for several and with actions: these are taken where it is unset, or
        outside of 1 to that.
        """
        self._count = integer(count, "count")
        return self

    def maximum_per_channel(self, maximum_per_channel: int | None) -> Self:
        """The same as ``count``."""
        return self.count(maximum_per_channel)

    def include_meta(self, include_meta: bool | None) -> Self:
        """Whether each message comes with its metadata."""
        self._include_meta = flag(include_meta, "include_meta")
        return self

    def include_message_actions(self, include_message_actions: bool | None) -> Self:
        """Whether each message comes with the actions on it. For one channel only."""
        self._include_message_actions = bool(
            flag(include_message_actions, "include_message_actions")
        )
        return self

    def include_uuid(self, include_uuid: bool | None) -> Self:
        """Whether it is told who published each message."""
        self._include_uuid = flag(include_uuid, "include_uuid")
        return self

    def include_message_type(self, include_message_type: bool | None) -> Self:
        """Whether the number of each message's kind is told: 4 is a file."""
        self._include_message_type = flag(include_message_type, "include_message_type")
        return self

    def include_custom_message_type(self, include_custom_message_type: bool | None) -> Self:
        """Whether the word that each message was published with is told."""
        self._include_custom_message_type = flag(
            include_custom_message_type, "include_custom_message_type"
        )
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        if not self._channels:
            raise PubNubException(pn_error=errors.PNERR_CHANNEL_MISSING)
        if self._include_message_actions and len(self._channels) > 1:
            raise PubNubException(pn_error=errors.PNERR_HISTORY_MESSAGE_ACTIONS_MULTIPLE_CHANNELS)

    def _subjects(self) -> Subjects:
        return Subjects(channels=tuple(self._channels))

    def _maximum(self) -> int:
        if self._include_message_actions:
            most = self.MAX_MESSAGES_ACTIONS
        elif len(self._channels) == 1:
            most = self.SINGLE_CHANNEL_MAX_MESSAGES
        else:
            most = self.MULTIPLE_CHANNELS_MAX_MESSAGES
        return self._count if self._count is not None and 0 < self._count <= most else most

    def _call(self) -> Call:
        filtered = self._filter is not None
        query: dict[str, str | tuple[str, ...]] = {"max": str(self._maximum())}
        if self._start is not None:
            query["start"] = str(self._start)
        if self._end is not None:
            query["end"] = str(self._end)
        flags = {
            "include_meta": filtered or bool(self._include_meta),
            "include_uuid": self._include_uuid,
            # Of a file's message, filters read only the metadata.
            "include_message_type": True if filtered else self._include_message_type,
            "include_custom_message_type": self._include_custom_message_type,
        }
        query |= {name: switch(value) for name, value in flags.items() if value is not None}
        resource = "history-with-actions" if self._include_message_actions else "history"
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v3", resource, "sub-key", self.pubnub.config.subscribe_key or ""),
                *("channel", tuple(self._channels)),
            ),
            query=query,
        )

    def _result(self, data: Any) -> PNFetchMessagesResult:
        result = PNFetchMessagesResult({}, self._start, self._end)
        cipher = self._cipher()
        for channel, items in mapping(data["channels"]).items():
            kept: list[PNFetchMessageItem] = []
            dropped: list[PNFetchMessageItem] = []
            undecided: list[PNFetchMessageItem] = []
            for item in listed(items):
                message = self._item(item, cipher)
                verdict = self._verdict(item, message.message, message.error)
                (dropped if verdict == "NO_MATCH" else kept).append(message)
                if verdict == "UNDECIDED":
                    undecided.append(message)
            result.channels[channel] = kept
            if dropped:
                result.dropped[channel] = dropped
            if undecided:
                result.undecided[channel] = undecided
        return result

    def _item(self, item: dict[str, Any], cipher: Cipher | None) -> PNFetchMessageItem:
        payload, error = self._opened(cipher, item["message"])
        return PNFetchMessageItem(
            payload,
            item["timetoken"],
            item.get("meta"),
            item.get("actions", {}) if self._include_message_actions else None,
            error,
            item.get("uuid"),
            item.get("message_type"),
            item.get("custom_message_type"),
        )
