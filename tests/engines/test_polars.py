"""Polars gives the interpreter's verdicts on typed columns, or refuses by name."""

from __future__ import annotations

import importlib
import itertools
import json
import random
import re
import struct
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pnfilter import UNREADABLE, Verdict, compile
from pnfilter.engines.polars import Counts, UntranslatableFilter, count, expression, select
from pnfilter.engines.to_polars.expressions import boolean, case, folded, text_of
from pnfilter.semantics import fold, number_text
from pnfilter.strategies import filters, messages_for
from tests.engines.frames import (
    Untyped,
    decided,
    differences,
    expected,
    framed,
    messages_of,
    typed,
    verdicts,
)
from tests.engines.fuzz import main
from tests.engines.messages import VERDICTS
from tests.engines.test_sql_verdicts import rows_of
from tests.examples import examples
from tests.test_conformance import VERDICTS as CASES
from tests.test_conformance import filter_text
from tests.test_engines import EACH

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
TEXT = 'meta.net == "us" && data.mag >= 5'
COLUMNS = {
    "data": pl.Struct(
        {
            **dict.fromkeys(("id", "place", "type", "title"), pl.String),
            **dict.fromkeys(("mag", "cdi", "mmi", "dmin", "rms", "gap"), pl.Float64),
            **dict.fromkeys(("felt", "tsunami", "sig", "nst"), pl.Int32),
            "time": pl.Int64,
            "coordinates": pl.List(pl.Float64),
        }
    ),
    "meta": pl.Struct(dict.fromkeys(("net", "magType", "alert", "status"), pl.String)),
}
#: Every way to refuse a filter of the conformance suite, or to end its query.
REFUSALS = {
    "a text beside a number of more than 37 digits",
    "an array beside a field of another type",
    "arithmetic on integers beyond 2^53",
    "more than 16 operators of arithmetic",
    "more than 250 comparisons",
    "the text of a result of arithmetic (beside LIKE or CONTAINS)",
    "two arrays or objects compared",
}
#: Why messages of the suite are no rows.
UNTYPED = {
    "a payload that is null, and not absent",
    "an integer of more than 64 bits",
    "values of several types in one place",
}


@pytest.fixture(scope="module")
def quakes() -> pl.DataFrame:
    return pl.read_ndjson(QUAKES, schema=COLUMNS)


# Frames


def frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "number": range(5),
            "data": [{"mag": 6.0}, {"mag": 4.0}, None, {"mag": float("nan")}, {"mag": 6.0}],
            "meta": [*[{"net": "us"}] * 4, None],
        }
    )


def test_a_frame_keeps_its_columns() -> None:
    kept = select(frame(), TEXT)
    assert kept.columns == ["number", "data", "meta"]
    assert kept["number"].to_list() == [0, 2, 3]
    assert select(frame(), compile(TEXT), undecided="drop")["number"].to_list() == [0]
    assert count(frame(), TEXT) == Counts(1, 2, 5)


def test_a_lazy_frame_stays_lazy(tmp_path: Path) -> None:
    frame().write_parquet(tmp_path / "messages.parquet")
    messages = pl.scan_parquet(tmp_path / "messages.parquet")
    kept = select(messages, TEXT)
    assert isinstance(kept, pl.LazyFrame)
    assert kept.collect().equals(select(frame(), TEXT))
    assert count(messages, TEXT) == Counts(1, 2, 5)


@pytest.mark.sliced(2)
@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_file_of_many_parts_is_decided_row_by_row(
    engine: Any, quakes: pl.DataFrame, tmp_path: Path
) -> None:
    many = pl.concat([quakes] * 30)
    many.write_parquet(tmp_path / "quakes.parquet", row_group_size=3000)
    messages = pl.scan_parquet(tmp_path / "quakes.parquet")
    for text in (
        "data.coordinates > 170", "data.felt", '("5", "x") CONTAINS data.mag', "data.mag != 'x'", TEXT,
        "(data.mag * 10) > data.sig - 100 && !(data.tsunami == 1)", "data.felt / 2 != 3", "1 == 1",
        'data.mag LIKE "5*"', "data.id",
    ):  # fmt: skip
        verdict = expression(text, many.schema)
        found = messages.select(verdict).collect(engine=engine)
        assert found.equals(many.select(verdict)), text
        kept = select(messages, text).collect(engine=engine)
        assert kept.equals(select(many, text)), text
        assert count(messages, text) == count(many, text), text


@pytest.mark.parametrize("outcome", [True, False, None])
@pytest.mark.parametrize("default", [True, False, None])
def test_a_choice_between_constants(outcome: bool | None, default: bool | None) -> None:
    met = pl.DataFrame({"met": [True, False, None]})
    chosen = boolean(case((pl.col("met"), outcome), default=default))
    found = met.with_columns(chosen.alias("chosen"))["chosen"].to_list()
    assert found == [outcome, default, default]


def test_columns_of_other_names() -> None:
    renamed = frame().rename({"data": "pay load", "meta": "m"})
    assert count(renamed, TEXT, data="pay load", meta="m") == Counts(1, 2, 5)
    assert len(select(renamed, TEXT, data="pay load", meta="m")) == 3
    assert count(frame().drop("meta"), "data.mag >= 5") == Counts(2, 2, 5)


def test_the_expression_is_a_column_of_its_own() -> None:
    made = frame().with_columns(expression(TEXT, frame().schema))
    assert made.columns == ["number", "data", "meta", "verdict"]
    assert made["verdict"].to_list() == [True, False, None, None, False]
    for undecided, value in (("keep", True), ("drop", False)):
        one = expression(TEXT, frame().schema, undecided=undecided)  # type: ignore[arg-type]
        assert frame().select(one)["verdict"].to_list() == [True, False, value, value, False]


@pytest.mark.parametrize(
    ("text", "verdict"), [("1 == 1", True), ("1 == 2", False), ('"a" < "b"', None)]
)
def test_a_constant_filter_has_as_many_rows_as_the_frame(text: str, verdict: bool | None) -> None:
    made = frame().select(expression(text, frame().schema))
    assert made["verdict"].to_list() == [verdict] * 5
    assert count(frame(), text).total == 5
    assert count(pl.DataFrame(), text).total in (0, 1)


# Verdicts


@pytest.mark.slow
def test_conformance() -> None:
    counts = Counter[str]()
    for each in CASES:
        text = filter_text(each)
        for message, verdict in rows_of(each):
            try:
                found = decided(typed([message]), text)
            except Untyped as error:
                found = str(error)
            if not isinstance(found, str):
                assert found == [verdict], (each["name"], text, message)
            counts[found if isinstance(found, str) else "decided"] += 1
    assert counts.keys() == {"decided", *REFUSALS, *UNTYPED}
    assert sum(counts[words] for words in REFUSALS) < counts.total() / 40
    assert counts["decided"] > counts.total() * 0.85


@pytest.mark.slow
def test_every_conformance_filter_on_earthquakes(quakes: pl.DataFrame) -> None:
    messages = [json.loads(line) for line in QUAKES.read_text(encoding="utf-8").splitlines()]
    texts = [text for text in dict.fromkeys(map(filter_text, CASES)) if len(text) < 250]
    refused = set()
    for place, text in enumerate(texts):
        start = place % EACH
        found = decided(quakes.gather_every(EACH, start), text)
        if isinstance(found, str):
            refused.add(found)
            continue
        evaluate = compile(text).evaluate
        assert found == [*map(evaluate, messages[start::EACH])], text
    assert refused < REFUSALS


@examples(1)
@given(st.data())
def test_random_filters_and_messages(data: st.DataObject) -> None:
    text = data.draw(filters())
    messages = data.draw(st.lists(messages_for(text, unreadable=True), min_size=1, max_size=4))
    for rows in framed(messages):
        found = decided(rows, text)
        assert isinstance(found, str) or found == expected(rows, text)


@pytest.mark.sliced(8)
@pytest.mark.parametrize("seed", range(40))
def test_more_random_filters(seed: int) -> None:
    counts = Counter[str]()
    assert [line for one in range(5) for line in differences(f"{seed} {one}", counts)] == []
    assert counts["pairs"] > 30


def test_the_long_form_takes_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--engine", "polars", "--count", "100", "--seed", "1"]) == 0
    assert "pairs: 1" in capsys.readouterr().out


# Types


NUMBERS: dict[Any, list[Any]] = {
    pl.Int8: [0, 1, -1, 5, 127],
    pl.UInt16: [0, 1, 5, 65535],
    pl.Int32: [0, 1, -1, 5, 2**31 - 1],
    pl.UInt32: [0, 5, 2**32 - 1],
    pl.Int64: [0, 1, -1, 5, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)],
    pl.UInt64: [0, 5, 2**53 + 1, 2**63, 2**63 - 1, 2**64 - 1],
    pl.Float32: [0.0, 5.0, 0.5, -1.5, 2.0**24, 16777216.0, 3.4e38],
    pl.Float64: [-0.0, 1.0, 5.0, 0.5, 2.0**53, 2.0**53 + 2, 2.0**63, 2.0**64, -1e300, 1e300],
    pl.String: ["0", "-1", "5", "5.0", "1e3", "9007199254740993", "9223372036854775808",
                "18446744073709551615", "-0", "007", "x", "1e999", "1e300", "9" * 36, "+5", " 5"],
}  # fmt: skip
CONSTANTS = (
    "0", "5", "-1", "127", "128", "5.5", "-0.5", "65536", "4294967295", "9007199254740993", "1e3",
    "9007199254740992.0", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "9223372036854775808.0", "18446744073709551615", "18446744073709551616.0", "1e300", "1e38",
    "5.0", "123456789012345678901234567890", "1" + "0" * 308, "2" + "0" * 308, "9" * 400,
    "16777217", "'5'", "'9007199254740993'", "'x'", "'1e3'",
)  # fmt: skip
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


def column_of(dtype: Any, values: list[Any]) -> pl.DataFrame:
    """A frame with each value as ``data.a``, one missing, one in a list."""
    rows = [{"a": value, "l": [value, None]} for value in [*values, None]]
    made = pl.Series("data", rows, pl.Struct({"a": dtype, "l": pl.List(dtype)}))
    return pl.DataFrame([made, pl.Series("meta", [{}] * len(rows), pl.Struct({}))])


@pytest.mark.sliced(4)
@pytest.mark.parametrize("dtype", NUMBERS)
def test_numbers_beside_constants(dtype: Any) -> None:
    rows = column_of(dtype, NUMBERS[dtype])
    for constant, operator in itertools.product(CONSTANTS, OPERATORS):
        for text in (f"data.a {operator} {constant}", f"{constant} {operator} data.l"):
            found = decided(rows, text)
            if isinstance(found, str):
                assert found == "a text beside a number of more than 37 digits"
                assert dtype == pl.String
                assert float(constant[:300]) >= 1e37
            else:
                assert found == expected(rows, text), text
    for text in (
        f"({', '.join(CONSTANTS)}) CONTAINS data.a",
        "data.l CONTAINS 5",
        "5 CONTAINS data.a",
    ):
        text = text.replace(", " + "9" * 400, "").replace(", 1" + "0" * 308, "")
        text = text.replace(", 2" + "0" * 308, "").replace(", 1e300", "").replace(", 1e38", "")
        assert verdicts(rows, text) == expected(rows, text), text


@pytest.mark.sliced(12)
@pytest.mark.parametrize("one", NUMBERS)
@pytest.mark.parametrize("other", NUMBERS)
def test_numbers_beside_numbers(one: Any, other: Any) -> None:
    pairs = [(a, b) for a in [*NUMBERS[one], None] for b in [*NUMBERS[other], None]]
    rows = [{"a": a, "b": b, "l": [a, None]} for a, b in pairs]
    fields = pl.Struct({"a": one, "b": other, "l": pl.List(one)})
    made = pl.DataFrame({"data": pl.Series(rows, dtype=fields), "meta": [{"x": 1}] * len(rows)})
    for operator in OPERATORS:
        text = f"data.a {operator} data.b"
        assert verdicts(made, text) == expected(made, text), text
        text = f"data.l {operator} data.b"
        found = decided(made, text)
        assert found in (expected(made, text), "an array beside a field of another type"), text
    for text in ("data.a CONTAINS data.b", "data.a LIKE data.b", "data.l CONTAINS data.b"):
        found = decided(made, text)
        assert found in (expected(made, text), "an array beside a field of another type"), text
    for text in ("data.a + data.b > 5", "data.a * 2 - data.b <= 0", "data.a / data.b > 0.5",
                 "-data.a < data.b", "data.a % data.b == 1", "(data.a & 5) == (data.b | 1)",
                 "~data.a < data.b", "(data.a ^ 3) > 2", "data.a * data.b * data.a != 1"):  # fmt: skip
        found = decided(made, text)
        rows_of_text = made
        if isinstance(found, str):
            assert found == "arithmetic on integers beyond 2^53"
            rows_of_text = made.filter(made["data"].map_elements(is_small, pl.Boolean))
            assert len(rows_of_text) < len(made)
            found = verdicts(rows_of_text, text)
        assert found == expected(rows_of_text, text), text


def is_small(row: dict[str, Any]) -> bool:
    """Whether arithmetic on a row is exact in doubles, whatever it is."""
    numbers = [value for value in (row["a"], row["b"]) if isinstance(value, int)]
    return all(abs(number) < 2**17 for number in numbers)


def test_a_text_whose_integer_is_as_long_as_no_number_beside_a_double() -> None:
    rows = typed([{"data": {"a": "1" + "0" * 40, "b": 1e40}, "meta": {}}])
    for operator in OPERATORS:
        found = decided(rows, f"data.a {operator} data.b")
        assert found == "a text that is an integer of more than 37 digits, beside a number"
    rows = typed(
        [{"data": {"a": text, "b": 1e39}, "meta": {}} for text in ("9" * 50, "9" * 400, "x")]
    )
    assert verdicts(rows, "data.a > data.b") == expected(rows, "data.a > data.b")


@pytest.mark.parametrize("length", [4299, 4300, 4301])
@pytest.mark.parametrize("sign", ["", "-"])
def test_long_texts_are_numbers_up_to_a_length(length: int, sign: str) -> None:
    rows = typed([{"data": sign + "0" * (length - 1) + "5"}, {"data": sign + "9" * length}])
    for text in ("data == 5", "data > 4", "data < 4"):
        assert verdicts(rows, text) == expected(rows, text)


def test_lists_of_a_fixed_length_are_arrays() -> None:
    fields = pl.Struct({"a": pl.Array(pl.Int64, 2), "b": pl.List(pl.Array(pl.String, 1))})
    rows = [{"a": [1, 5], "b": [["x"], None]}, {"a": [None, 2], "b": []}, {"a": None, "b": None}]
    made = pl.DataFrame({"data": pl.Series(rows, dtype=fields), "meta": [{"n": 1}] * 3})
    for text in ("data.a CONTAINS 5", "data.a[1] == 5", "data.a[2] == 5", "data.a > 1", "data.b == 'x'",
                 "data.b[0][0] LIKE 'X'", "data.b CONTAINS 'x'", "data.b LIKE '*'", "data.a == meta.n",
                 "data.a >= meta.n", "data.a"):  # fmt: skip
        assert verdicts(made, text) == expected(made, text), text


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_quotient_is_rounded_once(engine: Any) -> None:
    """Polars multiplies by the inverse of one divisor for all rows, also of one in a column."""
    numbers = [3, 0, 1, 7, 784, -450, 2**53 - 1]
    made = pl.DataFrame({"data": [{"i": number, "d": float(number)} for number in numbers]})
    divisors = [
        10,
        3,
        49,
        246,
        1e-5,
        5e-324,
        2.0**-1074,
        1e308,
        3e-310,
        0.5,
        8,
        -2,
        2.0**1023,
        1e30,
    ]
    for divisor in divisors:
        given = made.with_columns(meta=pl.struct(n=pl.lit(float(divisor))))
        quotients = {number / divisor for number in numbers[1:5]}
        for quotient in quotients - {float("inf")}:
            for text in (f"data.i / {divisor} == {quotient}", f"data.d / {divisor} == {quotient}",
                         f"data.d / meta.n == {quotient}", f"(data.i - 0.5) / meta.n * 3 < {quotient}"):  # fmt: skip
                verdict = expression(text, given.schema)
                found = given.lazy().select(verdict).collect(engine=engine)["verdict"].to_list()
                assert [VERDICTS[one] for one in found] == expected(given, text), text


def test_an_array_of_a_fixed_length_that_is_null() -> None:
    """Polars ends some of these queries, and panics in others, where its casts are strict."""
    draw = random.Random(5)
    for dtype, values in (
        (pl.Int8, (1, 2)),
        (pl.String, ("a", "B")),
        (pl.List(pl.Int64), ([1], [])),
    ):
        for length in (1, 2, 7, 40):
            rows = [
                draw.choice((None, [draw.choice((*values, None)) for _ in "ab"]))
                for _ in range(length)
            ]
            made = pl.DataFrame(
                {"data": pl.Series(rows, dtype=pl.Array(dtype, 2)), "meta": [{"x": 1}] * length}
            )
            for text in (
                "data[0] == 1 || data CONTAINS 1 || data[0][0] > 1",
                "!(data[1] LIKE 'A*') || data == 2",
            ):
                assert verdicts(made, text) == expected(made, text), (text, rows)


@pytest.mark.parametrize(
    ("dtype", "value", "name"),
    [
        (pl.Date, date(2026, 1, 1), "of the type Date, which JSON does not have"),
        (pl.Datetime("us"), None, "of the type Datetime"),
        (pl.Decimal(10, 2), None, "of the type Decimal"),
        (pl.Categorical, "a", "of the type Categorical"),
        (pl.Enum(["a"]), "a", "of the type Enum"),
        (pl.Binary, b"a", "of the type Binary"),
        (pl.Int128, 5, "of the type Int128"),
    ],
)
def test_other_types_are_refused_where_the_filter_reads_them(
    dtype: Any, value: Any, name: str
) -> None:
    fields = pl.Struct({"a": dtype, "l": pl.List(dtype), "n": pl.Int64})
    rows = [{"a": value, "l": [value], "n": 5}]
    made = pl.DataFrame({"data": pl.Series(rows, dtype=fields), "meta": [{"x": 1}]})
    assert verdicts(made, "data.n == 5 && !(data > 5)") == [Verdict.MATCH]
    for text, place in (("data.a == 5", "data.a"), ("data.a.b[0] == 5", "data.a"), ("data.a + 1 > 5", "data.a"),
                        ("data.l[0] == 5", "data.l[0]"), ("data.l[0].b == 5", "data.l[0]")):  # fmt: skip
        with pytest.raises(UntranslatableFilter, match=re.escape(f"`{place}` is {name}")):
            expression(text, made.schema)
    for text in ("data.l CONTAINS 5", "5 < data.l"):
        with pytest.raises(
            UntranslatableFilter, match=re.escape(f"`data.l` is an array with elements {name}")
        ):
            expression(text, made.schema)


def test_a_column_of_another_type_is_named_and_not_the_field_below() -> None:
    schema = {"when": pl.Date(), "meta": pl.Struct({"d": pl.Date()}), "n": pl.Int128()}
    for text in ("data == 5", "data.a.b LIKE 'x*'", "!data[0]"):
        with pytest.raises(UntranslatableFilter, match=r"^the column 'when' is of the type Date, "):
            expression(text, schema, data="when")
    with pytest.raises(UntranslatableFilter, match=r"^the column 'n' is of the type Int128, "):
        expression("a == 5", schema, data="when", meta="n")
    for text, place in (("d == 5", "d"), ("d.x == 5", "meta.d")):
        with pytest.raises(UntranslatableFilter, match=f"^`{place}` is of the type Date, "):
            expression(text, schema, data="when")


def test_an_enum_is_named_without_hundreds_of_categories() -> None:
    schema = {"data": pl.Enum([f"category {number}" for number in range(500)])}
    with pytest.raises(UntranslatableFilter, match="of the type Enum, which JSON does not have"):
        expression("data == 'category 5'", schema)


def test_metadata_that_is_no_object_can_not_be_read() -> None:
    for meta in ([1, None], [None, None], ["x", None], [{"a": 1}, None], [{"a": None}, {"a": 5}]):
        made = pl.DataFrame({"data": [{"n": 1}] * 2, "meta": meta})
        for text in ("meta.a != 1", "meta.a == 1", "meta", "!meta", "meta.a > 0", "a != b", "meta.a + 1 != 5",
                     "meta == 1", "meta.b != 1", "meta.a[0] != 1"):  # fmt: skip
            assert verdicts(made, text) == expected(made, text), (text, meta)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("data.a + 1 LIKE '*5'", "the text of a result of arithmetic"),
        ("data.l == data.l", "two arrays or objects compared"),
        ("data.l < data.l", "two arrays or objects compared"),
        ("data == data", "two arrays or objects compared"),
        ("data.l == data.t", "an array beside a field of another type"),
        ("data.l CONTAINS data.t", "an array beside a field of another type"),
        ("data.l < data.t", "an array beside a field of another type"),
        ("data.l == data.f", "an array beside a field of another type"),
        (f"data.t == {'1' * 38}", "a text beside a number of more than 37 digits"),
        ("data.a + 9007199254740993 > 5", "arithmetic on integers beyond 2"),
        ("data.a" + " + 1" * 17 + " == 1", "more than 16 operators"),
        (" || ".join(["data.a == 1"] * 251), "more than 250 comparisons"),
        ("data.t LIKE '" + "*a" * 2001 + "'", "more than 2000 wildcards in a pattern"),
        ('data["*"] == 1', "the key '\\*'"),
        ('data["^a$"] == 1', "the key '\\^a\\$'"),
    ],
)
def test_what_is_refused_is_named(text: str, words: str) -> None:
    row = {"a": 1, "l": [1], "t": "x", "f": 0.5, "*": 1, "^a$": 2}
    with pytest.raises(UntranslatableFilter, match=words):
        expression(text, pl.DataFrame({"data": [row]}).schema)


def test_where_it_stands_is_named() -> None:
    schema = pl.DataFrame({"data": [{"a": 1}]}).schema
    with pytest.raises(UntranslatableFilter) as raised:
        expression("data.a == 1 || !(data.a+1 LIKE '*5' && data)", schema)
    assert raised.value.__notes__ == ['in `data.a + 1 LIKE "*5"`']
    with pytest.raises(TypeError, match="a filter must be a str, not int"):
        expression(5, schema)  # type: ignore[arg-type]


def test_what_only_a_message_shows_ends_the_query() -> None:
    rows = typed([{"data": {"a": 1}}, {"data": {"a": 2**53}}])
    with pytest.raises(
        pl.exceptions.InvalidOperationError, match="pnfilter: arithmetic on integers"
    ):
        count(rows, "data.a + 1 > 5")
    with pytest.raises(
        pl.exceptions.InvalidOperationError, match="pnfilter: arithmetic on integers"
    ):
        count(rows, "data.a - 1")
    assert count(rows.head(1), "data.a + 1 > 5") == Counts(0, 0, 1)


def test_what_can_not_be_asked() -> None:
    with pytest.raises(TypeError, match="no column 'meta': there are data"):
        count(frame().select("data"), TEXT)
    with pytest.raises(TypeError, match="a column can't be called '\\*'"):
        count(frame().rename({"data": "*"}), TEXT, data="*")
    with pytest.raises(ValueError, match="'keep' or 'drop', not 'maybe'"):
        select(frame(), TEXT, undecided="maybe")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'keep' or 'drop', not None"):
        select(frame(), TEXT, undecided=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'keep' or 'drop', not 'maybe'"):
        expression(TEXT, frame().schema, undecided="maybe")  # type: ignore[arg-type]


@pytest.mark.parametrize("frame", [5, None, "a.parquet", pl.Series([1]), {"data": [1]}])
def test_what_is_no_frame_is_told_what_is_one(frame: Any) -> None:
    words = f"a frame is a DataFrame or LazyFrame of Polars, not {type(frame).__name__}"
    for ask in (count, select):
        with pytest.raises(TypeError, match=words):
            ask(frame, TEXT)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (None, r"a schema is what frame.collect_schema\(\) gives, not NoneType"),
        (frame(), r"a schema is what frame.collect_schema\(\) gives, not DataFrame"),
        (["data"], r"a schema is what frame.collect_schema\(\) gives, not list"),
        ({"data": int}, "a schema has types of Polars: that of 'data' is <class 'int'>"),
        ({"data": "Int64"}, "a schema has types of Polars: that of 'data' is 'Int64'"),
    ],
)
def test_what_is_no_schema_is_told_what_is_one(schema: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        expression("data == 1", schema)


def test_the_first_column_may_have_a_name_that_is_a_pattern() -> None:
    for name in ("*", "^x$"):
        made = pl.DataFrame({name: [1, None, 3], "data": [{"a": 1}] * 3})
        assert count(made, "1 == 1") == Counts(3, 0, 3)
        for engine in ("in-memory", "streaming"):
            assert select(made.lazy(), "1 == 1").collect(engine=engine).equals(made)
    assert count(pl.DataFrame(), "1 == 1") == Counts(0, 0, 0)


# Texts


LETTERS = [chr(code) for code in range(0x11_0000) if not 0xD800 <= code < 0xE000]


def test_every_letter_is_folded_as_the_language_says() -> None:
    letters = [*LETTERS, "ΑΣ", "ΣΣ Σ", "aİb"]
    made = pl.DataFrame({"letter": letters}).select(folded(pl.col("letter")))
    assert [
        letter for letter, one in zip(letters, made["letter"], strict=True) if one != fold(letter)
    ] == []


def test_ascii_is_the_lower_case_of_the_same_letters_everywhere() -> None:
    """What makes Polars' own lower case good enough for a pattern in ASCII."""
    made = pl.DataFrame({"letter": LETTERS})["letter"].str.to_lowercase()
    for letter, one in zip(LETTERS, made, strict=True):
        if one != fold(letter):
            assert not any(map(str.isascii, one + fold(letter))), letter


@pytest.mark.parametrize(
    "pattern",
    ["σας", "*Σ*", "ΑΣ*", "*ς", "i*", "*i", "*i\u0307*", "k*", "a*b", "a*b*c", "*a*b*", "**", "*", "", "a",
     "aa*aa", "*a.b*c*", "\\\\*", "*\\**", "é*", "[a]*(b*c", "a**b", "*ß*"],
)  # fmt: skip
def test_patterns(pattern: str) -> None:
    texts = ["σας", "ΣΑΣ", "ΑΣ", "aς", "İ", "i\u0307", "I", "K", "k", "ab", "a\nb", "aXb", "abc", "aXbYc",
             "aaa", "aaaa", "A.B C", "\\x", "a*b", "É", "", "[A]x(b.c", "ẞ", "ß", "\ua7cb", "ʅa", "ba", None]  # fmt: skip
    rows = typed([{"data": {"t": text, "l": [text, None], "p": "ΣΑς"}} for text in texts])
    for text in (f'data.t LIKE "{pattern}"', f'data.l LIKE "{pattern}"', "data.t LIKE data.p"):
        assert verdicts(rows, text) == expected(rows, text), text


def test_patterns_of_messages() -> None:
    texts = ["a", "A", "a*", "\\", "", "5", "true", None]
    rows = typed([
        {"data": {"t": one, "l": [other], "n": 5, "b": True, "p": other}}
        for one, other in itertools.product(texts, texts)
    ])  # fmt: skip
    for text in ("data.t LIKE data.p", "data.l LIKE data.p", "data.n LIKE data.p", "data.b LIKE data.p",
                 '("a", 5, "TRUE") LIKE data.p', "(1, 2) LIKE data.p", '("a", 1) LIKE data.n', "5 LIKE data.p",
                 "data.l LIKE data.n", "data.l LIKE data.b", "data.t LIKE data.l", "true LIKE data.p",
                 "data.t CONTAINS data.p", "data.p CONTAINS data.n", "data.p CONTAINS data.b", "'a5' CONTAINS data.p",
                 "data.n CONTAINS data.p", "data.b CONTAINS data.t", "'true' CONTAINS data.b", "data CONTAINS data.t",
                 "data CONTAINS 't'", "data CONTAINS 'x'", "data CONTAINS data.n", "data.b == data.t", "data.b == data.n",
                 "data.t == data.b", "true == data.b", "data.b == data.b", "data.n < data.b", "data.l > data.b",
                 "data.l == data.t", "data.l < data.t", "data.l == data", "('a', '5', 1) CONTAINS data.b"):  # fmt: skip
        assert verdicts(rows, text) == expected(rows, text), text


def test_the_text_of_a_number() -> None:
    draw = random.Random(1)
    numbers = [struct.unpack("d", draw.randbytes(8))[0] for _ in range(20_000)]
    numbers += [
        round(draw.uniform(-1e6, 1e6), 3) * 10.0 ** draw.randrange(-12, 12) for _ in range(20_000)
    ]
    numbers += [
        0.0,
        -0.0,
        1e16,
        1e15,
        9999999999999998.0,
        1e-5,
        1e-7,
        5e-324,
        1.7976931348623157e308,
    ]
    numbers = [number for number in numbers if abs(number) < float("inf")]
    made = pl.DataFrame({"n": numbers}).select(text_of(pl.col("n"), pl.Float64()))["n"].to_list()
    assert made == list(map(number_text, numbers))


@pytest.mark.parametrize(
    "key", ["a.b", "it's", 'say \\"x\\"', "$", "", "0", "^a", "a$", "é😀", "data"]
)
def test_any_key(key: str) -> None:
    name = key.replace('\\"', '"')
    rows = typed([{"data": {name: 1, "other": 2}}, {"data": {name: None}}])
    assert verdicts(rows, f'data["{key}"] == 1') == [Verdict.MATCH, Verdict.NO_MATCH]


def test_indexes() -> None:
    rows = typed([{"data": [1, [2], None][:1]}, {"data": []}, {}])
    for text in (
        "data[0] == 1",
        "data[1] != 1",
        f"data[{2**32 - 1}] != 1",
        f"data[{2**64}] != 1",
        "data[0][0] != 1",
    ):
        assert verdicts(rows, text) == expected(rows, text), text


def test_a_row_is_the_message() -> None:
    rows = typed([{"data": {"a": 1}, "meta": {}}, {"data": {"b": "x"}, "meta": None}, {}])
    assert messages_of(rows) == [
        {"data": {"a": 1, "b": None}, "meta": {}},
        {"data": {"a": None, "b": "x"}, "meta": None},
        {"data": UNREADABLE, "meta": None},
    ]


def test_without_polars_its_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("pnfilter.engines.")]:
        if "columns" in name or "polars" in name:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r"pip install 'pnfilter\[polars\]'"):
        importlib.import_module("pnfilter.engines.polars")
