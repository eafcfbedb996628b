"""A service whose answers the test gives, and a listener that notes what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pnclient.callbacks import SubscribeCallback
from pnclient.driver import Driver
from pnclient.enums import PNStatusCategory
from pnclient.models.consumer.common import PNStatus
from pnclient.pnconfiguration import PNConfiguration
from pnclient.runtime import Tasks
from pnclient.threads import Threads
from pnclient.transport import ConnectionFailure, Prepared, Reply

#: Seconds after which a test has failed.
PATIENCE = 20


class Sent:
    """A request that waits for its answer."""

    def __init__(self, prepared: Prepared, timeout: float) -> None:
        parts = urlsplit(prepared.url)
        self.path = unquote(parts.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.timeout = timeout
        self.reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def answer(self, data: Any, code: int = 200, **headers: str) -> None:
        """JSON, or bytes as they are."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply.set_result(Reply(code, named, body))

    def bring(self, cursor: int, *items: Mapping[str, Any]) -> None:
        """An answer to a poll."""
        self.answer({"t": {"t": str(cursor), "r": 1}, "m": list(items)})

    def fail(self, error: PNStatusCategory | Exception) -> None:
        if isinstance(error, PNStatusCategory):
            error = ConnectionFailure(error, "the connection broke")
        self.reply.set_exception(error)

    async def is_cancelled(self) -> bool:
        """Whether the client gives it up, in the next moment."""
        await asyncio.sleep(0)
        return self.reply.cancelled()


class Connections:
    """Takes requests, in the order in which they are sent."""

    def __init__(self) -> None:
        self._sent: asyncio.Queue[Sent] = asyncio.Queue()

    async def send(
        self, prepared: Prepared, *, connect_timeout: float, request_timeout: float
    ) -> Reply:
        sent = Sent(prepared, request_timeout)
        self._sent.put_nowait(sent)
        return await sent.reply

    async def next(self) -> Sent:
        """The next request."""
        return await self._sent.get()

    @property
    def is_quiet(self) -> bool:
        """Whether no further request was sent."""
        return self._sent.empty()


class Binding:
    """What a client is bound to."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.tasks = Tasks(self.loop)
        self.threads = Threads(daemon=True)
        self.calls, self.polls = Connections(), Connections()


class Noting(SubscribeCallback):
    """Keeps what it is told: the name of the method, and the value."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self._news = asyncio.Event()

    def _note(self, name: str, value: Any) -> None:
        self.told.append((name, value))
        self._news.set()

    def status(self, pubnub: Any, status: PNStatus) -> Any:
        self._note("status", status)

    def message(self, pubnub: Any, message: Any) -> Any:
        self._note("message", message)

    def presence(self, pubnub: Any, presence: Any) -> None:
        self._note("presence", presence)

    def signal(self, pubnub: Any, signal: Any) -> None:
        self._note("signal", signal)

    def message_action(self, pubnub: Any, message_action: Any) -> None:
        self._note("message_action", message_action)

    @property
    def statuses(self) -> list[PNStatus]:
        return [value for name, value in self.told if name == "status"]

    @property
    def categories(self) -> list[str]:
        """The names of the statuses' categories, without what all have."""
        return [
            status.category.name.removeprefix("PN").removesuffix("Category")
            for status in self.statuses
            if status.category is not None
        ]

    def of(self, name: str) -> list[Any]:
        """What the method with that name was given."""
        return [value for told, value in self.told if told == name]

    @property
    def messages(self) -> list[Any]:
        """The payloads of messages."""
        return [message.message for message in self.of("message")]

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something is told that makes ``happened`` true."""
        while not happened():
            self._news.clear()
            await self._news.wait()


class Client:
    """A driver on a faked service, with a listener."""

    def __init__(self, config: PNConfiguration) -> None:
        self.binding = Binding()
        self.polls, self.calls = self.binding.polls, self.binding.calls
        self.driver = Driver(self, config, lambda: self.binding)
        self.noting = Noting()
        self.driver.add_listener(self.noting)

    async def connected(self, *channels: str) -> Sent:
        """Subscribe, and be answered; the first poll."""
        self.driver.subscribe(channels)
        (await self.polls.next()).bring(10)
        return await self.polls.next()

    async def end(self) -> None:
        self.driver.stop()
        await self.binding.tasks.end()


def configured() -> PNConfiguration:
    config = PNConfiguration()
    config.subscribe_key, config.uuid, config.ssl = "sub", "user", False
    return config


def run(
    scenario: Callable[[Client], Coroutine[Any, Any, None]], config: PNConfiguration | None = None
) -> None:
    """Run a scenario in an event loop of its own; nothing may be left when it ends."""

    async def within_time() -> None:
        async with asyncio.timeout(PATIENCE):
            client = Client(config or configured())
            try:
                await scenario(client)
            finally:
                await client.end()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(within_time())


def item(payload: Any, timetoken: int = 15, channel: str = "a", **fields: Any) -> dict[str, Any]:
    """An item of an answer."""
    published = {"t": str(timetoken), "r": 1}
    return {"a": "1", "f": 0, "k": "sub", "c": channel, "d": payload, "p": published, **fields}
