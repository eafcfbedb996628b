"""When requests that wait have waited for long enough."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

from pnfilter.server.broker.subscriptions import Poll
from pnfilter.server.broker.waiting import Waiting


class Ending:
    """Releases the polls that have waited for some seconds, which are the same for all of them.

    One timer is enough, for the one that waits for longest: most are answered before their time is up.
    """

    def __init__(self, waiting: Waiting, seconds: float, release: Callable[[Poll], None]) -> None:
        self._waiting = waiting
        self._seconds = seconds
        self._release = release
        self._timer: TimerHandle | None = None

    def expect(self, poll: Poll) -> None:
        """A poll begins to wait; the thread runs an event loop."""
        loop = asyncio.get_running_loop()
        poll.until = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(poll.until, self._end, loop)

    def _end(self, loop: AbstractEventLoop) -> None:
        """Release the polls whose time is up."""
        self._timer = None
        now = loop.time()
        while (poll := self._waiting.oldest) is not None and poll.until <= now:
            self._release(poll)
        if poll is not None and self._timer is None:
            self._timer = loop.call_at(poll.until, self._end, loop)

    def cancel(self) -> None:
        """Nobody waits any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
