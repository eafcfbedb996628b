"""A filter as a program: what its junctions become, and the source of its function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

from pnfilter.binding.bind import bind, to_expression
from pnfilter.binding.grouping import Equalities, grouped
from pnfilter.binding.predicates import AllOf, Bound, Junction
from pnfilter.compiler.fields import (
    MAX_PARAMETERS,
    PARAMETERS,
    Constants,
    Entry,
    FieldAccess,
    Fields,
    MessageFields,
)
from pnfilter.compiler.leaves import write
from pnfilter.syntax.nodes import And, Expression, Or

#: Leaves of a filter that are written out; the interpreter evaluates a filter with more.
MAX_LEAVES: Final = 10_000
#: Leaves in one function. A longer junction is split into functions of its own. What Python needs
#: to compile one grows with its size: 10,000 sums in one took 1 GB, in forty 60 MB.
MAX_SLICE: Final = 256
#: Nested junctions that are written out, since Python's parser has a limit. Deeper ones become one
#: leaf.
MAX_DEPTH: Final = 24

#: What a junction joins.
Operand = Bound | Equalities


class Fragment(NamedTuple):
    """A piece of the condition: a leaf's source, or what joins the ``parts`` in it."""

    kind: str
    node: Expression
    source: str
    parts: tuple[Fragment, ...] = ()
    is_left: bool = False


class Program(NamedTuple):
    """The source of a function, a ``lambda``, and its parameters beyond the message.

    The function takes ``message``, a plain ``dict``, or ``data`` and ``meta``, by ``entry``. The
    next parameters are ``constants`` (as one tuple ``c`` if ``bundled``) and ``fallback``. It is
    called with an index into ``leaves`` and the message, and returns ``True`` or ``False`` for that
    leaf, or raises ``Bailout``.
    """

    source: str
    constants: tuple[Any, ...]
    leaves: tuple[Expression, ...]
    entry: Entry
    bundled: bool
    condition: Fragment
    #: The constants that are programs too: functions of the same entry.
    slices: tuple[Program, ...] = ()
    is_slice: bool = False

    @property
    def is_leaf(self) -> bool:
        """Return whether one leaf is the whole filter, apart from ``!`` before it."""
        return len(self.leaves) == 1 and not self.slices and not self.is_slice

    def all_leaves(self) -> Iterator[Fragment]:
        """Return the leaves, those of the slices included."""
        yield from _leaves(self.condition)
        for inner in self.slices:
            yield from inner.all_leaves()


class Slice(NamedTuple):
    """Operands of a junction that become a function of their own."""

    operands: list[Operand]


#: A part, and the places surely read behind it: in any case, if it is true, if it is false.
_Written = tuple[Fragment, list[FieldAccess], list[FieldAccess], list[FieldAccess]]


class _TooMany(Exception):
    """Raised for a filter with more than ``MAX_LEAVES``."""


class _Writer:
    """Writes the condition of one function; ``numbers`` counts the leaves of all functions."""

    __slots__ = ("_entry", "_fields", "_is_large", "_numbers", "constants", "leaves", "slices")

    def __init__(self, bound: Iterable[Operand], entry: Entry, numbers: Iterator[int]) -> None:
        leaves = sum(map(_leaves_in, bound))
        self.constants = Constants(bundled=leaves * 2 > MAX_PARAMETERS)
        self.leaves: list[Expression] = []
        self.slices: list[Program] = []
        self._fields = Fields(entry)
        self._entry: Entry = entry
        self._numbers = numbers
        self._is_large = leaves > MAX_SLICE

    def program(self, part: Fragment, *, is_slice: bool = False) -> Program:
        """Return the program of a condition that was written."""
        constants = self.constants
        # To choose between two values Python computes no boolean: it jumps on the comparison.
        bare = part.source[1:-1] if part.kind in {"and", "or"} else part.source
        return Program(
            f"lambda {signature(self._entry, constants)}: True if {bare} else False",
            tuple(constants.values),
            tuple(self.leaves),
            self._entry,
            constants.bundled,
            part,
            tuple(self.slices),
            is_slice,
        )

    def write(self, bound: Operand, depth: int = 0) -> _Written:
        """Return the part of a predicate, of a group, or of a junction."""
        if isinstance(bound, Junction) and depth < MAX_DEPTH:
            word = "and" if isinstance(bound, AllOf) else "or"
            operands = grouped(bound)
            parts = self._slice_operands(operands) if self._is_large else operands
            return self.join(word, to_expression(bound), parts, depth)
        leaf, node = self._next_leaf(), _source_of(bound)
        self.leaves.append(node)
        source = leaf.fallback if isinstance(bound, Junction) else write(bound, leaf)
        sure = leaf.close(source)
        part = Fragment("leaf", node, source, is_left=source == leaf.fallback)
        if bound.negated:
            part = Fragment("not", node, f"not {part.source}", (part,))
        return part, sure, sure, sure

    def join(
        self, word: str, node: Expression, operands: Sequence[Operand | Slice], depth: int = 0
    ) -> _Written:
        """Return the part of a junction."""
        first: list[FieldAccess] = []
        passed: list[FieldAccess] = []
        parts: list[Fragment] = []
        known = self._fields.known
        for operand in operands:
            if isinstance(operand, Slice):
                written = self._slice(word, operand.operands)
            else:
                written = self.write(operand, depth + 1)
            part, always, fits, fails = written
            if not parts:
                first = always
            going_on = fits if word == "and" else fails
            known.update(going_on)
            passed += going_on
            parts.append(part)
        known.difference_update(passed)
        if len(parts) == 1:
            return parts[0], first, first, first
        source = "(" + f" {word} ".join([part.source for part in parts]) + ")"
        joined = Fragment(word, node, source, tuple(parts))
        return (joined, first, passed, first) if word == "and" else (joined, first, first, passed)

    def _slice(self, word: str, operands: list[Operand]) -> _Written:
        nodes = tuple(node for operand in operands for node in _nodes(operand))
        node = And(nodes) if word == "and" else Or(nodes)
        writer = _Writer(operands, self._entry, self._numbers)
        program = writer.program(writer.join(word, node, operands)[0], is_slice=True)
        self.slices.append(program)
        name = self.constants.name(program)
        return Fragment("slice", node, f"{name}({PARAMETERS[self._entry]})"), [], [], []

    def _slice_operands(self, operands: Sequence[Operand]) -> list[Operand | Slice]:
        """Return the operands, in slices that make functions of a suitable size."""
        found: list[Operand | Slice] = []
        current: list[Operand] = []
        size = 0
        for operand in operands:
            weight = _leaves_in(operand)
            if size + weight > MAX_SLICE:
                found += [Slice(current)] if len(current) > 1 else current
                current, size = [], 0
            current.append(operand)
            size += weight
        found += [Slice(current)] if len(current) > 1 and found else current
        return found

    def _next_leaf(self) -> MessageFields:
        if next(self._numbers) == MAX_LEAVES:
            raise _TooMany
        fallback = f"fallback({len(self.leaves)}, {PARAMETERS[self._entry]})"
        return MessageFields(self._fields, self.constants, fallback)


def _source_of(bound: Operand) -> Expression:
    """Return the node that a leaf passes to the interpreter, before any negation."""
    if not isinstance(bound, Equalities):
        return bound.source
    nodes = tuple([one.source for one in bound.predicates])
    return Or(nodes) if bound.operator == "==" else And(nodes)


def _nodes(operand: Operand) -> Sequence[Expression]:
    if isinstance(operand, Equalities):
        return [to_expression(one) for one in operand.predicates]
    return [to_expression(operand)]


def _leaves_in(bound: Operand) -> int:
    """Return the maximum number of leaves in a condition."""
    if isinstance(bound, Junction):
        return sum(map(_leaves_in, bound.conditions))
    return 1


def _leaves(part: Fragment) -> Iterator[Fragment]:
    if part.kind == "leaf":
        yield part
    for inner in part.parts:
        yield from _leaves(inner)


def generate(expression: Expression, entry: Entry = "parts") -> Program | None:
    """Return the program of a filter; None if it has more than ``MAX_LEAVES``."""
    bound = bind(expression)
    writer = _Writer([bound], entry, count())
    try:
        return writer.program(writer.write(bound)[0])
    except _TooMany:
        return None


def signature(entry: Entry, constants: Constants) -> str:
    """Return the names of the parameters."""
    names = (
        ["c"] if constants.bundled else [f"c{number}" for number in range(len(constants.values))]
    )
    return ", ".join([PARAMETERS[entry], *names, "fallback"])
