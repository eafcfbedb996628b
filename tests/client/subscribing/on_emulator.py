"""Clients on the emulator: one that listens, one that publishes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec

from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnfilter.server import Server
from tests.client.conftest import configured
from tests.client.subscribing.faked import PATIENCE, Noting

P = ParamSpec("P")


def in_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """The test as a plain function with a loop of its own; it fails where it takes too long."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(PATIENCE):
                await test(*args, **kwargs)

        asyncio.run(bounded())

    return run


async def until(happened: Callable[[], object]) -> None:
    """Wait for something at the service, which is in another thread."""
    while not happened():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


class Pair:
    """A client that listens, with what it was told, and one that publishes."""

    def __init__(self, server: Server, config: PNConfiguration) -> None:
        self.server = server
        self.config = config
        self.pubnub = PubNubTornado(config)
        self.noting = Noting()
        self.pubnub.add_listener(self.noting)
        other = configured(server.origin, "publisher")
        other.cipher_key = config.cipher_key
        self.publisher = PubNubTornado(other)

    async def connect(self, *channels: str, groups: tuple[str, ...] = ()) -> None:
        """Subscribe, and wait until a poll with a cursor has reached the service."""
        before = self.noting.categories.count("Connected")
        self.pubnub.subscribe().channels(channels).channel_groups(groups).execute()
        await self.noting.until(lambda: self.noting.categories.count("Connected") > before)
        await self.settle()

    async def settle(self) -> None:
        """Wait until a poll waits at the service."""
        await until(lambda: any(found["waiting"] for found in self.server.subscribers(user="user")))

    async def polls(self, count: int, status: int = 200) -> None:
        """Wait until that many further polls have ended; the status 0 stands for those given up."""
        wanted = self._polls(status) + count
        await until(lambda: self._polls(status) >= wanted)

    def _polls(self, status: int) -> int:
        requests = self.server.call(lambda app: dict(app.activity.counts.requests))
        return requests.get(("subscribe", status), 0)

    async def publish(self, message: Any, channel: str = "ch", **meta: Any) -> int:
        """The timetoken of a message that was published."""
        builder = self.publisher.publish().channel(channel).message(message)
        result = await (builder.meta(meta) if meta else builder)
        return result.timetoken

    async def received(self, *messages: Any) -> None:
        """Wait until exactly these messages were received, in this order."""
        await self.noting.until(lambda: len(self.noting.messages) >= len(messages))
        assert self.noting.messages == list(messages)

    @property
    def timers(self) -> list[str]:
        """The names of the timers of the client that listens."""
        driver = self.pubnub._driver
        assert driver is not None
        return [timer.name for timer in driver._timers]

    async def told(self, category: str) -> None:
        """Wait for a status."""
        await self.noting.until(lambda: category in self.noting.categories)


@asynccontextmanager
async def pair(server: Server, config: PNConfiguration | None = None) -> AsyncIterator[Pair]:
    found = Pair(server, config or configured(server.origin))
    async with found.pubnub, found.publisher:
        yield found
