"""Files that were written to take long.

The time grows as their length, and what is left out is reported.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from benchmarks.growth import CHOSEN, HOSTS, Host, seconds_of, text_of
from pnfilter import check, extract
from pnfilter.cli import main
from pnfilter.extraction.bounds import MAX_STEPS
from pnfilter.extraction.code import MAX_ADDED, Code
from pnfilter.extraction.dataflow import MAX_ALTERNATIVES
from pnfilter.extraction.expressions import Evaluator
from pnfilter.extraction.files import EXTENSIONS
from pnfilter.extraction.formats import MAX_PIECES
from pnfilter.extraction.project import Project, language_of_file
from pnfilter.extraction.settings import Settings
from pnfilter.lint.rules.placeholders import check_holes
from pnfilter.syntax.holes import named_holes

SIZE = 300
FACTOR = 10
#: The time of a file that is so much longer, by that of the shorter one, is 10 where time grows as
#: the length, and 100 where it grows as its square.
MOST = 35
#: Seconds too short to say anything, and how often a growth is measured before it counts.
LEAST_SECONDS = 0.04
TIMES = 6
SHAPES = (
    *("@", "$", "#", "/[", "'\\", '"a" + ', "${", "<script", "%0", "a = ", "def f(", '"%s" % '),
    *("filterExpression = ", "setFilterExpression(", '"?filter-expr=', "pnfilter: ignore["),
    *("heredocs of many words", "raw texts of many words", "runs of quotes", "brackets crossed"),
    *("templates", "chain of methods", "functions and uses", "holes in a template", "keys"),
    *("loops of one name", "loops over one list", "loops of Python", "defaults of one name"),
    *("calls of a wrapper", "wrappers of themselves", "wrappers of one another"),
)


def test_every_language_and_format_is_measured() -> None:
    measured = {language_of_file(Path(f"a{host.ending}")) for host in HOSTS.values()}
    assert measured == {language_of_file(Path(f"a{ending}")) for ending in EXTENSIONS}
    assert len(CHOSEN) >= 20


def assert_linear(folder: Path, host: Host, make: Callable[[int], str], what: str) -> None:
    """The time for a file of a size, and of a multiple of it."""
    texts = [make(size) for size in (SIZE, SIZE * FACTOR)]
    short = long = float("inf")
    for _ in range(TIMES):
        long = min(long, seconds_of(folder, host, texts[1]))
        if long < LEAST_SECONDS:
            return
        # A short file may take less than the clock's tick.
        short = max(LEAST_SECONDS / FACTOR, min(short, seconds_of(folder, host, texts[0])))
        if long < MOST * short:
            return
    pytest.fail(f"{what!r}: {short:.3f} s, and {long:.3f} s for {FACTOR} times the length")


@pytest.mark.sliced(9)
@pytest.mark.parametrize("host", HOSTS)
def test_time_grows_as_the_length(host: str, tmp_path: Path) -> None:
    for shape in SHAPES:
        assert_linear(tmp_path, HOSTS[host], partial(text_of, HOSTS[host], shape), shape)


#: What takes long only in some formats, and only where there is much of it: each of these is
#: repeated.
LONG = [
    ("YAML", "a: &a |\n", "  data.x == 1 ||\nfilter_expression: *a\na: &a |\n"),
    ("YAML", 'filter_expression: "', '\\"'),
    ("YAML", "filter_expression: '", "''"),
    ("YAML", "filter_expression: ", "{{ "),
    ("YAML", "filter_expression: ", "${a}"),
    ("environment", "PUBNUB_FILTER=", "${"),
    ("TOML", 'filter_expression = """', '\\"'),
    ("properties", "", "pubnub.filter-expression=a\\\n"),
    ("Dockerfile", 'ENV PUBNUB_FILTER="', '\\"'),
    ("shell", "", '--data-urlencode "filter-expr=\\'),
    ("shell", "x '?filter-expr=", "%20&filter-expr=a == b &&"),
    ("Markdown", "", "`"),
    ("Python", "", "filter_expression = 'a == 1' # pnfilter: ignore[a] "),
    ("notebooks", '{"cell_type": "code", ', '"source": ["a"], '),
]


@pytest.mark.sliced(4)
@pytest.mark.parametrize(("host", "before", "unit"), LONG)
def test_time_grows_as_the_length_of_values(
    host: str, before: str, unit: str, tmp_path: Path
) -> None:
    def make(size: int) -> str:
        return HOSTS[host].opening + HOSTS[host].setting + before + unit * (size * 4 // len(unit))

    assert_linear(tmp_path, HOSTS[host], make, before + unit)


@pytest.mark.parametrize("opening", ['"', "|\n"])
def test_many_uses_of_one_long_value_of_yaml(opening: str, tmp_path: Path) -> None:
    def make(size: int) -> str:
        value = opening + "  data.x == 1 ||\n" * size + opening.strip("|\n")
        return f"pubnub: 1\nbase: &a {value}\n" + "filter_expression: *a\n" * size

    assert_linear(tmp_path, HOSTS["YAML"], make, opening)


@pytest.mark.sliced(9)
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("shape", ["@", "$", "/[", "${", "(", '"a" + ', "a = ", "<!--", "%0"])
def test_the_filter_before_it_is_found(host: str, shape: str, tmp_path: Path) -> None:
    file = tmp_path / f"a{HOSTS[host].ending}"
    file.write_text(text_of(HOSTS[host], shape, 500), "utf-8")
    assert "a == 1" in [found.text.splitlines()[0] for found in extract(file)]


def read(tmp_path: Path, name: str, text: str) -> tuple[list[str], list[str]]:
    """The filters of a file, and the notes about it."""
    file = tmp_path / name
    file.write_text(f"// pubnub\n{text}\n", "utf-8")
    project = Project([file], Settings())
    filters = [found.text for found in project.filters(file)]
    return filters, [note.removeprefix(f"{file}:") for note in project.notes]


def test_a_line_of_regular_expressions_costs_no_filter_after_it(tmp_path: Path) -> None:
    text = "a = " + "/[" * 20_000 + "\n" + "pubnub.filterExpression = 'a == 1';"
    assert read(tmp_path, "a.js", text) == (["a == 1"], [])


def test_signs_in_rows_cost_no_filter_after_them(tmp_path: Path) -> None:
    for ending, sign in ((".js", "@"), (".swift", "#"), (".cs", "$"), (".rb", "@"), (".php", "$")):
        text = "<?php\n" + sign * 20_000 + '\n;pubnub.filterExpression = "a == 1";'
        filters, notes = read(
            tmp_path, f"a{ending}", text.removeprefix("<?php" * (ending != ".php"))
        )
        assert filters == ["a == 1"]
        assert not notes


def test_heredocs_of_one_line_stand_one_after_the_other(tmp_path: Path) -> None:
    text = "f(<<A, <<B)\nx\nA\ny\nB\nfilter_expression = 'a == 1'"
    assert read(tmp_path, "a.rb", text) == (["a == 1"], [])
    text = "join(filter_expression: <<A, other: <<B)\na == 1\nA\nb == 1\nB"
    assert read(tmp_path, "a.rb", text) == (["a == 1"], [])


def test_a_sum_of_too_many_pieces_is_reported(tmp_path: Path) -> None:
    for pieces, notes in ((MAX_PIECES, []), (MAX_PIECES + 1, ["more than 200 pieces of a text"])):
        text = f"pubnub.filterExpression = {' + '.join(['x'] * (pieces - 1))} + 'a';"
        filters, told = read(tmp_path, "a.js", text)
        assert len(filters) == (not notes)
        assert [note.split(": ")[1] for note in told] == notes


def test_a_list_of_too_many_elements_is_reported_and_not_cut(tmp_path: Path) -> None:
    for elements in (MAX_PIECES, MAX_PIECES + 1):
        text = f"pubnub.filterExpression = [{'x, ' * (elements - 1)} 'a'].join(' || ');"
        filters, notes = read(tmp_path, "a.js", text)
        assert bool(filters) == (elements == MAX_PIECES) == (not notes)


def test_more_additions_than_are_followed_are_reported(tmp_path: Path) -> None:
    for additions in (MAX_ADDED, MAX_ADDED + 1):
        text = "x = 'a';\n" + "x += 'b';\n" * additions + "pubnub.filterExpression = x;"
        filters, notes = read(tmp_path, "a.js", text)
        assert filters == ["a" + "b" * MAX_ADDED] * (additions == MAX_ADDED)
        assert notes == [f"{additions + 3}: more than 200 texts are added to x"] * (not filters)


@pytest.mark.parametrize(
    "text",
    [
        "if (a) {{ x = 'a{0}'; }}\n",
        "function f() {{ if (a) {{ return 'a{0}'; }} }}\n",
    ],
)
def test_more_values_than_are_told_apart_are_reported(text: str, tmp_path: Path) -> None:
    for values in (MAX_ALTERNATIVES, MAX_ALTERNATIVES + 1):
        made = "".join(text.format(number) for number in range(values))
        made += f"pubnub.filterExpression = {'f()' if 'f()' in text else 'x'};"
        filters, notes = read(tmp_path, "a.js", made)
        assert len(filters) == MAX_ALTERNATIVES
        assert notes == [f"{values + 2}: more than 8 values: the rest is left out"] * (values > 8)


def test_a_file_that_is_too_much_is_read_up_to_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "const x = '" + "a" * 20_000 + "';\n" + "pubnub.filterExpression = 'b' + x;\n" * 500
    filters, notes = read(tmp_path, "a.js", text)
    assert filters == ["b" + "a" * 20_000] * len(filters)
    assert 0 < len(filters) < 30
    assert notes == [f"{len(filters) + 3}: too much to follow: the file is read up to here"]
    with caplog.at_level(logging.WARNING):
        assert len(list(extract(tmp_path / "a.js"))) == len(filters)
    assert [record.message for record in caplog.records] == [f"{tmp_path / 'a.js'}:{notes[0]}"]


def test_a_filter_that_is_too_much_costs_no_other(tmp_path: Path) -> None:
    text = f"const x = '{'a' * (MAX_STEPS + 1)}';\npubnub.filterExpression = x;\n"
    text += "pubnub.filterExpression = 'a == 1';"
    filters, notes = read(tmp_path, "a.js", text)
    assert filters == ["a == 1"]
    assert notes == ["3: a filter that takes too long to follow: left out"]


@pytest.mark.slow
def test_a_notebook_of_many_lines_is_read(tmp_path: Path) -> None:
    lines = ", ".join(['"a\\n"'] * 60_000)
    text = '{"cells": [{"cell_type": "code", "source": [' + lines + "]}, "
    text += '{"cell_type": "code", "source": ["filter_expression = \'a == 1\'"]}]}'
    assert read(tmp_path, "a.ipynb", text) == (["a == 1"], [])


def test_a_finding_in_a_file_of_one_line_shows_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = "pubnub.filterExpression = 'meta.a == 1'; " * 50 + "é" * 3
    text = f"{before}; pubnub.filterExpression = 'a = 1 😀'; {before}"
    read(tmp_path, "a.js", text)
    assert main(["check", str(tmp_path / "a.js")]) == 1
    shown = capsys.readouterr().out.splitlines()
    row = next(number for number, line in enumerate(shown) if line.startswith("2 | …"))
    assert shown[row - 2].endswith(f"a.js:2:{text.index('😀') + 1}")
    start = shown[row + 1].index("^")
    assert shown[row][start:].startswith("😀")
    assert shown[row].endswith("…")


def test_notes_are_shown_by_the_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read(tmp_path, "a.js", "pubnub.filterExpression = [" + "'a', " * 300 + "].join('');")
    for command in ("extract", "check"):
        assert main([command, str(tmp_path)]) == 0
        assert "a.js:2: more than 200 pieces of a text: left out" in capsys.readouterr().err


def test_a_text_of_many_holes_is_checked_in_a_few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def is_filter(text: str) -> bool:
        tried.append(len(text))
        return False

    monkeypatch.setattr("pnfilter.lint.rules.placeholders.is_filter", is_filter)
    for holes in (10, 100, 1_500):
        text = "{a}" * holes
        assert check_holes(text, named_holes(text), check)
        assert 0 < sum(tried) <= max(150_000, 24 * 9 * holes)
        tried.clear()


def test_a_string_that_is_never_closed_is_read_once() -> None:
    found = check('"\\' * 100_000)
    assert [diagnostic.code for diagnostic in found] == ["E104"]


def test_a_file_that_was_read_is_freed_at_once(tmp_path: Path) -> None:
    text = (
        "const a = 'x';\npubnub.filterExpression = `${ids.map(i => `${'b'}${i}`).join('')} ${a}`;\n"
    )
    (tmp_path / "a.js").write_text("let b; if (c) { b = 'y'; } b += 'z';\n" + text, "utf-8")
    gc.collect()
    gc.disable()
    try:
        assert list(extract(tmp_path))
        assert not [each for each in gc.get_objects() if isinstance(each, (Code, Evaluator))]
    finally:
        gc.enable()
