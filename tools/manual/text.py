"""Pieces of Markdown that are made of other texts."""

from __future__ import annotations

import re
from collections.abc import Iterable


def escaped(text: str) -> str:
    """Plain text, in which only code between backticks is kept as such."""
    parts = re.split(r"(`[^`\n]+`)", text)
    return "".join(
        part if number % 2 else re.sub(r"([\\*_<>\[\]{}#|~$^])", r"\\\1", part)
        for number, part in enumerate(parts)
    )


def fenced(text: str, language: str = "text") -> str:
    """A block of code, whatever it holds."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def indexed(*entries: str) -> str:
    """Entries of the site's index that lead here."""
    return "".join(f"```{{index}} single: {entry}\n```\n" for entry in entries)


def joined(parts: Iterable[str]) -> str:
    """Blocks one after another."""
    return "\n".join(part.rstrip() + "\n" for part in parts if part.strip())
