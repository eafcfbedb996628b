"""Comments that keep findings from being told: ``# pnfilter: ignore[W403]``."""

from __future__ import annotations

import re
from functools import lru_cache

from pnfilter.diagnostics import line_starts, position_of

_COMMENT = re.compile(
    r"(?:#|//|--|/\*|<!--|;|\*)[ \t]*pnfilter:[ \t]*ignore\b(?:[ \t]*\[(?P<codes>[^\[\]\r\n]*+)\])?"
)


@lru_cache(maxsize=8)
def _comments(source: str) -> dict[int, frozenset[str]]:
    """The codes that are ignored on each line; none stands for all."""
    if "pnfilter:" not in source:
        return {}
    starts = line_starts(source)
    found: dict[int, frozenset[str]] = {}
    last = 0
    for match in _COMMENT.finditer(source):
        line, _ = position_of(match.start(), starts)
        codes = frozenset(re.findall(r"[\w-]+", (match["codes"] or "").upper()))
        found[line] = codes
        is_first, last = line != last, line
        if is_first and not source[starts[line - 1] : match.start()].strip():
            # Alone on its line it is meant for the next one.
            found.setdefault(line + 1, codes)
    return found


def is_ignored(source: str, line: int, code: str) -> bool:
    """Whether a comment on a line, or alone on the line above, says that a code isn't wanted there."""
    codes = _comments(source).get(line)
    if codes is None:
        return False
    return not codes or any(code[:size] in codes for size in range(1, len(code) + 1))
