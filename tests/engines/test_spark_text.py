"""Spark's SQL as a text, where no Spark is.

It is SQL of that dialect, and names what is missing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import pytest
import sqlglot

from benchmarks.engines import spark
from pnfilter.engines.spark import UntranslatableFilter, column
from pnfilter.engines.sql import Undecided, translate
from pnfilter.engines.to_sql.expressions import (
    VARIABLE,
    Sql,
    binary,
    call,
    every,
    is_null,
    negated,
    negative,
    render,
    some,
    text,
    variable,
)

A, B, C, D = map(variable, "abcd")


@pytest.mark.sliced(4)
@pytest.mark.parametrize("columns", ["variant", "text"])
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('meta.net == "us"', "VARIANT_GET"),
        ('meta.net != "it\'s \\\\ 5"', "'\"it\\'s \\\\\\\\ 5\"'"),
        ("5 < data.mag", "'double'"),
        ("data.mag == 9007199254740993", "BIGINT"),
        ('data.place LIKE "*alaska*"', "CONTAINS"),
        ('data.place LIKE "*ü*"', "REPLACE"),
        ('data.place CONTAINS "a"', "CONTAINS"),
        ('("us", "ak") CONTAINS meta.net', " IN "),
        ('("us", "5", 5) CONTAINS data.x', "MAP_ZIP_WITH"),
        ("(data.a & 1) == 1 || (data.a ^ data.b) > 2", "^"),
        ("data.a / 2 > data.b % 3", "NULLIF"),
        ("data.a == data.b", "RAISE_ERROR"),
        ("data.a LIKE data.b || data.a CONTAINS data.b", "JSON_OBJECT_KEYS"),
        ("!meta.flag && data.user[\"it's\"][0][''] == true", '$["user"]["it\'s"][0][""]'),
        ("data['say \"x\"'] == 1", "[\\'say \"x\"\\']"),
        ("meta > 5 || meta[0] == 1 || data < 5", "'binary'"),
    ],
)
def test_it_is_sql_of_spark(text: str, part: str, columns: str) -> None:
    made = translate(text, "spark", columns=columns)  # type: ignore[arg-type]
    assert sqlglot.parse_one(made, dialect="spark") is not None
    assert part.replace("it's", "it\\'s") in made or part in made
    assert "((" not in made, "Spark's parser takes long over brackets in brackets"


@pytest.mark.sliced(4)
@pytest.mark.parametrize(
    "text",
    [
        'meta.net == "us" && data.mag >= 5',
        'data.place LIKE "*alaska*" || ("us", "ak") CONTAINS meta.net',
        "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)",
        "data.id != meta.net || data.coordinates[2] > 100",
    ],
)
def test_no_whole_column_is_read(text: str) -> None:
    """Of a shredded table each row would be put together from all its fields."""
    made = sqlglot.parse_one(translate(text, "spark"), dialect="spark")
    readers = {
        type(column.parent).__name__ if column.parent.key != "anonymous" else column.parent.this
        for column in made.find_all(sqlglot.exp.Column)  # pyright: ignore[reportPrivateImportUsage]
        if column.name in ("data", "meta") and column.parent is not None
    }
    assert readers
    assert readers <= {"VARIANT_GET", "TRY_VARIANT_GET", "Is"}


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ('meta.net == "us"', {"net binary"}),
        ('("us", "ak") CONTAINS meta.net', {"net binary"}),
        ("data.mag >= 5", {"mag variant"}),
        ("data.mag == 5 || data.mag == true", {"mag variant"}),
        ('data.place LIKE "*alaska*"', {"place variant"}),
        ('data.place CONTAINS "alaska"', {"place variant"}),
        ('data.mag < "6" && meta.net == "us"', {"mag variant", "net binary"}),
    ],
)
def test_one_form_of_a_field_is_asked_for_where_only_matches_count(
    text: str, forms: set[str]
) -> None:
    made = translate(text, "spark", undecided="drop")
    found = re.findall(r"""VARIANT_GET\(`\w+`, '\$\["(\w+)"\]', '(\w+)'\)""", made)
    assert {" ".join(form) for form in found} == forms
    assert made.count("`data`") + made.count("`meta`") == len(found)


@pytest.mark.parametrize(
    "text",
    ["data.a != data.b", "data.a <= meta.b", "data.a CONTAINS data.b", "data.a LIKE data.b"],
)
def test_two_fields_take_no_more_words_than_spark_plans_soon(text: str) -> None:
    assert len(translate(text, "spark")) < 25_000


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (every(some(A, B), C), "(a OR b) AND c"),
        (some(every(A, B), C, D), "a AND b OR c OR d"),
        (every(A, B, C, D), "a AND b AND c AND d"),
        (negated(every(A, B)), "NOT (a AND b)"),
        (negated(is_null(A)), "NOT a IS NULL"),
        (is_null(binary("==", A, B)), "(a = b) IS NULL"),
        (binary("==", binary("<", A, B), C), "(a < b) = c"),
        (binary("<", binary("-", A, B), binary("*", C, D)), "a - b < c * d"),
        (binary("-", A, binary("-", B, C)), "a - (b - c)"),
        (binary("*", binary("+", A, B), negative(C)), "(a + b) * -c"),
        (binary("&", A, binary("^", B, C)), "a & (b ^ c)"),
        (call("F", binary("+", A, B), some(A, B)), "F(a + b, a OR b)"),
    ],
)
def test_brackets_stand_where_spark_needs_them(made: Sql, expected: str) -> None:
    assert render(made, "spark") == expected


@pytest.mark.sliced(5)
@pytest.mark.parametrize("undecided", [None, "keep", "drop"])
@pytest.mark.parametrize(
    "text",
    [
        'data.a == "${env:HOME}"',
        'data.a != "$${a}${b}${"',
        'data.a LIKE "*${Spark}*" || data.a LIKE "${é}*"',
        '("${a}", "b", 5) CONTAINS data["${a}"]',
        'data.a CONTAINS "${a}" && meta["${a}"] > 5',
    ],
)
def test_nothing_is_a_variable_of_spark(text: str, undecided: Undecided | None) -> None:
    made = translate(text, "spark", undecided=undecided)
    assert VARIABLE in text
    assert VARIABLE not in made
    assert sqlglot.parse_one(made, dialect="spark") is not None


def test_texts_are_put_together_where_a_variable_began() -> None:
    assert render(text("a${b}$${c"), "spark") == "CONCAT('a$', '{b}$$', '{c')"
    assert render(text("a${b}"), "duckdb") == "'a${b}'"


def test_a_variable_never_has_the_name_of_a_column() -> None:
    text = "data.a == meta.b || data.c > meta.d"
    assert "v1" in translate(text, "spark")
    made = translate(text, "spark", data="V1", meta="v2").replace("`V1`", "").replace("`v2`", "")
    assert "v3" in made
    assert re.search(r"\bv[12]\b", made) is None


def test_what_is_refused_is_named() -> None:
    with pytest.raises(UntranslatableFilter, match="a key with both kinds of quotes"):
        translate('data["\'\\""] == 1', "spark")
    for data, meta in (("${a}", "meta"), ("data", "b${a}")):
        with pytest.raises(UntranslatableFilter, match=r"a column with \$\{ in its name"):
            translate("data.a == 1", "spark", data=data, meta=meta)


def test_without_spark_its_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql.functions", None)
    with pytest.raises(ImportError, match=r"pip install 'pnfilter\[spark\]'"):
        column("data.mag >= 5")


def test_the_benchmark_says_that_spark_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    (row,) = spark.rows()
    assert row.figure == "not measured"
    assert row.holds is None


def test_java_is_warm_when_turns_take_no_less_any_more() -> None:
    calm = [2.0] * spark.CALM
    assert not spark.is_warm(calm)
    assert not spark.is_warm([9.0, *calm])
    assert spark.is_warm([9.0, 2.0, *calm])
    assert spark.is_warm([9.0, 2.0, *calm[1:], 1.99])
    assert not spark.is_warm([9.0, 2.0, *calm[1:], 1.5])


def test_both_take_turns_until_both_are_warm() -> None:
    taken: list[str] = []

    def turns(name: str, *busy: float) -> Callable[[], float]:
        steps = iter(busy)

        def turn() -> float:
            taken.append(name)
            return next(steps, busy[-1])

        return turn

    assert spark.warm_up([turns("one", 9, 2), turns("two", 9, 8, 7, 6, 5, 3)])
    assert taken == ["one", "two"] * (6 + spark.CALM)
    taken.clear()
    cooling = (1 / number for number in range(1, 100))
    assert not spark.warm_up([turns("one", 1), turns("two", *cooling)], most=12)
    assert taken == ["one", "two"] * 12
