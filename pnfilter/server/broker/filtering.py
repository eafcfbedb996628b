"""The one place where filters are run on what is published.

A ``Gate`` stands for a filter's text, whoever uses it. Whatever decides for many subscribers at
once goes behind ``Gates.outcomes``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final
from weakref import WeakValueDictionary

from pnfilter.diagnostics import FilterSyntaxError
from pnfilter.filters import Filter
from pnfilter.server.broker.events import Event
from pnfilter.values import Reason

#: Filters of which it is remembered that they were undecided, for the summary at the end.
MAX_REMEMBERED: Final = 1_000


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
        found: dict[Gate, bool | Reason] = {}
        for gate in gates:
            if gate not in found:
                outcome = found[gate] = gate.outcome(event)
                if isinstance(outcome, Reason):
                    self._remember(gate.text, outcome)
        return found

    def _remember(self, text: str, reason: Reason) -> None:
        if (text, reason) in self.undecided or len(self.undecided) < MAX_REMEMBERED:
            self.undecided[text, reason] += 1
