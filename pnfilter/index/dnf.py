"""From a filter to branches of predicates: what an index can find it by, and what else must hold.

A filter is taken apart into *branches*, of which one has to hold, each a conjunction of
*predicates*. That is no change of meaning: Kleene's AND and OR distribute over each other, and
a negation goes inside by De Morgan's laws, UNDECIDED included. A branch has a *form*, which is all of
it but its texts and numbers, and these *constants* in a row. Filters that differ in constants only,
as those of a service do, share the form and all code that is made from it.
"""

from __future__ import annotations

from collections.abc import Callable
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
from pnfilter.syntax.nodes import And, Expression

#: Branches of one filter at most; what would take more is evaluated as a whole.
MAX_BRANCHES: Final = 64
#: Predicates of a branch that are looked at one by one; all others are one.
MAX_PREDICATES: Final = 16

#: The names of patterns that are compared with one text.
_LIKE: Final = {"exact": "LIKE text", "prefix": "LIKE prefix"}
#: Elements of a set that are compared one by one sooner than by a hash.
_FEW: Final = 8

#: A field, by root and keys: each filter looks its form up, and a ``Path`` is hashed in Python.
Field = tuple[Literal["data", "meta"], tuple[str | int, ...]]
#: A predicate without its constant: name, field, number of the constant, negated. The name is empty, and
#: the field None, of a condition that no index knows: its constant is a ``Decider``.
Form = tuple[str, Field | None, int, bool]
Constants = list[Any]


class Branch(NamedTuple):
    """A conjunction: the form of each predicate, and the constants of all of them."""

    forms: tuple[Form, ...]
    constants: tuple[Any, ...]


def branches_of(expression: Expression) -> list[Branch]:
    """The branches of a filter, each once."""
    branches: list[Branch] = []
    conjunctions = _distributed(bind(expression))
    for conjuncts in conjunctions:
        constants: Constants = []
        rest: list[Predicate] = []
        if len(conjuncts) > MAX_PREDICATES:
            conjuncts, rest = conjuncts[: MAX_PREDICATES - 1], conjuncts[MAX_PREDICATES - 1 :]
        forms = [_form(each, constants) for each in conjuncts]
        if rest:
            forms.append(_any_condition(And(tuple(map(to_expression, rest))), constants))
        branches.append(Branch(tuple(forms), tuple(constants)))
    if not conjunctions:
        constants = []
        branches.append(Branch((_any_condition(expression, constants),), tuple(constants)))
    # 1 and 1.0 are one constant: no predicate tells them apart, and no index may, to forget them.
    return list(dict.fromkeys(branches)) if len(branches) > 1 else branches


def _distributed(bound: Bound) -> list[list[Predicate]]:
    """The conjunctions of which one has to hold; none for too many."""
    if isinstance(bound, Predicate):
        return [[bound]]
    found: list[list[Predicate]] = []
    if isinstance(bound, AnyOf):
        for each in bound.conditions:
            alternatives = _distributed(each)
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
        alternatives = _distributed(each)
        if not alternatives or len(found) * len(alternatives) > MAX_BRANCHES:
            return []
        found = [[*left, *right] for left in found for right in alternatives]
    return found


# Forms of conditions


class Decider:
    """A condition that no index knows, as compiled for itself."""

    __slots__ = ("_made", "_node")

    def __init__(self, node: Expression) -> None:
        self._node = node
        self._made: Callable[[Any, Any], bool] | None = None

    def decide(self, data: Any, meta: Any) -> bool:
        """Its verdict; ``Bailout`` where it has none."""
        # Compiled when a message asks for it: that takes longer than all else.
        if self._made is None:
            self._made = decider(self._node, "parts")
        try:
            return self._made(data, meta)
        except OverflowError:
            raise Bailout from None

    def outcome(self, data: Any, meta: Any) -> bool | Reason:
        """The interpreter's outcome."""
        try:
            return self.decide(data, meta)
        except Bailout as left:
            return left.reason or condition(self._node, data, meta)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decider) and self._node == other._node

    def __hash__(self) -> int:
        # That of a long condition takes long, and few are ever compared.
        return 1


def _any_condition(node: Expression, constants: Constants) -> Form:
    constants.append(Decider(node))
    return "", None, len(constants) - 1, False


def _form(predicate: Predicate, constants: Constants) -> Form:
    """The form of a predicate."""
    match predicate:
        case StringEquality(path=path):
            name = "== text" if predicate.operator == "==" else "!= text"
            constants.append(predicate.string)
        case Ordering(path=path, quoted=False):
            name = predicate.operator
            constants.append(predicate.number)
        case Pattern(path=path, parts=parts):
            name = _LIKE.get(predicate.shape, "LIKE")
            constants.append(parts if name == "LIKE" else parts[0])
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
    return name, (path.root, path.keys), len(constants) - 1, predicate.negated


def _elements(elements: tuple[Any, ...]) -> tuple[Any, ...] | frozenset[Any]:
    return elements if len(elements) <= _FEW else frozenset(elements)
