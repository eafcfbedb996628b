"""``replay``: publish a recording again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from pnfilter.cli.live_options import (
    KEYS,
    StatusLine,
    add_origin,
    float_of,
    hinted,
    number_of,
    origin_and_keys,
    seconds_of,
)
from pnfilter.cli.terminal import (
    EXIT_MISUSE,
    EXIT_OK,
    CommandError,
    complain,
    is_terminal,
    tell,
)
from pnfilter.input.sources import STDIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pnfilter.live.connection import Origin
    from pnfilter.live.recording import Recorded, Recordings
    from pnfilter.live.replay import Replay

#: Seconds between two looks at how far it is.
LOOK = 0.2

_EXAMPLES = f"""\
A recording is what `pnfilter tail --record` writes, or any form of messages that `pnfilter grep`
reads. Messages are published one after the other, in the order of the files, each as soon as the
one before is there, and not before its time: at the speed of the recording, or at --speed. Payload,
metadata, channel and type are those of the recording; the time is new. Files, presence and other
events are left out, and counted.

Without --origin everything goes to the emulator on this machine. Anywhere else it is asked for
first, or needs --yes.

{KEYS}
Ctrl-C ends it, says how to go on, and nothing is published twice: --from N begins with the Nth
message of the files.

Exit status: 0 done, 2 trouble, 130 Ctrl-C.

examples:
  pnfilter replay night.ndjson.zst
  pnfilter replay night.ndjson --speed 10 --max-pause 5
  pnfilter replay quakes.ndjson --channel quakes --step
  pnfilter replay night.ndjson --speed max --from 120001
"""


def add_parsers(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``replay``."""
    parser = subparsers.add_parser(
        "replay",
        help="publish a recording again, to the emulator",
        description="Publish a recording again, to the emulator on this machine or elsewhere.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="recordings, or other files of messages"
    )
    add_origin(parser)
    parser.add_argument(
        "--yes",
        action="store_true",
        help="publish to an origin on another machine without asking",
    )
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        metavar="N",
        help="so many times as fast as it was recorded (1), or as fast as possible: max",
    )
    speed.add_argument(
        "--step",
        action="store_true",
        help="show each message, and publish it when Enter is pressed",
    )
    parser.add_argument(
        "--max-pause",
        type=seconds_of,
        metavar="S",
        help="wait at most so many seconds between two messages",
    )
    parser.add_argument(
        "--channel",
        metavar="NAME",
        help="publish everything on this channel; needed where the messages have none",
    )
    parser.add_argument(
        "--from",
        dest="begin",
        type=number_of,
        default=1,
        metavar="N",
        help="begin with the Nth message",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no summary")
    parser.set_defaults(func=replay_command, refuse=parser.error)


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    number = float_of(text)
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is neither a number above 0 nor max")
    return number


def replay_command(arguments: argparse.Namespace) -> int:
    """Publish; say at the end, and after Ctrl-C, how far it is."""
    import asyncio

    _check(arguments)
    origin, keys = origin_and_keys(arguments, publishes=True)
    _confirm(arguments, origin)
    from pnfilter.live.connection import client_of
    from pnfilter.live.recording import Recordings
    from pnfilter.live.replay import Replay, StoppedReplay

    try:
        client = client_of(origin, keys, user="pnfilter-replay")
    except ValueError as error:
        raise CommandError(str(error)) from None
    status = StatusLine(wanted=not (arguments.quiet or arguments.step))
    stop = asyncio.Event()

    def aside(text: str) -> None:
        status.clear()
        complain(text)

    replay = Replay(
        client,
        speed=None if arguments.step else arguments.speed,
        channel=arguments.channel,
        begin=arguments.begin,
        max_pause=arguments.max_pause,
        before=_stepping(stop) if arguments.step else None,
    )
    recording = Recordings(
        arguments.files, aside, lambda text: None if arguments.quiet else aside(f"note: {text}")
    )
    try:
        asyncio.run(_run(replay, recording, client, status, stop))
    except KeyboardInterrupt:
        status.clear()
        _say_how_to_go_on(replay, arguments)
        raise
    except StoppedReplay as error:
        status.clear()
        complain(f"message {error.number:,}: {hinted(origin, str(error))}")
        tell(f"it may have been published all the same; to go on with it: --from {error.number}")
        return EXIT_MISUSE
    status.clear()
    if stop.is_set():
        _say_how_to_go_on(replay, arguments)
    elif not arguments.quiet:
        _summarise(replay)
    return EXIT_MISUSE if recording.failed else EXIT_OK


def _check(arguments: argparse.Namespace) -> None:
    if arguments.files.count(STDIN) > 1:
        raise CommandError("standard input (-) can be read once only")
    if arguments.step and STDIN in arguments.files:
        arguments.refuse("--step reads the keyboard: name the file of the recording")
    if arguments.channel is not None and (not arguments.channel or "," in arguments.channel):
        arguments.refuse("--channel is the name of one channel")


def _confirm(arguments: argparse.Namespace, origin: Origin) -> None:
    """Ask whether to publish on another machine."""
    from pnfilter.diagnostics import printable

    if origin.is_here or arguments.yes:
        return
    if not is_terminal(sys.stdin) or STDIN in arguments.files:
        raise CommandError(f"{origin} is not this machine: give --yes to publish there")
    names = ", ".join(arguments.files)
    question = f"publish the messages of {names} to {origin}, for all who subscribe there? [y/N] "
    tell(printable(question), end="")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("nothing was published")


async def _run(
    replay: Replay, recording: Recordings, client: Any, status: StatusLine, stop: Any
) -> None:
    import asyncio

    async with client:
        publishing = asyncio.create_task(replay.run(recording))
        stopping = asyncio.create_task(stop.wait())
        showing = asyncio.create_task(_show(replay, status))
        try:
            await asyncio.wait([publishing, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (publishing, stopping, showing):
                task.cancel()
            # What is on its way is waited for, so that it is known what was published.
            await asyncio.wait([publishing])
        if not publishing.cancelled():
            publishing.result()


async def _show(replay: Replay, status: StatusLine) -> None:
    """Keep the line up to date."""
    import asyncio
    import time

    begun = time.monotonic()
    while True:
        await asyncio.sleep(LOOK)
        rate = replay.published / (time.monotonic() - begun)
        status.show(f"{replay.published:,} published, {rate:,.0f} a second")


def _stepping(stop: Any) -> Callable[[int, Recorded], Awaitable[object]]:
    """Show each message, and wait for a line of standard input; at its end, set ``stop``."""
    import asyncio
    import json
    import threading

    pressed: asyncio.Queue[bool] = asyncio.Queue()

    def read(loop: asyncio.AbstractEventLoop) -> None:
        # In a thread: a signal has to end the wait. It holds no lock, so that it may be left alone.
        while line := _read_line():
            loop.call_soon_threadsafe(pressed.put_nowait, True)
            del line
        loop.call_soon_threadsafe(pressed.put_nowait, False)

    started: list[threading.Thread] = []

    async def wait(number: int, each: Recorded) -> None:
        if not started:
            thread = threading.Thread(target=read, args=(asyncio.get_running_loop(),), daemon=True)
            started.append(thread)
            thread.start()
        from pnfilter.diagnostics import printable
        from pnfilter.wording import shorten

        message = each.message
        shown = json.dumps({"data": message.data, "meta": message.meta}, default=str)
        print(printable(f"{number:>6}  {each.channel or '':12}  {shorten(shown, 200)}"))
        sys.stdout.flush()
        if not await pressed.get():
            stop.set()
            # The replay is cancelled.
            await asyncio.Event().wait()

    return wait


def _read_line() -> bytes:
    """The next line that is typed, or a part of it; empty at the end."""
    import os

    stream: Any = sys.stdin
    try:
        return os.read(stream.fileno(), 1 << 12)
    except (OSError, AttributeError, ValueError):
        return bytes(stream.buffer.readline())


def _say_how_to_go_on(replay: Replay, arguments: argparse.Namespace) -> None:
    number = max(replay.number, arguments.begin - 1)
    tell(f"stopped after message {number:,} of the recording; to go on: --from {number + 1}")


def _summarise(replay: Replay) -> None:
    from pnfilter.live.replay import NOT_PUBLISHED
    from pnfilter.wording import counted

    tell(f"{counted(replay.published, 'message')} published")
    for name, count in replay.left_out.items():
        tell(f"{count:,} not published: {NOT_PUBLISHED[name]}")
    if replay.without_meta:
        tell(f"{replay.without_meta:,} published without metadata, which was not recorded")
