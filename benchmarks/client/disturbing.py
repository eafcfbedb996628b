"""What is done to a client that listens, by the emulator's control side: at random, from a seed.

Reads alone are disturbed: subscribe, time, heartbeat. What makes a client lose its connection comes
one at a time, every kind once before any comes again: mostly some time after the client has come
back, else it meets the client's first poll after that. All else happens with a probability to each
answer.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from typing import Any, Final

from benchmarks.emulator.wire import Connection, request

#: Seconds of a subscriber: how long it waits for a poll's answer, and for any other.
SUBSCRIBE_SECONDS: Final = 3.0
CALL_SECONDS: Final = 1.5
#: The longest lull, in seconds.
_LULL: Final = 2.0
#: How often the next blow does not wait until the client is back.
_AT_ONCE: Final = 0.2
_TICK: Final = 0.05
#: By how much an answer is later than the client waits.
_LATE: Final = 1.0
_PATH: Final = "/_pnfilter/faults"

#: What makes a subscribe request fail, or end too late.
LOSING: Final[tuple[dict[str, Any], ...]] = (
    {"fault": "status", "status": 500},
    {"fault": "status", "status": 502, "done": True},
    {"fault": "status", "status": 503, "retry_after": 2},
    {"fault": "status", "status": 429},
    {"fault": "cut", "after": 0},
    {"fault": "cut", "after": 1},
    {"fault": "cut", "after": 1_000},
    {"fault": "truncated"},
    {"fault": "malformed"},
    {"fault": "delay", "seconds": SUBSCRIBE_SECONDS + _LATE},
)
#: What subscribers get over, each with its probability.
_BEARABLE: Final[tuple[dict[str, Any], ...]] = (
    {"fault": "delay", "seconds": 0.3, "probability": 0.1},
    {"fault": "duplicate", "probability": 0.15},
    {"fault": "reorder", "probability": 0.3},
)
#: What happens to the answers of other operations.
_OTHERS: Final[tuple[dict[str, Any], ...]] = tuple(
    {**fault, "probability": 0.035}
    for fault in (
        {"fault": "status", "status": 503},
        {"fault": "status", "status": 429},
        {"fault": "cut"},
        {"fault": "truncated"},
        {"fault": "malformed"},
        {"fault": "delay", "seconds": CALL_SECONDS + _LATE},
    )
)
#: They are disturbed too.
DISTURBED: Final = ("time", "heartbeat")


def name_of(fault: dict[str, Any]) -> str:
    """What a fault is, in the figures."""
    more = {"status": "status", "cut": "after", "delay": "seconds"}.get(fault["fault"], "")
    return f"{fault['operation']} {fault['fault']} {fault.get(more) or ''}".rstrip()


#: Of all that can be done to a subscribe request, each has to have taken effect; of the other
#: operations, something.
WANTED: Final = frozenset(
    name_of({"operation": "subscribe", **fault}) for fault in (*LOSING, *_BEARABLE)
)


class Disturber:
    """The faults of one run.

    ``struck``: how often each took effect, once ``end`` has been called.
    """

    def __init__(self, origin: str, token: str, seed: int) -> None:
        self._origin = origin
        self._headers = {"Authorization": f"Bearer {token}"}
        self._source = random.Random(seed)
        self._deck: list[dict[str, Any]] = []
        self._gate = asyncio.Lock()
        self._connection = Connection(origin)
        self.struck: Counter[str] = Counter()

    async def begin(self) -> None:
        """What may happen to every answer from here on."""
        lasting = [("subscribe", fault) for fault in _BEARABLE]
        lasting += [(operation, fault) for operation in DISTURBED for fault in _OTHERS]
        for operation, fault in lasting:
            await self._add({**fault, "operation": operation, "count": None})
        # In a short run a client may ask for the time so seldom that it would always get it.
        await self._add({**_OTHERS[0], "operation": "time", "probability": 1})

    async def disturb(self, user: str, connected: asyncio.Event, received: asyncio.Event) -> None:
        """Let the user's polls fail, one after the other, until this is cancelled.

        ``connected``: set when the user is, for the first time; ``received``: with each message
        that it gets.
        """
        await self._lose(user)
        await connected.wait()
        while True:
            await asyncio.sleep(self._source.uniform(0, _LULL))
            await self._lose(user)
            if self._source.random() >= _AT_ONCE:
                received.clear()
                await received.wait()

    async def _lose(self, user: str) -> None:
        """Let one poll of the user fail, and wait until it has."""
        if not self._deck:
            self._deck = self._source.sample(LOSING, len(LOSING))
        number = await self._add({**self._deck.pop(), "operation": "subscribe", "user": user})
        while True:
            fault = next(fault for fault in await self._faults() if fault["id"] == number)
            if fault["hits"]:
                self.struck[name_of(fault)] += 1
                await self._ask("DELETE", f"{_PATH}/{number}")
                return
            await asyncio.sleep(_TICK)

    async def end(self) -> None:
        """Nothing happens any more."""
        for fault in await self._faults():
            self.struck[name_of(fault)] += fault["hits"]
        await self._ask("DELETE", _PATH)
        await self._connection.close()

    async def _add(self, fault: dict[str, Any]) -> int:
        seed = self._source.getrandbits(32)
        found = await self._ask("POST", _PATH, {**fault, "seed": seed})
        return int(found["id"])

    async def _faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._ask("GET", _PATH))["faults"]
        return found

    async def _ask(self, method: str, path: str, values: Any = None) -> dict[str, Any]:
        body = b"" if values is None else json.dumps(values).encode()
        raw = request(path, method=method, body=body, headers=self._headers)
        # One connection for all users.
        async with self._gate:
            reply = await self._connection.ask(raw)
        if reply.status != 200:
            raise ValueError(f"{method} {path} was answered {reply.status}: {reply.body!r}")
        found: dict[str, Any] = reply.json()
        return found
