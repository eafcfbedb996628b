"""Writes the matrix files of the conformance suite: every operator on every kind of operand.

The verdicts come from the tables below, which follow ``grammar/LANGUAGE.md`` and nothing else:
this file imports no engine, so that the suite can find a mistake in any of them.
Run ``python tools/conformance_matrix.py``; ``--check`` writes nothing and exits 1 when stale.
"""

from __future__ import annotations

import argparse
import json
import math
import operator as operators
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "grammar" / "conformance"

MATCH: Final = "MATCH"
NO_MATCH: Final = "NO_MATCH"
#: ``MATCH``, ``NO_MATCH``, or the name of the reason why the verdict is UNDECIDED.
Outcome = str


class Mark:
    """An operand that is no value; ``name`` says which."""

    def __init__(self, name: str) -> None:
        self.name = name


MISSING: Final = Mark("missing")
NO_METADATA: Final = Mark("no metadata")
MISSING_RESULT: Final = Mark("missing result")
UNREADABLE: Final = Mark("unreadable")
NO_RESULT: Final = Mark("no result")
_ABSENT: Final = (MISSING, NO_METADATA, MISSING_RESULT)


def kind_of(value: Any) -> str:
    """The kind of a JSON value or mark."""
    match value:
        case Mark():
            return value.name
        case None:
            return "missing"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "array"
        case _:
            return "object"


def text_of(scalar: Any) -> str:
    """The text of a text, a number without exponent, or a boolean."""
    if isinstance(scalar, str):
        return scalar
    return json.dumps(int(scalar) if isinstance(scalar, float) and scalar % 1 == 0 else scalar)


def number_in(scalar: Any) -> int | float | None:
    """The number that a scalar is or reads as."""
    if isinstance(scalar, str):
        if not re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", scalar, re.ASCII):
            return None
        return int(scalar) if re.fullmatch(r"-?\d+", scalar) else float(scalar)
    return None if isinstance(scalar, bool) else scalar


def kleene_or(outcomes: Iterable[Outcome]) -> Outcome:
    """MATCH if there is one, else the first reason, else NO_MATCH."""
    found = list(outcomes)
    if MATCH in found:
        return MATCH
    return next((outcome for outcome in found if outcome != NO_MATCH), NO_MATCH)


def kleene_not(outcome: Outcome) -> Outcome:
    return {MATCH: NO_MATCH, NO_MATCH: MATCH}.get(outcome, outcome)


def _if(condition: object, outcome: Outcome) -> Outcome:
    return outcome if condition else NO_MATCH


def same_json(left: Any, right: Any) -> bool:
    """Equal as JSON, as far as both can be read."""
    kinds = kind_of(left), kind_of(right)
    if "unreadable" in kinds:
        return True
    if kinds[0] != kinds[1]:
        return False
    if kinds[0] == "array":
        return len(left) == len(right) and all(map(same_json, left, right))
    if kinds[0] == "object":
        return set(left) == set(right) and all(same_json(left[key], right[key]) for key in left)
    return bool(left == right)


def elements(array: list[Any], row: Callable[[Any], Outcome]) -> Iterator[Outcome]:
    """Return the row's outcome for every element; an unreadable one is skipped, null is missing."""
    for element in array:
        if element is UNREADABLE:
            yield "unreadable"
        else:
            yield NO_MATCH if element is None else row(element)


def equality(left: Any, right: Any) -> Outcome:
    kinds = {kind_of(left), kind_of(right)}
    if kinds <= {"array", "object"}:
        return _if(same_json(left, right), "json-equality")
    if "array" in kinds:
        array, scalar = (left, right) if isinstance(left, list) else (right, left)
        some = kleene_or(elements(array, lambda element: equality(element, scalar)))
        return _if(some != NO_MATCH, "array-equality")
    if "object" in kinds:
        return NO_MATCH
    if "boolean" in kinds:
        boolean, other = (left, right) if isinstance(left, bool) else (right, left)
        alike = [text_of(boolean)] if isinstance(other, str) else [int(boolean)]
        return _if(other in alike, "boolean-equality")
    if len(kinds) == 2:
        return _if(number_in(left) == number_in(right), "number-and-text")
    return _if(left == right, MATCH)


_ORDERINGS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


def leaves(value: Any) -> Iterator[Any]:
    """The values in an array and the arrays in it; a value that is no array is its own only one."""
    if isinstance(value, list):
        for element in value:
            yield from leaves(element)
    else:
        yield value


def ordering(operator: str, left: Any, right: Any) -> Outcome:
    if isinstance(left, list) or isinstance(right, list):
        pairs = ((one, other) for one in leaves(left) for other in leaves(right))
        some = kleene_or(comparison(operator, one, other) for one, other in pairs)
        return _if(some != NO_MATCH, "array-ordering")
    kinds = {kind_of(left), kind_of(right)}
    if kinds & {"object", "boolean"}:
        return NO_MATCH
    numbers = number_in(left), number_in(right)
    if kinds == {"text"} or None in numbers:
        return "text-ordering"
    return _if(_ORDERINGS[operator](*numbers), MATCH)


def like(value: Any, pattern: Any, written: bool) -> Outcome:
    """``written``: the pattern is in the filter. Patterns here hold no backslash."""
    if isinstance(value, list):
        texts = [element for element in value if isinstance(element, str) or element is UNREADABLE]
        return kleene_or(elements(texts, lambda element: like(element, pattern, written)))
    if isinstance(value, dict):
        return NO_MATCH
    if not isinstance(pattern, str):
        return "pattern-not-text"
    if not written and "*" in pattern:
        return "pattern-from-message"
    expression = ".*".join(map(re.escape, pattern.lower().split("*")))
    fits = re.fullmatch(expression, text_of(value).lower(), re.DOTALL)
    return _if(fits, MATCH if isinstance(value, str) else "like-scalar")


def contains(container: Any, value: Any) -> Outcome:
    structured = isinstance(value, (list, dict))
    match kind_of(container):
        case "array" | "text" if structured:
            return "contains-container"
        case "array":
            return kleene_or(elements(container, lambda element: equality(element, value)))
        case "text" if isinstance(value, bool):
            return _if("true" in container or "false" in container, "contains-boolean")
        case "text":
            return _if(text_of(value) in container, MATCH)
        case "object":
            return _if(isinstance(value, str) and value in container, "contains-key")
        case _:
            held = not structured and text_of(value) in text_of(container)
            return _if(held, "contains-in-scalar")


def comparison(operator: str, left: Any, right: Any, *, written: bool = False) -> Outcome:
    """The outcome of one comparison: the order of the language's steps."""
    left, right = (MISSING if side is None else side for side in (left, right))
    both = (left, right)
    if UNREADABLE in both:
        return "unreadable"
    if NO_RESULT in both:
        return "no-result"
    absent = [side for side in both if side in _ABSENT]
    if len(absent) == 2:
        return _if(operator in ("==", "!="), "both-missing")
    if absent:
        reasons = {MISSING: "missing-differs", NO_METADATA: "no-metadata"}
        return _if(operator == "!=", reasons.get(absent[0], "missing-in-arithmetic"))
    match operator:
        case "==":
            return equality(left, right)
        case "!=":
            return kleene_not(equality(left, right))
        case "LIKE":
            return like(left, right, written)
        case "CONTAINS":
            return contains(left, right)
        case _:
            return ordering(operator, left, right)


# Arithmetic

_CALCULATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operators.add,
    "-": operators.sub,
    "*": operators.mul,
    "/": operators.truediv,
    "%": operators.mod,
    "&": operators.and_,
    "|": operators.or_,
    "^": operators.xor,
}


def calculation(operator: str, operands: tuple[Any, ...]) -> Any:
    """The result of an operator on one or two operands: a number or a mark."""
    operands = tuple(MISSING if operand is None else operand for operand in operands)
    for mark in (UNREADABLE, NO_RESULT):
        if mark in operands:
            return mark
    if any(kind_of(operand) != "number" for operand in operands if operand not in _ABSENT):
        return NO_RESULT
    if any(operand in _ABSENT for operand in operands):
        return MISSING_RESULT
    whole = all(isinstance(operand, int) for operand in operands)
    if operator in "%&|^~" and not whole:
        return NO_RESULT
    if operator == "%" and min(operands) < 0:
        return NO_RESULT
    if operator in "/%" and operands[1] == 0:
        return NO_RESULT
    if len(operands) == 1:
        return ~operands[0] if operator == "~" else -operands[0]
    result = _CALCULATIONS[operator](*operands)
    return result if math.isfinite(result) else NO_RESULT


def alone(value: Any, *, negated: bool = False) -> Outcome:
    """A bare operand as a condition, or ``!`` before one."""
    match value:
        case bool():
            return MATCH if value is not negated else NO_MATCH
        case Mark() if value is UNREADABLE:
            return "unreadable"
        case Mark() if value is NO_RESULT:
            return "no-result"
        case Mark() if value is MISSING_RESULT:
            return "missing-in-arithmetic"
        case _ if negated:
            return "negated-value"
        case list() | dict():
            return "bare-value"
        case _:
            empty = value in (None, 0, "") or value in _ABSENT
            return NO_MATCH if empty else "bare-value"


# The files

SAMPLES: Final[dict[str, Any]] = {
    "text": "alpha",
    "number-text": "5",
    "integer": 5,
    "one": 1,
    "decimal": 2.5,
    "true": True,
    "false": False,
    "null": None,
    "array": [5, "alpha"],
    "empty array": [],
    "array that can't be read whole": [UNREADABLE],
    "object": {"alpha": 5},
    "missing": MISSING,
    "no metadata": NO_METADATA,
    "unreadable": UNREADABLE,
}
LITERALS: Final[dict[str, Any]] = {
    "text": "alpha",
    "number-text": "5",
    "integer": 5,
    "decimal": 2.5,
    "true": True,
    "false": False,
    "null": None,
}
PATTERN: Final = "AL*"
SETS: Final[dict[str, list[Any]]] = {
    "set of texts": ["alpha", "5"],
    "set of numbers": [5, 2.5],
}
#: Per operator, what 5 and 5 give: so that the integers' cell is a match.
RESULTS: Final = {"+": 10, "-": 0, "*": 25, "/": 1, "%": 0, "&": 5, "|": 5, "^": 0}
OPERANDS: Final = ("text", "number-text", "integer", "decimal", "true", "null")
OPERANDS_BEYOND: Final = ("array", "object", "missing", "no metadata", "unreadable")


def literal(value: Any) -> str:
    """A value as the filter writes it."""
    if isinstance(value, list):
        return f"({', '.join(map(literal, value))})"
    return json.dumps(value)


def _placed(value: Any, pointer: str, unreadable: list[str]) -> Any:
    """``value`` with null where it can't be read, whose places are added to ``unreadable``."""
    if value is UNREADABLE:
        unreadable.append(pointer)
        return None
    if isinstance(value, list):
        return [_placed(one, f"{pointer}/{index}", unreadable) for index, one in enumerate(value)]
    return value


def message(fields: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    """Return a message without metadata for each value of ``data.NAME``, with the verdict on it."""
    data: dict[str, Any] = {}
    unreadable: list[str] = []
    for name, value in fields.items():
        if value not in _ABSENT:
            data[name] = _placed(value, f"/data/{name}", unreadable)
    found: dict[str, Any] = {"data": data}
    if unreadable:
        found["unreadable"] = unreadable
    if outcome in (MATCH, NO_MATCH):
        return found | {"verdict": outcome}
    return found | {"verdict": "UNDECIDED", "reason": outcome}


def _case(
    name: str, filter_text: str, tags: list[str], messages: list[dict[str, Any]]
) -> dict[str, Any]:
    return {"name": name, "filter": filter_text, "tags": ["matrix", *tags], "messages": messages}


def field_cases(
    operator: str,
    evaluate: Callable[[Any, Any], Outcome],
    tail: str = "",
    samples: dict[str, Any] = SAMPLES,
) -> Iterator[dict[str, Any]]:
    """A field beside a field; metadata that isn't there is read by filters of its own."""
    readable = {name: value for name, value in samples.items() if value is not NO_METADATA}
    every = list(readable.values())
    nothing = [NO_METADATA]
    for name, text, lefts, rights in (
        *(
            (f"{left_name} {{}} every kind", "data.left {} data.right", [left], every)
            for left_name, left in readable.items()
        ),
        ("every kind {} no metadata", "data.left {} meta.right", every, nothing),
        ("no metadata {} every kind", "meta.left {} data.right", nothing, every),
        ("no metadata {} no metadata", "meta.left {} meta.right", nothing, nothing),
    ):
        messages = [
            message({"left": left, "right": right}, evaluate(left, right))
            for left in lefts
            for right in rights
        ]
        yield _case(name.format(operator), text.format(operator) + tail, [operator], messages)


def literal_cases(operator: str) -> Iterator[dict[str, Any]]:
    """A literal beside a field, on either side."""
    readable = {name: value for name, value in SAMPLES.items() if value is not NO_METADATA}
    lefts: dict[str, Any] = dict(LITERALS)
    rights: dict[str, Any] = dict(LITERALS)
    if operator in ("LIKE", "CONTAINS"):
        lefts |= SETS
    if operator == "LIKE":
        rights |= {"pattern": PATTERN}
    for name, value in lefts.items():
        messages = [
            message({"right": right}, comparison(operator, value, right))
            for right in readable.values()
        ]
        text = f"{literal(value)} {operator} data.right"
        yield _case(f"literal {name} {operator} every kind", text, [operator, "literal"], messages)
    for name, value in rights.items():
        messages = [
            message({"left": left}, comparison(operator, left, value, written=True))
            for left in readable.values()
        ]
        text = f"data.left {operator} {literal(value)}"
        yield _case(f"every kind {operator} literal {name}", text, [operator, "literal"], messages)


def comparison_cases(*chosen: str) -> Iterator[dict[str, Any]]:
    for operator in chosen:

        def evaluate(left: Any, right: Any, operator: str = operator) -> Outcome:
            return comparison(operator, left, right)

        yield from field_cases(operator, evaluate)
        yield from literal_cases(operator)


def arithmetic_cases() -> Iterator[dict[str, Any]]:
    samples = {name: SAMPLES[name] for name in (*OPERANDS, *OPERANDS_BEYOND)} | {"zero": 0}
    for operator, result in RESULTS.items():

        def evaluate(
            left: Any, right: Any, operator: str = operator, result: int = result
        ) -> Outcome:
            return comparison("==", calculation(operator, (left, right)), result)

        yield from field_cases(operator, evaluate, f" == {result}", samples)


def lone_cases() -> Iterator[dict[str, Any]]:
    """Operators with one operand, and a bare operand."""
    every = [*SAMPLES.values(), 0, 0.0, "", "true", {}]
    rows: tuple[tuple[str, str, Callable[[Any], Outcome]], ...] = (
        (
            "- before every kind",
            "-{} == -5",
            lambda value: comparison("==", calculation("-", (value,)), -5),
        ),
        (
            "~ before every kind",
            "~{} == -6",
            lambda value: comparison("==", calculation("~", (value,)), -6),
        ),
        ("! before every kind", "!{}", lambda value: alone(value, negated=True)),
        ("every kind alone", "{}", alone),
    )
    for name, text, evaluate in rows:
        for field, values in (
            ("data.value", [value for value in every if value is not NO_METADATA]),
            ("meta.value", [NO_METADATA]),
        ):
            messages = [message({"value": value}, evaluate(value)) for value in values]
            rest = " without metadata" if field == "meta.value" else ""
            yield _case(name + rest, text.format(field), ["bare"], messages)


FILES: Final[dict[str, tuple[str, Callable[[], Iterator[dict[str, Any]]]]]] = {
    "matrix-equality": (
        "== and != on every kind of operand.",
        lambda: comparison_cases("==", "!="),
    ),
    "matrix-ordering": (
        "<, <=, > and >= on every kind of operand.",
        lambda: comparison_cases("<", "<=", ">", ">="),
    ),
    "matrix-like": ("LIKE on every kind of operand.", lambda: comparison_cases("LIKE")),
    "matrix-contains": (
        "CONTAINS on every kind of operand.",
        lambda: comparison_cases("CONTAINS"),
    ),
    "matrix-arithmetic": (
        "Arithmetic and bitwise operators on every kind of operand.",
        arithmetic_cases,
    ),
    "matrix-alone": (
        "Operators with one operand, and a bare operand, on every kind.",
        lone_cases,
    ),
}


def layout(topic: str, description: str, cases: Iterable[dict[str, Any]]) -> str:
    """A conformance file: a member of a case on each line, and each message on its own."""

    def one_line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    blocks: list[str] = []
    for case in cases:
        members: list[str] = []
        for key, value in case.items():
            if key in ("messages", "diagnostics") and value:
                rows = ",\n".join(f"        {one_line(row)}" for row in value)
                members.append(f'      "{key}": [\n{rows}\n      ]')
            else:
                members.append(f'      "{key}": {one_line(value)}')
        blocks.append("    {\n" + ",\n".join(members) + "\n    }")
    head = (
        f'{{\n  "$schema": "schema.json",\n  "topic": {one_line(topic)},\n'
        f'  "description": {one_line(description)},\n  "cases": [\n'
    )
    return head + ",\n".join(blocks) + "\n  ]\n}\n"


def main() -> int:
    """Write the files, or with ``--check`` say whether they are what this module makes."""
    arguments = argparse.ArgumentParser(prog="python tools/conformance_matrix.py")
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = arguments.parse_args().check
    stale = False
    for topic, (description, cases) in FILES.items():
        text = layout(topic, description, cases())
        path = FOLDER / f"{topic}.json"
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path} is not what tools/conformance_matrix.py gives", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main())
