"""Subscribers, and their requests that wait for something to be published."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from pnfilter.server.broker.events import Event
from pnfilter.server.broker.filtering import Gate
from pnfilter.server.broker.groups import Groups
from pnfilter.server.broker.queues import Queues, Room, is_wildcard, split_presence, wildcards_of

#: Characters of a name that take as much memory as one of a filter, which is compiled.
_CHARACTERS: Final = 64


class Subscriber:
    """A user with a filter: what the service did for it so far.

    ``seen`` is ``delivered`` and ``held_back`` together; ``undecided`` ones are in either. An
    event that is asked for again, as its answer was lost, is counted again.
    """

    __slots__ = (
        *("channels", "cursor", "delivered", "gate", "groups", "held_back"),
        *("is_told", "missed", "undecided", "user"),
    )

    def __init__(self, user: str, gate: Gate) -> None:
        self.user = user
        self.gate = gate
        self.channels: tuple[str, ...] = ()
        self.groups: tuple[str, ...] = ()
        #: The timetoken that it was told to go on from.
        self.cursor = 0
        self.delivered = 0
        self.held_back = 0
        self.undecided = 0
        #: How often it came back too late, so that events had been dropped.
        self.missed = 0
        #: Whether the log has what the checker finds in its filter.
        self.is_told = False

    @property
    def seen(self) -> int:
        """Events that reached it or were held back."""
        return self.delivered + self.held_back


class Subscribers:
    """The subscribers of one keyset, by user and filter; of too many the one not seen for longest goes.

    Too many are more than ``limit``, and those whose filters and lists of names have more than
    ``size`` together: the characters of a filter, and the names, of which a long one counts for several.
    """

    def __init__(self, limit: int, size: int) -> None:
        self._limit = limit
        self._most = size
        self._size = 0
        self._subscribers: OrderedDict[tuple[str, str], Subscriber] = OrderedDict()

    def seen(
        self, user: str, gate: Gate, channels: tuple[str, ...], groups: tuple[str, ...]
    ) -> Subscriber:
        """The subscriber, who is here now and asks for channels and groups."""
        name = (user, gate.text)
        found = self._subscribers.get(name)
        if found is None:
            found = self._subscribers[name] = Subscriber(user, gate)
        else:
            self._subscribers.move_to_end(name)
            self._size -= _size(found)
        found.channels, found.groups = channels, groups
        self._size += _size(found)
        while len(self._subscribers) > self._limit or (
            self._size > self._most and len(self._subscribers) > 1
        ):
            _, oldest = self._subscribers.popitem(last=False)
            self._size -= _size(oldest)
        return found

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._subscribers.values())

    def __len__(self) -> int:
        return len(self._subscribers)


def _size(subscriber: Subscriber) -> int:
    """Characters of the filter, and the names as if they were such: they take about as much memory."""
    names = (*subscriber.channels, *subscriber.groups)
    return len(subscriber.gate.text) + sum(1 + len(name) // _CHARACTERS for name in names)


class Poll:
    """A subscribe request: by which names it reaches events, and from which timetoken on.

    ``answer`` is called once, with the events and the timetoken to go on from.
    """

    __slots__ = ("answer", "channels", "cursor", "groups", "subscriber")

    def __init__(
        self,
        subscriber: Subscriber,
        channels: tuple[str, ...],
        groups: tuple[str, ...],
        cursor: int,
        answer: Callable[[list[Delivery], int], None],
    ) -> None:
        self.subscriber = subscriber
        self.channels = channels
        self.groups = groups
        self.cursor = cursor
        self.answer = answer


#: An event, and the wildcard or group by which it was reached; None for its own channel.
Delivery = tuple[Event, str | None]


def reached(poll: Poll, queues: Queues, groups: Groups) -> dict[str, str | None]:
    """Each channel with events that a poll reaches, and by which name: a message arrives once.

    The channel itself comes first, then the longest wildcard, then a group: as for an event that a
    waiting poll is answered with.
    """
    found: dict[str, str | None] = {}
    for name in sorted(poll.channels, key=lambda name: (is_wildcard(name), -name.count("."))):
        for channel in queues.reached(name):
            found.setdefault(channel, name if channel != name else None)
    for name in poll.groups:
        group, suffix = split_presence(name)
        for member in groups.channels(group):
            for channel in queues.reached(member + suffix):
                found.setdefault(channel, name)
    return found


class Waiting:
    """The polls of a keyset that wait, found by what they wait for; ``room`` counts those of all."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._by_channel: dict[str, dict[Poll, None]] = {}
        self._by_group: dict[str, dict[Poll, None]] = {}
        self._polls: dict[Poll, None] = {}

    def add(self, poll: Poll) -> None:
        """The poll waits."""
        self._polls[poll] = None
        self._room.waiting += 1
        for index, name in self._places(poll):
            index.setdefault(name, {})[poll] = None

    def discard(self, poll: Poll) -> None:
        """The poll waits no longer."""
        if poll not in self._polls:
            return
        del self._polls[poll]
        self._room.waiting -= 1
        for index, name in self._places(poll):
            polls = index[name]
            del polls[poll]
            if not polls:
                del index[name]

    def _places(self, poll: Poll) -> Iterator[tuple[dict[str, dict[Poll, None]], str]]:
        for name in poll.channels:
            yield self._by_channel, name
        for name in poll.groups:
            yield self._by_group, name

    def reached_by(self, channel: str, groups: Groups) -> dict[Poll, str | None]:
        """The polls that an event on a channel reaches, and by which name."""
        found: dict[Poll, str | None] = dict.fromkeys(self._by_channel.get(channel, ()))
        wildcards = wildcards_of(channel)
        for wildcard in wildcards:
            for poll in self._by_channel.get(wildcard, ()):
                found.setdefault(poll, wildcard)
        if self._by_group:
            _, suffix = split_presence(channel)
            # A group may have a presence channel as a member of its own.
            for group in groups.holding(channel) if suffix else ():
                for poll in self._by_group.get(group, ()):
                    found.setdefault(poll, group)
            for name in (channel, *wildcards):
                for group in groups.holding(name.removesuffix(suffix)):
                    for poll in self._by_group.get(group + suffix, ()):
                        found.setdefault(poll, group + suffix)
        return found

    def __iter__(self) -> Iterator[Poll]:
        return iter(list(self._polls))

    def __len__(self) -> int:
        return len(self._polls)

    def __contains__(self, poll: Poll) -> bool:
        return poll in self._polls
