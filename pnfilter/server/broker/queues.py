"""The last events of each channel, for subscribers that come back with their cursor."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from pnfilter.server.broker.events import PRESENCE_SUFFIX, Event


def wildcards_of(channel: str) -> tuple[str, ...]:
    """The wildcard names that reach a channel: ``a.*`` and ``a.b.*`` for ``a.b.c``.

    A wildcard has one or two names before its asterisk (documented). One with the presence
    suffix reaches the presence events of its channels.
    """
    name, suffix = split_presence(channel)
    first = name.find(".")
    if first < 1 or name.endswith("*"):
        return ()
    found = [f"{name[:first]}.*{suffix}"]
    second = name.find(".", first + 1)
    if second > 0:
        found.insert(0, f"{name[:second]}.*{suffix}")
    return tuple(found)


def split_presence(channel: str) -> tuple[str, str]:
    """A channel's name and ``-pnpres``, or the name and an empty text."""
    name = channel.removesuffix(PRESENCE_SUFFIX)
    return name, channel[len(name) :]


def is_wildcard(name: str) -> bool:
    """Whether a name stands for all channels that start as it does."""
    name, _ = split_presence(name)
    return name.endswith(".*") and len(name) > 2 and name.count(".") <= 2


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

    def append(self, event: Event) -> bool:
        """Keep one more event; whether the oldest had to go, as there was no room."""
        is_full = len(self.events) == self.events.maxlen
        if is_full:
            self.drop_oldest()
        self.events.append(event)
        self.last = event.timetoken
        self.size += event.size
        return is_full

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
        """The events newer than ``cursor``, oldest first."""
        newer = []
        for event in reversed(self.events):
            if event.timetoken <= cursor:
                break
            newer.append(event)
        newer.reverse()
        return newer


class Room:
    """What all keysets take together: so many channels, so many bytes of events in their queues.

    Of what is too much, the events go first of the channel on which nothing was published for
    longest. Of the last ``emptied`` channels it is known that they had some, for subscribers that
    come back too late.
    """

    def __init__(self, channels: int, size: int, emptied: int) -> None:
        self._channels = channels
        #: Bytes of events.
        self.limit = size
        self._most_emptied = emptied
        self._recent: OrderedDict[Queue, tuple[Queues, str]] = OrderedDict()
        self._emptied: OrderedDict[Queue, tuple[Queues, str]] = OrderedDict()
        self._size = 0
        #: Subscribe requests that wait.
        self.waiting = 0
        #: Channels of which the events of an earlier run were not read yet.
        self.unread = 0
        #: Channels that were dropped with all their events, and events dropped from full queues.
        self.dropped_channels = 0
        self.dropped_events = 0

    def append(self, queue: Queue, event: Event, owner: Queues) -> None:
        """Keep an event in the queue of its channel, which ``owner`` has."""
        self._emptied.pop(queue, None)
        self._recent[queue] = owner, event.channel
        self._recent.move_to_end(queue)
        self._size -= queue.size
        self.dropped_events += queue.append(event)
        while self._size + queue.size > self.limit and len(self._recent) == 1 < len(queue.events):
            queue.drop_oldest()
            self.dropped_events += 1
        self._size += queue.size
        while len(self._recent) > self._channels or (
            self._size > self.limit and len(self._recent) > 1
        ):
            oldest, place = self._recent.popitem(last=False)
            self._size -= oldest.size
            oldest.empty()
            self.note_emptied(oldest, *place)

    def note_emptied(self, queue: Queue, owner: Queues, channel: str) -> None:
        """All events of a channel are gone, as there was no room."""
        self.dropped_channels += 1
        self._emptied[queue] = owner, channel
        if len(self._emptied) > self._most_emptied:
            _, (keyset, name) = self._emptied.popitem(last=False)
            keyset.remove(name)

    def move_to_end(self, queue: Queue) -> None:
        """This one is the last to make room, unless it has done so."""
        if queue in self._recent:
            self._recent.move_to_end(queue)

    @property
    def unread_left(self) -> int:
        """How many channels of one more keyset may have events that are not read yet."""
        # Another keyset with very many leaves each some.
        return max(self._channels - self.unread, self._channels // 100)

    def release(self, queue: Queue) -> None:
        """A queue is no longer used."""
        if self._emptied.pop(queue, None) is None:
            del self._recent[queue]
            self._size -= queue.size


class Queues:
    """The queue of each channel of a keyset, of at most ``limit`` events.

    ``unread``: channels that have events of an earlier run, and the timetoken of the last one. ``read``
    gives those of a channel, oldest first, and is called when they are first needed.
    """

    def __init__(
        self,
        limit: int,
        room: Room,
        unread: Mapping[str, int] | None = None,
        read: Callable[[str], list[Event]] = lambda _: [],
    ) -> None:
        self._limit = limit
        self._room = room
        self._queues: dict[str, Queue] = {}
        self._reached_by: dict[str, dict[str, None]] = {}
        self._read = read
        self._unread = dict(unread or {})
        #: The timetoken of the newest event, also of one that was dropped.
        self.newest = max(self._unread.values(), default=0)
        room.unread += len(self._unread)
        for channel in self._unread:
            self._reach(channel)

    def append(self, event: Event) -> None:
        """Keep the event in the queue of its channel."""
        if event.channel in self._unread:
            self._refill(event.channel, self._read(event.channel))
        self._append(event)
        self.newest = max(self.newest, event.timetoken)

    def recall(self, channels: Collection[str], cursor: int) -> None:
        """Read what an earlier run has left of channels, where some of that is newer than ``cursor``.

        Where the channels have more than all queues may, what goes is the oldest of that, unread.
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
        size = 0
        for name in reversed(oldest_first):
            if name in known:
                size += known[name].size
            elif size < self._room.limit:
                events = self._read(name)
                more = sum(event.size for event in events)
                if not size or size + more <= self._room.limit:
                    found[name] = events
                size += more
        # Only now something changes: where reading fails, it is tried again. Others make room first, and
        # the newest stay longest.
        for queue in known.values():
            self._room.move_to_end(queue)
        for name in oldest_first:
            if name in known:
                self._room.move_to_end(known[name])
            elif name in found:
                self._refill(name, found[name])
            else:
                self._give_up(name)

    def _give_up(self, channel: str) -> None:
        queue = self._queues[channel] = Queue(self._limit)
        queue.dropped_until = queue.last = self._unread.pop(channel)
        self._room.unread -= 1
        self._room.note_emptied(queue, self, channel)

    def _append(self, event: Event) -> None:
        name = event.channel
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = Queue(self._limit)
            self._reach(name)
        self._room.append(queue, event, self)

    def _refill(self, channel: str, events: list[Event]) -> None:
        del self._unread[channel]
        self._room.unread -= 1
        if not events:
            self._reach_no_more(channel)
        for event in events:
            self._append(event)

    def _reach(self, channel: str) -> None:
        for wildcard in wildcards_of(channel):
            self._reached_by.setdefault(wildcard, {})[channel] = None

    def _reach_no_more(self, channel: str) -> None:
        for wildcard in wildcards_of(channel):
            reached = self._reached_by[wildcard]
            del reached[channel]
            if not reached:
                del self._reached_by[wildcard]

    def remove(self, channel: str) -> None:
        """Forget a channel and its events."""
        del self._queues[channel]
        self._reach_no_more(channel)

    def clear(self) -> None:
        """Forget every channel."""
        for queue in self._queues.values():
            self._room.release(queue)
        self._room.unread -= len(self._unread)
        self._queues.clear()
        self._unread.clear()
        self._reached_by.clear()

    def get(self, channel: str) -> Queue | None:
        """The queue of a channel; None where nothing was published on it, or nothing was read."""
        return self._queues.get(channel)

    def after(self, channels: Iterable[str], cursor: int) -> tuple[list[Event], list[str]]:
        """The events of channels newer than ``cursor``, channel by channel; and which have lost some of these.

        What an earlier run has left, and was not read, is not among them.
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

    def reached(self, name: str) -> tuple[str, ...]:
        """The channels with events that a name in a subscribe request stands for."""
        if is_wildcard(name):
            # Users are present on a wildcard as on a channel.
            own = (name,) if name in self._queues else ()
            return (*own, *self._reached_by.get(name, ()))
        return (name,) if self.has(name) else ()

    def has(self, channel: str) -> bool:
        """Whether there are, or were, events on a channel."""
        return channel in self._queues or channel in self._unread

    def __len__(self) -> int:
        return len(self._queues)

    def __iter__(self) -> Iterator[str]:
        return iter(self._queues)
