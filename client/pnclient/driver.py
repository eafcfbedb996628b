"""Carries out what the subscribe loop wants: requests, timers, and calls of listeners.

All is done in the event loop that the client is bound to. One request of each kind is open at most,
but for leaves.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from weakref import WeakMethod, finalize

from pnclient.access.subjects import Tokens
from pnclient.encryption.ciphers import WORTH_A_THREAD, cipher_for, warn_once
from pnclient.enums import PNStatusCategory
from pnclient.redaction import one_line
from pnclient.runtime import is_running_here
from pnclient.subscribe import events as on
from pnclient.subscribe.delivery import (
    Counters,
    Delivery,
    Disagreement,
    ListenerCall,
    ReceivedItem,
    decrypt_payloads,
)
from pnclient.subscribe.listeners import Listeners
from pnclient.subscribe.loop import SubscribeLoop
from pnclient.subscribe.request import Connections, RequestResult, result_of, send_request
from pnclient.subscribe.response import show_answer
from pnclient.transport import Call, ServiceFailure, failure_status, status_of

if TYPE_CHECKING:
    from pnclient.callbacks import SubscribeCallback
    from pnclient.pnconfiguration import PNConfiguration
    from pnclient.threads import Threads

R = TypeVar("R")

LOG: Final = logging.getLogger("pnclient")

#: What is logged where the loop ends.
_GIVEN_UP: Final = "nothing is received until reconnect() or another subscription"

#: A request that ended this much before its time, as a part of it, was not held until the end.
_NEARLY: Final = 0.9

#: Properties of the configuration that the loop follows, and its event for each.
_FOLLOWED: Final[Mapping[str, on.Event]] = {
    **dict.fromkeys(("filter_expression", "filter_mode"), on.FilterChanged()),
    **dict.fromkeys(
        (
            *("auth_key", "disable_token_manager", "secret_key", "subscribe_key", "publish_key"),
            *("uuid", "origin", "ssl"),
        ),
        on.AccessChanged(),
    ),
    **dict.fromkeys(
        (
            "enable_presence_heartbeat",
            "heartbeat_default_values",
            "heartbeat_interval",
            "presence_timeout",
        ),
        on.PresenceChanged(),
    ),
}


class TaskStarter(Protocol):
    """What tasks are started with, so that all of them can be ended."""

    def start(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]: ...


class SubscribeRuntime(Protocol):
    """What a client has once it is bound to an event loop. Polls have connections of their own."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    @property
    def threads(self) -> Threads: ...
    @property
    def calls(self) -> Connections: ...
    @property
    def polls(self) -> Connections: ...
    @property
    def tasks(self) -> TaskStarter: ...


class Driver:
    """The subscriptions of a client.

    ``bind``: what the client is bound to; called when there is something to do. ``tokens``: looked
    up at each request. After ``stop`` it can be used again: listeners are kept, subscriptions and
    their cursor are not.
    """

    def __init__(
        self,
        client: Any,
        config: PNConfiguration,
        bind: Callable[[], SubscribeRuntime],
        tokens: Tokens | None = None,
    ) -> None:
        self._config = config
        self._tokens = tokens
        self._bind = bind
        self._runtime: SubscribeRuntime | None = None
        self._subscribe_loop = SubscribeLoop(config)
        self._delivery = Delivery(config, self._report)
        self._listeners = Listeners(client, self._start)
        #: What is to be done still: listeners may ask for more while they are called.
        self._effects: deque[on.Effect] = deque()
        self._is_executing = False
        self._timers: dict[on.Timer, asyncio.TimerHandle] = {}
        self._poll: asyncio.Task[Any] | None = None
        self._check: asyncio.Task[Any] | None = None
        self._delivering: asyncio.Task[Any] | None = None
        # The configuration may outlive the client.
        changed = WeakMethod(self._change)

        def observe(name: str) -> None:
            change = changed()
            if change is not None:
                change(name)

        finalize(self, config._observe(observe))  # noqa: SLF001

    # What the program asks for.

    @property
    def counters(self) -> Counters:
        """What became of the events that were received, since the client was made."""
        return self._delivery.counters

    def add_listener(self, listener: SubscribeCallback) -> None:
        """Call ``listener`` with what is received, and with statuses."""
        self._listeners.add(listener)

    def remove_listener(self, listener: SubscribeCallback) -> None:
        """Stop calling ``listener``."""
        self._listeners.remove(listener)

    def get_subscribed_channels(self) -> list[str]:
        """The channels, without those for presence."""
        return list(self._subscribe_loop.names.channels)

    def get_subscribed_channel_groups(self) -> list[str]:
        """The groups, without those for presence."""
        return list(self._subscribe_loop.names.groups)

    def subscribe(
        self,
        channels: Iterable[str],
        groups: Iterable[str] = (),
        *,
        presence: bool = False,
        timetoken: int | None = None,
    ) -> None:
        """Listen to these too."""
        self._ask_for(on.Subscribe(tuple(channels), tuple(groups), presence, timetoken))

    def unsubscribe(self, channels: Iterable[str], groups: Iterable[str] = ()) -> None:
        """Listen to these no more."""
        self._ask_for(on.Unsubscribe(tuple(channels), tuple(groups)))

    def unsubscribe_all(self) -> None:
        """Listen to nothing."""
        self._ask_for(on.UnsubscribeAll())

    def reconnect(self) -> None:
        """Poll again now, from where the last poll ended."""
        self._ask_for(on.Reconnect())

    def keep_state(
        self, channels: Iterable[str], groups: Iterable[str], state: Mapping[str, Any]
    ) -> None:
        """Let heartbeats repeat a state that was set, while its names are subscribed to."""
        event = on.StateSet(tuple(channels), tuple(groups), deepcopy(dict(state)))
        self._post(self._subscribe_loop, event)

    def stop(self) -> None:
        """End every request and timer without calling listeners."""
        self._subscribe_loop.handle(on.Stopped())
        self._subscribe_loop = SubscribeLoop(self._config)
        self._delivery.forget()
        self._listeners.forget()
        self._effects.clear()
        for timer in self._timers.values():
            timer.cancel()
        # Of a loop that was closed nothing is left that could be cancelled.
        if self._runtime is not None and not self._runtime.loop.is_closed():
            for task in (self._poll, self._check, self._delivering):
                _cancel(task)
        self._timers.clear()
        self._poll = self._check = self._delivering = self._runtime = None

    def _ask_for(self, event: on.Event) -> None:
        # Fails where the client is bound to another event loop.
        self._runtime = self._bind()
        self._post(self._subscribe_loop, event)

    def access_changed(self) -> None:
        """There is another token: go on, if polls were refused."""
        self._follow(on.AccessChanged())

    def _change(self, name: str) -> None:
        event = _FOLLOWED.get(name)
        if event is not None:
            self._follow(event)

    def _follow(self, event: on.Event) -> None:
        runtime = self._runtime
        # With a loop that was closed, the subscriptions have ended too.
        if runtime is None or runtime.loop.is_closed():
            return
        if runtime.loop.is_running() and not is_running_here(runtime.loop):
            # It was changed in another thread.
            runtime.loop.call_soon_threadsafe(self._post, self._subscribe_loop, event)
        else:
            self._post(self._subscribe_loop, event)

    # Events and effects.

    def _post(self, subscribe_loop: SubscribeLoop, event: on.Event) -> None:
        """Pass the event to the loop, and do what it wants, after what it wanted before."""
        if subscribe_loop is not self._subscribe_loop:
            # It was stopped meanwhile.
            return
        self._effects.extend(subscribe_loop.handle(event))
        if self._is_executing:
            return
        self._is_executing = True
        try:
            while self._effects:
                self._execute(self._effects.popleft())
        finally:
            self._is_executing = False

    def _execute(self, effect: on.Effect) -> None:
        match effect:
            case on.Poll():
                self._poll = self._send_poll(effect)
            case on.CancelPoll():
                _cancel(self._poll)
            case on.Deliver(items):
                self._deliver(items)
            case on.ForgetDelivered():
                self._delivery.forget()
            case on.Announce(category, call, failure):
                self._announce(category, call, failure)
            case on.StartTimer(timer, seconds):
                self._set(timer, seconds)
            case on.CancelTimer(timer):
                self._timers.pop(timer).cancel()
            case on.CheckTime(call):
                self._check = self._send_check(call)
            case on.CancelCheck():
                _cancel(self._check)
            case on.SendHeartbeat(call):
                self._send(call, on.HeartbeatAnswered, on.HeartbeatFailed)
            case on.SendLeave(call):
                self._send(call, on.LeaveAnswered, on.LeaveFailed)

    def _bind_runtime(self) -> SubscribeRuntime:
        if self._runtime is None:
            self._runtime = self._bind()
        return self._runtime

    def _start(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        return self._bind_runtime().tasks.start(work)

    def _set(self, timer: on.Timer, seconds: float) -> None:
        subscribe_loop = self._subscribe_loop

        def fire() -> None:
            del self._timers[timer]
            self._post(subscribe_loop, on.TimerFired(timer))

        self._timers[timer] = self._bind_runtime().loop.call_later(seconds, fire)

    # Requests.

    def _send_poll(self, poll: on.Poll) -> asyncio.Task[Any]:
        def event(outcome: RequestResult) -> on.Event:
            if outcome.failure is None:
                return on.PollAnswered(poll.number, outcome.data, outcome.seconds)
            is_expired = (
                outcome.failure.category is PNStatusCategory.PNTimeoutCategory
                and outcome.seconds >= poll.timeout * _NEARLY
            )
            return on.PollFailed(poll.number, outcome.failure, outcome.retry_after, is_expired)

        return self._start_request(self._request_poll(poll), event)

    def _send_check(self, call: Call) -> asyncio.Task[Any]:
        def event(outcome: RequestResult) -> on.Event:
            if outcome.failure is None:
                return on.TimeAnswered()
            return on.TimeFailed(outcome.failure, outcome.retry_after)

        return self._start_request(self._ask(call), event)

    def _send(
        self,
        call: Call,
        answered: Callable[[Call], on.Event],
        failed: Callable[[Call, ServiceFailure], on.Event],
    ) -> None:
        def event(outcome: RequestResult) -> on.Event:
            return answered(call) if outcome.failure is None else failed(call, outcome.failure)

        self._start_request(self._ask(call), event)

    def _start_request(
        self, work: Coroutine[Any, Any, RequestResult], event: Callable[[RequestResult], on.Event]
    ) -> asyncio.Task[Any]:
        """The task of a request, whose outcome becomes an event unless it is cancelled."""
        subscribe_loop = self._subscribe_loop

        def tell(task: asyncio.Task[RequestResult]) -> None:
            if not task.cancelled():
                self._post(subscribe_loop, event(result_of(task)))

        task = self._start(work)
        task.add_done_callback(tell)
        return task

    async def _request_poll(self, poll: on.Poll) -> RequestResult:
        # What a slow listener or a long decryption has to do still would pile up.
        if self._delivering is not None:
            await asyncio.wait([self._delivering])
        await self._listeners.room()
        polls = self._bind_runtime().polls
        return await send_request(self._config, polls, poll.call, poll.timeout, self._tokens)

    def _ask(self, call: Call) -> Coroutine[Any, Any, RequestResult]:
        # Who has the connections is asked now: after a stop, that would be resources that no one
        # ends.
        seconds = self._config.non_subscribe_request_timeout
        return send_request(self._config, self._bind_runtime().calls, call, seconds, self._tokens)

    # Listeners.

    def _deliver(self, items: tuple[Any, ...]) -> None:
        accepted = list(self._delivery.accept(items))
        found = [item for item in accepted if isinstance(item, ReceivedItem)]
        cipher = cipher_for(self._config)
        if cipher is None or _length(found) < WORTH_A_THREAD:
            self._hand_over(self._subscribe_loop, accepted, decrypt_payloads(cipher, found))
            return

        async def later(subscribe_loop: SubscribeLoop) -> None:
            decrypted = await self._bind_runtime().threads.run(decrypt_payloads, cipher, found)
            self._hand_over(subscribe_loop, accepted, decrypted)

        self._delivering = self._start(later(self._subscribe_loop))

    def _hand_over(
        self,
        subscribe_loop: SubscribeLoop,
        accepted: Iterable[ReceivedItem | ServiceFailure],
        decrypted: Iterable[Any],
    ) -> None:
        each = iter(decrypted)
        for item in accepted:
            results = (
                (item,)
                if isinstance(item, ServiceFailure)
                else self._delivery.results(item, next(each))
            )
            for result in results:
                if subscribe_loop is not self._subscribe_loop:
                    # A listener has stopped the client, when it was called with this or with a
                    # disagreement.
                    return
                self._tell(result)

    def _tell(self, result: ListenerCall | ServiceFailure) -> None:
        if isinstance(result, ListenerCall):
            self._listeners.tell(result.callback, result.result)
        else:
            self._announce(result.category, self._subscribe_loop.call, result)

    def _report(self, found: Disagreement) -> None:
        category = PNStatusCategory.PNFilterDisagreementCategory
        LOG.warning("%s: %s", category.name, found)
        status = status_of(
            self._config,
            self._subscribe_loop.call,
            category,
            code=200,
            data=show_answer(found.item),
        )
        status.explanation = found.explanation
        self._listeners.tell("status", status)

    def _announce(
        self, category: PNStatusCategory, call: Call, failure: ServiceFailure | None
    ) -> None:
        if failure is None:
            is_end = category is PNStatusCategory.PNDisconnectedCategory
            if is_end:
                LOG.warning("%s: %s", category.name, _GIVEN_UP)
            else:
                LOG.info("%s", category.name)
            # Only the end of the loop is reported without an answer.
            code = None if is_end else 200
            self._listeners.tell("status", status_of(self._config, call, category, code=code))
            return
        if getattr(failure.exception, "is_plaintext", False):
            warn_once(self._config)
        else:
            LOG.warning("%s: %s", category.name, one_line(str(failure)))
        status = failure_status(self._config, call, failure)
        # The loop's word for it: a stop is reported with the failure that led to it.
        status.category = category
        self._listeners.tell("status", status)


def _cancel(task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        task.cancel()


def _length(items: Iterable[ReceivedItem]) -> int:
    """Characters of the texts that may have to be decrypted."""
    texts = (item.envelope["d"] for item in items if item.is_encrypted)
    return sum(len(text) for text in texts if isinstance(text, str))
