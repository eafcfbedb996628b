"""The subscribe loop: what a client that listens does next. No I/O, no clock, no task.

``SubscribeLoop.handle`` takes an event and returns effects. ``pnclient.driver`` carries these out,
and returns the outcomes as further events.

A client polls: each request names channels, groups, a filter and a cursor, the *timetoken* up to
which everything was seen. The service holds the request until there is something newer, and answers
it with that and with the next cursor. A request with the cursor 0, a *handshake*, is answered at
once, with a cursor and without messages; it is how a client learns that it is connected.

The cursor
    Whatever happens, the client goes on from the cursor it has. It takes the cursor of a handshake
    only while it has none; each subscription, each change of the filter and each return after a
    failure makes a handshake (so that it is known at once whether the service accepts this), and
    then polls from the cursor as it was. So what was published meanwhile arrives, as far as the
    service has it still: how many messages it keeps, and how long, is not known here, nor whether
    some are missing. A channel that was added may bring what was published on it since that cursor.
    4.8.1 took the cursor of each handshake, and lost messages. The cursor moves with each answer,
    also with one that has no messages: then the service held them back. It goes back only when the
    program asks for it (``with_timetoken``), and is given up only with the last name.

The states
    IDLE          no names, nothing to do
    POLLING       one request is open
    PAUSED        a moment of rest, or this would be a busy loop: an answer came at once and moved
                  nothing, or many had nothing new; or a token was refused that is an older one
    WAITING       the connection was lost, a timer runs until it is tried again
    CHECKING      the time was asked for, to see whether the service is there (4.8.1 does so)
    DISCONNECTED  given up: no reconnection is wanted, or there were too many, or the request is
                  refused; the next subscription, or ``reconnect``, starts again
    STOPPED       the end

::

    IDLE          a subscription                                     POLLING
    POLLING       an answer; none as long as this client waits       POLLING
                  at once one that moved nothing, or many of no news PAUSED
                  a refusal of an older token                        PAUSED
                  a failure, and a policy that has tries left        WAITING
                  any other failure, a refusal                       DISCONNECTED
    PAUSED        its timer                                          POLLING
    WAITING       its timer                                          CHECKING
    CHECKING      the time, or its refusal                           POLLING
                  none, and tries left                               WAITING
                  none, and no tries left                            DISCONNECTED
    DISCONNECTED  a subscription                                     POLLING
                  after a refusal: fewer names, another filter, key  POLLING
    any of them   ``reconnect``                                      POLLING
                  the last name goes                                 IDLE
                  the client is stopped                              STOPPED

A change of names or filter in POLLING or PAUSED gives the request up, and sends one that asks for
the new: POLLING goes on, with another number.

Failures
    A request that the service held until this client gave up is no failure: it is sent again
    without a word. Any other is announced, as is an answer of a wrong shape. A request that would
    be refused again (``ServiceFailure.is_permanent``) stops the loop, whatever the policy. It goes
    on by itself, from its cursor, when the request becomes another one: with fewer names, with
    another filter unless access was denied, with another token, key or origin unless the filter was
    malformed. After any other failure the policy decides. Tries are counted until a poll from the
    cursor is answered, for a service that returns the time, or answers handshakes, may still fail
    with polls. The return is announced with the answer to the handshake, not with the time: only
    then it is known.

    While the loop waits for the connection, subscriptions only change what is asked for next: the
    service may have asked to be left alone. ``reconnect`` is the program's way to insist.

What must never happen
    * two requests open at once: the service would deliver to both;
    * a request without names, or names without a request, a timer or a stop that was announced;
    * an answer that counts though its request was cancelled: requests are numbered, late answers
      dropped;
    * the cursor of one filter's or channel's handshake in place of the one that was kept;
    * silence: whatever ends the loop is announced.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from pnclient.api.presence import leave_call
from pnclient.api.time import time_call
from pnclient.enums import PNFilterMode, PNOperationType, PNReconnectionPolicy, PNStatusCategory
from pnclient.subscribe import events as on
from pnclient.subscribe.events import Effect, Event, Timer
from pnclient.subscribe.response import Answer, WrongShape, has_news, malformed_failure, read_answer
from pnclient.subscribe.subscriptions import (
    Heartbeats,
    Subscriptions,
    subscribe_call,
    without_presence,
)
from pnclient.transport import Call, ServiceFailure

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

#: Seconds between tries with LINEAR (observed of 4.8.1).
LINEAR_SECONDS: Final = 3.0
#: The longest delay of EXPONENTIAL. 4.8.1 began again at 1 s when it got there.
MAX_DELAY: Final = 32.0

#: Messages in one answer that are as many as one holds (documented).
FULL_ANSWER: Final = 100
#: An answer that came sooner than this and moved nothing is followed by a pause, both in seconds.
AT_ONCE: Final = 1.0
PAUSE_SECONDS: Final = 1.0
#: Answers in a row without anything newer than the cursor, each as soon as that, which are followed
#: by the next poll without a pause: a filter that holds back a burst of messages brings as many.
EMPTY_ANSWERS: Final = 10
#: The pause after each further one, in seconds: short, for wanted messages may come between those.
EMPTY_PAUSE_SECONDS: Final = 0.25


def delay(policy: PNReconnectionPolicy, attempt: int, random: float) -> float:
    """Seconds before the try with the number ``attempt``, counted from 1.

    EXPONENTIAL: 1, 3, 7, 15, 31, 32, 32… (observed of 4.8.1 up to 7), shortened at random by up to
    half, so that clients cut off together don't come back together. ``random``: from 0 up to 1.
    """
    if policy is PNReconnectionPolicy.EXPONENTIAL:
        return min(2.0 ** min(attempt, 6) - 1, MAX_DELAY) * (1 - random / 2)
    return LINEAR_SECONDS


class Phase(Enum):
    """The states of the loop (see above)."""

    IDLE = auto()
    POLLING = auto()
    PAUSED = auto()
    WAITING = auto()
    CHECKING = auto()
    DISCONNECTED = auto()
    STOPPED = auto()


class SubscribeLoop:
    """The state of a client's subscriptions. ``jitter``: numbers from 0 up to 1, at random."""

    def __init__(
        self, config: PNConfiguration, *, jitter: Callable[[], float] = random.random
    ) -> None:
        self._config = config
        self._jitter = jitter
        self.names: Final = Subscriptions()
        self.phase = Phase.IDLE
        #: The timetoken up to which everything was seen; None before it is known.
        self.cursor: int | None = None
        self._region: int | None = None
        #: The number of the last poll; the open one while POLLING.
        self._number = 0
        #: The last poll: what statuses concern.
        self.call = time_call()
        self._is_handshake = False
        #: The filter of the last poll, as it was sent.
        self._filter: str | None = None
        #: Whether the open poll was sent with a token or a key that is another one meanwhile.
        self._is_outdated = False
        self._needs_handshake = True
        self._is_announced = False
        #: Whether a failure was announced, and no poll was answered since.
        self._is_lost = False
        #: For what the loop was given up, if it was refused.
        self._refusal: PNStatusCategory | None = None
        #: Answers in a row that came at once and had nothing new.
        self._empty = 0
        #: Tries since a poll was answered.
        self._attempts = 0
        self._heartbeats = Heartbeats(config, self.names)

    def handle(self, event: Event) -> list[Effect]:
        """What is to be done now that this has happened, in this order."""
        if self.phase is Phase.STOPPED:
            return []
        if isinstance(event, on.Change):
            self._heartbeats.allow()
        effects = list(self._on(event))
        is_listening = self.phase not in (Phase.IDLE, Phase.DISCONNECTED, Phase.STOPPED)
        effects.extend(self._heartbeats.keep(is_listening))
        return effects

    def _on(self, event: Event) -> Iterator[Effect]:
        match event:
            case on.Subscribe():
                return self._subscribe(event)
            case on.Unsubscribe(channels, groups):
                return self._unsubscribe(channels, groups)
            case on.UnsubscribeAll():
                return self._unsubscribe(self.names.channels, self.names.groups)
            case on.Reconnect():
                return self._reconnect()
            case on.FilterChanged():
                return self._change_filter()
            case on.AccessChanged():
                return self._change_access()
            case on.StateSet(channels, groups, state):
                self.names.set_state(channels, groups, state)
            case on.PollAnswered(number, data, seconds):
                return self._read(number, data, seconds)
            case on.PollFailed():
                return self._fail(event)
            case on.TimerFired(timer):
                return self._fire(timer)
            case on.TimeAnswered():
                return self._return()
            case on.TimeFailed(failure, retry_after):
                return self._stay_away(failure, retry_after)
            case on.HeartbeatAnswered(call):
                return self._heartbeats.end(call)
            case on.HeartbeatFailed(call, failure):
                return self._heartbeats.end(call, failure)
            case on.LeaveAnswered(call):
                return iter((on.Announce(PNStatusCategory.PNAcknowledgmentCategory, call),))
            case on.LeaveFailed(call, failure):
                return iter((on.Announce(failure.category, call, failure),))
            case on.PresenceChanged():
                # The handler of an event looks after the heartbeats.
                pass
            case on.Stopped():
                return self._stop()
        return iter(())

    # What the program asked for.

    def _subscribe(self, event: on.Subscribe) -> Iterator[Effect]:
        if not event.channels and not event.groups:
            return
        self.names.add(event.channels, event.groups, presence=event.presence)
        self._needs_handshake, self._is_announced = True, False
        if event.timetoken:
            self.cursor, self._region = event.timetoken, None
            yield on.ForgetDelivered()
        if self.phase not in (Phase.WAITING, Phase.CHECKING):
            yield from self._restart()

    def _unsubscribe(self, channels: on.Names, groups: on.Names) -> Iterator[Effect]:
        if not channels and not groups:
            return
        is_changed = self.names.remove(channels, groups)
        is_polling = self.phase in (Phase.POLLING, Phase.PAUSED) or self._refusal is not None
        if not self.names:
            yield from self._release()
            self.phase, self.cursor, self._region = Phase.IDLE, None, None
            self._attempts, self._refusal, self._is_lost = 0, None, False
        elif is_changed and is_polling:
            yield from self._release()
        yield from self._leave(channels, groups)
        if self.names and is_changed and is_polling:
            yield from self._poll()

    def _leave(self, channels: on.Names, groups: on.Names) -> Iterator[Effect]:
        if self._config.suppress_leave_events:
            return
        call = leave_call(self._config, without_presence(channels), without_presence(groups))
        if call.channels or call.groups:
            yield on.SendLeave(call)
        else:
            yield on.Announce(PNStatusCategory.PNAcknowledgmentCategory, call)

    def _reconnect(self) -> Iterator[Effect]:
        if self.names:
            self._attempts = 0
            yield from self._restart()

    def _change_filter(self) -> Iterator[Effect]:
        if not self.names or self._filter_to_send == self._filter:
            return
        self._needs_handshake = True
        is_refused = self._refusal not in (None, PNStatusCategory.PNAccessDeniedCategory)
        if self.phase in (Phase.POLLING, Phase.PAUSED) or is_refused:
            yield from self._restart()

    def _change_access(self) -> Iterator[Effect]:
        self._is_outdated = True
        if self._refusal not in (None, PNStatusCategory.PNMalformedFilterExpressionCategory):
            yield from self._restart()

    def _stop(self) -> Iterator[Effect]:
        yield from self._release()
        self.phase = Phase.STOPPED

    # Polls.

    def _release(self) -> Iterator[Effect]:
        """End what the loop waits for."""
        match self.phase:
            case Phase.POLLING:
                yield on.CancelPoll()
            case Phase.PAUSED:
                yield on.CancelTimer(Timer.PAUSE)
            case Phase.WAITING:
                yield on.CancelTimer(Timer.RETRY)
            case Phase.CHECKING:
                yield on.CancelCheck()
            case _:
                pass

    def _restart(self) -> Iterator[Effect]:
        yield from self._release()
        yield from self._poll()

    def _poll(self) -> Iterator[Effect]:
        self.phase = Phase.POLLING
        self._number += 1
        self._refusal, self._is_outdated = None, False
        self._is_handshake = self._needs_handshake or self.cursor is None
        self._filter = self._filter_to_send
        self.call = self._subscribe_call(0 if self._is_handshake else self.cursor or 0)
        yield on.Poll(self._number, self.call, self._config.subscribe_timeout)

    def _subscribe_call(self, cursor: int) -> Call:
        config = self._config
        return subscribe_call(
            config.subscribe_key or "",
            self.names.listened,
            cursor,
            region=self._region,
            filter_expression=self._filter_to_send,
            presence_timeout=None if config.heartbeat_default_values else config.presence_timeout,
        )

    @property
    def _filter_to_send(self) -> str | None:
        if self._config.filter_mode is PNFilterMode.LOCAL:
            return None
        return self._config.filter_expression or None

    def _is_open(self, number: int) -> bool:
        return self.phase is Phase.POLLING and number == self._number

    def _read(self, number: int, data: Any, seconds: float) -> Iterator[Effect]:
        if not self._is_open(number):
            return
        try:
            answer = read_answer(data)
        except WrongShape as error:
            yield from self._lose(malformed_failure(error, data), None)
            return
        if not self._is_handshake or self.cursor is None:
            # A service that answers handshakes may still refuse what comes after them.
            self._attempts = 0
        if self._is_lost:
            self._is_lost = False
            yield on.Announce(PNStatusCategory.PNReconnectedCategory, self.call)
        if not self._is_announced:
            self._is_announced = True
            yield on.Announce(PNStatusCategory.PNConnectedCategory, self.call)
        before = self.cursor
        is_progress = self._move(answer)
        if answer.items and is_progress is not None:
            yield on.Deliver(answer.items)
            if len(answer.items) >= FULL_ANSWER:
                yield on.Announce(PNStatusCategory.PNRequestMessageCountExceededCategory, self.call)
        is_held = seconds >= AT_ONCE
        if is_progress is not None:
            self._empty = 0 if is_held or has_news(answer, before) else self._empty + 1
        if is_progress is False and not is_held:
            yield from self._rest(PAUSE_SECONDS)
        elif is_progress and self._empty > EMPTY_ANSWERS:
            yield from self._rest(EMPTY_PAUSE_SECONDS)
        else:
            yield from self._poll()

    def _rest(self, seconds: float) -> Iterator[Effect]:
        self.phase = Phase.PAUSED
        yield on.StartTimer(Timer.PAUSE, seconds)

    def _move(self, answer: Answer) -> bool | None:
        """Take the answer's cursor: whether it is a newer one, or None where it doesn't count."""
        if self._is_handshake:
            self._needs_handshake = False
            if self.cursor is not None:
                # What it brings comes again from the cursor that is kept, in its order.
                self._region = answer.region if self._region is None else self._region
                return None
        elif self.cursor is not None and answer.cursor <= self.cursor:
            return False
        self.cursor, self._region = answer.cursor, answer.region
        return True

    # Failures.

    def _fail(self, event: on.PollFailed) -> Iterator[Effect]:
        if not self._is_open(event.number):
            return
        if event.is_expired and not self._is_handshake:
            yield from self._poll()
        else:
            yield from self._lose(event.failure, event.retry_after)

    def _lose(self, failure: ServiceFailure, retry_after: float | None) -> Iterator[Effect]:
        is_malformed = failure.category is PNStatusCategory.PNMalformedFilterExpressionCategory
        if failure.is_permanent and self._is_outdated and not is_malformed:
            # What was refused is not what would be sent now.
            yield from self._rest(PAUSE_SECONDS)
            return
        call = self.call
        if failure.category is PNStatusCategory.PNAccessDeniedCategory:
            # As 4.8.1 reports it.
            call = replace(call, operation=PNOperationType.PNUnsubscribeOperation)
        yield on.Announce(failure.category, call, failure)
        if failure.is_permanent:
            yield from self._give_up()
            self._refusal = failure.category
        else:
            yield from self._try_later(None, retry_after)

    def _try_later(
        self, failure: ServiceFailure | None, retry_after: float | None
    ) -> Iterator[Effect]:
        """Wait, or give up. ``failure``: one that was not reported yet."""
        policy, most = self._config.reconnect_policy, self._config.maximum_reconnection_retries
        if policy is PNReconnectionPolicy.NONE or (most is not None and self._attempts >= most):
            yield from self._give_up(failure)
            return
        self._attempts += 1
        self.phase = Phase.WAITING
        self._needs_handshake = self._is_lost = True
        seconds = max(delay(policy, self._attempts, self._jitter()), retry_after or 0.0)
        yield on.StartTimer(Timer.RETRY, seconds)

    def _give_up(self, failure: ServiceFailure | None = None) -> Iterator[Effect]:
        self.phase = Phase.DISCONNECTED
        self._attempts = 0
        self._needs_handshake, self._is_announced, self._is_lost = True, False, False
        yield on.Announce(PNStatusCategory.PNDisconnectedCategory, self.call, failure)

    def _fire(self, timer: Timer) -> Iterator[Effect]:
        match timer, self.phase:
            case Timer.RETRY, Phase.WAITING:
                self.phase = Phase.CHECKING
                yield on.CheckTime(time_call())
            case Timer.PAUSE, Phase.PAUSED:
                yield from self._poll()
            case Timer.HEARTBEAT, _:
                yield from self._heartbeats.fire()
            case _:
                pass

    def _return(self) -> Iterator[Effect]:
        if self.phase is Phase.CHECKING:
            yield from self._poll()

    def _stay_away(self, failure: ServiceFailure, retry_after: float | None) -> Iterator[Effect]:
        if failure.is_permanent:
            # Something answers, though it doesn't return the time: it may still answer polls.
            yield from self._return()
        elif self.phase is Phase.CHECKING:
            yield from self._try_later(failure, retry_after)
