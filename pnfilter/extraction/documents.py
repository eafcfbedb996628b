"""Filters in documents: files and blocks of Markdown that hold filters only, addresses in scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.extraction.configuration import Quoted, with_holes
from pnfilter.extraction.pieces import Literal, has_text, joined, plain
from pnfilter.extraction.sites import Site, addresses

MARKDOWN = (".md", ".markdown", ".mdx", ".rst")
#: Files that hold a filter, or one a line.
FILTER_FILES = (".filter", ".filters")
SCRIPTS = (".sh", ".bash", ".zsh", ".http", ".rest", ".curl")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_ENCODED = re.compile(r"--data-urlencode[ \t=]+(?P<quote>[\"'])filter-expr=")
#: A line that begins or ends a block, and the rest of one that begins a block of filters.
_FENCE = re.compile(r"^(?P<quote>[ \t>]*+)(?P<fence>`{3,}+|~{3,}+)", re.MULTILINE)
_MARKED = re.compile(r"[ \t]*+(?:pnfilter[- ])?(?P<kind>filters?)\b[^\r\n]*\r?\n")


def fences(source: str) -> Iterator[Site]:
    """The blocks marked ``filter``, one filter each, and ``filters``, one a line."""
    found = list(_FENCE.finditer(source))
    ends = _ends([match["fence"] for match in found])
    position = 0
    for match, end in zip(found, ends, strict=True):
        marked = _MARKED.match(source, match.end()) if match.start() >= position else None
        if marked is not None and end is not None:
            position = found[end].end()
            content = marked.end(), found[end].start()
            lines = list(_lines(source, content, match["quote"].count(">")))
            yield from _blocks(lines, marked["kind"])


def _ends(fences: list[str]) -> list[int | None]:
    """For each fence the next of its sign that is as long or longer, which ends its block."""
    ends: list[int | None] = []
    longer: dict[str, list[int]] = {}
    for index in range(len(fences) - 1, -1, -1):
        fence = fences[index]
        later = longer.setdefault(fence[0], [])
        while later and len(fences[later[-1]]) < len(fence):
            later.pop()
        ends.append(later[-1] if later else None)
        later.append(index)
    return ends[::-1]


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
    quoted = Quoted(source)
    for match in _ENCODED.finditer(source):
        raw = match["quote"] == "'"
        value = quoted.text(match.end(), match["quote"], "raw" if raw else "c")
        if value is not None and has_text([value]):
            yield Site(joined([value] if raw else with_holes(value)), "filter-expr")
    for match in re.finditer(r"[?&]filter-expr=[^\s\"'<>]+", source):
        for found in addresses([plain(source, match.start(), match.end())]):
            yield Site(joined(found), "filter-expr")
