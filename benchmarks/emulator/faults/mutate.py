"""Thousands of mutated requests at the service: run ``make mutate``.

Whatever comes, the service answers with a status below 500 or closes the connection; no traceback
reaches the client or the log; it goes on serving, in bounded memory.

Request N of a seed is always the same: ``--seed S --only N`` sends it alone and shows the answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.emulator.faults.mutations import Case, case
from benchmarks.emulator.service import Service, exit_status, progress
from benchmarks.emulator.wire import (
    BrokenReply,
    Connection,
    Disconnected,
    Reply,
    request,
)

#: Options of a service that doesn't keep a long poll waiting, and whose log can be read exactly.
OPTIONS: Final = ("--poll-seconds", "0.2", "--log-format", "json")
#: Seconds until a request counts as one that the service waits for more of.
PATIENCE: Final = 2.0
#: Bytes of memory that the service stays below, whatever it is sent.
MEMORY_BAR: Final = 256 * 1024 * 1024
#: The share of requests, of those whose answer is waited for, that may remain without one.
UNANSWERED_BAR: Final = 0.15
_AT_A_TIME: Final = 32
_SHOWN_FAULTS: Final = 10
#: What a traceback begins with.
TRACE: Final = "Traceback (most recent call last)"


@dataclass(slots=True)
class Seen:
    """How often each status came ("closed", "unanswered", "went away" too), and what was wrong."""

    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def fault_of(reply: Reply) -> str | None:
    """What is wrong with an answer, if anything is."""
    if reply.status >= 500:
        return f"answered {reply.status}: {reply.body[:300]!r}"
    text = reply.body.decode("utf-8", "replace")
    if TRACE in text:
        return f"shows a traceback: {text[:300]!r}"
    kind = reply.headers.get("content-type", "")
    if reply.body and ("json" in kind or "javascript" in kind):
        try:
            # Numbers may have more digits than Python reads.
            json.loads(reply.body, parse_int=str)
        except (ValueError, RecursionError) as error:
            return f"answered {reply.status} with broken JSON, {error}: {reply.body[:300]!r}"
    return None


async def replies_to(origin: str, mutated: Case, source: random.Random) -> list[Reply | str]:
    """The replies, and where there are too few of them, why: "closed" or "unanswered"."""
    found: list[Reply | str] = []
    async with Connection(origin) as connection:
        try:
            await connection.write(mutated.raw)
            if mutated.goes_away:
                await asyncio.sleep(source.choice((0, 0.002)))
                connection.cut(reset=source.random() < 0.5)
                return ["went away"]
            bodiless = mutated.raw.startswith(b"HEAD ")
            while len(found) < mutated.requests:
                reply = await connection.receive(PATIENCE, bodiless=bodiless)
                if reply.status >= 200:
                    found.append(reply)
        except Disconnected:
            found.append("closed")
        except TimeoutError:
            found.append("unanswered")
        connection.cut()
    return found


async def run(
    origin: str, seed: int, numbers: Iterable[int], advance: Callable[[], object]
) -> Seen:
    """Send the requests with these numbers, some at a time; ``advance`` with each."""
    seen = Seen()

    async def work(pending: Iterator[int]) -> None:
        for number in pending:
            mutated = case(seed, number)
            try:
                found = await replies_to(origin, mutated, random.Random(number))
            except (BrokenReply, OSError) as error:
                seen.faults.append(f"request {number}: {type(error).__name__}: {error}")
                found = []
            for reply in found:
                if isinstance(reply, str):
                    seen.statuses[reply] += 1
                    continue
                seen.statuses[str(reply.status)] += 1
                if fault := fault_of(reply):
                    seen.faults.append(f"request {number}: {fault}")
            advance()

    pending = iter(numbers)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(_AT_A_TIME):
            tasks.create_task(work(pending))
    waited_for = seen.statuses.total() - seen.statuses["went away"]
    if seen.statuses["unanswered"] > UNANSWERED_BAR * waited_for:
        seen.faults.append(f"no answer to {seen.statuses['unanswered']} of {waited_for} requests")
    seen.faults += await _still_serves(origin)
    return seen


async def _still_serves(origin: str) -> list[str]:
    try:
        async with Connection(origin) as connection:
            reply = await connection.ask(request("/time/0"))
    except (Disconnected, TimeoutError, OSError) as error:
        return [f"afterwards /time/0 failed: {type(error).__name__}: {error}"]
    return [] if reply.status == 200 else [f"afterwards /time/0 was answered {reply.status}"]


def faults_of(log: str) -> list[str]:
    """What is wrong with the service's log.

    Errors, tracebacks, lines that are no JSON or missing.
    """
    faults = []
    for line in log.splitlines():
        try:
            entry = json.loads(line)
            level, event = entry["level"], entry["event"]
        except (ValueError, TypeError, KeyError):
            level = event = "none"
        if level not in ("info", "warning") or event == "dropped":
            faults.append(f"the log has: {line[:1_000]}")
    return faults


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where the service withstood it, 1 where it didn't."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.emulator.faults.mutate", description=__doc__
    )
    parser.add_argument("--count", type=int, default=20_000, help="requests (20,000)")
    parser.add_argument("--seed", type=int, help="a seed that repeats a run")
    parser.add_argument("--only", type=int, help="send this request alone and show the answer")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory() as folder, Service(Path(folder), *OPTIONS) as service:
        if options.only is not None:
            return _only(service, seed, options.only)
        with progress(options.count, "requests", "sent") as advance:
            seen = asyncio.run(run(service.origin, seed, range(options.count), advance))
        size = service.resident_bytes() if service.is_running else 0
        service.stop()
        faults = seen.faults + faults_of(service.log())
    if size > MEMORY_BAR:
        faults.append(f"{size / 1e6:.0f} MB of memory, at most {MEMORY_BAR / 1e6:.0f} MB wanted")
    print(f"{options.count:,} requests, seed {seed}; {size / 1e6:.0f} MB of memory at the end")
    print(", ".join(f"{name}: {count:,}" for name, count in sorted(seen.statuses.items())))
    for fault in faults[:_SHOWN_FAULTS]:
        print(f"FAILED: {fault}", file=sys.stderr)
    if len(faults) > _SHOWN_FAULTS:
        print(f"and {len(faults) - _SHOWN_FAULTS} more", file=sys.stderr)
    return 1 if faults else 0


def _only(service: Service, seed: int, number: int) -> int:
    mutated = case(seed, number)
    print(repr(mutated.raw[:4000]))
    found = asyncio.run(replies_to(service.origin, mutated, random.Random(number)))
    for reply in found:
        if isinstance(reply, str):
            print(reply)
        else:
            print(reply.status, dict(reply.headers), reply.body[:1000])
    print(service.log(), end="")
    return 1 if any(isinstance(reply, Reply) and fault_of(reply) for reply in found) else 0


if __name__ == "__main__":
    raise SystemExit(exit_status(main))
