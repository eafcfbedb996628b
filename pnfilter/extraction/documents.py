"""Filters in documents: files and blocks of Markdown that hold filters only, addresses in scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.extraction.configuration import with_holes
from pnfilter.extraction.pieces import Literal, decoded, has_text, joined, plain
from pnfilter.extraction.sites import Site, addresses

MARKDOWN = (".md", ".markdown", ".mdx", ".rst")
#: Files that hold a filter, or one a line.
FILTER_FILES = (".filter", ".filters")
SCRIPTS = (".sh", ".bash", ".zsh", ".http", ".rest", ".curl")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_ENCODED = re.compile(
    r"--data-urlencode[ \t=]+(?:\"filter-expr=(?P<double>(?:[^\"\\]|\\.)*)\"|'filter-expr=(?P<single>[^']*)')",
    re.DOTALL,
)
_FENCE = re.compile(
    r"^(?P<quote>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?:pnfilter[- ])?(?P<kind>filters?)\b[^\r\n]*\r?\n"
    r"(?P<content>.*?)^[ \t>]*(?P=fence)",
    re.MULTILINE | re.DOTALL,
)


def fences(source: str) -> Iterator[Site]:
    """The blocks marked ``filter``, one filter each, and ``filters``, one a line."""
    for match in _FENCE.finditer(source):
        lines = list(_lines(source, match.span("content"), match["quote"].count(">")))
        yield from _blocks(lines, match["kind"])


def whole(source: str, extension: str) -> Iterator[Site]:
    """The filters of a file that holds nothing else: one, or one a line."""
    return _blocks(list(_lines(source, (0, len(source)), 0)), extension.removeprefix("."))


def _blocks(lines: list[Literal], kind: str) -> Iterator[Site]:
    """Lines as one filter, or as one each, where one that starts with ``#`` is a comment."""
    blocks = [lines]
    if kind == "filters":
        blocks = [[line] for line in lines if not line.text.lstrip().startswith("#")]
    for block in blocks:
        if has_text(list(block)):
            yield Site(joined(block), kind)


def _lines(source: str, span: tuple[int, int], depth: int) -> Iterator[Literal]:
    """The lines of a block, without the marks of the quotations that it stands in."""
    marks = re.compile(rf"(?:[ \t]*>){{0,{depth}}}")
    for line in _LINE.finditer(source, *span):
        found = marks.match(source, *line.span())
        yield plain(source, found.end() if found else line.start(), line.end())


def in_addresses(source: str) -> Iterator[Site]:
    """The filters of addresses anywhere in a text, and of curl's ``--data-urlencode``."""
    for match in _ENCODED.finditer(source):
        start, end = match.span("double" if match["double"] is not None else "single")
        raw = match["double"] is None
        value = decoded(source, start, end, "raw" if raw else "c", '"')
        if has_text([value]):
            yield Site(joined([value] if raw else with_holes(value)), "filter-expr")
    for match in re.finditer(r"[?&]filter-expr=[^\s\"'<>]+", source):
        for found in addresses([plain(source, match.start(), match.end())]):
            yield Site(joined(found), "filter-expr")
