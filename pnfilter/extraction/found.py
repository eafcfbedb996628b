"""A filter that was found in a file, and where its characters stand there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from pnfilter.diagnostics import Diagnostic, Position, Span, line_starts, position_of
from pnfilter.extraction.pieces import Joined, outer_span
from pnfilter.records import replace
from pnfilter.syntax.holes import Hole


class Outer(NamedTuple):
    """A file: its path as it was named or found, its text, and what it is written in."""

    path: str
    source: str
    language: str


class ExtractedFilter:
    """A filter of a file.

    ``text`` has ``{name}`` where the program fills in something; ``holes`` says where these are, and
    what is known of that which fills them. ``path``, ``line`` and ``column`` (from 1, in characters) tell
    where the filter starts in the file, ``language`` what the file is written in, and ``by`` the name
    under which the filter stands there.
    """

    def __init__(self, outer: Outer, made: Joined, by: str) -> None:
        self._outer = outer
        self._made = made
        self.text = made.text
        self.holes: tuple[Hole, ...] = made.holes
        self.path = outer.path
        self.language = outer.language
        self.by = by

    def __repr__(self) -> str:
        return f"<ExtractedFilter {self.path}:{self.line}:{self.column} {self.text!r}>"

    @property
    def source(self) -> str:
        """The text of the file."""
        return self._outer.source

    def outer(self, span: Span) -> Span:
        """Where characters of the filter stand, as offsets in the file."""
        return Span(*outer_span(self._made, *span))

    @cached_property
    def _starts(self) -> Sequence[int]:
        return line_starts(self._outer.source)

    def position(self, offset: int) -> Position:
        """Line and column in the file of a character of the filter; its length is the end."""
        place = outer_span(self._made, offset, offset)[0]
        return position_of(place, self._starts)

    @property
    def line(self) -> int:
        """The line of the file in which the filter starts."""
        return self.position(0).line

    @property
    def column(self) -> int:
        """The column of the file in which the filter starts."""
        return self.position(0).column

    @property
    def end(self) -> Position:
        """The place in the file after the filter's last character."""
        return position_of(self.outer(Span(0, len(self.text))).end, self._starts)

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """A finding about the filter as one about the file, without its fix."""
        return replace(diagnostic, span=self.outer(diagnostic.span), fix=None)

    def as_dict(self) -> dict[str, Any]:
        """The filter as JSON values."""
        end = self.end
        return {
            "file": self.path,
            "line": self.line,
            "column": self.column,
            "end_line": end.line,
            "end_column": end.column,
            "language": self.language,
            "by": self.by,
            "text": self.text,
            "holes": [
                {
                    "name": hole.name,
                    "start": hole.span.start,
                    "end": hole.span.end,
                    "filling": hole.filling,
                }
                for hole in self.holes
            ],
        }
