"""The one place where filters are applied to what is published.

A ``SubscriberFilter`` is one filter text, for all subscribers that use it. If an event
meets many of them, an index answers, which holds the filters that it was asked about before.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple
from weakref import WeakValueDictionary, finalize

from pnfilter.diagnostics import FilterSyntaxError
from pnfilter.filters import Filter
from pnfilter.index.filter_set import FilterSet
from pnfilter.semantics import Reason
from pnfilter.semantics.assumptions import Assumptions
from pnfilter.server.broker.events import Event
from pnfilter.server.quotas import LimitReached, Quota

#: Filters that are asked one by one sooner than by the index.
FEW: Final = 32
#: Events of which it is kept what the index says, and how many filters it may name of all of them.
MAX_KEPT_EVENTS: Final = 1_024
MAX_KEPT_FILTERS: Final = 50_000


class SubscriberFilter:
    """A filter as its subscribers gave it: compiled, or with the error that makes it malformed."""

    __slots__ = ("__weakref__", "compiled", "error", "logged_reasons", "number", "text")

    def __init__(self, text: str, assumed: Assumptions | None = None) -> None:
        self.text = text
        self.compiled: Filter | None = None
        self.error: FilterSyntaxError | None = None
        #: Which one it is of those that came into the index; 0 for one that isn't there.
        self.number = 0
        #: The reasons for which it was undecided, as far as the log has them.
        self.logged_reasons: tuple[Reason, ...] = ()
        if text:
            try:
                # Not by `compile`, which would keep it when its last subscriber is forgotten.
                self.compiled = Filter(text, assumed)
            except FilterSyntaxError as error:
                # Without the frames, which would keep all that the parser had in hand.
                self.error = error.with_traceback(None)

    def outcome(self, event: Event) -> bool | Reason:
        """Return the verdict on an event. No filter passes everything, a malformed one nothing."""
        if self.compiled is None:
            return self.error is None
        return self.compiled.outcome(event.message)


class _IndexResult(NamedTuple):
    """The numbers of the matching and of the undecided filters, and of the last one asked."""

    matched: set[int]
    undecided: set[int]
    last: int

    @property
    def size(self) -> int:
        """How many filters it names."""
        return len(self.matched) + len(self.undecided)


class FilterRegistry:
    """The filters in use.

    ``room``: for those of which is counted how often they were undecided; without, all are.
    """

    def __init__(self, room: Quota | None = None, assumed: Assumptions | None = None) -> None:
        self._room = room
        #: What settles verdicts that are not known.
        self.assumed = assumed
        self._known: WeakValueDictionary[str, SubscriberFilter] = WeakValueDictionary()
        self._index: FilterSet[str] = FilterSet(assume=assumed)
        self._last = 0
        # What the index said of the last events, by their timetokens. A subscriber that is answered
        # with one event asks again, and has missed others meanwhile, most of which don't match.
        self._results: OrderedDict[int, _IndexResult] = OrderedDict()
        self._named = 0
        #: Texts in the index whose filters are gone. A filter may go at any time, even in a search.
        self._gone: list[str] = []
        #: How often each filter was undecided, by its text and the reason.
        self.undecided: Counter[tuple[str, Reason]] = Counter()

    def get(self, text: str, check: Callable[[str], None] = lambda _: None) -> SubscriberFilter:
        """Return the filter of a text; an empty text filters nothing.

        ``check`` is given a text that isn't known yet, and may raise before that is compiled.
        """
        filter = self._known.get(text)
        if filter is None:
            check(text)
            filter = self._known[text] = SubscriberFilter(text, self.assumed)
        return filter

    def outcomes(
        self, event: Event, filters: Iterable[SubscriberFilter]
    ) -> dict[SubscriberFilter, bool | Reason]:
        """Return what each filter says of an event, each asked once."""
        asked = dict.fromkeys(filters, False)
        if len(asked) <= FEW:
            alone: Iterable[SubscriberFilter] = asked
            found: dict[SubscriberFilter, bool | Reason] = {}
        else:
            alone, found = self._search_index_for(event, asked)
        for filter in alone:
            found[filter] = self.outcome(event, filter)
        return found

    def outcome(self, event: Event, filter: SubscriberFilter) -> bool | Reason:
        """Return what one filter says of an event."""
        found = self._results.get(event.timetoken)
        if found is not None and 0 < filter.number <= found.last:
            if filter.number in found.matched:
                return True
            # The index doesn't say for what reason a filter is undecided.
            if filter.number not in found.undecided:
                return False
        outcome = filter.outcome(event)
        if isinstance(outcome, Reason):
            self._count_undecided(event.key, filter.text, outcome)
        return outcome

    def is_indexed(self, filter: SubscriberFilter) -> bool:
        """Return whether a filter is in the index, after adding it; False if there is no filter."""
        return filter.number > 0 or self._add(filter)

    def search_index(self, event: Event) -> tuple[list[SubscriberFilter], list[SubscriberFilter]]:
        """Return the indexed filters that match an event, and those that are undecided."""
        self._tidy()
        matches = self._index.match(event.message)
        matched, undecided = (
            [filter for filter in map(self._known.get, texts) if filter is not None]
            for texts in (matches.matched, matches.undecided)
        )
        self._keep_result(event, matched, undecided)
        return matched, undecided

    def _keep_result(
        self, event: Event, matched: list[SubscriberFilter], undecided: list[SubscriberFilter]
    ) -> None:
        """Keep what the index says of an event, as long as there is room."""
        found = _IndexResult(
            {filter.number for filter in matched},
            {filter.number for filter in undecided},
            self._last,
        )
        earlier = self._results.pop(event.timetoken, None)
        self._results[event.timetoken] = found
        self._named += found.size - (earlier.size if earlier is not None else 0)
        while len(self._results) > MAX_KEPT_EVENTS or self._named > MAX_KEPT_FILTERS:
            _, oldest = self._results.popitem(last=False)
            self._named -= oldest.size

    def _search_index_for(
        self, event: Event, asked: dict[SubscriberFilter, bool]
    ) -> tuple[list[SubscriberFilter], dict[SubscriberFilter, bool | Reason]]:
        """Return the filters to ask one by one, for their reason or without one, and the others."""
        alone = [filter for filter in asked if not self.is_indexed(filter)]
        matched, undecided = self.search_index(event)
        found: dict[SubscriberFilter, bool | Reason] = {**asked}
        for filter in matched:
            if filter in asked:
                found[filter] = True
        alone += [filter for filter in undecided if filter in asked]
        return alone, found

    def _add(self, filter: SubscriberFilter) -> bool:
        """Put a filter into the index; false for one without a filter."""
        if filter.compiled is None:
            return False
        self._last += 1
        filter.number = self._last
        if filter.text not in self._index:
            self._index.add(filter.text, filter.compiled)
        finalize(filter, self._gone.append, filter.text).atexit = False
        return True

    def _tidy(self) -> None:
        """Remove filters without subscribers from the index."""
        while self._gone:
            text = self._gone.pop()
            # Another of the same text may have come since.
            if text in self._index and not self._is_used(text):
                self._index.remove(text)

    def _is_used(self, text: str) -> bool:
        filter = self._known.get(text)
        return filter is not None and filter.number > 0

    def _count_undecided(self, key: str, text: str, reason: Reason) -> None:
        """Count a filter that was undecided, if its keyset has room for one more."""
        if (text, reason) not in self.undecided and self._room is not None:
            try:
                self._room.check(key, len(text))
            except LimitReached:
                return
            self._room.add(key, len(text))
        self.undecided[text, reason] += 1
