"""The one place where filters are run on what is published.

A ``Gate`` stands for a filter's text, whoever uses it. Where an event meets many of them, they are asked
by way of an index, which holds those that were asked so before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final
from weakref import WeakValueDictionary, finalize

from pnfilter.diagnostics import FilterSyntaxError
from pnfilter.filters import Filter
from pnfilter.filterset.filterset import FilterSet
from pnfilter.server.broker.events import Event
from pnfilter.values import Reason

#: Filters of which it is remembered that they were undecided, for the summary at the end.
MAX_REMEMBERED: Final = 1_000
#: Filters that are asked one by one sooner than by the index.
FEW: Final = 32


class Gate:
    """A filter as its subscribers gave it: compiled, or with the error that makes it malformed."""

    __slots__ = ("__weakref__", "error", "filter", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.filter: Filter | None = None
        self.error: FilterSyntaxError | None = None
        if text:
            try:
                # Not by `compile`, which would keep it when its last subscriber is forgotten.
                self.filter = Filter(text)
            except FilterSyntaxError as error:
                self.error = error

    def outcome(self, event: Event) -> bool | Reason:
        """The filter's verdict on an event; no filter lets everything pass, a malformed one nothing."""
        if self.filter is None:
            return self.error is None
        return self.filter.outcome(event.message)


class Gates:
    """The filters in use."""

    def __init__(self) -> None:
        self._gates: WeakValueDictionary[str, Gate] = WeakValueDictionary()
        self._index: FilterSet[str] = FilterSet()
        #: Texts in the index whose gates are gone. A gate may go at any time, also in the midst of a search.
        self._gone: list[str] = []
        #: How often each filter was undecided, by its text and the reason.
        self.undecided: Counter[tuple[str, Reason]] = Counter()

    def gate(self, text: str) -> Gate:
        """The gate of a filter's text; an empty text is no filter."""
        gate = self._gates.get(text)
        if gate is None:
            gate = self._gates[text] = Gate(text)
        return gate

    def outcomes(self, event: Event, gates: Iterable[Gate]) -> dict[Gate, bool | Reason]:
        """What each filter says of an event, each asked once."""
        asked = dict.fromkeys(gates)
        if len(asked) <= FEW:
            found = {gate: gate.outcome(event) for gate in asked}
        else:
            found = self._outcomes_of_many(event, asked)
        for gate, outcome in found.items():
            if isinstance(outcome, Reason):
                self._remember(gate.text, outcome)
        return found

    def _outcomes_of_many(self, event: Event, asked: Iterable[Gate]) -> dict[Gate, bool | Reason]:
        self._tidy()
        for gate in asked:
            if gate.filter is not None and gate.text not in self._index:
                self._index.add(gate.text, gate.filter)
                finalize(gate, self._gone.append, gate.text).atexit = False
        matches = self._index.match(event.message)
        matched, undecided = set(matches.matched), set(matches.undecided)
        return {
            # The reason for which it is undecided is the filter's to say; so is what needs no filter.
            gate: gate.outcome(event)
            if gate.filter is None or gate.text in undecided
            else gate.text in matched
            for gate in asked
        }

    def _tidy(self) -> None:
        """Take out of the index what nobody uses any more."""
        while self._gone:
            text = self._gone.pop()
            # A new gate of the same text would be added for itself.
            self._index.remove(text)

    def _remember(self, text: str, reason: Reason) -> None:
        if (text, reason) in self.undecided or len(self.undecided) < MAX_REMEMBERED:
            self.undecided[text, reason] += 1
