"""Match one message against many filters, and return the keys of those that match."""

from __future__ import annotations

import gc
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from pnfilter.diagnostics import FilterSyntaxError
from pnfilter.filters import Filter, assumptions_of, compile
from pnfilter.index.dnf import Conjunction, PredicateKey, to_dnf
from pnfilter.index.node import Node
from pnfilter.index.plans import Plan, Shape
from pnfilter.index.search import Search, Views
from pnfilter.message import UNFILTERED, AnyMessage, outcome_of_event, parts_of
from pnfilter.semantics import UNREADABLE, Bailout, Reason
from pnfilter.syntax.parser import parse
from pnfilter.wording import counted

if TYPE_CHECKING:
    from pnfilter.semantics.assumptions import Assumed, Assumptions

K = TypeVar("K", bound=Hashable)

#: The form of a pickled set: another number once branches of filters are made in another way.
FORMAT: Final = 1
#: Filters removed, beyond twice those left, before unused code is dropped.
_REMOVED: Final = 64


class Matches(NamedTuple, Generic[K]):
    """The result for a message: two lists of keys, each key once, in no order."""

    matched: list[K]
    undecided: list[K]


@dataclass(frozen=True, slots=True)
class IndexStats:
    """How a set indexes its filters, and what messages have cost so far.

    A filter has a branch for each of its alternatives. Branches in ``scanned`` are tested for every
    message, the others only for messages that have what ``indexed`` names. ``tested`` counts all
    such tests, and ``evaluated`` the full evaluations for values of an unusual type.
    """

    filters: int
    branches: int
    shapes: int
    indexed: Mapping[str, int]
    scanned: int
    messages: int
    matched: int
    undecided: int
    tested: int
    evaluated: int

    @property
    def candidates_per_match(self) -> float:
        """Branches tested or evaluated for each key found, matched or undecided."""
        return (self.tested + self.evaluated) / max(1, self.matched + self.undecided)

    def __str__(self) -> str:
        kinds = [f"{count:,} by {name}" for name, count in self.indexed.items()]
        lines = [
            f"{counted(self.filters, 'filter')}, {counted(self.branches, 'branch', 'branches')}, "
            f"{counted(self.shapes, 'shape')}",
            f"indexed: {', '.join(kinds) or 'none'}; tested for every message: {self.scanned:,}",
        ]
        if self.messages:
            found = self.matched + self.undecided
            lines.append(
                f"{counted(self.messages, 'message')}: {found / self.messages:.1f} keys found, "
                f"{self.tested / self.messages:.1f} branches tested and "
                f"{self.evaluated / self.messages:.1f} evaluated for each; "
                f"{self.candidates_per_match:.2f} for each key"
            )
        return "\n".join(lines)


class FilterSet(Generic[K]):
    """Filters by key, indexed so that each message tests few of them.

    ``match`` returns what a loop over ``Filter.outcome`` would, as two lists of keys: those whose
    filter matches, and those whose filter is undecided. Keys are hashable. Not safe to read while
    another thread changes it.
    """

    def __init__(
        self, filters: Mapping[K, str | Filter] | None = None, assume: Assumed = None
    ) -> None:
        """Raise ``FilterSyntaxError`` for an invalid filter; a note of it names the key.

        ``assume`` is that of ``compile``, for all filters; those of a given ``Filter`` don't count.
        """
        self._texts: dict[K, str] = {}
        self._assumed = assumptions_of(assume)
        #: Filters that were undecided without assumptions, as far as these are kept.
        self._settling: dict[K, Filter] = {}
        self._messages = self._matched = self._undecided = self._tested = self._evaluated = 0
        self._removed = 0
        self._clear()
        for key, filter in (filters or {}).items():
            try:
                self.add(key, filter)
            except FilterSyntaxError as error:
                error.add_note(f"the filter of {key!r}")
                raise

    def _clear(self) -> None:
        self._views = Views()
        self._root = Node()
        self._shapes: dict[tuple[Any, ...], Shape] = {}

    def add(self, key: K, filter: str | Filter) -> None:
        """Add a filter, replacing the key's present one.

        An invalid filter raises ``FilterSyntaxError`` and changes nothing.
        """
        text = filter.text if isinstance(filter, Filter) else filter
        branches = self._branches(text)
        if key in self._texts:
            self.remove(key)
        self._texts[key] = text
        self._insert(key, branches)

    def _branches(self, text: str) -> list[Conjunction]:
        return to_dnf(parse(text))

    def _insert(self, key: K, branches: list[Conjunction]) -> None:
        for shape, constants in self._shapes_of(branches):
            self._root.add(shape, 0, (key, None, *constants))
            shape.branches += 1

    def _shapes_of(self, branches: list[Conjunction]) -> Iterator[tuple[Shape, tuple[Any, ...]]]:
        has_alternatives = len(branches) > 1
        is_unique = not has_alternatives or len({branch.forms for branch in branches}) == len(
            branches
        )
        for forms, constants in branches:
            shape = self._shapes.get((has_alternatives, is_unique, forms))
            if shape is None:
                shape = Shape(
                    forms, self._views, has_alternatives=has_alternatives, is_unique=is_unique
                )
                self._shapes[has_alternatives, is_unique, forms] = shape
            yield shape, constants

    def remove(self, key: K) -> None:
        """Remove the filter of a key; raise ``KeyError`` if there is none."""
        text = self._texts.pop(key)
        self._settling.pop(key, None)
        branches = self._branches(text)
        for shape, constants in self._shapes_of(branches):
            self._root.remove(shape, 0, (key, None, *constants))
            shape.branches -= 1
        self._removed += 1
        if self._removed > _REMOVED + 2 * len(self._texts):
            self._removed = 0
            self._tidy()

    def _tidy(self) -> None:
        """Drop the code and the fields of removed filters, if there are many."""
        if sum(map(len, self._shapes.values())) > _REMOVED + 2 * len(self._texts):
            self._clear()
            for key, text in self._texts.items():
                self._insert(key, self._branches(text))

    def match(self, message: AnyMessage) -> Matches[K]:
        """Return the keys of the filters that match a message, and of those that are undecided.

        A message has any form that ``Filter.evaluate`` takes.
        """
        self._messages += 1
        if type(message) is dict:
            data, meta = message.get("data", UNREADABLE), message.get("meta")
        else:
            data, meta, kind = parts_of(message)
            if kind in UNFILTERED and (outcome := outcome_of_event(self._assumed)) is not None:
                if outcome is True:
                    self._matched += len(self._texts)
                    return Matches(list(self._texts), [])
                self._undecided += len(self._texts)
                return Matches([], list(self._texts))
        search = self._views.read(data, meta)
        keys: list[K] = []
        pending: list[Any] = []
        self._tested += self._root.match(search, keys, pending)
        open: list[K] = search.undecided
        if pending or open or search.doubtful:
            keys, open = self._settle(pending, search, keys)
        elif len(search.distinct) == 1 and not search.shared:
            keys += search.distinct[0]
        elif search.shared or search.distinct:
            # Each branch of a filter that holds finds the filter again.
            keys += {*search.shared}.union(*search.distinct)
        self._matched += len(keys)
        return Matches(keys, open)

    def _settle(self, pending: list[Any], search: Search, keys: list[K]) -> tuple[list[K], list[K]]:
        """Evaluate what plain values could not decide; return all matches and all undecided."""
        data, meta = search.data, search.meta
        found: dict[K, None] = dict.fromkeys(keys)
        for shared in (search.shared, *search.distinct):
            found.update(dict.fromkeys(shared))
        undecided: dict[K, None] = dict.fromkeys(search.undecided)
        left = self._doubtful(search, undecided)
        pending = _each_once(pending)
        self._evaluated += len(pending) + len(left)
        for item in pending:
            try:
                if item[1].holds(item, search):
                    left.append(item)
            except Bailout:
                left.append(item)
        for item in left:
            outcome = item[1].shape.outcome(item, data, meta)
            if outcome:
                found[item[0]] = None
            elif outcome is None:
                undecided[item[0]] = None
        if found.keys().isdisjoint(undecided):
            open = list(undecided)
        else:
            open = [key for key in undecided if key not in found]
        if self._assumed is not None:
            open = [key for key in open if self._is_open(key, data, meta, found)]
        self._undecided += len(open)
        return list(found), open

    def _is_open(self, key: K, data: Any, meta: Any, found: dict[K, None]) -> bool:
        """Return whether a filter is undecided under assumptions too; add a match to ``found``."""
        filter = self._settling.get(key)
        if filter is None:
            filter = self._settling[key] = Filter(self._texts[key], self._assumed)
        outcome = filter.outcome({"data": data, "meta": meta})
        if outcome is True:
            found[key] = None
        return isinstance(outcome, Reason)

    def _doubtful(self, search: Search, undecided: dict[K, None]) -> list[Any]:
        """Return doubtful branches to evaluate in full; keep the undecided of the others."""
        opened: dict[Plan, Plan | None] = {}
        left = []
        for plan, item in search.doubtful:
            if plan not in opened:
                opened[plan] = plan.opened(search)
            rest = opened[plan]
            try:
                if rest is None:
                    left.append(item)
                elif rest.holds(item, search):
                    undecided[item[0]] = None
            except Bailout:
                left.append(item)
        return _each_once(left)

    def stats(self) -> IndexStats:
        """Return how filters are indexed and what messages have cost. Walks the whole index."""
        kinds = self._root.kinds()
        scanned = kinds.pop("scan", 0)
        return IndexStats(
            filters=len(self._texts),
            branches=len(self._root),
            # Code outlives the last filter of its shape for a while.
            shapes=sum(shape.branches > 0 for shape in self._shapes.values()),
            indexed=dict(kinds.most_common()),
            scanned=scanned,
            messages=self._messages,
            matched=self._matched,
            undecided=self._undecided,
            tested=self._tested,
            evaluated=self._evaluated,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy or pickle filters and assumptions; a copy counts its own messages.

        Their branches go with the texts, so that loading reads no text.
        """
        numbers: dict[tuple[PredicateKey, ...], int] = {}
        branches = [
            tuple(
                (numbers.setdefault(forms, len(numbers)), constants)
                for forms, constants in self._branches(text)
            )
            for text in self._texts.values()
        ]
        return self._loaded, (
            FORMAT,
            self._texts.copy(),
            self._assumed,
            list(numbers),
            branches,
        )

    @classmethod
    def _loaded(
        cls,
        format: int,
        texts: dict[K, str],
        assumed: Assumptions | None,
        forms: list[tuple[PredicateKey, ...]],
        branches: list[tuple[tuple[int, tuple[Any, ...]], ...]],
    ) -> FilterSet[K]:
        """Return the set that was pickled; from another version, whose branches may be others."""
        if format != FORMAT:
            return cls(texts, assumed)
        filters = cls(assume=assumed)
        collects = gc.isenabled()
        # The collector would look at all that is there, again and again: a quarter of the time.
        gc.disable()
        try:
            for (key, text), each in zip(texts.items(), branches, strict=True):
                filters._texts[key] = text
                filters._insert(
                    key, [Conjunction(forms[number], constants) for number, constants in each]
                )
        finally:
            if collects:
                gc.enable()
        return filters

    def __getitem__(self, key: K) -> Filter:
        return compile(self._texts[key], self._assumed)

    def __iter__(self) -> Iterator[K]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def __repr__(self) -> str:
        return f"<pnfilter.FilterSet of {counted(len(self._texts), 'filter')}>"


def _each_once(items: list[Any]) -> list[Any]:
    """Drop repeated items: elements of sets keep some items many times."""
    return list({id(item): item for item in items}.values())
