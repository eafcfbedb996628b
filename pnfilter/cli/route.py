"""``route``: the keys of those among many filters that each message matches.

A file of filters that begins with a brace is JSON, as no filter does. An object has keys and
filters; an object with ``key`` and ``filter`` is one of them, whatever else it has, as in a line of
newline-delimited JSON. In a ``.filters`` file the keys are the numbers of the lines.
"""

from __future__ import annotations

import argparse
import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.filter_text import BOM, FilterText, Once, ReadFailure, filter_lines, open_filters
from pnfilter.cli.grep import INPUT, add_payload, add_silence
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_NO,
    EXIT_OK,
    CommandError,
    add_color,
    complain,
    is_terminal,
    tell,
)
from pnfilter.diagnostics import Position
from pnfilter.input.sources import origin_of, reason_of
from pnfilter.message import is_unicode

if TYPE_CHECKING:
    from collections import Counter

    from pnfilter.index.filter_set import FilterSet, Matches
    from pnfilter.input.reader import Item
    from pnfilter.semantics.assumptions import Assumptions


#: Faults of a file of filters that are shown; then it is not read any further.
MAX_FAULTS: Final = 20

_EXAMPLES = f"""\
Filters have keys. A file of them is a JSON object of keys and filters, or newline-delimited JSON
with `key` and `filter` (and anything else) in each line, or has one filter a line, and the keys are
the numbers of the lines.

{INPUT}
For each message that some filter matches, or is undecided about, a line is printed: an object
with the place, the keys of the filters as `matched` and `undecided`, and the `message`.

Exit status: 0 some filter matched some message, 1 none did, 2 trouble.

examples:
  pnfilter route --filters subscribers.json messages.ndjson
  pnfilter route --filters all.filters --count messages.ndjson.gz
  tail -f log.ndjson | pnfilter route --filters subscribers.ndjson --line-buffered
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``route``."""
    parser = subparsers.add_parser(
        "route",
        help="print for each message the keys of the filters that it matches",
        description="Print for each message which of many filters it matches.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="files of messages; - is standard input"
    )
    parser.add_argument(
        "--filters", action=Once, metavar="FILE", help="the file of filters (required)"
    )
    parser.add_argument(
        "-a", "--all", action="store_true", help="print messages that no filter matches as well"
    )
    parser.add_argument(
        "-c",
        "--count",
        action="store_true",
        help="print only, for each filter that was not idle, how many messages it matched",
    )
    parser.add_argument(
        "--stats",
        action="store_true",
        help="end with how the filters were found, on standard error",
    )
    add_payload(parser)
    parser.add_argument(
        "--line-buffered", action="store_true", help="write each line at once, also into a pipe"
    )
    add_assume(parser)
    add_silence(parser)
    add_color(parser)
    parser.set_defaults(func=route_command, refuse=parser.error)


@contextmanager
def _staying() -> Iterator[None]:
    """Leave all filters out of garbage collection: that would take longer than matching."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def route_command(arguments: argparse.Namespace) -> int:
    """Print what each message matches."""
    import sys
    from collections import Counter

    from pnfilter.cli.message_options import inputs_of, reader_for
    from pnfilter.cli.progress import Progress
    from pnfilter.input.reader import total_size
    from pnfilter.input.sources import STDIN

    if arguments.filters is None:
        # Ends here: argparse shows the usage and leaves.
        return int(arguments.refuse("no filters given: --filters FILE"))
    files = inputs_of(arguments.files)
    if arguments.filters == STDIN and STDIN in files:
        raise CommandError("standard input (-) can be read once only: filters or messages")
    speaks = not arguments.no_messages
    with Progress(total_size([arguments.filters]), wanted=speaks) as progress:
        filters = _filters(arguments.filters, progress, assumptions(arguments))
    order = {key: number for number, key in enumerate(filters)}
    matched: Counter[Key] = Counter()
    undecided: Counter[Key] = Counter()
    flushes = arguments.line_buffered or is_terminal(sys.stdout)
    wanted = speaks and (arguments.count or not is_terminal(sys.stdout))
    with _staying(), Progress(total_size(files), wanted=wanted) as progress:
        reader = reader_for(arguments, progress)
        for name in files:
            for item in reader.read(name):
                found = filters.match(item.message)
                matched.update(found.matched)
                undecided.update(found.undecided)
                if arguments.count or not (arguments.all or found.matched or found.undecided):
                    continue
                sys.stdout.buffer.write(_line(item, found, order))
                if flushes:
                    sys.stdout.buffer.flush()
    if arguments.count:
        _print_counts(matched, undecided, order)
    sys.stdout.flush()
    if arguments.stats:
        tell(str(filters.stats()))
    if reader.failed:
        return EXIT_MISUSE
    return EXIT_OK if matched else EXIT_NO


def _filters(name: str, progress: Any, assumed: Assumptions | None) -> FilterSet[Key]:
    """The filters of a file; ``CommandError`` where something is wrong with one, which is shown."""
    from pnfilter.cli.filter_text import ReadFailure
    from pnfilter.cli.reports import show
    from pnfilter.diagnostics import FilterSyntaxError
    from pnfilter.index.filter_set import FilterSet
    from pnfilter.input.sources import origin_of

    filters: FilterSet[Key] = FilterSet(assume=assumed)
    faults = 0
    for found in read_keyed(name):
        if isinstance(found, ReadFailure):
            fault = found.message
        elif found.key in filters:
            fault = f"{found.source.origin}: duplicate key"
        else:
            progress.advance(found.source.size)
            try:
                filters.add(found.key, found.source.text)
                continue
            except FilterSyntaxError as error:
                fault = ""
                with progress.beside():
                    show(found.source, error.diagnostics)
        if fault:
            with progress.beside():
                complain(fault)
        faults += 1
        if faults == MAX_FAULTS:
            break
    origin = origin_of(name)
    if faults:
        raise CommandError(f"{origin}: not all filters can be read, so nothing is routed")
    if not filters:
        raise CommandError(f"{origin}: no filter in it")
    return filters


def _line(item: Item, found: Matches[Key], order: dict[Key, int]) -> bytes:
    """A message and its keys, in the order of the filters' file."""
    import json

    head = {
        "file": item.source,
        item.unit: item.number,
        "matched": sorted(found.matched, key=order.__getitem__),
        "undecided": sorted(found.undecided, key=order.__getitem__),
    }
    start = json.dumps(head).removesuffix("}").encode()
    return start + b', "message": ' + item.raw.strip() + b"}\n"


def _print_counts(matched: Counter[Key], undecided: Counter[Key], order: dict[Key, int]) -> None:
    import json

    for key in sorted({*matched, *undecided}, key=order.__getitem__):
        line = {"key": key, "matched": matched[key], "undecided": undecided[key]}
        print(json.dumps(line))


#: Bytes of the largest file of filters.
MAX_BYTES: Final = 1 << 30

Key = str | int


class Keyed(NamedTuple):
    """A filter, and its key."""

    key: Key
    source: FilterText


class _Pairs(list[tuple[Key, Any]]):
    """An object of JSON, with every key that it repeats."""


def read_keyed(name: str) -> Iterator[Keyed | ReadFailure]:
    """The filters of a file, one at a time; what can't be read of it in their place."""
    origin = origin_of(name)
    try:
        with open_filters(name) as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        yield ReadFailure(reason_of(error, origin))
        return
    if len(content) > MAX_BYTES:
        yield ReadFailure(f"{origin}: longer than {MAX_BYTES:,} bytes")
    elif content.removeprefix(BOM).lstrip().startswith(b"{"):
        yield from _objects(content.removeprefix(BOM), origin)
    else:
        for found in filter_lines(BytesIO(content), origin):
            yield found if isinstance(found, ReadFailure) else Keyed(found.first.line, found)


def _objects(content: bytes, origin: str) -> Iterator[Keyed | ReadFailure]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        yield ReadFailure(f"{origin}: not UTF-8 (byte 0x{content[error.start]:02x})")
        return
    try:
        yield from _entries(_decode(text), origin, origin)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            yield ReadFailure(f"{origin}:{error.lineno}:{error.colno}: not JSON: {error.msg}")
            return
        # Lines of bytes: in a text other characters end lines, too, that may be in JSON.
        for number, line in enumerate(content.splitlines(), 1):
            if line and not line.isspace():
                yield from _keyed_line(line.decode(), f"{origin}:{number}")


def _keyed_line(line: str, place: str) -> Iterator[Keyed | ReadFailure]:
    try:
        found = _decode(line)
    except json.JSONDecodeError as error:
        yield ReadFailure(f"{place}:{error.colno}: not JSON: {error.msg}")
        return
    if isinstance(found, _Pairs):
        yield from _entries(found, place, place)
    else:
        yield ReadFailure(f"{place}: expected an object with `key` and `filter`")


def _decode(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_Pairs)
    except (RecursionError, ValueError) as error:
        if isinstance(error, json.JSONDecodeError):
            raise
        raise json.JSONDecodeError(str(error), text, 0) from None


def _entries(found: _Pairs, place: str, origin: str) -> Iterator[Keyed | ReadFailure]:
    entries = dict(found)
    if entries.keys() >= {"key", "filter"}:
        names = [name for name, _ in found]
        for name in ("key", "filter"):
            if names.count(name) > 1:
                yield ReadFailure(f"{place}: `{name}` is given twice")
                return
        key = entries["key"]
        if not isinstance(key, (str, int)) or isinstance(key, bool):
            yield ReadFailure(f"{place}: `key` must be a string or an integer")
            return
        found = _Pairs([(key, entries["filter"])])
    for key, text in found:
        if isinstance(key, str) and not is_unicode(key):
            yield ReadFailure(f"{place}: a key with an unpaired surrogate")
        elif isinstance(text, str):
            yield Keyed(key, FilterText(text, f"{origin}: {key}", Position(1, 1), len(text)))
        else:
            yield ReadFailure(f"{place}: the filter of {json.dumps(key)} must be a string")
