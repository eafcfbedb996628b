"""Conversations with the emulator on one connection, of which every byte can be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks.emulator.wire import (
    Connection,
    Reply,
    answer_of_poll,
    answer_of_publish,
    poll,
    publication,
    request,
)
from pnfilter.server.run import Server

TIME = request("/time/0")


def talk(server: Server, conversation: Callable[[Connection], Coroutine[Any, Any, Any]]) -> Any:
    """What a conversation on one connection comes to."""

    async def talked() -> Any:
        async with asyncio.timeout(20), Connection(server.origin) as connection:
            return await conversation(connection)

    return asyncio.run(talked())


def ask(server: Server, *requests: bytes) -> list[Reply]:
    """The replies to requests, one after the other."""

    async def conversation(connection: Connection) -> list[Reply]:
        return [await connection.ask(raw) for raw in requests]

    replies: list[Reply] = talk(server, conversation)
    return replies


def handshake(server: Server, user: str = "subscriber", filter_text: str | None = None) -> str:
    """The cursor of a subscriber that begins."""
    (reply,) = ask(server, request(poll(["a"], uuid=user, filter_text=filter_text)))
    return answer_of_poll(reply)[0]


def publish(server: Server, *messages: Any) -> None:
    for reply in ask(server, *(request(publication("a", message)) for message in messages)):
        answer_of_publish(reply)


def poll_once(server: Server, cursor: str, **options: Any) -> tuple[str, list[Any]]:
    """The next cursor and the payloads."""
    (reply,) = ask(server, request(poll(["a"], cursor, **options)))
    cursor, items = answer_of_poll(reply)
    return cursor, [item["d"] for item in items]


def bytes_of(server: Server, raw: bytes) -> bytes:
    """All that comes on a connection, until the emulator ends it."""

    async def conversation(connection: Connection) -> bytes:
        await connection.send(raw)
        parts = []
        try:
            while part := await connection.receive_some(1 << 16):
                parts.append(part)
        except ConnectionError:
            pass
        return b"".join(parts)

    found: bytes = talk(server, conversation)
    return found


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so in the emulator, which has no event to wait for."""
    while not condition():  # noqa: ASYNC110 - it happens in another thread
        await asyncio.sleep(0.005)
