"""Plans: code that tests the branches of one form after the index found them.

The index decides some predicates of a branch by where it keeps the branch. For each set of
remaining predicates there is one ``Plan``: a function that tests one branch, and one that tests
many. Their source holds only names and numbers of places: no text of a user reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from pnfilter.index.dnf import PredicateKey
from pnfilter.index.search import ABSENT, Opaque, Search, View, Views
from pnfilter.interpreter import read
from pnfilter.semantics import Bailout, Reason, Unreadable, compare, is_array, like, negation
from pnfilter.syntax.nodes import Path

#: A branch in the index: its key, its plan, and its constants from ``FIRST`` on.
Item = tuple[Any, ...]
FIRST: Final = 2
Keys = list[Any]
Test = Callable[[Item, Search], bool]
TestMany = Callable[[Iterable[Item], Search], Keys]

#: For each predicate's name: the view that it needs, and its test; ``v`` is the value, ``c`` the
#: constant.
_TESTS: Final[dict[str, tuple[View, str]]] = {
    "== text": ("text", "{v} == {c}"),
    "!= text": ("text", "{v} != {c}"),
    "== number": ("number", "{v} == {c}"),
    "!= number": ("number", "{v} != {c}"),
    "<": ("order", "{v} < {c}"),
    "<=": ("order", "{v} <= {c}"),
    ">": ("order", "{v} > {c}"),
    ">=": ("order", "{v} >= {c}"),
    "LIKE text": ("fold", "{v} == {c}"),
    "LIKE prefix": ("fold", "{v}.startswith({c})"),
    "LIKE suffix": ("fold", "{v}.endswith({c})"),
    "LIKE substring": ("fold", "{c} in {v}"),
    "LIKE": ("fold", "{v}.startswith({c}[0]) and {v}.endswith({c}[-1]) and like({v}, {c})"),
    "in texts": ("text", "{v} in {c}"),
    "in numbers": ("number", "{v} in {c}"),
    "CONTAINS": ("holder", "{c} in {v}"),
}


@contextmanager
def undecided(search: Search) -> Iterator[Keys]:
    """Collects keys of branches that hold except for an undecided predicate."""
    shared, distinct = search.shared, search.distinct
    search.shared, search.distinct = search.undecided, []
    yield search.undecided
    for keys in search.distinct:
        search.undecided += keys
    search.shared, search.distinct = shared, distinct


class KeyedPredicate:
    """One conjunct of a form: its name, and the places of its value and its constant.

    The value's place is 0 for a condition of any other kind.
    """

    __slots__ = ("_path", "constant", "name", "negated", "place")

    def __init__(self, form: PredicateKey, views: Views) -> None:
        self.name, field, number, self.negated = form
        self._path = Path(*field) if field else None
        self.constant = FIRST + number
        self.place = views.place(self._path, _TESTS[self.name][0]) if self._path else 0

    @property
    def needs_value(self) -> bool:
        """Return whether it is false where the field is missing."""
        return self.place > 0 and not self.negated and not self.name.startswith("!=")

    def outcome(self, item: Item, data: Any, meta: Any) -> bool | Reason:
        """Return the interpreter's outcome, if comparing plain values can't decide."""
        constant, name = item[self.constant], self.name
        if self._path is None:
            found: bool | Reason = constant.outcome(data, meta)
            return found
        value = read(self._path, data, meta)
        if name in {"in texts", "in numbers"}:
            found = compare("CONTAINS", list(constant), value)
        elif name.startswith("LIKE"):
            found = compare("LIKE", value, "", _pattern(name, constant))
        else:
            found = compare(name.split(maxsplit=1)[0], value, constant)
        return negation(found) if self.negated else found

    def is_open(self, search: Search) -> bool:
        """Return whether it is undecided, whatever its constant."""
        value = search.values[self.place]
        if value is ABSENT:
            return self.name.startswith("!=")
        if value.__class__ is not Opaque:
            return False
        if isinstance(value.value, Unreadable):
            return True
        # A value without a number for orderings is a string, unless it is an array.
        return self.name in _ORDERINGS and not is_array(value.value)


#: What is before and behind the constant of a pattern, where that is one string.
_BEFORE: Final = {"LIKE text": (), "LIKE prefix": (), "LIKE suffix": ("",), "LIKE substring": ("",)}
_AFTER: Final = {"LIKE text": (), "LIKE prefix": ("",), "LIKE suffix": (), "LIKE substring": ("",)}


def _pattern(name: str, constant: Any) -> str:
    """Return a pattern from its parts. They are folded, which LIKE ignores."""
    parts = constant if name == "LIKE" else (*_BEFORE[name], constant, *_AFTER[name])
    return "*".join(part.replace("\\", "\\\\").replace("*", "\\*") for part in parts)


#: Predicates that a hash look-up finds.
TABLED: Final = frozenset(
    {
        *("== text", "== number", "in texts", "in numbers", "CONTAINS"),
        *("LIKE text", "LIKE prefix", "LIKE suffix", "LIKE substring"),
    }
)
_LOWS: Final = frozenset({">", ">="})
_HIGHS: Final = frozenset({"<", "<="})
_ORDERINGS: Final = _LOWS | _HIGHS


class AccessPath(NamedTuple):
    """Predicates by which a node can keep a branch: bits, names, places, constants."""

    kind: str
    bits: int
    name: str
    place: int
    #: The constants' places in an item: one, or those of both bounds.
    low: int
    high: int


def access_paths_of(predicates: Sequence[KeyedPredicate]) -> tuple[AccessPath, ...]:
    """Return all ways to keep branches with these predicates, tables first."""
    found = []
    lows: dict[int, tuple[int, int]] = {}
    highs: dict[int, tuple[int, int]] = {}
    for number, predicate in enumerate(predicates):
        name, place, constant = predicate.name, predicate.place, predicate.constant
        if predicate.negated:
            continue
        if name in TABLED:
            found.append(AccessPath("table", 1 << number, name, place, constant, 0))
        elif name in _LOWS or name in _HIGHS:
            found.append(AccessPath("bound", 1 << number, name, place, constant, 0))
            (lows if name in _LOWS else highs).setdefault(place, (number, constant))
    for place, (number, low) in lows.items():
        if place in highs:
            other, high = highs[place]
            found.append(AccessPath("window", 1 << number | 1 << other, "", place, low, high))
    order = ("table", "window", "bound")
    return tuple(sorted(found, key=lambda access: order.index(access.kind)))


class Shape:
    """All branches of one form. ``has_alternatives``: their filters have other branches too.

    ``is_unique``: no filter has two branches of this form.
    """

    __slots__ = (
        "_plans",
        "accesses",
        "branches",
        "has_alternatives",
        "home",
        "is_unique",
        "predicates",
    )

    def __init__(
        self,
        forms: tuple[PredicateKey, ...],
        views: Views,
        *,
        has_alternatives: bool,
        is_unique: bool,
    ) -> None:
        self.has_alternatives = has_alternatives
        self.is_unique = is_unique
        #: Number of branches.
        self.branches = 0
        self.predicates = tuple(KeyedPredicate(form, views) for form in forms)
        self.accesses = access_paths_of(self.predicates)
        #: A place without whose value no branch holds, or is undecided; 0 if there is none.
        self.home = next((each.place for each in self.predicates if each.needs_value), 0)
        self._plans: dict[int, Plan] = {}

    def outcome(self, item: Item, data: Any, meta: Any) -> bool | None:
        """Return whether a branch holds; None if the interpreter has a reason instead."""
        outcome: bool | None = True
        for predicate in self.predicates:
            found = predicate.outcome(item, data, meta)
            if found is False:
                return False
            if found is not True:
                outcome = None
        return outcome

    def plan(self, decided: int) -> Plan:
        """Return the plan for branches whose predicates in ``decided`` are decided."""
        found = self._plans.get(decided)
        if found is None:
            found = self._plans[decided] = Plan(self, decided)
        return found

    def __len__(self) -> int:
        return len(self._plans)


class Plan:
    """Tests the branches of a shape, some of whose predicates the index has decided.

    ``test`` returns whether a branch is true of a message. For a filter with several branches it
    adds the key to ``shared`` and returns False. Both raise ``Bailout`` if plain values can't
    decide.
    """

    __slots__ = (
        "_many",
        "_names",
        "_source",
        "decided",
        "has_alternatives",
        "holds",
        "is_sure",
        "shape",
        "test",
    )

    holds: Test
    test: Test

    def __init__(self, shape: Shape, decided: int) -> None:
        self.shape = shape
        self.decided = decided
        self.has_alternatives = shape.has_alternatives
        left = [
            predicate
            for number, predicate in enumerate(shape.predicates)
            if not decided >> number & 1
        ]
        #: Whether nothing is left to test.
        self.is_sure = not left
        self._many: TestMany | None = None
        self._source = " and ".join(map(self._test_of, left)) or "True"
        first = " v = s.values\n" if "v[" in self._source else ""
        lines = f"def holds(i, s):\n{first} return {self._source}\n"
        if self.has_alternatives:
            found = f"if {self._source}: s.shared.append(i[0])"
            lines += f"def test(i, s):\n{first} {found}\n return False\n"
        made: dict[str, Any] = {"like": like}
        exec(lines, made)  # noqa: S102
        self.holds = made["holds"]
        self.test = made["test"] if self.has_alternatives else self.holds

    def _test_of(self, predicate: KeyedPredicate) -> str:
        if not predicate.name:
            return f"i[{predicate.constant}].decide(s.data, s.meta)"
        source = _TESTS[predicate.name][1]
        source = source.format(v=f"v[{predicate.place}]", c=f"i[{predicate.constant}]")
        return f"not ({source})" if predicate.negated else f"({source})"

    @property
    def many(self) -> TestMany:
        """Return the keys of the items that are true of a message."""
        if self._many is None:
            self._many = self._make_many()
        return self._many

    def _make_many(self) -> TestMany:
        # A comprehension is a function of its own: read the message's values before it.
        source, first = self._source, " v = s.values\n"
        for place in sorted({predicate.place for predicate in self.shape.predicates}):
            value = f"v[{place}]"
            if value in source:
                source = source.replace(value, f"v{place}")
                first += f" v{place} = {value}\n"
        made: dict[str, Any] = {"like": like}
        condition = "" if self.is_sure else f" if {source}"
        exec(  # noqa: S102
            f"def many(items, s):\n{first} return [i[0] for i in items{condition}]\n", made
        )
        many: TestMany = made["many"]
        return many

    def run(self, items: Collection[Item], search: Search, keys: Keys, *, own: bool = False) -> int:
        """Test many items: add keys to ``keys``, doubtful items to the search; return the count.

        ``own``: no other part of the result has these keys, so the list may be kept as it is.
        """
        if self.has_alternatives and not own:
            keys = search.shared
        try:
            keys += self.many(items, search)
        except Bailout:
            opened = self.opened(search)
            if opened is not None:
                with undecided(search) as found:
                    return opened.run(items, search, found)
            for item in items:
                try:
                    if self.holds(item, search):
                        keys.append(item[0])
                except Bailout:
                    search.doubtful.append((self, item))
        return 0 if self.is_sure else len(items)

    def opened(self, search: Search) -> Plan | None:
        """Return the plan without predicates that are undecided for any constant, or None.

        A branch for which that plan holds is undecided. None if there are no such predicates.
        """
        bits = 0
        for number, predicate in enumerate(self.shape.predicates):
            if not self.decided >> number & 1 and predicate.name and predicate.is_open(search):
                bits |= 1 << number
        return self.shape.plan(self.decided | bits) if bits else None
