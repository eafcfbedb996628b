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

from typing import Any, Final, Literal, NamedTuple, NoReturn

from pnfilter.interpreter import read
from pnfilter.semantics import Bailout, Missing, as_operand, fold, read_number
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
    plain values can't decide, with their plans.
    """

    __slots__ = ("data", "distinct", "doubtful", "meta", "shared", "undecided", "values")

    def __init__(self, values: list[Any], data: Any, meta: Any) -> None:
        self.values = values
        self.data = data
        self.meta = meta
        self.shared: list[Any] = []
        self.distinct: list[list[Any]] = []
        self.undecided: list[Any] = []
        self.doubtful: list[tuple[Any, tuple[Any, ...]]] = []


class Views:
    """The fields that filters read, and where a message's values go."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, tuple[str | int, ...], View], int] = {}
        # Place 0 is not used.
        self._blank: list[Any] = [ABSENT]
        #: Fields directly below a root, by root and name; all others by root.
        self._near: dict[str, dict[str, Field]] = {"data": {}, "meta": {}}
        self._far: dict[str, dict[tuple[str | int, ...], Field]] = {"data": {}, "meta": {}}

    def __len__(self) -> int:
        return len(self._places)

    def place(self, path: Path, view: View) -> int:
        """Return the place of a field's view, adding it if necessary."""
        root, keys = path.root, path.keys
        found = self._places.get((root, keys, view))
        if found is None:
            found = self._places[root, keys, view] = 1 + len(self._places)
            self._blank.append(ABSENT)
            fields: dict[Any, Field] = self._far[root]
            name: Any = keys
            if len(keys) == 1 and isinstance(keys[0], str):
                fields, name = self._near[root], keys[0]
            field = fields.get(name) or Field(path, 0, 0, 0, 0, 0, found)
            places: dict[str, Any] = {view: found}
            places["only"] = found if field.only == found else -1
            fields[name] = field._replace(**places)
        return found

    def read(self, data: Any, meta: Any) -> Search:
        """Return a search with the values of a message."""
        values = self._blank.copy()
        if data.__class__ is dict:
            _read_near(self._near["data"], data, values)
        else:
            self._read_slowly("data", data, meta, values)
        if meta.__class__ is dict:
            _read_near(self._near["meta"], meta, values)
        else:
            self._read_slowly("meta", data, meta, values)
        if self._far["data"]:
            _read_far(self._far["data"], data, data, meta, values)
        if self._far["meta"]:
            _read_far(self._far["meta"], meta, data, meta, values)
        return Search(values, data, meta)

    def _read_slowly(self, root: str, data: Any, meta: Any, values: list[Any]) -> None:
        for field in self._near[root].values():
            _put(field, read(field.path, data, meta), values)


def _read_near(fields: dict[str, Field], found: dict[str, Any], values: list[Any]) -> None:
    """Read the fields directly below an object, looping over the smaller of both sides."""
    if len(fields) > 2 * len(found):
        for name, there in found.items():
            field = fields.get(name)
            if field is not None:
                _put(field, as_operand(there), values)
        return
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


def _read_far(
    fields: dict[tuple[str | int, ...], Field], root: Any, data: Any, meta: Any, values: list[Any]
) -> None:
    """Read the deeper fields, and the root itself."""
    for keys, field in fields.items():
        value: Any = root
        for key in keys:
            # The usual case; any other path is followed step by step.
            value = value.get(key) if value.__class__ is dict else ABSENT
            if value is ABSENT or value is None:
                break
        if keys and value is not None and value is not ABSENT:
            _put(field, as_operand(value), values)
        elif value is not None or root is None or not keys:
            _put(field, read(field.path, data, meta), values)


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
