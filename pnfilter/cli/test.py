"""``test``: whether filters give the verdicts that files expect of them."""

from __future__ import annotations

import argparse
import json
import sys

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_NO,
    EXIT_OK,
    add_color,
    complain,
    reason_of,
    tell,
    use_color,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EXAMPLES = """\
A file is JSON, an object or an array of them:

  {"filter": "data.mag >= 5",
   "cases": [
     {"message": {"data": {"mag": 6.1}, "meta": {"net": "us"}}, "verdict": "MATCH"},
     {"payload": {"mag": 2}, "verdict": "NO_MATCH", "name": "too small"}]}

A verdict is MATCH, NO_MATCH or UNDECIDED. The playground writes such files.

Exit status: 0 all verdicts are as expected, 1 one is not, 2 a file can't be read.

examples:
  pnfilter test alarms.json
  pnfilter test tests/filters/*.json
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``test``."""
    parser = subparsers.add_parser(
        "test",
        help="whether filters give the verdicts that files expect of them",
        description="Compare the verdicts of filters on messages with those that files expect.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file of cases")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="the report")
    add_assume(parser)
    add_color(parser)
    parser.set_defaults(func=test_command, refuse=parser.error)


def test_command(arguments: argparse.Namespace) -> int:
    """Print the cases that fail, each with its explanation, or with how it differs."""
    from pathlib import Path

    from pnfilter.cases import InvalidCases, read_cases
    from pnfilter.cli.terminal import shown_name
    from pnfilter.diagnostics import FilterSyntaxError, paint, printable
    from pnfilter.wording import counted

    assumed = assumptions(arguments)
    color = use_color()
    total = failed = 0
    is_readable = True
    report = []
    for name in arguments.files:
        sets, reason = [], ""
        try:
            sets = read_cases(Path(name), assumed)
        except OSError as error:
            reason = reason_of(error, name)
        except InvalidCases as error:
            reason = f"{name}: {error}"
        except FilterSyntaxError as error:
            reason = f"{name}: invalid filter:\n{error}"
        if reason:
            is_readable = False
            complain(reason)
            continue
        for each in sets:
            total += len(each.cases)
            for failure in each.failures():
                failed += 1
                if arguments.format == "json":
                    report.append(_as_json(name, each.filter.text, failure))
                    continue
                title, *lines = map(printable, str(failure).split("\n"))
                print(paint(f"{shown_name(name)}: {title}", "1", color), *lines, "", sep="\n")
    if arguments.format == "json":
        print(json.dumps(report, indent=2))
    sys.stdout.flush()
    verdict = f"{failed:,} failed" if failed else "all as expected"
    tell(f"{counted(total, 'case')}: {verdict}" if total else "no case")
    if not is_readable:
        return EXIT_MISUSE
    return EXIT_NO if failed else EXIT_OK


def _as_json(name: str, text: str, failure: Any) -> dict[str, Any]:
    return {
        "file": name,
        "filter": text,
        "case": failure.number,
        "name": failure.case.name,
        "expected": failure.case.verdict.value,
        "explanation": failure.explanation.to_dict(),
    }
