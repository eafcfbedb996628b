"""Letters of which any may stand somewhere: ranges of them, and the kinds that have a name."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Final

Letters = Callable[[str], bool]
#: The first letter and the last one.
Range = tuple[str, str]
_LAST: Final = chr(sys.maxunicode)
#: Sorted, as everything that is looked up in.
KINDS: Final[Mapping[str, tuple[Range, ...]]] = {
    "d": (("0", "9"),),
    # RE2 has no vertical tab there, unlike Python.
    "s": (("\t", "\n"), ("\f", "\r"), (" ", " ")),
    "w": (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")),
}


def others(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """All letters that are in none of some sorted ranges, which neither touch nor hold the ends of all."""
    starts = ["\0", *(chr(ord(last) + 1) for _, last in ranges)]
    ends = [*(chr(ord(first) - 1) for first, _ in ranges), _LAST]
    return tuple(zip(starts, ends, strict=True))


def within(ranges: Iterable[Range], *, is_negated: bool) -> Letters:
    """Whether a letter is in any of some ranges, or in none; that takes no longer for many of them."""
    starts: list[str] = []
    ends: list[str] = []
    for first, last in sorted(ranges):
        if ends and first <= ends[-1]:
            ends[-1] = max(ends[-1], last)
        else:
            starts.append(first)
            ends.append(last)

    def letters(one: str) -> bool:
        place = bisect_right(starts, one)
        return (place > 0 and one <= ends[place - 1]) is not is_negated

    return letters
