"""The tree of the index: each node keeps branches by their most selective predicate.

A predicate may hide a branch from a message only if it is certainly false of it: then the branch is
false, whatever its other predicates say. Hash look-ups come first (equality, membership, prefix),
and among those the one that fewest other branches share; then windows and bounds. Branches with
none of these are tested for every message, in one pass per shared code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pnfilter.index.plans import AccessPath, Item, Keys, Plan, Shape
from pnfilter.index.ranges import Bounds, Windows, fits_grid
from pnfilter.index.search import Search
from pnfilter.index.tables import (
    CROWD,
    Contained,
    FoldedTexts,
    Infixes,
    MemberNumbers,
    MemberTexts,
    Numbers,
    Prefixes,
    Structure,
    Suffixes,
    Table,
    Texts,
)

#: Elements of the largest set that gets one index entry per element.
MAX_ELEMENTS: Final = 64
#: Homes of structures from which on they are found by the fields that a message has.
MANY_HOMES: Final = 16
#: Depth of nested nodes.
MAX_DEPTH: Final = 8

_TABLES: Final[dict[str, type[Table]]] = {
    "== text": Texts,
    "== number": Numbers,
    "in texts": MemberTexts,
    "in numbers": MemberNumbers,
    "LIKE text": FoldedTexts,
    "LIKE prefix": Prefixes,
    "LIKE suffix": Suffixes,
    "LIKE substring": Infixes,
    "CONTAINS": Contained,
}
#: Items of one constant that weigh as much as the cost of finding it.
_COSTS: Final = {"CONTAINS": CROWD, "LIKE substring": CROWD, "LIKE prefix": 1, "LIKE suffix": 1}


class Node:
    """Branches, distinguished by their predicates."""

    __slots__ = ("_depth", "_homes", "_rows", "_size", "_structures")

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._size = 0
        self._structures: dict[Any, Any] = {}
        #: Structures, and plans of rows, by a place without whose value nothing in them holds; by 0
        #: what needs no value.
        self._homes: dict[int, list[Any]] = {}
        #: Items to test for every message that reaches this node.
        self._rows: dict[Plan, dict[Item, None]] = {}

    def _below(self, items: Iterable[Item]) -> Node:
        """Return a child node that holds the content of a slot."""
        node = Node(self._depth + 1)
        for item in items:
            node.add(item[1].shape, item[1].decided, item)
        return node

    def __len__(self) -> int:
        return self._size

    def add(self, shape: Shape, decided: int, item: Item) -> None:
        """Keep a branch; the path to this node decides some of its predicates."""
        self._size += 1
        access = self._best(shape, decided, item)
        if access is None:
            plan = shape.plan(decided)
            rows = self._rows.get(plan)
            if rows is None:
                rows = self._rows[plan] = {}
                self._homes.setdefault(shape.home, []).append(plan)
            rows[_with_plan(item, plan)] = None
            return
        plan = shape.plan(decided | access.bits)
        structure = self._structure(access, plan, shape.plan(decided))
        item = _with_plan(item, plan)
        if access.kind == "table":
            for constant in _constants(access, item):
                structure.add(constant, item, self._below)
        elif access.kind == "window":
            structure.add(item[access.low], item[access.high], item)
        else:
            structure.add(item[access.low], item)

    def remove(self, shape: Shape, decided: int, item: Item) -> bool:
        """Remove a branch and return whether it was here; search every place it can be in."""
        for access in shape.accesses:
            if decided & access.bits or not _is_open(access, item):
                continue
            plan = shape.plan(decided | access.bits)
            key = _key(access, plan)
            structure = self._structures.get(key)
            if structure is not None and _remove(structure, access, _with_plan(item, plan)):
                if not len(structure):
                    del self._structures[key]
                    self._leave(structure.place, structure)
                self._size -= 1
                return True
        plan = shape.plan(decided)
        rows = self._rows.get(plan, {})
        item = _with_plan(item, plan)
        if item not in rows:
            return False
        del rows[item]
        if not rows:
            del self._rows[plan]
            self._leave(shape.home, plan)
        self._size -= 1
        return True

    def _leave(self, place: int, content: Any) -> None:
        """Drop a structure, or the plan of rows, from its home."""
        home = self._homes[place]
        home.remove(content)
        if not home:
            del self._homes[place]

    def _best(self, shape: Shape, decided: int, item: Item) -> AccessPath | None:
        """Return the most selective access."""
        if self._depth >= MAX_DEPTH:
            return None
        best, fewest = None, 0
        for access in shape.accesses:
            if decided & access.bits or not _is_open(access, item):
                continue
            if access.kind != "table":
                return best or access
            table = self._structures.get((_TABLES[access.name], access.place))
            cost = _COSTS.get(access.name, 0)
            if table is not None:
                cost += max(map(table.size, _constants(access, item)))
            if best is None or cost < fewest:
                best, fewest = access, cost
        return best

    def _structure(self, access: AccessPath, plan: Plan, edge: Plan) -> Any:
        key = _key(access, plan)
        found = self._structures.get(key)
        if found is None:
            made: Structure
            match access.kind:
                case "table":
                    made = _TABLES[access.name](access.place)
                case "window":
                    made = Windows(access.place, plan, edge)
                case _:
                    made = Bounds(access.place, plan, access.name)
            found = self._structures[key] = made
            self._homes.setdefault(made.place, []).append(made)
        return found

    def match(self, search: Search, keys: Keys, pending: list[Item]) -> int:
        """Return the keys of the branches that hold; see ``tables.Structure``."""
        tested = 0
        if len(self._homes) > MANY_HOMES + 2 * len(search.present):
            for content in self._met(search):
                if content.__class__ is Plan:
                    tested += content.run(self._rows[content], search, keys)
                else:
                    tested += content.match(search, keys, pending)
            return tested
        for structure in self._structures.values():
            tested += structure.match(search, keys, pending)
        for plan, rows in self._rows.items():
            tested += plan.run(rows, search, keys)
        return tested

    def _met(self, search: Search) -> Iterator[Any]:
        """Yield the structures and plans whose homes have a value, and those that need none."""
        homes = self._homes
        yield from homes.get(0, ())
        for field in search.present:
            for place in field[1:-1]:
                if place and place in homes:
                    yield from homes[place]

    def possible(self, search: Search, pending: list[Item]) -> None:
        """Return all branches that may be anything but false."""
        for structure in self._structures.values():
            structure.possible(search, pending)
        for rows in self._rows.values():
            pending += rows

    def items(self) -> Iterator[Item]:
        """Yield every branch, some perhaps several times."""
        for structure in self._structures.values():
            yield from structure.items()
        for rows in self._rows.values():
            yield from rows

    def kinds(self) -> Counter[str]:
        """Count branches by the kind of predicate that keeps them."""
        counts: Counter[str] = Counter()
        for structure in self._structures.values():
            if isinstance(structure, Table):
                name = _NAMES[type(structure)]
                counts[name] += sum(map(structure.size, structure.slots))
            else:
                counts["window" if isinstance(structure, Windows) else "bound"] += len(structure)
        counts["scan"] = sum(map(len, self._rows.values()))
        return counts


_NAMES: Final[dict[type[Table], str]] = {
    Texts: "equality",
    Numbers: "equality",
    FoldedTexts: "equality",
    MemberTexts: "membership",
    MemberNumbers: "membership",
    Prefixes: "prefix",
    Suffixes: "suffix",
    Infixes: "substring",
    Contained: "contains",
}


def _key(access: AccessPath, plan: Plan) -> Any:
    if access.kind == "table":
        return _TABLES[access.name], access.place
    return access.kind, access.bits, plan


def _with_plan(item: Item, plan: Plan) -> Item:
    return item if item[1] is plan else (item[0], plan, *item[2:])


def _is_open(access: AccessPath, item: Item) -> bool:
    """Return whether a branch's own constants allow the access."""
    if access.kind == "window":
        return fits_grid(item[access.low], item[access.high])
    return not access.name.startswith("in ") or len(item[access.low]) <= MAX_ELEMENTS


def _constants(access: AccessPath, item: Item) -> tuple[Any, ...]:
    constant = item[access.low]
    return constant if access.name.startswith("in ") else (constant,)


def _remove(structure: Any, access: AccessPath, item: Item) -> bool:
    if access.kind == "window":
        return bool(structure.remove(item[access.low], item[access.high], item))
    if access.kind == "bound":
        return bool(structure.remove(item[access.low], item))
    removed = [structure.remove(constant, item) for constant in _constants(access, item)]
    return all(removed)
