"""The command line. ``main`` is the entry point; one module per group of commands."""

from pnfilter.cli.main import main

__all__ = ["main"]
