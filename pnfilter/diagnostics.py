"""Spans, diagnostics and their rendering.

Exceptions of the package::

    ValueError
     └─ FilterSyntaxError     invalid filter: parse, compile, format, template
    TypeError                 a value the language or JSON doesn't have: Message, F, template

Imports only records from the package.
"""

from __future__ import annotations

import enum
from bisect import bisect_right

from pnfilter.records import NamedTuple, Record, draft_of, record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from dataclasses import KW_ONLY
    from typing import Any, ClassVar

#: Errors reported for one text; the parser stops after these.
MAX_ERRORS = 50
#: Columns of source shown around a span; a longer line is cut on both sides.
MAX_SHOWN_WIDTH = 120


class Span(NamedTuple):
    """Characters of a filter text, half-open: ``text[span.start:span.end]``."""

    start: int
    end: int


NOWHERE = Span(0, 0)
"""The span of a node that was not parsed from a text."""


class Severity(enum.StrEnum):
    """How severe a diagnostic is. An error means that the text is not a valid filter."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_SEVERITIES = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}


def severity_of(code: str) -> Severity:
    """Return the severity for the first letter of a code."""
    return _SEVERITIES[code[0]]


class Edit(NamedTuple):
    """Replace ``span`` by ``text``; an empty span inserts."""

    span: Span
    text: str


class _Reviewed:
    """A place, beside the fields of a fix, for what decides whether it is safe."""

    __slots__ = ("_review",)
    _review: Callable[[], bool]
    _fields: ClassVar[dict[str, Any]] = {}


class Fix(Record, _Reviewed, metaclass=record):
    """Edits that fix the cause of a diagnostic; they never overlap.

    ``safe`` is true if the edits can't change what the author meant: ``fix`` applies only safe ones
    by default. ``check`` finds that out when it is first asked for, as it takes another check, of
    the fixed text.
    """

    edits: tuple[Edit, ...]
    safe: bool = True

    @classmethod
    def reviewed(cls, edits: tuple[Edit, ...], review: Callable[[], bool]) -> Fix:
        """Return a fix that is safe if ``review()`` is true."""
        draft = object.__new__(draft_of(cls))
        draft.edits = edits
        draft._review = review
        draft.__class__ = cls
        made: Fix = draft
        return made

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            # Called only for what is not set.
            if name != "safe":
                raise AttributeError(name)
            safe = self._review()
            object.__setattr__(self, "safe", safe)
            return safe


class Diagnostic(Record, metaclass=record):
    """One finding in a filter text.

    ``code`` is a letter for the severity and three digits (``pnfilter rule CODE`` explains it).
    ``message`` states the fact, ``span`` says where it is, ``help`` what to write instead.
    """

    code: str
    message: str
    span: Span
    help: str = ""
    fix: Fix | None = None

    @property
    def severity(self) -> Severity:
        """Error, warning or info: the letter of the code."""
        return severity_of(self.code)


class Rule(Record, metaclass=record, compared=("code",)):
    """What all diagnostics of one code share; ``pnfilter rule CODE`` prints it.

    ``summary`` says what the rule finds, ``why`` why that matters. ``bad`` is a filter that has the
    fault, ``good`` the same filter fixed. ``options`` are the options of ``check`` that enable it.
    """

    code: str
    name: str
    _: KW_ONLY
    summary: str
    why: str
    bad: str
    good: str
    options: Mapping[str, Any] | None = None

    @property
    def severity(self) -> Severity:
        """Error, warning or info: the letter of the code."""
        return severity_of(self.code)

    def at(self, span: Span, message: str, help: str = "", fix: Fix | None = None) -> Diagnostic:
        """Return a diagnostic of this rule."""
        return Diagnostic(self.code, message, span, help, fix)


def without_promise(diagnostic: Diagnostic) -> Diagnostic:
    """Return the diagnostic with its fix marked as not safe."""
    fix = diagnostic.fix
    return replace(diagnostic, fix=Fix(fix.edits, safe=False)) if fix and fix.safe else diagnostic


class FilterSyntaxError(ValueError):
    """Raised for an invalid filter. ``diagnostics`` holds all errors, in the order of the text."""

    def __init__(self, text: str, diagnostics: Iterable[Diagnostic]) -> None:
        self.text = text
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(text, self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(render(diagnostic, self.text) for diagnostic in self.diagnostics)


class Position(NamedTuple):
    """1-based line and column for people, both in characters."""

    line: int
    column: int


def line_starts(text: str) -> list[int]:
    """Return the offset of each line's first character; LF, CRLF and a lone CR end a line."""
    starts = [0]
    position = 0
    for line in text.replace("\r\n", " \n").replace("\r", "\n").split("\n")[:-1]:
        position += len(line) + 1
        starts.append(position)
    return starts


def position_of(offset: int, starts: Sequence[int]) -> Position:
    """Return line and column of ``offset`` in a text with these ``line_starts``."""
    line = bisect_right(starts, offset) - 1
    return Position(line + 1, offset - starts[line] + 1)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Apply edits to ``text``; they must not overlap."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        pieces += text[position : edit.span.start], edit.text
        position = edit.span.end
    return "".join(pieces) + text[position:]


def to_dict(diagnostic: Diagnostic, text: str) -> dict[str, Any]:
    """Return the diagnostic as JSON values: character offsets, and 1-based line and column."""
    starts = line_starts(text)
    start, end = (position_of(offset, starts) for offset in diagnostic.span)
    result: dict[str, Any] = {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "span": {"start": diagnostic.span.start, "end": diagnostic.span.end},
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "fix": None,
    }
    if diagnostic.fix is not None:
        edits = [
            {"start": edit.span.start, "end": edit.span.end, "text": edit.text}
            for edit in diagnostic.fix.edits
        ]
        result["fix"] = {"safe": diagnostic.fix.safe, "edits": edits}
    return result


_COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;34"}


def paint(text: str, style: str, color: bool) -> str:
    """Return ``text`` in an ANSI style if ``color`` is on."""
    return f"\x1b[{style}m{text}\x1b[0m" if color else text


def printable(text: str) -> str:
    """Escape what a terminal would act on or can't show.

    Build servers act on commands anywhere in a line: ``##[…]`` and ``##vso[…]`` are escaped too.
    """
    if text.isascii() and text.isprintable() and "##" not in text:
        return text
    return "".join(_cells(text))


def _cells(text: str) -> list[str]:
    """Return what ``printable`` shows for each character."""
    cells = [
        char if char.isprintable() or char == " " else char.encode("unicode_escape").decode()
        for char in text
    ]
    if "##" in text:
        import re

        for found in re.finditer(r"(?<=#)#(?=\w*\[)", text):
            cells[found.start()] = r"\x23"
    return cells


def columns(text: str) -> int:
    """Return the terminal columns of a printable text: wide characters take two, marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(char) in {"Mn", "Me"} else 2 if east_asian_width(char) in "WF" else 1
        for char in text
    )


def render(
    diagnostic: Diagnostic,
    text: str,
    *,
    origin: str = "",
    first: Position = Position(1, 1),
    color: bool = False,
) -> str:
    """Render the diagnostic as a paragraph: message, position, the line with carets, help.

    ``origin`` names the file; ``first`` is the position of the text's first character in it.
    """
    starts = line_starts(text)
    line, column = position_of(diagnostic.span.start, starts)
    line_end = starts[line] if line < len(starts) else len(text)
    source = text[starts[line - 1] : line_end].rstrip("\r\n")
    begin = column - 1
    end = max(begin, min(len(source), diagnostic.span.end - starts[line - 1]))

    left = max(0, min(begin - MAX_SHOWN_WIDTH // 3, len(source) - MAX_SHOWN_WIDTH))
    right = min(len(source), left + MAX_SHOWN_WIDTH)
    cells = _cells(source[left:right].replace("\t", " "))
    before = "".join(cells[: begin - left])
    marked = "".join(cells[begin - left : end - left])
    after = "".join(cells[end - left :])
    lead, tail = ("…" if left else ""), ("…" if right < len(source) else "")

    style = _COLORS[diagnostic.severity]
    outer_line = first.line + line - 1
    outer_column = column + (first.column - 1 if line == 1 else 0)
    number = str(outer_line)
    gutter = " " * len(number)
    title = paint(f"{diagnostic.severity}[{diagnostic.code}]", style, color)
    bar = paint("|", "34", color)
    carets = paint("^" * max(1, columns(marked)), style, color)
    rows = [f"{title}: {paint(printable(diagnostic.message), '1', color)}"]
    if origin:
        place = f"{printable(origin)}:{outer_line}:{outer_column}"
        rows.append(f"{gutter} {paint('-->', '34', color)} {place}")
    rows.append(f"{gutter} {bar}")
    rows.append(f"{paint(number, '34', color)} {bar} {lead}{before}{marked}{after}{tail}")
    rows.append(f"{gutter} {bar} {' ' * columns(lead + before)}{carets}")
    if diagnostic.help:
        rows.append(f"{gutter} {paint('=', '34', color)} help: {printable(diagnostic.help)}")
    return "\n".join(rows)
