"""A client that listens while all that it asks for goes wrong at random.

Nothing is lost, nothing comes twice.

``pnclient`` subscribes in a process of its own for each policy of reconnection, with a filter, to
channels, a wildcard and a group. The emulator refuses its requests, cuts and spoils their answers,
sends them late, twice and in another order (``benchmarks.client.disturbing``), while messages are
published. Each message has to arrive exactly once, and on each channel in the order of publication;
each client has to come back from each loss.

What is out of order within an answer, the client puts in order. From one answer to the next it
can't, and needn't: the cursor that it sends lets the service answer with newer messages only.
Should a message be answered later than a newer one all the same, it is delivered when it comes:
waiting for such messages would hold up all others, and dropping them would lose them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from benchmarks.client.disturbing import (
    CALL_SECONDS,
    DISTURBED,
    SUBSCRIBE_SECONDS,
    WANTED,
    Disturber,
)
from benchmarks.client.subscriber import Options
from benchmarks.emulator.faults.cuts import differences
from benchmarks.emulator.service import Service, exit_status, progress
from benchmarks.emulator.wire import (
    SUBSCRIBE_KEY,
    Connection,
    answer_of_publish,
    publication,
    query,
    request,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

POLICIES: Final = ("LINEAR", "EXPONENTIAL")
#: One channel by its name, two by a wildcard, one by a group.
PUBLISHED: Final = ("chaos-plain", "chaos.one", "chaos.two", "chaos-grouped")
_SUBSCRIBED: Final = ["chaos-plain", "chaos.*"]
_GROUP: Final = "chaos-group"
_FILTER: Final = "meta.wanted == 'yes' && data.number >= 0"
#: Of so many messages, one more is published that the filter holds back.
_UNWANTED: Final = 8
#: Characters of a message's text.
_SIZES: Final = (10, 10, 10, 10, 2_000, 2_000, 2_000, 20_000)
#: What the service keeps of each channel is more than is published on it while a client is away,
#: and of all channels less than what it has room for.
OPTIONS: Final = ("--queue", "1500", "--poll-seconds", "2", "--log-format", "json")
#: Seconds until the clients are connected for the first time, and until all has arrived when
#: nothing is disturbed any more: the longest delay between two tries is 32 s.
CONNECT_SECONDS: Final = 90.0
RETURN_SECONDS: Final = 60.0
_END_SECONDS: Final = 20.0
#: Bytes of a line of a subscriber.
_MAX_LINE: Final = 1 << 20
_SHOWN_FAULTS: Final = 20
#: What no client says that is there and comes back.
_NEVER: Final = frozenset(
    {"PNDisconnectedCategory", "PNInternalExceptionCategory", "PNDecryptionErrorCategory"}
)


@dataclass(slots=True)
class Client:
    """What a subscriber got, by channel and as timetokens, and what it told."""

    policy: str
    got: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in PUBLISHED})
    numbers: dict[str, int] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    #: Seconds from each loss of its connection to the return.
    absences: list[float] = field(default_factory=list)
    losses: int = 0
    lost_at: float | None = None
    #: What it told at its end, what it wrote that it shouldn't, and its exit status.
    end: dict[str, Any] = field(default_factory=dict)
    complaints: str = ""
    exit_status: int | None = None
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    received: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def user(self) -> str:
        """The uuid that it subscribes with."""
        return f"chaos-{self.policy.lower()}"

    def take(self, told: dict[str, Any]) -> None:
        """A line that it told."""
        match told:
            case {"message": [str(channel), str(timetoken), int(number)]}:
                self.got[channel].append(timetoken)
                self.numbers[timetoken] = number
                self.received.set()
            case {"status": status}:
                self._take_status(status)
            case {"end": end}:
                self.end = end
            case _:
                raise ValueError(f"a subscriber told {told}")

    def _take_status(self, status: dict[str, Any]) -> None:
        category, operation = status["category"], status["operation"]
        self.statuses[f"{operation} {category}"] += 1
        if operation != "PNSubscribeOperation":
            return
        if category == "PNConnectedCategory":
            self.connected.set()
        elif category == "PNReconnectedCategory" and self.lost_at is not None:
            self.absences.append(monotonic() - self.lost_at)
            self.lost_at = None
        elif status["error"] and self.lost_at is None:
            # Further ones, before it is back, are of the same loss.
            self.losses += 1
            self.lost_at = monotonic()


@dataclass(slots=True)
class Seen:
    """A run.

    The timetokens of what was published for the clients, by channel, and what became of it.
    """

    clients: list[Client]
    wanted: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in PUBLISHED})
    numbers: dict[str, int] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)
    #: How often a client came back too late for what the service keeps.
    missed: int = 0
    #: Seconds from the last disturbance until all had arrived; None where it didn't.
    late: float | None = None


class Chaos:
    """``messages`` in so many seconds, and a client for each policy."""

    def __init__(
        self,
        service: Service,
        policies: Sequence[str],
        *,
        messages: int,
        seconds: float,
        seed: int,
        advance: Callable[[], object],
    ) -> None:
        self._service, self._advance = service, advance
        self._token = service.control_token
        self._messages, self._seconds = messages, seconds
        # Each has its own, so that neither's pace changes the other's choices.
        self._source, self._seed = random.Random(seed), seed + 1
        self.seen = Seen([Client(policy) for policy in policies])
        self._moved = asyncio.Event()
        self._number = 0

    async def run(self) -> Seen:
        """What came; ``ExceptionGroup`` where the service or a subscriber fails."""
        origin = self._service.origin
        disturber = Disturber(origin, self._token, self._seed)
        async with Connection(origin) as connection:
            target = f"/v1/channel-registration/sub-key/{SUBSCRIBE_KEY}/channel-group/{_GROUP}"
            reply = await connection.ask(request(target + query({"add": PUBLISHED[-1]})))
            if reply.status != 200:
                raise ValueError(f"adding to a group was answered {reply.status}")
            await disturber.begin()
            async with asyncio.TaskGroup() as tasks:
                disturbing = [
                    tasks.create_task(
                        disturber.disturb(client.user, client.connected, client.received)
                    )
                    for client in self.seen.clients
                ]
                quit = asyncio.Event()
                for client in self.seen.clients:
                    tasks.create_task(self._listen(client, quit))
                async with asyncio.timeout(CONNECT_SECONDS):
                    await asyncio.gather(*(one.connected.wait() for one in self.seen.clients))
                await self._publish(connection)
                for task in disturbing:
                    task.cancel()
                await asyncio.wait(disturbing)
                await disturber.end()
                await self._wait_for_all()
                # Once more: what comes twice would come now.
                await self._publish_on_each(connection)
                await self._wait_for_all()
                quit.set()
            self.seen.missed = await self._missed(connection)
        self.seen.struck = disturber.struck
        return self.seen

    async def _publish(self, connection: Connection) -> None:
        source, start = self._source, monotonic()
        moments = sorted(source.uniform(0, self._seconds) for _ in range(self._messages))
        for moment in moments:
            await asyncio.sleep(start + moment - monotonic())
            name = source.choice(PUBLISHED)
            if not source.randrange(_UNWANTED):
                await self._publish_one(connection, name, wanted=False)
            await self._publish_one(connection, name)

    async def _publish_on_each(self, connection: Connection) -> None:
        for name in PUBLISHED:
            await self._publish_one(connection, name)

    async def _publish_one(self, connection: Connection, name: str, *, wanted: bool = True) -> None:
        self._number += 1
        data = {"number": self._number, "text": "x" * self._source.choice(_SIZES)}
        target = publication(name, data, {"wanted": "yes" if wanted else "no"})
        timetoken = answer_of_publish(await connection.ask(request(target)))
        if wanted:
            self.seen.wanted[name].append(timetoken)
            self.seen.numbers[timetoken] = self._number

    async def _wait_for_all(self) -> None:
        start = monotonic()
        try:
            async with asyncio.timeout(RETURN_SECONDS):
                while any(self._missing(client) for client in self.seen.clients):
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            # What is missing is found by `faults`.
            return
        if self.seen.late is None:
            self.seen.late = monotonic() - start

    def _missing(self, client: Client) -> bool:
        return not self.seen.numbers.keys() <= client.numbers.keys()

    async def _listen(self, client: Client, quit: asyncio.Event) -> None:
        options: Options = {
            "origin": self._service.origin,
            "subscribe_key": SUBSCRIBE_KEY,
            "user": client.user,
            "policy": client.policy,
            "channels": _SUBSCRIBED,
            "groups": [_GROUP],
            "filter": _FILTER,
            "subscribe_timeout": SUBSCRIBE_SECONDS,
            "call_timeout": CALL_SECONDS,
            "presence_timeout": 20,
            "heartbeat_interval": 1.0,
        }
        async with _subscriber(options) as process:
            assert process.stdin is not None
            assert process.stderr is not None
            complaints = asyncio.create_task(process.stderr.read())
            reading = asyncio.create_task(self._read(client, process))
            quitting = asyncio.create_task(quit.wait())
            try:
                await asyncio.wait((reading, quitting), return_when=asyncio.FIRST_COMPLETED)
                process.stdin.close()
                async with asyncio.timeout(_END_SECONDS):
                    await reading
                    client.complaints = (await complaints).decode(errors="replace")
                    client.exit_status = await process.wait()
            finally:
                for task in (complaints, reading, quitting):
                    task.cancel()
        if not quit.is_set():
            raise ValueError(f"the subscriber {client.policy} ended: {client.complaints}")

    async def _read(self, client: Client, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            told = json.loads(line)
            client.take(told)
            if "message" in told:
                self._moved.set()
                self._advance()

    async def _missed(self, connection: Connection) -> int:
        headers = {"Authorization": f"Bearer {self._token}"}
        reply = await connection.ask(request("/_pnfilter/subscribers", headers=headers))
        return sum(each["missed"] for each in json.loads(reply.body)["subscribers"])


@asynccontextmanager
async def _subscriber(options: Options) -> AsyncIterator[asyncio.subprocess.Process]:
    command = [sys.executable, "-W", "error", "-m", "benchmarks.client.subscriber"]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_MAX_LINE,
        cwd=Path(__file__).parents[2],
        # A Ctrl-C is for the program that measures.
        start_new_session=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(options).encode() + b"\n")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def faults(seen: Seen) -> list[str]:
    """What should not have been; empty where every bar is met."""
    found = [] if seen.late is not None else [f"not all had arrived after {RETURN_SECONDS:.0f} s"]
    if seen.missed:
        found.append(f"the service kept too little {seen.missed} times: the run shows nothing")
    struck = {name for name, hits in seen.struck.items() if hits}
    found += [f"it never came to this: {name}" for name in sorted(WANTED - struck)]
    found += [
        f"nothing disturbed {operation}"
        for operation in DISTURBED
        if not any(name.startswith(operation) for name in struck)
    ]
    for client in seen.clients:
        found += [f"{client.policy}: {fault}" for fault in _faults_of(client, seen)]
    return found


def _faults_of(client: Client, seen: Seen) -> Iterator[str]:
    yield from differences(seen.wanted, client.got)
    if changed := [at for at, number in client.numbers.items() if seen.numbers.get(at) != number]:
        yield f"{len(changed)} messages have changed"
    if client.losses != len(client.absences) or client.lost_at is not None:
        yield f"lost the connection {client.losses} times and came back {len(client.absences)} times"
    for name in client.statuses:
        if name.partition(" ")[2] in _NEVER:
            yield f"told {name}"
    if client.complaints:
        yield f"wrote {client.complaints[-2_000:]}"
    if client.exit_status != 0:
        yield f"ended with {client.exit_status}"
    if client.end.get("left") != []:
        yield f"left {client.end.get('left')}"
    counted = client.end.get("counters", {})
    if counted.get("delivered") != sum(map(len, client.got.values())):
        yield f"counted {counted}"


def report(seen: Seen) -> int:
    """Print the figures and the faults; 0 when every bar is met, else 1."""
    for client in seen.clients:
        away = sorted(client.absences) or [0.0]
        print(
            f"{client.policy:<12} {sum(map(len, client.got.values())):,} messages,"
            f" {client.end.get('counters', {}).get('duplicates', 0):,} duplicates put aside,"
            f" {client.losses} losses, away {sum(away):.0f} s in all,"
            f" median {away[len(away) // 2]:.1f} s, longest {away[-1]:.1f} s"
        )
        for name, count in sorted(client.statuses.items()):
            print(f"    {count:>5}  {name}")
    for name, hits in sorted(seen.struck.items()):
        print(f"{hits:>9}  {name}")
    if seen.late is not None:
        print(f"all had arrived {seen.late:.1f} s after the last disturbance")
    found = faults(seen)
    for fault in found[:_SHOWN_FAULTS]:
        print(f"FAILED: {fault}", file=sys.stderr)
    if len(found) > _SHOWN_FAULTS:
        print(f"and {len(found) - _SHOWN_FAULTS} more", file=sys.stderr)
    return 1 if found else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every bar is met, 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="in which is published (5)")
    parser.add_argument("--messages", type=int, default=10_000, help="for each client (10,000)")
    parser.add_argument("--policy", choices=[policy.lower() for policy in POLICIES], help="one")
    parser.add_argument("--seed", type=int, help="a seed for the same choices again")
    options = parser.parse_args(arguments)
    if options.minutes <= 0 or options.messages < 1:
        parser.error("minutes and messages are above 0")
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    policies = POLICIES if options.policy is None else (options.policy.upper(),)
    print(f"{options.messages:,} messages in {options.minutes:g} minutes, seed {seed}", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(Path(folder), *OPTIONS) as service,
        progress(len(policies) * (options.messages + len(PUBLISHED)), "messages", "") as advance,
    ):
        chaos = Chaos(
            service,
            policies,
            messages=options.messages,
            seconds=options.minutes * 60,
            seed=seed,
            advance=advance,
        )
        seen = asyncio.run(chaos.run())
    return report(seen)


if __name__ == "__main__":
    raise SystemExit(exit_status(main))
