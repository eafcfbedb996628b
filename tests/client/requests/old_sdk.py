"""Makes one call with an official SDK for Python, in that SDK's environment.

``python -m tests.client.requests.old_sdk PORT NAME [SECRET]``: the call of that name to that port
of this machine. With 4.8.1 it never ends by itself: some of its calls never get a result.
"""

from __future__ import annotations

import sys
from typing import Any

from tests.client.requests.calls import CALLS, CONFIGURATION, performed
from tests.interop.drivers.python_tornado import restore_collections


def main(port: str, name: str, secret: str | None = None) -> None:
    restore_collections()
    from pubnub.models.consumer.message_actions import (  # type: ignore[import-not-found]
        PNMessageAction,
    )
    from pubnub.pnconfiguration import PNConfiguration  # type: ignore[import-not-found]

    call = CALLS[name]
    config = PNConfiguration()
    config.origin, config.ssl = f"127.0.0.1:{port}", False
    for key, value in {**CONFIGURATION, **call.configuration, "secret_key": secret}.items():
        if value is not None:
            setattr(config, key, value)
    client: Any
    try:
        from pubnub.pubnub_tornado import PubNubTornado  # type: ignore[import-not-found]
    except ImportError:
        from pubnub.pubnub import PubNub  # type: ignore[import-not-found]

        config.enable_subscribe = False
        performed(PubNub(config), PNMessageAction, call).sync()
        return
    client = PubNubTornado(config)
    performed(client, PNMessageAction, call).future()
    client.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
