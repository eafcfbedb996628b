"""What all commands share: exit codes, colour, and output that survives any text and any pipe."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any, TextIO

    from pnfilter.diagnostics import FilterSyntaxError

#: Findings of one filter that are shown as text; the rest is counted.
MAX_SHOWN = 50
#: All is well.
EXIT_OK = 0
#: The command did its work, and the answer is no: an error in a filter, nothing found.
EXIT_NO = 1
#: The command was misused, or an input couldn't be read.
EXIT_MISUSE = 2
#: The reader of the output went away, as a shell reports it.
EXIT_BROKEN_PIPE = 141


class CommandError(Exception):
    """The command can't go on; ``main`` prints the message on stderr and exits with ``status``."""

    def __init__(self, message: str, *, status: int = EXIT_MISUSE) -> None:
        super().__init__(message)
        self.message, self.status = message, status


def prepare_streams() -> None:
    """Make standard output and error take any text: what they can't encode is escaped.

    Where standard error is closed, what is written there goes nowhere: ``print`` would put it
    on standard output. ``CommandError`` where standard output is closed.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 (pathlib is slow to import)
    if sys.stdout is None:
        raise CommandError("standard output is closed")
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


class _Color:
    """What ``--color`` of the running command says."""

    chosen = "auto"


def add_color(parser: argparse.ArgumentParser) -> None:
    """The option of commands that write in colours, on standard output or error."""
    parser.add_argument(
        "--color",
        choices=("always", "never", "auto"),
        default="auto",
        help="when to write in colours (default: auto, on a terminal)",
    )


def choose_color(chosen: str) -> None:
    """Follow the option's value until the next command begins."""
    _Color.chosen = chosen


def use_color(stream: TextIO | None = None) -> bool:
    """Whether to write colour to ``stream`` (standard output unless given): to a terminal only.

    ``--color always`` and ``never`` overrule the rest.
    ``NO_COLOR`` with any text in it, and ``TERM=dumb``, turn it off. ``FORCE_COLOR`` with any text
    but 0 turns it on for any stream, unless ``NO_COLOR`` is set.
    """
    if _Color.chosen != "auto":
        return _Color.chosen == "always"
    stream = sys.stdout if stream is None else stream
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether people read or write this stream; false for one that is closed or missing."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def terminal_width() -> int:
    """Columns of the terminal: ``COLUMNS``, or what standard output says, or 80; 40 at least."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns[:5]) if columns.isascii() and columns.isdigit() else 0
    if not width:
        try:
            width = os.get_terminal_size(1).columns
        except OSError:
            width = 0
    return max(40, width or 80)


def tell(text: str, end: str = "\n") -> None:
    """Write on standard error. If that is full, only the exit status reports it.

    ``BrokenPipeError`` where the reader has gone.
    """
    try:
        print(text, end=end, file=sys.stderr)
    except BrokenPipeError:
        raise
    except OSError:
        pass


def complain(message: str) -> None:
    """One line on standard error, ``pnfilter: message``, as ``tell`` writes it."""
    from pnfilter.diagnostics import printable

    tell(f"pnfilter: {printable(message)}")


def shown_name(name: str) -> str:
    """Return a printable name for the start of a line: GitHub runs lines with ``::`` there."""
    from pnfilter.diagnostics import printable

    return printable(f"./{name}" if name.lstrip().startswith("::") else name)


def json_line(value: Any) -> str:
    """JSON in ASCII on one line, in which no build server finds a command: see ``printable``."""
    import json

    return json.dumps(value).replace("##", r"#\u0023")


def reason_of(error: OSError, name: str = "") -> str:
    """Return why the system refused: the file (``name`` if the error has none) and the reason."""
    from pnfilter.input import sources

    return sources.reason_of(error, name)


def looks_like_filter(word: str) -> bool:
    """Whether a word given where a command or a file is due is more likely a filter's text."""
    return any(char in word for char in "=<>!() '\"")


def show_syntax_error(error: FilterSyntaxError) -> None:
    """Every mistake with its carets, on standard error."""
    from pnfilter.diagnostics import render

    color = use_color(sys.stderr)
    for diagnostic in error.diagnostics:
        tell(render(diagnostic, error.text, color=color))
