"""What the commands that run filters over messages share."""

from __future__ import annotations

import argparse
import os
import sys

import pnfilter
from pnfilter.cli.filter_text import FilterText
from pnfilter.cli.progress import Progress
from pnfilter.cli.reports import show
from pnfilter.cli.terminal import CommandError, is_terminal, looks_like_filter
from pnfilter.diagnostics import Position, Severity
from pnfilter.filters import Filter
from pnfilter.input.reader import MessageReader
from pnfilter.input.sources import STDIN


def _silent(message: str) -> None:
    """Say nothing."""
    del message


def compile_filter(text: str, origin: str = "(expression)", *, warn: bool) -> Filter:
    """The filter of a text; warnings about it are shown on standard error if ``warn``.

    ``FilterSyntaxError`` for an invalid text. ``origin`` names it where there are several.
    """
    found = pnfilter.compile(text)
    if warn:
        warnings = [each for each in pnfilter.check(text) if each.severity is Severity.WARNING]
        source = FilterText(text, origin, Position(1, 1), len(text))
        show(source, warnings)
    return found


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


def reader_for(arguments: argparse.Namespace, progress: Progress) -> MessageReader:
    """Return the reader that the options ask for; ``--quiet`` needs no notes."""
    quiet = arguments.no_messages or getattr(arguments, "quiet", False)
    return MessageReader(
        payload=arguments.payload,
        complain=_silent if arguments.no_messages else progress.complain,
        note=_silent if quiet else progress.note,
        advance=progress.advance,
        skip_broken=getattr(arguments, "quick", False),
    )
