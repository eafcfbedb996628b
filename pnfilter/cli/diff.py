"""The work of ``diff``: the messages on which two filters differ. ``grep`` has its options."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import Protocol

from pnfilter.cli.assumptions import assumptions
from pnfilter.cli.message_options import compile_filter, inputs_of, reader_for, text_of
from pnfilter.cli.progress import Progress
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_NO,
    EXIT_OK,
    CommandError,
    is_terminal,
    tell,
    terminal_width,
    use_color,
)
from pnfilter.diagnostics import paint
from pnfilter.input.reader import Item, total_size
from pnfilter.input.sources import STDIN
from pnfilter.semantics import Reason, Verdict, verdict_of
from pnfilter.wording import shorten

Outcome = bool | Reason

_STYLES = {Verdict.MATCH: "32", Verdict.NO_MATCH: "31", Verdict.UNDECIDED: "33"}
_VERDICT_WIDTH = max(len(verdict.value) for verdict in Verdict)
#: Columns of a place that is shorter.
_PLACE_WIDTH = 6


class Writer(Protocol):
    """Takes the differing messages one after the other, and writes as it goes."""

    def add(self, item: Item, a: Outcome, b: Outcome) -> None:
        """A message on which the outcomes differ."""

    def close(self) -> None:
        """The end of all."""


class TextWriter:
    """A line for each message; on a terminal it is cut to one row."""

    def __init__(self, *, with_name: bool) -> None:
        self._with_name = with_name
        self._color = use_color()
        self._columns = terminal_width() if is_terminal(sys.stdout) else None
        self._output = sys.stdout.buffer

    def add(self, item: Item, a: Outcome, b: Outcome) -> None:
        place = item.place if self._with_name else str(item.number)
        lead = f"{place:<{_PLACE_WIDTH}}"
        verdicts = [
            paint(f"{verdict.value:<{_VERDICT_WIDTH}}", _STYLES[verdict], self._color)
            for verdict in (verdict_of(a), verdict_of(b))
        ]
        message = item.raw.strip()
        if self._columns is not None:
            room = self._columns - len(lead) - 2 * _VERDICT_WIDTH - 6
            message = shorten(message.decode(), room).encode()
        row = f"{lead}  {'  '.join(verdicts)}  "
        self._output.write(row.encode(errors="surrogateescape") + message + b"\n")

    def close(self) -> None:
        pass


class JsonWriter:
    """One array of objects, one per line. The messages in it are unchanged."""

    def __init__(self) -> None:
        self._output = sys.stdout.buffer
        self._before = b"[\n"

    def add(self, item: Item, a: Outcome, b: Outcome) -> None:
        head = {
            "file": item.source,
            item.unit: item.number,
            "a": verdict_of(a).value,
            "b": verdict_of(b).value,
            "a_reason": a.value if isinstance(a, Reason) else None,
            "b_reason": b.value if isinstance(b, Reason) else None,
        }
        start = json.dumps(head).removesuffix("}").encode()
        message = item.raw.strip()
        self._output.write(self._before + start + b', "message": ' + message + b"}")
        self._before = b",\n"

    def close(self) -> None:
        self._output.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")


def compare(arguments: argparse.Namespace) -> int:
    """Print the messages on which two filters differ; the summary goes to stderr."""
    speaks = not arguments.no_messages
    if arguments.a == arguments.b == STDIN:
        raise CommandError("standard input (-) can be read once only: A or B")
    assumed = assumptions(arguments)
    a = compile_filter(text_of(arguments.a, arguments.files), "A", warn=speaks, assumed=assumed)
    b = compile_filter(text_of(arguments.b, arguments.files), "B", warn=speaks, assumed=assumed)
    files = inputs_of(arguments.files, arguments.a, arguments.b)
    writer: Writer = (
        JsonWriter() if arguments.format == "json" else TextWriter(with_name=len(files) > 1)
    )
    tally: Counter[tuple[Verdict, Verdict]] = Counter()
    wanted = speaks and (arguments.count or not is_terminal(sys.stdout))
    with Progress(total_size(files), wanted=wanted) as progress:
        reader = reader_for(arguments, progress)
        for name in files:
            for item in reader.read(name):
                outcomes = a.outcome(item.message), b.outcome(item.message)
                verdicts = verdict_of(outcomes[0]), verdict_of(outcomes[1])
                tally[verdicts] += 1
                if verdicts[0] is not verdicts[1] and not arguments.count:
                    writer.add(item, *outcomes)
    differing = {pair: count for pair, count in tally.items() if pair[0] is not pair[1]}
    if arguments.count:
        print(sum(differing.values()))
    else:
        writer.close()
        if speaks:
            sys.stdout.flush()
            tell(_summary(tally.total(), differing))
    if reader.failed:
        return EXIT_MISUSE
    return EXIT_NO if differing else EXIT_OK


def _summary(total: int, differing: dict[tuple[Verdict, Verdict], int]) -> str:
    """How many messages differ, and how."""
    noun = "message" if total == 1 else "messages"
    if not differing:
        return f"{total:,} {noun}, no difference"
    kinds = ", ".join(
        f"{count:,} {a.value} -> {b.value}"
        for (a, b), count in sorted(differing.items(), key=lambda pair: -pair[1])
    )
    return f"{total:,} {noun}, {sum(differing.values()):,} differ: {kinds}"
