"""What ``check`` found, and how much: as text, as JSON, or as GitHub workflow commands."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from pnfilter.cli.filter_text import FilterText
from pnfilter.cli.terminal import MAX_SHOWN, json_line, shown_name, tell, use_color
from pnfilter.diagnostics import (
    Diagnostic,
    Severity,
    printable,
)
from pnfilter.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self, TextIO

    from pnfilter.cli.filter_text import Locator, Place


class Report:
    """Takes the findings filter by filter, and writes as it goes; a context that frees it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def add(self, source: FilterText, found: Sequence[Diagnostic]) -> None:
        """One filter and its findings, if it has any."""
        if not found:
            return
        locator = source.locator()
        for diagnostic in found:
            self._add(source, diagnostic, locator)

    def _add(self, source: FilterText, diagnostic: Diagnostic, locator: Locator) -> None:
        """One finding of a filter."""

    def unreadable(self, message: str) -> None:
        """An input that could not be read."""

    def close(self) -> None:
        """The end of all findings."""

    def release(self) -> None:
        """Close what it has opened itself, also where the command ends before the report does."""


def show(source: FilterText, found: Sequence[Diagnostic]) -> None:
    """Findings on standard error, each with its carets and an empty line after it."""
    for paragraph in _paragraphs(source, found, color=use_color(sys.stderr)):
        tell(paragraph, end="\n\n")


def _paragraphs(source: FilterText, found: Sequence[Diagnostic], *, color: bool) -> Iterator[str]:
    for diagnostic in found[:MAX_SHOWN]:
        yield source.rendered(diagnostic, color=color)
    if len(found) > MAX_SHOWN:
        place = f"{shown_name(source.origin)}:{source.first.line}"
        yield f"{place}: and {len(found) - MAX_SHOWN:,} more in this filter"


class TextReport(Report):
    """Paragraphs for people."""

    def __init__(self, stream: TextIO, *, color: bool) -> None:
        super().__init__(stream)
        self._color = color

    def add(self, source: FilterText, found: Sequence[Diagnostic]) -> None:
        for paragraph in _paragraphs(source, found, color=self._color):
            print(paragraph, end="\n\n", file=self._stream)


class JsonReport(Report):
    """One array of objects, one a line; pure ASCII, so that no encoding can spoil it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._before = "["

    def _add(self, source: FilterText, diagnostic: Diagnostic, locator: Locator) -> None:
        found_at = as_object(source, diagnostic, locator.place(diagnostic.span))
        if refusal := source.refusal(diagnostic):
            found_at["fix"]["refused"] = refusal
        if locator.origin is not None:
            name, place = locator.origin
            found_at["definition"] = {"file": name, **place._asdict()}
        if locator.uses:
            found_at["uses"] = [use._asdict() for use in locator.uses]
        print(self._before, file=self._stream)
        self._stream.write("  " + json_line(found_at))
        self._before = ","

    def close(self) -> None:
        print("[]" if self._before == "[" else "\n]", file=self._stream)


def as_object(source: FilterText, diagnostic: Diagnostic, place: Place) -> dict[str, Any]:
    """A finding as JSON values: line and column in the file, offsets in the filter's text."""
    fix = diagnostic.fix
    return {
        "file": source.origin,
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "line": place.start.line,
        "column": place.start.column,
        "end_line": place.end.line,
        "end_column": place.end.column,
        "start": diagnostic.span.start,
        "end": diagnostic.span.end,
        "fix": fix
        and {
            "safe": fix.safe,
            "edits": [
                {"start": edit.span.start, "end": edit.span.end, "text": edit.text}
                for edit in fix.edits
            ],
        },
    }


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GithubReport(Report):
    """Workflow commands, which GitHub shows beside the lines of a change."""

    def _add(self, source: FilterText, diagnostic: Diagnostic, locator: Locator) -> None:
        place = locator.place(diagnostic.span)
        properties = {"file": source.origin} if source.is_file else {}
        properties |= _lines(place) | {"title": f"pnfilter {diagnostic.code}"}
        message = diagnostic.message
        if diagnostic.help:
            message += f"\nhelp: {diagnostic.help}"
        if locator.origin is not None:
            name, at = locator.origin
            message += f"\ndefined at {name}:{at.line}:{at.column}"
        message += "".join(f"\nused at {use.line}:{use.column}" for use in locator.uses)
        self._write(_LEVELS[diagnostic.severity], properties, message)

    def unreadable(self, message: str) -> None:
        self._write("error", {"title": "pnfilter"}, message)

    def _write(self, level: str, properties: dict[str, str], message: str) -> None:
        listed = ",".join(f"{name}={_escape(value, '%,:')}" for name, value in properties.items())
        print(f"::{level} {listed}::{_escape(message, '%')}", file=self._stream)


def _lines(place: Place) -> dict[str, str]:
    """The place as GitHub takes it: columns only where the first line is the last one, too."""
    start, end = place
    if start.line == end.line:
        return {
            "line": str(start.line),
            "col": str(start.column),
            "endLine": str(end.line),
            "endColumn": str(end.column),
        }
    return {"line": str(start.line), "endLine": str(end.line)}


def _escape(text: str, special: str) -> str:
    """The text as a workflow command takes it: special characters and line ends by number.

    What a terminal would act on, as in the name of a file, is written as an escape.
    """
    return "".join(
        f"%{ord(char):02X}" if char in special or char in "\r\n" else printable(char)
        for char in text
    )


class ConciseReport(Report):
    """One line for each finding: ``path:line:column: CODE message``."""

    def _add(self, source: FilterText, diagnostic: Diagnostic, locator: Locator) -> None:
        line, column = locator.place(diagnostic.span).start
        text = printable(f"{diagnostic.code} {diagnostic.message}")
        print(f"{shown_name(source.origin)}:{line}:{column}: {text}", file=self._stream)


class StatisticsReport(Report):
    """How many findings there are of each code, the commonest first: as columns or as JSON."""

    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        super().__init__(stream)
        self._as_json = as_json
        self._counts: Counter[str] = Counter()

    def add(self, source: FilterText, found: Sequence[Diagnostic]) -> None:
        del source
        self._counts.update(diagnostic.code for diagnostic in found)

    def close(self) -> None:
        from pnfilter.lint.table import CODES

        rows = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        if self._as_json:
            listed = [
                {"code": code, "name": CODES[code][0], "count": count} for code, count in rows
            ]
            print(json_line(listed), file=self._stream)
            return
        width = max((len(f"{count:,}") for _, count in rows), default=0)
        for code, count in rows:
            print(f"{count:{width},}  {code}  {CODES[code][0]}", file=self._stream)


class Tally:
    """Counts for the last line: filters, findings that were shown, findings that were not."""

    def __init__(self) -> None:
        self.filters = 0
        self.unreadable = 0
        #: By command: findings that `--fix` fixes, and those that need `--unsafe-fixes`.
        self.fixable: Counter[str] = Counter()
        self.unsafely_fixable: Counter[str] = Counter()
        self.hidden_infos = 0
        #: Findings that a baseline has, and those of the baseline that are no more.
        self.known = self.gone = 0
        self.shown: Counter[Severity] = Counter()

    def add(
        self,
        hidden: Sequence[Diagnostic],
        shown: Sequence[Diagnostic],
        *,
        command: str = "fmt",
        refusal: Callable[[Diagnostic], str] | None = None,
    ) -> None:
        """The findings of one filter: those that the selection hides, and those that are shown.

        ``command`` is the one whose ``--fix`` fixes the filter, empty without one; ``refusal`` is
        ``FilterText.refusal``.
        """
        self.filters += 1
        for diagnostic in shown:
            self.shown[diagnostic.severity] += 1
            fix = diagnostic.fix
            if not command or fix is None or (refusal is not None and refusal(diagnostic)):
                continue
            if fix.safe:
                self.fixable[command] += 1
            # `fmt` leaves hints alone, and knows no schema.
            elif diagnostic.severity is not Severity.INFO and not diagnostic.code.startswith("W44"):
                self.unsafely_fixable[command] += 1
        self.hidden_infos += sum(diagnostic.severity is Severity.INFO for diagnostic in hidden)

    def summary(self) -> str:
        """One sentence: ``3 filters checked: 1 error, 2 warnings (1 fixable by fmt --fix)``."""
        parts = [
            counted(self.shown[severity], severity) for severity in Severity if self.shown[severity]
        ]
        text = "no filter checked"
        if self.filters:
            text = f"{counted(self.filters, 'filter')} checked: {', '.join(parts) or 'no problems'}"
        notes = []
        for command, number in self.fixable.items():
            notes.append(f"{number:,} can be fixed by: pnfilter {command} --fix")
        for command, number in self.unsafely_fixable.items():
            fixes = counted(number, "unsafe fix", "unsafe fixes")
            notes.append(f"{fixes} by: pnfilter {command} --unsafe-fixes")
        if self.hidden_infos:
            notes.append(f"{counted(self.hidden_infos, 'info')} hidden, shown by --select ALL")
        if self.known:
            notes.append(f"{self.known:,} of the baseline not shown")
        if self.gone:
            notes.append(f"{self.gone:,} of the baseline gone: write it again")
        if notes:
            text += f" ({'; '.join(notes)})"
        if self.unreadable:
            text += f"; {counted(self.unreadable, 'input')} could not be read"
        return text
