"""Connections that are closed before the client has sent everything.

Closed at once, with data in it that nobody read, a connection is reset, and the client may lose the
answer it was given. So what still comes is read and discarded for a while.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from socket import SHUT_WR, socket

from pnfilter.server.settings import MAX_DISCARDED, READING_SECONDS


class Lingering:
    """Reads on from connections to which everything was said."""

    def __init__(self) -> None:
        self._timers: dict[socket, TimerHandle] = {}

    def add(self, connection: socket) -> None:
        """Say nothing more, read until the client closes, and close; ``connection`` is taken over."""
        loop = asyncio.get_running_loop()
        left = MAX_DISCARDED

        def discard() -> None:
            nonlocal left
            try:
                size = len(connection.recv(1 << 16))
            except BlockingIOError:
                return
            except OSError:
                size = 0
            left -= size
            if not size or left < 0:
                self._close(connection)

        connection.setblocking(False)
        try:
            connection.shutdown(SHUT_WR)
        except OSError:
            # The client was quicker.
            connection.close()
            return
        self._timers[connection] = loop.call_later(READING_SECONDS, self._close, connection)
        loop.add_reader(connection, discard)

    def close(self) -> None:
        """Close all of them now."""
        for connection in list(self._timers):
            self._close(connection)

    def _close(self, connection: socket) -> None:
        self._timers.pop(connection).cancel()
        asyncio.get_running_loop().remove_reader(connection)
        connection.close()
