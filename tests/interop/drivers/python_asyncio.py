"""The driver of the Python SDK 10, its asyncio flavour."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, NamedTuple

from pubnub.exceptions import PubNubAsyncioException  # type: ignore[import-not-found]
from pubnub.pubnub_asyncio import (  # type: ignore[import-not-found]
    AsyncioSubscriptionManager,
    PubNubAsyncio,
)

from tests.interop.drivers import python_calls
from tests.interop.drivers.line_protocol import Channel, Failure, Request


class Client(NamedTuple):
    pubnub: Any
    events: asyncio.Queue[dict[str, Any]]


def opened(request: Request) -> Client:
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    manager = None if request.args.get("event_engine", True) else AsyncioSubscriptionManager
    config = python_calls.configuration(request.args)
    client = Client(PubNubAsyncio(config, subscription_manager=manager), events)
    client.pubnub.add_listener(python_calls.Events(events.put_nowait))
    return client


async def next_event(client: Client, seconds: float) -> dict[str, Any]:
    try:
        return await asyncio.wait_for(client.events.get(), seconds)
    except TimeoutError:
        raise Failure("no answer", f"no event within {seconds} s") from None


async def result_of(client: Client, request: Request) -> Any:
    endpoint = python_calls.endpoint(client.pubnub, request.op, request.args)
    try:
        envelope = await asyncio.wait_for(endpoint.future(), request.timeout)
    except TimeoutError:
        raise Failure("no answer", f"nothing within {request.timeout} s") from None
    if isinstance(envelope, PubNubAsyncioException):
        raise python_calls.failure(envelope.status)
    return python_calls.CALLS[request.op].told(envelope.result)


async def closed(client: Client) -> None:
    # A client that never subscribed has no list of channels, and unsubscribe_all() raises.
    with suppress(AttributeError):
        client.pubnub.unsubscribe_all()
    await client.pubnub.stop()


async def respond(clients: dict[str, Client], request: Request) -> Any:
    if request.op == "open":
        clients[request.client] = opened(request)
        return {}
    client = clients[request.client]
    if request.op == "close":
        await closed(clients.pop(request.client))
        return {}
    if request.op == "event":
        return await next_event(client, request.timeout)
    if python_calls.immediate(client.pubnub, request.op, request.args):
        return {}
    return await result_of(client, request)


async def main() -> None:
    channel = Channel()
    clients: dict[str, Client] = {}
    requests = channel.requests()
    while request := await asyncio.to_thread(next, requests, None):
        try:
            channel.answer(await respond(clients, request))
        except Exception as error:  # noqa: BLE001 whatever the SDK raises is an answer
            channel.fail(error)


if __name__ == "__main__":
    asyncio.run(main())
