"""The filters of App Context, evaluated: ``pnfilter.app_context`` parses them.

Documented: paths with dots or brackets, ``==``, ``!=``, ``<``, ``>``, ``<=``, ``>=`` and ``LIKE``
with strings, numbers, ``true``, ``false`` and ``null``, joined by ``&&`` and ``||``, negated by
``!``. Read in SDKs: words in lower case. Assumed: strings are ordered by code points, LIKE is that
of subscribers' filters (without case), and so is CONTAINS, which finds a part of a string; values
of different types are unequal and in no order, and a field that isn't set is null.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from pnfilter.app_context.fields import Keys, known_part
from pnfilter.app_context.parser import MAX_LENGTH, read
from pnfilter.diagnostics import Diagnostic
from pnfilter.semantics import fold, like, pattern_parts
from pnfilter.server.app_context.rules import refuse_input
from pnfilter.syntax.nodes import (
    And,
    Boolean,
    Comparison,
    Expression,
    Not,
    Number,
    Or,
    Path,
    String,
)

#: Whether something matches; its fields are looked up by their paths.
Condition = Callable[[Mapping[str, Any]], bool]

_ORDERS: Final = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


def compile_filter(text: str, fields: frozenset[Keys]) -> Condition:
    """The condition of a filter; ``Refusal`` for an invalid one, and for a field beside ``fields``.

    A path that ends with ``custom`` is for what is in that.
    """
    if len(text) > MAX_LENGTH:
        _refuse(f"It has {MAX_LENGTH:,} characters at most")
    parsed = read(text)
    if parsed.unreadable is not None:
        _refuse(f"`{text[parsed.unreadable :].strip()[:20]}` can't be read")
    for path in parsed.paths:
        # That `custom` itself can be compared is unverified.
        keys = tuple(map(str, path.keys))
        known = known_part(keys)
        if known not in fields or keys[-1:] == ("custom",) == known[-1:]:
            _refuse(f"The emulator doesn't filter by `{'.'.join(keys)}`")
    if parsed.expression is None:
        _refuse(_describe_error(parsed.errors[0]))
    return _condition(parsed.expression)


def value_at(values: Mapping[str, Any], path: Keys) -> Any:
    """Return the value at a path; None if there is none."""
    found: Any = values
    for step in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def _refuse(message: str) -> NoReturn:
    refuse_input(message, "filter", "query")


def _describe_error(error: Diagnostic) -> str:
    """Return an error as the emulator answers it: a sentence about the filter."""
    message = error.message.replace("the filter is", "it is", 1)
    return message[:1].upper() + message[1:]


def _condition(node: Expression) -> Condition:
    match node:
        case Or(operands):
            any_of = [_condition(one) for one in operands]
            return lambda values: any(one(values) for one in any_of)
        case And(operands):
            all_of = [_condition(one) for one in operands]
            return lambda values: all(one(values) for one in all_of)
        case Not(operand):
            negated = _condition(operand)
            return lambda values: not negated(values)
        case Comparison(sign, Path(_, keys), right):
            return _comparison(tuple(map(str, keys)), sign, _value(right))
        case _:
            raise AssertionError(f"not a condition: {type(node).__name__}")


def _comparison(path: Keys, sign: str, value: Any) -> Condition:
    if sign in ("LIKE", "CONTAINS"):
        parts = pattern_parts(value) if sign == "LIKE" else ("", fold(value), "")
        return lambda values: isinstance(text := value_at(values, path), str) and like(text, parts)
    return lambda values: _holds(value_at(values, path), sign, value)


def _value(node: Expression) -> Any:
    match node:
        case String(raw):
            return raw
        case Number(_, value) | Boolean(value):
            return value
        case _:
            return None


def _holds(found: Any, sign: str, value: Any) -> bool:
    is_same_kind = _kind(found) == _kind(value)
    if sign == "==":
        return is_same_kind and bool(found == value)
    if sign == "!=":
        return not is_same_kind or bool(found != value)
    return is_same_kind and _kind(value) in ("text", "number") and bool(_ORDERS[sign](found, value))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "null" if value is None else "other"
