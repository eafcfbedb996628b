"""Conditions in a normal form in which they can be compared with each other.

``clause_of`` reads what one operand of ``&&`` or ``||`` demands of one subject: that it is one of
some values, that it lies beyond a bound, that it has some order to another field. What such
a demand says of one value is the value model's answer (``pnfilter.semantics``), with ``None`` for
undecided.
"""

from __future__ import annotations

from pnfilter.binding.bind import operator_of
from pnfilter.binding.predicates import Folded
from pnfilter.lint.rules.logic.numbering import ValueNumbering
from pnfilter.records import Record, record, replace
from pnfilter.semantics import Missing, NoResult, Reason, compare, is_number, read_number
from pnfilter.syntax.nodes import (
    MIRRORED,
    And,
    Comparison,
    Expression,
    Not,
    Or,
    String,
    is_condition,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

Outcome = bool | None

#: For which signs of ``left - right`` a comparison of two fields holds: less 1, equal 2, more 4.
_SIGNS: Final = {"<": 1, "==": 2, "<=": 3, ">": 4, ">=": 6}
ALL_SIGNS: Final = 7


# What a clause demands


class Members:
    """The subject equals one of ``values``: ``a == "x"``, ``("x", "y") CONTAINS a``."""

    __slots__ = ("_booleans", "_numbers", "_read", "_texts", "values")

    def __init__(self, values: tuple[Any, ...]) -> None:
        if len(values) > 1:
            kinds = dict.fromkeys((isinstance(v, str), isinstance(v, bool), v) for v in values)
            values = tuple(value for _, _, value in kinds)
        self.values = values
        self._texts: set[str] | None = None

    def _texts_of(self) -> set[str]:
        """The strings among the values, found when first asked for: most clauses meet no other."""
        if self._texts is None:
            self._texts = {value for value in self.values if isinstance(value, str)}
            self._booleans = {value for value in self.values if isinstance(value, bool)}
            self._numbers = {value for value in self.values if is_number(value)}
            self._read = {read_number(text) for text in self._texts} - {None}
        return self._texts

    def outcome(self, value: Any) -> Outcome:
        """The outcome for one value in one look-up, however many members there are."""
        texts = self._texts_of()
        if isinstance(value, bool):
            alike = value in self._booleans or value in self._numbers
            return None if alike or ("true" if value else "false") in texts else False
        if isinstance(value, str):
            if value in texts:
                return True
            named = (value == "true" and True in self._booleans) or (
                value == "false" and False in self._booleans
            )
            return None if named or read_number(value) in self._numbers else False
        if value in self._numbers:
            return True
        return None if value in self._read or value in self._booleans else False

    def has(self, value: Any) -> bool:
        """Whether a value is one of the members, of the same type."""
        texts = self._texts_of()
        if isinstance(value, bool):
            return value in self._booleans
        return value in (texts if isinstance(value, str) else self._numbers)


class Bound(Record, metaclass=record):
    """The subject is a number above (``lower``) or below ``number``, or equal if not ``strict``."""

    lower: bool
    strict: bool
    number: int | float

    def inverted(self) -> Bound:
        """The bound that the numbers fit that don't fit this one."""
        return Bound(not self.lower, not self.strict, self.number)

    def fits(self, number: int | float) -> bool:
        """Whether a number fits."""
        if number == self.number:
            return not self.strict
        return (number > self.number) is self.lower

    def tighter_than(self, other: Bound) -> bool:
        """Whether it fits fewer numbers than a bound of the same end."""
        if self.number == other.number:
            return self.strict and not other.strict
        return (self.number > other.number) is self.lower

    def meets(self, other: Bound) -> bool:
        """Whether some number fits both this lower bound and the other, an upper one."""
        if self.number == other.number:
            return not (self.strict or other.strict)
        return self.number < other.number


class Order(Record, metaclass=record):
    """The order of the subject and another field: the signs of the difference that fit."""

    signs: int


class Probe(Record, metaclass=record):
    """Any other comparison with a constant; ``literal`` is the pattern of LIKE as written."""

    operator: str
    constant: Any
    literal: str | None
    subject_is_left: bool

    @property
    def weight(self) -> int:
        """Characters that an outcome has to look at."""
        return len(self.constant) if isinstance(self.constant, str) else 0


Demand = Members | Bound | Order | Probe


class Clause(Record, metaclass=record):
    """One condition of a junction: ``demand`` of a subject, or its opposite.

    Clauses with the same ``group`` speak of the same subject.
    """

    node: Expression
    subject: Expression
    group: tuple[int, ...]
    demand: Demand
    negated: bool = False

    def outcome(self, value: Any) -> Outcome:
        """What the clause says of a text, number or boolean as its subject's value."""
        found = _outcome(self.demand, value)
        return found if found is None else found is not self.negated


def _outcome(demand: Demand, value: Any) -> Outcome:
    match demand:
        case Members():
            return demand.outcome(value)
        case Bound():
            if isinstance(value, bool):
                return False
            number = read_number(value) if isinstance(value, str) else value
            return None if number is None else demand.fits(number)
        case Probe(operator, constant, literal, subject_is_left):
            sides = (value, constant) if subject_is_left else (constant, value)
            found = compare(operator, *sides, literal)
            return None if isinstance(found, Reason) else found
        case _:
            raise AssertionError("an order says nothing of one value")


def opposite(clause: Clause) -> Clause:
    """The clause that holds where this one doesn't."""
    return Clause(clause.node, clause.subject, clause.group, clause.demand, not clause.negated)


def clause_of(node: Expression, numbering: ValueNumbering) -> Clause | None:
    """The clause that a condition is; None for one that says nothing of a single subject."""
    match node:
        case Comparison():
            return _comparison_clause(node, numbering)
        case Not(operand) if is_condition(operand):
            clause = clause_of(operand, numbering)
            return replace(opposite(clause), node=node) if clause else None
        case And(operands) | Or(operands):
            return _unite(node, operands, numbering)
        case _:
            return None


def _comparison_clause(node: Comparison, numbering: ValueNumbering) -> Clause | None:
    # From terms, not predicates: the subject may be arithmetic beside a string, a set or a pattern.
    operator: str = operator_of(node)
    left, right = numbering.term(node.left), numbering.term(node.right)
    if isinstance(right, Folded):
        if isinstance(left, Folded):
            return None
        subject, constant = node.left, right.value
    elif isinstance(left, Folded):
        subject, constant = node.right, left.value
        operator = MIRRORED.get(operator, operator)
    else:
        return _order_clause(node, operator, numbering)
    if isinstance(constant, (Missing, NoResult)):
        return None
    group = (numbering.number(subject),)
    if operator == "==" or operator == "!=":
        return Clause(node, subject, group, Members((constant,)), operator == "!=")
    if operator == "CONTAINS" and isinstance(constant, list):
        return Clause(node, subject, group, Members(tuple(constant)))
    if operator in MIRRORED and is_number(constant):
        return Clause(node, subject, group, Bound(operator[0] == ">", len(operator) == 1, constant))
    literal = node.right.raw if isinstance(node.right, String) else None
    probe = Probe(node.operator, constant, literal, subject is node.left)
    return Clause(node, subject, group, probe)


def _order_clause(node: Comparison, operator: str, numbering: ValueNumbering) -> Clause | None:
    negated = operator == "!="
    if negated:
        operator = "=="
    left, right = numbering.number(node.left), numbering.number(node.right)
    if operator not in _SIGNS or left == right:
        return None
    if left > right:
        left, right = right, left
        operator = MIRRORED.get(operator, operator)
    return Clause(node, node.left, (left, right), Order(_SIGNS[operator]), negated)


def _unite(
    node: Expression, operands: tuple[Expression, ...], numbering: ValueNumbering
) -> Clause | None:
    """``a == 1 || a == 2`` as one of two values, ``a != 1 && a != 2`` as its opposite."""
    denied = isinstance(node, And)
    first: Clause | None = None
    values: list[Any] = []
    for operand in operands:
        inner = operand
        while isinstance(inner, Not):
            inner = inner.operand
        # Comparisons only: what is nested deeper would be read again from every level.
        clause = clause_of(operand, numbering) if isinstance(inner, Comparison) else None
        if clause is None or not isinstance(clause.demand, Members) or clause.negated != denied:
            return None
        if first is not None and clause.group != first.group:
            return None
        first = first or clause
        values.extend(clause.demand.values)
    return replace(first, node=node, demand=Members(tuple(values))) if first else None


def aliases(value: Any) -> tuple[Any, ...]:
    """Values of another type that may or may not equal ``value``: it is unverified.

    Of a number's countless texts none is among them: see ``conflicts.rules_out``.
    """
    if isinstance(value, bool):
        return (1, "true") if value else (0, "false")
    if isinstance(value, str):
        if value == "true" or value == "false":
            return (value == "true",)
        number = read_number(value)
        return () if number is None else (number,)
    return (bool(value),) if value == 0 or value == 1 else ()
