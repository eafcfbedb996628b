"""Parts of sentences: counted nouns, and shortened texts."""

from __future__ import annotations

#: Characters of a part of a filter that a sentence quotes.
MAX_QUOTED = 40


def plural(number: int, one: str, many: str = "") -> str:
    """Return the noun for a count: ``branch``, ``branches``; the plural adds -s unless given."""
    return one if number == 1 else many or f"{one}s"


def counted(number: int, one: str, many: str = "") -> str:
    """Return count and noun: ``1 branch``, ``10,000 branches``; see ``plural``."""
    return f"{number:,} {plural(number, one, many)}"


def shorten(text: str, most: int = MAX_QUOTED) -> str:
    """Return the text in at most ``most`` characters, with "…" in place of the rest."""
    return text if len(text) <= most else f"{text[: max(0, most - 1)]}…"
