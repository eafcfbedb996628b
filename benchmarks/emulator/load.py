"""Many subscribers, each with its own filter, at a steady rate of messages: run ``make load``.

The service is one process, this program another. Messages are sent when they are due, whether
or not the service keeps up, and latency is counted from that moment until the last byte of the
subscriber's reply was read: what waits in this program counts against the service, and the
program's own delay is printed beside it. Every subscriber must get exactly the messages that
the interpreter says it gets, once, in the order of their channel.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from benchmarks.emulator.service import Service, allow_connections, exit_status, progress
from benchmarks.emulator.traffic import CHANNELS, Traffic, generate
from benchmarks.emulator.wire import (
    Connection,
    answer_of_poll,
    answer_of_publish,
    poll,
    publication,
    request,
)

DEFAULT_SEED: Final = 20180207
#: Milliseconds from publish to receipt that must hold for half, and for 99 in 100, of the receipts.
MEDIAN_BAR: Final = 50.0
PERCENTILE_99_BAR: Final = 500.0
#: Handshakes at a time; and seconds until the last receipt after the last publish.
_HANDSHAKES: Final = 50
_CLOSING_SECONDS: Final = 60.0
#: Seconds of a long poll, above the service's 270.
_POLL_PATIENCE: Final = 300.0
_SHOWN_FAULTS: Final = 10
#: Stands for the cursor in a request that is written once: no other part of one has so many digits.
_ANY_CURSOR: Final = 9_876_543_210_123_456_789


@dataclass(slots=True)
class Seen:
    """What a run saw: of each publish its timetoken and times, of each subscriber its items."""

    timetokens: dict[int, str] = field(default_factory=dict)
    due: dict[int, float] = field(default_factory=dict)
    sent: dict[int, float] = field(default_factory=dict)
    #: For each subscriber, the items in the order of their arrival and when each was read.
    items: list[list[tuple[dict[str, Any], float]]] = field(default_factory=list)
    #: Seconds from the first publish to the last receipt, and those of processors in that time.
    seconds: float = 0.0
    own_processor: float = 0.0
    service_processor: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was wrong with the deliveries, and the latency of each in milliseconds."""

    faults: list[str]
    latencies: list[float]
    own_delays: list[float]


class Run:
    """One run of ``traffic`` at ``rate`` messages a second; ``advance`` is called with each."""

    def __init__(
        self, service: Service, traffic: Traffic, rate: float, advance: Callable[[], object]
    ) -> None:
        self.service, self.traffic, self.rate, self.advance = service, traffic, rate, advance
        self.seen = Seen(items=[[] for _ in traffic.filters])
        self.gate = asyncio.Semaphore(_HANDSHAKES)
        self.requests = [
            request(publication(each.channel, each.data, each.meta, each.publisher))
            for each in traffic.publications
        ]
        self.start = 0.0

    async def run(self) -> Seen:
        """What was seen; ``ExceptionGroup`` for a refusal, an end, a receipt that doesn't come."""
        ready = [asyncio.Event() for _ in self.traffic.filters]
        async with asyncio.TaskGroup() as tasks:
            subscribers = [
                tasks.create_task(self._subscribe(number, event))
                for number, event in enumerate(ready)
            ]
            for event in ready:
                await event.wait()
            own, of_service = process_time(), self.service.processor_seconds()
            self.start = perf_counter()
            for numbers in (range(self.traffic.last.start), self.traffic.last):
                by_channel: dict[str, list[int]] = {}
                for number in numbers:
                    channel = self.traffic.publications[number].channel
                    by_channel.setdefault(channel, []).append(number)
                publishers = [
                    tasks.create_task(self._publish(each)) for each in by_channel.values()
                ]
                await asyncio.gather(*publishers)
            async with asyncio.timeout(_CLOSING_SECONDS):
                await asyncio.gather(*subscribers)
            self.seen.seconds = perf_counter() - self.start
            self.seen.own_processor = process_time() - own
            self.seen.service_processor = self.service.processor_seconds() - of_service
        return self.seen

    async def _subscribe(self, number: int, ready: asyncio.Event) -> None:
        uuid, text = f"subscriber-{number}", self.traffic.filters[number]
        asked = request(poll(CHANNELS, _ANY_CURSOR, uuid=uuid, filter_text=text))
        before, after = asked.split(str(_ANY_CURSOR).encode())
        async with Connection(self.service.origin) as connection:
            async with self.gate:
                first = request(poll(CHANNELS, uuid=uuid, filter_text=text))
                cursor, _ = answer_of_poll(await connection.ask(first))
            await connection.write(before + cursor.encode() + after)
            ready.set()
            missing = len(CHANNELS)
            while True:
                reply = await connection.receive(_POLL_PATIENCE)
                cursor, news = answer_of_poll(reply)
                self.seen.items[number].extend((item, reply.received) for item in news)
                missing -= sum(_is_last(item) for item in news)
                if missing <= 0:
                    return
                await connection.write(before + cursor.encode() + after)

    async def _publish(self, numbers: Sequence[int]) -> None:
        async with Connection(self.service.origin) as connection:
            for number in numbers:
                due = self.start + number / self.rate
                await asyncio.sleep(due - perf_counter())
                self.seen.due[number], self.seen.sent[number] = due, perf_counter()
                await connection.write(self.requests[number])
                self.seen.timetokens[number] = answer_of_publish(await connection.receive())
                self.advance()


def _is_last(item: dict[str, Any]) -> bool:
    metadata = item.get("u")
    return isinstance(metadata, dict) and metadata.get("last") is True


def judge(traffic: Traffic, receivers: Sequence[Sequence[int]], seen: Seen) -> Verdict:
    """Compare what arrived with what should have."""
    numbers = {timetoken: number for number, timetoken in seen.timetokens.items()}
    wanted: list[list[int]] = [[] for _ in traffic.filters]
    for number, all_of_them in enumerate(receivers):
        for subscriber in all_of_them:
            wanted[subscriber].append(number)
    faults: list[str] = []
    latencies: list[float] = []
    if len(numbers) != len(traffic.publications):
        faults.append(f"{len(traffic.publications)} messages got {len(numbers)} timetokens")
    for subscriber, (items, due_here) in enumerate(zip(seen.items, wanted, strict=True)):
        got = []
        for item, received in items:
            number = numbers.get(item["p"]["t"], -1)
            if number < 0:
                faults.append(f"subscriber {subscriber}: nobody published {item}")
                continue
            got.append(number)
            message = traffic.publications[number]
            if (item["c"], item["d"], item.get("u")) != (
                message.channel,
                message.data,
                message.meta,
            ):
                faults.append(f"subscriber {subscriber}: message {number} came as {item}")
            # Those that close a channel waited for all others in this program.
            if number not in traffic.last:
                latencies.append((received - seen.due[number]) * 1000)
        faults += _differences(subscriber, traffic, got, due_here)
    delays = [(seen.sent[n] - due) * 1000 for n, due in seen.due.items() if n not in traffic.last]
    return Verdict(faults, latencies, delays)


def _differences(
    subscriber: int, traffic: Traffic, got: Sequence[int], wanted: Sequence[int]
) -> list[str]:
    faults = []
    if lost := set(wanted) - set(got):
        faults.append(f"subscriber {subscriber}: lost {sorted(lost)[:10]}")
    if extra := set(got) - set(wanted):
        faults.append(f"subscriber {subscriber}: not for it {sorted(extra)[:10]}")
    if len(set(got)) < len(got):
        faults.append(f"subscriber {subscriber}: {len(got) - len(set(got))} came twice")
    for channel in CHANNELS:
        of_channel = [number for number in got if traffic.publications[number].channel == channel]
        if of_channel != sorted(of_channel):
            faults.append(f"subscriber {subscriber}: {channel} is out of order")
    return faults


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies; ``ValueError`` for none."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def report(receivers: Sequence[Sequence[int]], seen: Seen, found: Verdict) -> int:
    """Print the figures and the faults; 0 when every bar is met, else 1."""
    fan_outs = [len(each) for each in receivers]
    deliveries = sum(map(len, seen.items))
    print(
        f"{deliveries:,} deliveries of {len(fan_outs):,} messages; fan-out"
        f" {sum(fan_outs) / len(fan_outs):.1f} on average, from {min(fan_outs)} to {max(fan_outs)}"
    )
    faults = list(found.faults)
    for name, values in (("latency", found.latencies), ("own delay", found.own_delays)):
        figures = [percentile(values, share) for share in (0.5, 0.99, 1)]
        print("{:<10} median {:.1f} ms, 99 % {:.1f} ms, most {:.1f} ms".format(name, *figures))
        if name == "latency":
            for label, value, bar in zip(
                ("median", "99 %"), figures, (MEDIAN_BAR, PERCENTILE_99_BAR), strict=False
            ):
                if value > bar:
                    faults.append(f"latency: {label} {value:.1f} ms, at most {bar:.0f} ms wanted")
    for name, processor in (
        ("service", seen.service_processor),
        ("this program", seen.own_processor),
    ):
        print(
            f"processor  {name}: {processor / seen.seconds:.0%} of one,"
            f" {processor / len(fan_outs) * 1000:.2f} ms a message"
        )
    for fault in faults[:_SHOWN_FAULTS]:
        print(f"FAILED: {fault}", file=sys.stderr)
    if len(faults) > _SHOWN_FAULTS:
        print(f"and {len(faults) - _SHOWN_FAULTS} more", file=sys.stderr)
    return 1 if faults else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every bar is met, 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator.load", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=200, help="each with a filter (200)")
    parser.add_argument("--messages", type=int, default=10_000, help="messages in all (10,000)")
    parser.add_argument("--rate", type=float, default=200.0, help="messages a second (200)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of filters and messages")
    options = parser.parse_args(arguments)
    if options.subscribers < 1 or options.messages < 1 or options.rate <= 0:
        parser.error("subscribers, messages and rate are above 0")
    print(
        f"{options.subscribers:,} subscribers, {options.messages:,} messages, {options.rate:g} a"
        f" second, seed {options.seed}"
    )
    allow_connections(options.subscribers)
    traffic = generate(options.subscribers, options.messages, options.seed)
    total = len(traffic.publications)
    receivers = []
    with progress(total, "messages", "expected") as advance:
        for each in traffic.receivers():
            receivers.append(each)
            advance()
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(Path(folder)) as service,
        progress(total, "messages", "published") as advance,
    ):
        seen = asyncio.run(Run(service, traffic, options.rate, advance).run())
    return report(receivers, seen, judge(traffic, receivers, seen))


if __name__ == "__main__":
    raise SystemExit(exit_status(main))
