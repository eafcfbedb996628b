"""Requests that a test sends without a client, and how they fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pnclient.enums import PNStatusCategory
from pnclient.http.client import Http
from pnclient.transport import ConnectionFailure, Prepared, Reply
from tests.client.connections.listening import answer

SMALL = answer(b"[1]")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def request(
    origin: str, target: str = "/time/0?uuid=u", body: bytes | None = None, *, is_read: bool = False
) -> Prepared:
    headers = {"User-Agent": "me"} | ({} if body is None else {"Content-Type": "application/json"})
    method = "GET" if body is None else "POST"
    return Prepared(method, f"http://{origin}{target}", headers, body, "shown", is_read)


@asynccontextmanager
async def connected() -> AsyncIterator[Http]:
    client = Http()
    try:
        yield client
    finally:
        await client.close()


async def send(client: Http, prepared: Prepared, seconds: float = 10) -> Reply:
    return await client.send(prepared, connect_timeout=seconds, request_timeout=seconds)


async def failing(client: Http, prepared: Prepared, seconds: float = 10) -> tuple[str, str]:
    """The category's name and the text with which a request fails."""
    with pytest.raises(ConnectionFailure) as failed:
        await send(client, prepared, seconds)
    assert failed.value.__context__ is None
    host = prepared.url.split("/")[2]
    assert str(failed.value).startswith(f"{host}: ")
    return PNStatusCategory(failed.value.category).name, str(failed.value).removeprefix(f"{host}: ")
