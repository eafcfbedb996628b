"""Follow live channels: what comes, what filters say of it, and where something may be missing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from pnfilter.filters import Filter
from pnfilter.live.connection import (
    PNStatusCategory,
    PubNubException,
    PubNubTornado,
    SubscribeCallback,
)
from pnfilter.live.recorder import Recorder
from pnfilter.message import Message
from pnfilter.records import NamedTuple
from pnfilter.semantics import Reason, Verdict, verdict_of

#: Messages in an answer of the service that is full: there may have been more.
FULL: Final = 100
#: Seconds in which what is on its way at the end still arrives.
LINGER: Final = 0.3
#: Seconds between two writings of what is recorded.
FLUSH: Final = 1.0
#: Seconds over which the rate is measured.
RATE_SECONDS: Final = 5

#: Statuses that say that the service refuses the subscription: it ends.
_END: Final = PNStatusCategory.PNDisconnectedCategory
_BACK: Final = PNStatusCategory.PNReconnectedCategory
_FULL: Final = PNStatusCategory.PNRequestMessageCountExceededCategory
_QUIET: Final = (
    PNStatusCategory.PNConnectedCategory,
    PNStatusCategory.PNAcknowledgmentCategory,
)

#: The methods of a listener that get what comes; all are one here.
_EVENTS: Final = frozenset(
    ("message", "signal", "file", "presence", "message_action", "channel", "uuid", "membership")
)


class Received(NamedTuple):
    """What came, and what each of the filters says: True, False, or why it is UNDECIDED.

    ``envelope`` is the item of the service's answer, without the subscribe key; ``timetoken`` is in
    units of 100 ns since 1970.
    """

    envelope: dict[str, Any]
    channel: str
    timetoken: int
    message: Message
    outcomes: tuple[bool | Reason, ...]


class Refused(Exception):
    """The service refuses the subscription, or can't be reached at the start; ``str()``: why."""


class _Listener(SubscribeCallback):
    """Gets everything that comes, and what happens to the connection."""

    def __init__(self, tail: Tail, take: Callable[[dict[str, Any]], None]) -> None:
        self._tail = tail
        self._take = take
        #: When the last messages were published: of an answer, and the one before it.
        self._times: deque[int] = deque(maxlen=FULL + 1)
        self._why = ""

    def _receive(self, pubnub: Any, result: Any) -> None:
        del pubnub
        envelope = result.envelope
        self._times.append(int(envelope["p"]["t"]))
        self._take(envelope)

    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(self, "_receive" if name in _EVENTS else name)

    def status(self, pubnub: Any, status: Any) -> None:
        del pubnub
        category = status.category
        if category in _QUIET:
            return
        if category is _FULL:
            # The service keeps as many as an answer holds: what was older may be gone.
            since, until = (self._times[0], self._times[1]) if len(self._times) > FULL else (0, 0)
            self._tail.report_gap("full", since or self._tail.begun, until or self._times[0])
            return
        if category is _BACK:
            since = self._times[-1] if self._times else self._tail.begun
            self._tail.report_gap(self._why or "the connection was lost", since, None)
            self._why = ""
            return
        error = status.error_data
        text = error.information if error is not None else getattr(category, "name", "")
        if category is _END:
            self._tail.refuse(self._why or text)
        else:
            self._why = text
            self._tail.note(text)


class Tail:
    """Follows channels until it is ended, and counts.

    ``filters``: what is asked about each message. ``take``: called with each. ``note``: called with
    a sentence about the connection. ``recorder``: gets everything, and marks where something may be
    missing. ``count``, ``seconds``: end after so many messages, or so long.
    """

    def __init__(
        self,
        filters: Sequence[Filter],
        *,
        take: Callable[[Received], object],
        note: Callable[[str], object],
        count: int | None = None,
        seconds: float | None = None,
    ) -> None:
        self._filters = tuple(filters)
        self._take = take
        self._note = note
        self._count, self._seconds = count, seconds
        self.recorder: Recorder | None = None
        #: Messages received, and those that came through the filter at the service as well.
        self.received = 0
        self.through = 0
        #: For each filter, how many messages had which verdict.
        self.verdicts: list[Counter[Verdict]] = [Counter() for _ in self._filters]
        #: For each filter, how many were UNDECIDED for which reason.
        self.reasons: list[Counter[Reason]] = [Counter() for _ in self._filters]
        #: Where something may be missing: times the connection was lost, and full answers.
        self.reconnects = self.full_answers = 0
        #: The service's time at the start, in units of a timetoken.
        self.begun = 0
        self._last = 0
        self._end = asyncio.Event()
        self._refusal: str | None = None
        self._rates: deque[tuple[float, int]] = deque()

    @property
    def rate(self) -> float:
        """Messages a second, lately."""
        now = time.monotonic()
        self._rates.append((now, self.received))
        while len(self._rates) > 2 and now - self._rates[0][0] > RATE_SECONDS:
            self._rates.popleft()
        begun, before = self._rates[0]
        return (self.received - before) / (now - begun) if now > begun else 0.0

    def end(self) -> None:
        """Let ``run`` return soon."""
        self._end.set()

    async def run(
        self,
        client: PubNubTornado,
        channels: Sequence[str],
        groups: Sequence[str] = (),
        *,
        record: Callable[[int], Recorder] | None = None,
        through: PubNubTornado | None = None,
    ) -> None:
        """Subscribe, and return at the end; may be cancelled, which is an end too.

        ``record`` makes the recorder, with the service's time. ``through``: a client with a filter
        at the service; what comes to it is marked in the recording. ``Refused`` where it can't be
        done. The clients are for the caller to stop.
        """
        try:
            self.begun = self._last = (await client.time()).value_as_int
        except PubNubException as error:
            raise Refused(str(error)) from None
        if record is not None:
            self.recorder = record(self.begun)
        flushing = asyncio.create_task(self._flush())
        try:
            for each, take in ((client, self._receive), (through, self._mark)):
                if each is None:
                    continue
                each.add_listener(_Listener(self, take))
                # From the time that was asked for: what is published meanwhile is not missed.
                names = each.subscribe().channels(list(channels)).channel_groups(list(groups))
                names.with_timetoken(self.begun).execute()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._end.wait()
        finally:
            # Also where it is cancelled: this is how Ctrl-C ends it.
            flushing.cancel()
            await self._finish(client)
        if self._refusal is not None:
            raise Refused(self._refusal)

    async def _finish(self, client: PubNubTornado) -> None:
        """Take what is on its way, and close the recording."""
        until = self._last
        try:
            async with asyncio.timeout(2 + LINGER):
                if self._refusal is None:
                    until = (await client.time()).value_as_int
                    await asyncio.sleep(LINGER)
        except (PubNubException, TimeoutError):
            pass
        finally:
            if self.recorder is not None:
                # What came after the last message that was wanted is not recorded.
                self.recorder.mark("end", self._last if self._is_over else until)
                self.recorder.close()

    @property
    def _is_over(self) -> bool:
        return self._count is not None and self.received >= self._count

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            if self.recorder is not None:
                self.recorder.flush()

    # What listeners say.

    def _receive(self, envelope: dict[str, Any]) -> None:
        if self._is_over:
            return
        self.received += 1
        self._last = int(envelope["p"]["t"])
        if self.recorder is not None:
            self.recorder.write(envelope)
        try:
            message = Message.from_envelope(envelope)
        except TypeError:
            # Half a character, or NaN: JSON that only Python reads.
            message = Message()
        outcomes = tuple(each.outcome(message) for each in self._filters)
        for place, outcome in enumerate(outcomes):
            self.verdicts[place][verdict_of(outcome)] += 1
            if isinstance(outcome, Reason):
                self.reasons[place][outcome] += 1
        self._take(Received(envelope, envelope["c"], self._last, message, outcomes))
        if self._is_over:
            self._end.set()

    def _mark(self, envelope: dict[str, Any]) -> None:
        self.through += 1
        if self.recorder is not None:
            self.recorder.mark("delivered", int(envelope["p"]["t"]), channel=envelope["c"])

    def report_gap(self, why: str, since: int, until: int | None) -> None:
        """Something may be missing, from a timetoken to another or to now."""
        if why == "full":
            self.full_answers += 1
            if self.full_answers == 1:
                self._note(f"an answer had {FULL} messages: there may have been more")
        else:
            self.reconnects += 1
            self._note("the service answers again; what it no longer has is missing")
        if self.recorder is not None:
            # The clock of this machine may be another one: of an end that isn't known, it is the
            # best there is.
            end = max(since, until or time.time_ns() // 100)
            self.recorder.mark("gap", end, since=str(since), why=why)

    def refuse(self, why: str) -> None:
        """The subscription has ended."""
        self._refusal = why
        self._end.set()

    def note(self, text: str) -> None:
        """The connection has a problem, and the client goes on trying."""
        self._note(text)
