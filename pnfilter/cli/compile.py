"""``compile``: the Python that a filter becomes, and how much of it is decided there."""

from __future__ import annotations

import argparse
import sys

from pnfilter.cli.filter_text import add_filter, filter_and_rest
from pnfilter.cli.terminal import EXIT_OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EXAMPLES = """\
Without --show, only how many parts of the filter are compiled is said. A part is a comparison, or a
bare operand; alternatives for one field, as in a == "x" || a == "y", are one. What can't be
compiled is left to the interpreter, which gives the same verdicts, slower.

examples:
  pnfilter compile 'meta.net == "us" && data.mag >= 5' --show
  pnfilter compile 'data.a LIKE data.b'
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``compile``."""
    parser = subparsers.add_parser(
        "compile",
        help="show the Python that a filter is evaluated by",
        description="Compile a filter as Filter.evaluate does, and show the Python.",
        epilog=_EXAMPLES,
    )
    add_filter(parser)
    parser.add_argument("--show", action="store_true", help="print the generated source")
    parser.set_defaults(func=compile_command)


def compile_command(arguments: argparse.Namespace) -> int:
    """Print the source of a filter's function, or how much of the filter is in it."""
    text, _ = filter_and_rest(arguments)
    from pnfilter.compiler.listing import listed
    from pnfilter.compiler.program import MAX_LEAVES, generate
    from pnfilter.syntax.parser import parse
    from pnfilter.wording import counted

    expression = parse(text)
    if arguments.show:
        sys.stdout.write(listed(expression))
        return EXIT_OK
    program = generate(expression, "message")
    if program is None:
        print(f"more than {counted(MAX_LEAVES, 'part')}: the interpreter evaluates this filter")
        return EXIT_OK
    parts = [part.is_left for part in program.all_leaves()]
    compiled, left = parts.count(False), parts.count(True)
    print(f"{counted(len(parts), 'part')}: {compiled:,} compiled, {left:,} left to the interpreter")
    return EXIT_OK
