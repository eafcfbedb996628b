"""The command line. ``main`` is the entry point; one module per group of commands."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

#: Ctrl-C, as a shell reports it.
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command (``sys.argv`` unless given) and return its exit status; raises nothing.

    Everything is imported within, so that Ctrl-C while that goes on ends without a traceback, too.
    Before this package is found Python answers it by itself.
    """
    try:
        from pnfilter.cli.dispatch import run

        return run(argv)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
