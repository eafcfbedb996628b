"""Bytes that a line must hold to match: a search for them leaves most lines unread.

A line holds a string of the filter unchanged, unless a backslash in the line spells it differently.
So every line with a backslash is a candidate, and a string that JSON can't write without one needs
no further treatment. LIKE ignores case: it searches the block in lower case, which is reliable for
ASCII only. So in a block with any other byte every line is a candidate.

This is about MATCH. An UNDECIDED line need not hold anything: ``5`` may equal ``"5"``, and ``data``
may be missing. To find these, the search would have to examine the surroundings of each value in
each line. That was tried and takes as long as decoding: no count of a line's parts rules out a
repeated key.

Equality with a number has no needle, since a number has many spellings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pnfilter.binding.predicates import (
    AllOf,
    AnyOf,
    Bound,
    Contains,
    Membership,
    Pattern,
    Predicate,
    StringEquality,
)
from pnfilter.records import NamedTuple

#: Needles for one filter: each takes a search.
MAX_NEEDLES: Final = 8
#: Bytes of the longest needle, and of the shortest that the C library finds faster.
MAX_LENGTH: Final = 64
MIN_LENGTH: Final = 4
#: Bytes between two needles from which one C library call each pays, and after how many bytes that
#: is measured.
MIN_GAP: Final = 2048
MIN_SEARCHED: Final = 1 << 20


class Needle(NamedTuple):
    """Bytes to find; in lower case if ``caseless``, and then in a line in lower case."""

    text: bytes
    caseless: bool = False


def needles_of(bound: Bound) -> frozenset[Needle]:
    """Return needles: each line that matches holds one of them, or a backslash.

    Empty if no needles are known.
    """
    match bound:
        case AllOf(conditions):
            found = [needles for each in conditions if (needles := needles_of(each))]
            return max(found, key=_worth, default=frozenset())
        case AnyOf(conditions):
            found = [needles_of(each) for each in conditions]
            joined = frozenset[Needle]().union(*found)
            return joined if all(found) and len(joined) <= MAX_NEEDLES else frozenset()
        case Predicate(negated=False):
            return frozenset(_of_predicate(bound))
        case _:
            return frozenset()


def _worth(needles: frozenset[Needle]) -> tuple[bool, int, int]:
    """Return the rank of a set of needles: few lines hold a long one."""
    caseless = any(needle.caseless for needle in needles)
    return not caseless, min(len(needle.text) for needle in needles), -len(needles)


def _of_predicate(predicate: Predicate) -> list[Needle]:
    match predicate:
        case StringEquality(_, string, "=="):
            return _quote(string)
        case Membership(_, strings, ()) if len(strings) <= MAX_NEEDLES:
            return [needle for string in strings for needle in _quote(string)]
        case Contains(_, str(string)):
            return _needle(string, caseless=False)
        case Pattern(_, parts):
            return _needle(max(parts, key=len), caseless=True)
        case _:
            return []


def _quote(string: str) -> list[Needle]:
    return _needle(f'"{string}"', caseless=False)


def _needle(text: str, *, caseless: bool) -> list[Needle]:
    # Part of a character's bytes is as selective as all. Only a digit lowers to a digit.
    found = text.encode()[:MAX_LENGTH]
    has_case = not text.isascii() or found != found.upper()
    return [Needle(found, caseless and has_case)] if found else []


class Prefilter:
    """Finds the lines of a block that hold a needle or a backslash."""

    def __init__(self, needles: frozenset[Needle]) -> None:
        self._exact = [
            _Search(needle.text) for needle in (*needles, Needle(b"\\")) if not needle.caseless
        ]
        self._caseless = [_Search(needle.text) for needle in needles if needle.caseless]

    def candidates(self, block: bytes) -> list[tuple[int, int]] | None:
        """Return start and end of each candidate line of a block, in order; None means all."""
        if self._caseless and not block.isascii():
            return None
        found: dict[int, int] = {}
        for search in self._exact:
            search.look(block, block, found)
        if self._caseless:
            lowered = block.lower()
            for search in self._caseless:
                search.look(block, lowered, found)
        return sorted(found.items())


class _Search:
    """Finds one needle. A rare one takes the C library a quarter of Python's time."""

    def __init__(self, needle: bytes) -> None:
        self._needle = needle
        self._memmem = _memmem() if len(needle) >= MIN_LENGTH else None
        self._size = self._count = 0

    def look(self, block: bytes, searched: bytes, found: dict[int, int]) -> None:
        """Add the lines of ``block`` that hold the needle at the same places as ``searched``."""
        needle, size = self._needle, len(searched)
        find = searched.find if self._memmem is None else self._memmem(searched)
        count, position = 0, find(needle, 0)
        while position >= 0:
            end = block.find(b"\n", position) + 1 or size
            found[block.rfind(b"\n", 0, position) + 1] = end
            count += 1
            position = find(needle, end) if end < size else -1
        self._size += size
        self._count += count
        if self._size > MIN_SEARCHED and self._count * MIN_GAP > self._size:
            self._memmem = None


def _memmem() -> Callable[[bytes], Callable[[bytes, int], int]] | None:
    """Return a ``find`` for bytes by the C library's search, if there is one."""
    import ctypes

    try:
        search = ctypes.CDLL(None).memmem
    except (OSError, AttributeError, TypeError):
        return None
    search.restype = ctypes.c_void_p
    search.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]

    def address_of(content: bytes) -> int:
        # Created only when needed: many blocks don't hold the needle.
        return ctypes.cast(ctypes.c_char_p(content), ctypes.c_void_p).value or 0

    def finder(searched: bytes) -> Callable[[bytes, int], int]:
        size, address = len(searched), 0

        def find(needle: bytes, start: int) -> int:
            nonlocal address
            where: int | bytes = searched
            if start:
                address = address or address_of(searched)
                where = address + start
            place: int | None = search(where, size - start, needle, len(needle))
            if place is None:
                return -1
            address = address or address_of(searched)
            return place - address

        return find

    return finder
