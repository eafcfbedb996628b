"""Whether the service's memory stays where it is when all that it keeps is full: run ``make soak``.

First every bound is filled and overstepped: channels and their queues, the store, users on
channels, groups, devices, App Context, grants, files, keysets, subscribers with their counters and
filters. Then comes steady, mixed traffic with names that are always new, subscribers that wait, go
away and return, and requests that are refused. What makes others go is sent at full speed until it
has taken the place of all that filled: or the memory would change as long as that lasts, since the
one is larger than the other. The memory in the tenth tenth of the time (minutes 9 to 10 of ten) is
at most ``GROWTH_BAR`` above that in the third (minutes 2 to 3). Ctrl-C ends it early and shows what
was seen so far.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from time import monotonic, time
from typing import Any, Final

from benchmarks.emulator.faults.forgeries import signed
from benchmarks.emulator.fillings import (
    DEVICES,
    FULL,
    GROUPS,
    HEARTBEAT,
    MANAGED,
    OBJECTS,
    SECRET,
    TEXT,
    fill,
    grant,
    options,
    send_file,
    sizes,
    status_of,
)
from benchmarks.emulator.service import Service, allow_connections, exit_status, progress
from benchmarks.emulator.wire import (
    PUBLISH_KEY,
    SUBSCRIBE_KEY,
    Connection,
    Disconnected,
    answer_of_poll,
    compact,
    poll,
    publication,
    query,
    request,
    segment,
)
from pnfilter.server.access.tokens import make_token
from pnfilter.server.settings import MAX_CHANNELS

#: How much more memory the last part may show than the early one, as a share of that.
GROWTH_BAR: Final = 0.05
#: Parts of the whole time that are compared: minutes 2 to 3 and 9 to 10 of ten.
EARLY: Final = (0.2, 0.3)
LATE: Final = (0.9, 1.0)
#: Connections with steady traffic, and subscribers that wait all the time.
_WORKERS: Final = 8
_WAITING: Final = 100
#: Channels, and users with a state, that are always the same.
_POOL: Final = 200
#: Requests of the kinds that make others go, until those have taken all places: of nine, seven take
#: a channel, and six a subscriber.
TURNED_OVER: Final = MAX_CHANNELS * 3 // 2
#: Kinds of traffic between two files that are sent.
_FILE_EVERY: Final = 20
_SAMPLE_SECONDS: Final = 0.5
#: What tokens of the steady traffic give.
_RIGHTS: Final[dict[str, Any]] = {
    "resources": {b"chan": {"pool.1": 1}},
    "patterns": {},
    "categories": {},
    "meta": {},
    "uuid": None,
}


@dataclass(slots=True)
class Seen:
    """Memory in bytes at seconds from the start, and how often each answer came (``status_of``)."""

    samples: list[tuple[float, int]] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def mean_within(self, seconds: float, part: tuple[float, float]) -> float | None:
        """The mean of the samples in a part of ``seconds``; None where there is none."""
        low, high = (share * seconds for share in part)
        found = [size for at, size in self.samples if low <= at <= high]
        return mean(found) if found else None

    def growth(self, seconds: float) -> float | None:
        """By which share the late part is above the early one; None where it isn't known yet."""
        early, late = self.mean_within(seconds, EARLY), self.mean_within(seconds, LATE)
        return None if early is None or late is None else late / early - 1


class Steady:
    """Mixed traffic until it is told to stop, at ``rate`` requests a second in all."""

    def __init__(self, origin: str, rate: float, seed: int, statuses: Counter[str]) -> None:
        self.origin, self.rate, self.statuses = origin, rate, statuses
        self.source = random.Random(seed)
        self.number = 0
        self.timetokens: dict[str, str] = {}

    async def work(self) -> None:
        """One connection's share of the traffic."""
        async with Connection(self.origin) as connection:
            due = monotonic()
            while True:
                for raw in self._requests(_KINDS):
                    await self._send(connection, raw)
                    due = max(due + _WORKERS / self.rate, monotonic() - 1)
                    await asyncio.sleep(due - monotonic())
                if self.number % _FILE_EVERY == 0:
                    await send_file(connection, f"pool.{self.number % _POOL}", self.statuses)

    async def turn_over(self, advance: Callable[[], object]) -> None:
        """Fill the channels, the subscribers and their filters with those of this traffic."""

        async def work() -> None:
            async with Connection(self.origin) as connection:
                while self.number < TURNED_OVER:
                    for raw in self._requests(_REPLACING):
                        await self._send(connection, raw)
                        advance()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(_WORKERS):
                tasks.create_task(work())
        # Until the users have left, there is no room for others.
        await asyncio.sleep(HEARTBEAT)

    async def wait_and_return(self, number: int) -> None:
        """A subscriber that waits all the time, and sometimes goes away and comes back."""
        source, cursor = random.Random(number), "0"
        channels = [f"pool.{source.randrange(_POOL)}", "pool.*", f"pool.{number}-pnpres"]
        text = f"data.n % 7 == {number % 7} || meta.n > {number}"
        async with Connection(self.origin) as connection:
            while True:
                raw = request(poll(channels, cursor, uuid=f"waiting-{number}", filter_text=text))
                if source.random() < 0.1:
                    await connection.write(raw)
                    await asyncio.sleep(source.uniform(0, 0.5))
                    connection.cut(reset=source.random() < 0.5)
                    continue
                cursor, _ = answer_of_poll(await connection.ask(raw))
                self.statuses["200"] += 1

    async def _send(self, connection: Connection, raw: bytes) -> None:
        try:
            reply = await connection.ask(raw)
        except (Disconnected, ConnectionError):
            # What is far too long may end the connection.
            connection.cut()
            return
        self.statuses[status_of(reply)] += 1
        if reply.closes:
            connection.cut()
        if raw.startswith(b"GET /publish") and reply.status == 200:
            channel = raw.split(b"/", 7)[5].decode()
            self.timetokens[channel] = str(reply.json()[2])
            if len(self.timetokens) > _POOL:
                self.timetokens.pop(next(iter(self.timetokens)))

    def _requests(self, kinds: Sequence[str]) -> Iterable[bytes]:
        """Some requests of one of the kinds, with a new number in them."""
        source = self.source
        self.number += 1
        number, pool = self.number, source.randrange(_POOL)
        channel, user = f"pool.{pool}", f"user-{number}"
        presence = f"/v2/presence/sub-key/{SUBSCRIBE_KEY}"
        of_group = f"{GROUPS}/full-{pool % 50}"
        data, meta = {"n": number, "text": TEXT}, {"n": number}
        uuid = query({"uuid": f"user-{pool}"})
        match source.choice(kinds):
            case "publish":
                return [request(publication(channel, data, meta, user))]
            case "publish on a new channel":
                return [request(publication(f"new.{number}", data, meta))]
            case "new subscriber":
                text = f"data.n == {number} || meta.n > {number}"
                target = poll([channel, f"new.{number}"], 0, uuid=user, filter_text=text)
                return [request(f"{target}&heartbeat={HEARTBEAT}")]
            case "catch up":
                text = f"data.n > 'n{number}'"
                return [request(poll([channel], 1, uuid=user, filter_text=text))]
            case "malformed filter":
                return [request(poll([channel], 1, uuid=user, filter_text=f"n == {number} AND ("))]
            case "history":
                path = f"history/sub-key/{SUBSCRIBE_KEY}/channel/{channel}"
                return [
                    request(f"/v3/{path}?max=25&include_meta=true&uuid={user}"),
                    request(f"/v2/{path}?count=25&include_token=true&uuid={user}"),
                ]
            case "presence":
                place = f"{presence}/channel/{channel}"
                state = segment(compact({channel: data}))
                return [
                    request(f"{place}/heartbeat?heartbeat={HEARTBEAT}&uuid={user}&state={state}"),
                    request(f"{place}?state=1&uuid={user}"),
                    request(f"{presence}/uuid/{user}?uuid={user}"),
                    request(f"{place}/leave?uuid={user}"),
                ]
            case "state":
                change = query({"state": compact(data), "uuid": f"user-{pool}"})
                target = f"{presence}/channel/{channel}/uuid/user-{pool}"
                return [request(f"{target}/data{change}"), request(f"{target}{uuid}")]
            case "group":
                change = query({source.choice(("add", "remove")): f"member.{source.randrange(50)}"})
                return [request(of_group + change), request(of_group + uuid)]
            case "push":
                member = {source.choice(("add", "remove")): f"member.{source.randrange(50)}"}
                device = f"{DEVICES}/full-{pool % 50}"
                return [
                    request(device + query({"type": "gcm", **member})),
                    request(device + query({"type": "gcm", "count": 10})),
                ]
            case "actions":
                if not self.timetokens:
                    return []
                channel, timetoken = source.choice(list(self.timetokens.items()))
                target = f"/v1/message-actions/{SUBSCRIBE_KEY}/channel/{channel}"
                body = compact({"type": "reaction", "value": f"v{number}"}).encode()
                return [
                    request(f"{target}/message/{timetoken}{uuid}", method="POST", body=body),
                    request(target + uuid),
                ]
            case "metadata":
                target = f"{OBJECTS}/uuids"
                fields = compact({"name": f"n{number}", "custom": {"n": number}}).encode()
                rows = compact({"set": [{"channel": {"id": channel}}]}).encode()
                return [
                    request(f"{target}/u{number}{uuid}", method="PATCH", body=fields),
                    request(f"{target}/u{pool}/channels{uuid}", method="PATCH", body=rows),
                    request(target + query({"filter": f'name == "n{pool}"', "count": "1"})),
                ]
            case "access":
                token = segment(make_token(SECRET, seconds=int(time()), ttl=1, **_RIGHTS))
                revoking = signed(
                    "DELETE", f"/v3/pam/{MANAGED}/grant/{token}", "", SECRET, int(time())
                )
                target = f"/v2/history/sub-key/{MANAGED}/channel/{channel}"
                return [
                    # There is no room for another, and for the same again there is.
                    grant([f"new.{number}"], ["a"]),
                    grant(["granted.0.1"], ["granted.0.1"]),
                    request(target + query({"uuid": user, "auth": f"key-{number}"})),
                    request(f"{target}?uuid={user}&auth={token}"),
                    request(revoking, method="DELETE"),
                ]
            case "files":
                target = f"/v1/files/{SUBSCRIBE_KEY}/channels/{channel}/files"
                return [request(f"{target}?limit=10&uuid={user}"), request(f"{target}/no/a.bin")]
            case "signal":
                path = f"/signal/{PUBLISH_KEY}/{SUBSCRIBE_KEY}/0/{channel}/0/1"
                return [request(path + uuid)]
            case "unknown":
                return [request(f"/nothing/{number}"), request(f"/time/0?{number}=%FF")]
            case _:
                target = f"/publish/{PUBLISH_KEY}/{SUBSCRIBE_KEY}/0/{channel}/0"
                long = request(f"/time/0?x={'a' * 40_000}")
                return [request(target, method="POST", body=b"1" * 40_000), long]


#: Those of the kinds whose channels, subscribers and filters make others go.
_REPLACING: Final = (
    *["publish on a new channel"] * 3,
    *["new subscriber"] * 4,
    *["catch up"] * 2,
)
#: Kinds of steady traffic, the more frequent the more often.
_KINDS: Final = (
    *["publish"] * 12,
    *_REPLACING,
    *("malformed filter", "history", "presence", "presence", "state", "group", "push"),
    *("actions", "metadata", "access", "files", "signal", "unknown", "too large"),
)


async def soak(service: Service, steady: Steady, seconds: float, seen: Seen) -> None:
    """Steady traffic for that long; ``seen`` gets a sample of the memory twice a second."""
    tasks = [asyncio.create_task(steady.work()) for _ in range(_WORKERS)]
    tasks += [asyncio.create_task(steady.wait_and_return(number)) for number in range(_WAITING)]
    start = monotonic()
    try:
        with progress(int(seconds), "s", "soaking") as advance:
            while (passed := monotonic() - start) < seconds:
                seen.samples.append((passed, service.resident_bytes()))
                done, _ = await asyncio.wait(
                    tasks, timeout=_SAMPLE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
                for _ in range(int(monotonic() - start) - int(passed)):
                    advance()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def report(seen: Seen, seconds: float) -> int:
    """Print the memory over the time; 0 when it stayed, 1 when it grew or isn't known."""
    for tenth in range(10):
        if size := seen.mean_within(seconds, (tenth / 10, (tenth + 1) / 10)):
            at = f"{tenth * seconds / 600:5.1f} to {(tenth + 1) * seconds / 600:4.1f} min"
            print(f"{at}  {size / 1e6:7.1f} MB")
    counts = ", ".join(f"{status}: {count:,}" for status, count in sorted(seen.statuses.items()))
    print(f"answers  {counts}")
    growth = seen.growth(seconds)
    if growth is None:
        print("ended before there was anything to compare")
        return 1
    print(f"growth   {growth:+.1%}, at most {GROWTH_BAR:.0%} wanted")
    faults = [
        f"answered {status}" for status in seen.statuses if status >= "500" and status != FULL
    ]
    if growth > GROWTH_BAR:
        faults.append("the memory grows")
    for fault in faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    return 1 if faults else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where the memory stays, 1 where it grows, 130 where it was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="after everything is full (10)")
    parser.add_argument("--rate", type=float, default=150, help="requests a second (150)")
    parser.add_argument("--seed", type=int, default=20180207, help="of the traffic")
    given = parser.parse_args(arguments)
    if given.minutes <= 0 or given.rate <= 0:
        parser.error("minutes and rate are above 0")
    allow_connections(_WAITING + _WORKERS)
    seen, seconds = Seen(), 60 * given.minutes
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(Path(folder), *options(Path(folder))) as service,
    ):
        empty = service.resident_bytes()
        try:
            steady = Steady(service.origin, given.rate, given.seed, seen.statuses)
            with progress(sum(sizes().values()) + TURNED_OVER, "requests", "filling") as advance:
                asyncio.run(fill(service.origin, advance, seen.statuses))
                asyncio.run(steady.turn_over(advance))
            full = service.resident_bytes()
            print(f"{empty / 1e6:.1f} MB empty, {full / 1e6:.1f} MB full; seed {given.seed}")
            asyncio.run(soak(service, steady, seconds, seen))
        except KeyboardInterrupt:
            with suppress(KeyboardInterrupt):
                print("interrupted")
                report(seen, seconds)
            return 130
    return report(seen, seconds)


if __name__ == "__main__":
    raise SystemExit(exit_status(main))
