"""What the commands that run filters over messages share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

import pnfilter
from pnfilter.cli.filter_text import FilterText, ReadFailure, read_filters, text_from_stdin
from pnfilter.cli.progress import Progress
from pnfilter.cli.reports import show
from pnfilter.cli.terminal import CommandError, complain, is_terminal, looks_like_filter
from pnfilter.diagnostics import Position, Severity
from pnfilter.filters import Filter
from pnfilter.input.reader import MessageReader
from pnfilter.input.sources import STDIN

if TYPE_CHECKING:
    from pnfilter.semantics.assumptions import Assumptions

#: What is said where both a filter and messages would come from standard input.
READ_ONCE: Final = "standard input (-) can be read once only: filter or messages"
#: Filters of a list that are reported as wrong; then it is not read any further.
MAX_FAULTS: Final = 20


def _silent(message: str) -> None:
    """Say nothing."""
    del message


def compile_filter(
    text: str,
    origin: str = "(expression)",
    *,
    warn: bool,
    first: Position = Position(1, 1),
    assumed: Assumptions | None = None,
) -> Filter:
    """The filter of a text; warnings about it are shown on standard error if ``warn``.

    ``FilterSyntaxError`` for an invalid text. ``origin`` names it where there are several, and
    ``first`` is its place there.
    """
    found = pnfilter.compile(text, assumed)
    if warn:
        warnings = [each for each in pnfilter.check(text) if each.severity is Severity.WARNING]
        source = FilterText(text, origin, first, len(text))
        show(source, warnings)
    return found


def text_of(word: str, files: Sequence[str]) -> str:
    """The filter's text that a word is; ``-`` reads it from standard input.

    ``CommandError`` if the messages come from there: from one of the ``files``, or without any.
    """
    if word != STDIN:
        return word
    if not files or STDIN in files:
        raise CommandError(READ_ONCE)
    return text_from_stdin()


def texts_in(names: Sequence[str]) -> Iterable[FilterText | ReadFailure]:
    """The filters of files for ``grep -f``: one a line; a ``.filter`` file is one filter."""
    for name in names:
        yield from read_filters(name, "filter" if name.lower().endswith(".filter") else "filters")


def compile_any(
    sources: Iterable[FilterText | ReadFailure],
    *,
    warn: bool,
    assumed: Assumptions | None = None,
) -> Filter:
    """The filter that matches what one of many matches: their texts, joined by ``||``.

    Each is checked on its own, so that mistakes are shown at their places, and warnings if
    ``warn``. ``CommandError`` where one can't be used, or where there is none.
    """
    from pnfilter.diagnostics import FilterSyntaxError
    from pnfilter.syntax.parser import MAX_LENGTH

    texts: dict[str, None] = {}
    faults = 0
    for source in sources:
        if isinstance(source, ReadFailure):
            complain(source.message)
            faults += 1
        else:
            try:
                compile_filter(source.text, source.origin, warn=warn, first=source.first)
                texts[source.text] = None
            except FilterSyntaxError as error:
                show(source, error.diagnostics)
                faults += 1
        if faults == MAX_FAULTS:
            break
    if faults:
        raise CommandError("not all filters can be read, so nothing is searched")
    if not texts:
        raise CommandError("no filter given: -f found none")
    joined = " || ".join(f"({text})" for text in texts) if len(texts) > 1 else next(iter(texts))
    if len(joined) > MAX_LENGTH:
        raise CommandError(
            f"the filters have {len(joined):,} characters together; the limit is {MAX_LENGTH:,} "
            "(pnfilter route --filters takes any number of filters)"
        )
    return pnfilter.compile(joined, assumed)


def inputs_of(files: list[str], *filters: str) -> list[str]:
    """The inputs to read: standard input where no file is named and it is no terminal."""
    if not files:
        for text in filters:
            if "." in text and os.path.isfile(text[:255]):
                raise CommandError(
                    f"expected a filter, got the file {text} (to use it as a filter: '({text})')"
                )
        if sys.stdin is None or is_terminal(sys.stdin):
            raise CommandError("no messages given: name files, or pipe messages in")
        return [STDIN]
    if files.count(STDIN) > 1:
        raise CommandError("standard input (-) can be read once only")
    refuse_other_order(files, *filters)
    return files


def refuse_other_order(files: list[str], *filters: str) -> None:
    """Raise ``CommandError`` for a filter among the files, and a file in its place.

    A word is a filter as well, so nothing else would report the mistake.
    """
    for text in filters:
        if os.path.isfile(text[:255]) and any(map(looks_like_filter, files)):
            raise CommandError(f"{text} is a file: the filter comes first, then the files")


def reader_for(
    arguments: argparse.Namespace,
    progress: Progress,
    advance: Callable[[int], object] | None = None,
    see: Callable[[int, bytes], object] | None = None,
) -> MessageReader:
    """Return the reader that the options ask for; ``--quiet`` needs no notes.

    ``advance`` gets the numbers of bytes read in the place of ``progress``, ``see`` all lines.
    """
    quiet = arguments.no_messages or getattr(arguments, "quiet", False)
    return MessageReader(
        payload=arguments.payload,
        complain=_silent if arguments.no_messages else progress.complain,
        note=_silent if quiet else progress.note,
        advance=advance or progress.advance,
        skip_broken=getattr(arguments, "quick", False),
        see=see,
    )
