"""DuckDB on relations and files: what is selected, counted and refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pnfilter import compile
from pnfilter.engines import MAX_SHOWN
from pnfilter.engines.duckdb import Counts, UntranslatableFilter, count, select
from pnfilter.engines.sql import DIALECTS, Undecided, translate
from pnfilter.semantics import read_number
from tests.engines.messages import VERDICTS, row

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"
TEXT = 'meta.net == "us" && data.mag >= 5'


@pytest.fixture
def database() -> duckdb.DuckDBPyConnection:
    """A relation of DuckDB 1.3 ends with its connection, so that a test holds it."""
    return duckdb.connect()


def relation(database: duckdb.DuckDBPyConnection, kind: str = "JSON") -> duckdb.DuckDBPyRelation:
    rows = [
        ('{"mag": 6}', '{"net": "us"}'),
        ('{"mag": 4}', '{"net": "us"}'),
        (None, '{"net": "us"}'),
        ('{"mag": [7]}', '{"net": "us"}'),
        ('{"mag": 6}', None),
    ]
    database.execute(f"CREATE TABLE messages (data {kind}, number INT, meta {kind})")
    for number, (data, meta) in enumerate(rows):
        database.execute("INSERT INTO messages VALUES (?, ?, ?)", [data, number, meta])
    return database.table("messages")


@pytest.mark.parametrize("kind", ["JSON", "VARCHAR"])
def test_a_relation_keeps_its_columns(database: duckdb.DuckDBPyConnection, kind: str) -> None:
    messages = relation(database, kind)
    kept = select(messages, TEXT)
    assert kept.columns == ["data", "number", "meta"]
    assert [row[1] for row in kept.fetchall()] == [0, 2, 3]
    assert [row[1] for row in select(messages, TEXT, undecided="drop").fetchall()] == [0]
    assert count(messages, compile(TEXT)) == Counts(1, 2, 5)


def test_columns_of_other_names(database: duckdb.DuckDBPyConnection) -> None:
    messages = relation(database).project('data AS "pay ""load", meta AS m')
    assert count(messages, TEXT, data='pay "load', meta="m") == Counts(1, 2, 5)


def test_lines_of_files_have_their_parts(
    tmp_path: Path, database: duckdb.DuckDBPyConnection
) -> None:
    zipped = tmp_path / "it's.ndjson.gz"
    zipped.write_bytes(gzip.compress(QUAKES.read_bytes()))
    filter = compile(TEXT)
    lines = QUAKES.read_text(encoding="utf-8").splitlines()
    expected = [line for line in lines if filter.matches(json.loads(line))]
    assert len(expected) == 39
    kept = select(QUAKES, TEXT, connection=database)
    assert kept.columns == ["json", "data", "meta"]
    rows = kept.fetchall()
    assert [row[0] for row in rows] == expected
    assert [json.loads(row[1]) for row in rows] == [json.loads(line)["data"] for line in expected]
    assert count(str(zipped), filter) == Counts(39, 0, 1707)
    assert count(tmp_path / "*.gz", filter).matched == 39
    assert count([QUAKES, zipped], filter) == Counts(78, 0, 3414)


def test_lines_without_a_payload_or_with_metadata_of_no_object(tmp_path: Path) -> None:
    file = tmp_path / "messages.ndjson"
    lines = ['{"meta": {"a": 1}}', '{"data": null}', '{"data": {"a": 1}}', '{"data": 1, "meta": 3}']
    file.write_text("\n".join(lines), encoding="utf-8")
    for text in ("data.a != 2", "a != 2", "meta.a == 1", "!(data.a.b == 1)", "data == 1"):
        verdicts = [compile(text).evaluate(json.loads(line)).value for line in lines]
        expected = Counts(verdicts.count("MATCH"), verdicts.count("UNDECIDED"), len(lines))
        assert count(file, text) == expected, text


def test_parquet_is_read_by_its_columns(
    tmp_path: Path, database: duckdb.DuckDBPyConnection
) -> None:
    file = str(tmp_path / "messages.parquet")
    relation(database).write_parquet(file)
    assert count(file, TEXT) == Counts(1, 2, 5)
    assert select(file, TEXT).columns == ["data", "number", "meta"]
    with pytest.raises(ValueError, match="all Parquet, or all"):
        count([file, str(QUAKES)], TEXT)
    with pytest.raises(ValueError, match="no files"):
        count([], TEXT)


@pytest.mark.parametrize("name", ["a.PARQUET", "a.Parquet", "a.PQ", "*.PARQUET"])
def test_parquet_is_known_in_any_case(
    name: str, tmp_path: Path, database: duckdb.DuckDBPyConnection
) -> None:
    relation(database).write_parquet(str(tmp_path / name.replace("*", "A")))
    assert count(tmp_path / name, TEXT) == Counts(1, 2, 5)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (5, "not int$"),
        (None, "not NoneType$"),
        (b"a.ndjson", "not bytes$"),
        ({"a.ndjson": 1}, "not dict$"),
        (["a.ndjson", 5], "in the list is one of int$"),
        ([["a.ndjson"]], "in the list is one of list$"),
    ],
)
def test_what_is_no_source_is_told_what_is_one(source: Any, words: str) -> None:
    with pytest.raises(TypeError, match=f"^a source is a path, .* a relation of DuckDB.*{words}"):
        count(source, TEXT)


def test_an_empty_path_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.ndjson").write_text('{"data": 1}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    sources: list[Any] = ["", [QUAKES, ""]]
    for source in sources:
        with pytest.raises(ValueError, match="the path of a file is empty"):
            count(source, TEXT)


@pytest.mark.parametrize(("data", "meta"), [("", "*"), ("*", ""), ('a"b', "$.c")])
def test_messages_of_files_may_have_their_parts_at_any_keys(
    data: str, meta: str, tmp_path: Path
) -> None:
    file = tmp_path / "messages.ndjson"
    lines: list[dict[str, Any]] = [{data: {"": 5}, meta: {"b": 1}}, {meta: {"b": 1}}, {data: 5}]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    for text in ('data[""] == 5 && meta.b == 1', "data == 5", "b != 2", "meta.b.c != 1"):
        messages = [
            {part: line[key] for part, key in (("data", data), ("meta", meta)) if key in line}
            for line in lines
        ]
        found = [compile(text).evaluate(message).value for message in messages]
        expected = Counts(found.count("MATCH"), found.count("UNDECIDED"), len(lines))
        assert count(file, text, data=data, meta=meta) == expected, text
    kept = select(file, "data == 5", undecided="drop", data=data, meta=meta).project("data, meta")
    assert kept.fetchall() == [("5", None)]


@pytest.mark.parametrize("name", [None, 5, b"data"])
def test_the_name_of_a_column_is_a_text(name: Any) -> None:
    words = f"a column's name is a text, not {type(name).__name__}"
    for dialect in DIALECTS:
        with pytest.raises(TypeError, match=words):
            translate("data.a == 1", dialect, meta=name)
    with pytest.raises(TypeError, match=words):
        count(QUAKES, TEXT, data=name)


@pytest.mark.parametrize("line", ["5", '"x"', "null", "true", '[{"data": {"mag": 6}}]'])
def test_a_line_that_is_no_object_ends_the_query(line: str, tmp_path: Path) -> None:
    file = tmp_path / "messages.ndjson"
    file.write_text(f'{{"data": {{"mag": 6}}}}\n  {line}\n', encoding="utf-8")
    words = "pnfilter: a line that is no object with data and meta"
    with pytest.raises(duckdb.Error, match=words):
        count(file, "data.mag > 5")
    with pytest.raises(duckdb.Error, match=words):
        select(file, "data.mag > 5", undecided="drop").fetchall()


@pytest.mark.parametrize(
    ("content", "total"),
    [
        ("", 0),
        ("\n \n\r\n", 0),
        ('{"data": {"mag": 6}}\r\n\r\n \t{"data": {"mag": 6}}', 2),
    ],
)
def test_files_as_they_come(content: str, total: int, tmp_path: Path) -> None:
    file = tmp_path / "messages.ndjson"
    file.write_bytes(content.encode())
    assert count(file, "data.mag > 5") == Counts(total, 0, total)
    assert select(file, "data.mag > 5").aggregate("count(*)").fetchall() == [(total,)]


def test_columns_that_hold_no_json_are_refused(database: duckdb.DuckDBPyConnection) -> None:
    typed = database.sql("SELECT {'mag': 5} AS data, '{}' AS meta")
    with pytest.raises(TypeError, match=r'type STRUCT\(mag INTEGER\), .* to_json\("data"\)'):
        select(typed, TEXT)
    with pytest.raises(TypeError, match="no column 'payload': there are data, meta"):
        select(typed, TEXT, data="payload")
    written = database.sql("SELECT to_json({'mag': 5}) AS data, '{}' AS meta")
    assert count(written, "data.mag == 5") == Counts(1, 0, 1)


def test_what_undecided_becomes(database: duckdb.DuckDBPyConnection) -> None:
    messages = relation(database)
    with pytest.raises(ValueError, match="'keep' or 'drop', not 'maybe'"):
        select(messages, TEXT, undecided="maybe")  # type: ignore[arg-type]
    for text in ("!(data.mag > 5)", "!(data.mag > 5) || meta.net == 'x'", "!(!(data.mag > 5))"):
        plain = translate(text)
        for undecided, value in (("keep", "TRUE"), ("drop", "FALSE")):
            pushed = translate(text, undecided=undecided)  # type: ignore[arg-type]
            same = f"coalesce({plain}, {value}) = ({pushed})"
            assert messages.aggregate(f"bool_and({same})").fetchall() == [(True,)]


def test_a_text_of_the_most_digits_is_a_number_and_a_longer_one_is_none(
    database: duckdb.DuckDBPyConnection,
) -> None:
    for digits, is_number in (("9" * 4300, True), ("-" + "9" * 4300, True), ("9" * 4301, False)):
        assert (read_number(digits) is not None) is is_number
        rows = database.sql("SELECT ? AS data, '{}' AS meta", params=[f'{{"a": "{digits}"}}'])
        if is_number:
            with pytest.raises(duckdb.Error, match="more than 308 digits"):
                count(rows, "data.a > 1")
        else:
            assert count(rows, "data.a > 1") == Counts(0, 1, 1)


@pytest.mark.sliced(5)
@pytest.mark.parametrize(
    ("text", "data", "words"),
    [
        ("data.a + 1 > 9007199254740993", '{"a": 9007199254740993}', "integers beyond 2^53"),
        ("data.a == data.b", '{"a": {"k": 1, "l": 2}, "b": {"l": 2, "k": 1}}', "objects compared"),
        ("data.a == 1", '{"a": [[[[[[1]]]]]]}', "deeper than 5 levels"),
        ("data.a > 1", f'{{"a": {"9" * 400}}}', "more than 308 digits"),
        ("data.a == data.b", f'{{"a": {"9" * 40}, "b": {"9" * 40}}}', "beyond 38 digits"),
    ],
)
def test_what_only_a_message_shows_ends_the_query(
    text: str, data: str, words: str, database: duckdb.DuckDBPyConnection
) -> None:
    rows = database.sql("SELECT ? AS data, '{}' AS meta", params=[data])
    with pytest.raises(duckdb.Error, match=f"pnfilter: .*{words.replace('^', '.')}"):
        count(rows, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("data.a + 1 LIKE '*5'", "the text of a result of arithmetic"),
        (f"data.a == {'1' * 39}", "more than 38 digits"),
        ("data.a[1234567890] == 1", "an index of more than 9 digits"),
        ("data.a" + " + 1" * 17 + " == 1", "more than 16 operators"),
        (" || ".join(["data.a == 1"] * 251), "more than 250 comparisons"),
    ],
)
def test_what_is_refused_is_named(text: str, words: str) -> None:
    with pytest.raises(UntranslatableFilter, match=words):
        translate(text)


@pytest.mark.sliced(5)
@pytest.mark.parametrize(
    ("data", "meta"), [("v1", "v2"), ("V2", "V1"), ("v3", "v4"), ("v4", "V3"), ("order", "a.b")]
)
def test_columns_may_have_the_names_of_what_is_within_the_expression(
    data: str, meta: str, database: duckdb.DuckDBPyConnection
) -> None:
    text = "data.b <= meta.b || data.b == meta.b || meta.b != 5 && data.n + 1 > 5"
    messages: list[dict[str, Any]] = [
        {"data": {"b": 5, "n": 9}},
        {"data": {"b": 5}, "meta": {"b": 6}},
        {"data": {"b": "x"}, "meta": {"b": "x"}},
        {"data": {"b": [7]}, "meta": {"b": 5}},
        {"data": {"n": 9}, "meta": {"b": "x"}},
    ]
    database.execute(f'CREATE TABLE odd (number INT, "{data}" JSON, "{meta}" JSON)')
    database.executemany(
        "INSERT INTO odd VALUES (?, ?, ?)", [row(*each) for each in enumerate(messages)]
    )
    sql = translate(text, data=data, meta=meta)
    found = database.execute(f"SELECT {sql} FROM odd ORDER BY number").fetchall()
    assert [VERDICTS[verdict] for (verdict,) in found] == [
        compile(text).evaluate(message) for message in messages
    ]


@pytest.mark.parametrize("undecided", [None, "keep", "drop"])
@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("data.b == 1 || !(data.a+1 LIKE '*5' && x)", 'in `data.a + 1 LIKE "*5"`'),
        ("x && !data.a[1234567890]", "in `!data.a[1234567890]`"),
        (f"x || data.a == {'1' * 99}", f"in `data.a == {'1' * 69}…`"),
        ("x || data.a" + " + 1" * 17 + " == 1", f"in `data.a{' + 1' * 17} == 1`"),
    ],
)
def test_where_it_stands_is_named(text: str, note: str, undecided: Undecided | None) -> None:
    for dialect in DIALECTS:
        with pytest.raises(UntranslatableFilter) as raised:
            translate(text, dialect, undecided=undecided)
        (found,) = raised.value.__notes__
        assert found.startswith(note)
        assert len(found) <= len("in ``") + MAX_SHOWN


def test_what_is_no_text_is_named() -> None:
    with pytest.raises(TypeError, match="a filter must be a str, not int"):
        translate(5)  # type: ignore[arg-type]


@pytest.mark.sliced(3)
@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('data["a.b"] == 1', {"a.b": 1, "a": {"b": 2}}),
        ('data["it\'s"] == 1', {"it's": 1}),
        ('data["say \\"x\\""] == 1', {'say "x"': 1}),
        ('data["back\\\\slash"] == 1', {"back\\slash": 1}),
        ('data["*"] == 1', {"*": 1, "a": 2}),
        ('data["$"]["#"]["?"] == 1', {"$": {"#": {"?": 1}}}),
        ('data[""] == 1', {"": 1}),
        ('data["a"][""][0] == 1', {"a": {"": [1]}}),
        ('data["0"] == 1', {"0": 1}),
        ("data[0] == 1", [1]),
        ("data[0] == 1", {"0": 1}),
        ('data["0"] == 1', [1]),
        ('data["é😀"] == "x\0y"', {"é😀": "x\0y"}),
    ],
)
def test_any_key(text: str, data: object, database: duckdb.DuckDBPyConnection) -> None:
    rows = database.sql("SELECT ? AS data, NULL AS meta", params=[json.dumps(data)])
    expected = compile(text).evaluate({"data": data}).value
    found = count(rows.project("data, meta::JSON AS meta"), text)
    assert found == Counts(expected == "MATCH", expected == "UNDECIDED", 1)


@pytest.mark.slow
def test_every_letter_is_folded_as_the_language_says() -> None:
    from pnfilter.engines.to_sql.duckdb import DuckDB
    from pnfilter.engines.to_sql.expressions import column, render
    from pnfilter.semantics import fold

    letters = [chr(code) for code in range(1, 0x11_0000) if not 0xD800 <= code < 0xE000]
    letters += ["ΑΣ", "ΣΣ Σ", "aİb"]
    folded = render(DuckDB("data", "meta").fold(column("letter")), "duckdb")
    rows = duckdb.connect().execute(
        f"SELECT letter, {folded} FROM (SELECT unnest(?) AS letter)", [letters]
    )
    # Letters that Python's newer tables know and DuckDB's don't are no letters in both otherwise.
    assert [letter for letter, made in rows.fetchall() if made not in (fold(letter), letter)] == []


def test_the_text_of_a_number() -> None:
    from pnfilter.engines.to_sql.duckdb import DuckDB
    from pnfilter.engines.to_sql.expressions import column, render
    from pnfilter.semantics import number_text

    numbers = [
        *(0, -0.0, 5, -5, 5.0, 0.1, -2.5, 1e16, 1.5e300, -1e-7, 1e-300, 5e-324, 123456789012345680.0),
        *(9999999999999998.0, 1e15, 1e17, 1.25e20, 1e21, 1.7976931348623157e308, 10.0, 100, 2**64),
        *(float(f"{digits}e{power}") for digits in ("1", "1.5", "9.87654321") for power in range(-25, 25)),
    ]  # fmt: skip
    made = render(DuckDB("data", "meta").number_text(column("j")), "duckdb")
    rows = duckdb.connect().execute(
        f"SELECT {made} FROM (SELECT json_extract(unnest(?), '$')::VARCHAR AS j)",
        [[json.dumps(number) for number in numbers]],
    )
    assert [text for (text,) in rows.fetchall()] == [number_text(number) for number in numbers]


def test_what_is_no_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="a dialect is 'duckdb' or 'spark', not 'sqlite'"):
        translate("data.a == 1", "sqlite")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="columns are 'variant' or 'text', not 'json'"):
        translate("data.a == 1", "spark", columns="json")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'keep' or 'drop', not 'null'"):
        translate("data.a == 1", undecided="null")  # type: ignore[arg-type]
