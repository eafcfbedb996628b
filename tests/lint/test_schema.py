"""What a schema of the messages says about a filter, and that no valid message contradicts it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pnfilter import check
from pnfilter.diagnostics import Diagnostic, apply_edits
from pnfilter.interpreter import condition, read
from pnfilter.lint.context import context_of
from pnfilter.lint.schema import check as schema_check
from pnfilter.lint.schema import fields, shapes
from pnfilter.lint.schema.check import check_schema, shapes_of
from pnfilter.lint.schema.shapes import (
    MAX_ALTERNATIVES,
    MAX_EXPANSIONS,
    MAX_LEVELS,
    MAX_STEPS,
    Found,
    Shapes,
    require_schema,
)
from pnfilter.semantics import Missing
from pnfilter.syntax.nodes import Comparison, Path, walk
from pnfilter.syntax.parser import parse
from tests.examples import examples

QUAKES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "data": {
            "type": "object",
            "properties": {
                "mag": {"type": "number", "minimum": -1, "maximum": 10},
                "depth": {"type": "number", "exclusiveMinimum": 0},
                "count": {"type": "integer", "exclusiveMaximum": 100},
                "place": {"type": "string"},
                "alert": {"enum": ["green", "yellow", None]},
                "code": {"enum": ["1", "22", "x"]},
                "felt": {"type": ["number", "null"]},
                "tsunami": {"type": "boolean"},
                "tags": {"type": "array", "items": {"enum": ["urgent", "news", 5]}},
                "numbers": {"type": "array", "items": {"type": "number"}},
                "any_list": {"type": "array"},
                "point": {
                    "type": "array",
                    "prefixItems": [{"type": "number"}, {"type": "string"}],
                    "items": False,
                },
                "short": {"type": "array", "maxItems": 1},
                "old": {"type": "array", "items": [{"type": "number"}], "additionalItems": False},
                "user": {"$ref": "#/$defs/user"},
                "either": {"anyOf": [{"type": "string"}, {"type": "number", "maximum": 5}]},
                "ranges": {"oneOf": [{"minimum": 0, "maximum": 1}, {"minimum": 8, "maximum": 9}],
                           "type": "number"},
                "both": {"allOf": [{"minimum": 0}, {"maximum": 1}, {"maximum": 2}],
                         "type": "number"},
                "level": {"const": 3},
                "odd": {"enum": [1, 3, 5]},
                "narrow": {"enum": ["a", "b", 1], "allOf": [{"enum": ["b", "c", [1]]}]},
                "lists": {"enum": [[1], [2]], "allOf": [{"enum": [[2], [3]]}]},
                "shape": {"oneOf": [
                    {"type": "object", "properties": {"radius": {"type": "number"}}},
                    {"type": "object", "properties": {"side": {"type": "number"}}},
                ]},
                "maybe": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/user"}]},
                "anything": {},
                "whatever": True,
                "nothing": False,
                "remote": {"$ref": "https://example.com/schema.json"},
                "anchored": {"$ref": "#user"},
                "null_only": {"type": "null"},
                "two words": {"type": "number"},
                "like": {"type": "number"},
            },
        },
        "meta": {
            "type": "object",
            "properties": {
                "net": {"enum": ["us", "ak", "ci"]},
                "tier": {"type": "integer", "minimum": 1, "maximum": 3},
                "open": {"type": "object", "additionalProperties": True, "properties": {"a": {}}},
                "map": {"type": "object", "additionalProperties": {"type": "number"}},
                "patterned": {"type": "object", "patternProperties": {"^x_": {}},
                              "properties": {"a": {}}},
                "conditional": {"type": "object", "properties": {"a": {}},
                                "if": {}, "then": {"properties": {"b": {}}}},
                "closed": {"type": "object", "additionalProperties": False,
                           "properties": {"a": {}}},
                "free": {"type": "object"},
                "key-dash": {"type": "number"},
                "contains": {"type": "number"},
            },
        },
    },
    "$defs": {
        "user": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "friend": {"$ref": "#/$defs/user"}},
        }
    },
}  # fmt: skip


def _found(text: str, schema: Any = None, known: tuple[str, ...] = ()) -> list[Diagnostic]:
    context = context_of(text, parse(text), encrypted=False, known_fields=known)
    return list(check_schema(context, shapes_of(QUAKES if schema is None else schema)))


def _shown(text: str, schema: Any = None) -> list[tuple[str, str]]:
    found = _found(text, schema)
    return [(one.code, text[one.span.start : one.span.end]) for one in found]


#: Filter, what is marked, message, help, and the fixed filter where there is a fix.
_CASES: list[tuple[str, str, str, str, str, str]] = [
    # Fields
    ("W441", "data.mga > 4", "data.mga", "the schema has no field `mga` in `data`",
     "did you mean data.mag?", "data.mag > 4"),
    ("W441", "data.Mag > 4", "data.Mag", "the schema has no field `Mag` in `data`",
     "did you mean data.mag?", "data.mag > 4"),
    ("W441", "data.xyzzy > 4", "data.xyzzy", "the schema has no field `xyzzy` in `data`",
     "fields: mag, depth, count, place, alert, …", ""),
    ("W441", "data.nothing == 4", "data.nothing", "the schema has no field `nothing` in `data`",
     "did you mean data.anything?", "data.anything == 4"),
    ("W441", "data.user.friend.nmae == 'x'", "data.user.friend.nmae",
     "the schema has no field `nmae` in `data.user.friend`",
     "did you mean data.user.friend.name?", "data.user.friend.name == 'x'"),
    ("W441", "data.two_words == 1", "data.two_words",
     "the schema has no field `two_words` in `data`",
     'did you mean data["two words"]?', 'data["two words"] == 1'),
    ("W441", "mag > 4", "mag", "`mag` reads the metadata, and the schema has it in the payload",
     "did you mean data.mag?", "data.mag > 4"),
    ("W441", "meta.user.name == 'x'", "meta.user.name",
     "`meta.user.name` reads the metadata, and the schema has it in the payload",
     "did you mean data.user.name?", "data.user.name == 'x'"),
    ("W441", "data.net == 'us'", "data.net",
     "`data.net` reads the payload, and the schema has it in the metadata",
     "did you mean meta.net?", "meta.net == 'us'"),
    ("W441", "NET == 'us'", "NET", "the schema has no field `NET` in the metadata",
     "did you mean net?", "net == 'us'"),
    ("W441", "key_dash == 1", "key_dash", "the schema has no field `key_dash` in the metadata",
     'did you mean meta["key-dash"]?', 'meta["key-dash"] == 1'),
    ("W441", "contain == 1", "contain", "the schema has no field `contain` in the metadata",
     "did you mean meta.contains?", "meta.contains == 1"),
    ("W441", "closed.b == 1", "closed.b", "the schema has no field `b` in `closed`",
     "fields: a", ""),
    ("W441", "data.shape.raduis > 1", "data.shape.raduis",
     "the schema has no field `raduis` in `data.shape`",
     "did you mean data.shape.radius?", "data.shape.radius > 1"),
    ("W441", "data.maybe.nam == 'x'", "data.maybe.nam",
     "the schema has no field `nam` in `data.maybe`",
     "did you mean data.maybe.name?", "data.maybe.name == 'x'"),
    ("W441", "data.point[2] == 1", "data.point[2]",
     "the schema has no element [2] in `data.point`", "elements are counted from 0", ""),
    ("W441", "data.short[1] == 1", "data.short[1]",
     "the schema has no element [1] in `data.short`", "elements are counted from 0", ""),
    ("W441", "data.old[1] == 1", "data.old[1]",
     "the schema has no element [1] in `data.old`", "elements are counted from 0", ""),
    # Steps into what has none
    ("W442", "data.place.x == 1", "data.place.x",
     "`data.place` is a string in the schema and has no field x",
     "objects have names, arrays have indexes", ""),
    ("W442", "data.user[0] == 1", "data.user[0]",
     "`data.user` is an object in the schema and has no element [0]",
     "objects have names, arrays have indexes", ""),
    ("W442", "data.tags.x == 1", "data.tags.x",
     "`data.tags` is an array in the schema and has no field x",
     "objects have names, arrays have indexes", ""),
    ("W442", "data[0] == 1", "data[0]",
     "`data` is an object in the schema and has no element [0]",
     "objects have names, arrays have indexes", ""),
    ("W442", "net.x == 1", "net.x", "`net` is a string in the schema and has no field x",
     "objects have names, arrays have indexes", ""),
    # Types
    ("W442", 'data.mag == "5"', 'data.mag == "5"',
     '`data.mag` is a number in the schema, and "5" is a string', "remove the quotes: 5",
     "data.mag == 5"),
    ("W442", 'data.mag != "x"', 'data.mag != "x"',
     '`data.mag` is a number in the schema, and "x" is a string',
     "compare it with a value of its type", ""),
    ("W442", "data.place = 5", "data.place = 5",
     "`data.place` is a string in the schema, and 5 is a number", 'quote it: "5"',
     'data.place = "5"'),
    ("W442", "5 == data.place", "5 == data.place",
     "`data.place` is a string in the schema, and 5 is a number", 'quote it: "5"',
     '"5" == data.place'),
    ("W442", 'data.tsunami == "true"', 'data.tsunami == "true"',
     '`data.tsunami` is true or false in the schema, and "true" is a string',
     "it is a condition on its own: data.tsunami, or !data.tsunami", ""),
    ("W442", 'data.tags == "news"', 'data.tags == "news"',
     '`data.tags` is an array in the schema, and "news" is a string',
     'CONTAINS looks into arrays: data.tags CONTAINS "news"', ""),
    ("W442", 'data.user == "x"', 'data.user == "x"',
     '`data.user` is an object in the schema, and "x" is a string',
     "name a field of it: data.user.name", ""),
    ("W442", "(1, 'a') CONTAINS data.user", "(1, 'a') CONTAINS data.user",
     "`data.user` is an object in the schema, and the set holds numbers and strings",
     "name a field of it: data.user.name", ""),
    ("W442", "(1, 2) CONTAINS meta.net", "(1, 2) CONTAINS meta.net",
     "`meta.net` is a string in the schema, and the set holds numbers",
     "compare it with a value of its type", ""),
    ("W442", "data.place > 5", "data.place > 5",
     "`data.place` is a string in the schema, and `>` orders numbers",
     "a string is ordered only if it reads as a number: send a number", ""),
    ("W442", "5 <= data.tsunami", "5 <= data.tsunami",
     "`data.tsunami` is true or false in the schema, and `<=` orders numbers",
     "compare it with a value of its type", ""),
    ("W442", "data.mag LIKE 'x*'", "data.mag LIKE 'x*'",
     "`data.mag` is a number in the schema, and LIKE compares strings",
     "compare it with == or an ordering", ""),
    ("W442", "data.numbers LIKE 'x*'", "data.numbers LIKE 'x*'",
     "`data.numbers` is an array in the schema, and LIKE compares strings",
     "compare it with == or an ordering", ""),
    ("W442", "data.mag CONTAINS 5", "data.mag CONTAINS 5",
     "`data.mag` is a number in the schema, and CONTAINS looks into strings and arrays",
     "compare it with == or an ordering", ""),
    ("W442", "data.numbers CONTAINS 'x'", "data.numbers CONTAINS 'x'",
     "each element of `data.numbers` is a number in the schema, and never 'x'",
     "compare it with a value of its type", ""),
    ("W442", "'abc' CONTAINS data.tsunami", "'abc' CONTAINS data.tsunami",
     "`data.tsunami` is true or false in the schema, and a string contains strings and numbers",
     "compare it with a value of its type", ""),
    ("W442", "data.place + 1 == 2", "data.place",
     "`data.place` is a string in the schema, and `+` calculates with numbers",
     "send a number", ""),
    ("W442", "-data.place == 2", "data.place",
     "`data.place` is a string in the schema, and `-` takes numbers", "send a number", ""),
    ("W442", "!data.place", "data.place",
     "`data.place` is a string in the schema, and `!` is known for true and false only",
     "compare it with a value of its type", ""),
    ("W442", "data.place && data.tsunami", "data.place",
     "`data.place` is a string in the schema, "
     "and alone it is a condition only if it is true or false",
     "compare it with a value of its type", ""),
    ("W442", "data.mag == data.place", "data.mag == data.place",
     "`data.mag` is a number in the schema, and `data.place` is a string",
     "compare it with a value of its type", ""),
    ("W442", "data.place < data.mag", "data.place",
     "`data.place` is a string in the schema, and `<` orders numbers",
     "a string is ordered only if it reads as a number: send a number", ""),
    ("W442", "data.mag LIKE data.place", "data.mag LIKE data.place",
     "`data.mag` is a number in the schema, and LIKE compares strings",
     "compare it with == or an ordering", ""),
    ("W442", "data.tsunami CONTAINS data.place", "data.tsunami CONTAINS data.place",
     "`data.tsunami` is true or false in the schema, and CONTAINS looks into strings and arrays",
     "compare it with == or an ordering", ""),
    # Values
    ("W443", 'meta.net == "uss"', '"uss"', '`meta.net` is never "uss" according to the schema',
     'did you mean "us"?', 'meta.net == "us"'),
    ("W443", "net = uss", "uss", "`net` is never uss according to the schema",
     'did you mean "us"?', 'net = "us"'),
    ("W443", 'meta.net != "zz"', '"zz"',
     '`meta.net` is never "zz" according to the schema, so that this always holds',
     'values: "us", "ak", "ci"', ""),
    ("W443", 'data.alert == "red"', '"red"', '`data.alert` is never "red" according to the schema',
     'values: "green", "yellow"', ""),
    ("W443", "data.mag == 11", "11", "`data.mag` is never 11 according to the schema",
     "the schema has a number from -1 up to 10", ""),
    ("W443", "-2 == data.mag", "-2", "`data.mag` is never -2 according to the schema",
     "the schema has a number from -1 up to 10", ""),
    ("W443", "data.depth == 0", "0", "`data.depth` is never 0 according to the schema",
     "the schema has a number above 0", ""),
    ("W443", "data.count == 1.5", "1.5", "`data.count` is never 1.5 according to the schema",
     "the schema has an integer below 100", ""),
    ("W443", "data.level == 4", "4", "`data.level` is never 4 according to the schema",
     "values: 3", ""),
    ("W443", "data.either == 7", "7", "`data.either` is never 7 according to the schema",
     "the schema has a number up to 5", ""),
    ("W443", "data.ranges == 5", "5", "`data.ranges` is never 5 according to the schema",
     "the schema has a number from 0 up to 1 or a number from 8 up to 9", ""),
    ("W443", "data.narrow == 'a'", "'a'", "`data.narrow` is never 'a' according to the schema",
     'values: "b"', ""),
    ("W443", '("us", "uss") CONTAINS meta.net', '"uss"',
     '`meta.net` is never "uss" according to the schema', 'did you mean "us"?',
     '("us", "us") CONTAINS meta.net'),
    ("W443", '("us", 5) CONTAINS meta.net', "5", "`meta.net` is never 5 according to the schema",
     'values: "us", "ak", "ci"', ""),
    ("W443", "data.tags CONTAINS 'urgnet'", "'urgnet'",
     "no element of `data.tags` is 'urgnet' in the schema", 'did you mean "urgent"?',
     'data.tags CONTAINS "urgent"'),
    ("W443", "data.alert LIKE 'r*'", "'r*'",
     "no value of `data.alert` in the schema matches `'r*'`",
     'values: "green", "yellow"', ""),
    ("W443", "data.mag > 10", "data.mag > 10",
     "`data.mag > 10` never holds: the schema leaves no such number",
     "the schema has a number from -1 up to 10", ""),
    ("W443", "0 >= data.depth", "0 >= data.depth",
     "`0 >= data.depth` never holds: the schema leaves no such number",
     "the schema has a number above 0", ""),
    ("W443", "data.count >= 100", "data.count >= 100",
     "`data.count >= 100` never holds: the schema leaves no such number",
     "the schema has an integer below 100", ""),
    ("W443", "data.ranges > 9", "data.ranges > 9",
     "`data.ranges > 9` never holds: the schema leaves no such number",
     "the schema has a number from 0 up to 1 or a number from 8 up to 9", ""),
    ("W443", "data.both > 1", "data.both > 1",
     "`data.both > 1` never holds: the schema leaves no such number",
     "the schema has a number from 0 up to 1", ""),
    ("W443", "data.odd > 5", "data.odd > 5",
     "`data.odd > 5` never holds: the schema leaves no such number",
     "values: 1, 3, 5", ""),
    ("W443", "data.mag >= -1", "data.mag >= -1",
     "`data.mag >= -1` always holds if the field is there, according to the schema",
     "the schema has a number from -1 up to 10", ""),
    ("W443", "data.depth > 0", "data.depth > 0",
     "`data.depth > 0` always holds if the field is there, according to the schema",
     "the schema has a number above 0", ""),
    ("W443", "data.ranges < 10", "data.ranges < 10",
     "`data.ranges < 10` always holds if the field is there, according to the schema",
     "the schema has a number from 0 up to 1 or a number from 8 up to 9", ""),
    ("W443", "data.odd <= 5", "data.odd <= 5",
     "`data.odd <= 5` always holds if the field is there, according to the schema",
     "values: 1, 3, 5", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "case"), [(case[1], case) for case in _CASES], ids=[case[1] for case in _CASES]
)
def test_what_the_schema_denies(text: str, case: tuple[str, str, str, str, str, str]) -> None:
    code, _, place, message, help, fixed = case
    (found,) = _found(text)
    assert (found.code, text[found.span.start : found.span.end]) == (code, place)
    assert (found.message, found.help) == (message, help)
    if not fixed:
        assert found.fix is None
        return
    assert found.fix is not None
    assert not found.fix.safe
    assert apply_edits(text, found.fix.edits) == fixed
    parse(fixed)


@pytest.mark.parametrize(
    "text",
    [
        "data.mag > 4.5 && meta.net == 'us'",
        "data.mag >= 10 || data.mag < 10 || data.mag > -1",
        "data.count > 0",
        "data.felt > 3 && data.felt == 5",
        "data.place LIKE '*alaska*' && data.place CONTAINS 'km' && data.place CONTAINS 5",
        "data.alert == 'green' || data.alert != 'yellow' || data.alert LIKE 'GR*'",
        "data.tsunami && !data.tsunami",
        "data.tags CONTAINS 'news' && data.tags LIKE 'n*' && data.tags[0] == 'urgent'",
        "data.tags CONTAINS 5",
        "data.any_list CONTAINS 'x' && data.any_list LIKE 'x' && data.any_list[7].x == 1",
        "data.point[0] > 1 && data.point[1] == 'x' && data.point CONTAINS 'x'",
        "data.old CONTAINS 'x' && data.old[0] > 1",
        "data.short[0] == 1",
        "data.user.friend.friend.friend.name == 'x'",
        "data.either == 'x' || data.either == 3 || data.either > 100",
        "data.ranges > 1 && data.ranges == 0.5",
        "data.odd > 1 && data.odd == 3",
        "data.narrow == 'b'",
        "data.lists CONTAINS 2",
        "data.code > 5",
        "data.shape.radius > 1 || data.shape.side > 1",
        "data.maybe == 'x' || data.maybe.name == 'x'",
        "data.anything.at.all[3] > 'x' || data.whatever == 5",
        "data.remote.x == 1 && data.anchored.x == 1",
        "data.null_only == 1 && data.null_only.x == 1",
        "open.b == 1 && map.b == 1 && patterned.b == 1 && conditional.b == 1 && free.b == 1",
        "closed.a == 1",
        "data.mag == true || data.mag == null || data.place > null",
        "data.mag < 'x' && data.place < 'x' && data.place < '5'",
        "'x' LIKE data.place && ('a', 'b') LIKE data.mag",
        "'abc' CONTAINS data.place && '123' CONTAINS data.mag",
        "data.mag + data.depth > 5 && -data.mag > 1 && ~data.count == 1",
        "data.mag == data.depth && data.place != meta.net && data.place LIKE data.alert",
        "data.tags CONTAINS data.place && data.mag < data.depth && data.remote.x == data.whatever "
        "|| data.mag == data.anything",
        "1 == 2 || 'x' LIKE 'y'",
        "data['two words'] == 1",
        "data.tags CONTAINS true",
        "data.tags CONTAINS data.tags",
    ],
)
def test_what_the_schema_allows_gets_nothing(text: str) -> None:
    assert _found(text) == []


def test_known_fields_are_never_taken_for_a_mistake() -> None:
    assert _shown("mga > 4 && data.user.nmae == 1") != []
    assert _found("mga > 4 && data.user.nmae == 1", None, ("mga", "data.user.nmae")) == []


def test_each_place_is_reported() -> None:
    assert _shown('data.mga > 1 && !(data.mga > 5) && (net == "uss" || mag == "x")') == [
        ("W441", "data.mga"),
        ("W441", "data.mga"),
        ("W443", '"uss"'),
        ("W441", "mag"),
    ]


def test_check_gives_them_in_the_order_of_the_text() -> None:
    text = 'meta.net == "uss" && data.mga > 5'
    found = check(text, schema=QUAKES)
    assert [one.code for one in found] == ["W443", "W441"]
    assert check("meta.net == 'us'", schema=QUAKES) == ()


def test_without_a_schema_there_is_nothing_to_say() -> None:
    assert check("data.mga > 5", schema=None) == check("data.mga > 5") == ()


# Schemas of a part of the message

_PAYLOAD = {"properties": {"data": {"properties": {"mag": {"type": "number"}}}}}


@pytest.mark.parametrize(
    ("text", "schema", "shown"),
    [
        # Of the metadata nothing is said, but a bare name that the payload has is a mistake.
        ("meta.x == 1 && net == 'us' && meta.mag > 1", _PAYLOAD, []),
        ("mag > 1", _PAYLOAD, [("W441", "mag")]),
        ("meta == 1 && data == 'x'", _PAYLOAD, []),
        ("mga > 1 && data.mga > 1", _PAYLOAD, [("W441", "data.mga")]),
        # What may be anything declares nothing.
        ("mag > 1", {"properties": {"data": {}}}, []),
        ("mag > 1", {"properties": {"data": {"additionalProperties": {"type": "number"}}}}, []),
        ("meta.x == 1", {**_PAYLOAD, "additionalProperties": False}, [("W441", "meta.x")]),
        ("x == 1", {**_PAYLOAD, "additionalProperties": {"type": "object"}}, []),
        ("x == 1 && data.y > 'x'", {}, []),
        ("x == 1 && data.y > 'x'", {"type": "object"}, []),
        ("data > 5", {"properties": {"data": {"type": "string"}}}, [("W442", "data > 5")]),
        ("data.x == 5", {"properties": {"data": {"type": "string"}}}, [("W442", "data.x")]),
        (
            "data[0].b == 1 && data[3].a == 1",
            {"properties": {"data": {"items": {"properties": {"a": {"type": "number"}}}}}},
            [("W441", "data[0].b")],
        ),
        (
            "data.mga == 1",
            {"anyOf": [{"$ref": "#/$defs/one"}, {"properties": {"data": {"type": "string"}}}],
             "$defs": {"one": _PAYLOAD}},
            [("W441", "data.mga")],
        ),
        (
            "meta.x == 1",
            {**_PAYLOAD, "allOf": [{"properties": {"meta": {"properties": {"y": {}}}}}]},
            [("W441", "meta.x")],
        ),
        (
            "data.a == 1 && data.b == 1",
            {"properties": {"data": {"$ref": "#/%24defs/a~1b~0"}},
             "$defs": {"a/b~": {"properties": {"a": {}}}}},
            [("W441", "data.b")],
        ),
        (
            "data.a == 1 && data.b == 1",
            {"properties": {"data": {"$ref": "#/anyOf/0"}}, "anyOf": [{"properties": {"a": {}}}]},
            [("W441", "data.b")],
        ),
    ],
)  # fmt: skip
def test_schemas_of_a_part(text: str, schema: Any, shown: list[tuple[str, str]]) -> None:
    assert _shown(text, schema) == shown


def test_a_closed_message_without_metadata() -> None:
    (found,) = _found("meta.x == 1", {**_PAYLOAD, "additionalProperties": False})
    assert found.message == "the schema has no metadata: `meta.x`"
    assert found.help == "it has data"


# Schemas that are none


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"properties": []}, "# has properties that are not a mapping: []"),
        (
            {"properties": {"data": 5}},
            "#/properties/data must be a mapping, true or false: 5",
        ),
        ({"properties": {5: {}}}, "# has a name in properties that is not a string: 5"),
        ({"properties": {"data": {"type": "text"}}}, "#/properties/data has a type"),
        ({"properties": {"data": {"type": ["number", 5]}}}, "#/properties/data has a type"),
        ({"enum": "abc"}, "# has a enum that is not a list: 'abc'"),
        ({"anyOf": {}}, "# has a anyOf that is not a list: {}"),
        ({"allOf": [5]}, "#/allOf/0 must be a mapping"),
        ({"items": 5}, "#/items must be a mapping"),
        ({"items": [5]}, "#/items/0 must be a mapping"),
        ({"minimum": float("nan")}, "# has a minimum that is not a number: nan"),
        ({"properties": {"x" * 500: 5}}, "..." + "x" * 117 + " must be a mapping"),
        ({"$ref": "#/allOf/" + "9" * 5000, "allOf": []}, "# refers to a place that doesn't exist"),
        ({"minimum": "5"}, "# has a minimum that is not a number: '5'"),
        ({"exclusiveMaximum": True}, "# has a exclusiveMaximum that is not a number: True"),
        ({"$ref": 5}, "# has a $ref that is not a string: 5"),
        ({"$ref": "#/$defs/x"}, "# refers to a place that doesn't exist: '#/$defs/x'"),
        ({"$ref": "#/type/x", "type": "object"}, "# refers to a place that doesn't exist"),
        ({"$ref": "#/allOf/7", "allOf": []}, "# refers to a place that doesn't exist"),
        ({"$ref": "#/x", "x": 5}, "#/x must be a mapping"),
        ({"additionalProperties": "x" * 99}, "#/additionalProperties must be a mapping"),
        ({"$defs": {"a": {"not": []}}}, "#/$defs/a/not must be a mapping"),
    ],
)
def test_nonsense_is_refused_at_once(schema: Any, place: str) -> None:
    with pytest.raises(ValueError, match="the schema at") as caught:
        check("a == 1", schema=schema)
    assert str(caught.value).startswith(f"the schema at {place}")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("schema", [True, [], "x", 5])
def test_no_mapping_is_no_schema(schema: Any) -> None:
    with pytest.raises(TypeError, match="a schema must be a mapping, not"):
        check("a == 1", schema=schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"mag": {"type": "number"}}},
        {"type": "array"},
        {"anyOf": [{"type": "string"}, {"properties": {"x": {}}}]},
        {"additionalProperties": False},
    ],
)
def test_a_schema_of_something_else_is_refused(schema: Any) -> None:
    with pytest.raises(ValueError, match="neither `data` nor `meta`"):
        check("a == 1", schema=schema)


def test_a_schema_that_holds_itself_is_no_trouble() -> None:
    loop: dict[str, Any] = {"type": "object", "properties": {}}
    loop["properties"]["data"] = loop
    loop["properties"]["x"] = {"type": "number"}
    require_schema(loop)
    assert _shown("data.data.data.x > 1 && data.data.y == 1", loop) == [("W441", "data.data.y")]


# Limits


def _payload(schema: Any, **more: Any) -> dict[str, Any]:
    return {"properties": {"data": {"properties": {"x": schema}}}, **more}


def test_references_in_a_circle_allow_anything() -> None:
    schema = _payload({"$ref": "#/$defs/a"}, **{"$defs": {"a": {"$ref": "#/$defs/a"}}})
    assert _shown("data.x > 'a' && data.x == 5", schema) == []


def test_references_that_double_are_cut_off() -> None:
    parts: dict[str, Any] = {
        f"p{n}": {"allOf": [{"$ref": f"#/$defs/p{n + 1}"}] * 2} for n in range(MAX_LEVELS)
    }
    parts[f"p{MAX_LEVELS}"] = {"type": "string"}
    schema = _payload({"$ref": "#/$defs/p0"}, **{"$defs": parts})
    assert isinstance(Shapes(schema).place("data", ("x",)), Found)


def test_deep_nesting_is_cut_off() -> None:
    def nested(levels: int) -> Any:
        schema: Any = {"type": "string"}
        for _ in range(levels):
            schema = {"allOf": [schema]}
        return _payload(schema)

    assert _shown("data.x > 5", nested(MAX_LEVELS - 1)) == [("W442", "data.x > 5")]
    assert _shown("data.x > 5", nested(MAX_LEVELS + 1)) == []
    assert _shown("data.x > 5", nested(10_000)) == []


def test_too_many_alternatives_allow_anything() -> None:
    def options(count: int) -> Any:
        return _payload({"anyOf": [{"const": f"v{number}"} for number in range(count)]})

    assert _shown("data.x > 5", options(MAX_ALTERNATIVES)) == [("W442", "data.x > 5")]
    assert _shown("data.x > 5", options(MAX_ALTERNATIVES + 1)) == []
    assert _shown("data.x > 5", options(MAX_EXPANSIONS + 1)) == []
    both = _payload({"allOf": [{"anyOf": [{"type": "string"}] * 9}] * 2})
    assert _shown("data.x > 5", both) == [("W442", "data.x > 5")]


def test_alternatives_that_multiply_along_a_path_allow_anything() -> None:
    node = {"anyOf": [{"properties": {"next": {"$ref": "#/$defs/node"}}}] * 9}
    schema = _payload({"$ref": "#/$defs/node"}, **{"$defs": {"node": node}})
    assert _shown("data.x.nxt == 1", schema) == [("W441", "data.x.nxt")]
    assert _shown("data.x.next.next.next.nxt == 1", schema) == []


def test_long_paths_are_not_followed() -> None:
    node = {"properties": {"next": {"$ref": "#/$defs/node"}}}
    schema = {"properties": {"data": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    reached = "data" + ".next" * (MAX_STEPS - 2)
    assert _shown(f"{reached}.x == 1", schema) == [("W441", f"{reached}.x")]
    assert _shown(f"{reached}.next.x == 1", schema) == []


def test_searches_for_the_nearest_name_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "MAX_SEARCHES", 1)
    first, second = _found("data.mga > 1 && data.dpeth > 1")
    assert first.fix is not None
    assert second.fix is None
    monkeypatch.undo()
    monkeypatch.setattr(fields, "MAX_CANDIDATES", 1)
    first, second = _found("data.mga > 1 && data.dpeth > 1")
    assert first.fix is not None
    assert second.fix is None


def test_patterns_are_tried_on_so_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_check, "MAX_PATTERN_TESTS", 3)
    assert _shown("data.alert LIKE 'r*' || data.alert LIKE 's*'") == [("W443", "'r*'")]


def test_a_large_schema_and_a_large_filter_are_answered() -> None:
    schema = {
        "properties": {
            "data": {"properties": {f"f{n}": {"enum": list(range(50))} for n in range(500)}},
            "meta": {"properties": {"a": {"enum": [f"v{n}" for n in range(5000)]}}},
        }
    }
    elements = ", ".join(f"'w{n}'" for n in range(500))
    text = " && ".join(f"data.f{n} == 77 && data.g{n} == 1" for n in range(300))
    text += f" && ({elements}) CONTAINS a"
    assert len(_found(text, schema)) == 2 * 300 + 500


# No valid message contradicts what is said

_LEAVES: list[Any] = [
    None, True, False, 0, 1, 2, 3, 2.5, 5, -1, 10, "", "x", "y", "xy", "5", "true", "abc",
]  # fmt: skip
_TYPES = ["null", "boolean", "number", "integer", "string", "array", "object"]
_SCALAR = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(_TYPES) | st.lists(st.sampled_from(_TYPES), min_size=1, max_size=3),
        "enum": st.lists(st.sampled_from(_LEAVES), min_size=1, max_size=4),
        "minimum": st.sampled_from([0, 1, 2.5]),
        "exclusiveMinimum": st.sampled_from([0, 1, 2]),
        "maximum": st.sampled_from([1, 3, 5]),
        "exclusiveMaximum": st.sampled_from([2, 3, 5]),
    },
)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(lambda a: {"type": "object", "properties": {"a": a}}, inner),
        st.builds(lambda a: {"properties": {"a": a}, "additionalProperties": False}, inner),
        st.builds(lambda a: {"type": "array", "items": a}, inner),
        st.builds(lambda a, b: {"prefixItems": [a], "items": b}, inner, inner | st.booleans()),
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(lambda a, b: {"oneOf": [a, b]}, inner, inner),
        st.builds(lambda a, b: {"allOf": [a, b]}, inner, inner),
        st.builds(lambda a: {"$ref": "#/$defs/d", "allOf": [a]}, inner),
    )


_SCHEMAS = st.recursive(_SCALAR | st.booleans(), _containers, max_leaves=4)
_PAYLOADS = st.one_of(
    st.sampled_from(_LEAVES),
    st.recursive(
        st.sampled_from(_LEAVES),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
        ),
        max_leaves=4,
    ),
)
_OPERANDS = ["0", "1", "2.5", "5", "10", "'x'", "'5'", "'true'", "''"]
_PLACES = ["data.x", "data.x", "data.x.a", "data.x[0]", "data.x[1]", "data.x.a.a"]


@st.composite
def _filters(draw: st.DrawFn) -> str:
    place, other = draw(st.sampled_from(_PLACES)), draw(st.sampled_from(_PLACES))
    operand, second = draw(st.sampled_from(_OPERANDS)), draw(st.sampled_from(_OPERANDS))
    operator = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
    return draw(
        st.sampled_from(
            [
                f"{place} {operator} {operand}",
                f"{operand} {operator} {place}",
                f"({operand}, {second}) CONTAINS {place}",
                f"{place} CONTAINS {operand}",
                f"'x5true' CONTAINS {place}",
                f"{place} LIKE '*x*'",
                f"{place} LIKE '5'",
                f"{place} {operator} {other}",
                f"{place} LIKE {other}",
                f"{place} CONTAINS {other}",
                f"{place} + 1 {operator} 2",
                f"!{place} && 1 == 1",
            ]
        )
    )


@examples(2)
@given(_SCHEMAS, _SCALAR, _filters(), st.lists(_PAYLOADS, min_size=1, max_size=12))
def test_no_valid_message_contradicts_the_schema_check(
    part: Any, shared: Any, text: str, payloads: list[Any]
) -> None:
    schema = {
        "type": "object",
        "properties": {"data": {"type": "object", "properties": {"x": part}}},
        "$defs": {"d": shared},
    }
    found = _found(text, schema)
    if not found:
        return
    validator = Draft202012Validator(schema)
    expression = parse(text)
    orders = any(isinstance(n, Comparison) and n.operator in "<=>=" for n in walk(expression))
    for payload in (*payloads, *_LEAVES, ["x"], ["x", 5], {"a": "x"}, {"a": 5}, [[5]]):
        message = {"data": {"x": payload}}
        if not validator.is_valid(message):
            continue
        outcome = condition(expression, message["data"], None)
        for one in found:
            # A string that reads as a number is ordered all the same, and the help says so.
            if one.code == "W442" and not (orders and "string" in one.message) and "!=" not in text:
                assert outcome is not True, (schema, message)
            if "never holds" in one.message or "matches" in one.message:
                assert outcome is not True, (schema, message)
            if "is never" in one.message and "CONTAINS" not in text:
                assert outcome is not ("!=" not in text), (schema, message)
            if "no element of" in one.message:
                assert outcome is not True, (schema, message)
            if "always holds where" in one.message:
                (path,) = (node for node in walk(expression) if isinstance(node, Path))
                missing = isinstance(read(path, message["data"], None), Missing)
                assert outcome is (not missing), (schema, message)


def test_shapes_take_any_mapping() -> None:
    from types import MappingProxyType

    schema = MappingProxyType({"properties": MappingProxyType({"data": {"type": "string"}})})
    assert _shown("data > 5", schema) == [("W442", "data > 5")]
    assert shapes.kind_of(MappingProxyType({})) == "object"
