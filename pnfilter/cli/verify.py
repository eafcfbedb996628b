"""``verify``: whether the service delivered through a filter what the filter says here."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from pnfilter.cli.assumptions import add_assume, assumptions
from pnfilter.cli.filter_text import add_filter, filter_and_rest
from pnfilter.cli.live_options import float_of
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_NO,
    EXIT_OK,
    CommandError,
    tell,
    use_color,
)
from pnfilter.input.sources import STDIN

if TYPE_CHECKING:
    from pnfilter.live.comparison import Act, Comparison, Disagreement, Support
    from pnfilter.semantics import Reason

_EXAMPLES = """\
`pnfilter tail --both` records everything, and marks what came through the filter. Two recordings of
the same time do as well: one without a filter, and one of a subscriber with the filter (`tail
--at-server`, or any form of messages with their timetokens that `pnfilter grep` reads).

Messages are the same if their timetoken and channel are. That one was not delivered counts only
where the subscriber with the filter listened: between the marks of its recording, or without marks
from its first message to its last.

Exit status: 0 the service and the filter agree, 1 they disagree, 2 trouble, or nothing to compare.

examples:
  pnfilter verify 'data.mag >= 5' --recording night.ndjson
  pnfilter verify 'data.mag >= 5' --recording all.ndjson --delivered strong.ndjson
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``verify``."""
    parser = subparsers.add_parser(
        "verify",
        usage="pnfilter verify [OPTION ...] FILTER --recording FILE [--delivered FILE]",
        help="whether the service delivered what a filter says, by recordings",
        description="Compare what the service delivered through a filter with what it says here.",
        epilog=_EXAMPLES,
    )
    add_filter(parser)
    parser.add_argument(
        "--recording",
        action="append",
        default=[],
        metavar="FILE",
        help="all messages of the time, as pnfilter tail --record writes them; may be repeated, "
        "for the files of one recording in their order",
    )
    parser.add_argument(
        "--delivered",
        action="append",
        default=[],
        metavar="FILE",
        help="what a subscriber with the filter received (default: the marks of --recording say "
        "it); may be repeated",
    )
    parser.add_argument(
        "--slack",
        type=_seconds,
        default=1.0,
        metavar="S",
        help="seconds at the ends of the time, and around gaps, in which a message that was not "
        "delivered says nothing (1)",
    )
    add_assume(parser)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="the report (default: text)"
    )
    parser.set_defaults(func=verify_command)


def _seconds(text: str) -> float:
    number = float_of(text)
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return number


def verify_command(arguments: argparse.Namespace) -> int:
    """Print the disagreements with their explanations, and the counts."""
    from pnfilter.cli.message_options import compile_filter
    from pnfilter.cli.progress import Progress
    from pnfilter.diagnostics import printable
    from pnfilter.input.reader import total_size
    from pnfilter.live.comparison import compare
    from pnfilter.live.recording import Recordings

    if not arguments.recording:
        arguments.refuse("no recording given: --recording FILE")
    names = [*arguments.recording, *arguments.delivered]
    if [*names, arguments.filter].count(STDIN) > 1:
        raise CommandError("standard input (-) can be read once only")
    if STDIN in arguments.recording and not arguments.delivered:
        raise CommandError("a recording with marks is read twice: name its file")
    text, _ = filter_and_rest(arguments)
    filter = compile_filter(text, warn=True, assumed=assumptions(arguments))
    with Progress(total_size(names)) as progress:
        recorded, delivered = (
            Recordings(each, progress.complain, progress.note, progress.advance)
            for each in (arguments.recording, arguments.delivered)
        )
        found = compare(
            filter, recorded, delivered if arguments.delivered else None, slack=arguments.slack
        )
    if arguments.format == "json":
        print(json.dumps(_as_json(text, found), indent=2))
    else:
        _print_text(found)
    sys.stdout.flush()
    for other in found.filters:
        if other != text:
            tell(printable(f"the subscriber had another filter: {other}"))
    if recorded.failed or delivered.failed:
        return EXIT_MISUSE
    if not found.judged:
        raise CommandError(_why_nothing(found, has_two=bool(arguments.delivered)))
    return EXIT_NO if found.disagreed else EXIT_OK


def _why_nothing(found: Comparison, *, has_two: bool) -> str:
    if not has_two:
        return (
            "nothing to compare: no mark in the recording says what came through a filter; record "
            "by pnfilter tail --both, or name the other recording by --delivered"
        )
    if found.untimed:
        return "nothing to compare: messages without a timetoken can't be found on the other side"
    return "nothing to compare: the recordings are not of the same time"


def _print_text(found: Comparison) -> None:
    from pnfilter.diagnostics import paint, printable
    from pnfilter.wording import counted

    color = use_color()
    for each in found.disagreements:
        says = "no match" if each.act == "delivered" else "match"
        title = printable(f"{each.recorded.place}: {each.act}, and the filter says {says}")
        print(paint(title, "1", color))
        for line in str(each.explanation).split("\n"):
            print(f"  {line}")
        print()
    disagreed = found.disagreed.total()
    if disagreed > len(found.disagreements):
        print(f"… and {disagreed - len(found.disagreements):,} more disagreements\n")
    acts: tuple[Act, Act] = ("delivered", "held back")
    for act in acts:
        print(f"{found.agreed[act]:>9,}  {act}, as the filter says")
    for act in acts:
        if found.disagreed[act]:
            row = f"{found.disagreed[act]:>9,}  {act}, and the filter says otherwise"
            print(paint(row, "31", color))
    undecided: Counter[Reason] = Counter()
    for (reason, _), count in found.settled.items():
        undecided[reason] += count
    for reason, _ in undecided.most_common():
        for act in acts:
            if count := found.settled[reason, act]:
                print(paint(f"{count:>9,}  {act}, undecided here ({reason.value})", "33", color))
        print(f"{'':11}{reason.text}")
        for name, support in found.readings.get(reason, {}).items():
            print(f"{'':11}--assume {reason.value}={name}: {_support(support)}")
    sys.stdout.flush()
    if found.unjudged:
        messages = counted(found.unjudged, "message")
        tell(f"{messages} not delivered when the subscriber may not have listened: not compared")
    if found.unrecorded:
        tell(f"{counted(found.unrecorded, 'message')} delivered and not in the recording")
    if found.untimed:
        tell(f"{counted(found.untimed, 'message')} without a timetoken: not compared")


def _support(support: Support) -> str:
    if not support.agreed + support.disagreed:
        return "decides none of them"
    if not support.disagreed:
        return f"the service did the same with all {support.agreed:,}"
    return f"the service did the same with {support.agreed:,}, and not with {support.disagreed:,}"


def _as_json(text: str, found: Comparison) -> dict[str, Any]:
    return {
        "filter": text,
        "agreed": _acts(found.agreed),
        "disagreed": _acts(found.disagreed),
        "settled": [
            {"reason": reason.value, "act": act, "count": count}
            for (reason, act), count in found.settled.items()
        ],
        "readings": {
            reason.value: {
                name: {"agreed": support.agreed, "disagreed": support.disagreed}
                for name, support in readings.items()
            }
            for reason, readings in found.readings.items()
        },
        "not_compared": found.unjudged,
        "not_recorded": found.unrecorded,
        "without_timetoken": found.untimed,
        "disagreements": [_disagreement(each) for each in found.disagreements],
    }


def _acts(counts: Any) -> dict[str, int]:
    return {"delivered": counts["delivered"], "held_back": counts["held back"]}


def _disagreement(each: Disagreement) -> dict[str, Any]:
    return {
        "place": each.recorded.place,
        "channel": each.recorded.channel,
        "timetoken": None if each.recorded.timetoken is None else str(each.recorded.timetoken),
        "act": each.act.replace(" ", "_"),
        "explanation": each.explanation.to_dict(),
    }
