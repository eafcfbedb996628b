"""Runs of the subscribe loop as text: what happens, and what the loop wants to be done then.

A run has a line for each event: ``event -> effect; effect``. Its first lines may set the
configuration. See ``event`` and ``shown`` for the words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pnclient.enums import (
    PNFilterMode,
    PNHeartbeatNotificationOptions,
    PNReconnectionPolicy,
    PNStatusCategory,
)
from pnclient.exceptions import PubNubException
from pnclient.pnconfiguration import PNConfiguration
from pnclient.subscribe import events as on
from pnclient.subscribe.loop import SubscribeLoop
from pnclient.transport import Call, ServiceFailure

NOTHING = "nothing"


class Run:
    """A loop, and the configuration that it follows. Its random numbers are all 0."""

    def __init__(self) -> None:
        self.config = PNConfiguration()
        self.config.subscribe_key, self.config.uuid, self.config.ssl = "sub", "user", False
        self.loop = SubscribeLoop(self.config, jitter=lambda: 0.0)
        #: The number of the last poll, and the last call of another kind.
        self.poll = 0
        self.call: Call | None = None

    def step(self, text: str) -> str:
        """The effects of an event, as text."""
        happened = self.event(text)
        if happened is None:
            return ""
        effects = self.loop.handle(happened)
        for effect in effects:
            if isinstance(effect, on.Poll):
                self.poll = effect.number
            elif isinstance(effect, on.SendHeartbeat | on.SendLeave):
                self.call = effect.call
        return "; ".join(map(shown, effects)) or NOTHING

    def event(self, text: str) -> on.Event | None:
        """The event in a line; None for one that only sets the configuration."""
        word, *rest = text.split(" ", 1)
        argument = rest[0] if rest else ""
        match word:
            case "policy":
                self.config.reconnect_policy = PNReconnectionPolicy[argument]
            case "retries":
                self.config.maximum_reconnection_retries = int(argument)
            case "suppress":
                self.config.suppress_leave_events = True
            case "presence":
                timeout, interval = map(int, argument.split())
                self.config.set_presence_timeout_with_custom_interval(timeout, interval)
                return on.PresenceChanged()
            case "heartbeats":
                self.config.enable_presence_heartbeat = argument == "on"
                return on.PresenceChanged()
            case "notify":
                self.config.heartbeat_notification_options = PNHeartbeatNotificationOptions[
                    argument
                ]
            case "filter":
                self.config.filter_expression = argument or None
                return on.FilterChanged()
            case "mode":
                self.config.filter_mode = PNFilterMode[argument]
                return on.FilterChanged()
            case "access":
                return on.AccessChanged()
            case "subscribe":
                return subscription(argument)
            case "unsubscribe":
                if argument == "all":
                    return on.UnsubscribeAll()
                channels, groups = names(argument.split())
                return on.Unsubscribe(channels, groups)
            case "reconnect":
                return on.Reconnect()
            case "state":
                name, value = argument.split(" ", 1)
                return on.StateSet((name,), (name,), json.loads(value))
            case "stop":
                return on.Stopped()
            case _:
                return self.outcome(word, argument)
        return None

    def outcome(self, word: str, argument: str) -> on.Event:
        """What became of an effect."""
        match word:
            case "answer":
                # Held for a while; `quick` is an answer at once, `soon` one from far away, `late`
                # one to the poll before.
                return on.PollAnswered(self.poll, answer(argument), 1.0)
            case "quick":
                return on.PollAnswered(self.poll, answer(argument), 0.001)
            case "soon":
                return on.PollAnswered(self.poll, answer(argument), 0.3)
            case "late":
                return on.PollAnswered(self.poll - 1, answer(argument), 1.0)
            case "raw":
                return on.PollAnswered(self.poll, json.loads(argument), 1.0)
            case "fail":
                category, *after = argument.split()
                wait = float(after[0]) if after else None
                return on.PollFailed(self.poll, failure(category), wait)
            case "late-fail":
                return on.PollFailed(self.poll - 1, failure(argument))
            case "expire":
                return on.PollFailed(self.poll, failure("Timeout"), is_expired=True)
            case "timer":
                return on.TimerFired(on.Timer[argument])
            case "time":
                return on.TimeAnswered()
            case "no-time":
                if argument.isalpha():
                    return on.TimeFailed(failure(argument))
                return on.TimeFailed(
                    failure("NetworkIssues"), float(argument) if argument else None
                )
            case "beat":
                assert self.call is not None
                return on.HeartbeatAnswered(self.call)
            case "no-beat":
                assert self.call is not None
                return on.HeartbeatFailed(self.call, failure(argument))
            case "left":
                assert self.call is not None
                return on.LeaveAnswered(self.call)
            case "not-left":
                assert self.call is not None
                return on.LeaveFailed(self.call, failure(argument))
        raise AssertionError(f"no event: {word}")


def names(words: list[str]) -> tuple[on.Names, on.Names]:
    """Channels, and groups, which have a colon before them."""
    return (
        tuple(word for word in words if ":" not in word),
        tuple(word.removeprefix(":") for word in words if word.startswith(":")),
    )


def subscription(text: str) -> on.Subscribe:
    """``a b :group +presence @timetoken``."""
    words = text.split()
    at = [int(word[1:]) for word in words if word.startswith("@")]
    plain = [word for word in words if word[0] not in "+@"]
    channels, groups = names(plain)
    return on.Subscribe(channels, groups, "+presence" in words, at[0] if at else None)


def answer(text: str) -> dict[str, Any]:
    """An answer: a cursor, a region after a slash, and payloads. A number is so many of them.

    A payload was published at the time after its ``@``, else at the cursor.
    """
    cursor, *items = text.split()
    timetoken, _, region = cursor.partition("/")
    if items and items[0].isdigit():
        items = [f"m{number}" for number in range(int(items[0]))]
    published = [item.partition("@") for item in items]
    return {
        "t": {"t": timetoken, "r": int(region or 1)},
        "m": [{"d": name, "p": {"t": at or timetoken}} for name, _, at in published],
    }


def failure(category: str) -> ServiceFailure:
    number = PNStatusCategory[f"PN{category}Category"]
    return ServiceFailure(number, PubNubException(pn_error="failed", errormsg=category))


def shown(effect: on.Effect) -> str:
    """An effect as it stands in a run."""
    match effect:
        case on.Poll(call=call):
            return f"poll {requested(call)}"
        case on.CancelPoll():
            return "cancel"
        case on.Deliver(items) if len(items) > 9:
            return f"deliver {len(items)}"
        case on.Deliver(items):
            return " ".join(["deliver", *(item["d"] for item in items)])
        case on.ForgetDelivered():
            return "forget"
        case on.Announce(category, call, reason):
            told = category.name.removeprefix("PN").removesuffix("Category")
            operation = call.operation.name.removeprefix("PN").removesuffix("Operation")
            return f"{'error' if reason else 'tell'} {told} {operation}"
        case on.StartTimer(timer, seconds):
            return f"timer {timer.name} {seconds:g}"
        case on.CancelTimer(timer):
            return f"no timer {timer.name}"
        case on.CheckTime():
            return "ask time"
        case on.CancelCheck():
            return "ask no time"
        case on.SendHeartbeat(call):
            return f"beat {requested(call)}"
        case on.SendLeave(call):
            return f"leave {requested(call)}"


def requested(call: Call) -> str:
    """Names in the path, and the parameters in their order."""
    listed = next(part for part in call.path if isinstance(part, tuple))
    return " ".join([",".join(listed) or "-", *parameters(call)])


def parameters(call: Call) -> Iterator[str]:
    short = {"channel-group": "groups", "filter-expr": "filter"}
    for name, value in call.query.items():
        text = value if isinstance(value, str) else ",".join(value)
        yield f"{short.get(name, name)}={text}"
