"""Filters found in files, positions of their characters, comments that ignore findings."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

from pnfilter.diagnostics import Diagnostic, Position, Span, line_starts, position_of
from pnfilter.extraction.pieces import Joined, outer_span
from pnfilter.extraction.tokens import starts_of_lines
from pnfilter.records import replace
from pnfilter.syntax.holes import Hole


class Outer:
    """A file: its path as named or found, its text, and its language."""

    def __init__(self, path: str, source: str, language: str) -> None:
        self.path = path
        self.source = source
        self.language = language

    @cached_property
    def starts(self) -> Sequence[int]:
        """The offset of each line's first character."""
        return starts_of_lines(self.source)

    @cached_property
    def doubles(self) -> Sequence[int]:
        """The offset of each character that is two code units of UTF-16."""
        if self.source.isascii():
            return []
        return [match.start() for match in re.finditer("[\U00010000-\U0010ffff]", self.source)]


class ExtractedFilter:
    """A filter of a file.

    ``text`` has ``{name}`` for what the program fills in; ``holes`` has their positions, and what
    is known of their values. ``path``, ``line`` and ``column`` (from 1, in characters) are where
    the filter is in the file, ``language`` the language of the file, and ``by`` the name that
    holds the filter. ``kind`` is ``"app-context"`` for a filter of App Context, for the list of an
    ``entity`` (``"users"``, ``"channels"``, ``"memberships"`` or ``"members"``), else ``"stream"``,
    for an empty one. ``left_out`` is why the text is not taken for a filter, else empty.

    The filter of a constant or of a function is where that is used; ``definition`` is where its
    text starts, and None for a filter written where it is used. ``origin`` is the path and the
    position of a text that another file has; its characters are at the name that is imported.
    """

    def __init__(
        self,
        outer: Outer,
        made: Joined,
        by: str,
        left_out: str = "",
        *,
        used: Span | None = None,
        entity: str = "",
        origin: tuple[str, Position] | None = None,
    ) -> None:
        self.origin = origin
        self._outer = outer
        self._made = made
        self._used = used
        self.text = made.text
        self.holes: tuple[Hole, ...] = made.holes
        self.path = outer.path
        self.language = outer.language
        self.by = by
        self.left_out = left_out
        self.kind = "app-context" if entity else "stream"
        self.entity = entity

    def __repr__(self) -> str:
        return f"<ExtractedFilter {self.path}:{self.line}:{self.column} {self.text!r}>"

    @property
    def source(self) -> str:
        """The text of the file."""
        return self._outer.source

    def outer(self, span: Span) -> Span:
        """Return where characters of the filter are, as offsets in the file."""
        return Span(*outer_span(self._made, *span))

    def offsets(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return start and end in the file of each character of the filter."""
        return self._made.starts, self._made.ends

    def outer_range(self) -> Span:
        """Return the offsets in the file of the filter's first character and of its end."""
        return self.outer(Span(0, len(self.text)))

    def near(self, offset: int, most: int) -> Span:
        """Return a line's characters round a position of the file, ``most`` on each side."""
        starts = self._outer.starts
        line = bisect_right(starts, offset)
        end = starts[line] if line < len(starts) else len(self.source)
        return Span(max(starts[line - 1], offset - most), min(end, offset + most))

    def units(self, position: Position) -> Position:
        """Return a position in the file with its column in code units of UTF-16."""
        start = self._outer.starts[position.line - 1]
        doubles = self._outer.doubles
        more = bisect_left(doubles, start + position.column - 1) - bisect_left(doubles, start)
        return Position(position.line, position.column + more)

    def places(self, span: Span) -> tuple[Position, Position]:
        """Return line and column in the file of both ends of some characters of the filter."""
        start, end = self.outer(span)
        return position_of(start, self._outer.starts), position_of(end, self._outer.starts)

    def position(self, offset: int) -> Position:
        """Return a filter character's line and column in the file; its length is the end."""
        place = outer_span(self._made, offset, offset)[0]
        return position_of(place, self._outer.starts)

    @property
    def _range(self) -> tuple[Position, Position]:
        if self._used is None:
            return self.places(Span(0, len(self.text)))
        start, end = self._used
        return position_of(start, self._outer.starts), position_of(end, self._outer.starts)

    @property
    def definition(self) -> Position | None:
        """The position of the text's first character, if the filter is used elsewhere."""
        return None if self._used is None else self.position(0)

    @property
    def start(self) -> Position:
        """The position of the filter in the file."""
        return self._range[0]

    @property
    def line(self) -> int:
        """The line of the file in which the filter is."""
        return self.start.line

    @property
    def column(self) -> int:
        """The column of the file in which the filter is."""
        return self.start.column

    @property
    def end(self) -> Position:
        """The position in the file after the filter's last character."""
        return self._range[1]

    def place(self, diagnostic: Diagnostic) -> Diagnostic:
        """Return a finding about the filter as one about the file, without its fix."""
        return replace(diagnostic, span=self.outer(diagnostic.span), fix=None)

    def as_dict(self) -> dict[str, Any]:
        """Return the filter as JSON values."""
        start, end = self._range
        definition = self.definition
        return {
            "file": self.path,
            "line": start.line,
            "column": start.column,
            "end_line": end.line,
            "end_column": end.column,
            "language": self.language,
            "kind": self.kind,
            **({"entity": self.entity} if self.entity else {}),
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
            **({"definition": definition._asdict()} if definition is not None else {}),
            **(
                {"definition": {"file": self.origin[0], **self.origin[1]._asdict()}}
                if self.origin is not None
                else {}
            ),
            **({"left_out": self.left_out} if self.left_out else {}),
        }


_COMMENT = re.compile(
    r"(?:#|//|--|/\*|<!--|;|\*)[ \t]*pnfilter:[ \t]*ignore\b(?:[ \t]*\[(?P<codes>[^\[\]\r\n]*+)\])?"
)


@lru_cache(maxsize=8)
def _comments(source: str) -> dict[int, frozenset[str]]:
    """Return the codes ignored on each line; an empty set means all."""
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
            # A comment alone on its line applies to the next one.
            found.setdefault(line + 1, codes)
    return found


def is_ignored(source: str, line: int, code: str) -> bool:
    """Return whether a comment on a line, or alone on the line above, ignores a code."""
    codes = _comments(source).get(line)
    if codes is None:
        return False
    return not codes or any(code[:size] in codes for size in range(1, len(code) + 1))
