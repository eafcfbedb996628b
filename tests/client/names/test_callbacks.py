"""Listeners that have only the methods they need."""

from __future__ import annotations

import inspect
from typing import Any

from pnclient.callbacks import PNCallback, ReconnectionCallback, SubscribeCallback
from pnclient.models.consumer.common import PNStatus

#: 4.8.1's methods with the name of their second argument, by which programs may pass it.
EVENTS = {
    "status": "status",
    "message": "message",
    "presence": "presence",
    "signal": "signal",
    "channel": "channel",
    "uuid": "uuid",
    "membership": "membership",
    "message_action": "message_action",
    "file": "file_message",
}


def test_a_listener_may_leave_out_what_it_does_not_need() -> None:
    class Messages(SubscribeCallback):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def message(self, pubnub: Any, message: Any) -> None:
            self.seen.append(message)

    listener = Messages()
    for event, argument in EVENTS.items():
        assert getattr(listener, event)(pubnub=None, **{argument: event}) is None
    assert listener.seen == ["message"]


def test_the_events_are_these() -> None:
    methods = {
        name: list(inspect.signature(method).parameters)
        for name, method in vars(SubscribeCallback).items()
        if not name.startswith("_")
    }
    assert methods == {event: ["self", "pubnub", argument] for event, argument in EVENTS.items()}


def test_the_others_do_nothing_either() -> None:
    calls: list[tuple[Any, list[Any]]] = [
        (PNCallback().on_response, [None, PNStatus()]),
        (ReconnectionCallback().on_reconnect, []),
    ]
    for call, arguments in calls:
        assert call(*arguments) is None
