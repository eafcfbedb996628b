"""The program's listeners, and how they are called with events.

A method may be a function, or a coroutine function, or one of ``tornado.gen.coroutine``, or return
a call that is to be awaited. What is not done when it returns makes a listener busy: until it is
done, further events wait for it, in their order. So a listener never receives two events at once,
and what waits is counted, so that no more is asked for. Statuses have an order of their own: a
message that never ends does not hide that the connection broke.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Final

from pnclient.callbacks import SubscribeCallback

LOG: Final = logging.getLogger("pnclient")

#: Events that may wait for a busy listener while more are asked for: as many as an answer holds.
MAX_WAITING: Final = 100
#: Statuses that wait, of which heartbeats may bring more all the same; the oldest go first.
MAX_STATUSES: Final = 10 * MAX_WAITING
#: Seconds for which nothing is asked for because of a busy listener, until that is logged.
SLOW_SECONDS: Final = 60.0


class ListenerQueue:
    """The events of one listener, one after the other."""

    __slots__ = ("is_busy", "waiting")

    def __init__(self) -> None:
        self.is_busy = False
        #: Names of methods, and their arguments.
        self.waiting: deque[tuple[str, Any]] = deque()


class Registration:
    """A listener. One that was added twice is called twice, but never with two events at once."""

    __slots__ = ("events", "listener", "statuses")

    def __init__(self, listener: SubscribeCallback) -> None:
        self.listener = listener
        self.events, self.statuses = ListenerQueue(), ListenerQueue()

    def forget(self) -> None:
        """Leave out what waits, and for what is being done."""
        for turns in (self.events, self.statuses):
            turns.waiting.clear()
        self.events, self.statuses = ListenerQueue(), ListenerQueue()


class Listeners:
    """The listeners of one client.

    ``run``: runs what a method that is a coroutine function returns, and cancels it when the client
    is stopped. An exception that a listener raises is logged, and the others are called.
    """

    def __init__(
        self, client: Any, run: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]
    ) -> None:
        self._client = client
        self._run = run
        self._told: list[Registration] = []
        self._begin_anew()

    def add(self, listener: SubscribeCallback) -> None:
        """Call ``listener`` too. Raise ``TypeError`` for anything else."""
        _check(listener)
        known = (told for told in self._told if told.listener is listener)
        self._told.append(next(known, None) or Registration(listener))

    def remove(self, listener: SubscribeCallback) -> None:
        """Stop calling ``listener``; what waits is dropped. ``ValueError`` if it was not added."""
        _check(listener)
        found = next((told for told in self._told if told.listener == listener), None)
        if found is None:
            raise ValueError("remove_listener: this listener was not added, or removed before")
        self._told.remove(found)
        if found not in self._told:
            found.forget()
            self._look_for_room()

    def forget(self) -> None:
        """Stop: waiting calls of listeners are dropped. Running ones are not ended here."""
        for told in self._told:
            told.forget()
        self._begin_anew()

    def _begin_anew(self) -> None:
        #: What was begun in another life is over, or will be soon.
        self._life = object()
        # A client that is stopped may come back on another event loop, where the old event is of no
        # use.
        self._room = asyncio.Event()
        self._room.set()

    def tell(self, callback: str, value: Any) -> None:
        """Call the method of that name of each listener with ``value``, or queue the call."""
        life = self._life
        # One may add and remove others.
        for told in tuple(self._told):
            turns = told.statuses if callback == "status" else told.events
            if turns.is_busy:
                self._let_wait(turns, callback, value)
            elif self._call(life, told.listener, turns, callback, value):
                turns.is_busy = True

    def _let_wait(self, turns: ListenerQueue, callback: str, value: Any) -> None:
        if callback == "status" and len(turns.waiting) >= MAX_STATUSES:
            LOG.warning(
                "a listener is busy with a status: the oldest of those that wait is dropped"
            )
            turns.waiting.popleft()
        turns.waiting.append((callback, value))
        if len(turns.waiting) > MAX_WAITING:
            self._room.clear()

    async def room(self) -> None:
        """Wait until for no listener more than ``MAX_WAITING`` events wait."""
        if self._room.is_set():
            return
        room = self._room
        try:
            async with asyncio.timeout(SLOW_SECONDS):
                await room.wait()
        except TimeoutError:
            LOG.warning("a listener is busy: nothing more is received until less waits for it")
            await room.wait()

    def _call(
        self,
        life: object,
        listener: SubscribeCallback,
        turns: ListenerQueue,
        callback: str,
        value: Any,
    ) -> bool:
        """Call a method: whether something is left to be done when it returns."""
        try:
            returned = getattr(listener, callback)(self._client, value)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  (it is logged)
            # A cancelled future raises the latter as its result: the caller is not cancelled.
            _log(callback, error)
            return False
        if returned is None:
            return False
        is_over = life is not self._life
        future: asyncio.Future[Any]
        if asyncio.isfuture(returned):
            # Of `tornado.gen.coroutine`, whose errors no one else would ask for.
            future = returned
        elif asyncio.iscoroutine(returned) or isinstance(returned, Awaitable):
            work = returned if asyncio.iscoroutine(returned) else _await_call(returned)
            if is_over:
                # An earlier listener has stopped the client, whose tasks have ended.
                work.close()
                return False
            future = self._run(work)
        else:
            return False
        future.add_done_callback(partial(self._continue, life, listener, turns, callback))
        return not is_over

    def _continue(
        self,
        life: object,
        listener: SubscribeCallback,
        turns: ListenerQueue,
        callback: str,
        future: asyncio.Future[Any],
    ) -> None:
        """A method is done: call its listener with what has waited."""
        error = None if future.cancelled() else future.exception()
        if error is not None:
            _log(callback, error)
        if life is not self._life:
            return
        while turns.waiting:
            if self._call(life, listener, turns, *turns.waiting.popleft()):
                break
        else:
            turns.is_busy = False
        self._look_for_room()

    def _look_for_room(self) -> None:
        if not self._room.is_set() and all(
            len(turns.waiting) <= MAX_WAITING
            for told in self._told
            for turns in (told.events, told.statuses)
        ):
            self._room.set()


async def _await_call(work: Awaitable[object]) -> None:
    await work


def _log(callback: str, error: BaseException) -> None:
    LOG.error("the method %s of a listener raised an exception", callback, exc_info=error)


def _check(listener: object) -> None:
    if not isinstance(listener, SubscribeCallback):
        raise TypeError(f"a listener is a SubscribeCallback, not {type(listener).__name__}")
