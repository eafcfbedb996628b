"""What a benchmark found, as a table.

Every figure beside its peer's of the same run, and its bar.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One figure: what was measured, the figure, what it is beside, and whether its bar holds.

    ``bar`` says what was aimed at; ``holds`` is None for a figure without one.
    """

    what: str
    figure: str
    beside: str
    bar: str = ""
    holds: bool | None = None


_HELD = {True: "held", False: "**missed**", None: ""}
_HEAD = ("what", "figure", "beside", "bar", "")


def as_markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table that is also read well as it stands."""
    found = [(row.what, row.figure, row.beside, row.bar, _HELD[row.holds]) for row in rows]
    cells = [[cell.replace("|", "\\|") for cell in line] for line in (_HEAD, *found)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def machine() -> str:
    """The machine and the Python of this run, in a line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}"
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def at_most(ratio: float, bar: float) -> tuple[str, bool]:
    """The bar of a ratio that shall not be larger, and whether it holds."""
    return f"at most {bar:g}", ratio <= bar


def at_least(ratio: float, bar: float) -> tuple[str, bool]:
    """The bar of a ratio that shall not be smaller, and whether it holds."""
    return f"at least {bar:g}", ratio >= bar
