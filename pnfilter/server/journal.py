"""What the emulator tells of its work: log lines and counters."""

from __future__ import annotations

import logging

from pnfilter.server.broker.events import Event
from pnfilter.server.broker.subscriptions import Subscriber
from pnfilter.server.web.requests import Answer, Request
from pnfilter.values import Reason

LOG = logging.getLogger("pnfilter.server")


class Journal:
    """Writes the log and counts."""

    def __init__(self, *, explain: bool = False) -> None:
        self._explain = explain

    def request(self, request: Request, answer: Answer | None, seconds: float) -> None:
        """A request was answered, or given up by its client: None."""

    def handshake(self, subscriber: Subscriber) -> None:
        """A subscriber begins: what the checker finds in its filter."""

    def undecided(self, subscriber: Subscriber, event: Event, reason: Reason) -> None:
        """A filter's verdict on an event is not known."""

    def held_back(self, subscriber: Subscriber, event: Event) -> None:
        """An event did not pass a subscriber's filter."""

    def missed(self, subscriber: Subscriber, channels: list[str]) -> None:
        """A subscriber came back after events that it had not seen were dropped."""
