"""The last messages published while a page is open, and the requests that wait for more."""

from __future__ import annotations

import asyncio
from asyncio import Future, TimerHandle
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from pnfilter.message import Message
from pnfilter.playground.collections import Collection, row
from pnfilter.server.broker.events import Event
from pnfilter.server.settings import (
    LIVE_GATHER_SECONDS,
    LIVE_KEPT_SECONDS,
    LIVE_WAIT_SECONDS,
    MAX_LIVE,
    MAX_LIVE_BYTES,
    MAX_LIVE_WAITING,
)

#: The id of the collection.
LIVE: Final = "live"
#: By how much it has to grow until its fields are looked at again.
_GROWTH: Final = 1.5


class Live:
    """Keeps what is published, as long as a page asks for it. It lives in the broker's thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._until = -1.0
        self._kept: deque[tuple[Message, str, int]] = deque()
        self._size = 0
        self._first = 0
        self._waiting: list[tuple[int, Future[dict[str, Any]], TimerHandle]] = []
        self._gathering: TimerHandle | None = None
        self._described = Collection(())

    @property
    def next(self) -> int:
        """The number that the next message gets."""
        return self._first + len(self._kept)

    def published(self, event: Event) -> None:
        """Keep a message if a page looks on."""
        if self._now() > self._until:
            if self._kept:
                self.clear()
            return
        self._kept.append((event.message, event.channel, event.size))
        self._size += event.size
        while len(self._kept) > MAX_LIVE or self._size > MAX_LIVE_BYTES:
            self._size -= self._kept.popleft()[2]
            self._first += 1
        if self._waiting and self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.call_later(LIVE_GATHER_SECONDS, self.release)

    def clear(self) -> None:
        """Forget all messages. Their numbers don't come again."""
        self._first = self.next
        self._kept.clear()
        self._size = 0

    def ask(self, after: int | None) -> Future[dict[str, Any]]:
        """The messages from the number ``after``; where there are none yet, they are waited for.

        Without ``after`` it begins: none of the messages so far.
        """
        self._until = self._now() + LIVE_KEPT_SECONDS
        loop = asyncio.get_running_loop()
        future: Future[dict[str, Any]] = loop.create_future()
        after = self.next if (is_first := after is None) else after
        # A number from before a restart is ahead of all.
        if is_first or after != self.next or len(self._waiting) >= MAX_LIVE_WAITING:
            future.set_result(self._since(after))
            return future
        timer = loop.call_later(LIVE_WAIT_SECONDS, self._answer, after, future)
        self._waiting.append((after, future, timer))
        future.add_done_callback(self._gone)
        return future

    def _gone(self, future: Future[dict[str, Any]]) -> None:
        """Wait no longer for who has gone away."""
        for each in self._waiting:
            if each[1] is future:
                each[2].cancel()
                self._waiting.remove(each)
                break

    def release(self) -> None:
        """Answer who waits."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        waiting, self._waiting = self._waiting, []
        for after, future, timer in waiting:
            timer.cancel()
            if not future.done():
                future.set_result(self._since(after))

    def _answer(self, after: int, future: Future[dict[str, Any]]) -> None:
        if not future.done():
            future.set_result(self._since(after))

    def _since(self, after: int) -> dict[str, Any]:
        if after > self.next:
            after = self._first
        skipped = max(0, after - self._first)
        rows = [
            [*row(message), channel]
            for number, (message, channel, _) in enumerate(self._kept)
            if number >= skipped
        ]
        return {"first": self._first, "after": self._first + skipped, "rows": rows}

    def collection(self) -> Collection:
        """Return the messages as they are now."""
        messages = [message for message, _, _ in self._kept]
        found = Collection(messages, first=self._first)
        if len(messages) < _GROWTH * len(self._described.messages):
            found.like(self._described)
        else:
            self._described = found
        return found
