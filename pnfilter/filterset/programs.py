"""The full meaning of a form: the interpreter's answer, made once for all filters of that form.

A program takes an item (a tuple with the constants from ``FIRST`` on), payload and metadata. It is
what is asked where a comparison of plain values can't tell; each step is one of the interpreter's.
"""

# A program takes all that there is, whatever it reads.
# ruff: noqa: ARG005

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from pnfilter.evaluation.interpreter import read
from pnfilter.filterset.predicates import Form
from pnfilter.syntax.nodes import Path
from pnfilter.values import (
    MISSING,
    Reason,
    apply_sign,
    calculate,
    compare,
    negated,
    negated_truth,
    text_value,
    truth,
)

#: Where an item's constants begin.
FIRST: Final = 2

Item = tuple[Any, ...]
Program = Callable[[Item, Any, Any], Any]


def conjunction(forms: Sequence[Form]) -> Program:
    """The program of a branch."""
    return _junction([condition(form) for form in forms], decisive=False)


def condition(form: Form) -> Program:
    """The program of a condition: ``True``, ``False`` or a ``Reason``."""
    match form:
        case (str(name), Path() as path, int(number), bool(is_negated)):
            found = _known(name, path, FIRST + number)
            return _negation(found) if is_negated else found
        case ("any", _, part):
            return condition(part)
        case ("and", *parts):
            return _junction([condition(part) for part in parts], decisive=False)
        case ("or", *parts):
            return _junction([condition(part) for part in parts], decisive=True)
        case ("not", part):
            return _negation(condition(part))
        case ("not true", part):
            inner = operand(part)
            return lambda item, data, meta: negated_truth(inner(item, data, meta))
        case ("true", part):
            inner = operand(part)
            return lambda item, data, meta: truth(inner(item, data, meta))
        case ("compare", operator, left, right):
            one, other = operand(left), operand(right)
            return lambda item, data, meta: compare(
                operator, one(item, data, meta), other(item, data, meta)
            )
        case ("pattern", operator, left, (_, number)):
            one, place = operand(left), FIRST + number
            return lambda item, data, meta: compare(
                operator, one(item, data, meta), text_value(item[place]), item[place]
            )
        case _:
            raise AssertionError(f"no condition: {form}")


def _negation(inner: Program) -> Program:
    return lambda item, data, meta: negated(inner(item, data, meta))


def _junction(parts: list[Program], *, decisive: bool) -> Program:
    if len(parts) == 1:
        return parts[0]

    def junction(item: Item, data: Any, meta: Any) -> Any:
        undecided: Reason | None = None
        for part in parts:
            outcome = part(item, data, meta)
            if outcome is decisive:
                return decisive
            if undecided is None and isinstance(outcome, Reason):
                undecided = outcome
        return undecided or not decisive

    return junction


def _known(name: str, path: Path, place: int) -> Program:
    """A predicate that an index knows."""
    if name in {"in texts", "in numbers"}:
        return lambda item, data, meta: compare(
            "CONTAINS", list(item[place]), read(path, data, meta)
        )
    if name.startswith("LIKE"):
        return lambda item, data, meta: compare(
            "LIKE", read(path, data, meta), "", _pattern(name, item[place])
        )
    operator = name.split(maxsplit=1)[0]
    return lambda item, data, meta: compare(operator, read(path, data, meta), item[place])


def _pattern(name: str, constant: Any) -> str:
    """A pattern of which the parts were kept. They are folded, which makes no difference to LIKE."""
    parts = constant if name == "LIKE" else (constant, "") if name == "LIKE prefix" else (constant,)
    return "*".join(part.replace("\\", "\\\\").replace("*", "\\*") for part in parts)


def operand(form: Form) -> Program:
    """The program of an operand: its value, or a mark of ``pnfilter.values``."""
    match form:
        case ("text", number):
            place = FIRST + number
            return lambda item, data, meta: text_value(item[place])
        case ("constant", number):
            place = FIRST + number
            return lambda item, data, meta: item[place]
        case ("null",):
            return lambda item, data, meta: MISSING
        case ("set", *parts):
            elements = [operand(part) for part in parts]
            return lambda item, data, meta: [each(item, data, meta) for each in elements]
        case ("path", path):
            return lambda item, data, meta: read(path, data, meta)
        case ("sign", operator, part):
            inner = operand(part)
            return lambda item, data, meta: apply_sign(operator, inner(item, data, meta))
        case ("sum", operator, left, right):
            one, other = operand(left), operand(right)
            return lambda item, data, meta: calculate(
                operator, one(item, data, meta), other(item, data, meta)
            )
        case _:
            raise AssertionError(f"no operand: {form}")
