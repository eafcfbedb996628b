"""Subscribing and unsubscribing: what is named is collected, and takes effect with ``execute``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol, Self

from pnclient import errors
from pnclient.api.arguments import Names, names_of, read_moment
from pnclient.exceptions import PubNubException
from pnclient.validators import is_encodable


class SubscriptionManager(Protocol):
    """What carries out what was built."""

    def subscribe(
        self, channels: list[str], groups: list[str], *, presence: bool, timetoken: int | None
    ) -> None: ...

    def unsubscribe(self, channels: list[str], groups: list[str]) -> None: ...


class PubSubBuilder(ABC):
    """Names of channels and groups."""

    def __init__(self, subscription_manager: SubscriptionManager) -> None:
        self._subscription_manager = subscription_manager
        self._channel_subscriptions: list[str] = []
        self._channel_group_subscriptions: list[str] = []

    def channels(self, channels_list: Names) -> Self:
        """Add channels: a text with commas between them, or a list."""
        self._channel_subscriptions.extend(names_of(channels_list, "channels"))
        return self

    def channel_groups(self, channel_groups_list: Names) -> Self:
        """Add groups: a text with commas between them, or a list."""
        self._channel_group_subscriptions.extend(names_of(channel_groups_list, "channel_groups"))
        return self

    @abstractmethod
    def execute(self) -> None:
        """Do it without waiting: listeners receive the outcome."""

    def _require_names(self) -> None:
        """``PubNubException`` where there are no names, or one that no request can carry."""
        names = (*self._channel_subscriptions, *self._channel_group_subscriptions)
        if not names:
            raise PubNubException(pn_error=errors.PNERR_CHANNEL_OR_GROUP_MISSING)
        for name in names:
            if not name.strip():
                raise PubNubException(
                    pn_error=errors.PNERR_CHANNEL_OR_GROUP_MISSING, errormsg="a name is empty"
                )
            if not is_encodable(name):
                raise PubNubException(
                    pn_error=errors.PNERR_CLIENT_ERROR,
                    errormsg="a name holds an unpaired surrogate, which no request can carry",
                )


class SubscribeBuilder(PubSubBuilder):
    """Listen to channels and groups, in addition to those that are listened to already."""

    def __init__(self, subscription_manager: SubscriptionManager) -> None:
        super().__init__(subscription_manager)
        self._presence_enabled = False
        self._timetoken: int | None = None

    def with_presence(self) -> Self:
        """Listen also to who comes and goes there."""
        self._presence_enabled = True
        return self

    def with_timetoken(self, timetoken: int | str | None) -> Self:
        """Begin with what was published after this moment, on all names that are listened to.

        In units of 100 ns since 1970; 0 and None are now. What was received before may come again.
        """
        self._timetoken = read_moment(timetoken, "with_timetoken")
        return self

    def channel_subscriptions(self) -> list[str]:
        """The channels named so far."""
        return self._channel_subscriptions

    def channel_group_subscriptions(self) -> list[str]:
        """The groups named so far."""
        return self._channel_group_subscriptions

    def execute(self) -> None:
        """Listen. ``PubNubException`` if nothing was named."""
        self._require_names()
        self._subscription_manager.subscribe(
            self._channel_subscriptions,
            self._channel_group_subscriptions,
            presence=self._presence_enabled,
            timetoken=self._timetoken,
        )


class UnsubscribeBuilder(PubSubBuilder):
    """Listen to channels and groups no more, and leave them."""

    def execute(self) -> None:
        """Leave. ``PubNubException`` if nothing was named."""
        self._require_names()
        self._subscription_manager.unsubscribe(
            self._channel_subscriptions, self._channel_group_subscriptions
        )
