"""LIKE: patterns, and how to match a string."""

from __future__ import annotations


def fold(text: str) -> str:
    """Lower-case each character on its own, as LIKE compares (assumed beyond ASCII)."""
    # str.lower looks at neighbours for a capital sigma only.
    if "Σ" not in text:
        return text.lower()
    return "".join(char.lower() for char in text)


def pattern_parts(raw: str) -> tuple[str, ...]:
    r"""Return the folded strings between a pattern's wildcards; ``\*`` is not a wildcard."""
    parts: list[list[str]] = [[]]
    chars = iter(raw)
    for char in chars:
        if char == "*":
            parts.append([])
        else:
            parts[-1].append(next(chars) if char == "\\" else char)
    return tuple(fold("".join(part)) for part in parts)


def like(text: str, parts: tuple[str, ...]) -> bool:
    """Return whether a pattern matches a whole string, ignoring case (recorded, documented).

    Each part is searched once from where the last one ended: no backtracking.
    """
    text = fold(text)
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return text == first
    position, end = len(first), len(text) - len(last)
    if position > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for part in parts[1:-1]:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True
