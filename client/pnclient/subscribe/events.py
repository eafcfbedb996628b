"""What goes into the subscribe loop (events), and what it wants to be done (effects).

All are plain values, equal when their fields are: a run of the loop is a list of events, each with
the list of its effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from pnclient.enums import PNStatusCategory
from pnclient.transport import Call, ServiceFailure

Names = tuple[str, ...]


class Timer(Enum):
    """The clocks that the loop sets. One of each runs at most."""

    #: Until the connection is tried again.
    RETRY = auto()
    #: Before the next poll, after an answer that brought nothing and came at once.
    PAUSE = auto()
    #: Until the next heartbeat.
    HEARTBEAT = auto()


# Events: what the program asked for.


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Listen to more names; from ``timetoken`` on, if it isn't None, with all of them."""

    channels: Names = ()
    groups: Names = ()
    presence: bool = False
    timetoken: int | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Listen to fewer names, and say that this client has left them."""

    channels: Names = ()
    groups: Names = ()


@dataclass(frozen=True, slots=True)
class UnsubscribeAll:
    """Listen to nothing."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Poll again now, whatever the loop waits for."""


@dataclass(frozen=True, slots=True)
class FilterChanged:
    """The configuration's filter, or where it is applied, is another one."""


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """Requests are authorised by something else, or go elsewhere: a token, keys, TLS, an origin."""


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """The configuration says something else about heartbeats."""


@dataclass(frozen=True, slots=True)
class StateSet:
    """The state of this client on channels and groups, which heartbeats repeat."""

    channels: Names
    groups: Names
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stopped:
    """The client ends. Nothing has an effect after this."""


#: What may do away with a refusal.
Change = (
    Subscribe
    | Unsubscribe
    | UnsubscribeAll
    | Reconnect
    | AccessChanged
    | PresenceChanged
    | StateSet
)


# Events: what became of an effect.


@dataclass(frozen=True, slots=True)
class PollAnswered:
    """The answer's JSON to the poll of that number; how long that took."""

    number: int
    data: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class PollFailed:
    """The poll of that number failed.

    ``retry_after``: seconds that the service wants to be left alone. ``is_expired``: the service
    held the request for as long as this client waits.
    """

    number: int
    failure: ServiceFailure
    retry_after: float | None = None
    is_expired: bool = False


@dataclass(frozen=True, slots=True)
class TimerFired:
    timer: Timer


@dataclass(frozen=True, slots=True)
class TimeAnswered:
    """The service is there again."""


@dataclass(frozen=True, slots=True)
class TimeFailed:
    failure: ServiceFailure
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class HeartbeatAnswered:
    call: Call


@dataclass(frozen=True, slots=True)
class HeartbeatFailed:
    call: Call
    failure: ServiceFailure


@dataclass(frozen=True, slots=True)
class LeaveAnswered:
    call: Call


@dataclass(frozen=True, slots=True)
class LeaveFailed:
    call: Call
    failure: ServiceFailure


Event = (
    Subscribe
    | Unsubscribe
    | UnsubscribeAll
    | Reconnect
    | FilterChanged
    | AccessChanged
    | PresenceChanged
    | StateSet
    | Stopped
    | PollAnswered
    | PollFailed
    | TimerFired
    | TimeAnswered
    | TimeFailed
    | HeartbeatAnswered
    | HeartbeatFailed
    | LeaveAnswered
    | LeaveFailed
)


# Effects.


@dataclass(frozen=True, slots=True)
class Poll:
    """Send a subscribe request, and wait ``timeout`` seconds for its answer."""

    number: int
    call: Call
    timeout: float


@dataclass(frozen=True, slots=True)
class CancelPoll:
    """End the request; its answer is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Give the items of an answer to the listeners, before the next poll is sent."""

    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ForgetDelivered:
    """What comes from here on was asked for, even if it has been delivered before."""


@dataclass(frozen=True, slots=True)
class Announce:
    """Give a status to the listeners: an error where there is a ``failure``."""

    category: PNStatusCategory
    call: Call
    failure: ServiceFailure | None = None


@dataclass(frozen=True, slots=True)
class StartTimer:
    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    timer: Timer


@dataclass(frozen=True, slots=True)
class CheckTime:
    """Ask for the time, to see whether the service is there."""

    call: Call


@dataclass(frozen=True, slots=True)
class CancelCheck:
    """Its answer is not wanted any more."""


@dataclass(frozen=True, slots=True)
class SendHeartbeat:
    call: Call


@dataclass(frozen=True, slots=True)
class SendLeave:
    call: Call


Effect = (
    Poll
    | CancelPoll
    | Deliver
    | ForgetDelivered
    | Announce
    | StartTimer
    | CancelTimer
    | CheckTime
    | CancelCheck
    | SendHeartbeat
    | SendLeave
)
