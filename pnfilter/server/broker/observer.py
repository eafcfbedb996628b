"""Who is told what the broker does: for counters and log lines."""

from __future__ import annotations

from typing import Protocol

from pnfilter.server.broker.events import Event
from pnfilter.server.broker.subscriptions import Subscriber
from pnfilter.values import Reason


class Observer(Protocol):
    """Is told of events and subscribers, in the broker's thread."""

    @property
    def explains(self) -> bool:
        """Whether it has to be told of each event that is held back."""
        ...

    def published(self, event: Event) -> None:
        """An event was published: a message, or what comes of something else."""

    def handshake(self, subscriber: Subscriber) -> None:
        """A subscriber is here."""

    def delivered(self) -> None:
        """A subscriber is sent an event."""

    def held_back(self, subscriber: Subscriber, event: Event) -> None:
        """An event did not pass a subscriber's filter."""

    def passed_over(self, number: int) -> None:
        """The same of so many subscribers or events at once, where it ``explains`` none."""

    def undecided(self, subscriber: Subscriber, event: Event, reason: Reason) -> None:
        """A filter's verdict on an event is not known."""

    def missed(self, subscriber: Subscriber, channels: list[str]) -> None:
        """A subscriber came back after events that it had not seen were dropped."""
