"""``pnfilter``: dispatch, and what holds for all commands.

A function of a command may raise ``CommandError`` (a message and a status), ``FilterSyntaxError``
(printed with its carets, status 2), ``BrokenPipeError`` and any other ``OSError``: they end here.
Ctrl-C ends in ``pnfilter.cli.main``, so that it may come while this module is imported.
``--version`` needs nothing but this module.
"""

from __future__ import annotations

import gc
import os
import sys

import pnfilter
from pnfilter.cli.terminal import (
    EXIT_BROKEN_PIPE,
    EXIT_MISUSE,
    EXIT_OK,
    CommandError,
    choose_color,
    complain,
    prepare_streams,
    reason_of,
    show_syntax_error,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

#: Commands that run until they are stopped.
LASTING = {"serve", "playground", "replay", "tail"}
#: Containers that other commands make between two searches for garbage: more than the start makes,
#: all of which stays.
CONTAINERS = 50_000


def run(argv: Sequence[str] | None = None) -> int:
    """Run a command (``sys.argv`` unless given) and return its exit status.

    May raise ``KeyboardInterrupt``.
    """
    is_brief = argv is None and not LASTING.intersection(sys.argv[1:2])
    if is_brief:
        gc.set_threshold(CONTAINERS)
    try:
        status = _status_of(list(sys.argv[1:] if argv is None else argv))
    except OSError as error:
        _flush(sys.stdout)
        status = _report_refusal(error)
    finally:
        # Whatever happens: the interpreter's last flush must not fail, which would be a message and
        # a status of its own.
        lost = _flush(sys.stdout)
        if lost is not None:
            status = _report_refusal(lost)
        _flush(sys.stderr)
    if is_brief:
        # The process ends: Python's last search for garbage would take a tenth of a short command's
        # time.
        gc.freeze()
    return status


def _status_of(argv: list[str]) -> int:
    """Run a command; return its exit status, and print a message if it failed."""
    try:
        prepare_streams()
        return _run(argv)
    except CommandError as error:
        complain(error.message)
        return error.status


def _run(argv: list[str]) -> int:
    if argv in (["--version"], ["-V"]):
        print(f"pnfilter {pnfilter.__version__}")
        return EXIT_OK
    try:
        from pnfilter.cli.parser import parse

        arguments = parse(argv)
        choose_color(getattr(arguments, "color", "auto"))
        status: int = arguments.func(arguments)
    except SystemExit as end:
        # Help, version and misuse: argparse leaves so.
        return end.code if isinstance(end.code, int) else EXIT_OK
    except ValueError as error:
        from pnfilter.diagnostics import FilterSyntaxError

        if not isinstance(error, FilterSyntaxError):
            raise
        show_syntax_error(error)
        return EXIT_MISUSE
    return status


def _report_refusal(error: OSError) -> int:
    """Report why the system refused, unless the reader has gone, and return the exit status."""
    try:
        if not isinstance(error, BrokenPipeError):
            complain(reason_of(error))
            return EXIT_MISUSE
    except BrokenPipeError:
        pass
    return EXIT_BROKEN_PIPE


def _flush(stream: TextIO | None) -> OSError | None:
    """Write what is left; where that fails, the reason, and what is left goes nowhere."""
    if stream is None:
        return None
    try:
        stream.flush()
    except BaseException as error:
        _abandon(stream)
        if isinstance(error, OSError):
            return error
        raise
    return None


def _abandon(stream: TextIO) -> None:
    """Point a stream elsewhere, so that it takes what it holds."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())
        os.close(sink)
    except (OSError, ValueError, AttributeError):
        pass
