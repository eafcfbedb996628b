"""A filter as a program: what its junctions come to, and the source of its function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pnfilter.evaluation.codegen.conditions import merged, write
from pnfilter.evaluation.codegen.fields import PARAMETERS, Entry, Fields, Place
from pnfilter.evaluation.codegen.leaf import MAX_PARAMETERS, Constants, Leaf
from pnfilter.syntax.nodes import And, Comparison, Expression, Not, Or, Path, is_condition, walk

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
        nodes = walk(expression)
        paths = [node for node in nodes if isinstance(node, Path)]
        comparisons = sum(type(node) is Comparison for node in nodes)
        self.constants = Constants(bundled=comparisons * 2 > MAX_PARAMETERS)
        self.leaves: list[Expression] = []
        self._fields = Fields(paths, entry)
        self._arguments = PARAMETERS[entry]

    def write(self, node: Expression, depth: int = 0) -> _Written:
        """The part of a condition, or of an operand that stands for one."""
        if depth < MAX_DEPTH:
            match node:
                case And(operands):
                    return self._junction("and", node, operands, depth)
                case Or(operands):
                    return self._junction("or", node, operands, depth)
                case Not(inner) if is_condition(inner):
                    part, always, fits, fails = self.write(inner, depth + 1)
                    source = f"(not {part.source})"
                    return Part("not", node, source, (part,)), always, fails, fits
                case _:
                    pass
        return self._leaf(node)

    def _junction(
        self, word: str, node: And | Or, operands: tuple[Expression, ...], depth: int
    ) -> _Written:
        first: list[Place] = []
        passed: list[Place] = []
        parts: list[Part] = []
        known = self._fields.known
        for operand, is_group in merged(operands, "!=" if word == "and" else "=="):
            written = self._leaf(operand) if is_group else self.write(operand, depth + 1)
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
        leaf = Leaf(self._fields, self.constants, f"odd({len(self.leaves)}, {self._arguments})")
        self.leaves.append(node)
        source = write(node, leaf)
        sure = leaf.close(source)
        return Part("leaf", node, source, is_left=source == leaf.odd), sure, sure, sure


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
