"""Explanations: golden texts, JSON for any value at all, and why each verdict is what it is."""

from __future__ import annotations

import datetime as dt
import json
import math
import time
from typing import Any

import pytest

from pnfilter import UNREADABLE, Explanation, Message, Reason, Verdict, compile
from pnfilter.explain import (
    MAX_SHOWN_EXPRESSION,
    MAX_SHOWN_VALUE,
    MAX_VALUE_LEVELS,
    MAX_VALUE_PARTS,
    show_value,
    type_name,
)
from pnfilter.nearest import MAX_KEY
from pnfilter.semantics import MISSING, NoResult, Unreadable


def explain(text: str, data: Any = UNREADABLE, meta: Any = None) -> Explanation:
    """The explanation of a filter on a message."""
    return compile(text).explain({"data": data, "meta": meta})


GOLDEN: list[tuple[str, dict[str, Any], str]] = [
    (
        'meta.net == "us" && data.mag >= 5 || !(data.place LIKE "*alaska*")',
        {"meta": {"net": "us"}, "data": {"mag": 4.5, "place": "10km of Alaska"}},
        """\
meta.net == "us" && data.mag >= 5 || !(data.place LIKE "*al…  NO_MATCH
├─ meta.net == "us" && data.mag >= 5                          NO_MATCH
│  ├─ meta.net == "us"                                        MATCH
│  │  └─ meta.net                                             "us"
│  └─ data.mag >= 5                                           NO_MATCH
│     └─ data.mag                                             4.5
└─ !(data.place LIKE "*alaska*")                              NO_MATCH
   └─ data.place LIKE "*alaska*"                              MATCH
      └─ data.place                                           "10km of Alaska\"""",
    ),
    (
        "(a == 1 || b != 2) && data.x[0] + 1 > 5 && !c",
        {"meta": {"a": "1", "b": 3, "c": "x"}, "data": {"x": ["4"]}},
        """\
(a == 1 || b != 2) && data.x[0] + 1 > 5 && !c  UNDECIDED
├─ a == 1 || b != 2                            MATCH
│  ├─ a == 1                                   UNDECIDED                              whether a number equals its own text is not known
│  │  └─ a                                     "1"
│  └─ b != 2                                   MATCH
│     └─ b                                     3
├─ data.x[0] + 1 > 5                           UNDECIDED                              the arithmetic has no result here, and what the server does then is not known
│  └─ data.x[0] + 1                            no result: an operand is not a number
│     └─ data.x[0]                             "4"
└─ !c                                          UNDECIDED                              `!` is known for true and false only
   └─ c                                        "x\"""",
    ),
    (
        '("us", "eu") CONTAINS region && urgent && tier > 3',
        {"meta": {"region": "us", "tier": "5"}},
        """\
("us", "eu") CONTAINS region && urgent && tier > 3  NO_MATCH
├─ ("us", "eu") CONTAINS region                     MATCH
│  └─ region                                        "us"
├─ urgent                                           NO_MATCH (missing)  the message has no such field, or it is null
└─ tier > 3                                         MATCH               not needed: `urgent` decides
   └─ tier                                          "5\"""",
    ),
    (
        "a.b == 5 && data.x / data.y > 1",
        {"meta": {"a": UNREADABLE}, "data": {"x": 1, "y": 0}},
        """\
a.b == 5 && data.x / data.y > 1  UNDECIDED
├─ a.b == 5                      UNDECIDED                    an operand can't be read here
│  └─ a.b                        unreadable                   can't be read here
└─ data.x / data.y > 1           UNDECIDED                    the arithmetic has no result here, and what the server does then is not known
   └─ data.x / data.y            no result: division by zero
      ├─ data.x                  1
      └─ data.y                  0""",
    ),
    (
        'uuid != "bot"',
        {},
        """\
uuid != "bot"  UNDECIDED  the message has no metadata at all, and what `!=` says then is not known
└─ uuid        missing    the message has no metadata""",
    ),
    (
        "such=wow",
        {"meta": {"such": "wow"}},
        """\
such = wow  MATCH
└─ such     "wow\"""",
    ),
    (
        'data.a == true || data.b == "5" || data.c < "5"',
        {"data": {"a": 1, "b": 6, "c": 4}},
        """\
data.a == true || data.b == "5" || data.c < "5"  MATCH
├─ data.a == true                                UNDECIDED  what a boolean equals is not known
│  └─ data.a                                     1
├─ data.b == "5"                                 NO_MATCH   compares a number with a string
│  └─ data.b                                     6
└─ data.c < "5"                                  MATCH      the string is read as a number
   └─ data.c                                     4""",
    ),
    (
        "a + b > 5",
        {"meta": {"a": 1}},
        """\
a + b > 5  NO_MATCH  a + b is missing, which never matches
└─ a + b   missing
   ├─ a    1
   └─ b    missing   the message has no such field, or it is null""",
    ),
    (
        'meta["größe"] == "日本" || data == "😀\x1b"',
        {"meta": {"größe": "日本"}, "data": "\x07"},
        """\
meta["größe"] == "日本" || data == "😀\\x1b"  MATCH
├─ meta["größe"] == "日本"                   MATCH
│  └─ meta["größe"]                          "日本"
└─ data == "😀\\x1b"                          NO_MATCH  not needed: `meta["größe"] == "日本"` decides
   └─ data                                   "\\u0007\"""",
    ),
    (
        "5 > 3",
        {},
        "5 > 3  MATCH",
    ),
]


@pytest.mark.parametrize(("text", "message", "shown"), GOLDEN, ids=[text for text, _, _ in GOLDEN])
def test_golden(text: str, message: dict[str, Any], shown: str) -> None:
    explanation = compile(text).explain(message)
    assert str(explanation) == shown
    assert explanation.verdict is compile(text).evaluate(message)


def test_the_json_form() -> None:
    explanation = explain("(a == '1') && !data.x && b > 2", {"x": True}, {"a": 1, "b": 3})
    assert json.loads(json.dumps(explanation.to_dict())) == {
        "text": 'a == "1" && !data.x && b > 2',
        "span": {"start": 0, "end": 30},
        "verdict": "NO_MATCH",
        "children": [
            {
                "text": 'a == "1"',
                "span": {"start": 0, "end": 10},
                "verdict": "UNDECIDED",
                "reason": "number-and-text",
                "cause": "unknown",
                "note": "whether a number equals its own text is not known",
                "children": [
                    {"text": "a", "span": {"start": 1, "end": 2}, "verdict": None, "value": 1, "children": []},
                    {"text": '"1"', "span": {"start": 6, "end": 9}, "verdict": None, "value": "1", "children": []},
                ],
            },
            {
                "text": "!data.x",
                "span": {"start": 14, "end": 21},
                "verdict": "NO_MATCH",
                "children": [
                    {
                        "text": "data.x",
                        "span": {"start": 15, "end": 21},
                        "verdict": None,
                        "value": True,
                        "children": [],
                    }
                ],
            },
            {
                "text": "b > 2",
                "span": {"start": 25, "end": 30},
                "verdict": "MATCH",
                "cause": "short-circuited",
                "note": "not needed: `!data.x` decides",
                "children": [
                    {"text": "b", "span": {"start": 25, "end": 26}, "verdict": None, "value": 3, "children": []},
                    {"text": "2", "span": {"start": 29, "end": 30}, "verdict": None, "value": 2, "children": []},
                ],
            },
        ],
    }  # fmt: skip


# Causes


@pytest.mark.parametrize(
    ("text", "data", "cause", "note"),
    [
        ("data.a == 1", {"a": 1}, "", ""),
        ("data.a == 1", {"a": 2}, "", ""),
        ("data.a == 1", {}, "missing", "data.a is missing, which never matches"),
        ("data.a == 1", {"a": None}, "missing", "data.a is missing, which never matches"),
        ("data.a != 1", {}, "unknown", Reason.MISSING_DIFFERS.text),
        ("data.a > data.b", {}, "missing", "data.a and data.b are missing, which never matches"),
        ("1 < data.b.c[0]", {}, "missing", "data.b.c[0] is missing, which never matches"),
        ("data.a > null", {"a": 1}, "missing", "null is missing, which never matches"),
        ("data.a == data.b", {}, "unknown", Reason.BOTH_MISSING.text),
        ("data.a == 1", {"a": "x"}, "type", "compares a string with a number"),
        ("data.a == 1", {"a": {}}, "type", "compares an object with a number"),
        ("data.a == 1", {"a": []}, "type", "compares an array with a number"),
        ("data.a == 'x'", {"a": True}, "type", "compares a boolean with a string"),
        ("data.a > 1", {"a": True}, "type", "compares a boolean with a number"),
        ("data.a > 1", {"a": "5"}, "type", "the string is read as a number"),
        ("data.a > '1'", {"a": 5}, "type", "the string is read as a number"),
        ("data.a > 1", {"a": "x"}, "unknown", Reason.TEXT_ORDERING.text),
        ("data.a LIKE 'x'", {"a": {}}, "", ""),
        ("data.a CONTAINS 'x'", {"a": ["x"]}, "", ""),
        ("data.a == 1", {"a": UNREADABLE}, "unreadable", Reason.UNREADABLE.text),
        ("data.a == 1", {"a": b""}, "unreadable", Reason.UNREADABLE.text),
        ("data.a LIKE 'x'", {"a": ["y", UNREADABLE]}, "unreadable", Reason.UNREADABLE.text),
        ("data.a + 'x' == 1", {"a": 1}, "unknown", Reason.NO_RESULT.text),
        ("!data.a", {"a": "x"}, "unknown", Reason.NEGATED_VALUE.text),
        ("data.a", {"a": "x"}, "unknown", Reason.BARE_VALUE.text),
        ("data.a", {}, "missing", "the message has no such field, or it is null"),
        ("data.a", {"a": 0}, "", ""),
        ("meta.a", {}, "missing", "the message has no metadata"),
        ("data.a", {"a": UNREADABLE}, "unreadable", "can't be read here"),
        (
            "data.a",
            {"a": Unreadable("a secret")},
            "unreadable",
            "the value at data.a is a secret",
        ),
        ("data.a == 1 && data.b == '1'", {"a": 1, "b": 1}, "", ""),
    ],
)
def test_cause(text: str, data: Any, cause: str, note: str) -> None:
    explanation = explain(text, data)
    assert (explanation.cause, explanation.note) == (cause, note)


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        ("data.y == 1 && data.n == 1 && data.y == 1 && data.n == 1", ["", "", "short-circuited", "short-circuited"]),
        ("data.n == 1 || data.y == 1 || data.n == 1", ["", "", "short-circuited"]),
        ("data.y == 1 && data.y == 1", ["", ""]),
        ("data.n == 1 || data.n == 1", ["", ""]),
        ("data.t == 1 && data.n == 1 && data.y == 1", ["unknown", "", "short-circuited"]),
        ("data.n == 1 && data.z == 1", ["", "short-circuited"]),
    ],
)  # fmt: skip
def test_what_was_not_needed(text: str, causes: list[str]) -> None:
    explanation = explain(text, {"y": 1, "n": 2, "t": "1"})
    assert [part.cause for part in explanation.children] == causes


def test_an_event_of_another_kind() -> None:
    explanation = compile("data == 1").explain(Message(1, kind="signal"))
    assert explanation.verdict is Verdict.UNDECIDED
    assert explanation.reason is Reason.EVENT_KIND
    assert explanation.cause == "unknown"
    assert str(explanation) == (
        "data == 1  UNDECIDED  the message is of kind signal: " + Reason.EVENT_KIND.text
    )
    assert explanation.children == ()


def test_metadata_that_is_no_object() -> None:
    explanation = explain("a == 1", None, "text")
    assert explanation.children[0].note == "the value at a is metadata that is no object"


def test_spans_have_the_brackets() -> None:
    text = "!((data.x + 1)) && (('a') == data.y)"
    explanation = explain(text)
    spans = []
    pending = [explanation]
    while pending:
        node = pending.pop(0)
        spans.append(text[slice(*node.span)])
        pending.extend(node.children)
    assert spans == [
        text, "!((data.x + 1))", "(('a') == data.y)", "((data.x + 1))", "('a')", "data.y", "data.x", "1",
    ]  # fmt: skip


# Values

ITSELF: list[Any] = ["x"]
ITSELF.append(ITSELF)
LAUGHS: Any = "ha"
for _ in range(60):
    LAUGHS = [LAUGHS] * 10
DEEP: Any = {}
for _ in range(20_000):
    DEEP = {"a": [DEEP]}
WEIRD: dict[str, Any] = {
    "itself": ITSELF,
    "laughs": LAUGHS,
    "deep": DEEP,
    "a date": dt.date(2024, 1, 31),
    "a date inside": [dt.date(2024, 1, 31)],
    "NaN": math.nan,
    "infinity inside": {"x": -math.inf},
    "a large integer": 10**5000,
    "a large integer inside": [10**5000],
    "odd keys": {1: "a", None: "b", (1, 2): "c", "d": "e"},
    "half a pair": "\ud83d",
    "half a pair inside": {"\udc00": ["\ud83d"]},
    "bytes": b"\xff",
    "a tuple": (1, (2,)),
    "unreadable inside": {"x": [UNREADABLE]},
    "controls": "\x1b[31m\r\n\u2028\u202e",
    "a long text": "x" * 1_000_000,
    "a long array": list(range(20_000)),
    "a long object": {str(number): number for number in range(20_000)},
}


@pytest.mark.parametrize("name", WEIRD)
@pytest.mark.parametrize(
    "text", ["data == 1", "data", "!data", "data LIKE '*a'", "data CONTAINS 'x' && data < 5"]
)
def test_any_value_is_shown_and_is_json(name: str, text: str) -> None:
    explanation = explain(text, WEIRD[name])
    for line in str(explanation).splitlines():
        assert line.isprintable()
        assert len(line) < 400
    shown = json.dumps(explanation.to_dict(), allow_nan=False)
    assert json.loads(shown)
    assert len(shown) < 5_000_000


def value_of(data: Any) -> Any:
    """The JSON form of a value."""
    return explain("data", data).to_dict()["value"]


def test_values_as_json() -> None:
    plain = {"a": [1, -2.5, "x", True, None, {}], "b": {"c": []}}
    assert value_of(plain) == plain
    assert value_of(WEIRD["a tuple"]) == [1, [2]]
    assert value_of(WEIRD["unreadable inside"]) == {"x": ["unreadable"]}
    assert value_of(WEIRD["a date inside"]) == ["a date"]
    assert value_of(WEIRD["infinity inside"]) == {"x": "the number -inf, which JSON does not have"}
    assert value_of(WEIRD["odd keys"]) == {
        "a int": "a",
        "a NoneType": "b",
        "a tuple": "c",
        "d": "e",
    }
    assert value_of(WEIRD["a date"]) == value_of(b"") == "unreadable"
    assert explain("data.a", {}).to_dict()["value"] is None
    assert explain("data + 'x'", 1).to_dict()["value"] is None


def test_of_a_large_value_a_part_is_shown() -> None:
    assert value_of([0] * (MAX_VALUE_PARTS - 1)) == [0] * (MAX_VALUE_PARTS - 1)
    assert value_of([0] * MAX_VALUE_PARTS) == [0] * (MAX_VALUE_PARTS - 1) + ["…"]
    long = value_of(WEIRD["a long object"])
    assert len(long) == MAX_VALUE_PARTS
    assert long["…"] == "…"
    level = value_of(DEEP)
    for _ in range(MAX_VALUE_LEVELS // 2):
        level = level["a"][0]
    assert level == "…"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, "1"), ("x", '"x"'), (True, "true"), ([1, "ü"], '[1, "ü"]'), ({"a": None}, '{"a": null}'),
        (MISSING, "missing"), (UNREADABLE, "unreadable"), (Unreadable("a reason"), "unreadable"),
        (NoResult("division by zero"), "no result: division by zero"),
        ("x" * 58, '"' + "x" * 58 + '"'), ("x" * 59, '"' + "x" * 58 + "…"),
        ([[]] * 100, "[" + "[], " * 14 + "[]…"),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_value_on_one_line(value: Any, shown: str) -> None:
    assert show_value(value) == shown
    assert len(shown) <= MAX_SHOWN_VALUE


def test_a_long_expression_is_cut() -> None:
    (first, *_) = str(explain(" && ".join(["data.x == 1"] * 20), {"x": 1})).splitlines()
    shown = first.split("  ")[0]
    assert len(shown) == MAX_SHOWN_EXPRESSION
    assert shown.endswith("…")


@pytest.mark.parametrize(
    ("value", "name"),
    [(True, "a boolean"), (1, "a number"), (1.5, "a number"), ("", "a string"), ([], "an array"),
     ((), "an array"), ({}, "an object")],
)  # fmt: skip
def test_names_of_types(value: Any, name: str) -> None:
    assert type_name(value) == name


# Hints


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('data.net == "US"', '"us" and "US" differ in case only; LIKE ignores case'),
        ('"US" == data.net', '"US" and "us" differ in case only; LIKE ignores case'),
        ('data.net != "US"', '"us" and "US" differ in case only; LIKE ignores case'),
        ('data.place CONTAINS "ALASKA"', "is there in another case; LIKE ignores case"),
        ('("AK", "US") CONTAINS data.net', "is there in another case; LIKE ignores case"),
        ('data.tags CONTAINS "A"', "is there in another case; LIKE ignores case"),
        ('data.net == "ÜS" || data.net == "u"', ""),
        ('data.net == "us"', ""),
        ('data.net != "ak"', ""),
        ('data.net LIKE "US"', ""),
        ('data.place CONTAINS "Alaska"', ""),
        ('("US", "us") CONTAINS data.net', ""),
        ('data.tags CONTAINS "c"', ""),
        ('data.gone == "US"', "data.gone is missing, which never matches"),
        ("data.net == true", "compares a string with a boolean"),
    ],
)
def test_what_differs_in_case_only(text: str, note: str) -> None:
    found = explain(text, {"net": "us", "place": "10km of Alaska", "tags": ["a", "B"]})
    assert found.note == note
    assert (found.cause == "case") == ("another case" in note or "in case only" in note)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("data.magn > 5", "data.mag"),
        ("data.MAG > 5", "data.mag"),
        ("data.deep.adress > 5", "data.deep.address"),
        ("mag > 5", "data.mag"),
        ("data.net == 1", "meta.net"),
        ("data.other > 5", ""),
        ("data.null > 5", ""),
        ("data.mag.x > 5", ""),
        ("data.deep.nil > 5", ""),
        ("data.list[7] > 5", ""),
        (f"data.{'m' * (MAX_KEY + 1)} > 5", ""),
    ],
)
def test_the_nearest_field_of_a_missing_one(text: str, near: str) -> None:
    data: dict[str, Any] = {
        "mag": 6,
        "null": None,
        "nuLl": None,
        "deep": {"address": 1, "nix": None},
        "list": [],
    }
    data["m" * (MAX_KEY + 2)] = 1
    (found,) = [part for part in explain(text, data, {"net": "us"}).children if not part.is_literal]
    assert found.cause == "missing"
    assert found.note.partition("; did you mean ")[2].removesuffix("?") == near


def test_long_keys_are_not_compared() -> None:
    names = {f"{'ab' * 9_000}{number}": 1 for number in range(200)}
    begun = time.process_time()
    explain(f"data.{'ba' * 4_000} == 1", names)
    assert time.process_time() - begun < 1
