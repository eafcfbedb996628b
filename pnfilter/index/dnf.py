"""Convert a filter to conjunctions of predicates, for the index.

A filter becomes *branches*, at least one of which must hold, and each is a conjunction of
*predicates*. The meaning stays: Kleene's AND and OR distribute over each other, and De Morgan's
laws push negations down, UNDECIDED included. A branch has a *form*, which is all of it but its
strings and numbers, and a tuple of these *constants*. Filters that differ only in constants, as
those of one service do, share the form and all code generated from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, NamedTuple

from pnfilter.binding.bind import bind, to_expression
from pnfilter.binding.predicates import (
    AnyOf,
    Bound,
    Contains,
    Membership,
    NumberEquality,
    Ordering,
    Pattern,
    Predicate,
    StringEquality,
)
from pnfilter.compiler.function import decider
from pnfilter.interpreter import condition
from pnfilter.semantics import Bailout, Reason
from pnfilter.syntax.nodes import And, Expression, Path

#: Branches of one filter; a filter that needs more is evaluated as a whole.
MAX_BRANCHES: Final = 64
#: Separate predicates of a branch; all further ones become one.
MAX_PREDICATES: Final = 16

#: The names of patterns that are compared with one string.
_LIKE: Final = {
    "exact": "LIKE text",
    "prefix": "LIKE prefix",
    "suffix": "LIKE suffix",
    "substring": "LIKE substring",
}
#: Elements of a set that are faster to compare one by one than to hash.
_FEW: Final = 8

#: A field, by root and keys: each filter looks up its form, and a ``Path`` is hashed in Python.
Field = tuple[Literal["data", "meta", "object"], tuple[str | int, ...]]
#: A predicate without its constant: name, field, number of the constant, negated. A condition that
#: no index supports has an empty name and no field: its constant is a ``Residual``.
PredicateKey = tuple[str, Field | None, int, bool]
Constants = list[Any]


class Conjunction(NamedTuple):
    """A conjunction: the form of each predicate, and all their constants."""

    forms: tuple[PredicateKey, ...]
    constants: tuple[Any, ...]


def to_dnf(expression: Expression) -> list[Conjunction]:
    """Return the branches of a filter, each once."""
    branches: list[Conjunction] = []
    conjunctions = _distribute(bind(expression))
    for conjuncts in conjunctions:
        constants: Constants = []
        rest: list[Predicate] = []
        if len(conjuncts) > MAX_PREDICATES:
            conjuncts, rest = conjuncts[: MAX_PREDICATES - 1], conjuncts[MAX_PREDICATES - 1 :]
        forms = [form for each in conjuncts for form in _forms(each, constants)]
        if rest:
            forms.append(_any_condition(And(tuple(map(to_expression, rest))), constants))
        branches.append(Conjunction(tuple(forms), tuple(constants)))
    if not conjunctions:
        constants = []
        branches.append(Conjunction((_any_condition(expression, constants),), tuple(constants)))
    # 1 and 1.0 are one constant: no predicate distinguishes them, and if the index did, removing a
    # filter would fail.
    return list(dict.fromkeys(branches)) if len(branches) > 1 else branches


def _distribute(bound: Bound) -> list[list[Predicate]]:
    """Return the conjunctions, one of which must hold; none if there are too many."""
    if isinstance(bound, Predicate):
        return [[bound]]
    found: list[list[Predicate]] = []
    if isinstance(bound, AnyOf):
        for each in bound.conditions:
            alternatives = _distribute(each)
            if not alternatives or len(found) + len(alternatives) > MAX_BRANCHES:
                return []
            found += alternatives
        return found
    found.append([])
    for each in bound.conditions:
        if isinstance(each, Predicate):
            for branch in found:
                branch.append(each)
            continue
        alternatives = _distribute(each)
        if not alternatives or len(found) * len(alternatives) > MAX_BRANCHES:
            return []
        found = [[*left, *right] for left in found for right in alternatives]
    return found


# Forms of conditions


class Residual:
    """A condition that no index supports, compiled on its own."""

    __slots__ = ("_function", "_node")

    def __init__(self, node: Expression) -> None:
        self._node = node
        self._function: Callable[[Any, Any], bool] | None = None

    def decide(self, data: Any, meta: Any) -> bool:
        """Return its verdict; raise ``Bailout`` if it has none."""
        # Compiled on first use: that takes longer than all else.
        if self._function is None:
            self._function = decider(self._node, "parts")
        try:
            return self._function(data, meta)
        except OverflowError:
            raise Bailout from None

    def outcome(self, data: Any, meta: Any) -> bool | Reason:
        """Return the interpreter's outcome."""
        try:
            return self.decide(data, meta)
        except Bailout as bailout:
            return bailout.reason or condition(self._node, data, meta)

    def __reduce__(self) -> tuple[Any, ...]:
        return Residual, (self._node,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Residual) and self._node == other._node

    def __hash__(self) -> int:
        # Hashing a long condition takes long, and few are ever compared.
        return 1


def _any_condition(node: Expression, constants: Constants) -> PredicateKey:
    constants.append(Residual(node))
    return "", None, len(constants) - 1, False


def _forms(predicate: Predicate, constants: Constants) -> Iterator[PredicateKey]:
    """Yield the form of a predicate, and of another one that it implies and that a table finds."""
    yield _form(predicate, constants)
    match predicate:
        case Pattern(parts=parts, shape="general", negated=False):
            constants.append(max(parts, key=len))
            yield "LIKE substring", _field_of(predicate.path), len(constants) - 1, False
        case _:
            pass


def _field_of(path: Path) -> Field:
    return path.root, path.keys


def _form(predicate: Predicate, constants: Constants) -> PredicateKey:
    """Return the form of a predicate."""
    match predicate:
        case StringEquality(path=path):
            name = "== text" if predicate.operator == "==" else "!= text"
            constants.append(predicate.string)
        case Ordering(path=path, quoted=False):
            name = predicate.operator
            constants.append(predicate.number)
        case Pattern(path=path, parts=parts):
            name = _LIKE.get(predicate.shape, "LIKE")
            constants.append(parts if name == "LIKE" else max(parts, key=len))
        case NumberEquality(path=path):
            name = "== number" if predicate.operator == "==" else "!= number"
            constants.append(predicate.number)
        case Membership(path, strings, ()):
            name = "in texts"
            constants.append(_elements(strings))
        case Membership(path, (), numbers):
            name = "in numbers"
            constants.append(_elements(numbers))
        case Contains(path, str(string)):
            name = "CONTAINS"
            constants.append(string)
        case _:
            return _any_condition(to_expression(predicate), constants)
    return name, _field_of(path), len(constants) - 1, predicate.negated


def _elements(elements: tuple[Any, ...]) -> tuple[Any, ...] | frozenset[Any]:
    return elements if len(elements) <= _FEW else frozenset(elements)
