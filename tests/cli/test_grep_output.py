"""What ``grep`` prints instead of messages: names of files, fields, counters, lines around."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Command

LINES = [
    '{"data": {"n": 1, "s": "one"}, "meta": {"a": "x"}}\n',
    '{"data": {"n": 2, "s": "two"}, "meta": {"a": "y"}}\n',
    '{"data": {"n": 3}, "meta": {"a": "z"}}\n',
]
SEVERAL = ("one.ndjson", "m.ndjson", "two.ndjson")


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.ndjson").write_text("".join(LINES))
    Path("one.ndjson").write_text(LINES[0])
    Path("two.ndjson").write_text(LINES[1])


# Names of files


@pytest.mark.parametrize(
    ("options", "names", "status"),
    [
        ("-l", ["m.ndjson", "two.ndjson"], 0),
        ("-L", ["one.ndjson"], 0),
        ("-lv", ["one.ndjson", "m.ndjson"], 0),
        ("-Lv", ["two.ndjson"], 0),
        ("-lh", ["m.ndjson", "two.ndjson"], 0),
        ("-ln", ["m.ndjson", "two.ndjson"], 0),
        ("-lm1", ["m.ndjson", "two.ndjson"], 0),
        ("-lm0", [], 1),
        ("-lq", [], 0),
        ("--files-with-matches", ["m.ndjson", "two.ndjson"], 0),
        ("--files-without-match", ["one.ndjson"], 0),
    ],
)
def test_names_of_files(pn: Command, options: str, names: list[str], status: int) -> None:
    ended = pn("grep", options, "data.n >= 2", *SEVERAL)
    assert ended == (status, "".join(f"{name}\n" for name in names), "")


def test_names_of_other_inputs(pn: Command) -> None:
    assert pn("grep", "-l", "data.n > 2", stdin=LINES[2].encode()).out == "(standard input)\n"
    assert pn("grep", "-L", "data.n > 9", *SEVERAL).status == 1
    ended = pn("grep", "-L", "data.n > 9", "none", "one.ndjson")
    assert (ended.status, ended.out) == (2, "one.ndjson\n")
    Path("array.json").write_text(f"[{','.join(LINES)}]")
    assert pn("grep", "-sl", "data.n > 2", "array.json").out == "array.json\n"
    Path("quick.ndjson").write_text(LINES[2] * 50)
    assert pn("grep", "-l", "--quick", 'meta.a == "z"', "quick.ndjson").out == "quick.ndjson\n"


def test_a_file_is_read_up_to_its_first_match(pn: Command) -> None:
    Path("broken.ndjson").write_text(LINES[2] + "{\n")
    assert pn("grep", "-l", "data.n > 2", "broken.ndjson") == (0, "broken.ndjson\n", "")
    assert pn("grep", "-L", "data.n < 2", "broken.ndjson").status == 2
    Path("long.ndjson").write_text(LINES[2] * 500 + "{\n" * 500)
    assert pn("grep", "-l", "data.n > 2", "long.ndjson") == (0, "long.ndjson\n", "")


@pytest.mark.parametrize(
    "options",
    [("-l", "-L"), ("-c", "-l"), ("-c", "-L"), ("-L", "--follow")],
    ids=" ".join,
)
def test_options_that_exclude_each_other(pn: Command, options: tuple[str, ...]) -> None:
    ended = pn("grep", *options, "data.n > 1", "m.ndjson")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("usage:")
