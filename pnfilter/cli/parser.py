"""The commands, and how the arguments of the command line are read.

Every module of commands has ``add_parsers(subparsers)``. It adds the module's commands to an
argparse object and sets ``func=`` to a callable that takes the parsed arguments and returns the
exit status. Only the module of the command that is called gets imported, so a module imports
argparse and ``pnfilter.cli.terminal`` at most; the functions import what they work with.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from itertools import islice

import pnfilter
from pnfilter.cli.terminal import EXIT_MISUSE, complain, looks_like_filter, tell, terminal_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


#: The module of ``pnfilter.cli`` in which each command lives, in the order of the help.
COMMANDS = {
    "check": "check",
    "rule": "rule",
    "extract": "extract",
    "fmt": "fmt",
    "explain": "explain",
    "fields": "explain",
    "ast": "explain",
    "encode": "explain",
    "sql": "sql",
    "compile": "compile",
    "grep": "grep",
    "diff": "grep",
    "route": "route",
    "test": "test",
    "infer": "infer",
    "probe": "probe",
    "tail": "tail",
    "replay": "replay",
    "verify": "verify",
    "demo": "demo",
    "serve": "serve",
    "playground": "playground",
    "completion": "completion",
}

EXAMPLES = """\
examples:
  pnfilter check -e 'meta.region == "east"'       is it a filter, and does it say what I mean?
  pnfilter check subscriptions.filters            one filter a line, checked together
  pnfilter check src                              the filters in source code and configuration
  pnfilter grep 'data.mag > 5' quakes.ndjson      the messages that it lets through
  pnfilter explain 'data.mag > 5' quakes.ndjson   and why
  pnfilter route --filters all.filters log.ndjson which of many filters does each message match?
  pnfilter demo                                   see it at work on real data

`pnfilter help COMMAND` is the same as `pnfilter COMMAND --help`.
Each command has its own --help. Exit status: 0 yes, 1 no, 2 misuse or unreadable input.
The manual is in docs/ of the repository: docs/index.md is its first page.
"""


#: How the help calls what can't be empty: taken for a name, it would be this folder, or nothing at
#: all.
NAMED = {"FILE", "COLUMN", "ADDRESS"}
#: Characters of an unknown option for which a known one of nearly the same name is looked for.
MAX_OPTION = 40
#: Options above the commands.
_ABOVE = {"-h", "--help", "-V", "--version"}


class CommandHelp(argparse.RawDescriptionHelpFormatter):
    """Help as written, as wide as the terminal.

    argparse asks for the width whenever an option is added, by a module that takes longer to
    import than argparse itself.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=terminal_width() - 2)


class CommandParser(argparse.ArgumentParser):
    """An argparse parser for options and words in any order, and for any value of an option.

    Descriptions and epilogs are shown as written, and options can't be abbreviated.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("formatter_class", CommandHelp)
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)

    def sort(self, args: list[str]) -> list[str]:
        """Options first, then ``--``, then the words: argparse loses its way in any other order.

        The value of an option is joined to it, or argparse would take ``-x<1`` in ``-e '-x<1'``
        for an option. A space makes a word of what starts with a dash.
        """
        options: list[str] = []
        words: list[str] = []
        pending = iter(args)
        for argument in pending:
            if argument == "--":
                words.extend(pending)
                break
            if argument.startswith("-") and argument != "-" and os.path.lexists(argument):
                # A pattern of the shell, or a hook, found it: a file called --help, or
                # --baseline=known.filters, must not switch off the check of the others.
                self.error(f"{argument} is an option and a file: put -- before the names of files")
            action, others = self._find_option_with_value(argument)
            if action is not None:
                count = 1 if action.nargs is None else int(action.nargs)
                values = list(islice(pending, count))
                if len(values) < count or self._option_string_actions.keys() & set(values):
                    self.error(f"{argument} needs {_values_of(action)}")
                option = action.option_strings[-1]
                if action.nargs is None:
                    options += [*others, f"{option}={values[0]}"]
                else:
                    options += [option, *values]
            elif argument == "-" or not argument.startswith("-"):
                words.append(argument)
            elif " " in argument and argument.split("=")[0] not in self._option_string_actions:
                words.append(argument)
            else:
                options.append(argument)
        return [*options, "--", *words] if words else options

    def _find_option_with_value(self, argument: str) -> tuple[argparse.Action | None, list[str]]:
        """Return the option whose value is the next argument, and those before it in ``-nm``."""
        action = self._option_string_actions.get(argument)
        if action is not None:
            takes_value = action.nargs is None or (isinstance(action.nargs, int) and action.nargs)
            return (action, []) if takes_value else (None, [])
        letters = argument[1:] if argument[:1] == "-" != argument[1:2] else ""
        found = [self._option_string_actions.get(f"-{letter}") for letter in letters]
        actions = [action for action in found if action is not None]
        # Another letter, or one after an option with a value, is part of a value that is joined.
        flags = all(action.nargs == 0 for action in actions[:-1])
        if not actions or len(actions) < len(letters) or not flags or actions[-1].nargs is not None:
            return None, []
        return actions[-1], [argument[:-1]]

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """The values of an option or a word: argparse would make nothing of ``--`` as a value."""
        if action.option_strings and arg_strings == ["--"]:
            raise argparse.ArgumentError(action, f"needs {_values_of(action)}")
        return super()._get_values(action, arg_strings)

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """The value of an option or a word; no file and no column has an empty name."""
        if not arg_string and action.metavar in NAMED:
            raise argparse.ArgumentError(
                action, "the name is empty (a variable of the shell that isn't set?)"
            )
        return super()._get_value(action, arg_string)

    def _usage_line(self) -> str:
        """The usage on one line: what a command takes, and that it has options."""
        if self.usage is not None:
            return f"usage: {self.usage}"
        words = [_word_of(action) for action in self._actions if not action.option_strings]
        return f"usage: {' '.join([self.prog, '[OPTION ...]', *words])}"

    def _near(self, unknown: str) -> str:
        """What was probably meant by the first of some unknown words; empty if nothing is near."""
        word = unknown.split(" ", maxsplit=1)[0].split("=", maxsplit=1)[0]
        if not word.startswith("--"):
            return ""
        from difflib import get_close_matches

        options = [name for name in self._option_string_actions if name.startswith("--")]
        # Its beginning is the likeliest: options can't be abbreviated.
        begun = [name for name in options if name.startswith(word[:MAX_OPTION])]
        near = begun if len(begun) == 1 else get_close_matches(word[:MAX_OPTION], options, n=1)
        return f"; did you mean {near[0]}?" if near else ""

    def error(self, message: str) -> NoReturn:
        """One line of usage, what is wrong and where help is, on standard error; exits with 2."""
        start = "unrecognized arguments: "
        if message.startswith(start):
            # The mark is not the user's: `sort` put it there.
            unknown = message.removeprefix(start).removeprefix("-- ")
            message = start + unknown
            if unknown.startswith("-") and not unknown.startswith("--") and _compares(unknown):
                message += " (a filter that starts with a dash goes after -e or --)"
            message += self._near(unknown)
        tell(self._usage_line())
        complain(message)
        tell(f"try: {self.prog} --help")
        sys.exit(EXIT_MISUSE)


def _compares(words: str) -> bool:
    """Whether there is something of a filter in words that argparse joined by spaces."""
    return any(map(looks_like_filter, words.split()))


def _word_of(action: argparse.Action) -> str:
    """A word of a command as the usage shows it."""
    name = str(action.metavar or action.dest)
    if action.nargs == "*":
        return f"[{name} ...]"
    if action.nargs == "?":
        return f"[{name}]"
    # The words of a command follow the command.
    return f"{name} ..." if action.nargs == argparse.PARSER else name


def _values_of(action: argparse.Action) -> str:
    """What an option has to be given, in words."""
    count = "a value" if action.nargs is None else f"{action.nargs} values"
    return f"{count}: {action.metavar or action.dest}"


def build_parser(
    command: str | None = None,
) -> tuple[CommandParser, argparse._SubParsersAction[CommandParser]]:
    """The parser above the commands, and the parsers of one command's module or of all."""
    parser = CommandParser(
        prog="pnfilter",
        description="Check, explain and run publish/subscribe stream filters.",
        epilog=EXAMPLES,
    )
    parser.add_argument(
        "-V", "--version", action="version", version=f"pnfilter {pnfilter.__version__}"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for module in dict.fromkeys([COMMANDS[command]] if command else COMMANDS.values()):
        import_module(f"pnfilter.cli.{module}").add_parsers(commands)
    return parser, commands


def parse(argv: list[str]) -> argparse.Namespace:
    """The arguments of a command line. The module of its command is imported, and no other.

    ``SystemExit`` where there is nothing more to do: after help, or with 2 for misuse.
    """
    if argv[:1] == ["help"]:
        argv = _request_help(argv[1:])
    command = argv[0] if argv and argv[0] in COMMANDS else None
    parser, commands = build_parser(command)
    if command:
        chosen = commands.choices[command]
        return chosen.parse_args(chosen.sort(argv[1:]))
    _refuse_unknown(parser, argv)
    return parser.parse_args(argv)


def _request_help(words: list[str]) -> list[str]:
    """The command line that prints the help of ``pnfilter help [COMMAND]``."""
    if len(words) > 1:
        build_parser("check")[0].error("help takes one command, as in: pnfilter help check")
    if not words or words[0] in {"help", *_ABOVE}:
        return ["--help"]
    return [words[0], "--help"] if words[0] in COMMANDS else words


def _refuse_unknown(parser: CommandParser, argv: list[str]) -> None:
    """Say what was probably meant by a first word that is no command."""
    if not argv:
        parser.print_help(sys.stderr)
        sys.exit(EXIT_MISUSE)
    word = argv[0]
    if word in _ABOVE:
        return
    if word.startswith("-"):
        parser.error(f"{word} is before the command: options come after it, as in check --strict")
    if looks_like_filter(word):
        parser.error(f"{word} is not a command; to check a filter: pnfilter check -e FILTER")
    from difflib import get_close_matches

    near = get_close_matches(word[:MAX_OPTION], [*COMMANDS, "help"], n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; the commands are {', '.join(COMMANDS)}"
    parser.error(f"{word or '(an empty word)'} is not a command{hint}")
