"""Connections that are read on after all was said."""

from __future__ import annotations

import asyncio
from socket import socket, socketpair

import pytest

from pnfilter.server.web import lingering
from pnfilter.server.web.lingering import Lingering


@pytest.fixture
def pair() -> tuple[socket, socket]:
    """The server's end and the client's."""
    return socketpair()


async def closed(connection: socket) -> None:
    """Wait until the server has closed its end."""
    async with asyncio.timeout(20):
        while connection.fileno() != -1:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


def test_what_still_comes_is_read_until_the_client_closes(pair: tuple[socket, socket]) -> None:
    async def linger(server: socket, client: socket) -> None:
        Lingering().add(server)
        # Nothing more is said.
        assert client.recv(1) == b""
        for _ in range(10):
            client.sendall(b"x" * 1000)
            await asyncio.sleep(0)
        assert server.fileno() != -1
        client.close()
        await closed(server)

    asyncio.run(linger(*pair))


def test_what_is_read_has_an_end(
    pair: tuple[socket, socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "MAX_DISCARDED", 1000)

    async def linger(server: socket, client: socket) -> None:
        with client:
            Lingering().add(server)
            client.sendall(b"x" * 1001)
            await closed(server)

    asyncio.run(linger(*pair))


def test_the_time_has_an_end(pair: tuple[socket, socket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "READING_SECONDS", 0)

    async def linger(server: socket, client: socket) -> None:
        with client:
            Lingering().add(server)
            await closed(server)

    asyncio.run(linger(*pair))


def test_all_are_closed_at_the_end(pair: tuple[socket, socket]) -> None:
    async def linger(server: socket, client: socket) -> None:
        with client:
            all_of_them = Lingering()
            all_of_them.add(server)
            all_of_them.close()
            assert server.fileno() == -1

    asyncio.run(linger(*pair))


def test_a_connection_that_was_never_made_is_closed() -> None:
    async def linger() -> None:
        connection = socket()
        Lingering().add(connection)
        assert connection.fileno() == -1

    asyncio.run(linger())
