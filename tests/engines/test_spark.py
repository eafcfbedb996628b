"""Spark on a real local one: verdicts in a batch and in a stream, on VARIANT and on text.

Many filters are columns of one query, since planning takes Spark longer than a few hundred rows.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pnfilter import Verdict, compile
from pnfilter.engines.sql import UntranslatableFilter, translate
from tests.engines.fuzz import differences_in_spark, suite
from tests.engines.local_spark import COLUMNS, Columns, compile_plans, is_required, started, why_not
from tests.engines.messages import VERDICTS, row

if not is_required() and (missing := why_not()) is not None:
    pytest.skip(missing, allow_module_level=True)

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
FILTERS = [
    'meta.net == "us" && data.mag >= 5',
    'data.place LIKE "*alaska*" || ("us", "ak") CONTAINS meta.net',
    "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)",
    "data.coordinates[2] > 100 || data.felt != null",
    "data.id != meta.net && data.cdi <= data.mmi",
    "data.coordinates CONTAINS data.sig || data.coordinates == 10",
]
#: Of the conformance suite's filters each so many is asked.
EACH = 48
#: Every way to refuse a filter of the suite, or to end its query.
REFUSALS = {
    "a key with both kinds of quotes",
    "a letter that is younger than Unicode 14",
    "a number beyond the range of a double",
    "an index of more than 9 digits",
    "an integer of more than 38 digits",
    "arithmetic on integers beyond 2^53",
    "arrays in arrays deeper than 2 levels",
    "more than 16 operators of arithmetic",
    "more than 250 comparisons",
    "the text of a number that is no short decimal",
    "the text of a result of arithmetic (beside LIKE or CONTAINS)",
    "two arrays or objects compared",
}
#: Every kind of value, on which the filters below are tried.
VALUES: list[Any] = [
    *("us", "US", "5", "5.0", " 5", "", "a*b", "back\\slash", 'say "a"', "true", "x5y", "aΣ", "İ"),
    *(5, 5.0, -3, 0, 0.5, 2**53 + 1, 10**20, True, False, None),
    *([], ["us"], [5], [[5], None], ["true", True], {}, {"us": 1}, {"n": None}),
    *("Kodiak", "[back", "x Infinity", ["Kodiak"], ["back", 5], [["back"]], {"back": "kodiak"}),
    *("${spark.app.name}", ["${spark.app.name}"], {"${spark.app.name}": 5}),
]
ON_VALUES = [
    'data.v == "us"', 'data.v != "us"', "data.v == 5", "5 != data.v", "data.v >= 5", "data.v < 5.5",
    'data.v > "4"', "data.v == true", "data.v == null", 'data.v LIKE "u*"', 'data.v LIKE "*σ*"',
    'data.v LIKE "i*"', 'data.v LIKE "*BACK*"', 'data.v LIKE "k*"', 'meta.v LIKE "*dia*k"',
    'data.v CONTAINS "us"', "data.v CONTAINS 5", '("us", 5) CONTAINS data.v',
    "data.v", "!data.v", "data.v + 1 > 5", "data.v % 2 == 1", "(data.v & 1) == 1", "-data.v < 0",
    'meta.v != "x"', "meta.v > 1", "data.v == meta.w", "data.v < meta.w", "meta.w LIKE data.v",
    "data.v CONTAINS meta.w", "data.v.n == 1", 'data.v["${spark.app.name}"] > 4',
    'data.v == "${spark.app.name}"', 'data.v LIKE "*${SPARK*"', 'data.v CONTAINS "${spark.app.name}"', 'data["a.b"]["*"] == 1', "data.v[0] == 5",
]  # fmt: skip


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = started("local[2]")
    yield session
    session.stop()


def table(spark: Any, messages: list[dict[str, Any]], columns: Columns) -> Any:
    rows = [row(number, message) for number, message in enumerate(messages)]
    made = spark.createDataFrame(rows, "number int, data string, meta string").coalesce(1)
    if columns == "variant":
        made = made.selectExpr("number", "parse_json(data) AS data", "parse_json(meta) AS meta")
    return made.cache()


def verdicts(frame: Any, filters: list[str], columns: Columns) -> dict[str, list[Verdict]]:
    from pnfilter.engines.spark import column

    made = [column(text, columns=columns) for text in filters]
    rows = frame.select("number", *made).orderBy("number").collect()
    return {
        text: [VERDICTS[found[place]] for found in rows] for place, text in enumerate(filters, 1)
    }


# Verdicts


def test_conformance(spark: Any) -> None:
    """A part of the suite, on some earthquakes too; all of it, and text, is for `make fuzz`."""
    counts = Counter[str]()
    questions = suite(EACH, each_quake=400)
    assert differences_in_spark(spark, questions, "variant", counts) == []
    refused = {name.removeprefix("refused: ") for name in counts if name.startswith("refused: ")}
    assert refused <= REFUSALS
    assert sum(counts[verdict.value] for verdict in Verdict) > counts["pairs"] * 0.75


@pytest.mark.parametrize("columns", COLUMNS)
def test_earthquakes(spark: Any, columns: Columns) -> None:
    lines = QUAKES.read_text(encoding="utf-8").splitlines()[::5]
    messages = [json.loads(line) for line in lines]
    found = verdicts(table(spark, messages, columns), FILTERS, columns)
    for text in FILTERS:
        filter = compile(text)
        assert found[text] == [filter.evaluate(message) for message in messages], text


def test_every_kind_of_value(spark: Any) -> None:
    others = [VALUES[(number * 7 + 3) % len(VALUES)] for number in range(len(VALUES))]
    messages: list[dict[str, Any]] = [
        # Two containers that are compared end the query.
        {
            "data": {"v": value, "a.b": {"*": 1}},
            "meta": {"v": value, "w": None if type(value) is type(other) else other},
        }
        for value, other in zip(VALUES, others, strict=True)
    ]
    messages += [{"data": value} for value in VALUES]
    messages += [{"meta": {"v": 5}}, {"data": {}, "meta": None}, {"data": {}, "meta": [1]}]
    plain = [one for one in messages if not has_large_number(one)]
    frame = table(spark, plain, "variant")
    found = verdicts(frame, ON_VALUES, "variant")
    for text in ON_VALUES:
        filter = compile(text)
        assert found[text] == [filter.evaluate(message) for message in plain], text
    large = [one for one in messages if has_large_number(one)]
    comparing = [text for text in ON_VALUES if not set("+%&-") & set(text)]
    found = verdicts(table(spark, large, "variant"), comparing, "variant")
    for text in comparing:
        filter = compile(text)
        assert found[text] == [filter.evaluate(message) for message in large], text


def has_large_number(message: dict[str, Any]) -> bool:
    """Whether arithmetic on a message would end the query."""
    return any(str(number) in str(message) for number in (2**53 + 1, 10**20))


def test_plans_that_spark_compiles(spark: Any) -> None:
    """As it does by default."""
    messages = [json.loads(line) for line in QUAKES.read_text(encoding="utf-8").splitlines()[::9]]
    compile_plans(spark, compiled=True)
    try:
        found = verdicts(table(spark, messages, "variant"), FILTERS[:2], "variant")
    finally:
        compile_plans(spark, compiled=False)
    for text in FILTERS[:2]:
        filter = compile(text)
        assert found[text] == [filter.evaluate(message) for message in messages], text


def test_a_stream_is_filtered_as_it_comes(spark: Any, tmp_path: Path) -> None:
    from pnfilter.engines.spark import column

    messages = [json.loads(line) for line in QUAKES.read_text(encoding="utf-8").splitlines()[:400]]
    rows = [row(number, message) for number, message in enumerate(messages)]
    folder = str(tmp_path / "messages")
    spark.createDataFrame(rows, "number int, data string, meta string").write.json(folder)
    stream = spark.readStream.schema("number int, data string, meta string").json(folder)
    kept = stream.where(column(FILTERS[0], columns="text", undecided="keep"))
    query = kept.writeStream.format("memory").queryName("kept").trigger(availableNow=True).start()
    query.awaitTermination()
    filter = compile(FILTERS[0])
    expected = [number for number, message in enumerate(messages) if filter.matches(message)]
    found = spark.sql("SELECT number FROM kept ORDER BY number").collect()
    assert [number for (number,) in found] == expected != []


def test_the_example_of_the_manual(
    spark: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It takes the session that there is: its program is run in this process.

    Spark 4.3 can't read a shredded VARIANT where it compiles nothing.
    """
    monkeypatch.setattr(sys, "argv", ["spark_lake.py", str(QUAKES), str(tmp_path / "lake")])
    compile_plans(spark, compiled=True)
    try:
        runpy.run_path(str(QUAKES.parent / "lake" / "spark_lake.py"))
    finally:
        compile_plans(spark, compiled=False)
    shown = capsys.readouterr().out
    assert "|15km ESE of Hualian, Taiwan |\n" in shown
    assert shown.endswith("\n39 of 1707\n0 undecided\n")


@pytest.mark.parametrize(
    ("text", "data", "words"),
    [
        ("data.a == 1", '{"a": 1e999}', "a number beyond the range of a double"),
        ('data.a LIKE "inf*"', '{"a": [1e999]}', "a number beyond the range of a double"),
        ("data.a == 1", '{"a": ["b", [-1e999]]}', "a number beyond the range of a double"),
        ("data.a + 1 > 9007199254740993", '{"a": 9007199254740993}', "integers beyond 2^53"),
        ('data.a LIKE "0.1*"', '{"a": 0.12345678901234567}', "the text of a number"),
        ('data.a LIKE "*\u1c8a"', '{"a": "\u1c89"}', "younger than Unicode 14"),
        ("data.a == 1", '{"a": [[[1]]]}', "deeper than 2 levels"),
    ],
)
def test_what_only_a_message_shows_ends_the_query(
    spark: Any, text: str, data: str, words: str
) -> None:
    frame = spark.createDataFrame([(0, data, "{}")], "number int, data string, meta string")
    with pytest.raises(Exception, match="pnfilter: .*" + words.replace("^", ".")):
        verdicts(frame, [text], "text")


def test_what_is_refused_is_named() -> None:
    with pytest.raises(UntranslatableFilter, match="a key with both kinds of quotes"):
        translate('data["\'\\""] == 1', "spark")
    with pytest.raises(UntranslatableFilter, match="more than 9 digits"):
        translate("data[1234567890] == 1", "spark")


def test_on_a_cluster_of_processes(spark: Any) -> None:
    """Last in this file: one process has one session, so that the local one ends before."""
    spark.stop()
    session = started("local-cluster[2,1,1024]")
    try:
        lines = QUAKES.read_text(encoding="utf-8").splitlines()[::9]
        messages = [json.loads(line) for line in lines]
        frame = table(session, messages, "text").repartition(4)
        found = verdicts(frame, FILTERS[:3], "text")
    finally:
        session.stop()
    for text in FILTERS[:3]:
        filter = compile(text)
        assert found[text] == [filter.evaluate(message) for message in messages], text
