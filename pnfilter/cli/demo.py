"""``demo``: the main job on real messages, the earthquakes that the package carries."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_OK,
    add_color,
    complain,
    use_color,
)

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from pnfilter.filters import Filter
    from pnfilter.input.reader import Item
    from pnfilter.semantics import Reason, Verdict

#: The filters: what each asks for, and its text.
FILTERS = (
    (
        "strong, and reported by one of two networks",
        'data.mag > 4 && ("ak", "us") CONTAINS meta.net',
    ),
    ("somewhere in Alaska", 'data.place LIKE "*alaska*"'),
    ("within 5 km of a station (a degree is 111 km)", "data.dmin * 111 < 5"),
    ("a number, compared with a text", 'data.tsunami == "1"'),
    ("the shorthand of an old configuration file", "such=wow"),
    ("written like SQL", "data.mag > 3 AND data.place LIKE *Alaska*"),
)
#: The one that is sampled and explained.
EXPLAINED = FILTERS[0][1]
#: Messages shown of those that match.
SAMPLES = 3

_BAR_WIDTH = 24


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``demo``."""
    parser = subparsers.add_parser(
        "demo",
        help="see it at work on real messages",
        description="Check a handful of filters and run them over the earthquakes of one week.",
    )
    add_color(parser)
    parser.set_defaults(func=demo_command)


class _Run(NamedTuple):
    """What a filter does to all messages."""

    text: str
    verdicts: Counter[Verdict]
    reasons: Counter[Reason]


def demo_command(arguments: argparse.Namespace) -> int:
    """Check, run, sample and explain; the output is the same each time."""
    del arguments
    from pnfilter.input.reader import MessageReader
    from pnfilter.input.sources import quakes

    path = quakes()
    reader = MessageReader(complain=complain, note=complain)
    items = list(reader.read(str(path)))
    if reader.failed or not items:
        complain(f"{path}: not the earthquakes that the demo is about")
        return EXIT_MISUSE
    print(f"{len(items):,} real messages, the earthquakes of one week. Each looks like this one:\n")
    print(f"  {_shorten(items[0])}\n")
    texts = _check_all()
    _run_all(texts, items)
    _show_samples(items)
    _explain_two(items)
    _title("Your turn")
    shown = _relative(path)
    for command in (
        'pnfilter check -e \'data.mag > 5 AND meta.alert IN ("red", "orange")\'',
        f"pnfilter grep -c 'data.mag > 5' {shown}",
        f"pnfilter explain 'data.dmin * 111 < 5' {shown}",
        f"pnfilter diff 'data.mag > 6' 'data.mag >= 6' {shown}",
    ):
        print(f"  {command}")
    return EXIT_OK


def _title(text: str) -> None:
    from pnfilter.diagnostics import paint

    print(f"{paint(text, '1', use_color())}\n")


def _relative(path: Path) -> str:
    """The path as short as it can be written here, ready for a shell."""
    from pathlib import Path
    from shlex import quote

    try:
        here = Path.cwd()
    except FileNotFoundError:
        # Somebody removed this folder.
        return quote(str(path))
    return quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def _shorten(item: Item) -> str:
    """A message as people can take it in: without the envelope, and with a part of the payload."""
    import json

    message: Any = item.message
    data = {name: message["data"][name] for name in ("mag", "place", "dmin", "tsunami")}
    meta = json.dumps(message["meta"])
    return f'{{"meta": {meta},\n   "data": {json.dumps(data)[:-1]}, …}}}}'


def _check_all() -> list[str]:
    """Show what is to be said of each filter; the texts that can be run, fixed where needed."""
    from textwrap import indent

    import pnfilter
    from pnfilter.diagnostics import Severity, paint, render

    color = use_color()
    texts = []
    _title("1. Are these filters?")
    for purpose, text in FILTERS:
        found = [each for each in pnfilter.check(text) if each.severity is not Severity.INFO]
        wrong = any(each.severity is Severity.ERROR for each in found)
        answer, style = ("no", "31") if wrong else ("yes, but", "33") if found else ("yes", "32")
        print(f"  {paint(f'{answer:8}', style, color)}  {paint(text, '1', color)}")
        print(f"            {purpose}\n")
        for diagnostic in found:
            print(indent(render(diagnostic, text, color=color), " " * 12), end="\n\n")
        texts.append(pnfilter.fix(text) if wrong else text)
        if wrong:
            print(f"            pnfilter fmt --fix makes of it: {texts[-1]}\n")
    return texts


def _run_all(texts: list[str], items: list[Item]) -> None:
    """A table of how many messages each filter lets through."""
    from collections import Counter

    import pnfilter
    from pnfilter.semantics import Reason, Verdict, verdict_of

    runs = []
    for text in texts:
        outcome = pnfilter.compile(text).outcome
        outcomes = [outcome(item.message) for item in items]
        reasons = Counter(each for each in outcomes if isinstance(each, Reason))
        runs.append(_Run(text, Counter(map(verdict_of, outcomes)), reasons))

    _title("2. What do they do to the messages?")
    width = max(len(run.text) for run in runs)
    print(f"  {'filter':<{width}}  {'match':>6}  {'no match':>8}  {'undecided':>9}")
    for run in runs:
        match, other, undecided = (
            run.verdicts[verdict]
            for verdict in (Verdict.MATCH, Verdict.NO_MATCH, Verdict.UNDECIDED)
        )
        counts = f"{match:>6,}  {other:>8,}  {undecided:>9,}"
        print(f"  {run.text:<{width}}  {counts}  {_bar(match, undecided, len(items))}")
    print()
    for run in runs:
        for reason, count in run.reasons.most_common(1):
            print(f"  {count:,} undecided by {run.text}: {reason.text}.")
    print("  The server decides on those; pnfilter grep keeps them by default.\n")


def _bar(match: int, undecided: int, total: int) -> str:
    """Cells for the share that matches, and for the undecided one; each visible if there is any."""
    full, half, empty = _cells()
    matching = _share(match, total)
    open_ = _share(undecided, total)
    return full * matching + half * open_ + empty * (_BAR_WIDTH - matching - open_)


def _share(part: int, total: int) -> int:
    return max(1, round(part * _BAR_WIDTH / total)) if part else 0


def _cells() -> tuple[str, str, str]:
    """Blocks where standard output can show them, ASCII elsewhere."""
    blocks = ("█", "▒", "·")
    try:
        "".join(blocks).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "#", "?", "."
    return blocks


def _first(filter: Filter, items: list[Item], outcome: bool, count: int) -> list[Item]:
    """The first messages on which the filter has this outcome."""
    from itertools import islice

    fitting = (item for item in items if filter.outcome(item.message) is outcome)
    return list(islice(fitting, count))


def _show_samples(items: list[Item]) -> None:
    import pnfilter

    _title(f"3. The first that pass {EXPLAINED}")
    for item in _first(pnfilter.compile(EXPLAINED), items, True, SAMPLES):
        print(f"  line {item.number:>3}  {_headline(item)}")
    print()


def _headline(item: Item) -> str:
    message: Any = item.message
    return f"{message['data']['title']} ({message['meta']['net']})"


def _explain_two(items: list[Item]) -> None:
    """Why one message matches, and another doesn't."""
    from textwrap import indent

    import pnfilter

    filter = pnfilter.compile(EXPLAINED)
    _title("4. Why?")
    for outcome, words in ((True, "matches"), (False, "does not match")):
        for item in _first(filter, items, outcome, 1):
            print(f"  Line {item.number} {words}: {_headline(item)}\n")
            print(indent(str(filter.explain(item.message)), "    "), end="\n\n")
