"""A subscriber whose connection is lost at any moment, and who returns with its cursor.

It is cut off while it sends its request, right after that, while it waits, and in the middle of
the answer, whatever of which it has read is lost. Meanwhile messages are published, never more
than the service keeps for catch-up: nothing may be lost, and nothing come twice.

The full number of cuts: ``python -m benchmarks.emulator.faults.cuts --cuts 1000``.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.emulator.service import Service, exit_status, progress
from benchmarks.emulator.wire import (
    SUBSCRIBE_KEY,
    Connection,
    Disconnected,
    answer_of_poll,
    answer_of_publish,
    poll,
    publication,
    query,
    request,
)

#: Messages of a channel that the service keeps, and those of them that may be on their way.
QUEUE: Final = 100
_AHEAD: Final = 90
OPTIONS: Final = ("--queue", str(QUEUE))
#: One channel by its name, two by a wildcard, one by a group.
PUBLISHED: Final = ("cut-plain", "cut.one", "cut.two", "cut-grouped")
SUBSCRIBED: Final = ("cut-plain", "cut.*")
GROUP: Final = "cut-group"
_FILTER: Final = "meta.wanted == 'yes' && data.number >= 0"
_MOMENTS: Final = ("in the request", "after the request", "while waiting", "in the answer")
#: How often it stays away after that until there is as much for it as may be: more than one answer
#: holds.
_STAYS_AWAY: Final = 0.02
_SIZES: Final = (10, 10, 10, 2_000, 20_000)
#: Seconds without any answer after which the run has failed.
_PATIENCE: Final = 30.0


@dataclass(slots=True)
class Seen:
    """Timetokens of what was published for the subscriber and of what it got, by channel."""

    wanted: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in PUBLISHED})
    got: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in PUBLISHED})
    moments: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Cuts:
    """A publisher and a subscriber who is cut off that many times."""

    def __init__(self, origin: str, cuts: int, seed: int, advance: Callable[[], object]) -> None:
        self.origin, self.cuts, self.advance = origin, cuts, advance
        # Each side has its own, so that neither's pace changes the other's choices.
        self.of_publisher, self.of_subscriber = random.Random(seed), random.Random(seed + 1)
        self.seen = Seen()
        self.cursor = "0"
        #: Of each channel, what was published after the cursor.
        self.ahead: dict[str, deque[int]] = {name: deque() for name in PUBLISHED}
        self.moved, self.full = asyncio.Event(), asyncio.Event()
        self.done = False

    async def run(self) -> Seen:
        """What came; ``ExceptionGroup`` where the service refuses or doesn't answer."""
        async with Connection(self.origin) as connection:
            target = f"/v1/channel-registration/sub-key/{SUBSCRIBE_KEY}/channel-group/{GROUP}"
            reply = await connection.ask(request(target + query({"add": "cut-grouped"})))
            if reply.status != 200:
                raise ValueError(f"adding to a group was answered {reply.status}")
        async with Connection(self.origin) as connection:
            self._take(*answer_of_poll(await connection.ask(self._poll())))
        async with asyncio.TaskGroup() as tasks:
            publisher = tasks.create_task(self._publish())
            async with Connection(self.origin) as connection:
                for _ in range(self.cuts):
                    await self._be_cut_off(connection)
                    self.advance()
                    if self.of_subscriber.random() < _STAYS_AWAY:
                        async with asyncio.timeout(_PATIENCE):
                            await self.full.wait()
                    while self.of_subscriber.random() < 0.5:
                        await self._receive(connection)
                self.done = True
                self.moved.set()
                # What is still to come, the publisher's last message with it; a request for more
                # would wait for nothing.
                await publisher
                while self._missing():
                    await self._receive(connection)
                # Once more: what comes twice would come now.
                await self._farewell(connection)
        self.seen.faults += differences(self.seen.wanted, self.seen.got)
        return self.seen

    def _poll(self) -> bytes:
        return request(
            poll(SUBSCRIBED, self.cursor, uuid="cut-off", filter_text=_FILTER, groups=[GROUP])
        )

    def _missing(self) -> bool:
        return any(
            wanted and wanted[-1] not in self.seen.got[name]
            for name, wanted in self.seen.wanted.items()
        )

    async def _receive(self, connection: Connection) -> None:
        reply = await connection.ask(self._poll(), _PATIENCE)
        self._take(*answer_of_poll(reply))

    def _take(self, cursor: str, items: Sequence[dict[str, Any]]) -> None:
        if int(cursor) < int(self.cursor):
            self.seen.faults.append(f"the cursor went back from {self.cursor} to {cursor}")
        self.cursor = cursor
        for item in items:
            self.seen.got[item["c"]].append(item["p"]["t"])
        for published in self.ahead.values():
            while published and published[0] <= int(cursor):
                published.popleft()
        self.moved.set()

    async def _be_cut_off(self, connection: Connection) -> None:
        source = self.of_subscriber
        moment, reset = source.choice(_MOMENTS), source.random() < 0.5
        self.seen.moments[moment] += 1
        whole = self._poll()
        if moment == "in the request":
            await connection.write(whole[: source.randrange(1, len(whole))])
            await asyncio.sleep(source.choice((0, 0.001)))
        else:
            await connection.write(whole)
        if moment == "while waiting":
            await asyncio.sleep(source.uniform(0, 0.01))
        elif moment == "in the answer":
            async with asyncio.timeout(_PATIENCE):
                for size in (1, source.choice((20, 200, 5_000, 60_000))):
                    if not await connection.receive_some(size):
                        raise Disconnected("instead of an answer")
        connection.cut(reset=reset)

    async def _publish(self) -> None:
        source, number = self.of_publisher, 0
        async with Connection(self.origin) as connection:
            while not self.done:
                name = source.choice(PUBLISHED)
                while len(self.ahead[name]) >= _AHEAD and not self.done:
                    self.full.set()
                    self.moved.clear()
                    await self.moved.wait()
                    self.full.clear()
                number += 1
                wanted = source.random() < 0.6
                await self._publish_one(connection, name, number, source.choice(_SIZES), wanted)
                if source.random() < 0.3:
                    await asyncio.sleep(source.uniform(0, 0.005))
            for name in PUBLISHED:
                await self._publish_one(connection, name, number, 1, wanted=True)

    async def _publish_one(
        self, connection: Connection, name: str, number: int, size: int, wanted: bool
    ) -> None:
        data = {"number": number, "text": "x" * size}
        target = publication(name, data, {"wanted": "yes" if wanted else "no"})
        timetoken = answer_of_publish(await connection.ask(request(target)))
        if wanted:
            self.seen.wanted[name].append(timetoken)
        if int(timetoken) > int(self.cursor):
            self.ahead[name].append(int(timetoken))

    async def _farewell(self, connection: Connection) -> None:
        async with Connection(self.origin) as other:
            await self._publish_one(other, PUBLISHED[0], 0, 1, wanted=True)
        await self._receive(connection)


def differences(wanted: Mapping[str, Sequence[str]], got: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong with the messages that came on each channel; both are timetokens."""
    faults = []
    for name, published in wanted.items():
        received = got[name]
        if lost := set(published) - set(received):
            faults.append(f"{name}: {len(lost)} of {len(published)} were lost")
        if extra := set(received) - set(published):
            faults.append(f"{name}: {len(extra)} came that the filter holds back")
        if len(set(received)) < len(received):
            faults.append(f"{name}: {len(received) - len(set(received))} came twice")
        if list(received) != sorted(received, key=int):
            faults.append(f"{name}: out of order")
    return faults


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing was lost and nothing came twice, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.emulator.faults.cuts", description=__doc__
    )
    parser.add_argument("--cuts", type=int, default=1_000, help="how often it is cut off (1,000)")
    parser.add_argument("--seed", type=int, help="a seed for the same choices again")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(Path(folder), *OPTIONS) as service,
        progress(options.cuts, "cuts", "cut off") as advance,
    ):
        seen = asyncio.run(Cuts(service.origin, options.cuts, seed, advance).run())
    got = sum(map(len, seen.got.values()))
    moments = ", ".join(f"{name} {count}" for name, count in sorted(seen.moments.items()))
    print(f"{options.cuts:,} cuts ({moments}), {got:,} messages received, seed {seed}")
    for fault in seen.faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    return 1 if seen.faults else 0


if __name__ == "__main__":
    raise SystemExit(exit_status(main))
