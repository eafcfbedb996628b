"""``compile``: the generated source, and how much of a filter is in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pnfilter
from pnfilter.compiler.program import MAX_LEAVES

from .conftest import Command

PAGE = Path(__file__).parents[2] / "docs" / "compiled-filters.md"


def test_the_source_is_that_of_the_filter(pn: Command) -> None:
    text = 'meta.net == "us" && data.mag >= 5'
    ended = pn("compile", text, "--show")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == pnfilter.compile(text).source
    assert f"# {text}\ndef outcome(\n    message,\n    c0='us',\n    c1=5,\n" in ended.out
    ast.parse(ended.out)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a == 1", "1 part: 1 compiled, 0 left to the interpreter\n"),
        ("a LIKE b", "1 part: 0 compiled, 1 left to the interpreter\n"),
        (
            'meta.net == "us" && data.a LIKE data.b',
            "2 parts: 1 compiled, 1 left to the interpreter\n",
        ),
        ("a == 'x' || a == 'y' || !(b)", "2 parts: 2 compiled, 0 left to the interpreter\n"),
        (
            " && ".join(["a && b"] * (MAX_LEAVES // 2 + 1)),
            "more than 10,000 parts: the interpreter evaluates this filter\n",
        ),
    ],
    ids=lambda text: text[:30],
)
def test_how_much_is_compiled(pn: Command, text: str, said: str) -> None:
    assert pn("compile", "-e", text) == (0, said, "")


def test_what_is_no_filter(pn: Command) -> None:
    ended = pn("compile", "a AND b", "--show")
    assert ended.status == 2
    assert ended.out == ""
    assert "E202" in ended.err


def test_a_control_character_does_not_reach_the_terminal(pn: Command) -> None:
    ended = pn("compile", "data['\x1b[2J'] == '\x1b[2J'", "--show")
    assert ended.status == 0
    assert "\x1b" not in ended.out
