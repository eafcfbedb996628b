"""Filters that a Dockerfile gives to the programs of an image: ``ENV PUBNUB_FILTER="…"``, ``ARG``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pnfilter.extraction.configuration import Quoted, is_wanted, with_holes
from pnfilter.extraction.languages import Escapes
from pnfilter.extraction.pieces import Literal, decoded, joined, picked, plain
from pnfilter.extraction.sites import Site

NAME: Final = "Dockerfile"
EXTENSION: Final = ".dockerfile"
#: Names of such files, and what those of several begin with: ``Dockerfile.bridge``.
FILE_NAMES: Final = ("dockerfile", "containerfile")

_INSTRUCTION = re.compile(r"^[ \t]*(?:ENV|ARG)[ \t]+", re.MULTILINE | re.IGNORECASE)
#: Blanks between the variables of one instruction, over the ends of lines too.
_BETWEEN = re.compile(r"(?:[ \t]|\\[ \t]*\r?\n(?:[ \t]*#[^\r\n]*\r?\n)*)*")
_PAIR = re.compile(r"(?P<key>[\w.\-]+)=")
_ALONE = re.compile(r"(?P<key>[\w.\-]+)[ \t]+(?=[^\s=])")
_LINE = re.compile(r"[^\r\n]*")
_WORD = re.compile(r"(?:\\[^\r\n]|[^\s\\])*")


def dockerfile_sites(source: str, keys: frozenset[str]) -> Iterator[Site]:
    """The filters of a Dockerfile."""
    quoted = Quoted(source)
    for instruction in _INSTRUCTION.finditer(source):
        for key, value in _variables(quoted, instruction.end()):
            if is_wanted(key, keys) and value.text.strip():
                yield Site(joined(with_holes(value)), key)


def _variables(quoted: Quoted, position: int) -> Iterator[tuple[str, Literal]]:
    """The variables of an instruction with their values."""
    source = quoted.source
    alone = _ALONE.match(source, position)
    if alone is not None:
        yield alone["key"], _rest_of_line(quoted, alone.end())
        return
    while (pair := _PAIR.match(source, position)) is not None:
        value, position = _value(quoted, pair.end())
        yield pair["key"], value
        between = _BETWEEN.match(source, position)
        assert between is not None
        if between.end() == position:
            return
        position = between.end()


def _value(quoted: Quoted, start: int) -> tuple[Literal, int]:
    """A value, and the place after it."""
    source = quoted.source
    quote = source[start : start + 1]
    if quote in ('"', "'"):
        end = quoted.end(start + 1, quote, "c" if quote == '"' else "raw")
        if end is not None:
            escapes: Escapes = "single" if quote == '"' else "raw"
            return decoded(source, start + 1, end, escapes, quote), end + 1
        return plain(source, start, start), len(source)
    word = _WORD.match(source, start)
    assert word is not None
    return _unescaped(source, start, word.end()), word.end()


def _rest_of_line(quoted: Quoted, start: int) -> Literal:
    source = quoted.source
    line = _LINE.match(source, start)
    assert line is not None
    end = start + len(line[0].rstrip())
    value, after = _value(quoted, start)
    return value if after == end else plain(source, start, end)


def _unescaped(source: str, start: int, end: int) -> Literal:
    """A value without quotes, in which a backslash stands before each blank."""
    kept = [
        match.end() - 1 for match in re.compile(r"\\?.", re.DOTALL).finditer(source, start, end)
    ]
    return picked(source, kept)
