"""``fmt``: filters in their canonical form, in place or on standard output."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pnfilter.cli.changes import MAX_FILE_BYTES, print_diff, read_code
from pnfilter.cli.filter_text import add_filters, add_language
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_NO,
    EXIT_OK,
    complain,
    reason_of,
    shown_name,
    tell,
)
from pnfilter.cli.writing import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pnfilter.cli.filter_text import FilterText, Layout, ReadFailure
    from pnfilter.diagnostics import Diagnostic
    from pnfilter.extraction.project import Project
    from pnfilter.extraction.result import ExtractedFilter

    #: Which fixes are applied.
    Fixes = Literal["none", "safe", "all"]

_EXAMPLES = """\
Filters given by -e or on standard input are printed; files are rewritten in place. Comments,
blank lines and line ends stay as they are. A file with a broken filter is left alone. In source
code and folders, each filter that a program sets is formatted inside its literal.
Exit status: 0 done, 1 under --check: a filter would change, 2 a broken filter, misuse, or
unreadable input.

examples:
  pnfilter fmt -e "a=='x'&&b>3"
  pnfilter fmt subscriptions.filters
  pnfilter fmt --check --diff *.filters
  pnfilter fmt --diff src
  pnfilter fmt --fix -e 'such=wow'
  pnfilter fmt --unsafe-fixes --diff subscriptions.filters
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``fmt``."""
    parser = subparsers.add_parser(
        "fmt",
        help="write filters in their canonical form",
        description="Write filters in their canonical form, without a change of meaning.",
        epilog=_EXAMPLES,
    )
    add_filters(
        parser,
        "files of filters, source code, folders, to rewrite; - prints standard input formatted",
        "how files hold filters: one each, or one a line (default: by the name's end)",
    )
    add_language(parser)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit with 1 where something would change",
    )
    parser.add_argument(
        "--diff", action="store_true", help="write nothing; print what would change"
    )
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes of check first")
    parser.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="like --fix, but also apply fixes that may change what was meant",
    )
    parser.set_defaults(func=format_command)


class Content(NamedTuple):
    """What an input holds, and the state of the file at that moment."""

    layout: Layout
    text: bytes
    state: os.stat_result | None


class Outcome(NamedTuple):
    """What formatting made of an input: ``after`` is as ``before`` where a filter is broken.

    ``unsafe`` counts the fixes that ``--unsafe-fixes`` would apply.
    """

    before: bytes
    after: bytes
    changed: int
    broken: int
    unsafe: int


class FileCounts:
    """Inputs by what became of them, for the last line."""

    def __init__(self) -> None:
        self.changed = self.unchanged = self.broken = self.unreadable = 0
        #: Fixes that were not applied because they are unsafe.
        self.unsafe = 0


def format_command(arguments: argparse.Namespace) -> int:
    """Format all inputs; the summary of files goes to standard error."""
    from pnfilter.cli.filter_text import code_and_lists, inputs_or_stdin
    from pnfilter.input.sources import STDIN
    from pnfilter.wording import counted

    files = inputs_or_stdin(arguments.files, arguments.expression)
    counts = FileCounts()
    for source in _expressions(arguments.expression):
        _format_given(
            source.text.encode("utf-8", "surrogateescape"),
            source.origin,
            "filter",
            arguments,
            counts,
        )
    code, lists = code_and_lists(files, arguments.layout)
    for name in [*lists, *_format_code(code, arguments, counts)]:
        content = _read(name, arguments.layout, counts)
        if content is None:
            continue
        if name == STDIN:
            _format_given(content.text, "(standard input)", content.layout, arguments, counts)
        else:
            _format_file(name, content, arguments, counts)
    if any(name != STDIN for name in files):
        sys.stdout.flush()
        tell(_summary(counts, dry=arguments.check or arguments.diff))
    if counts.unsafe:
        tell(f"{counted(counts.unsafe, 'unsafe fix', 'unsafe fixes')} by: --unsafe-fixes")
    if counts.unreadable or counts.broken:
        return EXIT_MISUSE
    return EXIT_NO if arguments.check and counts.changed else EXIT_OK


def _format_code(names: list[str], arguments: argparse.Namespace, counts: FileCounts) -> list[str]:
    """Format the filters in source code; return the files of filters in folders."""
    if not names:
        return []
    from pnfilter.cli.codebase import project_of
    from pnfilter.cli.rule_selection import settings_for
    from pnfilter.extraction.files import is_filter_file

    project = project_of(names, settings_for(names))
    files: list[str] = []
    for error in project.unreadable:
        counts.unreadable += 1
        complain(reason_of(error))
    for file in project.files:
        if is_filter_file(file.name):
            files.append(str(file))
            continue
        try:
            _format_code_file(project, file, arguments, counts)
        except OSError as error:
            counts.unreadable += 1
            complain(reason_of(error, str(file)))
    return files


def _format_code_file(
    project: Project, file: Path, arguments: argparse.Namespace, counts: FileCounts
) -> None:
    """Format the filters in a file of source code; one that is broken is left alone, and shown."""
    from pnfilter.cli.codebase import CodeFilter
    from pnfilter.cli.reports import show
    from pnfilter.extraction.rewriting import rewrite

    read = read_code(file)
    if read is None:
        return
    broken = unsafe = 0

    def wanted(extracted: ExtractedFilter) -> str:
        nonlocal broken, unsafe
        if extracted.holes:
            return extracted.text
        fixes = _fixes(arguments)
        result = _format(extracted.text, fixes, extracted.kind)
        if fixes == "safe":
            left = extracted.text if isinstance(result, list) else result
            unsafe += _unsafe_fixes(left, extracted.kind)
        if isinstance(result, str):
            return result
        broken += 1
        show(CodeFilter.of(extracted), result)
        return extracted.text

    content, state = read
    result = rewrite(project, file, content, wanted)
    for extracted, reason in result.refused:
        complain(f"{extracted.path}:{extracted.line}:{extracted.column}: not changed: {reason}")
    counts.unsafe += unsafe
    if broken:
        counts.broken += 1
    if result.changed:
        counts.changed += 1
        outcome = Outcome(content, result.content, len(result.changed), broken, unsafe)
        _write(str(file), outcome, state, arguments, counts)
    elif not broken:
        counts.unchanged += 1


def _expressions(texts: list[str]) -> Iterator[FilterText]:
    from pnfilter.cli.filter_text import from_command_line

    return from_command_line(texts)


def _read(name: str, layout: Layout | None, counts: FileCounts) -> Content | None:
    """An input; None, after a complaint, where it can't be read."""
    from pnfilter.cli.filter_text import ReadFailure, layout_of, open_filters
    from pnfilter.input.sources import STDIN, origin_of

    found = layout_of(name, layout)
    if isinstance(found, ReadFailure):
        message = found.message
    else:
        try:
            with open_filters(name) as stream:
                state = None if name == STDIN else os.fstat(stream.fileno())
                content = stream.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            message = reason_of(error, origin_of(name))
        else:
            if len(content) <= MAX_FILE_BYTES:
                return Content(found, content, state)
            message = f"{origin_of(name)}: longer than {MAX_FILE_BYTES:,} bytes"
    counts.unreadable += 1
    complain(message)
    return None


def _format_given(
    content: bytes, origin: str, layout: Layout, arguments: argparse.Namespace, counts: FileCounts
) -> None:
    """Format what has no file: the result goes to standard output."""
    outcome = _outcome(content, origin, layout, arguments, counts)
    if outcome is None or outcome.broken:
        return
    if arguments.diff:
        print_diff(outcome.before, outcome.after, origin)
    elif arguments.check:
        if outcome.changed:
            complain(f"would reformat {origin}")
    else:
        text = outcome.after.decode()
        # What is read from one line may end without; a file that lost its last line end would be a
        # trap.
        print(text, end="" if text.endswith(("\n", "\r")) or not text else "\n")


def _format_file(
    name: str, content: Content, arguments: argparse.Namespace, counts: FileCounts
) -> None:
    """Format a file of filters in place, or say what would change."""
    outcome = _outcome(content.text, name, content.layout, arguments, counts)
    if outcome is None or outcome.broken or not outcome.changed:
        return
    _write(name, outcome, content.state, arguments, counts)


def _write(
    name: str,
    outcome: Outcome,
    state: os.stat_result | None,
    arguments: argparse.Namespace,
    counts: FileCounts,
) -> None:
    """Write what formatting made of a file, or say what would change."""
    from pathlib import Path

    from pnfilter.wording import counted

    what = f"{shown_name(name)}: {counted(outcome.changed, 'filter')}"
    if arguments.diff:
        print_diff(outcome.before, outcome.after, name)
    elif arguments.check:
        print(f"{what} would change")
    else:
        try:
            write_atomically(Path(name), outcome.after, state)
        except OSError as error:
            counts.unreadable += 1
            counts.changed -= 1
            complain(f"{name}: can't be written: {error.strerror or error}")
        else:
            print(f"{what} changed")


def _outcome(
    content: bytes, origin: str, layout: Layout, arguments: argparse.Namespace, counts: FileCounts
) -> Outcome | None:
    """Format the content and count it; None where it can't be read. Mistakes are shown."""
    from pnfilter.cli.filter_text import ReadFailure

    outcome = reformat(
        content, origin, layout, fixes=_fixes(arguments), language=arguments.language
    )
    if isinstance(outcome, ReadFailure):
        counts.unreadable += 1
        complain(outcome.message)
        return None
    counts.unsafe += outcome.unsafe
    if outcome.broken:
        counts.broken += 1
    elif outcome.changed:
        counts.changed += 1
    else:
        counts.unchanged += 1
    return outcome


def _fixes(arguments: argparse.Namespace) -> Fixes:
    """The fixes that the options ask for."""
    if arguments.unsafe_fixes:
        return "all"
    return "safe" if arguments.fix else "none"


def reformat(
    content: bytes, origin: str, layout: Layout, *, fixes: Fixes, language: str = "stream"
) -> Outcome | ReadFailure:
    """The content with every filter formatted, or ``ReadFailure``.

    Mistakes are shown on standard error; one broken filter leaves the whole content as it is.
    """
    from pnfilter.cli.filter_text import BOM, FilterText, ReadFailure, decode, holds_filter
    from pnfilter.cli.reports import show
    from pnfilter.diagnostics import Position

    mark = BOM if content.startswith(BOM) else b""
    rest = content.removeprefix(mark)
    pieces = rest.splitlines(keepends=True) if layout == "filters" else [rest]
    formatted: list[bytes] = []
    changed = broken = unsafe = 0
    for number, piece in enumerate(pieces, 1):
        if layout == "filters" and not holds_filter(piece):
            formatted.append(piece)
            continue
        body = piece.rstrip(b"\r\n")
        line_end = _first_line_end(piece[len(body) :])
        text = decode(body, origin, number)
        if isinstance(text, ReadFailure):
            return text
        result = _format(text, fixes, language)
        if fixes == "safe":
            unsafe += _unsafe_fixes(text if isinstance(result, list) else result, language)
        if isinstance(result, str):
            after = result.encode() + line_end
            changed += after != piece
            formatted.append(after)
        else:
            broken += 1
            source = FilterText(text, origin, Position(number, 1), len(piece))
            show(source, result)
    after = content if broken else mark + b"".join(formatted)
    return Outcome(content, after, changed, broken, unsafe)


def _first_line_end(end: bytes) -> bytes:
    return b"\r\n" if end.startswith(b"\r\n") else end[:1]


def _format(text: str, fixes: Fixes, language: str) -> str | list[Diagnostic]:
    """The formatted text, or the errors that prevent it."""
    from pnfilter.diagnostics import FilterSyntaxError
    from pnfilter.lint.fix import fix, format

    try:
        made = text if fixes == "none" else fix(text, unsafe=fixes == "all", language=language)
        return format(made, language=language)
    except FilterSyntaxError as error:
        # What the fixes left is shown at its place in the text as it was given.
        return _errors_in(text, language) or list(error.diagnostics)


def _errors_in(text: str, language: str) -> list[Diagnostic]:
    if language == "app-context":
        from pnfilter.lint.app_context import check_app_context

        return [each for each in check_app_context(text) if each.code.startswith("E")]
    from pnfilter.syntax.parser import read

    return list(read(text).errors)


def _unsafe_fixes(text: str, language: str) -> int:
    """The number of errors and warnings that only ``--unsafe-fixes`` fixes."""
    from pnfilter.lint.check import check
    from pnfilter.lint.fix import is_unsafely_fixable

    return sum(map(is_unsafely_fixable, check(text, language=language)))


def _summary(counts: FileCounts, *, dry: bool) -> str:
    from pnfilter.wording import counted

    verb = "would change" if dry else "changed"
    parts = [f"{counted(counts.changed, 'input')} {verb}", f"{counts.unchanged:,} unchanged"]
    if counts.broken:
        parts.append(f"{counts.broken:,} with errors, left alone")
    if counts.unreadable:
        parts.append(f"{counts.unreadable:,} could not be read or written")
    return ", ".join(parts)
