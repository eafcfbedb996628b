"""When heartbeats are sent, and who is told of them. No I/O and no clock, as in ``pnclient.subscribe``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pnclient.api.presence import heartbeat_call
from pnclient.enums import PNHeartbeatNotificationOptions, PNStatusCategory
from pnclient.subscribing import events as on
from pnclient.subscribing.events import Effect, Timer
from pnclient.subscribing.subscriptions import Subscriptions, present
from pnclient.transport import Call, ServiceFailure

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration


class Heartbeats:
    """The timer of a client's heartbeats, and the one that is under way.

    They are sent every ``heartbeat_interval`` while the client listens to something, if they were
    switched on or a presence timeout was set. A subscribe request counts as one, so the first comes
    an interval after it. One that is refused for good is the last, until the program changes
    something.
    """

    def __init__(self, config: PNConfiguration, names: Subscriptions) -> None:
        self._config = config
        self._names = names
        #: What the timer was started with; None while there is none.
        self._seconds: float | None = None
        self._is_open = False
        self._is_refused = False

    def allow(self) -> None:
        """Something was changed: another one may be accepted."""
        self._is_refused = False

    def keep(self, is_listening: bool) -> Iterator[Effect]:
        """Start, change or end the timer."""
        wanted = self._interval() if is_listening else None
        if wanted == self._seconds:
            return
        if self._seconds is not None:
            yield on.CancelTimer(Timer.HEARTBEAT)
        self._seconds = wanted
        if wanted is not None:
            yield on.StartTimer(Timer.HEARTBEAT, wanted)

    def _interval(self) -> float | None:
        config = self._config
        if self._is_refused:
            return None
        if config.heartbeat_default_values and not config.enable_presence_heartbeat:
            return None
        if not present(self._names.channels) and not present(self._names.groups):
            return None
        return config.heartbeat_interval

    def fire(self) -> Iterator[Effect]:
        """The timer has run out; ``keep`` starts it again."""
        if self._seconds is None:
            return
        self._seconds = None
        # One that is slow isn't followed by another.
        if not self._is_open:
            self._is_open = True
            yield on.SendHeartbeat(
                heartbeat_call(
                    self._config,
                    present(self._names.channels),
                    present(self._names.groups),
                    self._names.states,
                )
            )

    def end(self, call: Call, failure: ServiceFailure | None = None) -> Iterator[Effect]:
        """The heartbeat was answered, or failed."""
        self._is_open = False
        told = self._config.heartbeat_notification_options
        if failure is not None:
            self._is_refused = failure.is_permanent
            if told is not PNHeartbeatNotificationOptions.NONE:
                yield on.Announce(failure.category, call, failure)
        elif told is PNHeartbeatNotificationOptions.ALL:
            yield on.Announce(PNStatusCategory.PNAcknowledgmentCategory, call)
