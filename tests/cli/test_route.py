"""``pnfilter route``: each message with the keys of the filters that it matches."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

from pnfilter.cli import route
from tests.cli.conftest import Command

LINES = [
    '{"meta": {"room": "a"}, "data": {"n": 1}}',
    '{"meta": {"room": "b"}, "data": {"n": 2.50}}',
    '{"meta": {"room": ["a"]}, "data": {}}',
    '{"meta": {"room": "c"}, "data": {}}',
]
MESSAGES = "".join(f"{line}\n" for line in LINES).encode()
FILTERS = {
    "first": "meta.room == 'a'",
    "second": "data.n > 0",
    "third": "meta.room == 'b' || data.n == 1",
}


@pytest.fixture
def filters(pn: Command) -> str:
    Path("f.json").write_text(json.dumps(FILTERS), encoding="utf-8")
    return "f.json"


def line(
    number: int, matched: list[object], undecided: list[object], source: str = "(standard input)"
) -> str:
    head = {"file": source, "line": number, "matched": matched, "undecided": undecided}
    return f'{json.dumps(head)[:-1]}, "message": {LINES[number - 1]}}}\n'


def test_each_message_with_its_keys(pn: Command, filters: str) -> None:
    ended = pn("route", "--filters", filters, stdin=MESSAGES)
    assert ended == (
        0,
        line(1, ["first", "second", "third"], [])
        + line(2, ["second", "third"], [])
        + line(3, [], ["first"]),
        "",
    )
    assert all(json.loads(each)["message"] for each in ended.out.splitlines())
    # What the command lets Python's collector pass over is looked through again.
    assert gc.get_freeze_count() == 0


def test_all_messages(pn: Command, filters: str) -> None:
    Path("m.ndjson").write_bytes(MESSAGES)
    ended = pn("route", "--all", "--line-buffered", "--filters", filters, "m.ndjson")
    assert ended.out.splitlines()[-1] + "\n" == line(4, [], [], "m.ndjson")


def test_elements_of_an_array(pn: Command, filters: str) -> None:
    ended = pn("route", "-s", "--filters", filters, stdin=f"[{LINES[0]},\n{LINES[1]}]".encode())
    assert [json.loads(each)["element"] for each in ended.out.splitlines()] == [1, 2]


def test_bare_payloads(pn: Command, filters: str) -> None:
    ended = pn("route", "--filters", filters, "--payload", "data", stdin=b'{"n": 1}\n')
    assert json.loads(ended.out) == {
        "file": "(standard input)",
        "line": 1,
        "matched": ["second", "third"],
        "undecided": ["first"],
        "message": {"n": 1},
    }


def test_counts(pn: Command, filters: str) -> None:
    ended = pn("route", "--count", "--filters", filters, stdin=MESSAGES)
    assert (ended.status, ended.err) == (0, "")
    assert [json.loads(each) for each in ended.out.splitlines()] == [
        {"key": "first", "matched": 1, "undecided": 1},
        {"key": "second", "matched": 2, "undecided": 0},
        {"key": "third", "matched": 2, "undecided": 0},
    ]


def test_nothing_matches(pn: Command, filters: str) -> None:
    assert pn("route", "--filters", filters, stdin=f"{LINES[3]}\n".encode()) == (1, "", "")


def test_a_broken_message(pn: Command, filters: str) -> None:
    ended = pn("route", "--filters", filters, stdin=MESSAGES + b"{]\n")
    assert ended.status == 2
    assert len(ended.out.splitlines()) == 3
    assert "(standard input):5: skipped: not JSON" in ended.err


def test_stats(pn: Command, filters: str) -> None:
    ended = pn("route", "--stats", "--filters", filters, stdin=MESSAGES)
    assert ended.err.startswith(
        "3 filters, 4 branches, 4 shapes\nindexed: 3 by equality, 1 by bound;"
    )
    assert "4 messages" in ended.err


def test_lines_of_filters(pn: Command) -> None:
    Path("f.filters").write_bytes(b"\xef\xbb\xbf\n# rooms\nmeta.room == 'a'\r\n\ndata.n > 0\n")
    ended = pn("route", "--filters", "f.filters", stdin=MESSAGES)
    assert [json.loads(each)["matched"] for each in ended.out.splitlines()] == [[3, 5], [5], []]


@pytest.mark.parametrize(
    "content",
    [
        '{"key": "x", "filter": "data.n > 0"}\n\n{"key": 5, "filter": "meta.room == \'b\'"}\n',
        '\ufeff{"key": "x", "filter": "data.n > 0"}\r\n{"key": 5, "filter": "meta.room == \'b\'"}',
        '{"x": "data.n > 0"}\n{"key": 5, "filter": "meta.room == \'b\'"}',
        '{"key": "x", "filter": "data.n > 0", "of": "a"}\n{"filter": "meta.room == \'b\'", "n": 1, "key": 5}',
        '{"key": "x", "filter": "data.n > 0", "of": "\u2028"}\r{"key": 5, "filter": "meta.room == \'b\'"}\x20',
    ],
)
def test_newline_delimited_json(pn: Command, content: str) -> None:
    Path("f.ndjson").write_text(content, encoding="utf-8")
    ended = pn("route", "--filters", "f.ndjson", stdin=MESSAGES)
    assert [json.loads(each)["matched"] for each in ended.out.splitlines()] == [
        ["x"],
        ["x", 5],
        [],
    ][:2]


def test_one_record_is_one_filter(pn: Command) -> None:
    record = '{"key": "x", "filter": "data.n > 0", "name": "X"}'
    Path("f.ndjson").write_text(record, encoding="utf-8")
    ended = pn("route", "-c", "--filters", "f.ndjson", stdin=MESSAGES)
    assert json.loads(ended.out) == {"key": "x", "matched": 2, "undecided": 0}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "f: no filter in it"),
        (b"{}", "f: no filter in it"),
        (b"# nothing\n", "f: no filter in it"),
        (b'{"a": "data.n >"}', "f: a:1:8"),
        (b"data.n > 0\ndata.n >\n", "f:2:8"),
        (b'{"a": 5}', 'f: the filter of "a" must be a string'),
        (b'{"a": "b == 1", "a": "b == 2"}', "f: a: duplicate key"),
        (b'{"a": "b == 1"}\n{"a": "b == 2"}', "f:2: a: duplicate key"),
        (b'{"key": "a", "filter": "b == 1", "filter": "b == 2"}', "f: `filter` is given twice"),
        (b'{"a": "b == 1"}\n{"key": 1, "key": 2, "filter": "b == 2"}', "f:2: `key` is given twice"),
        (b'{"a": "b == 1";}', "f:1:15: not JSON"),
        (b'{"a": "b == 1"}\n{"b"}', "f:2:5: not JSON"),
        (b'{"a": "b == 1"}\n[1]', "f:2: expected an object with `key` and `filter`"),
        (b'{"key": 1.5, "filter": "b == 1"}', "f: `key` must be a string or an integer"),
        (b'{"key": true, "filter": "b == 1"}', "f: `key` must be a string or an integer"),
        (b'{"\\udc00": "b == 1"}', "f: a key with an unpaired surrogate"),
        (b'{"key": "\\ud800", "filter": "b == 1"}', "f: a key with an unpaired surrogate"),
        (b'{"a": "\xff"}', "f: not UTF-8 (byte 0xff)"),
        (b"a == '\xff'", "f:1:7: not UTF-8 (byte 0xff)"),
        (b'{"a":' + b"[" * 100_000, "f:1:1: not JSON"),
    ],
)
def test_filters_that_can_not_be_read(pn: Command, content: bytes, complaint: str) -> None:
    Path("f").write_bytes(content)
    ended = pn("route", "--filters", "f", stdin=MESSAGES)
    assert (ended.status, ended.out) == (2, "")
    assert complaint in ended.err
    assert "Traceback" not in ended.err


def test_many_faults_are_not_all_shown(pn: Command) -> None:
    Path("f.filters").write_text("a ==\n" * 100, encoding="utf-8")
    ended = pn("route", "--filters", "f.filters", stdin=MESSAGES)
    assert ended.err.count("error[") == route.MAX_FAULTS
    assert ended.err.endswith("f.filters: not all filters can be read, so nothing is routed\n")


def test_too_large_a_file(pn: Command, filters: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "MAX_BYTES", 10)
    assert "f.json: longer than 10 bytes" in pn("route", "--filters", filters, stdin=MESSAGES).err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "no filters given: --filters FILE"),
        (("--filters", "none.json"), "none.json: no such file or directory"),
        (("--filters", "-", "-"), "standard input (-) can be read once only"),
        (("--filters", "a", "--filters", "b"), "is given twice"),
    ],
)
def test_misuse(pn: Command, arguments: tuple[str, ...], complaint: str) -> None:
    ended = pn("route", *arguments, stdin=MESSAGES)
    assert (ended.status, ended.out) == (2, "")
    assert complaint in ended.err


def test_filters_from_standard_input(pn: Command) -> None:
    Path("m.ndjson").write_bytes(MESSAGES)
    ended = pn("route", "-c", "--filters", "-", "m.ndjson", stdin=b"data.n > 1\n")
    assert json.loads(ended.out) == {"key": 1, "matched": 1, "undecided": 0}
