"""Finds which of many strings a text contains, without trying each.

Each string is kept under one of its *grams*, its runs of three characters: the one under which
there are fewest others. A text contains only strings that are kept under a gram of its own.
Shorter strings are looked up whole, by the runs of one and two characters of the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

#: Characters of a gram.
SIZE: Final = 3
#: Trying a string takes as long as looking up this many characters of a text: about 40 ns, and as
#: much again for so many characters that are searched.
_TRY: Final = 0.5
_SEARCHED: Final = 1_000


class Substrings:
    """Strings, to be found in texts."""

    __slots__ = ("_grams", "_short", "_size")

    def __init__(self) -> None:
        self._short: set[str] = set()
        #: By gram, the strings that are kept under it.
        self._grams: dict[str, list[str]] = {}
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        yield from self._short
        for strings in self._grams.values():
            yield from strings

    def add(self, string: str) -> None:
        """Keep a string that isn't here."""
        if len(string) < SIZE:
            self._short.add(string)
            return
        self._size += 1
        grams = self._grams
        fewest: list[str] | None = None
        for gram in _grams(string):
            strings = grams.get(gram)
            if strings is None:
                grams[gram] = [string]
                return
            if fewest is None or len(strings) < len(fewest):
                fewest = strings
        assert fewest is not None
        fewest.append(string)

    def remove(self, string: str) -> None:
        """Drop a string that is here."""
        if len(string) < SIZE:
            self._short.discard(string)
            return
        for gram in _grams(string):
            strings = self._grams.get(gram, [])
            if string in strings:
                strings.remove(string)
                self._size -= 1
                if not strings:
                    del self._grams[gram]
                return

    def within(self, text: str) -> list[str]:
        """Return the strings that a text contains, each once."""
        found, length = self._short_within(text) if self._short else [], len(text)
        if self._size * (_TRY + length / _SEARCHED) <= length:
            for strings in self._grams.values():
                for string in strings:
                    if string in text:
                        found.append(string)
            return found
        get = self._grams.get
        for gram in {text[place : place + SIZE] for place in range(length - SIZE + 1)}:
            for string in get(gram, ()):
                if string in text:
                    found.append(string)
        return found

    def _short_within(self, text: str) -> list[str]:
        short, length = self._short, len(text)
        if len(short) <= 2 * length:
            return [string for string in short if string in text]
        runs = {""}.union(text, (text[place : place + 2] for place in range(length - 1)))
        return [run for run in runs if run in short]


def _grams(string: str) -> Iterator[str]:
    return (string[place : place + SIZE] for place in range(len(string) - SIZE + 1))
