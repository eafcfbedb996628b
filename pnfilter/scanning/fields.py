"""Decode only what a filter reads: classes generated for its paths, which msgspec fills.

msgspec parses the whole line but creates objects for the fields alone, in a third of the time. How
it handles the skipped parts was tested on many kinds of broken JSON: their syntax is checked, with
escapes and half surrogate pairs. The caller must check two things: UTF-8, and nesting depth. A
number that can't be represented is skipped in a field that isn't read, which is right, and an error
in one that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, Literal, Union

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pnfilter.records import NamedTuple
from pnfilter.syntax.nodes import Path

#: ``data`` of a message without it; a field without a value is None, as is JSON null.
NO_DATA: Final = UNSET
#: The type that a field is decoded to: any JSON value; or null and only what a condition accepts
#: without a further check: a string, a number, or a number for arithmetic. Any other value is an
#: error then.
DecodeType = Literal["any", "text", "number", "operand"]
#: Limit of a message's numbers for arithmetic: far from the limits of integers and doubles.
MAX_OPERAND: Final = 10.0**100
_MAX_INTEGER: Final = 2**62
#: Steps of a path followed while decoding; the others are followed later. Each takes a nested
#: class, which becomes ever slower and then exceeds Python's recursion limit.
MAX_STEPS: Final = 16
_TYPES: Final[dict[DecodeType, Any]] = {
    "any": Any,
    "text": str | None,
    "number": int | float | None,
    "operand": Union[  # noqa: UP007 (what is annotated takes no `|`, say type checkers)
        Annotated[int, Meta(ge=-_MAX_INTEGER, le=_MAX_INTEGER)],
        Annotated[float, Meta(gt=-MAX_OPERAND, lt=MAX_OPERAND)],
        None,
    ],
}
#: What msgspec doesn't accept in the name of a field.
_UNNAMEABLE: Final = frozenset(map(chr, range(32))) | {'"', "\\"}


class DecodedField(NamedTuple):
    """Where a decoded message has the value of a path.

    ``slots`` are the attributes to follow from ``data`` or ``meta``, and ``keys`` the remaining
    keys and indexes, in a value that was decoded as a whole. ``kind`` is the type of the value.
    """

    slots: tuple[str, ...]
    keys: tuple[str | int, ...]
    kind: DecodeType


class Fields(NamedTuple):
    """How to decode the fields at some paths.

    ``decode`` returns an object with the attributes in ``roots`` (``data``, ``meta``), or raises
    ``ValueError`` or ``RecursionError`` for a line that must be decoded in full. A root in
    ``whole`` is a JSON value; any other is an object with the slots, or None. A message without
    ``data`` has ``NO_DATA`` there. ``no_meta`` is metadata without a value in any slot.
    """

    decode: Callable[[bytes], Any]
    places: dict[Path, DecodedField]
    roots: frozenset[str]
    whole: frozenset[str]
    no_meta: Any

    def value(self, path: Path, message: Any) -> Any:
        """Return the value at a path of a decoded message; None if there is none."""
        place = self.places[path]
        found = getattr(message, path.root)
        for slot in place.slots:
            if found is None or found is NO_DATA:
                return None
            found = getattr(found, slot)
        return None if found is NO_DATA else follow(found, place.keys)


class _Node:
    """A key of some path; ``whole``: its value is needed unchanged, or as one of ``kinds``."""

    __slots__ = ("below", "kinds", "whole")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.whole = False
        self.kinds: set[DecodeType] = set()

    @property
    def kind(self) -> DecodeType:
        return next(iter(self.kinds)) if len(self.kinds) == 1 and not self.below else "any"


def fields_of(paths: Iterable[Path], kinds: Mapping[Path, DecodeType] | None = None) -> Fields:
    """Return the decoder of these paths, and where it puts their values.

    ``kinds`` has the type needed at some of them; two different types for one value become any.
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
    """Return the type that the value at a key is decoded to."""
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


def _place(path: Path, node: _Node) -> DecodedField:
    slots: list[str] = []
    for key in path.keys:
        if node.whole:
            break
        assert isinstance(key, str)
        slots.append(f"f{list(node.below).index(key)}")
        node = node.below[key]
    return DecodedField(tuple(slots), path.keys[len(slots) :], node.kind)


def follow(value: Any, keys: tuple[str | int, ...]) -> Any:
    """Return the value at keys and indexes of a JSON value; None if there is none."""
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value
