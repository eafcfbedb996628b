"""Lists the setters of the builders that take ``None``, of 4.8.1 or of this client.

``python -m tests.client.requests.setters pubnub`` prints them for the old SDK, in its environment,
and ``tools/captured_requests.py`` keeps that as ``none.json``. A setter is a method of one
parameter that returns its builder.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final

#: Methods that do something at once.
ACTING: Final = frozenset({"reconnect", "start", "stop", "unsubscribe_all"})


def client(root: str) -> Any:
    """A client with all keys. It sends nothing."""
    config = import_module(f"{root}.pnconfiguration").PNConfiguration()
    config.subscribe_key = config.publish_key = config.secret_key = config.uuid = "key"
    config.origin, config.ssl = "127.0.0.1:1", False
    return import_module(f"{root}.pubnub_tornado").PubNubTornado(config)


def builders(pubnub: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The client's methods that make a builder, by their names."""
    for name, method in inspect.getmembers(pubnub, inspect.ismethod):
        if (
            not name.startswith("_")
            and name not in ACTING
            and not any(
                one.default is one.empty for one in inspect.signature(method).parameters.values()
            )
        ):
            try:
                made = method()
            except Exception:  # noqa: BLE001 - no builder
                continue
            if type(made).__module__.partition(".")[2].startswith(("api.", "builders")):
                yield name, method


def setters(make: Callable[[], Any]) -> Iterator[str]:
    """The names of a builder's methods of one parameter."""
    for name, method in inspect.getmembers(make(), inspect.ismethod):
        if not name.startswith("_") and len(inspect.signature(method).parameters) == 1:
            yield name


def taking_none(root: str) -> Iterator[str]:
    pubnub = client(root)
    for name, make in builders(pubnub):
        for setter in setters(make):
            builder = make()
            try:
                returned = getattr(builder, setter)(None)
            except Exception:  # noqa: BLE001 - it is not taken
                continue
            if returned is builder:
                yield f"{name}.{setter}"


if __name__ == "__main__":
    from tests.interop.drivers.python_tornado import restore_collections

    restore_collections()
    print(json.dumps(list(taking_none(sys.argv[1])), indent=0))
