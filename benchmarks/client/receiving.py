"""What a received message costs this client, beside the official SDK for Python with asyncio.

Answers of 100 messages come ready-made from a process on the other processor, so that the client's
CPU alone is counted. Each client runs in a fresh process, in turns with the others, so that a busy
moment of the machine meets all; a ratio is the median of the ratios of the turns. The SDK is
measured as it is by default, with its event engine, to which the bar applies, and with its older
manager. It runs in its own environment, with the versions of ``tests/interop/sdks``. Then all of
them receive from the emulator, for information: what they have missed, in answers of 100, and what
is published while they wait, in answers of few.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Final

from benchmarks.client.prebuilt import MESSAGES, served
from benchmarks.client.receiver import CLIENTS, Cost, Options
from benchmarks.emulator.service import Service, exit_status, progress
from benchmarks.emulator.wire import (
    SUBSCRIBE_KEY,
    Connection,
    answer_of_publish,
    publication,
    request,
)
from tests.interop.environments import python_program

#: At most this part of the CPU of the official SDK, as it is by default.
BAR: Final = 0.5
OFFICIAL: Final = "asyncio"
OWN: Final = "pnclient"
CHANNEL: Final = "quakes"
_DATA: Final = {"mag": 6.1, "place": "Hualien, Taiwan", "depth": 34.75, "tsunami": False}
_META: Final = {"net": "us", "status": "reviewed"}
#: Messages of which the cost doesn't count, and messages a second while clients wait.
_WARM_UP: Final = 2_000
_WARM_UP_LIVE: Final = 20
_RATE: Final = 100.0
#: Messages that are published while clients wait, as a part of all.
_LIVE: Final = 0.02
#: Seconds in which a client receives all.
_PATIENCE: Final = 120.0

Costs = dict[str, list[float]]


def _pythons() -> dict[str, str]:
    """The interpreter that each client runs in.

    ``Unavailable`` where the SDK can't be installed.
    """
    official = python_program("python-10.txt", "python_asyncio").command[0]
    return {name: sys.executable if name == OWN else official for name in CLIENTS}


@asynccontextmanager
async def _receiving(python: str, options: Options) -> AsyncIterator[asyncio.Task[float]]:
    """A client that is connected: its microseconds of CPU a message, when it has received all."""
    process = await asyncio.create_subprocess_exec(
        python,
        "-m",
        "benchmarks.client.receiver",
        json.dumps(options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    output = process.stdout

    async def microseconds() -> float:
        cost: Cost = json.loads(await output.readline())
        return cost["seconds"] / options["messages"] * 1e6

    try:
        async with asyncio.timeout(_PATIENCE):
            if await output.readline() != b"connected\n":
                raise ValueError(f"the client {options['client']} did not connect")
            task = asyncio.create_task(microseconds())
            try:
                yield task
            finally:
                task.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def received(python: str, options: Options) -> float:
    """Microseconds of CPU for each message that a client receives."""
    async with _receiving(python, options) as cost:
        return await cost


def _prebuilt(pythons: dict[str, str], messages: int, turns: int) -> Costs:
    """The cost of ready-made answers, for each client and turn."""
    costs: Costs = {name: [] for name in CLIENTS}
    answers = (_WARM_UP + messages) // MESSAGES
    with (
        served("benchmarks.client.prebuilt", str(answers)) as origin,
        progress(turns * len(CLIENTS), "runs", "ready-made answers") as advance,
    ):
        for _ in range(turns):
            for name, python in pythons.items():
                options = _options(name, origin, _WARM_UP, messages)
                costs[name].append(asyncio.run(received(python, options)))
                advance()
    return costs


def _options(
    name: str, origin: str, warm_up: int, messages: int, timetoken: int | None = None
) -> Options:
    return {
        "client": name,
        "origin": origin,
        "subscribe_key": SUBSCRIBE_KEY,
        "channel": CHANNEL,
        "warm_up": warm_up,
        "messages": messages,
        "timetoken": timetoken,
    }


async def _publish(origin: str, count: int, rate: float | None) -> int:
    """Publish so many messages, that many a second or as fast as may be.

    The first one's timetoken.
    """
    first, start = 0, monotonic()
    async with Connection(origin) as connection:
        for number in range(count):
            if rate is not None:
                await asyncio.sleep(start + number / rate - monotonic())
            target = request(publication(CHANNEL, _DATA, _META))
            found = int(answer_of_publish(await connection.ask(target)))
            first = first or found
    return first


async def _live(python: str, options: Options) -> float:
    async with _receiving(python, options) as cost:
        await _publish(options["origin"], options["warm_up"] + options["messages"], _RATE)
        return await cost


def _emulated(pythons: dict[str, str], messages: int, turns: int) -> tuple[Costs, Costs]:
    """The cost of what was missed, and of what comes while a client waits, both on the emulator."""
    missed: Costs = {name: [] for name in CLIENTS}
    live: Costs = {name: [] for name in CLIENTS}
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(Path(folder), "--queue", str(_WARM_UP + messages + 1), "-q") as service,
        progress(2 * turns * len(CLIENTS), "runs", "on the emulator") as advance,
    ):
        origin = service.origin
        first = asyncio.run(_publish(origin, _WARM_UP + messages, None))
        for _ in range(turns):
            for name, python in pythons.items():
                options = _options(name, origin, _WARM_UP, messages, first - 1)
                missed[name].append(asyncio.run(received(python, options)))
                advance()
        for _ in range(turns):
            for name, python in pythons.items():
                options = _options(name, origin, _WARM_UP_LIVE, max(1, round(messages * _LIVE)))
                live[name].append(asyncio.run(_live(python, options)))
                advance()
    return missed, live


def ratios(costs: Costs) -> dict[str, float]:
    """This client's part of the cost of each other, as the median of the turns."""
    return {
        name: median(own / other for own, other in zip(costs[OWN], column, strict=True))
        for name, column in costs.items()
        if name != OWN
    }


def _print(title: str, costs: Costs) -> None:
    print(f"\n{title}: microseconds of CPU for each message")
    for name, column in costs.items():
        print(
            f"  {name:<16} median {median(column):7.1f}, from {min(column):.1f} to {max(column):.1f}"
        )
    for name, ratio in ratios(costs).items():
        print(f"  {OWN} takes {ratio:.2f} of {name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where ready-made answers cost at most half of what they cost the official SDK, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.client.receiving", description=__doc__
    )
    parser.add_argument("--messages", type=int, default=20_000, help="of a turn (20,000)")
    parser.add_argument("--turns", type=int, default=7, help="turns of each client (7)")
    options = parser.parse_args(arguments)
    if options.messages < MESSAGES or options.messages % MESSAGES or options.turns < 1:
        parser.error(f"messages are a multiple of {MESSAGES}, turns 1 or more")
    pythons = _pythons()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {options.turns} turns")
    costs = _prebuilt(pythons, options.messages, options.turns)
    _print("Ready-made answers of 100 messages", costs)
    missed, live = _emulated(pythons, options.messages, min(options.turns, 3))
    _print("Missed messages from the emulator", missed)
    _print(f"Messages as they are published, {_RATE:g} a second, from the emulator", live)
    if ratios(costs)[OFFICIAL] > BAR:
        print(f"FAILED: more than {BAR:g} of {OFFICIAL}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(exit_status(main))
