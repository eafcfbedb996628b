"""Where branches are kept by an order: windows (a bound on either side of a number), and single bounds.

**Windows** lie on a grid. A window is cut into cells of a width that fits it: a power of four, a
sixteenth to a quarter of its own. The cells that lie in it entirely need no test any more; only the two
at its ends do. A number is looked up in one cell for each width in use. So the cost is that
of what is found, for windows of any size and wherever they lie, and adding one touches seventeen cells at most.

**Bounds** are sorted, in chunks, so that adding one moves few others. ``path > 5`` is true of a
number where its bound is smaller: a bisection, and all that lie before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import frexp
from typing import Any, Final

from pnfilter.index.plans import Item, Keys, Plan, undecided
from pnfilter.index.search import Odd, Search
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
#: Bounds of a chunk; it is halved when it has twice as many.
CHUNK: Final = 512


def _number_in(value: Any) -> Any:
    """What a value that is no number is for an ordering: one, None (it never fits), or ``...`` (it may)."""
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
    """What windows and bounds have in common: the way of odd values."""

    __slots__ = ("place", "plan")

    def __init__(self, place: int, plan: Plan) -> None:
        self.place, self.plan = place, plan

    def items(self) -> Iterator[Item]:
        """Every item, some perhaps twice."""
        raise NotImplementedError

    def near(self, number: int | float) -> list[Item]:
        """The items that a number may fit."""
        raise NotImplementedError

    def _match_odd(self, search: Search, pending: list[Item]) -> int:
        """``match`` for a value that is no plain number."""
        value = search.values[self.place]
        # Every ordering of what can't be seen, or of a text that is no number, is undecided.
        if value.__class__ is Odd and not is_array(value.value):
            with undecided(search) as keys:
                return self._run_all(search, keys)
        self.possible(search, pending)
        return 0

    def _run_all(self, search: Search, keys: Keys) -> int:
        return self.plan.run(list(self.items()), search, keys)

    def possible(self, search: Search, pending: list[Item]) -> None:
        """See ``Structure``."""
        value = search.values[self.place]
        if value.__class__ is Odd:
            value = _number_in(value.value)
            if value is ...:
                pending += self.items()
                return
        if value.__class__ is int or value.__class__ is float:
            pending += self.near(value)


def fits_grid(low: int | float, high: int | float) -> bool:
    """Whether the grid takes a window."""
    if not (-FARTHEST < low < high < FARTHEST):
        return False
    return max(abs(low), abs(high)) < (high - low) * _SPREAD


class _Cell:
    """The windows that begin or end in a cell, and those that go on there.

    Of the latter the keys are kept too: what is found by its place alone costs no look at its item.
    """

    __slots__ = ("begin", "end", "inside", "keys")

    def __init__(self) -> None:
        self.begin: list[Item] | tuple[()] = ()
        self.end: list[Item] | tuple[()] = ()
        self.inside: list[Item] | tuple[()] = ()
        self.keys: list[Any] | tuple[()] = ()


class Windows(Ordered):
    """``path >= low && path < high``, or with other bounds; all of one plan, which ``edge`` is without them."""

    __slots__ = ("_keys", "_levels", "_size", "edge")

    def __init__(self, place: int, plan: Plan, edge: Plan) -> None:
        super().__init__(place, plan)
        self.edge = edge
        self._size = 0
        #: Of windows that need no other test: how many have a key.
        self._keys: dict[Any, int] = {}
        #: By the width of its cells: the cells, by number.
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
                # The first of most cells stays the only one: made to size.
                setattr(cell, name, [what])
        self._size += 1
        if self.plan.is_sure:
            self._keys[item[0]] = self._keys.get(item[0], 0) + 1

    def remove(self, low: int | float, high: int | float, item: Item) -> bool:
        """Forget an item; whether it was here."""
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
        """In which cells a window is kept, and as what; there are five at least."""
        yield first, "begin", item
        yield last, "end", item
        for step in range(1, int(last - first)):
            if self.plan.is_sure:
                yield first + step, "keys", item[0]
            yield first + step, "inside", item

    def items(self) -> Iterator[Item]:
        """Every item."""
        for cells in self._levels.values():
            for cell in cells.values():
                yield from cell.begin

    def _run_all(self, search: Search, keys: Keys) -> int:
        if not self.plan.is_sure:
            return super()._run_all(search, keys)
        keys += self._keys
        return 0

    def near(self, number: int | float) -> list[Item]:
        """The items of its cells."""
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
            return self._match_odd(search, pending)
        if not -FARTHEST < value < FARTHEST:
            return 0
        plan = self.plan
        inside: list[Item] = []
        ends: list[Item] = []
        # Here each branch is once, so that one list has each key once if no filter has two of them.
        own = plan.several and plan.shape.is_single
        found: Keys = [] if own else search.shared if plan.several else keys
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
    """The width of a window's cells: a power of four, so that few widths are in use."""
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
        """Forget an item; whether it was here."""
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
        """Every item."""
        for items in self._items:
            yield from items

    def near(self, number: int | float) -> list[Item]:
        """The items that it fits."""
        return [item for chunk in self._fitting(number) for item in chunk]

    def _fitting(self, value: int | float) -> list[list[Item]]:
        """The items that a number fits, in chunks."""
        # Equal bounds fit where the ordering says so.
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
            return self._match_odd(search, pending)
        tested = 0
        for found in self._fitting(value):
            tested += self.plan.run(found, search, keys)
        return tested
