"""The requests that wait for something to be published, found by what they wait for."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Collection, Iterable, Iterator

from pnfilter.semantics import Reason
from pnfilter.server.broker.events import Event
from pnfilter.server.broker.filters import FilterRegistry, SubscriberFilter
from pnfilter.server.broker.subscriptions import (
    OWN,
    Groups,
    Names,
    Poll,
    add_group,
    wildcard_of_presence,
)
from pnfilter.server.quotas import Quotas
from pnfilter.server.wire import split_presence, wildcards_of


class ChannelWaiters:
    """The plain polls that wait for one channel. There may be thousands; an event is for a few.

    An event that all other filters hold back is noted here, once: ``noted`` counts such events,
    ``last`` is the timetoken of the last one. The effect on a poll is computed when it leaves or
    when it is listed. ``unindexed`` are the polls whose filter is not in the index yet.
    """

    __slots__ = ("last", "noted", "polls", "unindexed")

    def __init__(self) -> None:
        self.polls: dict[Poll, None] = {}
        self.unindexed: dict[Poll, None] = {}
        self.noted = 0
        self.last = 0


class Waiting:
    """The polls of a keyset that wait, found by what they wait for."""

    def __init__(self, key: str, quotas: Quotas) -> None:
        self._key = key
        self._quota = quotas.waiting
        self._waiters: dict[str, ChannelWaiters] = {}
        self._by_filter: dict[SubscriberFilter, dict[Poll, None]] = {}
        self._by_channel: dict[str, dict[Poll, None]] = {}
        self._by_group: dict[str, dict[Poll, None]] = {}
        # The waiters of each channel that a poll has joined, in the order of its channels.
        self._polls: dict[Poll, list[ChannelWaiters]] = {}

    def check_room(self, size: int) -> None:
        """Raise ``LimitReached`` if no poll of a size can wait."""
        self._quota.check(self._key, size)

    def add(self, poll: Poll) -> None:
        """The poll waits."""
        joined = self._polls[poll] = []
        poll.subscriber.waiting += 1
        self._quota.add(self._key, poll.size)
        if poll.is_plain:
            self._join(poll, joined)
            return
        for index, name in self._indexes_of(poll):
            index.setdefault(name, {})[poll] = None

    def _join(self, poll: Poll, joined: list[ChannelWaiters]) -> None:
        filter = poll.subscriber.filter
        self._by_filter.setdefault(filter, {})[poll] = None
        noted = 0
        for name in poll.channels:
            waiters = self._waiters.get(name)
            if waiters is None:
                waiters = self._waiters[name] = ChannelWaiters()
            waiters.polls[poll] = None
            if not filter.number:
                waiters.unindexed[poll] = None
            noted += waiters.noted
            joined.append(waiters)
        poll.noted = noted

    def discard(self, poll: Poll) -> None:
        """The poll waits no longer."""
        joined = self._polls.get(poll)
        if joined is None:
            return
        del self._polls[poll]
        poll.subscriber.waiting -= 1
        self._quota.add(self._key, -poll.size)
        if poll.is_plain:
            self._leave(poll, joined)
            return
        for index, name in self._indexes_of(poll):
            polls = index[name]
            del polls[poll]
            if not polls:
                del index[name]

    def _leave(self, poll: Poll, joined: list[ChannelWaiters]) -> None:
        self._count_held_back(poll, joined)
        filter = poll.subscriber.filter
        alike = self._by_filter[filter]
        del alike[poll]
        if not alike:
            del self._by_filter[filter]
        for name, waiters in zip(poll.channels, joined, strict=True):
            del waiters.polls[poll]
            waiters.unindexed.pop(poll, None)
            if not waiters.polls:
                del self._waiters[name]

    def update(self, poll: Poll) -> None:
        """Bring a poll that waits, and its subscriber's counts, up to date with its channels."""
        joined = self._polls[poll]
        self._count_held_back(poll, joined)
        poll.cursor = max(poll.cursor, *(waiters.last for waiters in joined), 0)

    def _count_held_back(self, poll: Poll, joined: list[ChannelWaiters]) -> None:
        noted = 0
        for waiters in joined:
            noted += waiters.noted
        poll.subscriber.held_back += noted - poll.noted
        poll.noted = noted

    def note_held_back(
        self, waiters: ChannelWaiters, timetoken: int, others: Iterable[Poll]
    ) -> None:
        """Note an event that is held back from all of a channel's waiters except ``others``."""
        waiters.noted += 1
        waiters.last = timetoken
        for poll in others:
            poll.noted += 1

    def waiters_on(self, channel: str) -> ChannelWaiters | None:
        """Return the plain polls that wait for a channel."""
        return self._waiters.get(channel)

    def candidates(
        self, waiters: ChannelWaiters, event: Event, filters: FilterRegistry
    ) -> list[tuple[Poll, bool | Reason]]:
        """Return the polls whose filters don't hold an event back, each with the verdict."""
        alone: dict[SubscriberFilter, list[Poll]] = {}
        for poll in list(waiters.unindexed):
            filter = poll.subscriber.filter
            if filters.is_indexed(filter):
                del waiters.unindexed[poll]
            else:
                alone.setdefault(filter, []).append(poll)
        matched, undecided = filters.search_index(event)
        found: list[tuple[Poll, bool | Reason]] = []
        for polls in self._polls_with(waiters, matched).values():
            found += [(poll, True) for poll in polls]
        # The index doesn't say for what reason a filter is undecided.
        for filter, polls in (*self._polls_with(waiters, undecided).items(), *alone.items()):
            outcome = filters.outcome(event, filter)
            if outcome is not False:
                found += [(poll, outcome) for poll in polls]
        return found

    def _polls_with(
        self, waiters: ChannelWaiters, filters: Collection[SubscriberFilter]
    ) -> dict[SubscriberFilter, list[Poll]]:
        """Return the polls that have one of some filters, in at most the time to look at all."""
        alike = [(filter, self._by_filter.get(filter, {})) for filter in filters]
        if sum(len(polls) for _, polls in alike) > len(waiters.polls):
            found: dict[SubscriberFilter, list[Poll]] = {}
            wanted = set(filters)
            for poll in waiters.polls:
                if poll.subscriber.filter in wanted:
                    found.setdefault(poll.subscriber.filter, []).append(poll)
            return found
        some = (
            (filter, [poll for poll in polls if poll in waiters.polls]) for filter, polls in alike
        )
        return {filter: polls for filter, polls in some if polls}

    def _indexes_of(self, poll: Poll) -> Iterator[tuple[dict[str, dict[Poll, None]], str]]:
        for name in poll.channels:
            yield self._by_channel, name
        for name in poll.groups:
            yield self._by_group, name

    def polls_reached(
        self, channel: str, groups: Groups, *, plain: bool = True
    ) -> dict[Poll, Names]:
        """Return the polls that an event reaches, and by which names; plain ones if ``plain``."""
        found: dict[Poll, Names] = {}
        if plain and (waiters := self._waiters.get(channel)) is not None:
            found = dict.fromkeys(waiters.polls, OWN)
        found |= dict.fromkeys(self._by_channel.get(channel, ()), OWN)
        if (own := wildcard_of_presence(channel)) is not None:
            found |= {poll: (own, own) for poll in self._by_channel.get(own, ()) if poll in found}
        wildcards = wildcards_of(channel)
        for wildcard in wildcards:
            for poll in self._by_channel.get(wildcard, ()):
                found.setdefault(poll, (wildcard,))
        if self._by_group:
            _, suffix = split_presence(channel)
            # A group may have a presence channel as a member of its own.
            for group in groups.holding(channel) if suffix else ():
                for poll in self._by_group.get(group, ()):
                    found[poll] = add_group(found.get(poll, ()), group)
            for name in (channel, *wildcards):
                for group in groups.holding(name.removesuffix(suffix)):
                    for poll in self._by_group.get(group + suffix, ()):
                        found[poll] = add_group(found.get(poll, ()), group + suffix)
        return found

    @property
    def oldest(self) -> Poll | None:
        """The poll that waits for longest."""
        return next(iter(self._polls), None)

    def __iter__(self) -> Iterator[Poll]:
        return iter(list(self._polls))

    def __len__(self) -> int:
        return len(self._polls)

    def __contains__(self, poll: Poll) -> bool:
        return poll in self._polls


class PollTimeout:
    """Answers long polls when they time out. All share one timeout, so one timer is enough.

    The timer is set for the oldest poll: most polls are answered before they time out.
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
        """Forget all who wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
