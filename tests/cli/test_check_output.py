"""What ``check`` prints, where it prints it, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

FILTERS = "a == 1 &&\nmeta.b = 2\nmeta.c = 3\nmeta.d == 1\n"
FORMATS = ("text", "concise", "json", "github", "sarif", "junit")


@pytest.fixture
def listed(tmp_path: Path) -> str:
    """A list of filters, most of which are wrong."""
    (tmp_path / "x.filters").write_text(FILTERS, encoding="utf-8")
    return "x.filters"


def test_concise_has_one_line_for_each_finding(pn: Command, listed: str) -> None:
    found = json.loads(pn("check", listed, "--format", "json").out)
    ended = pn("check", listed, "--format", "concise")
    assert ended.status == 1
    assert ended.out.splitlines() == [
        f"{each['file']}:{each['line']}:{each['column']}: {each['code']} {each['message']}"
        for each in found
    ]


def test_concise_keeps_a_hostile_text_on_its_line(pn: Command) -> None:
    ended = pn("check", "--format", "concise", "-e", "a == 1 \x1b[31m\n::error::x")
    assert all(line.startswith("(expression):") for line in ended.out.splitlines())
    assert "\x1b" not in ended.out


def test_statistics_count_by_code(pn: Command, listed: str) -> None:
    found = json.loads(pn("check", listed, "--format", "json").out)
    codes = [each["code"] for each in found]
    ended = pn("check", listed, "--statistics", "--format", "json")
    assert ended.status == 1
    counts = json.loads(ended.out)
    assert {each["code"]: each["count"] for each in counts} == {
        code: codes.count(code) for code in codes
    }
    assert [each["count"] for each in counts] == sorted(
        (each["count"] for each in counts), reverse=True
    )
    rows = pn("check", listed, "--statistics").out.splitlines()
    assert [row.split() for row in rows] == [
        [f"{each['count']:,}", each["code"], each["name"]] for each in counts
    ]
    assert pn("check", "--statistics", "-e", "meta.a == 1").out == ""


@pytest.mark.parametrize("format", FORMATS)
def test_an_output_file_has_what_would_be_printed(
    pn: Command, listed: str, tmp_path: Path, format: str
) -> None:
    printed = pn("check", listed, "--format", format)
    ended = pn("check", listed, "--format", format, "--output-file", "out")
    assert (ended.status, ended.out, ended.err) == (printed.status, "", printed.err)
    assert (tmp_path / "out").read_text(encoding="utf-8") == printed.out


def test_an_output_file_that_cannot_be_written(pn: Command, listed: str) -> None:
    ended = pn("check", listed, "--output-file", "missing/out")
    assert (ended.status, ended.out) == (2, "")
    assert "--output-file missing/out: " in ended.err


def test_exit_zero(pn: Command, listed: str) -> None:
    assert pn("check", listed).status == 1
    ended = pn("check", listed, "--exit-zero")
    assert (ended.status, ended.out) == (0, pn("check", listed).out)
    assert pn("check", "missing.filters", "--exit-zero").status == 2
    assert pn("check", "--exit-zero", "--nonsense").status == 2


def test_show_files(pn: Command, listed: str, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("x = 1\n", encoding="utf-8")
    ended = pn("check", listed, "src", "--show-files")
    assert (ended.status, ended.out.splitlines()) == (0, [listed, "src/a.py"])


@pytest.mark.parametrize(
    "options",
    [
        ["--statistics", "--format", "sarif"],
        ["--statistics", "--baseline", "b", "--write-baseline"],
        ["--output-file", "o", "--fix", "--diff"],
        ["--show-files", "--fix"],
        ["--show-files", "--baseline", "b", "--write-baseline"],
    ],
)
def test_options_that_contradict_each_other(
    pn: Command, listed: str, tmp_path: Path, options: list[str]
) -> None:
    ended = pn("check", listed, *options)
    assert (ended.status, ended.out) == (2, "")
    assert [path.name for path in tmp_path.iterdir()] == [listed]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("option", ["--schema", "--known-field"])
def test_an_option_that_cannot_be_followed_begins_no_report(
    pn: Command, format: str, option: str
) -> None:
    ended = pn("check", "-e", "meta.a == 1", "--format", format, option, "missing.json x")
    assert (ended.status, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"data": {"mag": 5}, "meta": {}}, "a message, it seems"),
        ({"mag": 5, "title": "x"}, "a message, it seems"),
        ({"type": "quake", "mag": 5}, "has a type that JSON does not have: 'quake'"),
        ({"type": "array", "items": {}}, 'the type of this schema is "array"'),
        ({"type": ["string", "null"]}, 'the type of this schema is ["string", "null"]'),
        ([], "a JSON Schema of messages is an object"),
        ("x", "a JSON Schema of messages is an object"),
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_what_is_no_schema_is_refused(
    pn: Command, tmp_path: Path, content: object, reason: str, format: str
) -> None:
    (tmp_path / "s.json").write_text(json.dumps(content), encoding="utf-8")
    ended = pn("check", "-e", "meta.a == 1", "--schema", "s.json", "--format", format)
    assert (ended.status, ended.out) == (2, "")
    assert reason in ended.err


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"title": "all"},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"properties": {"meta": {}}},
        {"type": ["object", "null"]},
        {"$ref": "#/$defs/a", "$defs": {"a": {}}},
    ],
)
def test_what_may_be_a_schema_is_taken(pn: Command, tmp_path: Path, content: object) -> None:
    (tmp_path / "s.json").write_text(json.dumps(content), encoding="utf-8")
    assert pn("check", "-e", "meta.a == 1", "--schema", "s.json").status == 0


def test_force_color(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, colored in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("FORCE_COLOR", value)
        assert ("\x1b[" in pn("check", "-e", "meta.a = 1").out) is colored
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in pn("check", "-e", "meta.a = 1").out
