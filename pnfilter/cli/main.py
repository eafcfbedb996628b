"""``pnfilter``: the commands' names, dispatch, and what holds for all of them.

Every module of commands has ``add_parsers(subparsers)``. It adds the module's commands to an
argparse object and sets ``func=`` to a callable that takes the parsed arguments and returns the
exit status. Only the module of the command that is called gets imported, so a module imports
argparse and ``pnfilter.cli.terminal`` at most; the functions import what they work with.

A function may raise ``CommandError`` (a message and a status), ``FilterSyntaxError`` (printed
with its carets, status 2), ``BrokenPipeError`` and ``KeyboardInterrupt``: they end here.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import pnfilter
from pnfilter.cli.terminal import (
    EXIT_BROKEN_PIPE,
    EXIT_INTERRUPTED,
    EXIT_MISUSE,
    CommandError,
    complain,
    prepare_streams,
    use_color,
)

#: The module of ``pnfilter.cli`` in which each command lives, in the order of the help.
COMMANDS = {
    "check": "checking",
    "fmt": "checking",
    "rule": "checking",
    "explain": "inspecting",
    "fields": "inspecting",
    "ast": "inspecting",
    "encode": "inspecting",
    "grep": "grep",
    "diff": "grep",
    "demo": "demo",
    "completion": "completions",
}

EXAMPLES = """\
examples:
  pnfilter check -e 'meta.region == "east"'       is it a filter, and does it say what I mean?
  pnfilter check subscriptions.filters            one filter a line, checked together
  pnfilter grep 'data.mag > 5' quakes.ndjson      the messages that it lets through
  pnfilter explain 'data.mag > 5' quakes.ndjson   and why
  pnfilter demo                                   see it at work on real data

Each command has its own --help. Exit status: 0 yes, 1 no, 2 misuse or unreadable input.
"""


class CommandParser(argparse.ArgumentParser):
    """An argparse parser whose options take any value, also one that starts with a dash.

    Descriptions and epilogs are shown as written, and options can't be abbreviated.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        given = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(self._joined(given), namespace)

    def _joined(self, args: list[str]) -> list[str]:
        """``-e -x<1`` as ``--expression=-x<1``: argparse would take the value for an option."""
        joined: list[str] = []
        position = 0
        while position < len(args):
            argument = args[position]
            if argument == "--":
                break
            action = self._option_string_actions.get(argument)
            value = args[position + 1] if position + 1 < len(args) else ""
            if (
                action is not None
                and action.nargs is None
                and value.startswith("-")
                and value not in self._option_string_actions
            ):
                joined.append(f"{action.option_strings[-1]}={value}")
                position += 2
                continue
            joined.append(argument)
            position += 1
        return joined + args[position:]

    def error(self, message: str) -> NoReturn:
        """The usage, what is wrong and where help is, on standard error; exits with 2."""
        self.print_usage(sys.stderr)
        complain(message)
        print(f"try: {self.prog} --help", file=sys.stderr)
        sys.exit(EXIT_MISUSE)


def build_parser(command: str | None = None) -> CommandParser:
    """The parser for one command, or for all of them."""
    parser = CommandParser(
        prog="pnfilter",
        description="Check, explain and run publish/subscribe stream filters.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"pnfilter {pnfilter.__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    modules = dict.fromkeys([COMMANDS[command]] if command else COMMANDS.values())
    for module in modules:
        import_module(f"pnfilter.cli.{module}").add_parsers(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command (``sys.argv`` unless given) and return its exit status; raises nothing.

    Only argparse's own endings (help, version, misuse) are a ``SystemExit``.
    """
    prepare_streams()
    given = list(sys.argv[1:] if argv is None else argv)
    command = given[0] if given and given[0] in COMMANDS else None
    try:
        arguments = build_parser(command).parse_args(given)
        status: int = arguments.func(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        _abandon_output()
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except CommandError as error:
        complain(error.message)
        return error.status
    except ValueError as error:
        from pnfilter.diagnostics import FilterSyntaxError, render

        if not isinstance(error, FilterSyntaxError):
            raise
        for diagnostic in error.diagnostics:
            print(render(diagnostic, error.text, color=use_color(sys.stderr)), file=sys.stderr)
        return EXIT_MISUSE


def _abandon_output() -> None:
    """Point standard output elsewhere, so that the interpreter's last flush doesn't fail."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)
