"""The source of one predicate: decides on the usual types, by the rows of the language's tables.

``leaf.fallback`` is the source for everything else.
"""

from __future__ import annotations

from typing import Any, Final

from pnfilter.binding.grouping import Equalities
from pnfilter.binding.predicates import (
    BooleanEquality,
    Constant,
    Contains,
    FieldContains,
    FieldEquality,
    FieldOrdering,
    Membership,
    NullComparison,
    NumberComparison,
    NumberEquality,
    Ordering,
    Pattern,
    Predicate,
    StringEquality,
    Term,
    Truth,
    Within,
)
from pnfilter.compiler.fields import FieldSource, Use
from pnfilter.compiler.numbers import Numbers
from pnfilter.semantics import scalar_text
from pnfilter.syntax.nodes import ORDERINGS, Path

#: Lower-case letters that ``str.lower`` and LIKE's folding per character treat differently.
_SIGMAS: Final = frozenset("σς")


def write(predicate: Predicate | Equalities, leaf: FieldSource) -> str:
    """Return the source that decides on a predicate, or on a group of them, before any negation."""
    match predicate:
        case StringEquality(path, string, operator) if leaf.follows(path):
            found = leaf.text(path)
            return _write_decision(leaf, found, f"{operator} {leaf.constant(string)}", operator)
        case NumberEquality(path, number, operator) | Ordering(path, operator, number) if (
            leaf.follows(path)
        ):
            found = leaf.number(path)
            return _write_decision(leaf, found, f"{operator} {leaf.constant(number)}", operator)
        case Pattern(path) if leaf.follows(path):
            return _pattern(leaf, predicate)
        case Contains(path, value) if leaf.follows(path):
            return _contains(leaf, path, value)
        case Membership(path, strings, numbers) if leaf.follows(path):
            return _member(leaf, path, strings, numbers)
        case Equalities(path, values, operator) if leaf.follows(path):
            inside = "in" if operator == "==" else "not in"
            found = leaf.text(path) if isinstance(values[0], str) else leaf.number(path)
            test = f"{inside} {leaf.constant(frozenset(values))}"
            return _write_decision(leaf, found, test, operator)
        case Truth(path, under_not) if leaf.follows(path):
            first, name = leaf.read(path)
            if under_not:
                return f"(({first}) is False or {name} is not True and {leaf.fallback})"
            return (
                f"(({first}) is True or {name} is not False and {name} is not None"
                f" and {leaf.fallback})"
            )
        case NumberComparison(operator, left, right):
            return _numbers(leaf, operator, left, right, "calculated")
        case FieldOrdering(left, right, operator):
            return _numbers(leaf, operator, left, right, "compared")
        case FieldEquality(left, right, operator) if leaf.follows(left) and leaf.follows(right):
            guard, name, twin = leaf.alike(left, right)
            return f"({name} {operator} {twin} if {guard} else {leaf.fallback})"
        case FieldContains(left, right) if leaf.follows(left) and leaf.follows(right):
            (one, name), (other, twin) = leaf.read(left), leaf.read(right)
            return f"({twin} in {name} if type({one}) is type({other}) is str else {leaf.fallback})"
        case Within(path, string) if leaf.follows(path):
            return _write_decision(leaf, leaf.text(path), f"in {leaf.constant(string)}")
        case BooleanEquality(path, value, operator) if leaf.follows(path):
            first, name = leaf.read(path)
            if operator == "!=":
                return f"(({first}) is {not value} or {leaf.fallback})"
            return f"(({first}) is not None and {name} is not {not value} and {leaf.fallback})"
        case NullComparison(path, operator) if leaf.follows(path):
            return _beside_null(leaf, path, operator)
        case Constant(bool(outcome)):
            return str(outcome)
        case _:
            return leaf.fallback


def _write_decision(
    leaf: FieldSource, found: tuple[str, str], test: str, operator: str = "=="
) -> str:
    """Return the source of a test on a field; ``found`` has its guard and its variable."""
    guard, name = found
    return f"({name} {test} if {guard} else {_otherwise(leaf, name, operator)})"


def _otherwise(leaf: FieldSource, name: str, operator: str = "==") -> str:
    """Return the source for a field of another type: missing, it matches no test but ``!=``."""
    if operator == "!=":
        return leaf.fallback
    return f"{name} is not None and {leaf.fallback}"


def _pattern(leaf: FieldSource, pattern: Pattern) -> str:
    parts, path = pattern.parts, pattern.path
    guard, name = leaf.text(path)
    match pattern.shape:
        case "any":
            test = "True"
        case "general":
            test = f"like({name}, {leaf.constant(parts)})"
        case _ if _SIGMAS.intersection("".join(parts)):
            test = f"like({name}, {leaf.constant(parts)})"
        case "exact":
            test = f"{name}.lower() == {leaf.constant(parts[0])}"
        case "prefix":
            test = f"{name}.lower().startswith({leaf.constant(parts[0])})"
        case "suffix":
            test = f"{name}.lower().endswith({leaf.constant(parts[1])})"
        case "substring":
            test = f"{leaf.constant(parts[1])} in {name}.lower()"
    return f"({test} if {guard} else {_otherwise(leaf, name)})"


def _contains(leaf: FieldSource, path: Path, value: str | int | float) -> str:
    guard, name = leaf.text(path)
    text, held = leaf.constant(scalar_text(value)), leaf.variable()
    element = text if isinstance(value, str) else leaf.constant(value)
    return (
        f"({text} in {name} if {guard} else {name} is not None and "
        f"({leaf.fallback} if type({name}) is not list or "
        f"({held} := holds({name}, {element})) is None else {held}))"
    )


def _member(
    leaf: FieldSource, path: Path, strings: tuple[str, ...], numbers: tuple[int | float, ...]
) -> str:
    if strings and numbers:
        # A value that isn't one of the strings may read as one of the numbers, and vice versa.
        is_text, name = leaf.text(path)
        is_one = f"{leaf.number(path)[0]} and {name} in {leaf.constant(frozenset(numbers))}"
        test = f"({name} in {leaf.constant(frozenset(strings))} if {is_text} else {is_one})"
        return f"({test} or {_otherwise(leaf, name)})"
    found = leaf.text(path) if strings else leaf.number(path)
    elements: frozenset[Any] = frozenset(strings or numbers)
    return _write_decision(leaf, found, f"in {leaf.constant(elements)}")


def _beside_null(leaf: FieldSource, path: Path, operator: str) -> str:
    first, name = leaf.read(path)
    if operator in ORDERINGS:
        return f"(not (({first}) is None or present({name})) and {leaf.fallback})"
    if operator == "!=":
        return leaf.fallback
    return f"(not present({first}) and {leaf.fallback})"


def _numbers(leaf: FieldSource, operator: str, left: Term, right: Term, use: Use) -> str:
    """Return the source that compares numbers: fields, constants, results."""
    numbers = Numbers(leaf, use)
    one, other = numbers.side(left), numbers.side(right)
    if one is None or other is None:
        return leaf.fallback
    test = f"{one.bare} {operator} {other.bare}"
    fields = numbers.fields if len(numbers.fields) == len(numbers.guards) else {}
    otherwise = leaf.uncalculated(operator, fields, is_plain=use == "compared")
    return f"({test} if {' and '.join(numbers.guards)} else {otherwise})"
