"""The usual cases in DuckDB: a constant beside every kind of value, in data and in metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pnfilter import UNREADABLE, Verdict, compile
from pnfilter.engines.duckdb import Counts, count
from pnfilter.engines.sql import translate
from tests.engines.conftest import Decide

VALUES: list[Any] = [
    *(
        "us",
        "US",
        "5",
        "5.0",
        " 5",
        "",
        "a*b",
        "back\\slash",
        'say "a"',
        "true",
        "null",
        "4km",
        "-x",
    ),
    *(
        "[us]",
        "{us}",
        "_u",
        "~",
        "us ",
        "aΣ",
        "İ",
        5,
        -3,
        0.5,
        2**53 + 1,
        10**20,
        True,
        False,
        None,
    ),
    *([], ["us"], [5], [[5], None], [["us"]], {}, {"us": 1}, {"n": None}, {"n": "us"}, UNREADABLE),
]
MESSAGES: list[dict[str, Any]] = [
    *({"data": {"v": value}, "meta": {"v": value}} for value in VALUES),
    *({"data": value} for value in VALUES if value is not UNREADABLE),
    *({"data": {}, "meta": value} for value in VALUES),
    *({"meta": {"v": "us"}}, {"data": {}, "meta": {"v": {"n": ["us"]}}}),
]


@pytest.mark.sliced(4)
@pytest.mark.parametrize(
    "text",
    [
        'data.v == "us"',
        '"us" != meta.v',
        'meta.v == "US" || meta.v == "null"',
        '("us", "US") CONTAINS meta.v',
        '("us", "5") CONTAINS data.v',
        'data.v.n == "us"',
        'meta.v.n != "us"',
        'data.v == "say \\"a\\""',
        'data.v != "İ" && data.v != "~"',
        'data.v[0] == "us"',
        '"us,eu" CONTAINS meta.v',
        'data.v LIKE "*A*"',
        'meta.v LIKE "a*" || data.v LIKE "*slash"',
        "data.v >= 5",
        "meta.v < 5",
        "5 > data.v",
        "data.v == 5 || meta.v != 0.5",
        'data.v <= "5"',
        "data.v > 4.5 && data.v != -3",
        "data.v.n > 1",
        "data.v == 9007199254740991",
        "data.v < 9007199254740993",
    ],
)
def test_a_constant_beside_every_kind_of_value(text: str, in_duckdb: Decide) -> None:
    filter = compile(text)
    assert in_duckdb(text, MESSAGES) == [filter.evaluate(message) for message in MESSAGES]


@pytest.mark.parametrize(
    "text", ["data.v * 2 > 9", "data.v + meta.v >= data.v - 1", "data.v - data.n < data.v.n"]
)
def test_arithmetic_on_every_kind_of_value(text: str, in_duckdb: Decide) -> None:
    values = [value for value in VALUES if value not in (2**53 + 1, 10**20)]
    messages: list[dict[str, Any]] = [
        *({"data": {"v": value, "n": 4}, "meta": {"v": 2}} for value in values),
        *({"data": {"v": 4, "n": value}, "meta": value} for value in values),
    ]
    filter = compile(text)
    assert in_duckdb(text, messages) == [filter.evaluate(message) for message in messages]


@pytest.mark.parametrize("text", ['data.v == "us"', "data.v != 5", "meta.v + data.n > 5"])
def test_lines_of_a_file_with_every_kind_of_value(text: str, tmp_path: Path) -> None:
    values = [value for value in VALUES if value not in (UNREADABLE, 2**53 + 1, 10**20)]
    messages: list[dict[str, Any]] = [
        *({"data": {"v": value, "n": 2}, "meta": {"v": value}} for value in values),
        *({"data": value, "meta": value} for value in values),
        *({"data": {}}, {"meta": {"v": 5}, "data": {"n": None}}),
    ]
    file = tmp_path / "messages.ndjson"
    file.write_text("".join(json.dumps(message) + "\n" for message in messages), "utf-8")
    verdicts = [compile(text).evaluate(message) for message in messages]
    assert count(file, text) == Counts(
        verdicts.count(Verdict.MATCH), verdicts.count(Verdict.UNDECIDED), len(messages)
    )


def test_the_places_of_arithmetic_are_read_at_once() -> None:
    assert """JSON_EXTRACT("data", ['$."v"', '$."n"'])""" in translate("data.v + data.n > 1")
