"""A client that receives messages and says what that cost.

Of ``pnclient``, or of an official SDK in its environment.

``python -m benchmarks.client.receiver`` with ``Options`` as a JSON text. It prints a line when it
is connected, and at its end ``Cost``. Nothing but Python's library and the client is imported: the
environment of an SDK has nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib import import_module
from time import process_time
from typing import Any, TypedDict

#: Each client: its package, the module and the class in it, and what its subscriptions are run by.
CLIENTS: dict[str, tuple[str, str, str, str | None]] = {
    "pnclient": ("pnclient", "pubnub_tornado", "PubNubTornado", None),
    "asyncio": ("pubnub", "pubnub_asyncio", "PubNubAsyncio", None),
    "asyncio-manager": (
        "pubnub",
        "pubnub_asyncio",
        "PubNubAsyncio",
        "AsyncioSubscriptionManager",
    ),
}


class Options(TypedDict):
    """What to receive: ``warm_up`` messages of which the cost doesn't count, and then ``messages``.

    ``timetoken``: from where on, None for what comes from now on.
    """

    client: str
    origin: str
    subscribe_key: str
    channel: str
    warm_up: int
    messages: int
    timetoken: int | None


class Cost(TypedDict):
    """Seconds of CPU for all messages; ``latest`` is the timetoken of the last."""

    seconds: float
    latest: str


def _client(options: Options, listener: dict[str, Any]) -> Any:
    package, module, name, manager = CLIENTS[options["client"]]
    callback = import_module(f"{package}.callbacks").SubscribeCallback
    config = import_module(f"{package}.pnconfiguration").PNConfiguration()
    config.subscribe_key, config.uuid = options["subscribe_key"], "receiver"
    config.origin, config.ssl = options["origin"], False
    found = import_module(f"{package}.{module}")
    more = {} if manager is None else {"subscription_manager": getattr(found, manager)}
    pubnub = getattr(found, name)(config, **more)
    # The official SDK declares its callbacks abstract: all have to be there.
    nothing = dict.fromkeys(
        ("presence", "signal", "message_action", "file", "channel", "uuid", "membership"),
        lambda *_: None,
    )
    pubnub.add_listener(type("Listener", (callback,), {**nothing, **listener})())
    return pubnub


async def _receive(options: Options) -> Cost:
    done = asyncio.Event()
    received, last = 0, options["warm_up"] + options["messages"]
    start = seconds = 0.0
    latest = ""

    def status(_: object, __: object, status: Any) -> None:
        if status.category.name == "PNConnectedCategory":
            print("connected", flush=True)

    def message(_: object, __: object, message: Any) -> None:
        nonlocal received, start, seconds, latest
        received += 1
        if received == options["warm_up"]:
            start = process_time()
        if received == last:
            seconds = process_time() - start
            latest = str(message.timetoken)
            done.set()

    pubnub = _client(options, {"status": status, "message": message})
    builder = pubnub.subscribe().channels(options["channel"])
    if options["timetoken"] is not None:
        builder = builder.with_timetoken(options["timetoken"])
    builder.execute()
    await done.wait()
    return {"seconds": seconds, "latest": latest}


async def _main(options: Options) -> None:
    print(json.dumps(await _receive(options)), flush=True)
    # How a client ends is not what is measured.
    os._exit(0)


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    asyncio.run(_main(json.loads(sys.argv[1])))
