"""Parts of sentences: what is counted, and a text that may be too long."""

from __future__ import annotations

#: Characters of a part of a filter that a sentence quotes.
MAX_QUOTED = 40


def plural(number: int, one: str, many: str = "") -> str:
    """``branch``, ``branches``: the noun for so many; many end in -s unless given."""
    return one if number == 1 else many or f"{one}s"


def counted(number: int, one: str, many: str = "") -> str:
    """``1 branch``, ``10,000 branches``: see ``plural``."""
    return f"{number:,} {plural(number, one, many)}"


def shortened(text: str, most: int = MAX_QUOTED) -> str:
    """The text in at most so many characters: where it is longer, "…" stands for the rest."""
    return text if len(text) <= most else f"{text[: max(0, most - 1)]}…"
