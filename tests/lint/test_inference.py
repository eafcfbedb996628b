"""Schemas from samples: what they say, what they don't, and what ``check`` finds by them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pnfilter import UNREADABLE, FilterSyntaxError, Message, MessageSchema, check, infer, parse
from pnfilter import inference as module
from pnfilter.cli.demo import FILTERS
from pnfilter.inference import (
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_TEXT,
    MIN_KEYED,
    MIN_SEEN,
    VALUES_FOR_EACH_RARE_ONE,
)
from pnfilter.syntax import nodes as syntax
from tests.examples import examples

ROOT = Path(__file__).parents[2]


@cache
def quakes() -> MessageSchema:
    with (ROOT / "examples/quakes.ndjson").open("rb") as lines:
        return MessageSchema(infer(json.loads(line) for line in lines))


def warnings(text: str) -> list[str]:
    found = check(text, schema=quakes())
    return [each.code for each in found if not each.code.startswith("I")]


# Everyday filters are clean, and mistakes are found

#: What the demo, the tutorial and a help text show as wrong, or as undecided.
WRONG_ON_PURPOSE = {
    *(text for _, text in FILTERS if '== "1"' in text or "such" in text or " AND " in text),
    "data.felt != meta.alert",
    'data.mag > 5 AND meta.alert IN ("red", "orange")',
    'data.mga > 5 && meta.net == "us"',
    "data.mag >= 5 AND data.mag < 7",
    "mag >= 5",
    'data.magn >= 5 || meta.net == "US"',
}


def shown_filters() -> list[str]:
    """The filters on earthquakes in the documentation, the examples and the help of commands."""
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*")]
    pages += ROOT.glob("pnfilter/cli/*.py")
    found = {text for _, text in FILTERS}
    for page in pages:
        if page.suffix in {".md", ".py", ".mjs"} and page.name != "schema.md":
            for line in page.read_text(encoding="utf-8").splitlines():
                if re.search(r"quakes|filter_?expression|data\.mag", line, re.IGNORECASE):
                    found.update(re.findall(r"'([^']+)'", line))
                    found.update(re.findall(r'"((?:[^"\\]|\\.)+)"', line))
    return sorted(text for text in found if is_on_quakes(text))


def is_on_quakes(text: str) -> bool:
    fields = r"\b(data\.(mag|place|felt|sig|dmin|tsunami|type)|meta\.(net|status|alert|magType))\b"
    if not re.search(fields, text) or "data.a" in text or "{" in text:
        return False
    try:
        return not isinstance(parse(text), syntax.Path)
    except FilterSyntaxError:
        return False


def test_every_filter_that_is_shown_on_earthquakes_is_clean() -> None:
    shown = [text for text in shown_filters() if text not in WRONG_ON_PURPOSE]
    assert len(shown) >= 12
    assert {text: found for text in shown if (found := warnings(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        'meta.net == "us" && data.mag >= 5 && meta.status == "reviewed"',
        'meta.alert == "red" || meta.alert == "orange"',
        '("yellow", "orange", "red") CONTAINS meta.alert',
        "data.mag > 8.5",
        "data.mag < 0",
        "data.felt > 0",
        "data.felt >= 1000",
        "data.cdi > 0",
        "data.dmin > 0 && data.dmin < 0.5",
        "data.tsunami == 1",
        "data.tsunami > 0",
        "data.sig > 1000",
        "data.time > 1600000000000",
        "data.time >= 1500000000000 && data.time < 1900000000000",
        "data.coordinates[2] > 300",
        "data.coordinates[1] >= 60 && data.coordinates[1] <= 72",
        'data.type != "earthquake"',
        'data.title LIKE "M 5*"',
        'meta.magType LIKE "mw*"',
        'data.id LIKE "us*"',
        'data.place CONTAINS "Peru"',
        "data.mmi > 6",
    ],
)
def test_an_everyday_filter_is_clean(text: str) -> None:
    assert warnings(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # Fields
        ("data.mga > 5", "W441"),
        ("mag > 5", "W441"),
        ("data.Mag > 5", "W441"),
        ('data.net == "us"', "W441"),
        ("meta.mag >= 5", "W441"),
        ('meta.statsu == "reviewed"', "W441"),
        ("data.coordinates[7] > 1", "W441"),
        # Types
        ('data.mag == "5"', "W442"),
        ('data.tsunami == "1"', "W442"),
        ("data.place == 5", "W442"),
        ("data.place > 5", "W442"),
        ('data.mag LIKE "5*"', "W442"),
        ('data.mag CONTAINS "5"', "W442"),
        ("data.coordinates > 5", "W442"),
        ("data.coordinates.lat > 5", "W442"),
        ('data.coordinates CONTAINS "x"', "W442"),
        ('data.place.country == "US"', "W442"),
        ("data.tsunami", "W442"),
        ("!data.tsunami", "W442"),
        ("data.place + 1 > 5", "W442"),
        ("data.mag > data.place", "W442"),
        ("data.title == data.mag", "W442"),
        ("meta.alert > 3", "W442"),
        # Values
        ('meta.net == "USGS"', "W443"),
        ('meta.net == "US"', "W443"),
        ('("us", "alaska") CONTAINS meta.net', "W443"),
        ('meta.status != "review"', "W443"),
        ('data.type == "quake"', "W443"),
        ('meta.magType LIKE "x*"', "W443"),
        ("data.sig == 62.5", "W443"),
        # Always or never
        ("data.mag > 500", "W443"),
        ("data.mag > -273", "W443"),
        ("data.time > 1517966773", "W443"),
        ("data.time < 1517966773", "W443"),
        ('("automatic", "reviewed") CONTAINS meta.status', "W443"),
        ('!(("automatic", "reviewed") CONTAINS meta.status)', "W443"),
    ],
)
def test_a_planted_mistake_is_found(text: str, code: str) -> None:
    assert warnings(text) == [code]


# What a schema says


def data(*values: Any, **options: Any) -> dict[str, Any]:
    """What is inferred of payloads."""
    found: dict[str, Any] = infer(({"data": value} for value in values), **options)
    return dict(found["properties"]["data"])


def field(*values: Any, **options: Any) -> dict[str, Any]:
    """What is inferred of a field's values."""
    return dict(data(*({"a": value} for value in values), **options)["properties"]["a"])


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ([1.5], {"type": "number"}),
        ([1], {"type": "number"}),
        (["x"], {"type": "string"}),
        ([True], {"type": "boolean"}),
        ([None], {}),
        ([None, 1], {"type": ["number", "null"]}),
        ([1, "x", True], {"type": ["boolean", "number", "string"]}),
        ([[]], {"type": "array"}),
        ([[1], ["x"]], {"type": "array", "items": {"type": ["number", "string"]}}),
        ([{}], {"type": "object"}),
        ([{"b": 1}], {"type": "object", "properties": {"b": {"type": "number"}}}),
        ([1, UNREADABLE], {}),
        (["5", "1.5"], {"type": "string", "examples": ["1.5"]}),
        (["5", "x"], {"type": "string"}),
        (["x", "5"], {"type": "string"}),
    ],
)
def test_types(values: list[Any], schema: dict[str, Any]) -> None:
    assert field(*values) == schema


def test_a_payload_of_any_type() -> None:
    assert data("x", "y") == {"type": "string"}


def test_what_no_message_has_is_not_described() -> None:
    assert list(infer([{"data": {"a": 1}}])["properties"]) == ["data"]
    assert list(infer([{"data": UNREADABLE, "meta": {"a": 1}}])["properties"]) == ["meta"]


def test_messages_of_every_form() -> None:
    schema = infer([{"data": 1, "meta": {"a": 1}}, Message(data="x")])
    assert schema["description"] == "Inferred by pnfilter from 2 messages."
    assert schema["properties"]["data"] == {"type": ["number", "string"]}
    assert schema["properties"]["meta"]["type"] == ["object", "null"]


@pytest.mark.parametrize("messages", [[], [{}], [{"data": None}], [{"meta": None}]])
def test_nothing_to_learn_from(messages: list[Any]) -> None:
    with pytest.raises(ValueError, match="no message has a payload or metadata"):
        infer(messages)


@pytest.mark.parametrize("message", [3, "x", None, {"data": {1: 2}}, {"data": float("nan")}])
def test_what_is_no_message(message: Any) -> None:
    with pytest.raises(TypeError):
        infer([message])


def test_an_impossible_number_of_values() -> None:
    with pytest.raises(ValueError, match="a number from 0"):
        infer([{"data": 1}], max_values=-1)


def test_texts_that_come_again_and_again_are_listed() -> None:
    assert field(*["b", "a"] * MIN_SEEN)["enum"] == ["a", "b"]
    assert field(*["b", "a", None] * MIN_SEEN) == {
        "type": ["string", "null"],
        "enum": ["a", "b", None],
    }


@pytest.mark.parametrize(
    "values",
    [
        ["a", "b"] * (MIN_SEEN // 2 - 1),
        ["a"] * MIN_SEEN * 2,
        ["a", "b"] * MIN_SEEN + ["c"],
        ["a", "b"] * MIN_SEEN + ["c"] * 2,
        ["a", "b"] * MIN_SEEN + ["x" * (MAX_TEXT + 1)] * 2,
        ["a", "b", 1] * MIN_SEEN,
        [str(number) + "x" for number in range(MIN_SEEN // 2)] * 3,
    ],
    ids=["few", "one", "a rare one", "one that came twice", "a long one", "another type", "many"],
)
def test_values_that_may_not_be_all_are_not_listed(values: list[Any]) -> None:
    assert "enum" not in field(*values)


def test_a_rare_value_is_one_of_very_many() -> None:
    values = ["a", "b"] * (VALUES_FOR_EACH_RARE_ONE // 2) + ["c"]
    assert field(*values)["enum"] == ["a", "b", "c"]


def test_the_number_of_values_can_be_set() -> None:
    values = ["a", "b", "c"] * MIN_SEEN
    assert "enum" in field(*values, max_values=3)
    assert "enum" not in field(*values, max_values=2)
    assert "enum" not in field(*values, max_values=0)


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ([-3, 7], (-70, 70)),
        ([0.25, 20], (-200, 200)),
        ([1500, 1501], (150, 15000)),
        ([-1500, -1501], (-15000, -150)),
        ([0], None),
        ([10**4000], None),
        ([1.0e305], None),
    ],
)
def test_bounds_are_far_away(values: list[Any], limits: tuple[int, int] | None) -> None:
    found = field(*values * MIN_SEEN)
    assert (found.get("minimum"), found.get("maximum")) == (limits or (None, None))
    assert "minimum" not in field(*values)


def test_integers_are_believed_when_there_are_many() -> None:
    assert field(*[1, 2.0] * MIN_SEEN)["type"] == "integer"
    assert field(*[1, 2.5] * MIN_SEEN)["type"] == "number"
    assert field(1, 2)["type"] == "number"


def test_an_array_has_a_length_if_it_is_always_the_same() -> None:
    assert field(*[[1, 2]] * MIN_SEEN)["maxItems"] == 2
    assert "maxItems" not in field(*[[1, 2]] * MIN_SEEN, [1])
    assert "maxItems" not in field(*[[1, 2]] * MIN_SEEN, [1, 2, 3])
    assert "maxItems" not in field(*[[]] * MIN_SEEN)
    assert "maxItems" not in field([1, 2])


# What is keyed by data, and other bounds


def test_an_object_keyed_by_data_may_have_any_name() -> None:
    keyed = field(*({f"user{number}": 1, "x": 2} for number in range(MIN_KEYED)))
    assert keyed == {"type": "object", "additionalProperties": True}
    assert not check(
        "data.a.other == 1",
        schema=infer([{"data": {"a": {str(n): 1 for n in range(MAX_FIELDS + 1)}}}]),
    )


def test_an_object_with_too_many_names_stays_open() -> None:
    many = {f"f{number}": 1 for number in range(MAX_FIELDS + 1)}
    assert field(many, {"f1": 1}) == {"type": "object", "additionalProperties": True}


def test_an_object_with_rare_fields_is_not_keyed_by_data() -> None:
    usual = {f"f{number}": number for number in range(30)}
    found = field(*[usual] * MIN_KEYED, usual | {"rare": 1})
    assert len(found["properties"]) == 31


def test_places_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PLACES", 3)
    assert data({"a": 1, "b": {"c": 1, "d": 2}, "e": 1})["properties"] == {
        "a": {"type": "number"},
        "b": {"type": "object", "additionalProperties": True},
        "e": {"type": "number"},
    }
    assert data(dict.fromkeys("abcd", 1)) == {"type": "object", "additionalProperties": True}


def test_depth_is_bounded() -> None:
    value: Any = 1
    for _ in range(400):
        value = {"a": [value]}
    found = data(value)
    levels = 0
    while "properties" in found or "items" in found:
        found = found["properties"]["a"] if "properties" in found else found["items"]
        levels += 1
    assert levels <= MAX_DEPTH
    assert not check("data" + ".a[0]" * 30 + ".b == 1", schema=infer([{"data": value}]))


def test_numeric_texts_may_be_ordered() -> None:
    schema = infer([{"data": {"price": "12.50", "name": "x", "limit": "3"}}])
    assert not [found for found in check("data.price > 10", schema=schema) if found.code == "W442"]
    assert not [
        found for found in check("data.price > data.limit", schema=schema) if found.code == "W442"
    ]
    assert [found.code for found in check("data.name > 10", schema=schema)] == ["W442"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["a", "b", "5"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@examples(1.5)
@given(st.lists(JSON, min_size=1, max_size=5), st.sampled_from([1, MIN_SEEN]))
def test_every_sample_fits_its_schema(values: list[Any], times: int) -> None:
    messages = [{"data": value, "meta": {"x": 1}} for value in values] * times
    schema = infer(messages)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for message in messages[: len(values)]:
        validator.validate(message)


def test_a_schema_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = MessageSchema(infer([{"data": {"mag": 1}}]))
    monkeypatch.setattr("pnfilter.lint.schema.shapes.require_schema", lambda _: pytest.fail("read"))
    for _ in range(3):
        assert [found.code for found in check("data.mga > 1", schema=schema)] == ["W441"]


def test_a_schema_that_is_none() -> None:
    with pytest.raises(TypeError, match="a schema must be a mapping"):
        MessageSchema([])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="type that JSON does not have"):
        MessageSchema({"properties": {"data": {"type": "date"}}})


def test_the_paths_of_very_many_filters_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pnfilter.lint.schema.shapes.MAX_PLACES", 5)
    schema = MessageSchema({"properties": {"data": {"properties": {"mag": {}}}}})
    for number in range(20):
        assert [one.code for one in check(f"data.m{number} == 1", schema=schema)] == ["W441"]
    assert len(schema.shapes._places) <= 5
