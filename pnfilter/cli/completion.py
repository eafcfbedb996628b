"""``completion``: the scripts by which shells complete the command line.

They are made from the parsers by ``tools/completions.py`` and shipped as files, so that printing
one costs no work; a test holds them to the parsers.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pnfilter.cli.terminal import EXIT_OK

SHELLS = ("bash", "zsh", "fish")

_EXAMPLES = """\
examples:
  pnfilter completion bash > ~/.local/share/bash-completion/completions/pnfilter
  pnfilter completion zsh > "${fpath[1]}/_pnfilter"
  pnfilter completion fish > ~/.config/fish/completions/pnfilter.fish
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``completion``."""
    parser = subparsers.add_parser(
        "completion",
        help="print the completion script of a shell",
        description="Print the script by which a shell completes this command line.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell")
    parser.set_defaults(func=completion_command)


def completion_command(arguments: argparse.Namespace) -> int:
    """Print the script of a shell."""
    print(script_path(arguments.shell).read_text(encoding="utf-8"), end="")
    return EXIT_OK


def script_path(shell: str) -> Path:
    """The file that holds a shell's script."""
    return Path(__file__).with_name("completion") / f"pnfilter.{shell}"
