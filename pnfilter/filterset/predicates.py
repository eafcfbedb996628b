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

from pnfilter.evaluation.codegen.fields import constant_value, is_constant
from pnfilter.evaluation.codegen.functions import decider
from pnfilter.evaluation.interpreter import condition
from pnfilter.evaluation.undecided import Undecided
from pnfilter.syntax.nodes import (
    MIRRORED,
    And,
    Comparison,
    Expression,
    Not,
    Or,
    Path,
    SetLiteral,
    Text,
    is_condition,
)
from pnfilter.values import Reason, is_number, pattern_parts, text_value

#: Branches of one filter at most; what would take more is evaluated as a whole.
MAX_BRANCHES: Final = 64
#: Predicates of a branch that are looked at one by one; all others are one.
MAX_PREDICATES: Final = 16

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
    branches = []
    for conjuncts in _distributed(expression, negated=False) or [[(expression, False)]]:
        constants: Constants = []
        forms: list[Form] = [
            _predicate(node, negated, constants)
            for node, negated in conjuncts[: MAX_PREDICATES - 1]
        ]
        rest = conjuncts[MAX_PREDICATES - 1 :]
        if len(rest) == 1:
            forms.append(_predicate(*rest[0], constants))
        elif rest:
            parts = [_negated(node) if negated else node for node, negated in rest]
            forms.append(_any_condition(And(tuple(parts)), constants))
        branches.append(Branch(tuple(forms), tuple(constants)))
    # 1 and 1.0 are one constant: no predicate tells them apart, nor does an index that is to forget them.
    return list(dict.fromkeys(branches))


type_of_conjuncts = list[tuple[Expression, bool]]


def _distributed(node: Expression, *, negated: bool) -> list[type_of_conjuncts]:
    """The conjunctions of which one has to hold, of nodes and whether each is negated; none for too many."""
    while isinstance(node, Not) and is_condition(node.operand):
        node, negated = node.operand, not negated
    if not isinstance(node, (And, Or)):
        return [[(node, negated)]]
    alternatives = [_distributed(operand, negated=negated) for operand in node.operands]
    if not all(alternatives):
        return []
    if isinstance(node, Or) is not negated:
        found = [branch for operand in alternatives for branch in operand]
        return found if len(found) <= MAX_BRANCHES else []
    found = [[]]
    for operand in alternatives:
        if len(found) * len(operand) > MAX_BRANCHES:
            return []
        found = [[*left, *right] for left in found for right in operand]
    return found


# Forms of conditions


class Decider:
    """A condition that no index knows, as compiled for itself."""

    __slots__ = ("_made", "_node")

    def __init__(self, node: Expression) -> None:
        self._node = node
        self._made: Callable[[Any, Any], bool] | None = None

    def decide(self, data: Any, meta: Any) -> bool:
        """Its verdict; ``Undecided`` where it has none."""
        # Compiled when a message asks for it: that takes longer than all else.
        if self._made is None:
            self._made = decider(self._node, "parts")
        try:
            return self._made(data, meta)
        except OverflowError:
            raise Undecided from None

    def outcome(self, data: Any, meta: Any) -> bool | Reason:
        """The interpreter's outcome."""
        try:
            return self.decide(data, meta)
        except Undecided as left:
            return left.reason or condition(self._node, data, meta)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decider) and self._node == other._node

    def __hash__(self) -> int:
        # That of a long condition takes long, and few are ever compared.
        return 1


def _negated(node: Expression) -> Expression:
    """The opposite of a condition. ``!`` before an operand is no such thing, but it is before ``x && x``."""
    return Not(node if is_condition(node) else And((node, node)))


def _any_condition(node: Expression, constants: Constants) -> Form:
    constants.append(Decider(node))
    return "", None, len(constants) - 1, False


def _predicate(node: Expression, negated: bool, constants: Constants) -> Form:
    """The form of a predicate."""
    if isinstance(node, Comparison):
        known = _known(node, constants)
        if known is not None:
            return (*known, len(constants) - 1, negated)
    return _any_condition(_negated(node) if negated else node, constants)


def _known(node: Comparison, constants: Constants) -> tuple[str, Field] | None:
    operator: str = node.operator
    left, right = node.left, node.right
    if isinstance(right, Path) and not isinstance(left, Path):
        if operator == "CONTAINS" and isinstance(left, SetLiteral):
            return _membership(right, left, constants)
        if operator in {"LIKE", "CONTAINS"}:
            return None
        operator, left, right = MIRRORED.get(operator, operator), right, left
    if not isinstance(left, Path):
        return None
    field: Field = left.root, left.keys
    if isinstance(right, Text):
        match operator:
            case "==" | "=" | "!=":
                constants.append(text_value(right.raw))
                return ("!= text" if operator == "!=" else "== text", field)
            case "CONTAINS":
                constants.append(text_value(right.raw))
                return ("CONTAINS", field)
            case "LIKE":
                parts = pattern_parts(right.raw)
                if len(parts) == 1:
                    constants.append(parts[0])
                    return ("LIKE text", field)
                if len(parts) == 2 and not parts[1] and parts[0]:
                    constants.append(parts[0])
                    return ("LIKE prefix", field)
                constants.append(parts)
                return ("LIKE", field)
        return None
    if operator in {"LIKE", "CONTAINS"} or not is_constant(right):
        return None
    number = constant_value(right)
    if not is_number(number):
        return None
    constants.append(number)
    if operator in {"==", "=", "!="}:
        return ("!= number" if operator == "!=" else "== number", field)
    return (operator, field)


def _membership(path: Path, node: SetLiteral, constants: Constants) -> tuple[str, Field] | None:
    elements = tuple(dict.fromkeys(map(constant_value, node.elements)))
    for name, fits in (("in texts", _is_text), ("in numbers", is_number)):
        if all(map(fits, elements)):
            constants.append(elements if len(elements) <= _FEW else frozenset(elements))
            return (name, (path.root, path.keys))
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str)
