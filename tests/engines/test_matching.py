"""What is asked where only matches count: as little as by hand, and never less than decides."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import duckdb
import pytest

from pnfilter import Verdict, compile
from pnfilter.engines.sql import translate
from tests.engines.messages import Contradiction, verdict_of
from tests.engines.questions import Question, compared


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('meta.net == "us"', """(JSON_EXTRACT_STRING("meta", '$."net"') IS NOT DISTINCT FROM 'us')"""),
        ('data.v == "5"', """(CAST(JSON_EXTRACT("data", '$."v"') AS TEXT) IS NOT DISTINCT FROM '"5"')"""),
        (
            '("us", "ak") CONTAINS net',
            """COALESCE((JSON_EXTRACT_STRING("meta", '$."net"') IN ('us', 'ak')), FALSE)""",
        ),
        ("data.v", """(CAST(JSON_EXTRACT("data", '$."v"') AS TEXT) IS NOT DISTINCT FROM 'true')"""),
        ("data.v > true", "FALSE"),
    ],
)  # fmt: skip
def test_a_place_is_asked_for_a_value_and_not_for_what_it_is(text: str, expected: str) -> None:
    assert translate(text, undecided="drop") == expected


@pytest.mark.parametrize("text", ['data.v LIKE "*us*"', 'data.v LIKE "u*"', 'data.v CONTAINS "us"'])
def test_a_text_is_read_in_a_text_or_an_array(text: str) -> None:
    values = [
        '"US"',
        '"us"',
        '["x", "us"]',
        '["us", "a\\\\b"]',
        '"[us]"',
        '[["us"]]',
        '{"us": 1}',
        "7",
        "null",
    ]
    sql = translate(text, undecided="drop")
    assert sql.startswith("""COALESCE(LIST_TRANSFORM(JSON_EXTRACT_STRING("data", ['$."v"']),""")
    filter = compile(text)
    found = duckdb.connect().execute(
        f"SELECT {sql} FROM (SELECT unnest(?) AS data)", [[f'{{"v": {one}}}' for one in values]]
    )
    assert [matched for (matched,) in found.fetchall()] == [
        filter.evaluate({"data": {"v": json.loads(one)}}) is Verdict.MATCH for one in values
    ]


def test_a_negation_asks_the_other_way() -> None:
    kept, dropped = (
        translate('!(meta.net == "us")', undecided=undecided) for undecided in ("keep", "drop")
    )
    assert kept == """NOT ((JSON_EXTRACT_STRING("meta", '$."net"') IS NOT DISTINCT FROM 'us'))"""
    assert "~hidden" in dropped


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("data.v > 5", f"{'9' * 400}", None),
        ("data.v < 5", f"-{'9' * 400}", None),
        ("data.v < 5", f"{'9' * 400}", False),
        ("data.v <= 5", f'"-{"9" * 400}"', None),
        ("data.v == 5", f"{'9' * 400}", False),
        ("data.v > 5", "1e999", False),
        ("data.v > 5", "1e300", True),
        ("data.v < 5", "-1e300", True),
        ("data.v > 9007199254740991", "9007199254740993", True),
        ("data.v >= 5", '"5.0e0"', True),
        ("data.v >= 5", '" 5"', False),
        ("data.v >= 5", '"+5"', False),
        ("data.v >= 5", '"Infinity"', False),
    ],
)
def test_what_may_match_is_never_passed_over(text: str, value: str, found: bool | None) -> None:
    query = f"SELECT {translate(text, undecided='drop')} FROM (SELECT ? AS data, '{{}}' AS meta)"
    rows = duckdb.connect().execute
    if found is None:
        with pytest.raises(duckdb.Error, match="pnfilter: an integer of more than 308 digits"):
            rows(query, [f'{{"v": {value}}}']).fetchall()
    else:
        assert rows(query, [f'{{"v": {value}}}']).fetchall() == [(found,)]


@pytest.mark.parametrize(
    "value", ["true", "null", "Infinity", "x", "[1]", "{}", "-1", "", 'a"b', "\0"]
)
def test_a_text_is_told_from_all_that_looks_like_it(value: str) -> None:
    quoted = value.replace('"', '\\"')
    sql = translate(f'data.v == "{quoted}"', undecided="drop")
    others = [true for true in ("true", "null", "[1]", "{}", "-1") if true == value]
    found = duckdb.connect().execute(
        f"SELECT {sql} FROM (SELECT unnest(?) AS data)",
        [[json.dumps({"v": value}), *(f'{{"v": {other}}}' for other in others)]],
    )
    assert found.fetchall() == [(True,), *((False,) for _ in others)]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ((True, {"drop": True, "keep": True}), Verdict.MATCH),
        ((None, {"drop": False, "keep": True}), Verdict.UNDECIDED),
        ((None, {}), Verdict.UNDECIDED),
        ((None, {"drop": True}), Contradiction("UNDECIDED, drop True")),
        ((True, {"keep": None}), Contradiction("MATCH, keep None")),
    ],
)
def test_a_contradiction_of_an_engine_is_a_difference(
    answers: tuple[bool | None, Any], outcome: Verdict | Contradiction
) -> None:
    assert verdict_of(*answers) == outcome
    shown = compared(Question("data.v == 5", [{"data": {}}]), [verdict_of(*answers)], Counter())
    assert all(outcome.value in line for line in shown)
    assert len(shown) == 1
