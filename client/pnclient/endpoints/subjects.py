"""What most operations concern: one channel, or channels and groups; and a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.endpoints.arguments import Names, moment, names_of
from pnclient.endpoints.endpoint import Client, Endpoint, R
from pnclient.exceptions import PubNubException


class OfChannel(Endpoint[R]):
    """An operation on one channel."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channel = ""

    def channel(self, channel: str) -> Self:
        """The channel's name; another single value is named by its ``str()``."""
        given: object = channel
        if isinstance(given, Iterable) and not isinstance(given, str):
            raise TypeError(f"channel: one name is expected, not {given!r}")
        self._channel = "" if given is None else str(given)
        return self

    def _subjects(self) -> Subjects:
        return Subjects(channels=(self._channel,))

    def _require_channel(self) -> None:
        if not self._channel:
            raise PubNubException(pn_error=errors.PNERR_CHANNEL_MISSING)


class OfTime(Endpoint[R]):
    """An operation on what happened in a time, which the class says the direction of."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._start: str | None = None
        self._end: str | None = None

    def start(self, start: int | str | None) -> Self:
        """The timetoken where the time begins. What has it is not in the time."""
        self._start = moment(start, "start")
        return self

    def end(self, end: int | str | None) -> Self:
        """The timetoken where the time ends. What has it is in the time."""
        self._end = moment(end, "end")
        return self

    def _of_time(self) -> dict[str, str | tuple[str, ...]]:
        """The time's limits as parameters, as far as they are set."""
        limits = {"start": self._start, "end": self._end}
        return {name: limit for name, limit in limits.items() if limit is not None}


class OfChannels(Endpoint[R]):
    """An operation on channels and groups of channels."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channels: list[str] = []
        self._groups: list[str] = []

    def channels(self, channels: Names) -> Self:
        """Add channels: a text with commas between them, or a list."""
        self._channels.extend(names_of(channels, "channels"))
        return self

    def channel_groups(self, channel_groups: Names) -> Self:
        """Add groups: a text with commas between them, or a list."""
        self._groups.extend(names_of(channel_groups, "channel_groups"))
        return self

    def _subjects(self) -> Subjects:
        return Subjects(tuple(self._channels), tuple(self._groups))

    def _require_channels_or_groups(self) -> None:
        if not self._channels and not self._groups:
            raise PubNubException(pn_error=errors.PNERR_CHANNEL_OR_GROUP_MISSING)

    def _of_groups(self) -> dict[str, str | tuple[str, ...]]:
        """The groups as a parameter, if there are any."""
        return {"channel-group": tuple(self._groups)} if self._groups else {}
