"""Filters in documents: blocks of Markdown that are marked as filters, addresses in scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.extraction.pieces import has_text, joined, plain
from pnfilter.extraction.sites import Site, addresses

MARKDOWN = (".md", ".markdown", ".mdx", ".rst")
SCRIPTS = (".sh", ".bash", ".zsh", ".http", ".rest", ".curl")
_FENCE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[ \t]*(?:pnfilter[- ])?(?P<kind>filters?)\b[^\r\n]*\r?\n"
    r"(?P<content>.*?)^[ \t>]*(?P=fence)",
    re.MULTILINE | re.DOTALL,
)


def fences(source: str) -> Iterator[Site]:
    """The blocks marked ``filter``, one filter each, and ``filters``, one a line."""
    for match in _FENCE.finditer(source):
        start, end = match.span("content")
        spans = [(start, end)]
        if match["kind"] == "filters":
            lines = re.compile(r"[^\r\n]+").finditer(source, start, end)
            spans = [line.span() for line in lines if not line[0].lstrip().startswith("#")]
        for first, last in spans:
            piece = plain(source, first, last)
            if has_text([piece]):
                yield Site(joined([piece]), match["kind"])


def in_addresses(source: str) -> Iterator[Site]:
    """The filters of addresses anywhere in a text."""
    for match in re.finditer(r"[?&]filter-expr=[^\s\"'<>]+", source):
        for found in addresses([plain(source, match.start(), match.end())]):
            yield Site(joined(found), "filter-expr")
