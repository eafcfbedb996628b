"""The usual cases in DuckDB: a text beside every kind of value, in data and in metadata."""

from __future__ import annotations

from typing import Any

import pytest

from pnfilter import UNREADABLE, compile
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
    ],
)
def test_a_text_beside_every_kind_of_value(text: str, in_duckdb: Decide) -> None:
    filter = compile(text)
    assert in_duckdb(text, MESSAGES) == [filter.evaluate(message) for message in MESSAGES]
