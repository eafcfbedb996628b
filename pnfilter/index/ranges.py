"""Branches kept by order: windows (a bound on either side of a number), and bounds.

**Windows** lie on a grid. A window is cut into cells of a width that fits it: a power of four, a
sixteenth to a quarter of its own. Cells entirely inside need no further test; only the two at its
ends do. A number is looked up in one cell for each width in use. So a look-up costs as much as what
it finds, for windows of any size and position. Adding a window touches at most seventeen cells.

**Bounds** are sorted, in chunks, so that adding one moves few others. ``path > 5`` is true of a
number larger than its bound: a bisection finds it, and all before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import frexp
from typing import Any, Final

from pnfilter.index.plans import Item, Keys, Plan, undecided
from pnfilter.index.search import Opaque, Search
from pnfilter.semantics import (
    MISSING,
    Unreadable,
    as_operand,
    is_array,
    is_number,
    leaves,
    read_number,
)

#: The grid takes windows whose bounds are nearer to zero than this,
FARTHEST: Final = 2.0**50
#: and not farther from it than so many times their width: so doubles count their cells exactly.
_SPREAD: Final = 2.0**45
#: Bounds of a chunk; it is split when it has twice as many.
CHUNK: Final = 512


def _number_in(value: Any) -> Any:
    """Return the number of another value for an ordering.

    A number, None if it never fits, or ``...`` if it may.
    """
    if not is_array(value):
        return ...
    elements = [as_operand(leaf) for leaf in leaves(value)]
    present = [each for each in elements if each is not MISSING]
    # Each bound may be met by another element.
    if len(present) > 1:
        return ...
    element = present[0] if present else None
    if isinstance(element, str):
        number = read_number(element)
        return ... if number is None else number
    return ... if isinstance(element, Unreadable) else element if is_number(element) else None


class Ordered:
    """Base of windows and bounds: how they match opaque values."""

    __slots__ = ("place", "plan")

    def __init__(self, place: int, plan: Plan) -> None:
        self.place, self.plan = place, plan

    def items(self) -> Iterator[Item]:
        """Yield every item, some perhaps twice."""
        raise NotImplementedError

    def near(self, number: int | float) -> list[Item]:
        """Return the items that a number may fit."""
        raise NotImplementedError

    def _match_opaque(self, search: Search, pending: list[Item]) -> int:
        """Match a value that is not a plain number."""
        value = search.values[self.place]
        # Orderings of an unreadable value, or of a string that isn't a number, are undecided.
        if value.__class__ is Opaque and not is_array(value.value):
            with undecided(search) as keys:
                return self._run_all(search, keys)
        self.possible(search, pending)
        return 0

    def _run_all(self, search: Search, keys: Keys) -> int:
        return self.plan.run(list(self.items()), search, keys)

    def possible(self, search: Search, pending: list[Item]) -> None:
        """See ``Structure``."""
        value = search.values[self.place]
        if value.__class__ is Opaque:
            value = _number_in(value.value)
            if value is ...:
                pending += self.items()
                return
        if value.__class__ is int or value.__class__ is float:
            pending += self.near(value)


def fits_grid(low: int | float, high: int | float) -> bool:
    """Return whether the grid takes a window."""
    if not (-FARTHEST < low < high < FARTHEST):
        return False
    return max(abs(low), abs(high)) < (high - low) * _SPREAD


class _Cell:
    """The windows that begin or end in a cell, and those that cover it.

    For the latter it keeps the keys too, so that a match by place alone reads no item.
    """

    __slots__ = ("begin", "end", "inside", "keys")

    def __init__(self) -> None:
        self.begin: list[Item] | tuple[()] = ()
        self.end: list[Item] | tuple[()] = ()
        self.inside: list[Item] | tuple[()] = ()
        self.keys: list[Any] | tuple[()] = ()


class Windows(Ordered):
    """``path >= low && path < high``, or with other bounds; all of one plan.

    ``edge`` is the plan without them.
    """

    __slots__ = ("_keys", "_levels", "_size", "edge")

    def __init__(self, place: int, plan: Plan, edge: Plan) -> None:
        super().__init__(place, plan)
        self.edge = edge
        self._size = 0
        #: Of windows without another test: how many have a key.
        self._keys: dict[Any, int] = {}
        #: By cell width: the cells, by number.
        self._levels: dict[float, dict[float, _Cell]] = {}

    def __len__(self) -> int:
        return self._size

    def add(self, low: int | float, high: int | float, item: Item) -> None:
        """Keep an item under its window."""
        width = _width(low, high)
        cells = self._levels.setdefault(width, {})
        for number, name, what in self._entries(low // width, high // width, item):
            cell = cells.get(number)
            if cell is None:
                cell = cells[number] = _Cell()
            entries = getattr(cell, name)
            if entries:
                entries.append(what)
            else:
                # Most cells keep a single item: a list of exact size saves memory.
                setattr(cell, name, [what])
        self._size += 1
        if self.plan.is_sure:
            self._keys[item[0]] = self._keys.get(item[0], 0) + 1

    def remove(self, low: int | float, high: int | float, item: Item) -> bool:
        """Remove an item; return whether it was here."""
        width = _width(low, high)
        cells = self._levels.get(width, {})
        first = cells.get(low // width)
        if first is None or item not in first.begin:
            return False
        for number, name, what in self._entries(low // width, high // width, item):
            cell = cells[number]
            getattr(cell, name).remove(what)
            if not (cell.begin or cell.end or cell.inside):
                del cells[number]
        if not cells:
            del self._levels[width]
        self._size -= 1
        if self.plan.is_sure:
            self._keys[item[0]] -= 1
            if not self._keys[item[0]]:
                del self._keys[item[0]]
        return True

    def _entries(self, first: float, last: float, item: Item) -> Iterator[tuple[float, str, Any]]:
        """Return the cells of a window (at least five), and the kind of entry in each."""
        yield first, "begin", item
        yield last, "end", item
        for step in range(1, int(last - first)):
            if self.plan.is_sure:
                yield first + step, "keys", item[0]
            yield first + step, "inside", item

    def items(self) -> Iterator[Item]:
        """Yield every item."""
        for cells in self._levels.values():
            for cell in cells.values():
                yield from cell.begin

    def _run_all(self, search: Search, keys: Keys) -> int:
        if not self.plan.is_sure:
            return super()._run_all(search, keys)
        keys += self._keys
        return 0

    def near(self, number: int | float) -> list[Item]:
        """Return the items of the number's cells."""
        found: list[Item] = []
        if -FARTHEST < number < FARTHEST:
            for width, cells in self._levels.items():
                cell = cells.get(number // width)
                if cell is not None:
                    parts: tuple[Sequence[Item], ...] = (cell.begin, cell.end, cell.inside)
                    for items in parts:
                        found += items
        return found

    def match(self, search: Search, keys: Keys, pending: list[Item]) -> int:
        """See ``Structure``."""
        value = search.values[self.place]
        kind = value.__class__
        if kind is not float and kind is not int:
            return self._match_opaque(search, pending)
        if not -FARTHEST < value < FARTHEST:
            return 0
        plan = self.plan
        inside: list[Item] = []
        ends: list[Item] = []
        # Each branch is here once, so each key is too if no filter has two branches of the shape.
        own = plan.has_alternatives and plan.shape.is_unique
        found: Keys = [] if own else search.shared if plan.has_alternatives else keys
        is_sure = plan.is_sure
        for width, cells in self._levels.items():
            cell = cells.get(value // width)
            if cell is not None:
                ends += cell.begin
                ends += cell.end
                if is_sure:
                    found += cell.keys
                else:
                    inside += cell.inside
        tested = plan.run(inside, search, found, own=own) if inside else 0
        if ends:
            tested += self.edge.run(ends, search, found, own=own)
        if own and found:
            search.distinct.append(found)
        return tested


def _width(low: int | float, high: int | float) -> float:
    """Return the cell width of a window: a power of four, so that few widths are in use."""
    return 4.0 ** ((frexp(high - low)[1] - 3) // 2)


class Bounds(Ordered):
    """``path > bound``, or with another ordering; all of one plan."""

    __slots__ = ("_bounds", "_items", "_lasts", "_operator")

    def __init__(self, place: int, plan: Plan, operator: str) -> None:
        super().__init__(place, plan)
        self._operator = operator
        self._bounds: list[list[int | float]] = []
        self._items: list[list[Item]] = []
        #: The last bound of each chunk.
        self._lasts: list[int | float] = []

    def __len__(self) -> int:
        return sum(map(len, self._bounds))

    def add(self, bound: int | float, item: Item) -> None:
        """Keep an item under its bound."""
        if not self._lasts:
            self._bounds, self._items, self._lasts = [[bound]], [[item]], [bound]
            return
        number = min(bisect_left(self._lasts, bound), len(self._lasts) - 1)
        bounds, items = self._bounds[number], self._items[number]
        place = bisect_right(bounds, bound)
        bounds.insert(place, bound)
        items.insert(place, item)
        self._lasts[number] = bounds[-1]
        if len(bounds) >= 2 * CHUNK:
            for chunks in (self._bounds, self._items):
                chunk: list[Any] = chunks[number]
                chunks[number : number + 1] = [chunk[:CHUNK], chunk[CHUNK:]]
            self._lasts[number : number + 1] = [bounds[CHUNK - 1], bounds[-1]]

    def remove(self, bound: int | float, item: Item) -> bool:
        """Remove an item; return whether it was here."""
        number = bisect_left(self._lasts, bound)
        while number < len(self._lasts) and self._bounds[number][0] <= bound:
            bounds, items = self._bounds[number], self._items[number]
            for place in range(bisect_left(bounds, bound), bisect_right(bounds, bound)):
                if items[place] == item:
                    del bounds[place], items[place]
                    if bounds:
                        self._lasts[number] = bounds[-1]
                    else:
                        del self._bounds[number], self._items[number], self._lasts[number]
                    return True
            number += 1
        return False

    def items(self) -> Iterator[Item]:
        """Yield every item."""
        for items in self._items:
            yield from items

    def near(self, number: int | float) -> list[Item]:
        """Return the items that a number fits."""
        return [item for chunk in self._find_fitting(number) for item in chunk]

    def _find_fitting(self, value: int | float) -> list[list[Item]]:
        """Yield the items that a number fits, in chunks."""
        # The ordering says whether equal bounds fit.
        strict = self._operator in {">", "<="}
        bisect = bisect_left if strict else bisect_right
        number = bisect(self._lasts, value)
        above = self._operator in {">", ">="}
        found = self._items[:number] if above else self._items[number + 1 :]
        if number < len(self._lasts):
            place = bisect(self._bounds[number], value)
            chunk = self._items[number]
            part = chunk[:place] if above else chunk[place:]
            if part:
                found.append(part)
        return found

    def match(self, search: Search, keys: Keys, pending: list[Item]) -> int:
        """See ``Structure``."""
        value = search.values[self.place]
        if value.__class__ is not float and value.__class__ is not int:
            return self._match_opaque(search, pending)
        tested = 0
        for found in self._find_fitting(value):
            tested += self.plan.run(found, search, keys)
        return tested
