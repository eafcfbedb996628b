"""A filter as a program: what its junctions come to, and the source of its function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, cast

from pnfilter.evaluation.codegen.conditions import Group, merged, write, write_group
from pnfilter.evaluation.codegen.fields import PARAMETERS, Entry, Fields, Place
from pnfilter.evaluation.codegen.leaf import MAX_PARAMETERS, Constants, Leaf
from pnfilter.syntax.nodes import (
    CONDITIONS,
    And,
    Comparison,
    Expression,
    Not,
    Number,
    Or,
    Path,
    Text,
    children,
)

#: Leaves of a filter that are written out; the interpreter evaluates a filter with more.
MAX_LEAVES: Final = 10_000
#: Junctions and negations in each other that are written out: Python's parser has a limit of its
#: own. What is inside of more is one leaf.
MAX_DEPTH: Final = 24


class Part(NamedTuple):
    """A piece of the condition: a leaf's source, or what joins the ``parts`` in it."""

    kind: str
    node: Expression
    source: str
    parts: tuple[Part, ...] = ()
    is_left: bool = False


class Program(NamedTuple):
    """The source of a function, a ``lambda``, and what its parameters beyond the message are.

    The function takes ``message``, a plain ``dict``, or ``data`` and ``meta``, by ``entry``. Then come
    ``constants`` (as one tuple ``c`` if ``bundled``), ``odd`` (called with a number of ``leaves`` and the
    message, it says ``True`` or ``False`` of that leaf, or raises ``Undecided``), and ``YES`` and
    ``NO``, one of which the function returns.
    """

    source: str
    constants: tuple[Any, ...]
    leaves: tuple[Expression, ...]
    entry: Entry
    bundled: bool
    condition: Part

    @property
    def left(self) -> tuple[int, ...]:
        """The numbers of the leaves that are left to the interpreter whatever the message holds."""
        return tuple(number for number, part in enumerate(_leaves(self.condition)) if part.is_left)


#: A part, and the places that are read for sure behind it: anyway, if it is true, if it is not.
_Written = tuple[Part, list[Place], list[Place], list[Place]]


class _Writer:
    """Writes the condition of one filter."""

    def __init__(self, expression: Expression, entry: Entry) -> None:
        paths, comparisons = _survey(expression)
        self.constants = Constants(bundled=comparisons * 2 > MAX_PARAMETERS)
        self.leaves: list[Expression] = []
        self._fields = Fields(paths, entry)
        self._arguments = PARAMETERS[entry]

    def write(self, node: Expression, depth: int = 0) -> _Written:
        """The part of a condition, or of an operand that stands for one."""
        if depth < MAX_DEPTH:
            if isinstance(node, And | Or):
                return self._junction(node, depth)
            if isinstance(node, Not) and isinstance(node.operand, CONDITIONS):
                part, always, fits, fails = self.write(node.operand, depth + 1)
                return Part("not", node, f"(not {part.source})", (part,)), always, fails, fits
        return self._leaf(node)

    def _junction(self, node: And | Or, depth: int) -> _Written:
        word = "and" if isinstance(node, And) else "or"
        first: list[Place] = []
        passed: list[Place] = []
        parts: list[Part] = []
        known = self._fields.known
        operator = "!=" if word == "and" else "=="
        for operand in merged(node.operands, operator):
            if isinstance(operand, list):
                written = self._group(operand, operator)
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
        joined = Part(word, node, source, tuple(parts))
        return (joined, first, passed, first) if word == "and" else (joined, first, first, passed)

    def _leaf(self, node: Expression) -> _Written:
        leaf = self._next_leaf(node)
        return self._closed(node, leaf, write(node, leaf))

    def _group(self, group: Group, operator: str) -> _Written:
        node = (And if operator == "!=" else Or)(tuple(group))
        leaf = self._next_leaf(node)
        return self._closed(node, leaf, write_group(group, leaf, operator))

    def _next_leaf(self, node: Expression) -> Leaf:
        odd = f"odd({len(self.leaves)}, {self._arguments})"
        self.leaves.append(node)
        return Leaf(self._fields, self.constants, odd)

    def _closed(self, node: Expression, leaf: Leaf, source: str) -> _Written:
        sure = leaf.close(source)
        return Part("leaf", node, source, is_left=source == leaf.odd), sure, sure, sure


def _survey(root: Expression) -> tuple[list[Path], int]:
    """The paths of a filter, and how many comparisons it has."""
    paths: list[Path] = []
    comparisons = 0
    pending: list[Expression] = [root]
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is Path:
            paths.append(cast("Path", node))
        elif kind is not Text and kind is not Number:
            comparisons += kind is Comparison
            pending += children(node)
    return paths, comparisons


def _leaves(part: Part) -> Iterator[Part]:
    if part.kind == "leaf":
        yield part
    for inner in part.parts:
        yield from _leaves(inner)


def generate(expression: Expression, entry: Entry = "parts") -> Program | None:
    """The program of a filter; None where it has more than ``MAX_LEAVES``."""
    writer = _Writer(expression, entry)
    part = writer.write(expression)[0]
    if len(writer.leaves) > MAX_LEAVES:
        return None
    constants = writer.constants
    return Program(
        f"lambda {signature(entry, constants)}: YES if {part.source} else NO",
        tuple(constants.values),
        tuple(writer.leaves),
        entry,
        constants.bundled,
        part,
    )


def signature(entry: Entry, constants: Constants) -> str:
    """The names of the parameters."""
    names = (
        ["c"] if constants.bundled else [f"c{number}" for number in range(len(constants.values))]
    )
    return ", ".join([PARAMETERS[entry], *names, "odd", "YES", "NO"])
