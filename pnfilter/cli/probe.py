"""``probe``: find out what the service does where that isn't known."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pnfilter.cli.live_options import AUTH_KEY, PUBLISH_KEY, SUBSCRIBE_KEY, asked_for
from pnfilter.cli.terminal import (
    EXIT_NO,
    EXIT_OK,
    CommandError,
    add_color,
    complain,
    is_terminal,
    reason_of,
    tell,
    use_color,
)

if TYPE_CHECKING:
    from pnfilter.probe.planning import Plan
    from pnfilter.probe.report import Report
    from pnfilter.probe.service import Keys, Origin

#: The keys at an emulator on this machine, if the environment has none.
ANY_KEY: Final = "demo"
#: Bytes of a settings file.
MAX_SETTINGS: Final = 1024 * 1024

_COLORS: Final = {"settled": "32", "confirmed": "32", "contradicted": "31", "undecided": "33"}
_DESCRIPTION: Final = """\
Find out what the service does where that isn't known, and test the rules that are.

It publishes messages on a channel of its own, subscribes with filters, and sees which of them get
which messages. Without --run it only says what it would do, and connects to nothing.
"""
_EPILOG: Final = f"""\
Keys come from the environment: {PUBLISH_KEY}, {SUBSCRIBE_KEY}, and
{AUTH_KEY} (an auth key or a token) where access is managed. What is missing is asked for on
a terminal; at an emulator on this machine any keys do. They are never shown or written.

Each question is asked twice. For every filter there are messages that must arrive and one that must
not. Where these fail, or the two times disagree, the question stays undecided, with the reason.
Nothing is stored by the service, and no other channel is touched.

Exit status: 0 all is settled or confirmed, 1 something is undecided or contradicted, 2 trouble.

examples:
  pnfilter probe                                        # what would it do?
  pnfilter probe --run --write pnfilter.toml            # ask, and let all commands assume it
  pnfilter probe --run --only missing-differs --report probe.json
  pnfilter probe --run --state probe.state              # goes on after a cut
  pnfilter probe --run --origin 127.0.0.1:7635          # the emulator: what does it assume?
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``probe``."""
    parser = subparsers.add_parser(
        "probe",
        usage="pnfilter probe [OPTION ...]",
        help="find out what the service does where that isn't known",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("--run", action="store_true", help="do it (default: say what it would do)")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="ask this question, or test this rule, and no other; may be repeated",
    )
    parser.add_argument(
        "--origin",
        default="ps.pndsn.com",
        metavar="HOST[:PORT]",
        help="the service (ps.pndsn.com); with TLS, unless it is this machine",
    )
    parser.add_argument(
        "--rate", type=float, metavar="N", help="requests a second, from 1 to 1,000 (10)"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep the state there after each step; a run that was cut off goes on from it",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write all results there as JSON, with every request and answer",
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="write what is settled to the settings of a project, pnfilter.toml or pyproject.toml",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="the output (default: text)"
    )
    add_color(parser)
    parser.set_defaults(func=probe_command)


def probe_command(arguments: argparse.Namespace) -> int:
    """Print the plan, or run it and print the summary."""
    from pnfilter.probe.planning import plan
    from pnfilter.probe.service import DEFAULT_RATE, Origin, Pace

    rate = DEFAULT_RATE if arguments.rate is None else arguments.rate
    try:
        planned = plan(arguments.only)
        origin = Origin.of(arguments.origin)
        Pace(rate)
    except ValueError as error:
        raise CommandError(str(error)) from None
    settings = None if arguments.write is None else _settings(arguments.write)
    if not arguments.run:
        _print_plan(planned, origin, rate, is_json=arguments.format == "json")
        return EXIT_OK
    report = _run(planned, arguments, origin, rate)
    _print_report(report, is_json=arguments.format == "json")
    _write(arguments, report, settings)
    is_good = all(each.outcome in {"settled", "confirmed"} for each in report.found)
    return EXIT_OK if is_good else EXIT_NO


def _run(plan: Plan, arguments: argparse.Namespace, origin: Origin, rate: float) -> Report:
    from pnfilter.probe.running import run
    from pnfilter.probe.service import ProbeError

    keys = _keys(origin)
    progress = tell if is_terminal(sys.stderr) else lambda _: None
    try:
        return run(
            plan,
            keys,
            origin=arguments.origin,
            rate=rate,
            state=arguments.state,
            progress=progress,
        )
    except ProbeError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(reason_of(error, str(arguments.state))) from None


def _keys(origin: Origin) -> Keys:
    from pnfilter.probe.service import Keys

    publish, subscribe = (
        os.environ.get(name, "").strip() or (ANY_KEY if origin.is_loopback else asked_for(name))
        for name in (PUBLISH_KEY, SUBSCRIBE_KEY)
    )
    try:
        return Keys(publish, subscribe, os.environ.get(AUTH_KEY, "").strip())
    except ValueError as error:
        raise CommandError(str(error)) from None


def _print_plan(plan: Plan, origin: Origin, rate: float, *, is_json: bool) -> None:
    from pnfilter.probe.planning import CHANNEL, ROUNDS, question_of
    from pnfilter.probe.service import MAX_TRANSACTIONS

    if is_json:
        value = {
            "origin": str(origin),
            "channel": f"{CHANNEL}*",
            "transactions": plan.transactions,
            "most_transactions": MAX_TRANSACTIONS,
            "seconds": round(plan.seconds(rate), 1),
            "names": list(plan.names),
            "filters": [each.filter for each in plan.subjects],
        }
        print(json.dumps(value, indent=2))
        return
    width = max(map(len, plan.names))
    for name in plan.names:
        print(f"{name:<{width}}  {question_of(name)}")
    messages = len(plan.messages)
    print(
        f"\n{len(plan.subjects)} filters and {messages} messages, {ROUNDS} times, on a channel "
        f"{CHANNEL}… of {origin}.\n"
        f"About {plan.transactions} transactions, {MAX_TRANSACTIONS} at most, in about "
        f"{plan.seconds(rate):.0f} s at {rate:g} requests a second.\n"
        "Nothing was done: --run does it."
    )


def _print_report(report: Report, *, is_json: bool) -> None:
    from pnfilter.diagnostics import paint, printable

    if is_json:
        print(json.dumps(report.to_dict(), indent=2))
    else:
        color = use_color()
        for line in str(report).split("\n"):
            code = _COLORS.get(line.partition(" ")[0], "")
            print(paint(printable(line), code, color) if code else printable(line))
    sys.stdout.flush()


def _settings(file: Path) -> tuple[str, os.stat_result | None]:
    """Return the text of a settings file, and its state; empty for a new one."""
    try:
        with file.open("rb") as stream:
            before = os.fstat(stream.fileno())
            content = stream.read(MAX_SETTINGS + 1)
    except FileNotFoundError:
        return "", None
    except OSError as error:
        raise CommandError(reason_of(error, str(file))) from None
    if len(content) > MAX_SETTINGS:
        raise CommandError(f"{file}: longer than {MAX_SETTINGS:,} bytes")
    try:
        text = content.decode()
        _edited(text, {"missing-differs": "match"}, file)
    except ValueError as error:
        raise CommandError(f"{file}: {error}") from None
    return text, before


def _edited(text: str, readings: dict[str, str], file: Path) -> str:
    from pnfilter.probe.settings_text import with_readings

    return with_readings(text, readings, name=file.name)


def _write(
    arguments: argparse.Namespace,
    report: Report,
    settings: tuple[str, os.stat_result | None] | None,
) -> None:
    """Write the files that were asked for."""
    from pnfilter.cli.writing import write_atomically

    try:
        if arguments.report is not None:
            content = json.dumps(report.to_dict(), indent=2) + "\n"
            write_atomically(arguments.report, content.encode())
        if settings is not None:
            text, before = settings
            edited = _edited(text, report.assumptions, arguments.write)
            if edited != text:
                write_atomically(arguments.write, edited.encode(), before)
            else:
                complain(f"{arguments.write}: nothing to write")
    except OSError as error:
        raise CommandError(reason_of(error)) from None
