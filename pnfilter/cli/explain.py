"""``explain``, ``fields``, ``ast`` and ``encode``: what is in a filter, and why it matches."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.filter_text import add_filter, filter_and_rest
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_OK,
    CommandError,
    complain,
    is_terminal,
    tell,
    use_color,
)
from pnfilter.input.sources import STDIN, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pnfilter.filters import Filter
    from pnfilter.input.reader import MessageReader
    from pnfilter.message import AnyMessage
    from pnfilter.semantics import Verdict
    from pnfilter.syntax.nodes import Expression

_EXPLAIN_EXAMPLES = """\
FILE and -m hold messages in any form that `pnfilter grep` reads: lines, arrays, answers of the
service, events of SDKs, HAR recordings. Without FILE they come from standard input. Of many
messages the first match and the first non-match are explained; where there is no match or no
non-match, the first undecided one, too.

examples:
  pnfilter explain 'data.mag > 5' quakes.ndjson
  pnfilter explain 'data.mag > 5' quakes.ndjson -n 17
  pnfilter explain 'region == "east"' -m '{"meta": {"region": "West"}, "data": "hi"}'
  pnfilter explain 'data.mag > 5' quakes.ndjson --format json
"""
_FIELDS_EXAMPLES = """\
examples:
  pnfilter fields 'region == "east" && data.user["role"] LIKE "mod*"'
"""
_AST_EXAMPLES = """\
examples:
  pnfilter ast 'a == 1 || !(b CONTAINS "x")'
  pnfilter ast 'a == 1' --format json
"""
_ENCODE_EXAMPLES = """\
The parameter goes to standard output, its length in bytes to standard error.
Exit status: 0 done, 2 misuse, or the text is no filter.

examples:
  pnfilter encode 'meta.region == "east"'
  curl "$SUBSCRIBE_URL&$(pnfilter encode 'meta.region == "east"')"
"""

#: Digits of the number of a line.
MAX_DIGITS = 18
_INDENT = "  "
#: The name of what `-m` gives where something is wrong with it, and where it is explained.
_GIVEN = "-m"
_MESSAGE = "(message)"


class Chosen(NamedTuple):
    """A message to explain; ``number`` is its line, or its place in an array."""

    file: str
    number: int
    message: AnyMessage


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``explain``, ``fields``, ``ast`` and ``encode``."""
    parser = subparsers.add_parser(
        "explain",
        help="say why a filter lets a message through, or not",
        description="Say why a filter lets a message through, or not: every part with its value.",
        epilog=_EXPLAIN_EXAMPLES,
    )
    add_filter(parser, "FILE", "a file of messages, one JSON object a line; - is standard input")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-n", "--line", type=_line_number, metavar="LINE", help="explain the message on this line"
    )
    where.add_argument(
        "-m",
        "--message",
        metavar="JSON",
        help="explain this message, or answer, event or recording with messages",
    )
    parser.add_argument(
        "--payload",
        choices=("auto", "message", "data", "envelope"),
        default="auto",
        help="what a line holds: any form that grep reads (default), a message with data and "
        "meta, the bare payload, or an item of a subscribe answer or of history",
    )
    add_assume(parser)
    _add_format(parser)
    parser.set_defaults(func=explain_command)

    parser = subparsers.add_parser(
        "fields",
        help="list the fields that a filter reads",
        description="List the fields that a filter reads, one a line, each once.",
        epilog=_FIELDS_EXAMPLES,
    )
    add_filter(parser)
    _add_format(parser)
    parser.set_defaults(func=fields_command)

    parser = subparsers.add_parser(
        "ast",
        help="print the syntax tree of a filter",
        description="Print the syntax tree of a filter: how its parts belong together.",
        epilog=_AST_EXAMPLES,
    )
    add_filter(parser)
    _add_format(parser)
    parser.set_defaults(func=ast_command)

    parser = subparsers.add_parser(
        "encode",
        help="print a filter as the parameter of a subscribe request",
        description="Print a filter as the percent-encoded parameter of a subscribe request.",
        epilog=_ENCODE_EXAMPLES,
    )
    add_filter(parser)
    parser.set_defaults(func=encode_command)


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="(default: text)"
    )


def _line_number(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise argparse.ArgumentTypeError(f"no file has a line of {len(text):,} digits")
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"lines are counted from 1, got {text}")
    return int(text)


# explain


def explain_command(arguments: argparse.Namespace) -> int:
    """Explain a filter's verdict on chosen messages of a file, or on one given message."""
    from pnfilter.cli.message_options import READ_ONCE, compile_filter, refuse_other_order

    text, file = filter_and_rest(arguments)
    if arguments.message is not None and file is not None:
        arguments.refuse("a message is given by -m, or comes from FILE: not both")
    name = STDIN if file is None else file
    if arguments.message is None and name == STDIN:
        if arguments.filter == STDIN and arguments.expression is None:
            raise CommandError(READ_ONCE)
        if sys.stdin is None or is_terminal(sys.stdin):
            arguments.refuse("no message given: name a FILE, give one by -m, or pipe some in")
    refuse_other_order([name], text)
    filter = compile_filter(text, warn=True, assumed=assumptions(arguments))
    if arguments.message is not None:
        return _explain_given(filter, arguments)

    from pnfilter.input.reader import MessageReader

    reader = MessageReader(payload=arguments.payload, complain=complain, note=_note)
    if arguments.line is not None:
        chosen = [_on_line(reader, name, arguments.line)]
    else:
        messages = (Chosen(each.source, each.number, each.message) for each in reader.read(name))
        chosen = _first_of_each(filter, messages)
    _print_explanations(filter, chosen, arguments.format)
    return EXIT_MISUSE if reader.failed else EXIT_OK


def _explain_given(filter: Filter, arguments: argparse.Namespace) -> int:
    """Explain what ``-m`` has: one message, or of several the first match and non-match."""
    from pnfilter.input.reader import MessageReader

    complaints: list[str] = []
    content = _content(arguments.message)
    # There is no need to say where on its only line.
    place = ("", "") if b"\n" in content.strip() else (f"{_GIVEN}:1: ", f"{_GIVEN}: ")
    reader = MessageReader(
        payload=arguments.payload,
        complain=lambda text: complaints.append(text.replace(*place, 1) if place[0] else text),
        note=lambda text: _note(text.replace(*place, 1) if place[0] else text),
    )
    found = list(reader.read(_Given(content)))
    if not found:
        why = complaints[0].replace(": skipped: ", ": ", 1) if complaints else ""
        name = arguments.message.removeprefix("@")
        # A path may be no text that Path takes.
        if os.path.isfile(name):  # noqa: PTH113
            why = f"{_GIVEN}: not a message but the name of a file: to read {name}, leave out -m"
        raise CommandError(why or f"{_GIVEN}: no message in it")
    for complaint in complaints:
        complain(complaint)
    messages = [Chosen(_MESSAGE, each.number, each.message) for each in found]
    chosen = _first_of_each(filter, messages) if len(messages) > 1 else messages
    _print_explanations(filter, chosen, arguments.format, numbered=len(messages) > 1)
    return EXIT_MISUSE if reader.failed else EXIT_OK


class _Given(io.BytesIO):
    """What is given by an option, as a file."""

    name = _GIVEN


def _content(text: str) -> bytes:
    """The text of ``-m``; on one line if it is one JSON value, whatever the payload."""
    from pnfilter.decode import BrokenMessage, decode
    from pnfilter.input.json_array import on_one_line

    # What the shell passed on that is no UTF-8 is then said to be none.
    raw = text.encode("utf-8", "surrogateescape")
    try:
        decode(raw)
    except BrokenMessage:
        return raw
    return on_one_line(raw)


def _on_line(reader: MessageReader, name: str, line: int) -> Chosen:
    for item in reader.read(name):
        if item.number == line:
            return Chosen(item.source, item.number, item.message)
        if item.number > line:
            break
    raise CommandError(f"{origin_of(name)}: there is no message on line {line:,}")


def _first_of_each(filter: Filter, messages: Iterable[Chosen]) -> list[Chosen]:
    """The first match and the first non-match, and the first undecided one where one is missing."""
    from pnfilter.nearest import AbsentFields
    from pnfilter.semantics import Verdict
    from pnfilter.wording import counted

    wanted = (Verdict.MATCH, Verdict.NO_MATCH)
    first: dict[Verdict, Chosen] = {}
    absent = AbsentFields(filter.fields)
    for item in messages:
        absent.look(item.message)
        first.setdefault(filter.evaluate(item.message), item)
        if all(verdict in first for verdict in wanted):
            first.pop(Verdict.UNDECIDED, None)
            break
    else:
        # Of one message the explanation says it.
        for note in absent.notes() if absent.messages > 1 else ():
            _note(note)
        names = {Verdict.MATCH: "no match", Verdict.NO_MATCH: "no non-match"}
        missing = " and ".join(text for verdict, text in names.items() if verdict not in first)
        complain(f"{missing} among {counted(absent.messages, 'message')}")
    order = (*wanted, Verdict.UNDECIDED)
    return [first[verdict] for verdict in order if verdict in first]


def _note(text: str) -> None:
    complain(f"note: {text}")


def _print_explanations(
    filter: Filter, chosen: list[Chosen], format: str, *, numbered: bool = True
) -> None:
    explanations = [(item, filter.explain(item.message)) for item in chosen]
    if format == "json":
        found = [
            {"file": item.file, "number": item.number, "explanation": explanation.to_dict()}
            for item, explanation in explanations
        ]
        print(json.dumps(found, indent=2))
        return
    from pnfilter.diagnostics import paint, printable

    color = use_color()
    pages = []
    for item, explanation in explanations:
        place = f"{item.file}:{item.number}" if numbered else item.file
        verdict = filter.evaluate(item.message).value
        title = f"{printable(place)}: {_paint(verdict, color=color)}"
        tree = "\n".join(map(printable, str(explanation).split("\n")))
        pages.append(f"{paint(title, '1', color)}\n{tree}")
    print("\n\n".join(pages), end="\n" if pages else "")


def _paint(verdict: str, *, color: bool) -> str:
    from pnfilter.diagnostics import paint

    styles = {"MATCH": "1;32", "NO_MATCH": "1;31", "UNDECIDED": "1;33"}
    return paint(verdict, styles[verdict], color)


# fields


def fields_command(arguments: argparse.Namespace) -> int:
    """List the fields that a filter reads."""
    from pnfilter.filters import compile
    from pnfilter.syntax.nodes import print_key

    text, _ = filter_and_rest(arguments)
    # Spelled alike whatever the filter's own spelling: a bare name reads the metadata.
    fields = [
        (path, path.root + "".join(map(print_key, path.keys))) for path in compile(text).fields
    ]
    if arguments.format == "json":
        found = [{"field": field, "root": path.root, "keys": path.keys} for path, field in fields]
        print(json.dumps(found, indent=2))
    else:
        for _, field in fields:
            print(_line(field))
    return EXIT_OK


def _line(text: str) -> str:
    from pnfilter.diagnostics import printable

    return printable(text)


# ast


def ast_command(arguments: argparse.Namespace) -> int:
    """Print the syntax tree of a filter."""
    from pnfilter.syntax.nodes import to_dict
    from pnfilter.syntax.parser import parse

    text, _ = filter_and_rest(arguments)
    expression = parse(text)
    if arguments.format == "json":
        print(json.dumps(to_dict(expression), indent=2))
    else:
        for line in tree_lines(expression):
            print(_line(line))
    return EXIT_OK


def tree_lines(root: Expression) -> Iterator[str]:
    """A line for each node, indented below its parent: the type, and the operator or the text."""
    from pnfilter.syntax.outline import outline

    for level, label, _ in outline(root):
        yield _INDENT * level + label


# encode


def encode_command(arguments: argparse.Namespace) -> int:
    """Print the query parameter of a filter, and its length."""
    from pnfilter.lint.rules.precedence import REQUEST_LINE_BYTES, encode
    from pnfilter.syntax.parser import parse
    from pnfilter.wording import counted

    text, _ = filter_and_rest(arguments)
    if arguments.filter == STDIN and arguments.expression is None:
        # A shell or an editor ends the text so.
        text = text.rstrip("\r\n")
    parse(text)
    parameter = f"filter-expr={encode(text)}"
    print(parameter)
    sys.stdout.flush()
    tell(counted(len(parameter), "byte"))
    if len(parameter) > REQUEST_LINE_BYTES:
        complain(f"above some {REQUEST_LINE_BYTES:,} bytes the server may refuse the request (414)")
    return EXIT_OK
