"""What a client has once it has an event loop, and how all of it ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from pnclient.http.client import Http
from pnclient.threads import Threads

if TYPE_CHECKING:
    from pnclient.api.endpoint import Cancellation
    from pnclient.pnconfiguration import PNConfiguration

R = TypeVar("R")


class Tasks:
    """The tasks of a client on ``loop``, so that all of them can be ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._running: set[asyncio.Future[Any]] = set()

    def start(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Run ``work`` until it is done or all ends."""
        task = self._loop.create_task(work)
        self._include(task)
        return task

    def unless(self, event: Cancellation, task: asyncio.Task[R]) -> asyncio.Future[R]:
        """Return a future of the task's outcome that never resolves once ``event`` is set.

        The task is cancelled then.
        """
        outcome: asyncio.Future[R] = self._loop.create_future()
        self._include(outcome)
        waiting = self._waiting(event)
        if waiting is not None:
            waiting.add_done_callback(lambda waited: waited.cancelled() or task.cancel())

        def tell(task: asyncio.Task[R]) -> None:
            if waiting is not None:
                waiting.cancel()
            error = None if task.cancelled() else task.exception()
            if event.is_set() or outcome.done() or task.cancelled():
                return
            if error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(task.result())

        task.add_done_callback(tell)
        outcome.add_done_callback(lambda told: told.cancelled() and task.cancel())
        return outcome

    async def end(self) -> None:
        """Cancel all of them, and wait until they are done."""
        running = list(self._running)
        for future in running:
            future.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _include(self, future: asyncio.Future[Any]) -> None:
        self._running.add(future)
        future.add_done_callback(self._running.discard)

    def _waiting(self, event: Cancellation) -> asyncio.Future[Any] | None:
        """Return a future of the event being set; None for an event that would block the loop."""
        wait = getattr(event, "wait", None)
        if wait is None or isinstance(event, threading.Event):
            return None
        waiting: asyncio.Future[Any] = asyncio.ensure_future(wait(), loop=self._loop)
        self._include(waiting)
        return waiting


class Runtime:
    """Tasks, threads and connections of a client on ``loop``.

    The long poll is apart from the calls.

    They end with ``end``, and with ``asyncio.run`` too. ``release`` is called when that begins.
    """

    def __init__(
        self,
        config: PNConfiguration,
        loop: asyncio.AbstractEventLoop,
        release: Callable[[Runtime], object],
    ) -> None:
        self.loop = loop
        self.tasks = Tasks(loop)
        self.threads = Threads(daemon=config.daemon)
        self.calls, self.polls = (
            Http(
                ca_certs=config.ca_certs,
                ssl_context=config.ssl_context,
                threads=self.threads,
            )
            for _ in range(2)
        )
        #: Whether the client's ``start`` runs the loop.
        self.is_started = False
        self._release = release
        self._life = self._living()
        if is_running_here(loop):
            self._begin()
        else:
            loop.call_soon(self._begin)

    async def end(self) -> None:
        """End every task and connection."""
        await self._life.aclose()
        # It does nothing where the loop never ran.
        await self._end()

    def _begin(self) -> None:
        # The first step makes the generator known to the loop, which closes it before it is closed.
        with suppress(StopIteration):
            self._life.__anext__().send(None)

    async def _living(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self._end()

    async def _end(self) -> None:
        self._release(self)
        # A task that is cancelled here ends all the same.
        try:
            await self.tasks.end()
        finally:
            try:
                await self.calls.close()
            finally:
                await self.polls.close()


def is_running_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop runs, in this thread."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


class Stopping(Awaitable[None]):
    """What ``stop`` returns. Awaited, it is there when all has ended; if it isn't, all ends too."""

    def __init__(self, task: asyncio.Task[None] | None) -> None:
        self._task = task

    def __await__(self) -> Generator[Any, None, None]:
        if self._task is not None:
            # A task that gives up waiting does not keep the client from ending.
            yield from asyncio.shield(self._task).__await__()
