"""What generates the code of a leaf: the fields that it reads, and its constants.

A field is read once where possible: if it was surely read before, a variable holds it. What is sure
depends on the path through the condition. Behind ``a == 1 &&`` the first field of ``a == 1`` is,
behind ``(x || y) &&`` only that of ``x``.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pnfilter.binding.predicates import reads_key
from pnfilter.compiler.namespace import BITS_OF_HIGH
from pnfilter.syntax.nodes import Path

#: How the generated function takes a message: as a plain ``dict``, or as payload and metadata.
Entry = Literal["message", "parts"]
PARAMETERS: Final[dict[Entry, str]] = {"message": "message", "parts": "data, meta"}

#: Steps of a path, and the largest index, in generated code; the interpreter has no limit.
MAX_STEPS: Final = 8
MAX_INDEX: Final = 1_000_000

_ROOTS: Final = {
    "data": 'message.get("data", UNREADABLE)',
    "meta": 'message.get("meta")',
}

#: A place: its root and steps, and what a variable holds of it: the value itself, the dictionary to
#: search, or the value on the way to an element.
FieldAccess = tuple[str, tuple[str | int, ...], Literal["value", "object", "array"]]


def is_followed(path: Path) -> bool:
    """Return whether generated code follows a path. Below ``meta`` it reads only keys."""
    keys = path.keys
    if len(keys) > MAX_STEPS or not reads_key(path):
        return False
    # A loop: `all` of a generator takes three times as long for a few keys.
    for key in keys:  # noqa: SIM110
        if not isinstance(key, str) and key > MAX_INDEX:
            return False
    return True


class Fields:
    """Writes the code that reads the paths of one filter, and tracks what is known where."""

    __slots__ = ("_entry", "_names", "_variables", "known")

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._names: dict[FieldAccess, str] = {}
        self._variables = 0
        #: The places that have surely been read at the current point of the code.
        self.known: set[FieldAccess] = set()

    def read(self, path: Path, found: list[FieldAccess]) -> tuple[str, str]:
        """Return code that reads a path into a variable, and that variable.

        ``found`` collects what is known after it.
        """
        place: FieldAccess = (path.root, path.keys, "value")
        name = self._name(place)
        if place in self.known:
            return name, name
        written = f"{name} := {self._value(path.root, path.keys, found)}"
        self._learn(place, found)
        return written, name

    def whole(self, root: str) -> str:
        """Return code that reads payload or metadata as far as being a dictionary matters.

        Neither a missing payload nor null is one.
        """
        return root if self._entry == "parts" else f'message.get("{root}")'

    def variable(self) -> str:
        """Return the name of a new variable that holds no field."""
        self._variables += 1
        return f"x{self._variables}"

    def _name(self, place: FieldAccess) -> str:
        name = self._names.get(place)
        if name is None:
            name = self._names[place] = f"{place[2][0]}{len(self._names)}"
        return name

    def _learn(self, place: FieldAccess, found: list[FieldAccess]) -> None:
        self.known.add(place)
        found.append(place)

    def _root(self, root: str) -> str:
        return root if self._entry == "parts" else _ROOTS[root]

    def _value(self, root: str, keys: tuple[str | int, ...], found: list[FieldAccess]) -> str:
        if not keys:
            return self._root(root)
        last = keys[-1]
        if isinstance(last, str):
            return f"{self._object(root, keys[:-1], found)}.get({last!r})"
        array = self._name((root, keys[:-1], "array"))
        inner = self._value(root, keys[:-1], found)
        return (
            f"(({array}[{last}] if len({array}) > {last} else None) "
            f"if type({array} := {inner}) is list else None if {array} is None else UNREADABLE)"
        )

    def _object(self, root: str, keys: tuple[str | int, ...], found: list[FieldAccess]) -> str:
        """Read the dictionary there.

        It is ``EMPTY_DICT`` for a missing one, and ``NOT_A_DICT`` for another value.
        """
        place: FieldAccess = (root, keys, "object")
        name = self._name(place)
        if place in self.known:
            return name
        inner = self._value(root, keys, found) if keys else self.whole(root)
        none = "" if root == "data" and not keys else f"EMPTY_DICT if {name} is None else "
        self._learn(place, found)
        return f"({name} := {name} if type({name} := {inner}) is dict else {none}NOT_A_DICT)"


#: Parameters of a generated function for constants: each one slows every call. A filter that may
#: have more gets all of them in one tuple.
MAX_PARAMETERS: Final = 24


class Constants:
    """The strings, numbers, patterns and sets of a filter, in the order of their names."""

    __slots__ = ("bundled", "values")

    def __init__(self, *, bundled: bool) -> None:
        self.bundled = bundled
        self.values: list[Any] = []

    def name(self, value: Any) -> str:
        """Return the name of a constant in generated code."""
        number = len(self.values)
        self.values.append(value)
        return f"c[{number}]" if self.bundled else f"c{number}"


#: The use of a number: it is compared, calculated with, or its result is checked for it.
Use = Literal["compared", "calculated", "checked"]


class FieldSource:
    """What generates the code of a leaf.

    ``fallback`` is the source for what the leaf can't decide.
    """

    __slots__ = ("fallback",)

    #: Bits of a number that is calculated with.
    bits = BITS_OF_HIGH
    #: Whether fields may have any size if the result of a calculation proves them valid.
    checks_results = False

    def __init__(self, fallback: str) -> None:
        self.fallback = fallback

    def follows(self, path: Path) -> bool:
        """Return whether ``read`` can read a path."""
        return is_followed(path)

    def read(self, path: Path) -> tuple[str, str]:
        """Return the source that reads a path into a variable, and the variable.

        The source is for use in parentheses.
        """
        raise NotImplementedError

    def constant(self, value: Any) -> str:
        """Return the name of a constant."""
        raise NotImplementedError

    def variable(self) -> str:
        """Return the name of a new variable."""
        raise NotImplementedError

    def text(self, path: Path) -> tuple[str, str]:
        """Return the source of whether a field is a string, and its variable."""
        first, name = self.read(path)
        return f"type({first}) is str", name

    def number(self, path: Path, use: Use = "compared") -> tuple[str, str]:
        """Return the source of whether a field is a number for that use, and its variable."""
        first, name = self.read(path)
        guard = f"type({first}) in NUMBERS"
        if use == "compared":
            # `isfinite` raises `OverflowError` for an integer that has no double.
            return f"{guard} and isfinite({name})", name
        return (f"{guard} and abs({name}) < 1e30" if use == "calculated" else guard), name

    def alike(self, left: Path, right: Path) -> tuple[str, str, str]:
        """Return the source of whether two fields share a comparable type, and their variables."""
        (one, name), (other, twin) = self.read(left), self.read(right)
        return (
            f"(t := type({one})) is type({other}) and "
            f"(t is str or t in NUMBERS and isfinite({name}) and isfinite({twin}))",
            name,
            twin,
        )

    def uncalculated(self, operator: str, fields: dict[str, str], *, is_plain: bool) -> str:
        """Return the outcome of comparing numbers if not all are numbers.

        ``fields`` has the guard of each variable. Empty if there are other guards. ``is_plain``:
        fields themselves are compared, not results.
        """
        del operator, fields, is_plain
        return self.fallback


class MessageFields(FieldSource):
    """A leaf that reads its fields itself, each as late as possible."""

    __slots__ = ("_constants", "_fields", "_read", "_sure")

    checks_results = True

    def __init__(self, fields: Fields, constants: Constants, fallback: str) -> None:
        self.fallback = fallback
        self._fields = fields
        self._constants = constants
        self._read: list[FieldAccess] = []
        #: What is known behind the leaf: the first field is always read.
        self._sure: list[FieldAccess] | None = None

    def read(self, path: Path) -> tuple[str, str]:
        """See ``FieldSource``."""
        found: list[FieldAccess] = []
        source = self._fields.read(path, found)
        if self._sure is None:
            self._sure = found
        self._read += found
        return source

    def constant(self, value: Any) -> str:
        """See ``FieldSource``."""
        return self._constants.name(value)

    def variable(self) -> str:
        """See ``FieldSource``."""
        return self._fields.variable()

    def close(self, source: str) -> list[FieldAccess]:
        """Discard what is known inside the leaf; return what is known behind it."""
        self._fields.known.difference_update(self._read)
        # A leaf that was started and given up reads nothing.
        return [] if source == self.fallback or self._sure is None else self._sure
