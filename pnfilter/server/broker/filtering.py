"""The one place where filters are run on what is published.

A ``Gate`` stands for a filter's text, whoever uses it. Where an event meets many of them, they are asked
by way of an index, which holds those that were asked so before.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple
from weakref import WeakValueDictionary, finalize

from pnfilter.diagnostics import FilterSyntaxError
from pnfilter.filters import Filter
from pnfilter.filterset.filterset import FilterSet
from pnfilter.server.broker.events import Event
from pnfilter.server.quotas import Full, Quota
from pnfilter.values import Reason

#: Filters that are asked one by one sooner than by the index.
FEW: Final = 32
#: Events of which it is kept what the index says, and how many filters it may name of all of them.
MAX_KEPT_EVENTS: Final = 1_024
MAX_KEPT_FILTERS: Final = 50_000


class Gate:
    """A filter as its subscribers gave it: compiled, or with the error that makes it malformed."""

    __slots__ = ("__weakref__", "error", "filter", "number", "text", "told")

    def __init__(self, text: str) -> None:
        self.text = text
        self.filter: Filter | None = None
        self.error: FilterSyntaxError | None = None
        #: Which one it is of those that came into the index; 0 for one that isn't there.
        self.number = 0
        #: The reasons for which it was undecided, as far as the log has them.
        self.told: tuple[Reason, ...] = ()
        if text:
            try:
                # Not by `compile`, which would keep it when its last subscriber is forgotten.
                self.filter = Filter(text)
            except FilterSyntaxError as error:
                # Without the frames, which would keep all that the parser had in hand.
                self.error = error.with_traceback(None)

    def outcome(self, event: Event) -> bool | Reason:
        """The filter's verdict on an event; no filter lets everything pass, a malformed one nothing."""
        if self.filter is None:
            return self.error is None
        return self.filter.outcome(event.message)


class _Found(NamedTuple):
    """The numbers of the gates that match an event, of those that are undecided, of the last one asked."""

    matched: set[int]
    undecided: set[int]
    last: int

    @property
    def size(self) -> int:
        """How many gates it names."""
        return len(self.matched) + len(self.undecided)


class Gates:
    """The filters in use.

    ``room``: for those of which is counted how often they were undecided; without, all are.
    """

    def __init__(self, room: Quota | None = None) -> None:
        self._room = room
        self._gates: WeakValueDictionary[str, Gate] = WeakValueDictionary()
        self._index: FilterSet[str] = FilterSet()
        self._last = 0
        # What the index said of the last events, by their timetokens. Who waits is answered with one, asks
        # again, and has missed others meanwhile, most of which are not for it.
        self._found: OrderedDict[int, _Found] = OrderedDict()
        self._named = 0
        #: Texts in the index whose gates are gone. A gate may go at any time, also in the midst of a search.
        self._gone: list[str] = []
        #: How often each filter was undecided, by its text and the reason.
        self.undecided: Counter[tuple[str, Reason]] = Counter()

    def gate(self, text: str, check: Callable[[str], None] = lambda _: None) -> Gate:
        """The gate of a filter's text; an empty text is no filter.

        ``check`` is given a text that isn't known yet, and may raise before that is compiled.
        """
        gate = self._gates.get(text)
        if gate is None:
            check(text)
            gate = self._gates[text] = Gate(text)
        return gate

    def outcomes(self, event: Event, gates: Iterable[Gate]) -> dict[Gate, bool | Reason]:
        """What each filter says of an event, each asked once."""
        asked = dict.fromkeys(gates, False)
        if len(asked) <= FEW:
            alone: Iterable[Gate] = asked
            found: dict[Gate, bool | Reason] = {}
        else:
            alone, found = self._found_by_index(event, asked)
        for gate in alone:
            found[gate] = self.outcome(event, gate)
        return found

    def outcome(self, event: Event, gate: Gate) -> bool | Reason:
        """What one filter says of an event."""
        found = self._found.get(event.timetoken)
        if found is not None and 0 < gate.number <= found.last:
            if gate.number in found.matched:
                return True
            # The index doesn't say for what reason a filter is undecided.
            if gate.number not in found.undecided:
                return False
        outcome = gate.outcome(event)
        if isinstance(outcome, Reason):
            self._remember(event.key, gate.text, outcome)
        return outcome

    def is_indexed(self, gate: Gate) -> bool:
        """Whether a filter is in the index, where it is put if need be; false for one that is none."""
        return gate.number > 0 or self._add(gate)

    def found_by_index(self, event: Event) -> tuple[list[Gate], list[Gate]]:
        """The filters in the index that match an event, and those that are undecided, whoever has them."""
        self._tidy()
        matches = self._index.match(event.message)
        matched, undecided = (
            [gate for gate in map(self._gates.get, texts) if gate is not None]
            for texts in (matches.matched, matches.undecided)
        )
        self._keep(event, matched, undecided)
        return matched, undecided

    def _keep(self, event: Event, matched: list[Gate], undecided: list[Gate]) -> None:
        """Keep what the index says of an event, as long as there is room."""
        found = _Found(
            {gate.number for gate in matched}, {gate.number for gate in undecided}, self._last
        )
        earlier = self._found.pop(event.timetoken, None)
        self._found[event.timetoken] = found
        self._named += found.size - (earlier.size if earlier is not None else 0)
        while len(self._found) > MAX_KEPT_EVENTS or self._named > MAX_KEPT_FILTERS:
            _, oldest = self._found.popitem(last=False)
            self._named -= oldest.size

    def _found_by_index(
        self, event: Event, asked: dict[Gate, bool]
    ) -> tuple[list[Gate], dict[Gate, bool | Reason]]:
        """What the index says; and who is to be asked alone: for the reason, or as there is no filter."""
        alone = [gate for gate in asked if not self.is_indexed(gate)]
        matched, undecided = self.found_by_index(event)
        found: dict[Gate, bool | Reason] = {**asked}
        for gate in matched:
            if gate in asked:
                found[gate] = True
        alone += [gate for gate in undecided if gate in asked]
        return alone, found

    def _add(self, gate: Gate) -> bool:
        """Put a gate into the index; false for one without a filter."""
        if gate.filter is None:
            return False
        self._last += 1
        gate.number = self._last
        if gate.text not in self._index:
            self._index.add(gate.text, gate.filter)
        finalize(gate, self._gone.append, gate.text).atexit = False
        return True

    def _tidy(self) -> None:
        """Take out of the index what nobody uses any more."""
        while self._gone:
            text = self._gone.pop()
            # Another of the same text may have come since.
            if text in self._index and not self._is_used(text):
                self._index.remove(text)

    def _is_used(self, text: str) -> bool:
        gate = self._gates.get(text)
        return gate is not None and gate.number > 0

    def _remember(self, key: str, text: str, reason: Reason) -> None:
        """Count a filter that was undecided, if its keyset has room for one more."""
        if (text, reason) not in self.undecided and self._room is not None:
            try:
                self._room.check(key, len(text))
            except Full:
                return
            self._room.add(key, len(text))
        self.undecided[text, reason] += 1
