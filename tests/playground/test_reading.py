"""What a filter reads is marked in the JSON that is shown, and what is missing is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

import pnfilter
from pnfilter.playground import bounds
from pnfilter.playground.collections import whole
from pnfilter.playground.reading import Reading

MESSAGE: dict[str, Any] = {
    "data": {"id": "x", "n": 1, "l": ["a", ["b"], {"k": '"\n<b>'}], "é": None, "last": [True]},
    "meta": {"net": "ci", "n": 2},
}


def parts(shown: dict[str, Any], text: str = "text") -> list[str]:
    return [shown[text][start:end] for start, end in shown["marks"]]


@pytest.mark.parametrize(
    ("text", "marked", "states"),
    [
        ("data.n > 1 && net == 'ci'", ['"net": "ci"', '"n": 1'], "present present"),
        ("data.l[2].k == 1", ['"k": "\\"\\n<b>"'], "present"),
        ("data.l[1] CONTAINS 'b'", ['[\n        "b"\n      ]'], "present"),
        ('data["é"] == 1', ['"é": null'], "missing"),
        ("data.l[3] == 1 || data.l.k == 1 || data.n.n == 1", [], "missing missing missing"),
        ("meta.a.b == 1 && data.id.x == 1", [], "missing missing"),
        ("data.n == data.n", ['"n": 1'], "present"),
        ("1 == 1", [], ""),
    ],
)
def test_fields_are_marked_in_a_message(text: str, marked: list[str], states: str) -> None:
    shown = Reading(pnfilter.compile(text)).whole(MESSAGE)
    assert shown["message"] == whole(MESSAGE)
    assert parts(shown, "message") == marked
    assert " ".join(field["state"] for field in shown["fields"]) == states


def test_a_field_within_another_one_is_marked_with_it() -> None:
    shown = Reading(pnfilter.compile("data.l == 1 && data.l[0] == 'a'")).whole(MESSAGE)
    (span,) = shown["marks"]
    text = shown["message"][slice(*span)]
    assert json.loads(text.removeprefix('"l": ')) == MESSAGE["data"]["l"]


def test_what_can_not_be_read_is_not_missing() -> None:
    message = {"data": 1, "meta": pnfilter.UNREADABLE}
    reading = Reading(pnfilter.compile("net == 'ci' && data == 1"))
    assert [field["state"] for field in reading.whole(message)["fields"]] == [
        *("unreadable", "present")
    ]
    row = reading.row(message, 80)
    assert (row["meta"]["missing"], row["data"]["missing"]) == ([], [])
    assert parts(row["data"]) == ["1"]


def test_rows_name_what_is_missing_where_it_would_be() -> None:
    row = Reading(pnfilter.compile("data.x == 1 && meta.y == 1 && z == 1 && data.n == 1")).row(
        MESSAGE, 300
    )
    assert row["data"]["missing"] == ["data.x"]
    assert row["meta"]["missing"] == ["meta.y", "z"]
    assert parts(row["data"]) == ['"n": 1']
    assert json.loads(row["data"]["text"]) == MESSAGE["data"]


def test_a_row_leaves_out_what_is_not_read_where_a_mark_would_be_out_of_sight() -> None:
    reading = Reading(pnfilter.compile("data.last[0] == true && data.id == 'x'"))
    assert reading.row(MESSAGE, 40)["data"]["text"] == '{"id": "x", …, "last": [true]}'
    long = {"data": {"a": "x" * 10_000, "b": {"c": 1, "d": 2}}}
    row = Reading(pnfilter.compile("data.b.d == 2")).row(long, 1_000)["data"]
    assert (row["text"], parts(row)) == ('{…, "b": {…, "d": 2}}', ['"d": 2'])


def test_marks_end_with_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    long = {"data": {"a": "x" * 100_000, "b": 1}}
    reading = Reading(pnfilter.compile("data.a == 'x' && data.b == 1"))
    shown = reading.whole(long)
    assert shown["marks"][-1][1] == len(shown["message"]) == bounds.MAX_SHOWN
    row = reading.row(long, 50)["data"]
    assert row["marks"] == [[1, bounds.MAX_ROW]]


def test_what_is_nested_too_deep_is_not_shown() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    reading = Reading(pnfilter.compile("data.a[0] == 1 && data.b == 1"))
    shown = reading.whole({"data": {"a": nested, "b": 1}})
    assert "too deep to be shown" in shown["message"]


def test_a_null_is_marked_and_not_named_as_missing() -> None:
    message = {"data": {"n": None, "l": [None], "o": {"n": None}}, "meta": None}
    text = "data.n == 1 || data.l[0] == 1 || data.o.n == 1 || data.o.x == 1 || data.l[1] == 1"
    row = Reading(pnfilter.compile(f"{text} || meta.a == 1 || data.n.x == 1")).row(message, 300)
    assert row["data"]["missing"] == ["data.o.x", "data.l[1]", "data.n.x"]
    assert row["meta"]["missing"] == ["meta.a"]
    assert len(row["data"]["marks"]) == 3
