"""Where characters of a filter stand in the file that it comes from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from pnfilter.diagnostics import Position, Span, line_starts
from pnfilter.records import NamedTuple

#: The last character that is one code unit of UTF-16.
_LAST_SINGLE = "\uffff"


class Place(NamedTuple):
    """Where a finding stands in its file: 1-based, the end exclusive."""

    start: Position
    end: Position


class Locator:
    """The places of one filter's characters in its file.

    A filter that stands in its file as it is read is offset by where it begins. One that is
    written otherwise there, as a literal of a programming language, needs a locator of its own.
    """

    def __init__(self, text: str, first: Position) -> None:
        self._text, self._first = text, first
        self._starts = line_starts(text)
        self._places_of_doubles: list[int] | None = None

    def place(self, span: Span) -> Place:
        """Line and column of both ends, in characters."""
        return Place(*(self._position(offset, 0) for offset in span))

    def units(self, span: Span) -> Place:
        """The same with columns in code units of UTF-16, of which a character has one or two."""
        return Place(*(self._position(offset, self._doubles(offset)) for offset in span))

    def written(self, text: str) -> str | None:
        """How a text that is inserted is written in the file; None where that isn't known."""
        return text

    def _position(self, offset: int, more: int) -> Position:
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + more + 1
        if line == 1:
            column += self._first.column - 1
        return Position(self._first.line + line - 1, column)

    def _doubles(self, offset: int) -> int:
        """Characters of two code units before one, on its line."""
        if self._places_of_doubles is None:
            self._places_of_doubles = [
                place for place, char in enumerate(self._text) if char > _LAST_SINGLE
            ]
        start = self._starts[bisect_right(self._starts, offset) - 1]
        places = self._places_of_doubles
        return bisect_left(places, offset) - bisect_left(places, start)
