"""Texts of messages in all their forms, and how many of them are kept."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

import pnfilter
from pnfilter.message import parts_of
from pnfilter.playground import bounds, collections
from pnfilter.playground.collections import Collection, Shelf, read, read_text, row, whole

LINE = '{"data": {"n": 1}, "meta": {"a": "x"}}'


@pytest.mark.parametrize(
    ("text", "data", "meta"),
    [
        (LINE, {"n": 1}, {"a": "x"}),
        (f"[{LINE}]", {"n": 1}, {"a": "x"}),
        (f"\n[\n{LINE}\n]\n", {"n": 1}, {"a": "x"}),
        ('{"meta": {"a": "x"}}', pnfilter.UNREADABLE, {"a": "x"}),
        ('{"c": "ch", "d": [1], "u": {"a": 1}}', [1], {"a": 1}),
        ('{"message": 5, "meta": ""}', 5, None),
        ('{"n": 1}', {"n": 1}, pnfilter.UNREADABLE),
        ('"text"', "text", pnfilter.UNREADABLE),
        (f"no json\n{LINE}", {"n": 1}, {"a": "x"}),
    ],
)
def test_the_form_is_known_by_the_first_object(text: str, data: object, meta: object) -> None:
    (message,) = read_text(text).messages
    parts = parts_of(message)
    assert parts[:2] == (data, meta)


def test_a_form_can_be_given() -> None:
    (message,) = read_text(LINE, "data").messages
    assert parts_of(message)[0] == json.loads(LINE)


def test_what_cannot_be_read_is_reported_and_left_out() -> None:
    found = read_text(f"{LINE}\n{{\n{LINE}\n")
    assert len(found.messages) == 2
    assert found.problems[0].startswith("messages:2: skipped: not JSON")


def test_complaints_are_bounded() -> None:
    assert len(read_text("?\n" * 1_000).problems) <= bounds.MAX_COMPLAINTS


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    found = read(str(tmp_path / "none.ndjson"))
    assert not found.messages
    assert "no such file" in found.problems[0]


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "messages.ndjson.gz"
    path.write_bytes(gzip.compress(f"{LINE}\n{LINE}\n".encode()))
    assert len(read(str(path)).messages) == 2


def test_the_number_of_messages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "MAX_MESSAGES", 3)
    found = read_text(f"{LINE}\n" * 4)
    assert (len(found.messages), found.more) == (3, True)
    found = read_text(f"{LINE}\n" * 3)
    assert (len(found.messages), found.more) == (3, False)


def test_rows_are_short() -> None:
    message = {"data": "x" * 10_000, "meta": {"a": pnfilter.UNREADABLE}}
    meta, data = row(message)
    assert meta == '{"a": "(can\'t be read here)"}'
    assert len(data) == bounds.MAX_ROW


def test_a_message_is_shown_with_its_kind() -> None:
    signal = pnfilter.Message.from_envelope({"c": "a", "d": 1, "e": 1})
    assert json.loads(whole(signal)) == {"kind": "signal", "meta": None, "data": 1}


def test_what_is_nested_too_deep_is_not_shown() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    assert row({"data": nested})[1] == "(too deep to be shown)"


def test_a_schema_comes_from_the_messages() -> None:
    found = read_text(LINE)
    assert found.schema["properties"]["data"]["properties"] == {"n": {"type": "number"}}
    assert found.checked_by is not None


@pytest.mark.parametrize("text", ["", '{"n": 1', "null"])
def test_without_anything_to_see_there_is_no_schema(text: str) -> None:
    found = read_text(text)
    assert found.schema == {}
    assert found.checked_by is None


def test_a_collection_can_be_like_another() -> None:
    model, found = read_text(LINE), Collection([])
    found.like(model)
    assert found.schema is model.schema
    assert found.checked_by is model.checked_by


def test_the_same_text_is_kept_once() -> None:
    shelf = Shelf()
    assert shelf.add(LINE) == shelf.add(LINE)
    assert shelf.add(LINE) != shelf.add(LINE, "data")
    assert shelf.get("none") is None


def test_what_was_not_used_for_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "MAX_COLLECTIONS", 2)
    shelf = Shelf()
    first, second = shelf.add("1"), shelf.add("2")
    assert shelf.get(first) is not None
    third = shelf.add("3")
    assert [shelf.get(name) is not None for name in (first, second, third)] == [True, False, True]


def test_the_text_of_all_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "MAX_KEPT_TEXT", 100)
    shelf = Shelf()
    small, large = shelf.add("1"), shelf.add("2" * 100)
    assert shelf.get(small) is None
    assert shelf.get(large) is not None
