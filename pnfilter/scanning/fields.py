"""Decoding only what a filter reads: classes made for its paths, which msgspec fills.

Of a line msgspec parses everything and makes objects of the fields alone, which takes a third of
the time. What it does with the parts that nobody asked for was tried on all kinds of broken JSON:
their syntax is checked, escapes included, and so are half surrogate pairs. Two things are not,
which the caller has to see to: UTF-8, and how deep they nest. A number that can't be held is
skipped in a field that isn't read, which is right, and an error in one that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, Literal, Union

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pnfilter.records import NamedTuple
from pnfilter.syntax.nodes import Path

#: What ``data`` is in a message that has none; a field without a value is None, as JSON null is.
NO_DATA: Final = UNSET
#: What a field is decoded to: any JSON value; or just what a condition takes without a further look,
#: a text, a number, or a number that arithmetic takes, and null. Any other value is an error then.
Kind = Literal["any", "text", "number", "operand"]
#: Numbers of a message that arithmetic takes: far from what an integer or a double can't hold.
MAX_OPERAND: Final = 10.0**100
_MAX_INTEGER: Final = 2**62
#: Steps of a path that are followed while decoding. A class is made for each, one in the other, which
#: takes ever longer and then more recursion than Python has; the steps after these are followed later.
MAX_STEPS: Final = 16
_TYPES: Final[dict[Kind, Any]] = {
    "any": Any,
    "text": str | None,
    "number": int | float | None,
    "operand": Union[  # noqa: UP007 (what is annotated takes no `|`, say type checkers)
        Annotated[int, Meta(ge=-_MAX_INTEGER, le=_MAX_INTEGER)],
        Annotated[float, Meta(gt=-MAX_OPERAND, lt=MAX_OPERAND)],
        None,
    ],
}
#: What msgspec doesn't take in the name of a field.
_UNNAMEABLE: Final = frozenset(map(chr, range(32))) | {'"', "\\"}


class Place(NamedTuple):
    """Where a decoded message has the value of a path.

    ``slots`` are the attributes to follow from ``data`` or ``meta``, and ``keys`` the keys and
    indexes from there on, in a value that was decoded as a whole. ``kind`` is what can be there.
    """

    slots: tuple[str, ...]
    keys: tuple[str | int, ...]
    kind: Kind


class Fields(NamedTuple):
    """How to decode what some paths read.

    ``decode`` gives an object with the attributes in ``roots`` (``data``, ``meta``), or raises
    ``ValueError`` or ``RecursionError`` for what has to be decoded in full. A root in ``whole`` is
    a JSON value; any other one is an object with the slots, or None. A message without ``data``
    has ``NO_DATA`` there. ``no_meta`` is metadata without a value in any slot.
    """

    decode: Callable[[bytes], Any]
    places: dict[Path, Place]
    roots: frozenset[str]
    whole: frozenset[str]
    no_meta: Any

    def value(self, path: Path, message: Any) -> Any:
        """What a path leads to in a decoded message; None where that is nothing."""
        place = self.places[path]
        found = getattr(message, path.root)
        for slot in place.slots:
            if found is None or found is NO_DATA:
                return None
            found = getattr(found, slot)
        return None if found is NO_DATA else follow(found, place.keys)


class _Node:
    """A key on the way of some path; ``whole``: its value is needed as it is, or as one of ``kinds``."""

    __slots__ = ("below", "kinds", "whole")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.whole = False
        self.kinds: set[Kind] = set()

    @property
    def kind(self) -> Kind:
        return next(iter(self.kinds)) if len(self.kinds) == 1 and not self.below else "any"


def fields_of(paths: Iterable[Path], kinds: Mapping[Path, Kind] | None = None) -> Fields:
    """The decoder of these paths, and where it puts their values.

    ``kinds`` says what is needed of some of them; of two needs for one value it has to be any.
    """
    paths = list(paths)
    kinds = kinds or {}
    roots: dict[str, _Node] = {}
    for path in paths:
        node = roots.setdefault(path.root, _Node())
        kind = kinds.get(path, "any") if path.keys else "any"
        for step, key in enumerate(path.keys):
            if step == MAX_STEPS or not isinstance(key, str) or _UNNAMEABLE.intersection(key):
                kind = "any"
                break
            node = node.below.setdefault(key, _Node())
        node.whole = True
        node.kinds.add(kind)
    types = {root: _type_of(node) for root, node in roots.items()}
    fields: list[tuple[str, Any, Any]] = []
    if "data" in types:
        fields.append(("data", _either(types["data"], UnsetType), NO_DATA))
    if "meta" in types:
        fields.append(("meta", _either(types["meta"]), None))
    whole = frozenset(root for root, node in roots.items() if node.whole)
    return Fields(
        msgspec.json.Decoder(msgspec.defstruct("Message", fields, gc=False)).decode,
        {path: _place(path, roots[path.root]) for path in paths},
        frozenset(roots),
        whole,
        None if "meta" in whole or "meta" not in roots else types["meta"](),
    )


def _type_of(node: _Node) -> Any:
    """What the value at a key is decoded to."""
    if node.whole:
        return _TYPES[node.kind]
    slots = {f"f{number}": key for number, key in enumerate(node.below)}
    types = [
        (slot, _either(_type_of(below)), None)
        for slot, below in zip(slots, node.below.values(), strict=True)
    ]
    return msgspec.defstruct("Fields", types, rename=slots, gc=False)


def _either(found: Any, *others: Any) -> Any:
    return found if found is Any else Union[(found, None, *others)]


def _place(path: Path, node: _Node) -> Place:
    slots: list[str] = []
    for key in path.keys:
        if node.whole:
            break
        assert isinstance(key, str)
        slots.append(f"f{list(node.below).index(key)}")
        node = node.below[key]
    return Place(tuple(slots), path.keys[len(slots) :], node.kind)


def follow(value: Any, keys: tuple[str | int, ...]) -> Any:
    """What keys and indexes lead to in a JSON value; None where that is nothing."""
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value
