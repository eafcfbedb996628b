"""Fixes of filters in source code and in files of filters, in place or as a diff."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from pnfilter.cli.changes import MAX_FILE_BYTES, print_diff, read_code, read_file
from pnfilter.cli.filter_text import (
    BOM,
    ReadFailure,
    decode,
    holds_filter,
    layout_of,
)
from pnfilter.cli.terminal import complain, reason_of, shown_name, tell
from pnfilter.cli.writing import write_atomically
from pnfilter.diagnostics import Diagnostic
from pnfilter.extraction.project import Project
from pnfilter.extraction.refusals import FILLED_IN
from pnfilter.extraction.result import ExtractedFilter, is_ignored
from pnfilter.extraction.rewriting import rewrite
from pnfilter.lint.fix import fix_where
from pnfilter.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.cli.filter_text import Layout


#: How often a file is read again to say what can be fixed: so often, and a short one more often.
READINGS = 8
SPARE_BYTES = 100_000


def _fixed(extracted: ExtractedFilter, shows: Callable[[Diagnostic], bool], *, unsafe: bool) -> str:
    """The text with its fixes, but without those of findings that a comment ignores."""
    first, last = extracted.line, extracted.end.line

    def wanted(text: str, diagnostic: Diagnostic) -> bool:
        # The places of what earlier fixes have left are not known.
        lines: Iterable[int] = range(first, last + 1)
        if text == extracted.text:
            lines = (first, extracted.position(diagnostic.span.start).line)
        is_left = any(is_ignored(extracted.source, line, diagnostic.code) for line in lines)
        return not is_left and shows(diagnostic)

    return fix_where(
        extracted.text,
        wanted,
        unsafe=unsafe,
        language=extracted.kind,
        entity=extracted.entity,
    )


class Forecast:
    """What ``check --fix`` would do to filters in source code; it reads each file once more.

    ``shows`` accepts the findings that are selected.
    """

    def __init__(self, project: Project, shows: Callable[[Diagnostic], bool]) -> None:
        self._project = project
        self._shows = shows
        self._path: str | None = None
        self._reasons: dict[bool, dict[tuple[object, ...], str]] = {}

    def refusal(self, extracted: ExtractedFilter, *, unsafe: bool) -> str:
        """Return why ``--fix`` or ``--unsafe-fixes`` leaves a filter alone; empty if not."""
        if extracted.path != self._path:
            self._path = extracted.path
            self._reasons = {}
        if unsafe not in self._reasons:
            self._reasons[unsafe] = self._refused(Path(extracted.path), unsafe=unsafe)
        reason = self._reasons[unsafe].get(_key(extracted))
        if reason is not None:
            return reason
        if extracted.holes:
            return FILLED_IN
        if _fixed(extracted, self._shows, unsafe=unsafe) == extracted.text:
            return "its fixes together change nothing"
        return "its text is shared by several filters, or its file can't be read again"

    def _refused(self, path: Path, *, unsafe: bool) -> dict[tuple[object, ...], str]:
        """Return the reasons for the filters of a file that have fixes; empty for an edited one."""
        try:
            read = read_code(path)
        except OSError:
            read = None
        if read is None:
            return {}
        result = rewrite(
            self._project,
            path,
            read[0],
            lambda each: _fixed(each, self._shows, unsafe=unsafe),
            readings=READINGS + SPARE_BYTES // (len(read[0]) + 1),
        )
        reasons = {_key(extracted): reason for extracted, reason in result.refused}
        return reasons | dict.fromkeys(map(_key, result.changed), "")


def _key(extracted: ExtractedFilter) -> tuple[object, ...]:
    return (*extracted.outer_range(), extracted.text)


class Fixer:
    """Applies the fixes of the findings that ``shows`` accepts, or prints what would change.

    ``quiet`` leaves out how many there were; ``language`` is that of files of filters.
    ``reported`` has why some could not be read, and ``is_complete`` is whether each could be read
    and written.
    """

    def __init__(
        self,
        shows: Callable[[Diagnostic], bool],
        *,
        unsafe: bool,
        dry: bool,
        quiet: bool = False,
        language: str = "stream",
    ) -> None:
        self._shows = shows
        self._language = language
        self._unsafe = unsafe
        self._dry = dry
        self._quiet = quiet
        self._changed = 0
        self.reported: set[str] = set()
        self.is_complete = True

    def fix(self, files: list[str], layout: Layout | None, project: Project | None) -> None:
        """Fix files of filters and those of a project."""
        for name in files:
            try:
                self._fix_list(name, layout)
            except OSError as error:
                self._fail(reason_of(error, name), "not fixed")
        if project is not None:
            for failure in project.unreadable:
                self._fail(reason_of(failure))
            for file in project.files:
                try:
                    self._fix_code(project, file)
                except OSError as error:
                    self._fail(reason_of(error, str(file)), "not fixed")
        sys.stdout.flush()
        if not self._quiet:
            tell(f"{counted(self._changed, 'filter')} {'would change' if self._dry else 'fixed'}")

    def _fail(self, reason: str, outcome: str = "") -> None:
        self.is_complete = False
        self.reported.add(reason)
        complain(f"{reason}: {outcome}" if outcome else reason)

    def _fix_list(self, name: str, layout: Layout | None) -> None:
        """Fix a file of filters: what is no filter, and what has no fix, stays as it is."""
        found = layout_of(name, layout)
        if isinstance(found, ReadFailure):
            self._fail(found.message)
            return
        read = read_file(Path(name), MAX_FILE_BYTES)
        if read is None:
            self._fail(f"{name}: longer than {MAX_FILE_BYTES:,} bytes")
            return
        before, state = read
        mark = BOM if before.startswith(BOM) else b""
        rest = before.removeprefix(mark)
        after = [mark]
        changed = 0
        lines = rest.splitlines(keepends=True) if found == "filters" else [rest]
        for number, line in enumerate(lines, 1):
            body = line.rstrip(b"\r\n")
            if found == "filter" or holds_filter(line):
                text = decode(body, name, number)
                if isinstance(text, ReadFailure):
                    self._fail(text.message, "not fixed")
                    return
                fixed = fix_where(
                    text,
                    lambda _, each: self._shows(each),
                    unsafe=self._unsafe,
                    language=self._language,
                )
                changed += fixed != text
                after.append(fixed.encode())
                line = line[len(body) :]
            after.append(line)
        self._write(Path(name), before, b"".join(after), state, changed)

    def _fix_code(self, project: Project, file: Path) -> None:
        """Fix the filters in a file of source code."""
        read = read_code(file)
        if read is None:
            # Checking the file reports that.
            return
        content, state = read
        result = rewrite(
            project, file, content, lambda each: _fixed(each, self._shows, unsafe=self._unsafe)
        )
        for extracted, reason in result.refused:
            complain(f"{extracted.path}:{extracted.line}:{extracted.column}: not fixed: {reason}")
        self._write(file, content, result.content, state, len(result.changed))

    def _write(
        self, file: Path, before: bytes, after: bytes, state: os.stat_result, changed: int
    ) -> None:
        if not changed:
            return
        if self._dry:
            print_diff(before, after, str(file))
        else:
            write_atomically(file, after, state)
            print(f"{shown_name(str(file))}: {counted(changed, 'filter')} fixed")
        self._changed += changed
