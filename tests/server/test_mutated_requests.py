"""Requests as nobody should send them: too long, too large, and thousands of mutated ones."""

from __future__ import annotations

import asyncio

from benchmarks.emulator.wire import Connection, Reply, request
from pnfilter.server.serving import running


def answer_to(origin: str, raw: bytes) -> Reply:
    """The answer to some bytes, which are sent while it is waited for."""

    async def exchange() -> Reply:
        async with Connection(origin) as connection:
            await connection.write(raw)
            return await connection.receive(bodiless=raw.startswith(b"HEAD "))

    return asyncio.run(exchange())


def test_a_parameter_whose_name_is_no_utf8_is_refused() -> None:
    with running() as server:
        reply = answer_to(server.origin, request("/time/0?%FF=1"))
    assert reply.status == 400
    assert "UTF-8" in reply.json()["message"]
