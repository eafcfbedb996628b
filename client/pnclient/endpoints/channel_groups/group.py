"""What the operations on a group have in common."""

from __future__ import annotations

from typing import Self

from pnclient import errors
from pnclient.access.subjects import Subjects
from pnclient.endpoints.arguments import Names, names_of
from pnclient.endpoints.endpoint import Client, Endpoint, R
from pnclient.exceptions import PubNubException
from pnclient.transport import Call


class OfGroup(Endpoint[R]):
    """An operation on one group."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channel_group = ""

    def channel_group(self, channel_group: str) -> Self:
        """The group's name."""
        self._channel_group = channel_group
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        group: object = self._channel_group
        if not isinstance(group, str) or not group:
            raise PubNubException(pn_error=errors.PNERR_GROUP_MISSING)

    def _subjects(self) -> Subjects:
        return Subjects(groups=(self._channel_group,))

    def _of_group(self, *more: str, **parameters: tuple[str, ...]) -> Call:
        key = self.pubnub.config.subscribe_key or ""
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=(
                *("v1", "channel-registration", "sub-key", key),
                *("channel-group", self._channel_group, *more),
            ),
            query=parameters,
        )


class OfChannelsInGroup(OfGroup[R]):
    """An operation on some channels of a group."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channels: list[str] = []

    def channels(self, channels: Names) -> Self:
        """Add channels: a text with commas between them, or a list."""
        self._channels.extend(names_of(channels, "channels"))
        return self

    def _validate(self) -> None:
        self._require_subscribe_key()
        if not self._channels:
            raise PubNubException(pn_error=errors.PNERR_CHANNELS_MISSING)
        super()._validate()
