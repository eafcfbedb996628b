"""Read, count and delete stored messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.api.arguments import (
    Names,
    as_counts,
    as_list,
    as_object,
    check_acknowledged,
    check_flag,
    check_integer,
    encode_flag,
    encode_timetoken,
    names_of,
    read_moment,
)
from pnclient.api.endpoint import Client, Endpoint, OfChannel, OfTime, R
from pnclient.encryption.aes import DecryptionError
from pnclient.encryption.ciphers import cipher_for, mark_plaintext, warn_once
from pnclient.encryption.modules import Cipher, decrypt_payload
from pnclient.enums import PNOperationType
from pnclient.exceptions import PubNubException
from pnclient.transport import Call

if TYPE_CHECKING:
    from pnfilter import Filter


@dataclass(eq=False)
class PNHistoryItemResult:
    """A stored message. ``entry``: its payload, decrypted where there is a key.

    ``timetoken`` and ``meta``: None unless they were asked for. ``error``: why ``entry`` couldn't
    be decrypted.
    """

    entry: Any
    crypto: Any = field(repr=False)
    timetoken: int | None = None
    meta: Any = None
    error: Exception | None = None

    def __str__(self) -> str:
        return f"History item with tt: {self.timetoken} and content: {self.entry}"

    @property
    def is_plaintext(self) -> bool:
        """Whether there is a cipher key, and the message was stored without being encrypted."""
        return getattr(self.error, "is_plaintext", False)

    def decrypt(self, cipher_key: str) -> None:
        """Decrypt ``entry`` with another key than the configuration's."""
        self.entry = self.crypto.decrypt(cipher_key, self.entry)
        self.error = None


@dataclass(eq=False)
class PNHistoryResult:
    """Stored messages of a channel, and the timetokens of the first and the last that were read.

    With a filter, ``messages`` are those that match and those for which that is not known;
    ``undecided`` has the latter, ``dropped`` those that don't match.
    """

    messages: list[PNHistoryItemResult]
    start_timetoken: int
    end_timetoken: int
    dropped: list[PNHistoryItemResult] = field(default_factory=list)
    undecided: list[PNHistoryItemResult] = field(default_factory=list)

    def __str__(self) -> str:
        return f"History result for range {self.start_timetoken}..{self.end_timetoken}"


@dataclass(eq=False)
class PNFetchMessageItem:
    """A stored message. ``message``: its payload, decrypted where there is a key.

    ``meta``, ``actions``, ``uuid`` (who published it), ``message_type`` and
    ``custom_message_type``: None unless they were asked for. ``error``: why ``message`` couldn't be
    decrypted.
    """

    message: Any
    timetoken: str
    meta: Any = None
    actions: dict[str, Any] | None = None
    error: Exception | None = None
    uuid: str | None = None
    message_type: int | None = None
    custom_message_type: str | None = None

    @property
    def is_plaintext(self) -> bool:
        """Whether there is a cipher key, and the message was stored without being encrypted."""
        return getattr(self.error, "is_plaintext", False)

    def __str__(self) -> str:
        return f"Fetch message item with tt: {self.timetoken} and content: {self.message}"


@dataclass(eq=False)
class PNFetchMessagesResult:
    """Stored messages of each channel that has some, and the timetokens that were asked for.

    With a filter, ``channels`` has the messages that match and those for which that is not known
    here; ``undecided`` has the latter, ``dropped`` those that don't match.
    """

    channels: dict[str, list[PNFetchMessageItem]]
    start_timetoken: int | None
    end_timetoken: int | None
    dropped: dict[str, list[PNFetchMessageItem]] = field(default_factory=dict)
    undecided: dict[str, list[PNFetchMessageItem]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"Fetch messages result for range {self.start_timetoken}..{self.end_timetoken}"


class PNMessageCountResult:
    """``channels``: the number of messages of each channel."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self._result = result
        self.channels: dict[str, int] = result["channels"]

    def __str__(self) -> str:
        return f"Message count for channels: {self.channels}"


class OfStored(Endpoint[R]):
    """An operation that reads stored messages."""

    def __init__(self, pubnub: Client, *, filter: str | Filter | None = None) -> None:
        super().__init__(pubnub)
        self._filter: Filter | None = None
        self._include_meta: bool | None = None
        self.filter(filter)

    def filter(self, filter: str | Filter | None) -> Self:
        """Keep the messages that a filter matches; it is applied here, after they were read.

        So the metadata is asked for, and a count is one of messages read. A text takes the
        assumptions of the configuration, a ``Filter`` has its own. A text that is no filter is a
        ``FilterSyntaxError``. None or an empty text: keep all.
        """
        if filter is None or filter == "":
            self._filter = None
        else:
            from pnfilter import Filter, compile

            given: object = filter
            if isinstance(given, str):
                given = compile(given, self.pubnub.config.filter_assumptions)
            if not isinstance(given, Filter):
                raise TypeError(
                    f"a filter must be a str or a pnfilter.Filter, not {type(given).__name__}"
                )
            self._filter = given
        return self

    def _cipher(self) -> Cipher | None:
        return cipher_for(self.pubnub.config)

    def _opened(self, cipher: Cipher | None, payload: Any) -> tuple[Any, DecryptionError | None]:
        """A stored payload, decrypted; or as it is, with the reason why it can't be."""
        if cipher is None:
            return payload, None
        try:
            return decrypt_payload(cipher, payload), None
        except DecryptionError as error:
            config = self.pubnub.config
            mark_plaintext(config, payload, error)
            if error.is_plaintext:
                warn_once(config)
            return payload, error

    def _verdict(
        self, item: Mapping[str, Any], payload: Any, error: Exception | None
    ) -> str | None:
        """The name of the filter's verdict on an item of history; None without a filter.

        A payload that couldn't be decrypted, and what JSON doesn't have, can't be read.
        """
        if self._filter is None:
            return None
        from pnfilter import Message

        try:
            message = Message.from_envelope(
                {**item, "message": payload}, encrypted=error is not None
            )
        except TypeError:
            return "UNDECIDED"
        return self._filter.evaluate(message).name


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
        self._reverse = check_flag(reverse, "reverse")
        return self

    def count(self, count: int | None) -> Self:
        """How many are read at most. Unset, or not from 1 to 100: 100."""
        self._count = check_integer(count, "count")
        return self

    def include_timetoken(self, include_timetoken: bool | None) -> Self:
        """Whether each message comes with its timetoken."""
        self._include_timetoken = check_flag(include_timetoken, "include_timetoken")
        return self

    def include_meta(self, include_meta: bool | None) -> Self:
        """Whether each message comes with its metadata."""
        self._include_meta = check_flag(include_meta, "include_meta")
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
        query |= {name: encode_flag(value) for name, value in flags.items() if value is not None}
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
        for item in as_list(items):
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


class FetchMessages(OfStored[PNFetchMessagesResult]):
    """Ask for the newest stored messages of channels, or of one channel with their actions."""

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
        self._start = read_moment(start, "start")
        return self

    def end(self, end: int | str | None) -> Self:
        """The timetoken of the oldest message that is read."""
        self._end = read_moment(end, "end")
        return self

    def count(self, count: int | None) -> Self:
        """How many are read of each channel at most.

        100 for one channel, 25 for several and with actions: these are taken where it is unset, or
        outside of 1 to that.
        """
        self._count = check_integer(count, "count")
        return self

    def maximum_per_channel(self, maximum_per_channel: int | None) -> Self:
        """The same as ``count``."""
        return self.count(maximum_per_channel)

    def include_meta(self, include_meta: bool | None) -> Self:
        """Whether each message comes with its metadata."""
        self._include_meta = check_flag(include_meta, "include_meta")
        return self

    def include_message_actions(self, include_message_actions: bool | None) -> Self:
        """Whether each message comes with the actions on it. For one channel only."""
        self._include_message_actions = bool(
            check_flag(include_message_actions, "include_message_actions")
        )
        return self

    def include_uuid(self, include_uuid: bool | None) -> Self:
        """Whether to return who published each message."""
        self._include_uuid = check_flag(include_uuid, "include_uuid")
        return self

    def include_message_type(self, include_message_type: bool | None) -> Self:
        """Whether to return the number of each message's kind: 4 is a file."""
        self._include_message_type = check_flag(include_message_type, "include_message_type")
        return self

    def include_custom_message_type(self, include_custom_message_type: bool | None) -> Self:
        """Whether to return the word that each message was published with."""
        self._include_custom_message_type = check_flag(
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
        query |= {name: encode_flag(value) for name, value in flags.items() if value is not None}
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
        for name, items in as_object(data["channels"]).items():
            # The service encodes names here, and nowhere else in an answer (recorded).
            channel = unquote(name)
            kept: list[PNFetchMessageItem] = []
            dropped: list[PNFetchMessageItem] = []
            undecided: list[PNFetchMessageItem] = []
            for item in as_list(items):
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


class HistoryDelete(OfChannel[dict[str, Any]], OfTime[dict[str, Any]]):
    """Delete a channel's stored messages: all, or those of a time, from older to newer.

    The result is empty.
    """

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
        check_acknowledged(data)
        return {}


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
        self._timetokens.extend(
            encode_timetoken(moment, "channel_timetokens") for moment in timetokens
        )
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
        as_counts(data["channels"])
        return PNMessageCountResult(data)
