"""Files that commands change: what they hold, and what changes in them."""

from __future__ import annotations

import os
from pathlib import Path

from pnfilter.cli.terminal import use_color

#: Bytes of the longest file that is formatted: it is held in memory as a whole.
MAX_FILE_BYTES = 256 << 20


def print_diff(before: bytes, after: bytes, origin: str) -> None:
    """Print what formatting or fixing changes in an input."""
    from difflib import unified_diff

    from pnfilter.diagnostics import paint, printable

    color = use_color()
    styles = {"+": "32", "-": "31", "@": "36"}
    # Bytes know the line ends of files only, a text would end at other characters of a filter, too.
    old, new = (
        [
            "\t".join(map(printable, line.decode(errors="replace").split("\t")))
            for line in content.splitlines()
        ]
        for content in (before, after)
    )
    name = printable(origin)
    for line in unified_diff(old, new, name, name, "before", "after", lineterm=""):
        style = "1" if line.startswith(("+++", "---")) else styles.get(line[:1], "")
        print(paint(line, style, color and bool(style)))


def read_code(file: Path) -> tuple[bytes, os.stat_result] | None:
    """What a file of source code holds, and its state; None for one too long to be searched."""
    from pnfilter.extraction.files import MAX_FILE_BYTES

    return read_file(file, MAX_FILE_BYTES)


def read_file(file: Path, limit: int) -> tuple[bytes, os.stat_result] | None:
    """What a regular file holds, and its state at that moment; None if it is longer."""
    from pnfilter.cli.filter_text import refuse_links
    from pnfilter.extraction.trees import read_regular_state

    refuse_links(str(file))
    content, state = read_regular_state(file, limit)
    return None if len(content) > limit else (content, state)
