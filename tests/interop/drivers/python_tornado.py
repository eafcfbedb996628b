"""The driver of the Python SDK 4.8, its Tornado flavour, and of pnclient, which takes its place.

4.8 wants Tornado 4.5, and one shim on Python 3.11.
"""

from __future__ import annotations

import collections
import collections.abc
import threading
from datetime import timedelta
from typing import Any, NamedTuple

from tests.interop.drivers.line_protocol import Channel, Failure, Request


def restore_collections() -> None:
    """Put abstract classes where Tornado 4.5 looks for them: they left ``collections`` in 3.10."""
    for name in collections.abc.__all__:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))


class Client(NamedTuple):
    pubnub: Any
    events: Any


class Driver:
    """Takes one request after the other on the loop; another thread reads them."""

    def __init__(self) -> None:
        from tornado import gen, ioloop, queues

        from tests.interop.drivers import python_calls

        self._pubnub, self._calls, self._gen, self._queues = (
            python_calls.imported("pubnub_tornado").PubNubTornado,
            python_calls,
            gen,
            queues,
        )
        self._timeout: type[Exception] = vars(gen)["TimeoutError"]
        self.loop = ioloop.IOLoop.instance()
        self._channel = Channel()
        self._clients: dict[str, Client] = {}
        self._requests: Any = queues.Queue()

    def run(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()
        self.loop.spawn_callback(self._serve)
        self.loop.start()

    def _read(self) -> None:
        for request in self._channel.requests():
            self.loop.add_callback(self._requests.put, request)
        self.loop.add_callback(self.loop.stop)

    # Tornado 4.5 drives coroutines of `async def` as well as its own.
    async def _serve(self) -> None:
        while True:
            request = await self._requests.get()
            try:
                self._channel.answer(await self._respond(request))
            except Exception as error:  # noqa: BLE001 whatever the SDK raises is an answer
                self._channel.fail(error)

    async def _respond(self, request: Request) -> Any:
        if request.op == "open":
            self._clients[request.client] = self._opened(request)
            return {}
        client = self._clients[request.client]
        if request.op == "close":
            self._calls.leave_everything(client.pubnub)
            # In 4.8 this stops the loop, which is that of the other clients too.
            if self._calls.PACKAGE == "pnclient":
                await client.pubnub.stop()
            del self._clients[request.client]
            return {}
        if request.op == "event":
            return await self._next_event(client, request.timeout)
        if self._calls.immediate(client.pubnub, request.op, request.args):
            return {}
        return await self._result_of(client, request)

    def _opened(self, request: Request) -> Client:
        config = self._calls.configuration(request.args)
        client = Client(self._pubnub(config, self.loop), self._queues.Queue())
        client.pubnub.add_listener(self._calls.Events(client.events.put_nowait))
        return client

    async def _next_event(self, client: Client, seconds: float) -> Any:
        try:
            return await client.events.get(timedelta(seconds=seconds))
        except self._timeout:
            raise Failure("no answer", f"no event within {seconds} s") from None

    async def _result_of(self, client: Client, request: Request) -> Any:
        future = self._calls.endpoint(client.pubnub, request.op, request.args).future()
        try:
            envelope = await self._gen.with_timeout(timedelta(seconds=request.timeout), future)
        except self._timeout:
            raise Failure("no answer", f"nothing within {request.timeout} s") from None
        if envelope.is_error():
            raise self._calls.failure(envelope.status)
        return self._calls.CALLS[request.op].told(envelope.result)


if __name__ == "__main__":
    restore_collections()
    Driver().run()
