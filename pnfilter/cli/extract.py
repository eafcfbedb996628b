"""``extract``: the filters that programs and configuration set, each with its place."""

from __future__ import annotations

import argparse
import sys

from pnfilter.cli.terminal import EXIT_MISUSE, EXIT_OK, json_line, shown_name, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Bytes of source code from which on a bar shows how far the work has come.
MIN_BYTES_FOR_BAR = 5_000_000

_EXAMPLES = """\
Filters are found in Python, JavaScript and TypeScript (also in markup), Java, Kotlin, Swift,
Objective-C, C and C++, C#, Go, Ruby, PHP, Dart, Rust, Groovy and Scala; in notebooks; in YAML,
TOML, JSON, .env and properties; in addresses with filter-expr and in variables of shell scripts;
in files of filters, and in blocks of Markdown marked as filter. Files that git ignores are left
out. {name} in a filter is what the program fills in. docs/extraction.md has the rules, and the
settings of a project.

Exit status: 0, or 2 for misuse and for files and folders that can't be read.

examples:
  pnfilter extract
  pnfilter extract src config.yml --format json
  pnfilter check src
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``extract``."""
    parser = subparsers.add_parser(
        "extract",
        help="list the filters in source code and configuration",
        description="List the filters in source code and configuration, each with its place.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="files and folders (default: this folder)"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="how they are written (default: text)",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="also what is not taken for a filter, with the reason",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no summary on standard error")
    parser.set_defaults(func=extract_command)


def extract_command(arguments: argparse.Namespace) -> int:
    """Print the filters of all files; the summary goes to standard error."""
    from pnfilter.cli.codebase import code_filters, project_of, size_of
    from pnfilter.cli.filter_text import ReadFailure
    from pnfilter.cli.progress import Progress
    from pnfilter.cli.rule_selection import settings_for
    from pnfilter.diagnostics import printable
    from pnfilter.wording import counted

    names = arguments.files or ["."]
    project = project_of(names, settings_for(names), with_left_out=arguments.all)
    as_json = arguments.format == "json"
    count = left_out = unreadable = 0
    with Progress(size_of(project), least=MIN_BYTES_FOR_BAR) as progress:
        for found in code_filters(project, progress, each_use=True):
            if isinstance(found, ReadFailure):
                unreadable += 1
                progress.complain(found.message)
                continue
            with progress.beside():
                if as_json:
                    sys.stdout.write("[\n  " if not count else ",\n  ")
                    sys.stdout.write(json_line(found.extracted.as_dict()))
                else:
                    start, defined = found.extracted.start, found.extracted.definition
                    place = f"{found.origin}:{start.line}:{start.column}"
                    reason = found.extracted.left_out
                    note = " (App Context)" if found.extracted.entity else ""
                    note += f" (defined at {defined.line}:{defined.column})" if defined else ""
                    origin = found.extracted.origin
                    if origin is not None:
                        position = f"{origin[1].line}:{origin[1].column}"
                        note += f" (defined at {shown_name(origin[0])}:{position})"
                    note += f" (left out: {reason})" if reason else ""
                    print(f"{shown_name(place)}: {printable(found.text)}{note}")
            count += 1
            left_out += bool(found.extracted.left_out)
    if as_json:
        print("\n]" if count else "[]")
    if not arguments.quiet:
        sys.stdout.flush()
        also = f", {left_out:,} left out" if left_out else ""
        tell(
            f"{counted(count - left_out, 'filter')} in {counted(len(project.files), 'file')}{also}"
        )
    return EXIT_MISUSE if unreadable else EXIT_OK
