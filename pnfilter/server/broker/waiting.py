"""The requests that wait for something to be published, found by what they wait for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pnfilter.server.broker.events import Event
from pnfilter.server.broker.filtering import Gate, Gates
from pnfilter.server.broker.groups import Groups
from pnfilter.server.broker.subscriptions import Poll
from pnfilter.server.quotas import Quotas
from pnfilter.server.wire import split_presence, wildcards_of
from pnfilter.values import Reason


class Crowd:
    """The plain polls that wait for one channel: perhaps thousands, and an event is for a few of them.

    One that all others hold back is noted here, once: ``noted`` counts such events, ``last`` is the last
    one's timetoken. What that makes for a poll is worked out when it leaves, or when somebody asks.
    ``unindexed`` are the polls whose filter was not asked by way of the index so far.
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
        self._crowds: dict[str, Crowd] = {}
        self._by_gate: dict[Gate, dict[Poll, None]] = {}
        self._by_channel: dict[str, dict[Poll, None]] = {}
        self._by_group: dict[str, dict[Poll, None]] = {}
        # Each poll with its crowds, in the order of its channels.
        self._polls: dict[Poll, list[Crowd]] = {}

    def check_room(self, size: int) -> None:
        """``Full`` where no poll of a size can wait."""
        self._quota.check(self._key, size)

    def add(self, poll: Poll) -> None:
        """The poll waits."""
        crowds = self._polls[poll] = []
        poll.subscriber.waiting += 1
        self._quota.add(self._key, poll.size)
        if poll.is_plain:
            self._join(poll, crowds)
            return
        for index, name in self._places(poll):
            index.setdefault(name, {})[poll] = None

    def _join(self, poll: Poll, crowds: list[Crowd]) -> None:
        gate = poll.subscriber.gate
        self._by_gate.setdefault(gate, {})[poll] = None
        noted = 0
        for name in poll.channels:
            crowd = self._crowds.get(name)
            if crowd is None:
                crowd = self._crowds[name] = Crowd()
            crowd.polls[poll] = None
            if not gate.number:
                crowd.unindexed[poll] = None
            noted += crowd.noted
            crowds.append(crowd)
        poll.noted = noted

    def discard(self, poll: Poll) -> None:
        """The poll waits no longer."""
        crowds = self._polls.get(poll)
        if crowds is None:
            return
        del self._polls[poll]
        poll.subscriber.waiting -= 1
        self._quota.add(self._key, -poll.size)
        if poll.is_plain:
            self._leave(poll, crowds)
            return
        for index, name in self._places(poll):
            polls = index[name]
            del polls[poll]
            if not polls:
                del index[name]

    def _leave(self, poll: Poll, crowds: list[Crowd]) -> None:
        self._account(poll, crowds)
        gate = poll.subscriber.gate
        alike = self._by_gate[gate]
        del alike[poll]
        if not alike:
            del self._by_gate[gate]
        for name, crowd in zip(poll.channels, crowds, strict=True):
            del crowd.polls[poll]
            crowd.unindexed.pop(poll, None)
            if not crowd.polls:
                del self._crowds[name]

    def settle(self, poll: Poll) -> None:
        """Bring a poll that waits, and its subscriber's counts, up to date with its crowds."""
        crowds = self._polls[poll]
        self._account(poll, crowds)
        poll.cursor = max(poll.cursor, *(crowd.last for crowd in crowds), 0)

    def _account(self, poll: Poll, crowds: list[Crowd]) -> None:
        noted = 0
        for crowd in crowds:
            noted += crowd.noted
        poll.subscriber.held_back += noted - poll.noted
        poll.noted = noted

    def note(self, crowd: Crowd, timetoken: int, others: Iterable[Poll]) -> None:
        """An event is held back from a crowd, but for ``others``, who are told of it."""
        crowd.noted += 1
        crowd.last = timetoken
        for poll in others:
            poll.noted += 1

    def crowd(self, channel: str) -> Crowd | None:
        """The plain polls that wait for a channel."""
        return self._crowds.get(channel)

    def outcomes(
        self, crowd: Crowd, event: Event, gates: Gates
    ) -> list[tuple[Poll, bool | Reason]]:
        """The polls of a crowd whose filters don't hold an event back, and what these say of it."""
        alone: dict[Gate, list[Poll]] = {}
        for poll in list(crowd.unindexed):
            gate = poll.subscriber.gate
            if gates.is_indexed(gate):
                del crowd.unindexed[poll]
            else:
                alone.setdefault(gate, []).append(poll)
        matched, undecided = gates.found_by_index(event)
        found: list[tuple[Poll, bool | Reason]] = []
        for polls in self._having(crowd, matched).values():
            found += [(poll, True) for poll in polls]
        # The index doesn't say for what reason a filter is undecided.
        for gate, polls in (*self._having(crowd, undecided).items(), *alone.items()):
            outcome = gates.outcome(event, gate)
            if outcome is not False:
                found += [(poll, outcome) for poll in polls]
        return found

    def _having(self, crowd: Crowd, gates: Collection[Gate]) -> dict[Gate, list[Poll]]:
        """The polls of a crowd that have one of some gates; that takes no longer than to look at all."""
        alike = [(gate, self._by_gate.get(gate, {})) for gate in gates]
        if sum(len(polls) for _, polls in alike) > len(crowd.polls):
            found: dict[Gate, list[Poll]] = {}
            wanted = set(gates)
            for poll in crowd.polls:
                if poll.subscriber.gate in wanted:
                    found.setdefault(poll.subscriber.gate, []).append(poll)
            return found
        some = ((gate, [poll for poll in polls if poll in crowd.polls]) for gate, polls in alike)
        return {gate: polls for gate, polls in some if polls}

    def _places(self, poll: Poll) -> Iterator[tuple[dict[str, dict[Poll, None]], str]]:
        for name in poll.channels:
            yield self._by_channel, name
        for name in poll.groups:
            yield self._by_group, name

    def reached_by(
        self, channel: str, groups: Groups, *, plain: bool = True
    ) -> dict[Poll, str | None]:
        """The polls that an event on a channel reaches, and by which name; those of its crowd if ``plain``."""
        found: dict[Poll, str | None] = {}
        if plain and (crowd := self._crowds.get(channel)) is not None:
            found = dict.fromkeys(crowd.polls)
        found |= dict.fromkeys(self._by_channel.get(channel, ()))
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
