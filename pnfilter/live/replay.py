"""Publish a recording again: in its order, at its own speed or another."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from pnfilter.live.connection import PubNubException, PubNubTornado
from pnfilter.live.recording import PER_SECOND, Mark, Recorded
from pnfilter.semantics import UNREADABLE, is_partial

#: Characters of a payload above which it is sent as the body: a request line has a limit.
LONG: Final = 2_000
#: Seconds that a replay which is cancelled waits for the message that is on its way.
ENDING_SECONDS: Final = 3.0

#: Why a message of a recording isn't published.
NOT_PUBLISHED: Final = {
    "file": "files (only their content would make them again)",
    "object": "events of metadata",
    "action": "message actions",
    "presence": "presence events",
    "null": "messages whose payload is null or was not recorded",
    "channel": "messages without a channel (--channel names one)",
    "value": "messages that JSON doesn't have, such as a number that is too large",
}


class StoppedReplay(Exception):
    """A message couldn't be published; it may have been. ``str()`` says why.

    ``number``: that of the message in the recording, counted from 1.
    """

    def __init__(self, number: int, why: str) -> None:
        super().__init__(why)
        self.number = number


class Replay:
    """Publishes recordings with a client, one message after the other.

    ``speed``: how many times as fast as it was recorded; None for as fast as possible. What has no
    timetoken is published at once. ``channel``: publish everything there. ``begin``: the number of
    the first message that is published, counted from 1. ``max_pause``: seconds that a pause takes
    at most, at the speed of the replay. ``before`` is called before each message, and may wait.
    The counts grow while ``run`` runs.
    """

    def __init__(
        self,
        client: PubNubTornado,
        *,
        speed: float | None = 1.0,
        channel: str | None = None,
        begin: int = 1,
        max_pause: float | None = None,
        before: Callable[[int, Recorded], Awaitable[object]] | None = None,
    ) -> None:
        if speed is not None and not speed > 0:
            raise ValueError(f"speed must be more than 0, got {speed}")
        self._client = client
        self._speed = speed
        self._channel = channel
        self._begin = begin
        self._max_pause = max_pause
        self._before = before
        #: The number of the last message that is done with: published, or not to be.
        self.number = 0
        self.published = 0
        #: Messages that were not published, by the names in ``NOT_PUBLISHED``.
        self.left_out: Counter[str] = Counter()
        #: Messages that were published without metadata, as it was not recorded.
        self.without_meta = 0
        #: Seconds since the start at which the recording's time was 0, and the last time.
        self._shift: float | None = None
        self._last = 0.0

    async def run(self, recording: Iterable[Recorded | Mark]) -> None:
        """Publish all messages; ``StoppedReplay`` where one can't be published.

        May be cancelled; ``number`` says where it ended.
        """
        seen = 0
        for each in recording:
            if isinstance(each, Mark):
                continue
            seen += 1
            if seen < self._begin:
                if not seen % 10_000:
                    await asyncio.sleep(0)
                continue
            why = self._why_not(each)
            if why:
                self.left_out[why] += 1
            else:
                await self._wait(each)
                if self._before is not None:
                    await self._before(seen, each)
                await self._finish(seen, self._sending(each))
            self.number = seen
            if not seen % 100:
                # A long run of messages that aren't published can be ended too.
                await asyncio.sleep(0)

    def _why_not(self, each: Recorded) -> str:
        """The name of the reason why a message isn't published; empty if it is."""
        message = each.message
        if message.kind not in ("message", "signal"):
            return message.kind
        if not (self._channel or each.channel):
            return "channel"
        if message.data is None or message.data is UNREADABLE:
            return "null"
        if is_partial(message.data) or (
            message.meta is not UNREADABLE and is_partial(message.meta)
        ):
            return "value"
        return ""

    async def _wait(self, each: Recorded) -> None:
        """Wait until it is time for a message."""
        if self._speed is None or each.timetoken is None:
            return
        now, due = time.monotonic(), each.timetoken / PER_SECOND / self._speed
        if self._shift is None:
            self._shift = now - due
        elif self._max_pause is not None and due - self._last > self._max_pause:
            self._shift -= due - self._last - self._max_pause
        # What was published elsewhere a moment before comes behind all the same.
        self._last = max(self._last, due)
        pause = self._shift + due - now
        if pause > 0:
            await asyncio.sleep(pause)

    async def _finish(self, number: int, sending: asyncio.Future[Any]) -> None:
        """Wait until a message is published, also where this is cancelled meanwhile.

        So ``number`` never names one as open that was published.
        """
        is_cancelled = False
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            is_cancelled = True
            await asyncio.wait([sending], timeout=ENDING_SECONDS)
            if not sending.done():
                raise
        except PubNubException:
            pass
        error = sending.exception()
        if error is not None:
            if isinstance(error, PubNubException):
                raise StoppedReplay(number, str(error)) from None
            raise error
        self.published += 1
        self.number = number
        if is_cancelled:
            raise asyncio.CancelledError

    def _sending(self, each: Recorded) -> asyncio.Future[Any]:
        """Begin to publish a message."""
        message, channel = each.message, self._channel or each.channel or ""
        call: Any
        if message.kind == "signal":
            call = self._client.signal().channel(channel).message(message.data)
        else:
            call = self._client.publish().channel(channel).message(message.data)
            call.use_post(len(repr(message.data)) > LONG)
            if message.meta is UNREADABLE:
                self.without_meta += 1
            elif message.meta is not None:
                call.meta(message.meta)
        if each.custom_type:
            call.custom_message_type(each.custom_type)
        sending: asyncio.Future[Any] = call.result()
        return sending
