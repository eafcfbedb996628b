"""Lists and ranges of values, as other languages write them: detected, and what they mean."""

from __future__ import annotations

import re
from typing import NamedTuple

from pnfilter.syntax.lexer import QUOTED
from pnfilter.syntax.nodes import quote

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
ITEM = rf"(?:{QUOTED}|{_NUMBER})"
#: What makes a list: `listOf(`, `Arrays.asList(`, `new HashSet<>(`, `new string[] {`, `[]string{`.
#: Names have limits, so that a long one takes no quadratic time.
_MAKER = (
    r"(?:new\s+)?(?:(?:\w{1,40}\.)?(?=\w{0,40}(?:list|set|array|vec|tuple|seq)|(?:of|any|c)\b)"
    r"\w{1,80}!?(?:<[\w<>, ]{0,80}>)?(?:\s*\(\))?|\w{0,40}\[\](?:\s*\w{1,40})?)\s*"
)
_OPEN, _CLOSE = r"[\[({]\s*", r"\s*[\])}]"
_LIST = re.compile(
    rf"(?:{_MAKER})?{_OPEN}((?:(?:\w{{1,40}}\.)?\w{{0,80}}\s*{_OPEN})?)"
    rf"({ITEM}(?:\s*,\s*{ITEM})*),?{_CLOSE}",
    re.IGNORECASE,
)
_CLOSED_TWICE = re.compile(_CLOSE)
#: ``%w[a b]`` of Ruby.
_WORDS = re.compile(r"%[wiWI][\[({]([\w\s.-]+)[\])}]")
#: ``1..5``, ``1..<5``, ``1 until 5``, ``range(1, 5)``; also in brackets.
_RANGE = re.compile(
    rf"([\[(]\s*)?({_NUMBER})\s*(\.\.\.?[<=]?|until\b|to\b)\s*({_NUMBER})(?(1)\s*[\])])(?!\w|\.[0-9])"
)
_RANGE_CALL = re.compile(
    rf"range\(\s*(?:({_NUMBER})\s*,\s*)?({_NUMBER})\s*(?:,\s*1\s*)?\)", re.IGNORECASE
)
#: Signs and words of ranges that leave the upper bound out.
_OPEN_ENDED = frozenset({"until", "..<", "...<"})


class Values(NamedTuple):
    """Values that are listed, separated by commas, or a range of numbers; and where they end."""

    end: int
    listed: str = ""
    several: bool = False
    low: str = ""
    high: str = ""
    below: bool = False

    def having(self, field: str, *, negated: bool = False) -> str:
        """Return the filter that asks whether a field is one of the values."""
        if self.listed:
            meant = (
                f"({self.listed}) CONTAINS {field}" if self.several else f"{field} == {self.listed}"
            )
        else:
            meant = f"{field} >= {self.low} && {field} {'<' if self.below else '<='} {self.high}"
        return f"!({meant})" if negated else meant


def values_at(text: str, start: int) -> Values | None:
    """Return the list or range of literals that begins at ``start``."""
    if found := _RANGE.match(text, start):
        return Values(found.end(), low=found[2], high=found[4], below=found[3] in _OPEN_ENDED)
    if found := _RANGE_CALL.match(text, start):
        return Values(found.end(), low=found[1] or "0", high=found[2], below=True)
    if found := _WORDS.match(text, start):
        words = [quote(word) for word in found[1].split()]
        return Values(found.end(), ", ".join(words), len(words) > 1) if words else None
    found = _LIST.match(text, start)
    if found is None:
        return None
    end = found.end()
    if found[1]:
        closed = _CLOSED_TWICE.match(text, end)
        if closed is None:
            return None
        end = closed.end()
    several = re.fullmatch(ITEM, found[2]) is None
    return Values(end, found[2], several)
