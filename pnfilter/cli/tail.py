"""``tail``: follow live channels, and see what filters do to what comes."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.live_options import (
    KEYS,
    StatusLine,
    add_origin,
    hinted,
    number_of,
    origin_and_keys,
    seconds_of,
)
from pnfilter.cli.terminal import (
    EXIT_OK,
    CommandError,
    add_color,
    complain,
    is_terminal,
    tell,
    terminal_width,
    use_color,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pnfilter.filters import Filter
    from pnfilter.live.recorder import Recorder
    from pnfilter.live.tail import Received, Tail
    from pnfilter.semantics import Reason

#: Seconds between two updates of what is shown.
LOOK = 0.2
#: Letters of sizes of files, and their bytes.
_SIZES = {"K": 1_000, "M": 1_000_000, "G": 1_000_000_000}

_EXAMPLES = f"""\
It subscribes without a filter, so that it sees what filters drop, and asks the filters here. Shown
is what one of them lets through: UNDECIDED messages too, unless --undecided says otherwise. On a
terminal a line for each message, with the counts below; in a pipe the envelopes, one JSON object
a line. With --at-server the service filters; with --both it does so for a second subscriber,
and the recording says what came to that one: `pnfilter verify` compares.

A recording has all envelopes, with marks at its start and end and wherever messages may be missing:
after a lost connection, and after an answer that was full. Its name ends with .gz or .zst for a
compressed one. Only you can read it, and no file is ever replaced.

{KEYS}
It ends by Ctrl-C, --count or --seconds, with a summary on standard error.

Exit status: 0 it ended so, 2 trouble: the service refuses, or isn't there.

examples:
  pnfilter tail quakes --filter 'data.mag >= 5'
  pnfilter tail quakes --compare 'data.mag >= 5' 'data.mag >= 5.5'
  pnfilter tail quakes alarms --record night.ndjson.zst --rotate-size 100M
  pnfilter tail quakes --filter 'data.mag >= 5' --both --record night.ndjson --seconds 3600
  pnfilter tail 'quakes.*' --origin ps.pndsn.com | jq .d
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``tail``."""
    parser = subparsers.add_parser(
        "tail",
        usage="pnfilter tail [OPTION ...] CHANNEL ...",
        help="follow live channels: what matches, what is dropped",
        description="Follow live channels: what filters let through, what they drop, how much.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "channels",
        nargs="*",
        default=[],
        metavar="CHANNEL",
        help="channels to follow; quakes.* is all below quakes",
    )
    parser.add_argument(
        "--group", action="append", default=[], metavar="NAME", help="a channel group as well"
    )
    add_origin(parser)
    what = parser.add_argument_group("filters")
    what.add_argument(
        "-e",
        "--filter",
        action="append",
        dest="filters",
        default=[],
        metavar="FILTER",
        help="a filter; may be repeated, for several side by side",
    )
    what.add_argument(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="show what filter B in the place of A would lose (-) and gain (+)",
    )
    what.add_argument(
        "--undecided",
        choices=("keep", "drop", "only"),
        default="keep",
        help="show undecided messages too (keep, the default), never (drop), or only them (only)",
    )
    add_assume(what)
    where = what.add_mutually_exclusive_group()
    where.add_argument(
        "--at-server", action="store_true", help="let the service filter: the rest doesn't come"
    )
    where.add_argument(
        "--both",
        action="store_true",
        help="subscribe a second time with the filter, and mark in the recording what comes",
    )
    shown = parser.add_argument_group("what is shown and kept")
    shown.add_argument("--all", action="store_true", help="show what is dropped, too")
    shown.add_argument(
        "--explain", action="store_true", help="say of each message that is shown why it is"
    )
    shown.add_argument(
        "--format",
        choices=("text", "json"),
        help="a line for each message (text, on a terminal), or envelopes (json, in a pipe)",
    )
    shown.add_argument("--record", metavar="FILE", help="write everything that comes to a new file")
    shown.add_argument(
        "--rotate-size",
        type=_size,
        metavar="SIZE",
        help="begin another file after so many bytes: 100M, 2G",
    )
    shown.add_argument("-q", "--quiet", action="store_true", help="show no messages and no summary")
    add_color(parser)
    end = parser.add_argument_group("its end")
    end.add_argument("--count", type=number_of, metavar="N", help="end after N messages")
    end.add_argument("--seconds", type=seconds_of, metavar="S", help="end after S seconds")
    parser.set_defaults(func=tail_command, refuse=parser.error)


def _size(text: str) -> int:
    unit = _SIZES.get(text[-1:].upper(), 0)
    digits = text[:-1] if unit else text
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise argparse.ArgumentTypeError(f"{text} is not a number of bytes, as 100M is")
    number = int(digits) * (unit or 1)
    if number < 1_000:
        raise argparse.ArgumentTypeError(f"{text}: at least 1,000 bytes")
    return number


def tail_command(arguments: argparse.Namespace) -> int:
    """Follow; say at the end what came."""
    import asyncio

    filters = _filters(arguments)
    origin, keys = origin_and_keys(arguments, publishes=False)
    from pnfilter.input.streams import UnreadableInput
    from pnfilter.live.connection import client_of
    from pnfilter.live.tail import Refused, Tail

    text = filters[0].text if arguments.at_server or arguments.both else None
    try:
        client = client_of(
            origin, keys, user="pnfilter-tail", filter=text if arguments.at_server else None
        )
        through = (
            client_of(origin, keys, user="pnfilter-tail-both", filter=text)
            if arguments.both
            else None
        )
    except ValueError as error:
        raise CommandError(str(error)) from None
    status = StatusLine(wanted=not arguments.quiet)
    shown = _Shown(arguments, filters, status)

    def note(text: str) -> None:
        status.clear()
        complain(text)

    tail = Tail(
        filters, take=shown.take, note=note, count=arguments.count, seconds=arguments.seconds
    )

    async def run() -> None:
        showing = asyncio.create_task(_update(tail, shown))
        _end_by_sigterm(tail)
        record = _recording(arguments, text) if arguments.record else None
        try:
            async with client:
                if through is None:
                    await tail.run(client, arguments.channels, arguments.group, record=record)
                else:
                    async with through:
                        await tail.run(
                            client,
                            arguments.channels,
                            arguments.group,
                            record=record,
                            through=through,
                        )
        finally:
            showing.cancel()

    why = ""
    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        pass
    except Refused as error:
        why = str(error)
    except UnreadableInput as error:
        raise CommandError(f"{arguments.record}: {error}") from None
    shown.update(tail)
    status.clear()
    if not arguments.quiet and tail.begun:
        _summarise(tail, shown, filters)
    if why:
        raise CommandError(hinted(origin, why))
    if shown.error is not None:
        # Reported as everywhere; the recording is whole.
        raise shown.error
    return EXIT_OK


def _filters(arguments: argparse.Namespace) -> list[Filter]:
    """The filters, compiled; exits with the usage for options that exclude each other."""
    from pnfilter.cli.message_options import compile_filter

    texts = list(arguments.compare or arguments.filters)
    if not arguments.channels and not arguments.group:
        arguments.refuse("no channel given")
    if "" in [*arguments.channels, *arguments.group]:
        arguments.refuse("the name is empty (a variable of the shell that isn't set?)")
    if arguments.compare and arguments.filters:
        arguments.refuse("--compare has the filters: no --filter beside it")
    if (arguments.at_server or arguments.both) and len(texts) != 1:
        arguments.refuse("the service takes one filter: give one --filter")
    if arguments.both and not arguments.record:
        arguments.refuse("--both marks the recording: give --record FILE")
    if arguments.rotate_size and not arguments.record:
        arguments.refuse("--rotate-size goes with --record FILE")
    if arguments.explain and not texts:
        arguments.refuse("--explain needs a filter")
    if arguments.undecided == "only" and not texts:
        arguments.refuse("--undecided only needs a filter")
    if arguments.format is None:
        arguments.format = "text" if is_terminal(sys.stdout) else "json"
    assumed = assumptions(arguments)
    names = ("A", "B") if arguments.compare else ("(expression)",) * len(texts)
    return [
        compile_filter(text, name, warn=not arguments.quiet, assumed=assumed)
        for text, name in zip(texts, names, strict=True)
    ]


def _recording(arguments: argparse.Namespace, text: str | None) -> Callable[[int], Recorder]:
    """What makes the recorder once the time is known."""
    from pnfilter.live.recorder import Recorder

    start: dict[str, Any] = {
        "channels": arguments.channels,
        "groups": arguments.group,
        "filter": text if arguments.at_server else None,
    }
    if arguments.both:
        start["both"] = text

    def make(timetoken: int) -> Recorder:
        return Recorder(
            arguments.record, timetoken=timetoken, start=start, size=arguments.rotate_size
        )

    return make


def _end_by_sigterm(tail: Tail) -> None:
    import asyncio
    import signal
    from contextlib import suppress

    # Ctrl-C cancels the task; a service manager sends this.
    with suppress(NotImplementedError, ValueError, RuntimeError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, tail.end)


async def _update(tail: Tail, shown: _Shown) -> None:
    """Write what waits, and the counts, a few times a second."""
    import asyncio

    while True:
        await asyncio.sleep(LOOK)
        shown.update(tail)
        if shown.error is not None:
            tail.end()


class _Shown:
    """What is printed of each message."""

    def __init__(
        self, arguments: argparse.Namespace, filters: list[Filter], status: StatusLine
    ) -> None:
        self._filters = filters
        self._status = status
        self._is_quiet = arguments.quiet
        self._is_json = arguments.format == "json"
        self._explains = arguments.explain
        self._shows_all = arguments.all
        self.compares = bool(arguments.compare)
        self._undecided: str = arguments.undecided
        self._color = use_color()
        self._width = terminal_width() if is_terminal(sys.stdout) else None
        #: Messages that B would lose, and those that it would gain.
        self.lost = self.gained = 0
        #: Why nothing more can be written.
        self.error: OSError | None = None

    def take(self, received: Received) -> None:
        """Count a message, and print it where it is wanted."""
        selected = [self._selects(outcome) for outcome in received.outcomes]
        if self.compares:
            self.lost += selected[0] and not selected[1]
            self.gained += selected[1] and not selected[0]
            is_shown = selected[0] is not selected[1]
        else:
            is_shown = any(selected) or not selected
        if self._is_quiet or self.error is not None or not (is_shown or self._shows_all):
            return
        try:
            self._print(received, selected)
        except OSError as error:
            # The reader has gone, or the disk is full: the recording is ended first.
            self.error = error

    def update(self, tail: Tail) -> None:
        """Write what waits, and the counts below it."""
        try:
            sys.stdout.flush()
        except OSError as error:
            self.error = self.error or error
            return
        self._status.show(self.counts(tail))

    def counts(self, tail: Tail) -> str:
        """How much came, and what became of it."""
        from pnfilter.wording import counted

        parts = [counted(tail.received, "message"), f"{tail.rate:,.0f} a second"]
        if self.compares:
            parts.append(f"B loses {self.lost:,} and gains {self.gained:,}")
        else:
            several = len(tail.verdicts) > 1
            for number, verdicts in enumerate(tail.verdicts, 1):
                from pnfilter.semantics import Verdict

                match, dropped, undecided = (
                    verdicts[each] for each in (Verdict.MATCH, Verdict.NO_MATCH, Verdict.UNDECIDED)
                )
                lead = f"filter {number}: " if several else ""
                parts.append(f"{lead}{match:,} match, {dropped:,} dropped, {undecided:,} undecided")
        return " · ".join(parts)

    def _selects(self, outcome: bool | Reason) -> bool:
        if isinstance(outcome, bool):
            return outcome and self._undecided != "only"
        return self._undecided != "drop"

    def _print(self, received: Received, selected: list[bool]) -> None:
        self._status.clear()
        if self._is_json:
            print(json.dumps(self._as_json(received, selected), ensure_ascii=False))
            return
        from datetime import UTC, datetime

        from pnfilter.diagnostics import paint, printable
        from pnfilter.live.recording import PER_SECOND
        from pnfilter.wording import shorten

        moment = datetime.fromtimestamp(received.timetoken / PER_SECOND, UTC).astimezone()
        marks = self._marks(received, selected)
        content = received.envelope.get("d")
        meta = received.envelope.get("u")
        message = json.dumps(content, ensure_ascii=False)
        if meta is not None:
            message += f"  meta {json.dumps(meta, ensure_ascii=False)}"
        clock = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"
        line = printable(f"{clock}  {received.channel}  {marks}  {message}")
        style = "32" if any(selected) else "31"
        if self.compares:
            style = "31" if selected[0] else "32"
        print(paint(shorten(line, self._width or len(line)), style, self._color))
        if self._explains:
            for each in self._filters:
                for row in str(each.explain(received.message)).split("\n"):
                    print(f"    {row}")

    def _marks(self, received: Received, selected: list[bool]) -> str:
        """A letter for what each filter says; for two that are compared, lost or gained."""
        if self.compares and selected[0] is not selected[1]:
            return "-" if selected[0] else "+"
        return "".join(
            "+" if each is True else "-" if each is False else "?" for each in received.outcomes
        )

    def _as_json(self, received: Received, selected: list[bool]) -> dict[str, Any]:
        """The envelope; with --compare, --all, --explain or several filters in an object."""
        if not (self.compares or self._shows_all or self._explains or len(self._filters) > 1):
            return received.envelope
        from pnfilter.semantics import verdict_of

        found: dict[str, Any] = {
            "verdicts": [verdict_of(outcome).value for outcome in received.outcomes]
        }
        if self.compares and selected[0] is not selected[1]:
            found["change"] = "lost" if selected[0] else "gained"
        if self._explains:
            found["explanations"] = [
                each.explain(received.message).to_dict() for each in self._filters
            ]
        return {**found, "envelope": received.envelope}


def _summarise(tail: Tail, shown: _Shown, filters: list[Filter]) -> None:
    """Say on standard error what came."""
    from pnfilter.diagnostics import printable
    from pnfilter.semantics import Verdict
    from pnfilter.semantics.questions import advice
    from pnfilter.wording import counted, shorten

    tell(counted(tail.received, "message"))
    for filter, verdicts, reasons in zip(filters, tail.verdicts, tail.reasons, strict=True):
        tell(
            f"{verdicts[Verdict.MATCH]:,} match, {verdicts[Verdict.NO_MATCH]:,} dropped, "
            f"{verdicts[Verdict.UNDECIDED]:,} undecided: {printable(shorten(filter.text, 60))}"
        )
        for reason, count in reasons.most_common():
            tell(f"  {count:,} undecided ({reason.value}): {reason.text}")
        if help := advice(reasons):
            tell(f"  {help}")
    if shown.compares:
        tell(f"B in the place of A loses {shown.lost:,} and gains {shown.gained:,}")
    if tail.reconnects:
        tell(
            f"{counted(tail.reconnects, 'lost connection')}: what the service no longer had is "
            "missing"
        )
    if tail.full_answers:
        tell(
            f"{counted(tail.full_answers, 'full answer')}: there may have been more messages "
            "than the service keeps"
        )
    if tail.recorder is not None:
        names = ", ".join(str(path) for path in tail.recorder.paths)
        tell(printable(f"{counted(tail.recorder.messages, 'message')} recorded in {names}"))
