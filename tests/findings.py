"""Diagnostics as data: a filter, and under it what is found, at its place.

A block of a data file::

    region == "us" AND tier == 1
                   ^^^ E202 `AND` is not a valid operator
        help: write `&&`
        safe: region == "us" && tier == 1
    mended: region == "us" && tier == 1

``safe`` and ``unsafe`` are the text with that one fix made, ``mended`` is what ``fix`` makes of the
text where that is another. Blocks are parted by blank lines; a line that starts with ``# `` is a
comment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pnfilter import Diagnostic, check, fix
from pnfilter.diagnostics import apply_edits


def finding(diagnostic: Diagnostic, text: str) -> str:
    """One diagnostic under its text."""
    start, end = diagnostic.span
    carets = " " * start + "^" * max(1, end - start)
    rows = [f"{carets} {diagnostic.code} {diagnostic.message}"]
    if diagnostic.help:
        rows.append(f"    help: {diagnostic.help}")
    if diagnostic.fix is not None:
        kind = "safe" if diagnostic.fix.safe else "unsafe"
        rows.append(f"    {kind}: {apply_edits(text, diagnostic.fix.edits)}")
    return "\n".join(rows)


def block(text: str, **options: Any) -> str:
    """A filter of one line with all that ``check`` finds."""
    rows = [text, *(finding(diagnostic, text) for diagnostic in check(text, **options))]
    mended = fix(text)
    if mended != text:
        rows.append(f"mended: {mended}")
    return "\n".join(rows)


def blocks(path: Path) -> list[str]:
    """The blocks of a data file, without comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line.rstrip() for line in lines if not line.startswith("# "))
    return [part.strip("\n") for part in text.split("\n\n") if part.strip("\n")]


def text_of(found: str) -> str:
    """The filter of a block, which is its first line."""
    return found.partition("\n")[0]
