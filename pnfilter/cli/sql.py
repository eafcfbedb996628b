"""``sql``: a filter as an expression for the engines that decide where the data is."""

from __future__ import annotations

import argparse

from pnfilter.cli.filter_text import add_filter, filter_and_rest
from pnfilter.cli.terminal import EXIT_NO, EXIT_OK, CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EXAMPLES = """\
The expression is TRUE for MATCH, FALSE for NO_MATCH and NULL for UNDECIDED. It is for a table
with the columns data and meta. It needs the extra: pip install 'pnfilter[sql]'
Exit status: 0 done, 1 SQL can't decide the filter exactly, 2 misuse, or the text is no filter.

examples:
  pnfilter sql 'data.mag >= 5'
  pnfilter sql 'data.mag >= 5' --data payload --meta metadata --undecided keep
  pnfilter sql 'data.mag >= 5' --dialect spark --columns text
  duckdb -c "SELECT count(*) FROM 'quakes.parquet' WHERE $(pnfilter sql 'data.mag >= 5')"
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``sql``."""
    parser = subparsers.add_parser(
        "sql",
        help="print a filter as an SQL expression",
        description="Print a filter as an SQL expression on columns of JSON.",
        epilog=_EXAMPLES,
    )
    add_filter(parser)
    parser.add_argument(
        "--dialect", choices=("duckdb", "spark"), default="duckdb", help="(default: duckdb)"
    )
    parser.add_argument(
        "--data", metavar="COLUMN", default="data", help="the column of payloads (default: data)"
    )
    parser.add_argument(
        "--meta", metavar="COLUMN", default="meta", help="the column of metadata (default: meta)"
    )
    parser.add_argument(
        "--columns",
        choices=("variant", "text"),
        default="variant",
        help="what Spark's columns hold: VARIANT (default), or text that is JSON",
    )
    parser.add_argument(
        "--undecided",
        choices=("null", "keep", "drop"),
        default="null",
        help="what UNDECIDED becomes: NULL (default), TRUE or FALSE",
    )
    parser.set_defaults(func=sql_command)


def sql_command(arguments: argparse.Namespace) -> int:
    """Print the SQL of a filter."""
    text, _ = filter_and_rest(arguments)
    try:
        from pnfilter.engines.sql import UntranslatableFilter, translate
    except ImportError as error:
        raise CommandError(str(error)) from None
    undecided = None if arguments.undecided == "null" else arguments.undecided
    try:
        expression = translate(
            text,
            arguments.dialect,
            data=arguments.data,
            meta=arguments.meta,
            undecided=undecided,
            columns=arguments.columns,
        )
    except UntranslatableFilter as error:
        words = " ".join([str(error), *getattr(error, "__notes__", ())])
        raise CommandError(f"SQL can't decide this exactly: {words}", status=EXIT_NO) from None
    print(expression)
    return EXIT_OK
