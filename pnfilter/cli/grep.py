"""``grep``: the messages that a filter selects; and the options of ``diff``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.filter_text import Once
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_NO,
    EXIT_OK,
    CommandError,
    add_color,
    complain,
    is_terminal,
)
from pnfilter.input.sources import STDIN

if TYPE_CHECKING:
    from pnfilter.cli.grep_output import Context, Printer
    from pnfilter.filters import Filter
    from pnfilter.input.reader import MessageReader
    from pnfilter.scanning.search import Search
    from pnfilter.semantics import Reason

#: What commands that read messages say of their input.
INPUT = """\
Messages are read from the files, or from standard input (-, or no file at all), one JSON object
with `data` and `meta` a line, plain or compressed by gzip or zstd. A file that is one JSON array
is read as its elements, and objects may go over several lines. Subscribe answers, history, events
and results of SDKs and HAR recordings are recognised by the first value, and the messages in them
are read. --payload data: each line is a bare payload, and its metadata, which was not recorded, is
unreadable. --payload envelope: each line is an item of a subscribe answer or of history. What can't
be read is reported and skipped, and the exit status is then 2.
"""

_GREP_EXAMPLES = f"""\
{INPUT}
A filter's verdict on a message is yes, no, or undecided: the message can't be read here, or what
the server does then is not known. Undecided messages are kept unless --undecided says otherwise.

Exit status: 0 something was selected, 1 nothing was, 2 trouble.

examples:
  pnfilter grep 'data.mag > 5' quakes.ndjson
  pnfilter grep -c 'meta.net == "ak"' *.ndjson.gz
  pnfilter grep -C 2 'meta.alert == "red"' log.ndjson
  pnfilter grep -o data.place 'data.mag >= 6' quakes.ndjson
  pnfilter grep -l 'data.mag >= 7' logs/*.ndjson
  pnfilter grep -nv 'data.place LIKE "*Alaska*"' quakes.ndjson
  pnfilter grep -f alarms.filters quakes.ndjson
  pnfilter grep --undecided only 'data.felt != meta.alert' quakes.ndjson
  pnfilter grep --quick -c 'data.id == "us1000chvf"' large.ndjson
  tail -f log.ndjson | pnfilter grep --line-buffered 'meta.alert == "red"'
"""

_DIFF_EXAMPLES = f"""\
{INPUT}
Exit status: 0 the filters agree on every message, 1 they differ, 2 trouble.

examples:
  pnfilter diff 'data.mag > 5' 'data.mag >= 5' quakes.ndjson
  pnfilter diff --format json 'data.mag > 5' 'data.sig > 400' quakes.ndjson
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``grep`` and ``diff``."""
    # As in grep, -h is about file names.
    parser = subparsers.add_parser(
        "grep",
        add_help=False,
        usage="pnfilter grep [OPTION ...] {FILTER | -f FILE} [FILE ...]",
        help="print the messages that a filter lets through",
        description="Print the messages that a filter lets through, as they are in the input.",
        epilog=_GREP_EXAMPLES,
    )
    parser.add_argument(
        "filter",
        nargs="?",
        metavar="FILTER",
        help="the filter's text; - reads it from standard input",
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="files of messages; - is standard input"
    )
    parser.add_argument(
        "-e",
        "--expression",
        action=Once,
        metavar="FILTER",
        help="the filter; all other words are then files",
    )
    parser.add_argument(
        "-f",
        "--file",
        action="append",
        dest="filters",
        default=[],
        metavar="FILE",
        help="filters, one a line as in a .filters file: select what any of them lets through "
        "(also of -e); all words are then files of messages; may be repeated",
    )
    results = parser.add_mutually_exclusive_group()
    results.add_argument(
        "-c",
        "--count",
        action="store_true",
        help="print only how many messages were selected, for each file",
    )
    results.add_argument(
        "-l",
        "--files-with-matches",
        action="store_true",
        help="print only the names of files with a selected message, and read no further in them",
    )
    results.add_argument(
        "-L",
        "--files-without-match",
        action="store_true",
        help="print only the names of files without one",
    )
    results.add_argument(
        "-o",
        "--only",
        action=Once,
        metavar="FIELD",
        help="print only this field of each selected message, such as data.mag, as JSON, strings "
        "without quotes; nothing for a message that lacks it",
    )
    parser.add_argument(
        "-v",
        "--invert-match",
        action="store_true",
        help="select what the filter turns down; undecided stays undecided",
    )
    parser.add_argument(
        "-n",
        "--line-number",
        action="store_true",
        help="print the line's number before it (of an array: the element's)",
    )
    parser.add_argument(
        "-m",
        "--max-count",
        type=_count,
        metavar="NUM",
        help="stop reading a file after NUM selected messages",
    )
    for letter, where in (("A", "after"), ("B", "before")):
        parser.add_argument(
            f"-{letter}",
            f"--{where}-context",
            type=_count,
            metavar="NUM",
            help=f"print NUM lines {where} each selected one, too, and -- between groups",
        )
    parser.add_argument(
        "-C", "--context", type=_count, metavar="NUM", help="both: NUM lines before and after"
    )
    names = parser.add_mutually_exclusive_group()
    names.add_argument(
        "-H",
        "--with-filename",
        action="store_true",
        default=None,
        help="print the file's name before each line; so it is done for several files",
    )
    names.add_argument(
        "-h", "--no-filename", action="store_false", dest="with_filename", help="never print it"
    )
    parser.add_argument(
        "--undecided",
        choices=("keep", "drop", "only"),
        help="select undecided messages too (keep, the default), never (drop), or only them (only)",
    )
    add_payload(parser)
    parser.add_argument(
        "-j",
        "--jobs",
        type=_jobs,
        metavar="NUM",
        help="processes that read a large file (default: one for each core)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="don't read lines that can't match: broken ones among them go unnoticed, "
        "undecided messages are dropped",
    )
    parser.add_argument(
        "--follow",
        action="store_true",
        help="read on as the file grows, as tail -F does; lines are written at once",
    )
    parser.add_argument(
        "--line-buffered", action="store_true", help="write each line at once, also into a pipe"
    )
    parser.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="print nothing; end with 0 at the first selected message, even after an error",
    )
    parser.add_argument(
        "--stats",
        action="store_true",
        help="end with how much was read and found, and the seconds, on standard error",
    )
    add_assume(parser)
    add_silence(parser)
    add_color(parser)
    parser.add_argument("--help", action="help", help="show this help and end")
    parser.set_defaults(func=grep_command, refuse=parser.error)

    parser = subparsers.add_parser(
        "diff",
        help="print the messages on which two filters differ",
        description="Print the messages on which two filters differ: position, verdict of A, "
        "verdict of B, message.",
        epilog=_DIFF_EXAMPLES,
    )
    parser.add_argument("a", metavar="A", help="a filter's text; - reads it from standard input")
    parser.add_argument("b", metavar="B", help="another one's, or -")
    # With a default argparse doesn't report that it is missing, too.
    parser.add_argument(
        "files",
        nargs="*",
        default=[],
        metavar="FILE",
        help="files of messages; - is standard input",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="a line for each message (text, the default), or an array of objects (json)",
    )
    parser.add_argument(
        "-c", "--count", action="store_true", help="print only how many messages differ"
    )
    add_payload(parser)
    add_assume(parser)
    add_silence(parser)
    add_color(parser)
    parser.set_defaults(func=diff_command)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0")
    return int(text)


def _jobs(text: str) -> int:
    number = _count(text)
    if not number:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def add_payload(parser: argparse.ArgumentParser) -> None:
    """The option that says what lines hold."""
    parser.add_argument(
        "--payload",
        choices=("auto", "message", "data", "envelope"),
        default="auto",
        help="what a line holds (default: auto, by the first value)",
    )


def add_silence(parser: argparse.ArgumentParser) -> None:
    """The option for no words on standard error."""
    parser.add_argument(
        "-s",
        "--no-messages",
        action="store_true",
        help="no warnings, notes and messages about unreadable input; the exit status remains",
    )


def diff_command(arguments: argparse.Namespace) -> int:
    """Print the messages on which the filters differ."""
    from pnfilter.cli.diff import compare

    return compare(arguments)


def grep_command(arguments: argparse.Namespace) -> int:
    """Print what the filter selects."""
    from pnfilter.cli.message_options import inputs_of, reader_for
    from pnfilter.cli.progress import Progress
    from pnfilter.input.payloads import in_lines
    from pnfilter.input.reader import total_size
    from pnfilter.nearest import AbsentFields
    from pnfilter.scanning.evaluator import MatchOptions
    from pnfilter.scanning.search import Search
    from pnfilter.scanning.workers import Task

    text, files = arguments.filter, arguments.files
    if arguments.expression is not None or arguments.filters:
        files = files if text is None else [text, *files]
        text = arguments.expression
    elif text is None:
        # Ends here: argparse shows the usage and leaves.
        return int(arguments.refuse("no filter given"))
    if arguments.quick:
        if arguments.stats:
            arguments.refuse("--quick doesn't read all messages: --stats can't count them")
        if arguments.undecided or arguments.invert_match:
            arguments.refuse("--quick finds what matches: --undecided and -v need all messages")
        arguments.undecided = "drop"
    arguments.undecided = arguments.undecided or "keep"
    field = _field_of(arguments)
    around_sizes = _around_sizes(arguments)
    quiet = arguments.quiet or arguments.no_messages
    filter = _filter_of(arguments, text, files, warn=not quiet)
    files = inputs_of(files, *([] if arguments.filters or text is None else [text]))
    if arguments.follow:
        _check_follow(arguments, files)
    from pnfilter.cli.grep_output import Context, Printer, Statistics

    several = len(files) > 1
    with_name = several if arguments.with_filename is None else arguments.with_filename
    # On a terminal the bar and the lines would write over each other.
    lists_names = arguments.files_with_matches or arguments.files_without_match
    prints = not (arguments.count or lists_names or arguments.quiet)
    wanted = not (arguments.no_messages or arguments.follow or (prints and is_terminal(sys.stdout)))
    selection = MatchOptions(
        not arguments.invert_match, arguments.undecided, prints, arguments.quick, field
    )
    absent = AbsentFields(filter.fields)
    with Progress(total_size(files), wanted=wanted) as progress:
        printer = Printer(arguments, with_name=with_name)
        around = Context(*around_sizes, printer) if around_sizes and prints else None
        statistics = Statistics(progress.advance) if arguments.stats else None
        advance = statistics.advance if statistics else progress.advance
        reader = reader_for(arguments, progress, advance, around.see if around else None)
        search = Search(
            Task(filter, selection, in_lines(arguments.payload)),
            arguments.jobs,
            most=_most(arguments.max_count, stops_early=lists_names or arguments.quiet),
            observer=absent,
            advance=advance,
            around=around,
        )
        for name in files:
            _search(search, reader, name, around or printer, follow=arguments.follow)
            if statistics is not None:
                statistics.end_input(search, reader)
            if arguments.quiet and search.count:
                break
            if prints or arguments.quiet or not reader.opened:
                continue
            with progress.beside():
                if arguments.count:
                    printer.print_count(name, search.count)
                elif bool(search.count) is arguments.files_with_matches:
                    printer.print_name(name)
    sys.stdout.flush()
    if statistics is not None:
        statistics.show(search)
    if arguments.quiet and search.selected:
        return EXIT_OK
    # Of what was not read nothing is known.
    quiet = quiet or arguments.quick
    if search.undecided and not quiet:
        # Imported late: most searches have nothing undecided.
        from pnfilter.semantics.questions import advice

        complain(f"note: {_undecided_note(search.undecided, arguments.undecided)}")
        if help := advice(search.undecided):
            complain(f"note: {help}")
    # A filter with a misspelt field selects nothing, or with `!=` everything, without a word.
    if not quiet and not search.stopped and search.selected in {0, search.messages}:
        for note in absent.notes():
            complain(f"note: {note}")
    if reader.failed:
        return EXIT_MISUSE
    return EXIT_OK if search.selected else EXIT_NO


def _filter_of(
    arguments: argparse.Namespace, text: str | None, files: list[str], *, warn: bool
) -> Filter:
    """The filter that is the first word or given by ``-e``, or any of those that ``-f`` names."""
    from pnfilter.cli import message_options
    from pnfilter.cli.filter_text import from_command_line

    assumed = assumptions(arguments)
    lists: list[str] = arguments.filters
    if not lists:
        assert text is not None
        if arguments.expression is None:
            text = message_options.text_of(text, files)
        return message_options.compile_filter(text, warn=warn, assumed=assumed)
    if lists.count(STDIN) + files.count(STDIN) + (not files) > 1 and STDIN in lists:
        raise CommandError(message_options.READ_ONCE)
    given = [] if text is None else [text]
    sources = [*from_command_line(given), *message_options.texts_in(lists)]
    return message_options.compile_any(sources, warn=warn, assumed=assumed)


def _search(
    search: Search, reader: MessageReader, name: str, output: Printer | Context, *, follow: bool
) -> None:
    """Search one input, and print what is found."""
    from pnfilter.input.follow import follow as following
    from pnfilter.input.sources import origin_of
    from pnfilter.scanning.workers import WorkerError

    output.begin(origin_of(name))
    try:
        with following(name) if follow else nullcontext(name) as source:
            for lines in search.lines(reader, source, whole=not follow):
                output.print(lines)
        output.end()
    except WorkerError as error:
        raise CommandError(str(error)) from None


def _field_of(arguments: argparse.Namespace) -> str:
    """The field to print instead of messages; empty for none."""
    from pnfilter.diagnostics import FilterSyntaxError
    from pnfilter.scanning.field_output import FieldPrinter
    from pnfilter.wording import shorten

    text: str | None = arguments.only
    if text is None:
        return ""
    try:
        FieldPrinter(text)
    except (FilterSyntaxError, ValueError):
        arguments.refuse(f"-o takes a field, such as data.mag, not {shorten(text) or 'nothing'}")
    return text


def _around_sizes(arguments: argparse.Namespace) -> tuple[int, int] | None:
    """How many lines before and after a selected one are printed, too; None without the options."""
    before, after, both = arguments.before_context, arguments.after_context, arguments.context
    if before is after is both is None:
        return None
    if (
        arguments.count
        or arguments.files_with_matches
        or arguments.files_without_match
        or arguments.only
    ):
        arguments.refuse("-A, -B and -C print lines: not with -c, -l, -L or -o")
    both = both or 0
    return both if before is None else before, both if after is None else after


def _most(given: int | None, *, stops_early: bool) -> int | None:
    """Messages of an input after which its search ends: one where more change nothing."""
    return min(1, 1 if given is None else given) if stops_early else given


def _check_follow(arguments: argparse.Namespace, files: list[str]) -> None:
    if arguments.count or arguments.files_without_match:
        option = "-c counts" if arguments.count else "-L prints names"
        arguments.refuse(f"--follow has no end, and {option} at the end")
    if arguments.stats:
        arguments.refuse("--follow has no end, and --stats counts at the end")
    if len(files) != 1 or files[0] == STDIN:
        arguments.refuse("--follow reads one file; what is piped in is read as it comes anyway")


_UNDECIDED_VERBS = {"keep": "kept", "drop": "left out", "only": "found"}


def _undecided_note(reasons: Counter[Reason], mode: str) -> str:
    """How many undecided messages there were, what became of them, and the commonest reason."""
    total = reasons.total()
    ((reason, times),) = reasons.most_common(1)
    often = "" if times == total else f"most often ({times:,}) "
    messages = "message" if total == 1 else "messages"
    note = f"{_UNDECIDED_VERBS[mode]} {total:,} undecided {messages}: {often}{reason.text}"
    return f"{note}; --undecided drop leaves them out" if mode == "keep" else note
