"""The conformance suite of ``grammar/``: the files themselves, every case, and what they cover."""

from __future__ import annotations

import copy
import importlib.util
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from types import ModuleType
from typing import Any

import jsonschema
import pytest

import pnfilter
from pnfilter import UNREADABLE, Message, Reason, Verdict
from pnfilter.lint.table import CODES
from pnfilter.syntax.grammar import grammar_folder
from pnfilter.syntax.nodes import (
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Path,
    SetLiteral,
    String,
    Unary,
    is_condition,
    walk,
)
from tests.cases import for_each
from tests.generated import generated

FOLDER = grammar_folder() / "conformance"
TOOLS = grammar_folder().parent / "tools"
Case = dict[str, Any]

#: Kinds of operand that every operator has to be shown with, on each side.
KINDS = frozenset(
    {
        "text",
        "number-like text",
        "integer",
        "decimal",
        "boolean",
        "null",
        "array",
        "object",
        "missing",
        "no metadata",
        "unreadable",
    }
)
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "LIKE", "CONTAINS")
ARITHMETIC = ("+", "-", "*", "/", "%", "&", "|", "^")


def read_topics() -> dict[str, dict[str, Any]]:
    paths = sorted(path for path in FOLDER.glob("*.json") if path.name != "schema.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
TOPICS = read_topics()
CASES: list[Case] = [case for topic in TOPICS.values() for case in topic["cases"]]
VERDICTS = [case for case in CASES if "messages" in case]
ERRORS = [case for case in CASES if "diagnostics" in case]


def filter_text(case: Case) -> str:
    """The filter, put together from its pieces."""
    pieces = case["filter"]
    if isinstance(pieces, str):
        return pieces
    return "".join(map(_piece_text, pieces))


def _piece_text(piece: str | dict[str, Any]) -> str:
    if isinstance(piece, str):
        return piece
    if "surrogate" in piece:
        return chr(int(piece["surrogate"], 16))
    return str(piece["text"]) * int(piece["times"])


def parts_of_case(message: dict[str, Any]) -> dict[str, Any]:
    """``meta`` and ``data`` of a case's message, where given, with the marks in their places."""
    given: dict[str, Any] = {key: message[key] for key in ("meta", "data") if key in message}
    # Marks replace values, and the case is used again.
    parts: dict[str, Any] = copy.deepcopy(given)
    for pointer in message.get("unreadable", ()):
        *way, last = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
        place: Any = parts
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        key = int(last) if isinstance(place, list) else last
        assert place[key] is None, f"{pointer} doesn't lead to a null"
        place[key] = UNREADABLE
    return parts


def as_message(message: dict[str, Any]) -> dict[str, Any] | Message:
    parts = parts_of_case(message)
    if "kind" not in message:
        return parts
    return Message(parts.get("data", UNREADABLE), parts.get("meta"), kind=message["kind"])


def named(case: Case) -> str:
    name: str = case["name"]
    return name


# The files


@pytest.mark.parametrize("topic", TOPICS)
def test_file_fits_the_schema(topic: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(TOPICS[topic])
    assert TOPICS[topic]["topic"] == topic


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "broken",
    [
        {"verdict": "UNDECIDED"},
        {"verdict": "MATCH", "reason": "unreadable"},
        {"verdict": "UNDECIDED", "reason": "no such reason"},
        {"verdict": "MAYBE"},
        {"meta": {}},
    ],
    ids=str,
)
def test_schema_refuses_a_message(broken: dict[str, Any]) -> None:
    case = {"name": "x", "filter": "a == 1", "tags": ["=="], "messages": [broken]}
    topic = {"$schema": "schema.json", "topic": "x", "description": "x", "cases": [case]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(topic)


def test_names_are_unique() -> None:
    repeated = [name for name, count in Counter(map(named, CASES)).items() if count > 1]
    assert repeated == []


def test_no_filter_meets_the_same_message_twice_in_a_case() -> None:
    for case in VERDICTS:
        texts = [json.dumps(message, sort_keys=True) for message in case["messages"]]
        assert len(set(texts)) == len(texts), case["name"]


def test_diagnostics_stand_in_order_and_quote_the_text() -> None:
    for case in ERRORS:
        text = filter_text(case)
        spans = [(row["start"], row["end"]) for row in case["diagnostics"]]
        assert spans == sorted(spans), case["name"]
        for row in case["diagnostics"]:
            assert 0 <= row["start"] <= row["end"] <= len(text), case["name"]
            if "text" in row:
                assert row["text"] == text[row["start"] : row["end"]], case["name"]


def test_matrix_is_what_its_tables_give() -> None:
    if not TOOLS.is_dir():
        pytest.skip("the tools are no part of an installed package")
    matrix = load_matrix()
    for topic, (description, cases) in matrix.FILES.items():
        text = (FOLDER / f"{topic}.json").read_text(encoding="utf-8")
        assert matrix.layout(topic, description, cases()) == text, topic


def load_matrix() -> ModuleType:
    path = TOOLS / "conformance_matrix.py"
    specification = importlib.util.spec_from_file_location("conformance_matrix", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


# Every case


@for_each(VERDICTS, named)
def test_verdicts(case: Case) -> None:
    compiled = generated(filter_text(case))
    for message in case["messages"]:
        assert compiled.evaluate(as_message(message)) is Verdict[message["verdict"]], message
        outcome = compiled.outcome(as_message(message))
        reason = outcome.value if isinstance(outcome, Reason) else None
        assert reason == message.get("reason"), message


@for_each(ERRORS, named)
def test_diagnostics(case: Case) -> None:
    text = filter_text(case)
    found = [
        (diagnostic.code, diagnostic.span.start, diagnostic.span.end)
        for diagnostic in pnfilter.check(text)
        if diagnostic.severity is pnfilter.Severity.ERROR
    ]
    expected = [(row["code"], row["start"], row["end"]) for row in case["diagnostics"]]
    assert sorted(found) == sorted(expected)
    if expected:
        with pytest.raises(pnfilter.FilterSyntaxError):
            pnfilter.compile(text)


@for_each(VERDICTS, named)
def test_a_filter_with_verdicts_has_no_error(case: Case) -> None:
    severities = {diagnostic.severity for diagnostic in pnfilter.check(filter_text(case))}
    assert pnfilter.Severity.ERROR not in severities


def warned(case: Case) -> bool:
    diagnostics = pnfilter.check(filter_text(case))
    return any(diagnostic.severity is pnfilter.Severity.WARNING for diagnostic in diagnostics)


@for_each([case for case in CASES if "warned" in case["tags"]], named)
def test_a_doubtful_filter_is_warned_about(case: Case) -> None:
    assert warned(case)


@for_each(
    [case for case in CASES if "real" in case["tags"] and "warned" not in case["tags"]], named
)
def test_a_real_filter_gives_no_false_alarm(case: Case) -> None:
    assert not warned(case)


# What the cases cover


def test_every_reason_occurs() -> None:
    found = {
        message["reason"]
        for case in VERDICTS
        for message in case["messages"]
        if "reason" in message
    }
    assert found == {reason.value for reason in Reason}
    assert set(SCHEMA["$defs"]["reason"]["enum"]) == found


def test_every_error_occurs() -> None:
    found = {row["code"] for case in ERRORS for row in case["diagnostics"]}
    assert found == {code for code in CODES if code.startswith("E")}


def test_the_page_explains_every_reason_and_error() -> None:
    page = (grammar_folder() / "LANGUAGE.md").read_text(encoding="utf-8")
    assert [reason.value for reason in Reason if f"| {reason.value} |" not in page] == []
    assert [code for code in CODES if code.startswith("E") and f"{code} |" not in page] == []


def test_every_tag_is_used() -> None:
    assert {tag for case in CASES for tag in case["tags"]} == set(SCHEMA["$defs"]["tag"]["enum"])


def test_every_grade_is_used() -> None:
    grades = {case["evidence"] for case in CASES if "evidence" in case}
    assert grades == set(SCHEMA["$defs"]["evidence"]["enum"])


def test_there_are_several_hundred_cases_beside_the_matrix() -> None:
    assert sum("matrix" not in case["tags"] for case in CASES) > 700


@cache
def cells() -> frozenset[tuple[str, str, str]]:
    """Operator, side (left, right or only) and kind of operand, of all cases."""
    return frozenset(chain.from_iterable(map(cells_of_case, VERDICTS)))


def cells_of_case(case: Case) -> Iterator[tuple[str, str, str]]:
    messages = [parts_of_case(message) for message in case["messages"]]
    for node in walk(pnfilter.parse(filter_text(case))):
        for side, operator, operand in sides(node):
            for message in messages:
                yield operator, side, kind_of(operand, message)


def sides(node: Expression) -> Iterator[tuple[str, str, Expression]]:
    match node:
        case Comparison(operator, left, right) | Arithmetic(operator, left, right):
            yield "left", operator, left
            yield "right", operator, right
        case Unary(operator, operand):
            yield "only", operator, operand
        case Not(operand) if not is_condition(operand):
            yield "only", "!", operand
        case _:
            pass


def kind_of(operand: Expression, message: dict[str, Any]) -> str:
    """What an operand is in a message: read here without the interpreter."""
    match operand:
        case Path():
            return kind_of_path(operand, message)
        case String(raw):
            return kind_of_value(raw)
        case Number(_, value):
            return kind_of_value(value)
        case Boolean():
            return "boolean"
        case Null():
            return "null"
        case SetLiteral():
            return "set"
        case _:
            return "result"


def kind_of_path(path: Path, message: dict[str, Any]) -> str:
    if path.root == "meta" and message.get("meta") is None:
        return "no metadata"
    place: Any = message.get(path.root, UNREADABLE)
    for key in path.keys:
        if place is UNREADABLE:
            return "unreadable"
        try:
            place = place[key]
        except (KeyError, IndexError, TypeError):
            return "missing"
    return kind_of_value(place)


def kind_of_value(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "decimal"
        case str():
            return "number-like text" if value[-1:].isdigit() else "text"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "unreadable"


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("operator", [*COMPARISONS, *ARITHMETIC])
def test_operator_meets_every_kind(operator: str, side: str) -> None:
    found = {kind for one, place, kind in cells() if (one, place) == (operator, side)}
    assert found >= KINDS


@pytest.mark.parametrize("operator", ["!", "-", "~"])
def test_operator_with_one_operand_meets_every_kind(operator: str) -> None:
    found = {kind for one, place, kind in cells() if (one, place) == (operator, "only")}
    assert found >= KINDS


@pytest.mark.parametrize("operator", ["LIKE", "CONTAINS"])
def test_operator_meets_a_set(operator: str) -> None:
    assert (operator, "left", "set") in cells()
