"""Who subscribes to what: channel groups, subscribers, and their polls."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pnfilter.server.broker.events import Event
from pnfilter.server.broker.filters import SubscriberFilter
from pnfilter.server.broker.queues import Queues
from pnfilter.server.quotas import Quota
from pnfilter.server.store.tables import GroupTable
from pnfilter.server.wire import is_wildcard, split_presence

#: Characters of a name that take as much memory as one of a compiled filter; and characters of a
#: filter that take as much as a subscriber without its filter and names.
_CHARACTERS: Final = 64
_OWN_SIZE: Final = 8
#: Bytes of memory for a waiting request with its connection, for each name that it waits for, and
#: for each byte of its text (measured).
_OWN_BYTES: Final = 6_000
_NAME_BYTES: Final = 600
_COPIES: Final = 3


class Groups:
    """The channel groups of one keyset: names for sets of channels, found from both sides."""

    def __init__(self, key: str, store: GroupTable) -> None:
        self._key = key
        self._store = store
        self._channels: dict[str, dict[str, None]] = {}
        self._groups: dict[str, dict[str, None]] = {}
        self._size = 0
        for group, channel in store.load_groups(key):
            self._link(group, channel)

    def add(self, group: str, channels: list[str]) -> None:
        """Put channels into a group."""
        self._store.add_to_group(self._key, group, channels)
        for channel in channels:
            self._link(group, channel)

    def remove(self, group: str, channels: list[str] | None = None) -> None:
        """Take channels out of a group; without ``channels`` the group itself goes."""
        self._store.remove_from_group(self._key, group, channels)
        for channel in self.channels(group) if channels is None else channels:
            self._unlink(group, channel)

    def names(self) -> list[str]:
        """Return the groups that have channels."""
        return list(self._channels)

    def missing(self, group: str, channels: Iterable[str]) -> list[str]:
        """Return those of the channels that are not in the group."""
        members = self._channels.get(group, {})
        return [channel for channel in channels if channel not in members]

    def __len__(self) -> int:
        """Return how many channels all groups have together, each counted in every group."""
        return self._size

    def channels(self, group: str) -> list[str]:
        """Return the channels of a group; none of one that doesn't exist."""
        return list(self._channels.get(group, ()))

    def holding(self, channel: str) -> list[str]:
        """Return the groups that a channel, or a wildcard, is in."""
        return list(self._groups.get(channel, ()))

    def _link(self, group: str, channel: str) -> None:
        self._size += channel not in self._channels.get(group, ())
        self._channels.setdefault(group, {})[channel] = None
        self._groups.setdefault(channel, {})[group] = None

    def _unlink(self, group: str, channel: str) -> None:
        self._size -= channel in self._channels.get(group, ())
        for side, name, other in (
            (self._channels, group, channel),
            (self._groups, channel, group),
        ):
            members = side.get(name, {})
            members.pop(other, None)
            if not members:
                side.pop(name, None)


class Subscriber:
    """A user with a filter: what the service did for it so far.

    ``seen`` is ``delivered`` and ``held_back`` together; ``undecided`` ones are in either. An
    event that is asked for again, as its answer was lost, is counted again.
    """

    __slots__ = (
        *("channels", "cursor", "delivered", "filter", "groups", "held_back"),
        *("is_logged", "missed", "undecided", "user", "waiting"),
    )

    def __init__(self, user: str, filter: SubscriberFilter) -> None:
        self.user = user
        self.filter = filter
        self.channels: tuple[str, ...] = ()
        self.groups: tuple[str, ...] = ()
        #: The timetoken that the last answer gave it to go on from.
        self.cursor = 0
        self.delivered = 0
        self.held_back = 0
        self.undecided = 0
        #: How many of its requests wait.
        self.waiting = 0
        #: How often it came back too late, so that events had been dropped.
        self.missed = 0
        #: Whether the log has what the checker finds in its filter.
        self.is_logged = False

    @property
    def seen(self) -> int:
        """Events that reached it or were held back."""
        return self.delivered + self.held_back


class Subscribers:
    """The subscribers of one keyset, by user and filter. If there are too many, the oldest go.

    There are too many if they exceed ``limit``, or if their filters and names exceed the ``quota``,
    which counts the characters of a filter and the names; a long name counts several times.
    """

    def __init__(self, key: str, limit: int, quota: Quota) -> None:
        self._key = key
        self._limit = limit
        self._quota = quota
        self._subscribers: OrderedDict[tuple[str, str], Subscriber] = OrderedDict()

    def check(self, text: str) -> None:
        """``LimitReached`` for a filter that is too long for all room, before it is compiled."""
        if not self._quota.is_enough(self._key, len(text)):
            raise self._quota.full(self._key)

    def find_or_add(
        self,
        user: str,
        filter: SubscriberFilter,
        channels: tuple[str, ...],
        groups: tuple[str, ...],
    ) -> Subscriber:
        """Return the subscriber of a request, which is for channels and groups.

        Raise ``LimitReached`` if there is no room for it beside those that wait.
        """
        name = (user, filter.text)
        found = self._subscribers.get(name)
        if found is None:
            found = Subscriber(user, filter)
            more = _size(user, filter.text, channels, groups)
            self._make_room(more, self._limit - 1)
            self._subscribers[name] = found
        else:
            self._subscribers.move_to_end(name)
            if (found.channels, found.groups) == (channels, groups):
                return found
            more = _size(user, filter.text, channels, groups) - _size_of(found)
            self._make_room(more, self._limit, found)
        found.channels, found.groups = channels, groups
        self._quota.add(self._key, more)
        return found

    def _make_room(self, more: int, most: int, kept: Subscriber | None = None) -> None:
        """Forget subscribers that don't wait, until at most ``most`` are left and ``more`` fits."""
        if more > self._quota.limit(self._key):
            raise self._quota.full(self._key)
        if not self._is_full(more, most):
            return
        for _ in range(len(self._subscribers)):
            name, oldest = next(iter(self._subscribers.items()))
            if oldest.waiting or oldest is kept:
                # It is here at this moment, so it is not the next to go.
                self._subscribers.move_to_end(name)
                continue
            del self._subscribers[name]
            self._quota.add(self._key, -_size_of(oldest))
            if not self._is_full(more, most):
                return
        raise self._quota.full(self._key)

    def _is_full(self, more: int, most: int) -> bool:
        room = self._quota.limit(self._key) - self._quota.used(self._key)
        return len(self._subscribers) > most or more > max(room, 0)

    def clear(self) -> None:
        """Forget every subscriber."""
        self._subscribers.clear()
        self._quota.set(self._key, 0)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._subscribers.values())

    def __len__(self) -> int:
        return len(self._subscribers)


def _size(user: str, text: str, channels: tuple[str, ...], groups: tuple[str, ...]) -> int:
    """Characters of the filter, and the rest as if it were such: it takes about as much memory."""
    names = sum(1 + len(name) // _CHARACTERS for name in (user, *channels, *groups))
    return _OWN_SIZE + len(text) + names


def _size_of(subscriber: Subscriber) -> int:
    return _size(subscriber.user, subscriber.filter.text, subscriber.channels, subscriber.groups)


def poll_size(names: int, text: int) -> int:
    """Bytes of memory for a request that waits, with so many names and so many bytes of text."""
    return _OWN_BYTES + _NAME_BYTES * names + _COPIES * text


class Poll:
    """A subscribe request: by which names it reaches events, and from which timetoken on.

    ``answer`` is called once, with the events and the timetoken to go on from. ``is_plain`` says
    that the request names neither groups nor wildcards, so that an event reaches it by at most one
    name. ``size``: ``poll_size``.
    """

    __slots__ = (
        *("answer", "channels", "cursor", "groups", "is_plain"),
        *("noted", "size", "subscriber", "until"),
    )

    def __init__(
        self,
        subscriber: Subscriber,
        channels: tuple[str, ...],
        groups: tuple[str, ...],
        cursor: int,
        answer: Callable[[list[Delivery], int], None],
        *,
        size: int,
    ) -> None:
        self.subscriber = subscriber
        self.size = size
        self.channels = channels
        self.groups = groups
        self.cursor = cursor
        self.answer = answer
        self.is_plain = not groups and "*" not in ",".join(channels)
        #: Until when it waits at most, by the clock of the event loop.
        self.until = 0.0
        #: How many of the events that ``ChannelWaiters`` noted are accounted for.
        self.noted = 0


#: An event, and the wildcard or group by which it was reached; None for its own channel.
Delivery = tuple[Event, str | None]
#: The names by which an event reaches a poll, each of which is a delivery.
Names = tuple[str | None, ...]
#: The event's own channel alone.
OWN: Final[Names] = (None,)


def add_group(names: Names, group: str) -> Names:
    """Return the names by which an event reaches a poll, and a group.

    An event comes once by its channel or the longest wildcard, and once more by each group that has
    its channel (recorded of a channel and a group in 2016).
    """
    return names if group in names else (*names, group)


def wildcard_of_presence(channel: str) -> str | None:
    """Return the wildcard, if a channel has the presence events of a wildcard itself.

    Who subscribes to both ``a.*`` and ``a.*-pnpres`` gets these twice, by ``a.*`` (recorded).
    """
    name, suffix = split_presence(channel)
    return name if suffix and is_wildcard(name) else None


def channels_reached(poll: Poll, queues: Queues, groups: Groups) -> dict[str, Names]:
    """Return the channels that a poll reaches, including all with events, and by which names.

    They are those by which an event that answers a waiting poll reaches it.
    """
    if poll.is_plain:
        return dict.fromkeys(poll.channels, OWN)
    found: dict[str, Names] = {}
    for name in sorted(poll.channels, key=lambda name: (is_wildcard(name), -name.count("."))):
        for channel in queues.channels_of(name):
            found.setdefault(channel, (name,) if channel != name else OWN)
        wildcard = wildcard_of_presence(name)
        if wildcard in poll.channels and name in found:
            found[name] = (wildcard, wildcard)
    for name in poll.groups:
        group, suffix = split_presence(name)
        for member in groups.channels(group):
            for channel in queues.channels_of(member + suffix):
                found[channel] = add_group(found.get(channel, ()), name)
    return found
