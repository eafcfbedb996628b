"""Where filters come from: lists of ``grep -f``, and ``-`` for standard input in every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pnfilter
from pnfilter import Verdict
from pnfilter.syntax.parser import MAX_LENGTH

from .conftest import Command

LINES = [
    '{"data": {"n": 1}, "meta": {"a": "x"}}\n',
    '{"data": {"n": 2}, "meta": {"a": "y"}}\n',
    '{"data": {"n": 3}, "meta": {"a": "z"}}\n',
]
ONCE = "pnfilter: standard input (-) can be read once only: filter or messages\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.ndjson").write_text("".join(LINES))


def test_any_filter_of_a_list_selects(pn: Command) -> None:
    Path("f.filters").write_text('# two\nmeta.a == "x" && data.n == 2\n\nmeta.a == "z"\n')
    Path("g.filter").write_text("data.n ==\n  1")
    assert pn("grep", "-f", "f.filters", "m.ndjson") == (0, LINES[2], "")
    assert pn("grep", "-f", "f.filters", "--file=g.filter", "m.ndjson").out == LINES[0] + LINES[2]
    assert pn("grep", "-v", "-f", "f.filters", "m.ndjson").out == LINES[0] + LINES[1]
    # All words are messages, as with -e, which adds a filter.
    assert pn("grep", "m.ndjson", "-f", "f.filters", "-e", "data.n == 1").out == LINES[0] + LINES[2]
    assert pn("grep", "-c", "-f", "-", "m.ndjson", stdin=b"data.n > 1\n") == (0, "2\n", "")
    messages = LINES[2].encode()
    assert pn("grep", "-c", "-f", "f.filters", stdin=messages) == (0, "1\n", "")
    assert pn("grep", "-c", "-f", "f.filters", "-", stdin=messages) == (0, "1\n", "")


def test_mistakes_in_a_list_are_shown_at_their_places(pn: Command) -> None:
    Path("f.filters").write_text('meta.a == "x")\nmeta.a == "x"\n(meta.a == "z"\n')
    ended = pn("grep", "-f", "f.filters", "m.ndjson")
    assert (ended.status, ended.out) == (2, "")
    assert "f.filters:1:14" in ended.err
    assert "f.filters:3:" in ended.err
    assert ended.err.endswith("not all filters can be read, so nothing is searched\n")
    Path("f.filters").write_text('meta.a == "x"\nmeta.a == "n*"\n')
    ended = pn("grep", "-f", "f.filters", "m.ndjson")
    assert (ended.status, ended.out, "f.filters:2:" in ended.err) == (0, LINES[0], True)
    assert "f.filters" not in pn("grep", "-s", "-f", "f.filters", "m.ndjson").err
    Path("f.filters").write_bytes(b"# nothing\n")
    assert pn("grep", "-f", "f.filters", "m.ndjson").err == (
        "pnfilter: no filter given: -f found none\n"
    )
    assert pn("grep", "-f", "none", "m.ndjson").status == 2
    Path("f.filters").write_bytes(b"meta.a == '\xff'\n")
    assert "f.filters:1:12: not UTF-8" in pn("grep", "-f", "f.filters", "m.ndjson").err


def test_a_list_has_a_limit(pn: Command) -> None:
    longest = "x" * (MAX_LENGTH // 2)
    Path("f.filters").write_text(f'meta.a == "{longest}"\nmeta.b == "{longest}"\n')
    ended = pn("grep", "-s", "-f", "f.filters", "m.ndjson")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "route --filters takes any number" in ended.err


def test_joined_filters_mean_any_of_them() -> None:
    """Parentheses and ``||`` change nothing of what each filter means alone."""
    filters = ["meta.a", "data.n > 1", "!meta.b", "meta.c == data.n || meta.a", "data.a LIKE 'x*'"]
    messages = [json.loads(line) for line in LINES] + [{"data": 1}, {"data": {"a": [1]}, "meta": 2}]
    for one in filters:
        for other in filters:
            joined = pnfilter.compile(f"({one}) || ({other})")
            for message in messages:
                apart = {pnfilter.compile(text).evaluate(message) for text in (one, other)}
                order = (Verdict.MATCH, Verdict.UNDECIDED, Verdict.NO_MATCH)
                expected = next(verdict for verdict in order if verdict in apart)
                assert joined.evaluate(message) is expected, (one, other, message)


FROM_STDIN = {
    "grep": ["-", "m.ndjson"],
    "diff": ["-", "data.n > 2", "m.ndjson"],
    "explain": ["-", "m.ndjson"],
    "fields": ["-"],
    "ast": ["-"],
    "encode": ["-"],
    "sql": ["-"],
    "compile": ["-"],
    "check": ["-"],
    "fmt": ["-"],
}


@pytest.mark.parametrize("command", FROM_STDIN)
def test_a_filter_from_standard_input(pn: Command, command: str) -> None:
    text = "data.n > 1"
    words = FROM_STDIN[command]
    option = ["-e", text] if command in {"check", "fmt"} else []
    given = pn(command, *(option or [text if word == "-" else word for word in words]))
    ended = pn(command, *words, stdin=text.encode() + b"\n" * (command != "ast"))
    assert (ended.status, ended.out) == (given.status, given.out)
    assert "Traceback" not in ended.err
    assert pn(command, *words, stdin=b"\xff").status == 2


@pytest.mark.parametrize(
    "words",
    [
        ["grep", "-"],
        ["grep", "-", "-"],
        ["grep", "-", "m.ndjson", "-"],
        ["grep", "-f", "-"],
        ["grep", "-f", "-", "-"],
        ["diff", "-", "meta.a"],
        ["diff", "meta.a", "-", "-"],
        ["explain", "-"],
        ["explain", "-", "-"],
    ],
    ids=" ".join,
)
def test_filter_and_messages_both_from_standard_input(pn: Command, words: list[str]) -> None:
    assert pn(*words, stdin=b"meta.a") == (2, "", ONCE)


def test_two_filters_from_standard_input(pn: Command) -> None:
    ended = pn("diff", "-", "-", "m.ndjson", stdin=b"meta.a")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "once only" in pn("grep", "-f", "-", "-f", "-", "m.ndjson", stdin=b"meta.a").err


def test_a_dash_after_an_option_is_a_text(pn: Command) -> None:
    assert pn("grep", "-e", "-", "m.ndjson").status == 2


@pytest.mark.parametrize(
    "words",
    [
        ["grep", "-f", "--", "m.ndjson"],
        ["grep", "--file=--", "m.ndjson"],
        ["grep", "-e", "--", "m.ndjson"],
        ["check", "--schema", "--", "f.filters"],
        ["check", "--baseline=--", "f.filters"],
    ],
    ids=" ".join,
)
def test_two_dashes_are_no_value(pn: Command, words: list[str]) -> None:
    ended = pn(*words)
    assert (ended.status, ended.out) == (2, "")
    assert " needs a value: F" in ended.err
