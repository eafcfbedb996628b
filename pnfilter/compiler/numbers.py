"""Arithmetic in generated code: Python's own, behind guards that keep it in range.

Every field is a number below ``HIGH`` then (written out, since a literal is quicker than a name).
That bounds the size of a result, in bits. Below ``MAX_BITS`` neither an integer nor a double leaves
its range, and an integer can become a double.

If a side is one field and constants, as in ``data.mag * 10``, checking the result is enough, see
``shows_in_result``. Numbers that are only compared may be as large as any double.
"""

from __future__ import annotations

from math import log2
from typing import Final, NamedTuple

from pnfilter.binding.predicates import Calculation, Folded, Signed, Term
from pnfilter.compiler.fields import FieldSource, Use
from pnfilter.compiler.namespace import BITS_OF_HIGH
from pnfilter.syntax.nodes import Path

MAX_BITS: Final = 1000.0
#: Operators of one leaf that are written out.
MAX_OPERATORS: Final = 24


class Operand(NamedTuple):
    """A number: its source, its maximum size in bits, and whether it must be an integer."""

    source: str
    bits: float
    is_integer: bool

    @property
    def bare(self) -> str:
        """The source without the parentheses round it: fewer of them compile faster."""
        return self.source[1:-1] if self.source[0] == "(" else self.source


def shows_in_result(term: Term, operators: int = MAX_OPERATORS) -> bool:
    """Return whether one field and constants are finite only if all intermediate results are.

    A value that is infinite or not a number stays so if anything is added to it, or if it is
    multiplied or divided by anything but zero. An integer that is too long for JSON stays too large
    for a double: no constant that is calculated with is near it. With two fields, one may
    compensate for the other.
    """
    # Types, not patterns: this runs at every operator.
    if isinstance(term, Path):
        return True
    if operators == 0:
        return False
    if isinstance(term, Signed):
        return term.operator == "-" and shows_in_result(term.operand, operators - 1)
    if not isinstance(term, Calculation):
        return False
    operator, inner, constant = term.operator, term.left, term.right
    if operator != "/" and not isinstance(constant, Folded):
        inner, constant = constant, inner
    if not isinstance(constant, Folded):
        return False
    if operator == "*" or operator == "/":
        fits = constant.value != 0
    else:
        fits = operator == "+" or operator == "-"
    return fits and shows_in_result(inner, operators - 1)


class Numbers:
    """The numbers of one leaf, and the guards under which they are valid, in order."""

    __slots__ = ("_guarded", "_leaf", "_operators", "_use", "fields", "guards")

    def __init__(self, leaf: FieldSource, use: Use) -> None:
        self._leaf = leaf
        self._use: Use = use
        self._operators = 0
        self._guarded: set[tuple[str, Use]] = set()
        #: The first guard of each field, by its variable; and all guards.
        self.fields: dict[str, str] = {}
        self.guards: list[str] = []

    def side(self, term: Term) -> Operand | None:
        """Return one side of a comparison; None if its size is unknown."""
        if not self._leaf.checks_results:
            return self.operand(term)
        if isinstance(term, Path):
            self._use = "compared"
            return self.operand(term)
        if not shows_in_result(term):
            self._use = "calculated"
            return self.operand(term)
        self._use = "checked"
        found = self.operand(term)
        if found is None:
            return None
        result = self._leaf.variable()
        self.guards.append(f"isfinite({result} := {found.bare})")
        return Operand(result, found.bits, is_integer=False)

    def operand(self, term: Term) -> Operand | None:
        """Return a number; None if its size is unknown."""
        if isinstance(term, Path):
            return self._field(term) if self._leaf.follows(term) else None
        if isinstance(term, Folded):
            return self.constant(term.value)
        if isinstance(term, Signed):
            found = self._write_sign(term.operator, term.operand)
        else:
            found = self._write_arithmetic(term.operator, term.left, term.right)
        return found if found is not None and found.bits <= MAX_BITS else None

    def constant(self, value: int | float) -> Operand:
        """Return a number of the filter."""
        bits = max(log2(abs(value)), 0.0) + 1 if value else 1.0
        return Operand(self._leaf.constant(value), bits, isinstance(value, int))

    def _field(self, path: Path) -> Operand:
        guard, name = self._leaf.number(path, self._use)
        if (name, self._use) not in self._guarded:
            self._guarded.add((name, self._use))
            self.fields.setdefault(name, guard)
            self.guards.append(guard)
        return Operand(name, self._leaf.bits, is_integer=False)

    def _write_sign(self, operator: str, term: Term) -> Operand | None:
        self._operators += 1
        operand = self.operand(term) if self._operators <= MAX_OPERATORS else None
        if operand is None:
            return None
        if operator == "-":
            return operand._replace(source=f"(-{operand.source})")
        return Operand(f"(~{self._integer(operand)})", operand.bits + 1, is_integer=True)

    def _write_arithmetic(self, operator: str, left: Term, right: Term) -> Operand | None:
        self._operators += 1
        if self._operators > MAX_OPERATORS:
            return None
        one, other = self.operand(left), self.operand(right)
        if one is None or other is None:
            return None
        bits = max(one.bits, other.bits) + 1
        match operator:
            case "+" | "-":
                source = f"({one.source} {operator} {other.source})"
                return Operand(source, bits, one.is_integer and other.is_integer)
            case "*":
                source = f"({one.source} * {other.source})"
                return Operand(source, one.bits + other.bits, one.is_integer and other.is_integer)
            case "/" if self._use == "checked":
                source = f"({one.source} / {other.source})"
                return Operand(source, max(bits, BITS_OF_HIGH), is_integer=False)
            case "/":
                # A quotient is a double: an integer beyond that has none.
                if max(one.bits, other.bits) > MAX_BITS:
                    return None
                quotient = self._leaf.variable()
                self.guards.append(f"{other.source} != 0")
                self.guards.append(f"abs({quotient} := {one.source} / {other.source}) < 1e30")
                return Operand(quotient, BITS_OF_HIGH, is_integer=False)
            case "%":
                dividend, divisor = self._integer(one), self._integer(other)
                self.guards.append(f"{dividend} >= 0 and {divisor} > 0")
                return Operand(f"({dividend} % {divisor})", bits, is_integer=True)
            case "&" | "|" | "^":
                source = f"({self._integer(one)} {operator} {self._integer(other)})"
                return Operand(source, bits, is_integer=True)
            case _:
                return None

    def _integer(self, operand: Operand) -> str:
        """Return the name of an operand behind the guard that it is an integer."""
        if operand.is_integer:
            return operand.source
        name = self._leaf.variable()
        self.guards.append(f"type({name} := {operand.source}) is int")
        return name
