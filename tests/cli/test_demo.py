"""``pnfilter demo``: its figures, counted here by other means, and its words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import pnfilter
from pnfilter.cli import demo, main
from pnfilter.input import sources

from .conftest import Command

QUAKES = Path(__file__).parents[2] / "examples" / "quakes.ndjson"

TABLE = """\
  filter                                           match  no match  undecided
  data.mag > 4 && ("ak", "us") CONTAINS meta.net     122     1,585          0  ██······················
  data.place LIKE "*alaska*"                         313     1,394          0  ████····················
  data.dmin * 111 < 5                                402     1,305          0  ██████··················
  data.tsunami == "1"                                  0     1,703          4  ▒·······················
  such=wow                                             0     1,707          0  ························
  data.mag > 3 && data.place LIKE "*Alaska*"          59     1,648          0  █·······················

  4 undecided by data.tsunami == "1": whether a number equals its own text is not known.
"""

SAMPLES = """\
  line  15  M 4.7 - 7km E of Hualian, Taiwan (us)
  line  17  M 4.7 - 13km ENE of Hualian, Taiwan (us)
  line  25  M 5.0 - 98km ESE of Vanj, Tajikistan (us)
"""

EXPLANATIONS = """\
  Line 15 matches: M 4.7 - 7km E of Hualian, Taiwan (us)

    data.mag > 4 && ("ak", "us") CONTAINS meta.net  MATCH
    ├─ data.mag > 4                                 MATCH
    │  └─ data.mag                                  4.7
    └─ ("ak", "us") CONTAINS meta.net               MATCH
       └─ meta.net                                  "us"

  Line 1 does not match: M 2.0 - 4km W of Castaic, CA (ci)

    data.mag > 4 && ("ak", "us") CONTAINS meta.net  NO_MATCH
    ├─ data.mag > 4                                 NO_MATCH
    │  └─ data.mag                                  2
    └─ ("ak", "us") CONTAINS meta.net               NO_MATCH  not needed: `data.mag > 4` decides
       └─ meta.net                                  "ci"
"""


@pytest.fixture(scope="module")
def messages() -> list[Any]:
    return [json.loads(line) for line in QUAKES.read_text().splitlines()]


def test_demo(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(QUAKES.parents[1])
    assert main(["demo"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("1,707 real messages, the earthquakes of one week.")
    assert TABLE in out
    assert SAMPLES in out
    assert EXPLANATIONS in out
    assert "\x1b" not in out
    assert main(["demo"]) == 0
    assert capsys.readouterr().out == out


def test_every_filter_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo"])
    out = capsys.readouterr().out
    for answer, text in [
        ("yes     ", 'data.place LIKE "*alaska*"'),
        ("yes, but", "such=wow"),
        ("no      ", "data.mag > 3 AND data.place LIKE *Alaska*"),
    ]:
        assert f"\n  {answer}  {text}\n" in out
    assert 'help: write such == "wow"' in out
    assert out.count("error[") == 2
    assert out.count("warning[") == 1
    assert 'pnfilter fmt --fix makes of it: data.mag > 3 && data.place LIKE "*Alaska*"' in out


def test_figures_counted_without_filters(messages: list[Any]) -> None:
    """The table's figures, by Python's own means."""
    counts = [
        sum((m["data"]["mag"] or 0) > 4 and m["meta"]["net"] in ("ak", "us") for m in messages),
        sum("alaska" in m["data"]["place"].lower() for m in messages),
        sum(m["data"]["dmin"] is not None and m["data"]["dmin"] * 111 < 5 for m in messages),
        sum(m["data"]["tsunami"] == 1 for m in messages),
        sum(m["meta"].get("such") == "wow" for m in messages),
        sum(
            (m["data"]["mag"] or 0) > 3 and "alaska" in m["data"]["place"].lower() for m in messages
        ),
    ]
    assert counts == [122, 313, 402, 4, 0, 59]


def test_commands_it_proposes_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from shlex import split

    monkeypatch.chdir(QUAKES.parents[1])
    main(["demo"])
    commands = capsys.readouterr().out.split("Your turn")[1].split("\n")
    commands = [command.strip() for command in commands if command.startswith("  pnfilter")]
    assert len(commands) == 4
    statuses = [main(split(command)[1:]) for command in commands]
    assert statuses == [1, 0, 0, 1]


def test_path_outside_of_the_folder_is_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["demo"])
    assert str(sources.quakes()) in capsys.readouterr().out


def test_colour_and_ascii(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "use_color", lambda: True)
    sys.stdout.reconfigure(encoding="ascii")  # type: ignore[union-attr]
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    assert "\x1b[1msuch=wow\x1b[0m" in out
    assert "4  ?.......................\n" in out


def test_installed_place_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "pnfilter"
    (package / "reading").mkdir(parents=True)
    monkeypatch.setattr(sources, "__file__", str(package / "reading" / "sources.py"))
    beside = package.parent / "examples" / "quakes.ndjson"
    inside = package / "examples" / "quakes.ndjson"
    for path in (beside, inside):
        path.parent.mkdir()
        path.write_text("{}")
        assert sources.quakes() == path


def test_missing_or_broken_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "pnfilter" / "reading" / "sources.py"
    monkeypatch.setattr(sources, "__file__", str(home))
    assert main(["demo"]) == 2
    assert "examples/quakes.ndjson is neither in" in capsys.readouterr().err
    (tmp_path / "examples").mkdir()
    for content in ("", "?\n"):
        (tmp_path / "examples" / "quakes.ndjson").write_text(content)
        assert main(["demo"]) == 2
        assert "not the earthquakes that the demo is about" in capsys.readouterr().err


def test_filters_show_what_the_language_has() -> None:
    texts = [text for _, text in demo.FILTERS]
    assert any(" LIKE " in text for text in texts)
    assert any(") CONTAINS " in text for text in texts)
    assert any("*" in text and "LIKE" not in text for text in texts)
    broken = [text for text in texts if any(d.code[0] == "E" for d in pnfilter.check(text))]
    assert len(broken) == 1


def test_a_folder_that_is_gone(pn: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Path:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Path, "cwd", gone)
    ended = pn("demo")
    assert (ended.status, ended.err) == (0, "")
    assert "pnfilter grep -c 'data.mag > 5' /" in ended.out
