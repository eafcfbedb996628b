"""The code of a leaf: what decides on the usual types, row by row of the language's tables."""

from __future__ import annotations

from typing import Final

from pnfilter.evaluation.codegen.fields import Leaf, constant_value, is_constant, is_followed
from pnfilter.evaluation.codegen.numbers import Numbers
from pnfilter.evaluation.interpreter import condition
from pnfilter.syntax.nodes import (
    MIRRORED,
    ORDERINGS,
    Comparison,
    Expression,
    Not,
    Number,
    Path,
    SetLiteral,
    Text,
)
from pnfilter.values import (
    UNREADABLE,
    Missing,
    NoValue,
    is_number,
    pattern_parts,
    read_number,
    scalar_text,
)

#: Small letters of which ``str.lower`` and the letter-by-letter form of LIKE have different ideas.
_SIGMAS: Final = frozenset("σς")


#: Comparisons of one field with texts, or with numbers, any of which (or none) decides.
Group = list[Comparison]
#: What a junction joins.
Operand = Expression | Group


def write(node: Expression, leaf: Leaf) -> str:
    """The source of a comparison or a bare operand; what else there is, is left to the interpreter."""
    if is_constant(node):
        outcome = condition(node, UNREADABLE, None)
        return str(outcome) if isinstance(outcome, bool) else leaf.odd
    match node:
        case Comparison(operator, left, right):
            if operator == "LIKE":
                return _like(leaf, left, right)
            if operator == "CONTAINS":
                return _contains(leaf, left, right)
            return _comparison(leaf, "==" if operator == "=" else operator, left, right)
        case Not(Path() as path) if leaf.follows(path):
            first, name = leaf.read(path)
            return f"(({first}) is False or {name} is not True and {leaf.odd})"
        case Path() if leaf.follows(node):
            first, name = leaf.read(node)
            return (
                f"(({first}) is True or {name} is not False and {name} is not None and {leaf.odd})"
            )
        case _:
            return leaf.odd


def write_group(group: Group, leaf: Leaf, operator: str) -> str:
    """The source of a group that ``merged`` made."""
    values = [constant_value(one.right) for one in group]
    path = group[0].left
    assert isinstance(path, Path)
    return _in_set(leaf, path, values, operator)


def _otherwise(leaf: Leaf, path: Path, name: str, operator: str = "==") -> str:
    """What is left to say of a field of another type."""
    if operator == "!=":
        return leaf.differs(path, name)
    return f"{name} is not None and {leaf.odd}"


def _comparison(leaf: Leaf, operator: str, left: Expression, right: Expression) -> str:
    match left, right:
        case Path(), Path() if operator not in ORDERINGS:
            return _two_fields(leaf, operator, left, right)
        case Path(), _ if is_constant(right):
            return _with_constant(leaf, operator, left, right)
        case _, Path() if is_constant(left):
            return _with_constant(leaf, MIRRORED.get(operator, operator), right, left)
        case _:
            return _with_arithmetic(leaf, operator, left, right)


def _with_constant(leaf: Leaf, operator: str, path: Path, node: Expression) -> str:
    """A field beside a value of the filter."""
    if not leaf.follows(path):
        return leaf.odd
    constant = constant_value(node)
    if isinstance(constant, str):
        if operator in ORDERINGS:
            # A number is compared with the number that the text reads as.
            constant = read_number(constant)
        else:
            guard, name = leaf.text(path)
            test = f"{name} {operator} {leaf.constant(constant)}"
            return f"({test} if {guard} else {_otherwise(leaf, path, name, operator)})"
    if is_number(constant):
        guard, name = leaf.number(path)
        test = f"{name} {operator} {leaf.constant(constant)}"
        return f"({test} if {guard} else {_otherwise(leaf, path, name, operator)})"
    if isinstance(constant, NoValue) or (isinstance(constant, Missing) and constant.computed):
        return leaf.odd
    first, name = leaf.read(path)
    if isinstance(constant, bool) and operator not in ORDERINGS:
        if operator == "!=":
            return f"(({first}) is {not constant} or {leaf.differs(path, name)})"
        return f"(({first}) is not None and {name} is not {not constant} and {leaf.odd})"
    if isinstance(constant, Missing):
        # A present value differs from a missing one; two missing ones are odd.
        if operator in ORDERINGS:
            return f"(not (({first}) is None or present({name})) and {leaf.odd})"
        return (
            f"(present({first}) or {leaf.odd})"
            if operator == "!="
            else f"(not present({first}) and {leaf.odd})"
        )
    return f"(({first}) is not None and {leaf.odd})"


def _two_fields(leaf: Leaf, operator: str, left: Path, right: Path) -> str:
    """Equality of two fields of the same type."""
    if not (leaf.follows(left) and leaf.follows(right)):
        return leaf.odd
    guard, name, twin = leaf.alike(left, right)
    return f"({name} {operator} {twin} if {guard} else {leaf.odd})"


def _with_arithmetic(leaf: Leaf, operator: str, left: Expression, right: Expression) -> str:
    """Numbers on both sides: fields, constants, results."""
    is_plain = isinstance(left, Path) and isinstance(right, Path)
    numbers = Numbers(leaf, "compared" if is_plain else "calculated")
    one, other = numbers.side(left), numbers.side(right)
    if one is None or other is None:
        return leaf.odd
    test = f"{one.bare} {operator} {other.bare}"
    fields = numbers.fields if len(numbers.fields) == len(numbers.guards) else {}
    otherwise = leaf.uncalculated(operator, fields, is_plain=is_plain)
    return f"({test} if {' and '.join(numbers.guards)} else {otherwise})"


def _like(leaf: Leaf, path: Expression, pattern: Expression) -> str:
    """A field beside a pattern of the filter."""
    if not (isinstance(path, Path) and isinstance(pattern, Text) and leaf.follows(path)):
        return leaf.odd
    parts = pattern_parts(pattern.raw)
    guard, name = leaf.text(path)
    if _SIGMAS.intersection("".join(parts)):
        test = f"like({name}, {leaf.constant(parts)})"
    else:
        match parts:
            case (whole,):
                test = f"{name}.lower() == {leaf.constant(whole)}"
            case ("", ""):
                test = "True"
            case (start, ""):
                test = f"{name}.lower().startswith({leaf.constant(start)})"
            case ("", end):
                test = f"{name}.lower().endswith({leaf.constant(end)})"
            case ("", middle, ""):
                test = f"{leaf.constant(middle)} in {name}.lower()"
            case _:
                test = f"like({name}, {leaf.constant(parts)})"
    return f"({test} if {guard} else {_otherwise(leaf, path, name)})"


def _contains(leaf: Leaf, left: Expression, right: Expression) -> str:
    match left, right:
        case SetLiteral(elements), Path() if leaf.follows(right):
            return _in_set(leaf, right, [constant_value(element) for element in elements])
        case Path(), Path() if leaf.follows(left) and leaf.follows(right):
            (one, name), (other, twin) = leaf.read(left), leaf.read(right)
            return f"({twin} in {name} if type({one}) is type({other}) is str else {leaf.odd})"
        case Path(), _ if leaf.follows(left) and is_constant(right):
            constant = constant_value(right)
            if not isinstance(constant, str) and not is_number(constant):
                return leaf.odd
            guard, name = leaf.text(left)
            text, held = leaf.constant(scalar_text(constant)), leaf.variable()
            value = text if isinstance(constant, str) else leaf.constant(constant)
            return (
                f"({text} in {name} if {guard} else {name} is not None and "
                f"({leaf.odd} if type({name}) is not list or "
                f"({held} := holds({name}, {value})) is None else {held}))"
            )
        case _, Path() if leaf.follows(right) and is_constant(left):
            constant = constant_value(left)
            if not isinstance(constant, str):
                return leaf.odd
            guard, name = leaf.text(right)
            test = f"{name} in {leaf.constant(constant)}"
            return f"({test} if {guard} else {_otherwise(leaf, right, name)})"
        case _:
            return leaf.odd


def _in_set(leaf: Leaf, path: Path, elements: list[str | int | float], operator: str = "==") -> str:
    """Whether a field is one of some texts and numbers, or with ``!=`` none of them."""
    texts = frozenset(one for one in elements if isinstance(one, str))
    numbers = frozenset(one for one in elements if not isinstance(one, str))
    if texts and numbers:
        # What is none of the texts may read as one of the numbers, and the other way round.
        assert operator == "=="
        is_text, name = leaf.text(path)
        is_one = f"{leaf.number(path)[0]} and {name} in {leaf.constant(numbers)}"
        test = f"({name} in {leaf.constant(texts)} if {is_text} else {is_one})"
        return f"({test} or {_otherwise(leaf, path, name)})"
    inside = "in" if operator == "==" else "not in"
    guard, name = leaf.text(path) if texts else leaf.number(path)
    test = f"{name} {inside} {leaf.constant(texts or numbers)}"
    return f"({test} if {guard} else {_otherwise(leaf, path, name, operator)})"


def merged(operands: tuple[Expression, ...], operator: str) -> list[Operand]:
    """The operands of a junction, with those that compare one field with texts or numbers made one.

    ``operator`` is ``==`` under ``||`` and ``!=`` under ``&&``. The order changes, and so may which
    operand is looked at, but never what they come to.
    """
    groups: dict[tuple[Path, bool], Group] = {}
    found: list[Operand] = []
    for operand in operands:
        member = _member(operand, operator)
        if member is None or not isinstance(operand, Comparison):
            found.append(operand)
        elif member in groups:
            groups[member].append(operand)
        else:
            groups[member] = [operand]
            found.append(groups[member])
    return [one[0] if isinstance(one, list) and len(one) == 1 else one for one in found]


def _member(operand: Expression, operator: str) -> tuple[Path, bool] | None:
    """The group that an operand of a junction belongs to: its field, and whether it has a text."""
    match operand:
        case Comparison(shown, Path() as path, right) if (
            shown == operator or (shown == "=" and operator == "==")
        ) and is_followed(path):
            kind = type(right)
            if kind is Text or kind is Number:
                return path, kind is Text
        case _:
            pass
    return None
