"""Branches kept by the string or number that they compare a field with.

A table maps each constant to a *slot*: one item, a short list, or, with too many items for one
constant, a ``Node`` whose own tables separate them by their other predicates.

A message's value mostly has the compared type: then this predicate is true for the items in one
slot, and false for all others (``match``). If the value is unreadable, it is undecided for all. Any
other value selects the items for which the predicate may be anything but false. Those are evaluated
in full (``possible``), and so are all below another predicate that could not be decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

from pnfilter.index.plans import Item, Keys, undecided
from pnfilter.index.search import Opaque, Search
from pnfilter.index.substrings import Substrings
from pnfilter.semantics import (
    MISSING,
    Bailout,
    Unreadable,
    as_operand,
    fold,
    is_array,
    leaves,
    read_number,
    scalar_text,
)

#: Items of one constant above which a node separates them.
CROWD: Final = 16

Slot = Any  # Item, list[Item], or Node.


class Structure(Protocol):
    """A container of items in a node."""

    place: int

    def match(self, search: Search, keys: Keys, pending: list[Item]) -> int:
        """Collect keys that match, and items to evaluate in full; return the tests made."""
        ...

    def possible(self, search: Search, pending: list[Item]) -> None:
        """Return all items whose predicate may be anything but false."""
        ...

    def items(self) -> Iterator[Item]:
        """Yield every item, some perhaps twice."""
        ...

    def __len__(self) -> int: ...


def match_slot(slot: Slot, search: Search, keys: Keys, pending: list[Item]) -> int:
    """Apply ``match`` to the content of a slot."""
    if slot.__class__ is tuple:
        try:
            if slot[1].test(slot, search):
                keys.append(slot[0])
        except Bailout:
            search.doubtful.append((slot[1], slot))
        return 1
    if slot.__class__ is list:
        for item in slot:
            try:
                if item[1].test(item, search):
                    keys.append(item[0])
            except Bailout:
                search.doubtful.append((item[1], item))
        return len(slot)
    found: int = slot.match(search, keys, pending)
    return found


def possible_in(slot: Slot, search: Search, pending: list[Item]) -> None:
    """Apply ``possible`` to the content of a slot."""
    if slot.__class__ is tuple:
        pending.append(slot)
    elif slot.__class__ is list:
        pending += slot
    elif slot is not None:
        slot.possible(search, pending)


def items_in(slot: Slot) -> Iterable[Item]:
    """Yield every item of a slot."""
    if slot.__class__ is tuple:
        return (slot,)
    return slot if slot.__class__ is list else slot.items()


class Table:
    """Items by a constant; ``place`` is that of the value compared with it."""

    __slots__ = ("place", "slots")

    def __init__(self, place: int) -> None:
        self.place = place
        self.slots: dict[Any, Slot] = {}

    def __len__(self) -> int:
        return len(self.slots)

    def size(self, constant: Any) -> int:
        """Return how many items have the constant."""
        slot = self.slots.get(constant)
        if slot is None:
            return 0
        return 1 if slot.__class__ is tuple else len(slot)

    def add(self, constant: Any, item: Item, node_of: Callable[[list[Item]], Any]) -> None:
        """Keep an item under a constant; ``node_of`` makes a node for a long list."""
        slot = self.slots.get(constant)
        if slot is None:
            self._first(constant)
            self.slots[constant] = item
            return
        if slot.__class__ is tuple:
            self.slots[constant] = [slot, _share(item, constant, slot)]
        elif slot.__class__ is list:
            slot.append(_share(item, constant, slot[0]))
            if len(slot) > CROWD:
                self.slots[constant] = node_of(slot)
        else:
            slot.add(item[1].shape, item[1].decided, item)

    def remove(self, constant: Any, item: Item) -> bool:
        """Remove an item; return whether it was here."""
        slot = self.slots.get(constant)
        if slot is None:
            return False
        if slot.__class__ is tuple:
            if slot != item:
                return False
            del self.slots[constant]
            self._last(constant)
            return True
        if slot.__class__ is list:
            if item not in slot:
                return False
            slot.remove(item)
            if len(slot) == 1:
                self.slots[constant] = slot[0]
            return True
        if not slot.remove(item[1].shape, item[1].decided, item):
            return False
        if not len(slot):
            del self.slots[constant]
            self._last(constant)
        return True

    def _first(self, constant: Any) -> None:
        """Called when a constant is new."""

    def _last(self, constant: Any) -> None:
        """Called when a constant is gone."""

    def items(self) -> Iterator[Item]:
        """Yield every item."""
        for slot in self.slots.values():
            yield from items_in(slot)

    def match(self, search: Search, keys: Keys, pending: list[Item]) -> int:
        """See ``Structure``."""
        value = search.values[self.place]
        if value.__class__ is Opaque:
            return self._match_opaque(value.value, search, pending)
        slot = self.slots.get(value)
        if slot is None:
            return 0
        if slot.__class__ is not tuple:
            return match_slot(slot, search, keys, pending)
        # Most slots hold one item: no call for it.
        try:
            if slot[1].test(slot, search):
                keys.append(slot[0])
        except Bailout:
            search.doubtful.append((slot[1], slot))
        return 1

    def _match_opaque(self, value: Any, search: Search, pending: list[Item]) -> int:
        if not isinstance(value, Unreadable):
            self._opaque(value, search, pending)
            return 0
        tested = 0
        with undecided(search) as keys:
            for slot in self.slots.values():
                tested += match_slot(slot, search, keys, pending)
        return tested

    def possible(self, search: Search, pending: list[Item]) -> None:
        """See ``Structure``."""
        value = search.values[self.place]
        if value.__class__ is Opaque:
            self._opaque(value.value, search, pending)
            return
        for constant in self._find_constants(value):
            possible_in(self.slots.get(constant), search, pending)

    def _find_constants(self, value: Any) -> Iterable[Any]:
        """Return the constants that a value of a usual type meets; some may be in no filter."""
        return (value,)

    def _opaque(self, value: Any, search: Search, pending: list[Item]) -> None:
        if isinstance(value, Unreadable):
            self._all(search, pending)
        elif is_array(value):
            self._array(value, search, pending)
        elif not isinstance(value, dict):
            for constant in self._like(value):
                possible_in(self.slots.get(constant), search, pending)

    def _array(self, value: Any, search: Search, pending: list[Item]) -> None:
        """Apply ``possible`` to the constants that some element of an array may equal."""
        constants: dict[Any, None] = {}
        for element in self._elements(value):
            if isinstance(element, Unreadable):
                self._all(search, pending)
                return
            constants.update(dict.fromkeys(self._like(element)))
        for constant in constants:
            possible_in(self.slots.get(constant), search, pending)

    def _elements(self, value: Any) -> Iterator[Any]:
        """Yield the operands in an array that are compared, and those that are unreadable."""
        for leaf in leaves(value):
            element = as_operand(leaf)
            if element is not MISSING and not isinstance(element, dict):
                yield element

    def _all(self, search: Search, pending: list[Item]) -> None:
        for slot in self.slots.values():
            possible_in(slot, search, pending)

    def _like(self, value: Any) -> Iterable[Any]:
        """Return the constants that a string, a number or a boolean may equal."""
        raise NotImplementedError


def _share(item: Item, constant: Any, other: Item) -> Item:
    """Return the item with the other's object for an equal string, to keep one copy."""
    if constant.__class__ is not str:
        return item
    for mine, theirs in zip(item, other, strict=False):
        if theirs is not mine and mine.__class__ is str and mine == constant == theirs:
            return tuple(theirs if part is mine else part for part in item)
    return item


class Texts(Table):
    """``path == "text"``."""

    __slots__ = ("_numeric",)

    def __init__(self, place: int) -> None:
        super().__init__(place)
        #: The strings that read as a number, by the number.
        self._numeric: dict[int | float, dict[str, None]] = {}

    def _first(self, constant: str) -> None:
        number = read_number(constant)
        if number is not None:
            self._numeric.setdefault(number, {})[constant] = None

    def _last(self, constant: str) -> None:
        number = read_number(constant)
        if number is not None:
            del self._numeric[number][constant]
            if not self._numeric[number]:
                del self._numeric[number]

    def _like(self, value: Any) -> Iterable[str]:
        if isinstance(value, str):
            return (value,)
        return (scalar_text(value),) if isinstance(value, bool) else self._numeric.get(value, ())


class Numbers(Table):
    """``path == 5``."""

    __slots__ = ()

    def _like(self, value: Any) -> Iterable[int | float]:
        number = read_number(value) if isinstance(value, str) else value
        return () if number is None else (number,)


class _Members(Table):
    """``(…) CONTAINS path``, with an item for each element."""

    __slots__ = ()

    def _opaque(self, value: Any, search: Search, pending: list[Item]) -> None:
        # What an array or object in a set equals is unverified.
        if isinstance(value, dict) or is_array(value):
            self._all(search, pending)
        else:
            super()._opaque(value, search, pending)


class MemberTexts(_Members, Texts):
    """``("a", "b") CONTAINS path``."""

    __slots__ = ()


class MemberNumbers(_Members, Numbers):
    """``(1, 2) CONTAINS path``."""

    __slots__ = ()


class FoldedTexts(Table):
    """``path LIKE "text"``, without a wildcard."""

    __slots__ = ()

    def _like(self, value: Any) -> Iterable[str]:
        return (fold(scalar_text(value)),)

    def _elements(self, value: Any) -> Iterator[Any]:
        # LIKE looks only at the strings in an array, and no deeper.
        return (each for each in map(as_operand, value) if isinstance(each, str | Unreadable))


class _Parts(Table):
    """Constants of which a value may meet several: ``_find_constants`` finds them."""

    __slots__ = ()

    def match(self, search: Search, keys: Keys, pending: list[Item]) -> int:
        """See ``Structure``."""
        value = search.values[self.place]
        if value.__class__ is Opaque:
            return self._match_opaque(value.value, search, pending)
        tested = 0
        get = self.slots.get
        for constant in self._find_constants(value):
            slot = get(constant)
            if slot is not None:
                tested += match_slot(slot, search, keys, pending)
        return tested


class Prefixes(_Parts, FoldedTexts):
    """``path LIKE "text*"``."""

    __slots__ = ("_lengths",)

    def __init__(self, place: int) -> None:
        super().__init__(place)
        #: How many prefixes have a length.
        self._lengths: dict[int, int] = {}

    def _first(self, constant: str) -> None:
        self._lengths[len(constant)] = self._lengths.get(len(constant), 0) + 1

    def _last(self, constant: str) -> None:
        self._lengths[len(constant)] -= 1
        if not self._lengths[len(constant)]:
            del self._lengths[len(constant)]

    def _starts(self, text: str) -> list[str]:
        size = len(text)
        return [self._cut(text, length) for length in self._lengths if length <= size]

    def _cut(self, text: str, length: int) -> str:
        """Return the part of a text that a constant of so many characters equals."""
        return text[:length]

    def _find_constants(self, value: Any) -> Iterable[str]:
        return self._starts(value) if value.__class__ is str else ()

    def _like(self, value: Any) -> Iterable[str]:
        return self._starts(fold(scalar_text(value)))


class Suffixes(Prefixes):
    """``path LIKE "*text"``."""

    __slots__ = ()

    def _cut(self, text: str, length: int) -> str:
        return text[len(text) - length :]


class Infixes(_Parts, FoldedTexts):
    """``path LIKE "*text*"``."""

    __slots__ = ("_substrings",)

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self._substrings = Substrings()

    def _first(self, constant: str) -> None:
        self._substrings.add(constant)

    def _last(self, constant: str) -> None:
        self._substrings.remove(constant)

    def _find_constants(self, value: Any) -> Iterable[str]:
        return self._substrings.within(value) if value.__class__ is str else ()

    def _like(self, value: Any) -> Iterable[str]:
        return self._substrings.within(fold(scalar_text(value)))


class Contained(_Parts, Texts):
    """``path CONTAINS "text"``.

    For an array of strings it looks up the elements, for a string its parts.
    """

    __slots__ = ("_substrings",)

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self._substrings = Substrings()

    def _first(self, constant: str) -> None:
        super()._first(constant)
        self._substrings.add(constant)

    def _last(self, constant: str) -> None:
        super()._last(constant)
        self._substrings.remove(constant)

    def _find_constants(self, value: Any) -> Iterable[Any]:
        if value.__class__ is str:
            return self._substrings.within(value)
        return set(value) if value.__class__ is list else ()

    def _opaque(self, value: Any, search: Search, pending: list[Item]) -> None:
        if isinstance(value, Unreadable) or is_array(value):
            # An array contains what an element, or a leaf of one, may equal.
            super()._opaque(value, search, pending)
            return
        # CONTAINS searches the keys of an object, and the text of a number or boolean.
        parts = value if isinstance(value, dict) else self._substrings.within(scalar_text(value))
        for constant in parts:
            possible_in(self.slots.get(constant), search, pending)
