"""The last events of each channel, for subscribers that come back with their cursor."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from pnfilter.server.broker.events import Event
from pnfilter.server.quotas import Quotas
from pnfilter.server.wire import is_wildcard, wildcards_of


class Queue:
    """The last events of one channel, oldest first."""

    __slots__ = ("dropped_until", "events", "last", "size")

    def __init__(self, limit: int) -> None:
        self.events: deque[Event] = deque(maxlen=limit)
        #: Bytes of the events.
        self.size = 0
        #: The timetoken of the last event that was dropped to make room.
        self.dropped_until = 0
        #: That of the last event, whether it is there still.
        self.last = 0

    def append(self, event: Event) -> None:
        """Keep one more event; the oldest goes if the queue is full."""
        if len(self.events) == self.events.maxlen:
            self.drop_oldest()
        self.events.append(event)
        self.last = event.timetoken
        self.size += event.size

    def empty(self) -> None:
        """Every event goes."""
        while self.events:
            self.drop_oldest()

    def drop_oldest(self) -> None:
        """The oldest event goes."""
        event = self.events.popleft()
        self.size -= event.size
        self.dropped_until = event.timetoken

    def after(self, cursor: int) -> list[Event]:
        """Return the events newer than ``cursor``, oldest first."""
        newer = []
        for event in reversed(self.events):
            if event.timetoken <= cursor:
                break
            newer.append(event)
        newer.reverse()
        return newer


class Queues:
    """The queue of each channel of a keyset, of at most ``limit`` events.

    If the keyset has no room for more, the events of its least recently used channel go first.
    The queues remember which channels were emptied last, for subscribers that come back too late.

    ``unread``: channels with events of an earlier run, and the timetoken of the last one. ``read``
    returns those of a channel, oldest first, and is called when they are first needed.
    """

    def __init__(
        self,
        key: str,
        limit: int,
        quotas: Quotas,
        unread: Mapping[str, int] | None = None,
        read: Callable[[str], list[Event]] = lambda _: [],
    ) -> None:
        self._key = key
        self._limit = limit
        self._queued = quotas.queued
        self._channels = quotas.channels
        self._emptied_quota = quotas.emptied
        # The channels with events, and the emptied ones, each in the order in which they make room.
        self._recent: OrderedDict[str, Queue] = OrderedDict()
        self._emptied: OrderedDict[str, None] = OrderedDict()
        self._queues: dict[str, Queue] = {}
        self._by_wildcard: dict[str, dict[str, None]] = {}
        self._read = read
        self._unread = dict(unread or {})
        #: The timetoken of the newest event, also of one that was dropped.
        self.newest = max(self._unread.values(), default=0)
        self._count()
        for channel in self._unread:
            self._index(channel)

    def append(self, event: Event) -> None:
        """Keep the event in the queue of its channel."""
        if event.channel in self._unread:
            self._refill(event.channel, self._read(event.channel))
        self._append(event)
        self.newest = max(self.newest, event.timetoken)

    def recall(self, channels: Collection[str], cursor: int) -> None:
        """Read events of an earlier run from channels that have some newer than ``cursor``.

        If the channels have more than fits into all queues, the oldest ones are dropped unread.
        """
        if not self._unread or not any(self._unread.get(name, 0) > cursor for name in channels):
            return
        last = {
            name: self._unread[name] if name in self._unread else self._queues[name].last
            for name in channels
            if self._unread.get(name, 0) > cursor or name in self._queues
        }
        oldest_first = sorted(last, key=last.__getitem__)
        known = {name: self._queues[name] for name in oldest_first if name in self._queues}
        found: dict[str, list[Event]] = {}
        size, limit = 0, self._queued.limit(self._key)
        for name in reversed(oldest_first):
            if name in known:
                size += known[name].size
            elif size < limit:
                events = self._read(name)
                more = sum(event.size for event in events)
                if not size or size + more <= limit:
                    found[name] = events
                size += more
        # Nothing changes before this: if reading fails, the next request tries again. Other
        # channels make room first, and the newest stay longest.
        for name in known:
            self._last_to_go(name)
        for name in oldest_first:
            if name in known:
                self._last_to_go(name)
            elif name in found:
                self._refill(name, found[name])
            else:
                self._give_up(name)

    def _last_to_go(self, channel: str) -> None:
        if channel in self._recent:
            self._recent.move_to_end(channel)

    def _give_up(self, channel: str) -> None:
        """The events of an earlier run are not read any more."""
        queue = self._queues[channel] = Queue(self._limit)
        queue.dropped_until = queue.last = self._unread.pop(channel)
        self._note_emptied(channel)

    def _append(self, event: Event) -> None:
        name = event.channel
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = Queue(self._limit)
            self._index(name)
        if is_new := name not in self._recent:
            self._recent[name] = queue
            self._emptied.pop(name, None)
            self._count()
        else:
            self._recent.move_to_end(name)
        before = queue.size
        queue.append(event)
        self._queued.add(self._key, queue.size - before)
        if is_new or self._queued.is_over(self._key):
            self._make_room(name, queue)

    def _make_room(self, channel: str, queue: Queue) -> None:
        """Drop what is too much: other channels, then the oldest events of the one just used."""
        queued, key = self._queued, self._key
        while self._channels.is_over(key) or (queued.is_over(key) and len(self._recent) > 1):
            if len(self._recent) > 1 or not self._unread:
                self._empty(*self._recent.popitem(last=False))
            else:
                self._give_up(min(self._unread, key=self._unread.__getitem__))
        while queued.is_over(key):
            if len(queue.events) == 1:
                del self._recent[channel]
                self._empty(channel, queue)
                return
            before = queue.size
            queue.drop_oldest()
            queued.add(key, queue.size - before)

    def _empty(self, channel: str, queue: Queue) -> None:
        self._queued.add(self._key, -queue.size)
        queue.empty()
        self._note_emptied(channel)

    def _note_emptied(self, channel: str) -> None:
        """All events of a channel are gone, as there was no room."""
        self._emptied[channel] = None
        self._count()
        while len(self._emptied) > self._emptied_quota.limit(self._key):
            oldest, _ = self._emptied.popitem(last=False)
            self.remove(oldest)
        self._emptied_quota.set(self._key, len(self._emptied))

    def _count(self) -> None:
        self._channels.set(self._key, len(self._recent) + len(self._unread))
        self._emptied_quota.set(self._key, len(self._emptied))

    def _refill(self, channel: str, events: list[Event]) -> None:
        del self._unread[channel]
        self._count()
        if not events:
            self._unindex(channel)
        for event in events:
            self._append(event)

    def _index(self, channel: str) -> None:
        for wildcard in wildcards_of(channel):
            self._by_wildcard.setdefault(wildcard, {})[channel] = None

    def _unindex(self, channel: str) -> None:
        for wildcard in wildcards_of(channel):
            channels = self._by_wildcard[wildcard]
            del channels[channel]
            if not channels:
                del self._by_wildcard[wildcard]

    def remove(self, channel: str) -> None:
        """Forget a channel and its events."""
        del self._queues[channel]
        self._unindex(channel)

    def clear(self) -> None:
        """Forget every channel."""
        self._queues.clear()
        self._recent.clear()
        self._emptied.clear()
        self._unread.clear()
        self._by_wildcard.clear()
        self._count()
        self._queued.set(self._key, 0)

    def get(self, channel: str) -> Queue | None:
        """The queue of a channel; None if nothing was published on it, or nothing was read."""
        return self._queues.get(channel)

    def after(self, channels: Iterable[str], cursor: int) -> tuple[list[Event], list[str]]:
        """Return the events of channels newer than ``cursor``, and the channels that lost some.

        Events of an earlier run that were not read are not among them.
        """
        newer: list[Event] = []
        late = []
        for channel in channels:
            queue = self._queues.get(channel)
            if queue is not None and queue.last > cursor:
                newer += queue.after(cursor)
                if queue.dropped_until > cursor:
                    late.append(channel)
        return newer, late

    def channels_of(self, name: str) -> tuple[str, ...]:
        """Return the channels with events that a name in a subscribe request reaches."""
        if is_wildcard(name):
            # Users are present on a wildcard as on a channel.
            own = (name,) if name in self._queues else ()
            return (*own, *self._by_wildcard.get(name, ()))
        return (name,) if self.has(name) else ()

    def has(self, channel: str) -> bool:
        """Return whether there are, or were, events on a channel."""
        return channel in self._queues or channel in self._unread

    def __len__(self) -> int:
        return len(self._queues) + len(self._unread)

    def __iter__(self) -> Iterator[str]:
        return iter(self._queues)
