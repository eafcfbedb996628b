"""Filters of source code for the commands: files of a project, findings, positions for reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pnfilter.cli.filter_text import FilterText, Locator, Place, ReadFailure
from pnfilter.cli.terminal import CommandError, reason_of, shown_name
from pnfilter.diagnostics import MAX_SHOWN_WIDTH, Diagnostic, Position, Span, render
from pnfilter.extraction.project import Project
from pnfilter.extraction.result import ExtractedFilter, is_ignored
from pnfilter.extraction.settings import Settings
from pnfilter.records import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pnfilter.cli.code_fixes import Forecast
    from pnfilter.cli.progress import Progress

#: Uses of one filter that a finding names.
MAX_USES = 10


def project_of(
    names: Sequence[str], settings: Settings | None, *, with_left_out: bool = False
) -> Project:
    """The files below some paths; ``CommandError`` for a path that isn't there."""
    try:
        paths = [Path(name) for name in names]
        return Project(paths, settings or Settings(), with_left_out=with_left_out)
    except OSError as error:
        raise CommandError(reason_of(error)) from None


def size_of(project: Project) -> int:
    """Bytes of all files of a project."""
    return sum(map(bytes_of, project.files))


def bytes_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


class CodeFilter(FilterText):
    """A filter that a program sets, with its place in the file.

    ``uses`` are where the program uses a text that it has elsewhere. ``forecast`` knows what
    ``--fix`` would do, None where that doesn't matter.
    """

    extracted: ExtractedFilter
    uses: list[Position]
    forecast: Forecast | None

    @classmethod
    def of(cls, extracted: ExtractedFilter, forecast: Forecast | None = None) -> CodeFilter:
        """The filter as the reports take it."""
        made = cls(extracted.text, extracted.path, extracted.position(0), 0)
        made.extracted = extracted
        made.uses = [extracted.start] if extracted.definition is not None else []
        made.forecast = forecast
        return made

    @property
    def is_file(self) -> bool:
        """Always."""
        return True

    def is_whole(self, *, holes: bool) -> bool:
        """Whether it is a stream filter in which the program fills in nothing."""
        del holes  # Those of a program are known.
        return not self.extracted.holes and self.extracted.kind == "stream"

    def found(self, options: dict[str, Any]) -> Iterable[Diagnostic]:
        """What is wrong with it, with any filling of its holes."""
        from pnfilter.lint.check import check
        from pnfilter.lint.rules.placeholders import check_holes

        extracted = self.extracted
        if extracted.kind == "app-context":
            from pnfilter.lint.app_context import check_app_context

            return check_app_context(extracted.text, extracted.entity, extracted.holes)
        others = ("holes", "language", "entity")
        options = {name: value for name, value in options.items() if name not in others}
        if extracted.holes:
            return check_holes(extracted.text, extracted.holes, lambda text: check(text, **options))
        return check(extracted.text, **options)

    def is_wanted(self, diagnostic: Diagnostic) -> bool:
        """Whether no comment beside the filter, or beside the finding, ignores it."""
        extracted = self.extracted
        places = (extracted.start, extracted.position(diagnostic.span.start), *self.uses)
        lines = {place.line for place in places}
        return not any(is_ignored(extracted.source, line, diagnostic.code) for line in lines)

    @property
    def fixed_by(self) -> str:
        """The command that fixes it inside its literals."""
        return "check"

    def refusal(self, diagnostic: Diagnostic) -> str:
        """Why ``--fix`` leaves it alone, as far as that was asked for."""
        fix = diagnostic.fix
        if self.forecast is None or fix is None:
            return ""
        return self.forecast.refusal(self.extracted, unsafe=not fix.safe)

    def rendered(self, diagnostic: Diagnostic, *, color: bool = False) -> str:
        """A finding as a paragraph that shows the line of the file."""
        extracted = self.extracted
        placed = extracted.place(diagnostic)
        start, end = placed.span
        # No more of a line than is shown of it, which may be all of a file.
        near = extracted.near(start, 2 * MAX_SHOWN_WIDTH)
        line, column = extracted.position(diagnostic.span.start)
        first = Position(line, column - start + near.start)
        shown = replace(placed, span=Span(start - near.start, min(end, near.end) - near.start))
        text = extracted.source[near.start : near.end]
        text = render(shown, text, origin=self.origin, first=first, color=color)
        if extracted.origin is not None:
            path, (line, column) = extracted.origin
            text += f"\n  = defined at {shown_name(path)}:{line}:{column}"
        return text + "".join(
            f"\n  = used at {use.line}:{use.column}" for use in self.uses[:MAX_USES]
        )

    def locator(self) -> CodeLocator:
        """Finds the place of its characters in the file."""
        return CodeLocator(self)


class CodeLocator(Locator):
    """The places of a filter's characters in a file of source code."""

    def __init__(self, source: CodeFilter) -> None:
        self._extracted = source.extracted
        self.origin = source.extracted.origin
        self.uses = source.uses[:MAX_USES]
        self.uses_in_units = [*map(source.extracted.units, self.uses)]

    def place(self, span: Span) -> Place:
        """Line and column of both ends in the file."""
        return Place(*self._extracted.places(span))

    def units(self, span: Span) -> Place:
        """The same with columns in code units of UTF-16."""
        return Place(*map(self._extracted.units, self._extracted.places(span)))

    def written(self, text: str) -> str | None:
        """The text where it needs no escape in any language."""
        return text if re.fullmatch(r"[\w\s.=<>!&|()]*", text, re.ASCII) else None


def code_filters(
    project: Project,
    progress: Progress,
    *,
    each_use: bool = False,
    forecast: Forecast | None = None,
) -> Iterator[CodeFilter | ReadFailure]:
    """Every filter of a project's files, and the files and folders that can't be read.

    The text of a constant counts once, or with ``each_use`` wherever it is used.
    """
    yield from (ReadFailure(reason_of(error)) for error in project.unreadable)
    for file in project.files:
        try:
            filters = list(project.filters(file))
        except OSError as error:
            yield ReadFailure(reason_of(error, str(file)))
            continue
        made = (CodeFilter.of(each, forecast) for each in filters)
        yield from made if each_use else _each_once(made)
        progress.advance(bytes_of(file))
    for note in project.notes:
        progress.note(note)


def _each_once(filters: Iterable[CodeFilter]) -> list[CodeFilter]:
    """The filters in the order of their texts in the file, with all uses of each."""
    found: dict[tuple[object, ...], CodeFilter] = {}
    for each in filters:
        extracted = each.extracted
        key = (*extracted.outer_range(), each.text, extracted.holes, extracted.entity)
        known = found.setdefault(key, each)
        if known is not each:
            known.uses += each.uses
    return sorted(found.values(), key=lambda each: each.first)
