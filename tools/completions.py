"""Writes the completion scripts of ``pnfilter completion``, from the parsers of all commands.

Run ``python tools/completions.py``; ``--check`` writes nothing and exits 1 when one is stale.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping

import shtab

from pnfilter.cli.completion import SHELLS, script_path
from pnfilter.cli.parser import build_parser

#: The placeholder by which help shows that an argument names a file.
_FILE = "FILE"


def script(shell: str) -> str:
    """The completion script of a shell, from the parsers of all commands."""
    parser, commands = build_parser()
    for command in commands.choices.values():
        for action in command._actions:  # noqa: SLF001
            if action.metavar == _FILE:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    if shell == "fish":
        helps = {entry.dest: entry.help or "" for entry in commands._choices_actions}  # noqa: SLF001
        return "\n".join(_fish(commands.choices, helps)) + "\n"
    made: str = shtab.complete(parser, shell=shell)
    return "\n".join(line.rstrip() for line in made.splitlines()) + "\n"


def _fish(
    commands: Mapping[str, argparse.ArgumentParser], helps: Mapping[str, str]
) -> Iterator[str]:
    yield "# Completions of pnfilter for fish; made by tools/completions.py."
    yield "complete -c pnfilter -f"
    names = " ".join(commands)
    first = f"not __fish_seen_subcommand_from {names}"
    yield f"complete -c pnfilter -n {_quoted(first)} -s V -l version -d 'show the version'"
    yield f"complete -c pnfilter -n {_quoted(first)} -s h -l help -d 'show the help'"
    for name, help in helps.items():
        yield f"complete -c pnfilter -n {_quoted(first)} -a {name} -d {_quoted(help)}"
    for name, parser in commands.items():
        seen = _quoted(f"__fish_seen_subcommand_from {name}")
        for action in parser._actions:  # noqa: SLF001
            words = "".join(_fish_words(action))
            if words:
                yield f"complete -c pnfilter -n {seen}{words}"


def _fish_words(action: argparse.Action) -> Iterator[str]:
    for option in action.option_strings:
        yield f" -l {option[2:]}" if option.startswith("--") else f" -s {option[1:]}"
    takes_value = action.nargs != 0
    if action.choices:
        choices = _quoted(" ".join(map(str, action.choices)))
        yield f" {'-x ' if action.option_strings else ''}-a {choices}"
    elif action.metavar == _FILE:
        yield " -r -F" if action.option_strings else " -F"
    elif takes_value and action.option_strings:
        yield " -x"
    if action.help and action.option_strings:
        yield f" -d {_quoted(action.help)}"


def _quoted(text: str) -> str:
    """The text as one word of fish."""
    return "'" + re.sub(r"([\\'])", r"\\\1", text) + "'"


def main() -> int:
    """Write all scripts; with ``--check`` say which are stale, and write nothing."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="exit 1 where a script is stale")
    check = arguments.parse_args().check
    stale = 0
    for shell in SHELLS:
        path = script_path(shell)
        made = script(shell)
        if path.exists() and path.read_text(encoding="utf-8") == made:
            continue
        stale += 1
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made, encoding="utf-8")
        print(f"{path} {'is stale' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
