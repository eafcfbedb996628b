"""The last events of each channel, for subscribers that come back with their cursor."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import takewhile

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

    __slots__ = ("dropped", "dropped_until", "events")

    def __init__(self, limit: int) -> None:
        self.events: deque[Event] = deque(maxlen=limit)
        #: How many events were dropped to make room, and the timetoken of the last of them.
        self.dropped = 0
        self.dropped_until = 0

    def append(self, event: Event) -> bool:
        """Keep one more event; whether the oldest had to go, as there was no room."""
        is_full = len(self.events) == self.events.maxlen
        if is_full:
            self.dropped += 1
            self.dropped_until = self.events[0].timetoken
        self.events.append(event)
        return is_full

    def after(self, cursor: int) -> list[Event]:
        """The events newer than ``cursor``, oldest first."""
        newer = list(takewhile(lambda event: event.timetoken > cursor, reversed(self.events)))
        newer.reverse()
        return newer


class Queues:
    """The queue of each channel of a keyset; of too many channels the least recent one goes."""

    def __init__(self, limit: int, channels: int) -> None:
        self._limit = limit
        self._channels = channels
        self._queues: OrderedDict[str, Queue] = OrderedDict()
        self._reached_by: dict[str, dict[str, None]] = {}
        #: Channels that were dropped with all their events, as there were too many.
        self.dropped_channels = 0
        #: Events that were dropped to make room for others of their channel.
        self.dropped_events = 0

    def append(self, event: Event) -> None:
        """Keep the event in the queue of its channel."""
        name = event.channel
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = Queue(self._limit)
            for wildcard in wildcards_of(name):
                self._reached_by.setdefault(wildcard, {})[name] = None
            if len(self._queues) > self._channels:
                self._drop_channel()
        else:
            self._queues.move_to_end(name)
        if queue.append(event):
            self.dropped_events += 1

    def _drop_channel(self) -> None:
        name, _ = self._queues.popitem(last=False)
        self.dropped_channels += 1
        for wildcard in wildcards_of(name):
            reached = self._reached_by[wildcard]
            del reached[name]
            if not reached:
                del self._reached_by[wildcard]

    def get(self, channel: str) -> Queue | None:
        """The queue of a channel; None where nothing was published on it."""
        return self._queues.get(channel)

    def reached(self, name: str) -> tuple[str, ...]:
        """The channels with events that a name in a subscribe request stands for."""
        if is_wildcard(name):
            # Users are present on a wildcard as on a channel.
            own = (name,) if name in self._queues else ()
            return (*own, *self._reached_by.get(name, ()))
        return (name,) if name in self._queues else ()

    def __len__(self) -> int:
        return len(self._queues)

    def __iter__(self) -> Iterator[str]:
        return iter(self._queues)
