"""``--assume`` and the settings of what is assumed of the service, in every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pnfilter.cli import assumptions
from pnfilter.cli.parser import parse
from pnfilter.cli.serve import _settings
from tests.cli.conftest import Command

TEXT = "data.a != 1"
LINES = (
    b'{"data": {}, "meta": {}}\n{"data": {"a": 1}, "meta": {}}\n{"data": {"a": 2}, "meta": {}}\n'
)
#: Each command with an option: what is in its output with a match assumed, and without.
COMMANDS = {
    "grep": (("grep", "-c", "--undecided", "drop", TEXT), "2", "1"),
    "diff": (("diff", "-c", TEXT, "!(data.a == 1)"), "0", "1"),
    "explain": (("explain", TEXT, "-n", "1"), "MATCH", "UNDECIDED"),
    "route": (("route", "--filters", "f.filters", "-c"), '"undecided": 0', '"undecided": 1'),
}


@pytest.fixture(autouse=True)
def files(pn: Command, tmp_path: Path) -> None:
    (tmp_path / "m.ndjson").write_bytes(LINES)
    (tmp_path / "f.filters").write_text(f"{TEXT}\n")


def settings(content: str) -> None:
    Path("pnfilter.toml").write_text(f"[service]\n{content}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reading_settles_what_is_undecided(pn: Command, command: str) -> None:
    words, assumed, plain = COMMANDS[command]
    assert plain in pn(*words, "m.ndjson").out
    assert assumed in pn(*words, "--assume", "missing-differs=match", "m.ndjson").out
    settings('missing-differs = "match"')
    assert assumed in pn(*words, "m.ndjson").out
    assert plain in pn(*words, "--assume", "none", "m.ndjson").out
    settings('profile = "javascript"')
    assert assumed in pn(*words, "m.ndjson").out
    other = pn(*words, "--assume", "missing-differs=no-match", "m.ndjson")
    assert "UNDECIDED" not in other.out


def test_settings_are_found_above_as_in_pyproject(
    pn: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pnfilter.service]\nmissing-differs = "match"\n', encoding="utf-8"
    )
    (tmp_path / "logs").mkdir()
    monkeypatch.chdir(tmp_path / "logs")
    assert pn("grep", "-c", "--undecided", "drop", TEXT, "../m.ndjson").out == "2\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('missing-difers = "match"', "not an assumption: missing-difers; did you mean"),
        ("missing-differs = true", "service: an assumption is a name and a reading"),
        ('profile = "python"', "not a profile: python"),
    ],
)
def test_wrong_settings_are_refused(pn: Command, content: str, message: str) -> None:
    settings(content)
    for words in (("grep", TEXT, "m.ndjson"), ("check", "f.filters")):
        ended = pn(*words)
        assert ended.status == 2
        assert "pnfilter.toml" in ended.err
        assert message in ended.err
    Path("pnfilter.toml").write_text('service = "javascript"\n')
    assert 'service is a table: missing-differs = "match"' in pn("grep", TEXT, "m.ndjson").err


def test_a_wrong_option_is_refused(pn: Command) -> None:
    ended = pn("grep", TEXT, "m.ndjson", "--assume", "missing-differs=maybe")
    assert ended.status == 2
    assert ended.err == (
        "pnfilter: --assume missing-differs: not a reading: maybe; there is match, no-match\n"
    )


def test_grep_names_what_would_settle_most(pn: Command) -> None:
    err = pn("grep", "-c", TEXT, "m.ndjson").err
    assert "--assume missing-differs=match (or no-match) settles them;" in err
    assert "--assume" not in pn("grep", "-c", "data.a == 1", "m.ndjson").err
    two = pn(
        "grep", "-c", f"{TEXT} || data.b > 'x'", "m.ndjson", "--assume", "missing-differs=match"
    )
    assert "settles" not in two.err
    unreadable = pn("grep", "-c", "--payload", "data", "meta.a == 1", "m.ndjson").err
    assert "undecided" in unreadable
    assert "--assume" not in unreadable


def test_check_judges_samples_under_assumptions(pn: Command) -> None:
    words = ("check", "f.filters", "--messages", "m.ndjson", "--select", "I505,W445,W444")
    plain = pn(*words).out
    assert "1 of the 3 samples is UNDECIDED" in plain
    assert "--assume missing-differs=match (or no-match) settles them" in plain
    assert "info" not in pn(*words, "--assume", "javascript").out
    settings('missing-differs = "match"')
    assert pn(*words).out == ""


def test_check_reports_nothing_as_unknown_that_is_settled(pn: Command) -> None:
    Path("names.filters").write_text("data.name > 'm'\n")
    Path("app.py").write_text("config.filter_expression = \"data.name > 'm'\"\n")
    for words in (("check", "-e", "data.name > 'm'"), ("check", "names.filters", "app.py")):
        plain = pn(*words, "--strict")
        assert (plain.status, "W422" in plain.out) == (1, True)
        assert pn(*words, "--strict", "--assume", "text-ordering=strings").status == 0
        settings('text-ordering = "strings"')
        assert pn(*words, "--strict").status == 0
        assert pn(*words, "--strict", "--assume", "none").status == 1
        Path("pnfilter.toml").unlink()


def test_a_test_set_is_judged_under_assumptions(pn: Command) -> None:
    cases = {"filter": TEXT, "cases": [{"message": {"data": {}, "meta": {}}, "verdict": "MATCH"}]}
    Path("cases.json").write_text(json.dumps(cases))
    assert pn("test", "cases.json").status == 1
    assert pn("test", "cases.json", "--assume", "missing-differs=match").status == 0


def test_the_emulator_gets_the_same(tmp_path: Path) -> None:
    arguments = parse(["serve", "--assume", "javascript"])
    assumed = assumptions.assumptions(arguments)
    assert assumed is not None
    assert _settings(arguments).assume == assumed
    settings('no-metadata = "match"')
    assert _settings(parse(["serve"])).assume is not None
