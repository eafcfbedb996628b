"""What programs read of a client beside its builders."""

from __future__ import annotations

import asyncio

from pnclient.models.consumer.pubsub import PNPresenceEventResult
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_core import PubNubCore
from pnclient.pubnub_tornado import PubNubTornado, SubscribeListener
from pnfilter import __version__


def test_a_client_says_what_it_is_and_where_it_goes() -> None:
    config = PNConfiguration()
    config.subscribe_key, config.uuid = "sub", "me"
    config.origin, config.ssl = "127.0.0.1:1", False
    client = PubNubTornado(config)
    assert (client.uuid, client.base_origin, client.config) == ("me", "127.0.0.1:1", config)
    assert client.sdk_name == f"{PubNubCore.SDK_NAME}{client.sdk_platform()}/{__version__}"
    assert client.sdk_name == f"pnclient-Python-Tornado/{PubNubCore.SDK_VERSION}"
    assert client.headers == {"User-Agent": client.sdk_name}


def test_the_old_numbers_are_there() -> None:
    assert (PubNubCore.MAX_SEQUENCE, PubNubCore.TIMESTAMP_DIVIDER) == (65535, 1000)
    assert PubNubTornado.MAX_CLIENTS == 1000


def test_a_listener_keeps_presence_events_in_a_queue() -> None:
    async def run() -> None:
        config = PNConfiguration()
        config.subscribe_key, config.uuid, config.ssl = "sub", "me", False
        listener = SubscribeListener()
        event = PNPresenceEventResult(
            *("join", "u", 1, 1, None, "ch", 15), state=None, join=None, leave=None, timeout=None
        )
        listener.presence(PubNubTornado(config), event)
        assert await listener.presence_queue.get() is event

    asyncio.run(run())
