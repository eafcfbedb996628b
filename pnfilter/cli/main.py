"""``pnfilter``: the commands' names, dispatch, and what holds for all of them.

A function of a command may raise ``CommandError`` (a message and a status), ``FilterSyntaxError``
(printed with its carets, status 2), ``BrokenPipeError`` and ``KeyboardInterrupt``: they end here.
``--version`` needs nothing but this module.
"""

from __future__ import annotations

import gc
import os
import sys

import pnfilter
from pnfilter.cli.terminal import (
    EXIT_BROKEN_PIPE,
    EXIT_INTERRUPTED,
    EXIT_MISUSE,
    EXIT_OK,
    CommandError,
    complain,
    prepare_streams,
    reason_of,
    show_syntax_error,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: The module of ``pnfilter.cli`` in which each command lives, in the order of the help.
COMMANDS = {
    "check": "checking",
    "rule": "ruling",
    "extract": "extracting",
    "fmt": "formatting",
    "explain": "inspecting",
    "fields": "inspecting",
    "ast": "inspecting",
    "encode": "inspecting",
    "sql": "translating",
    "compile": "compiling",
    "grep": "grep",
    "diff": "grep",
    "route": "routing",
    "infer": "inferring",
    "demo": "demo",
    "serve": "serving",
    "playground": "playing",
    "completion": "completions",
}

#: Commands that run until they are stopped.
LASTING = {"serve", "playground"}
#: Containers that other commands make between two searches for garbage: more than the start makes, all of which stays.
CONTAINERS = 50_000

VERSION = f"pnfilter {pnfilter.__version__}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command (``sys.argv`` unless given) and return its exit status; raises nothing."""
    is_brief = argv is None and not LASTING.intersection(sys.argv[1:2])
    if is_brief:
        gc.set_threshold(CONTAINERS)
    try:
        prepare_streams()
        status = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        if is_brief:
            # The process ends: Python's last search for garbage would take a tenth of a short command's time.
            gc.freeze()
    except BrokenPipeError:
        _abandon_output()
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except CommandError as error:
        complain(error.message)
        return error.status
    except OSError as error:
        _abandon_output()
        complain(reason_of(error))
        return EXIT_MISUSE
    return status


def _run(argv: list[str]) -> int:
    if argv == ["--version"]:
        print(VERSION)
        return EXIT_OK
    command = argv[0] if argv and argv[0] in COMMANDS else None
    try:
        from pnfilter.cli.options import parse

        arguments = parse(command, argv)
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


def _abandon_output() -> None:
    """Point standard output elsewhere, so that the interpreter's last flush doesn't fail."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
    except (OSError, ValueError, AttributeError):
        pass
