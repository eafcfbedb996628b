"""Merge equalities of one field: ``a == 1 || a == 2`` tests ``a`` against two numbers.

Under ``AnyOf``, the conditions that hold for equal values (``==``) form groups. Under ``AllOf``,
those that hold for unequal values do (``!=``, or a negated ``==``). Groups never mix operators,
which differ when metadata is missing.
"""

from __future__ import annotations

from pnfilter.binding.predicates import (
    AnyOf,
    Bound,
    Junction,
    NumberEquality,
    Predicate,
    StringEquality,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from pnfilter.binding.predicates import EqualityOperator
    from pnfilter.syntax.nodes import Path


class Equalities:
    """Two or more equalities of a field with strings, or with numbers: ``predicates``, in order.

    All share ``operator`` and ``negated``; ``values`` holds the constant of each.
    """

    __slots__ = ("negated", "operator", "path", "predicates", "values")
    __match_args__ = ("path", "values", "operator")

    def __init__(self, predicates: tuple[StringEquality | NumberEquality, ...]) -> None:
        first = predicates[0]
        self.predicates: Final = predicates
        self.path: Final[Path] = first.path
        self.operator: Final[EqualityOperator] = first.operator
        self.negated: Final[bool] = first.negated
        self.values: Final = tuple([_value_of(one) for one in predicates])


def grouped(junction: Junction) -> list[Bound | Equalities]:
    """Return the conditions of a junction, with each group in place of its first equality.

    This changes the order, and perhaps the reason of an UNDECIDED junction, but no verdict.
    """
    wanted = isinstance(junction, AnyOf)
    groups: dict[Any, list[StringEquality | NumberEquality]] = {}
    found: list[Bound | list[StringEquality | NumberEquality]] = []
    for one in junction.conditions:
        if not isinstance(one, (StringEquality, NumberEquality)) or _holds_if_equal(one) != wanted:
            found.append(one)
            continue
        key = type(one), one.operator, one.path
        if key in groups:
            groups[key].append(one)
        else:
            groups[key] = [one]
            found.append(groups[key])
    return [_group(one) if isinstance(one, list) else one for one in found]


def _holds_if_equal(equality: StringEquality | NumberEquality) -> bool:
    return (equality.operator == "==") is not equality.negated


def _group(equalities: list[StringEquality | NumberEquality]) -> Predicate | Equalities:
    return equalities[0] if len(equalities) == 1 else Equalities(tuple(equalities))


def _value_of(equality: StringEquality | NumberEquality) -> str | int | float:
    return equality.string if isinstance(equality, StringEquality) else equality.number
