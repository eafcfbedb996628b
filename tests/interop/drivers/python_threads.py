"""The driver of the Python SDK 10, its flavour with threads."""

from __future__ import annotations

import os
import queue
from typing import Any, NamedTuple

from pubnub.exceptions import PubNubException  # type: ignore[import-not-found]
from pubnub.pubnub import PubNub  # type: ignore[import-not-found]

from tests.interop.drivers import python_calls
from tests.interop.drivers.line_protocol import Channel, Failure, Request


class Client(NamedTuple):
    pubnub: Any
    events: queue.Queue[dict[str, Any]]


def opened(request: Request) -> Client:
    config = python_calls.configuration(request.args)
    # The SDK asserts that it is an integer.
    config.non_subscribe_request_timeout = int(request.timeout)
    events: queue.Queue[dict[str, Any]] = queue.Queue()
    client = Client(PubNub(config), events)
    client.pubnub.add_listener(python_calls.Events(events.put))
    return client


def next_event(client: Client, seconds: float) -> dict[str, Any]:
    try:
        return client.events.get(timeout=seconds)
    except queue.Empty:
        raise Failure("no answer", f"no event within {seconds} s") from None


def result_of(client: Client, request: Request) -> Any:
    endpoint = python_calls.endpoint(client.pubnub, request.op, request.args)
    try:
        envelope = endpoint.sync()
    except PubNubException as error:
        raise Failure("service", error, status=error.get_status_code() or None) from error
    return python_calls.CALLS[request.op].told(envelope.result)


def closed(client: Client) -> None:
    python_calls.leave_everything(client.pubnub)
    client.pubnub.stop()


def respond(clients: dict[str, Client], request: Request) -> Any:
    if request.op == "open":
        clients[request.client] = opened(request)
        return {}
    client = clients[request.client]
    if request.op == "close":
        closed(clients.pop(request.client))
        return {}
    if request.op == "event":
        return next_event(client, request.timeout)
    if python_calls.immediate(client.pubnub, request.op, request.args):
        return {}
    return result_of(client, request)


def main() -> None:
    channel = Channel()
    clients: dict[str, Client] = {}
    for request in channel.requests():
        try:
            channel.answer(respond(clients, request))
        except Exception as error:  # noqa: BLE001 whatever the SDK raises is an answer
            channel.fail(error)
    # Threads of the SDK that still wait for the service would hold the interpreter.
    os._exit(0)


if __name__ == "__main__":
    main()
