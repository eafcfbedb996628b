"""The values of a message as the index reads them: each field once, in several views.

A field has up to five *views*, each with a place of its own in one list: its string, its number,
its number for an ordering (which a string may read as), its folded string (for LIKE), and what
CONTAINS searches. So a predicate is one comparison in Python without type checks, since a mark
replaces a value that can't be compared:

* ``ABSENT``: the field is missing. Every comparison is false, as in the language; ``!=``, which is
  UNDECIDED then, raises ``Bailout``;
* ``Opaque``: any other value. Using it raises ``Bailout``, and the filter is evaluated in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, NamedTuple, NoReturn

from pnfilter.interpreter import read
from pnfilter.semantics import MISSING, Bailout, Missing, as_operand, fold, read_number
from pnfilter.syntax.nodes import Path

View = Literal["text", "number", "order", "fold", "holder"]
#: Numbers nearer to zero are plain; others may be unreadable and are checked.
_PLAIN: Final = 2.0**1000


class Absent:
    """A missing field: equal to nothing, in no order, with no prefix, containing nothing."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> NoReturn:
        raise Bailout

    def __hash__(self) -> int:
        return 0

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __contains__ = __lt__

    def startswith(self, start: str) -> bool:
        """Return False, like a string without the prefix."""
        del start
        return False

    endswith = startswith


class Opaque:
    """An operand of any other kind."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> NoReturn:
        raise Bailout

    def __hash__(self) -> NoReturn:
        raise Bailout

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = startswith = endswith = __eq__


ABSENT: Final = Absent()


class Field(NamedTuple):
    """A field, and the places of its views; 0 for an unused view."""

    path: Path
    text: int
    number: int
    order: int
    fold: int
    holder: int
    #: The place of the only view in use; -1 if there are several.
    only: int


class Search:
    """The values of one message, and the results of matching it.

    Each branch of a filter that holds finds the filter: ``shared`` has keys of filters with several
    branches, and ``distinct`` lists of such keys, each once per list. ``undecided`` has the keys of
    filters whose branches hold except for undecided predicates, ``doubtful`` the branches that
    plain values can't decide, with their plans. All fields but those in ``present`` are missing.
    """

    __slots__ = (
        "data",
        "distinct",
        "doubtful",
        "meta",
        "present",
        "shared",
        "undecided",
        "values",
    )

    def __init__(self, values: list[Any], present: list[Field], data: Any, meta: Any) -> None:
        self.values = values
        self.present = present
        self.data = data
        self.meta = meta
        self.shared: list[Any] = []
        self.distinct: list[list[Any]] = []
        self.undecided: list[Any] = []
        self.doubtful: list[tuple[Any, tuple[Any, ...]]] = []


class _Object:
    """The fields that filters read in an object: directly, below keys, and by indexes."""

    __slots__ = ("below", "fields", "indexed")

    def __init__(self) -> None:
        self.fields: dict[str, Field] = {}
        self.below: dict[str, _Object] = {}
        #: Fields whose path goes on with an index from here.
        self.indexed: dict[tuple[str | int, ...], Field] = {}

    def all(self) -> Iterator[Field]:
        """Yield every field from here on."""
        pending: list[_Object] = [self]
        while pending:
            inner = pending.pop()
            yield from inner.fields.values()
            yield from inner.indexed.values()
            pending += inner.below.values()


class Views:
    """The fields that filters read, and where a message's values go."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, tuple[str | int, ...], View], int] = {}
        # Place 0 is not used.
        self._blank: list[Any] = [ABSENT]
        self._roots = {"data": _Object(), "meta": _Object()}
        #: Roots that are compared as a whole.
        self._whole: dict[str, Field] = {}

    def __len__(self) -> int:
        return len(self._places)

    def place(self, path: Path, view: View) -> int:
        """Return the place of a field's view, adding it if necessary."""
        root, keys = path.root, path.keys
        found = self._places.get((root, keys, view))
        if found is None:
            found = self._places[root, keys, view] = 1 + len(self._places)
            self._blank.append(ABSENT)
            fields, name = self._home(root, keys)
            field = fields.get(name) or Field(path, 0, 0, 0, 0, 0, found)
            places: dict[str, Any] = {view: found}
            places["only"] = found if field.only == found else -1
            fields[name] = field._replace(**places)
        return found

    def _home(self, root: str, keys: tuple[str | int, ...]) -> tuple[dict[Any, Field], Any]:
        """Return where a field is kept, and under which name."""
        if not keys:
            return self._whole, root
        inner = self._roots[root]
        for key in keys[:-1]:
            if not isinstance(key, str):
                return inner.indexed, keys
            inner = inner.below.setdefault(key, _Object())
        return (inner.fields, keys[-1]) if isinstance(keys[-1], str) else (inner.indexed, keys)

    def read(self, data: Any, meta: Any) -> Search:
        """Return a search with the values of a message."""
        search = Search(self._blank.copy(), [], data, meta)
        _read_object(self._roots["data"], data, search)
        if meta.__class__ is dict or meta is None:
            _read_object(self._roots["meta"], meta, search)
        else:
            # Metadata of any other type is unreadable.
            _read_each(self._roots["meta"].all(), search)
        if self._whole:
            _read_each(self._whole.values(), search)
        return search


def _read_object(top: _Object, found: Any, search: Search) -> None:
    """Read the fields in an object, and in the objects in it."""
    if found.__class__ is dict and not top.below and not top.indexed:
        # Mostly there is nothing else.
        _read_fields(top.fields, found, search)
        return
    pending = [(top, found)]
    while pending:
        inner, found = pending.pop()
        if found.__class__ is dict:
            _read_fields(inner.fields, found, search)
            below = inner.below
            if len(below) > 2 * len(found):
                pending += [(below[name], each) for name, each in found.items() if name in below]
            else:
                get = found.get
                pending += [
                    (child, each)
                    for name, child in below.items()
                    if (each := get(name)) is not None
                ]
        elif found.__class__ is list:
            _read_each(inner.indexed.values(), search)
        elif not _is_scalar(found):
            _read_each(inner.all(), search)


def _is_scalar(value: Any) -> bool:
    """Return whether a value is one in which no path finds anything."""
    operand = as_operand(value)
    return operand is MISSING or isinstance(operand, (str, int, float))


def _read_each(fields: Iterable[Field], search: Search) -> None:
    """Read fields as the interpreter does."""
    for field in fields:
        search.present.append(field)
        _put(field, read(field.path, search.data, search.meta), search.values)


def _read_fields(fields: dict[str, Field], found: dict[str, Any], search: Search) -> None:
    """Read the fields directly in an object, looping over the smaller of both sides."""
    values = search.values
    if len(fields) > 2 * len(found):
        present = search.present
        for name, there in found.items():
            field = fields.get(name)
            if field is not None:
                present.append(field)
                _put(field, as_operand(there), values)
        return
    search.present += fields.values()
    get = found.get
    for name, (_, text, number, order, folded, _, only) in fields.items():
        value: Any = get(name)
        kind = value.__class__
        if kind is str:
            # Most fields are compared in one way only.
            if only == text:
                values[text] = value
            elif only == folded:
                values[folded] = fold(value)
            else:
                _put(fields[name], value, values)
        elif (
            (kind is int or kind is float) and -_PLAIN < value < _PLAIN and only in (order, number)
        ):
            values[only] = value
        elif value is not None:
            _put(fields[name], as_operand(value), values)


def _put(field: Field, operand: Any, values: list[Any]) -> None:
    """Put an operand in each view of its field."""
    if isinstance(operand, Missing):
        return
    kind = operand.__class__
    opaque = Opaque(operand)
    for place in field[1:-1]:
        values[place] = opaque
    if kind is str:
        values[field.text] = values[field.holder] = operand
        values[field.order] = _in_order(operand)
        if field.fold:
            values[field.fold] = fold(operand)
    elif kind is int or kind is float:
        values[field.number] = values[field.order] = operand
    elif kind is bool or isinstance(operand, dict):
        # They are in no order with anything but an array.
        values[field.order] = ABSENT
    elif field.holder and kind is list and all(each.__class__ is str for each in operand):
        # CONTAINS among strings is equality.
        values[field.holder] = operand


def _in_order(text: str) -> Any:
    """Return the number that a string reads as, for an ordering."""
    number = read_number(text)
    return Opaque(text) if number is None else number
