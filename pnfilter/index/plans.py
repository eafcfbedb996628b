"""Plans: how a branch is tested once the index has found it, in code shared by all of its form.

The index decides some predicates of a branch by where it keeps it; the others are left. For each
set of those left there is one ``Plan``, with a function that tests one branch, and one that tests
many in a row. Their source is made of names and numbers of places only: no text of a user reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from pnfilter.index.dnf import Form
from pnfilter.index.search import NO_METADATA, Odd, Search, View, Views
from pnfilter.interpreter import read
from pnfilter.semantics import Bailout, Reason, Unreadable, compare, is_array, like, negation
from pnfilter.syntax.nodes import Path

#: A branch as the index keeps it: its key, its plan, and its constants from ``FIRST`` on.
Item = tuple[Any, ...]
FIRST: Final = 2
Keys = list[Any]
Test = Callable[[Item, Search], bool]
TestMany = Callable[[Iterable[Item], Search], Keys]

#: Of a predicate's name: the view that it needs, and its test, ``v`` being the value and ``c`` the constant.
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
    "LIKE": ("fold", "{v}.startswith({c}[0]) and {v}.endswith({c}[-1]) and like({v}, {c})"),
    "in texts": ("text", "{v} in {c}"),
    "in numbers": ("number", "{v} in {c}"),
    "CONTAINS": ("holder", "{c} in {v}"),
}


@contextmanager
def undecided(search: Search) -> Iterator[Keys]:
    """Where the keys go of branches that hold but for a predicate that is undecided."""
    shared, distinct = search.shared, search.distinct
    search.shared, search.distinct = search.undecided, []
    yield search.undecided
    for keys in search.distinct:
        search.undecided += keys
    search.shared, search.distinct = shared, distinct


class Predicate:
    """One conjunct of a form: its name, the place of its value (0 for any condition), and its constant's."""

    __slots__ = ("_path", "constant", "name", "negated", "place")

    def __init__(self, form: Form, views: Views) -> None:
        self.name, field, number, self.negated = form
        self._path = Path(*field) if field else None
        self.constant = FIRST + number
        self.place = views.place(self._path, _TESTS[self.name][0]) if self._path else 0

    def outcome(self, item: Item, data: Any, meta: Any) -> bool | Reason:
        """What the interpreter has of it: asked where a comparison of plain values can't tell."""
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
        """Whether it is undecided, whatever its constant."""
        value = search.values[self.place]
        if value is NO_METADATA:
            return self.name.startswith("!=")
        if value.__class__ is not Odd:
            return False
        if isinstance(value.value, Unreadable):
            return True
        # What is in no order as a number is a text, if it is no array.
        return self.name in _ORDERINGS and not is_array(value.value)


def _pattern(name: str, constant: Any) -> str:
    """A pattern of which the parts were kept. They are folded, which makes no difference to LIKE."""
    parts = constant if name == "LIKE" else (constant, "") if name == "LIKE prefix" else (constant,)
    return "*".join(part.replace("\\", "\\\\").replace("*", "\\*") for part in parts)


#: Predicates that are looked up by a hash.
TABLED: Final = frozenset(
    {"== text", "== number", "in texts", "in numbers", "LIKE text", "LIKE prefix", "CONTAINS"}
)
_LOWS: Final = frozenset({">", ">="})
_HIGHS: Final = frozenset({"<", "<="})
_ORDERINGS: Final = _LOWS | _HIGHS


class Access(NamedTuple):
    """By which predicates a node can keep a branch: their bits, names, places, constants."""

    kind: str
    bits: int
    name: str
    place: int
    #: Where the constants are in an item: one, or those of both bounds.
    low: int
    high: int


def accesses_of(predicates: Sequence[Predicate]) -> tuple[Access, ...]:
    """All ways to keep branches with these predicates, tables first."""
    found = []
    lows: dict[int, tuple[int, int]] = {}
    highs: dict[int, tuple[int, int]] = {}
    for number, predicate in enumerate(predicates):
        name, place, constant = predicate.name, predicate.place, predicate.constant
        if predicate.negated:
            continue
        if name in TABLED:
            found.append(Access("table", 1 << number, name, place, constant, 0))
        elif name in _LOWS or name in _HIGHS:
            found.append(Access("bound", 1 << number, name, place, constant, 0))
            (lows if name in _LOWS else highs).setdefault(place, (number, constant))
    for place, (number, low) in lows.items():
        if place in highs:
            other, high = highs[place]
            found.append(Access("window", 1 << number | 1 << other, "", place, low, high))
    order = ("table", "window", "bound")
    return tuple(sorted(found, key=lambda access: order.index(access.kind)))


class Shape:
    """All branches of one form. ``several`` says that their filters have other branches too.

    ``is_single`` says that no filter has two branches of this form.
    """

    __slots__ = ("_plans", "accesses", "branches", "is_single", "predicates", "several")

    def __init__(
        self, forms: tuple[Form, ...], views: Views, *, several: bool, is_single: bool
    ) -> None:
        self.several = several
        self.is_single = is_single
        #: How many there are.
        self.branches = 0
        self.predicates = tuple(Predicate(form, views) for form in forms)
        self.accesses = accesses_of(self.predicates)
        self._plans: dict[int, Plan] = {}

    def outcome(self, item: Item, data: Any, meta: Any) -> bool | None:
        """Whether a branch holds; None where the interpreter has a reason instead."""
        outcome: bool | None = True
        for predicate in self.predicates:
            found = predicate.outcome(item, data, meta)
            if found is False:
                return False
            if found is not True:
                outcome = None
        return outcome

    def plan(self, decided: int) -> Plan:
        """The plan where the predicates are decided whose bits are set."""
        found = self._plans.get(decided)
        if found is None:
            found = self._plans[decided] = Plan(self, decided)
        return found

    def __len__(self) -> int:
        return len(self._plans)


class Plan:
    """How to test the branches of a shape of which the index has decided some predicates.

    ``test`` says whether one is true of a message; a branch beside others adds its key to
    ``shared``, and says no. Both raise ``Bailout`` where plain values can't tell.
    """

    __slots__ = (
        "_many",
        "_names",
        "_source",
        "decided",
        "holds",
        "is_sure",
        "several",
        "shape",
        "test",
    )

    holds: Test
    test: Test

    def __init__(self, shape: Shape, decided: int) -> None:
        self.shape = shape
        self.decided = decided
        self.several = shape.several
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
        if self.several:
            found = f"if {self._source}: s.shared.append(i[0])"
            lines += f"def test(i, s):\n{first} {found}\n return False\n"
        made: dict[str, Any] = {"like": like}
        exec(lines, made)  # noqa: S102
        self.holds = made["holds"]
        self.test = made["test"] if self.several else self.holds

    def _test_of(self, predicate: Predicate) -> str:
        if not predicate.name:
            return f"i[{predicate.constant}].decide(s.data, s.meta)"
        source = _TESTS[predicate.name][1]
        source = source.format(v=f"v[{predicate.place}]", c=f"i[{predicate.constant}]")
        return f"not ({source})" if predicate.negated else f"({source})"

    @property
    def many(self) -> TestMany:
        """The keys of those that are true of a message."""
        if self._many is None:
            self._many = self._made_many()
        return self._many

    def _made_many(self) -> TestMany:
        # A comprehension is a function of its own: what it reads of the message comes first.
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
        """Test many: their keys to ``keys``, what plain values can't tell to those in doubt. How many.

        ``own``: these keys are not found elsewhere in the list, so that it may be kept as one.
        """
        if self.several and not own:
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
        """The plan for what is left if predicates that are undecided whatever their constant are left out.

        A branch of which that holds is undecided. None where there are no such predicates.
        """
        bits = 0
        for number, predicate in enumerate(self.shape.predicates):
            if not self.decided >> number & 1 and predicate.name and predicate.is_open(search):
                bits |= 1 << number
        return self.shape.plan(self.decided | bits) if bits else None
