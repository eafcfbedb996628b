"""The long poll is apart from the calls."""

from __future__ import annotations

import json
from asyncio import StreamReader, StreamWriter

import pytest

from pnclient.exceptions import PubNubException
from pnclient.http import client as http_client
from pnclient.http import exchange
from pnclient.pubnub_tornado import PubNubTornado, SubscribeListener
from tests.client.conftest import configured
from tests.client.connections.listening import Listening, answer, listening, run

CURSOR = answer(json.dumps({"t": {"t": "17000000000000000", "r": 1}, "m": []}).encode())


async def service(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
    """Answers the first poll and the time; holds all else."""
    while head := await server.head(reader):
        if "&tt=0&" in head or "?tt=0&" in head:
            writer.write(CURSOR)
        elif head.startswith("GET /time/"):
            writer.write(answer(b"[17000000000000000]"))


def test_calls_have_connections_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # As many as there can be for calls: with one, a poll among them would leave none.
    monkeypatch.setattr(http_client, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        async with listening(service) as server, PubNubTornado(configured(server.origin)) as pubnub:
            listener = SubscribeListener()
            pubnub.add_listener(listener)
            pubnub.subscribe().channels("a").execute()
            await listener.wait_for_connect()
            # The poll that is held is on the connection of the first one.
            await server.reached(2)
            assert server.connections == 1
            for _ in range(3):
                await pubnub.time().timeout(10)
            assert server.connections == 2

    run(main())


def test_calls_that_are_not_answered_hold_up_no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_CONNECTIONS", 1)

    async def main() -> None:
        async with listening(service) as server, PubNubTornado(configured(server.origin)) as pubnub:
            held = pubnub.where_now().future()
            await server.reached(1)
            listener = SubscribeListener()
            pubnub.add_listener(listener)
            pubnub.subscribe().channels("a").execute()
            await listener.wait_for_connect()
            assert not held.done()

    run(main())


async def ending(server: Listening, reader: StreamReader, writer: StreamWriter) -> None:
    """Answers the first poll, and ends its connection when the next comes.

    Holds that on another.
    """
    if server.connections > 1:
        await service(server, reader, writer)
    elif await server.head(reader):
        writer.write(CURSOR)
        await server.head(reader)


def test_a_poll_whose_kept_connection_has_ended_is_sent_on_another(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        async with listening(ending) as server, PubNubTornado(configured(server.origin)) as pubnub:
            pubnub.subscribe().channels("a").execute()
            await server.reached(3)
            assert server.connections == 2
            assert server.request_lines[1] == server.request_lines[2]

    run(main())
    assert caplog.messages == []


def test_a_poll_that_was_waiting_when_its_connection_broke_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange, "STALE_SECONDS", 0)

    async def main() -> None:
        async with listening(ending) as server, PubNubTornado(configured(server.origin)) as pubnub:
            listener = SubscribeListener()
            pubnub.add_listener(listener)
            pubnub.subscribe().channels("a").execute()
            with pytest.raises(PubNubException, match="the connection broke"):
                await listener.wait_for_message_on("a")
            assert (len(server.heads), server.connections) == (2, 1)

    run(main())
