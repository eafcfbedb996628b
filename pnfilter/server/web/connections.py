"""Connections that don't go as they should: too many, closed early, with what is no HTTP."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import time
from asyncio import TimerHandle
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import responses
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPMessageDelegate
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, UnsatisfiableReadError

from pnfilter.server.settings import IDLE_SECONDS
from pnfilter.server.web.lingering import Lingering
from pnfilter.server.web.requests import Answer, refusal

LOG: Final = logging.getLogger("pnfilter.server")
#: Seconds between two looks at connections on which nothing comes.
SWEEP_SECONDS: Final = 60.0
#: Seconds without a new connection after one that could not be had.
PAUSE: Final = 1.0
REASONS: Final = {**responses, 414: "Request-URI Too Long", 481: "Filter Syntax Error"}

_EXHAUSTED: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
#: What Tornado says to what is no HTTP.
_MALFORMED: Final = b"HTTP/1.1 400 Bad Request\r\n\r\n"
#: What a stream of Tornado does with events. The name is its own: where it has another, all is slower.
_EVENTS: Final = "_handle_events"
#: The first byte of a client that begins TLS.
_TLS_HANDSHAKE: Final = 0x16


def too_long() -> Answer:
    """What a request line over its limit is answered (assumed)."""
    return refusal(414, "Request URI Too Long", "Balancer").answer


def _malformed() -> Answer:
    """What a request that is no HTTP is answered (assumed)."""
    return refusal(400, "Malformed HTTP Request", "Balancer").answer


class Listener(socket.socket):
    """Accepts connections; where the process has too many open files, it pauses.

    Tornado would try again at once, without end, and log each time.
    """

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection. ``BlockingIOError`` where there is none, or none can be had now."""
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in _EXHAUSTED:
                raise
            LOG.warning("No more connections for now: %s", error.strerror)
        loop = IOLoop.current()
        loop.update_handler(self, 0)
        loop.call_later(PAUSE, self._resume)
        raise BlockingIOError

    def _resume(self) -> None:
        if self.fileno() != -1:
            IOLoop.current().update_handler(self, IOLoop.READ)


def _keep_nodelay(value: bool) -> None:
    """Stands for a stream's own way to switch that."""


class ConnectionServer(HTTPServer):
    """Tornado's server, which tells a client why its connection is closed.

    ``refused`` is told of each answer to what never became a request; ``unread`` has the connections
    that are answered before their request was read to its end, ``answered`` those whose answer is
    written and for whose next request Tornado doesn't look yet.
    """

    def initialize(self, *args: Any, **options: Any) -> None:
        refused: Callable[[Answer], None] = options.pop("refused")
        unread: WeakSet[IOStream] = options.pop("unread")
        answered: set[IOStream] = options.pop("answered")
        super().initialize(*args, **options)
        #: The connections, and since when each waits for a request, or is busy with it.
        self.streams: WeakKeyDictionary[IOStream, float] = WeakKeyDictionary()
        self.lingering = Lingering()
        # For each request Tornado would set a timer that is there for another hour when it is answered.
        self.conn_params.header_timeout = None
        self._sweeper: TimerHandle | None = None
        self._refused = refused
        self._unread = unread
        self._answered = answered

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        self.streams[stream] = time.monotonic()
        # An answer is one write. Tornado would switch this on and off for each.
        stream.set_nodelay(True)
        stream.set_nodelay = _keep_nodelay  # type: ignore[method-assign]
        if (handle := getattr(stream, _EVENTS, None)) is not None:
            setattr(stream, _EVENTS, partial(self._pass_events, stream, handle))
        stream.close = partial(self._close, stream, stream.close)  # type: ignore[method-assign]
        stream.write = partial(self._write, stream, stream.write)  # type: ignore[method-assign]
        if self.ssl_options is None:
            first = partial(self._read_first, stream, stream.read_from_fd)
            stream.read_from_fd = first  # type: ignore[method-assign]
        super().handle_stream(stream, address)

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        stream: IOStream = request_conn.stream  # type: ignore[attr-defined]
        self.streams[stream] = time.monotonic()
        self._answered.discard(stream)
        return super().start_request(server_conn, request_conn)

    def _pass_events(
        self, stream: IOStream, handle: Callable[[Any, int], None], fd: Any, events: int
    ) -> None:
        """Pass what happens to a connection on to Tornado, but for a request that comes too early.

        Tornado looks for the next request in the next round of the loop but one. What it is told of before,
        it reads, and takes the connection out of the selector and puts it in again, which costs more than
        all else of reading. Untold, it finds the request when it looks.
        """
        if events != IOLoop.READ or stream not in self._answered:
            handle(fd, events)

    def sweep(self) -> None:
        """Close the connections on which nothing comes, now and from time to time."""
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self.sweep)
        self.close_idle(time.monotonic())

    def close_idle(self, now: float) -> None:
        """Close the connections on which no request began for too long."""
        for stream, since in list(self.streams.items()):
            if since < now - IDLE_SECONDS:
                stream.close()

    def end_sweeping(self) -> None:
        """Sweep no more."""
        if self._sweeper is not None:
            self._sweeper.cancel()

    def _read_first(
        self,
        stream: IOStream,
        read: Any,
        buffer: bytearray | memoryview,
    ) -> int | None:
        """Read for the first time. A client that begins TLS would wait for an answer in TLS."""
        size: int | None = read(buffer)
        if size:
            stream.read_from_fd = read  # type: ignore[method-assign]
            if buffer[0] == _TLS_HANDSHAKE:
                LOG.warning("A client speaks TLS here: set its `ssl` to false, or serve with TLS")
                with suppress(OSError):
                    stream.write_to_fd(memoryview(self._refuse(_malformed())))
                # As if the client had closed it.
                return 0
        return size

    def _write(self, stream: IOStream, write: Callable[[bytes], Any], data: bytes) -> Any:
        if data == _MALFORMED and not stream.closed():
            LOG.warning(
                "A request is malformed: is a blank or another letter in it not percent-encoded?"
            )
            data = self._refuse(_malformed())
            self._unread.add(stream)
        return write(data)

    def _refuse(self, answer: Answer) -> bytes:
        """The whole of an answer to what never became a request."""
        self._refused(answer)
        head = (
            f"HTTP/1.1 {answer.status} {REASONS[answer.status]}\r\nConnection: close\r\n"
            f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n\r\n"
        )
        return head.encode() + answer.body

    def _close(self, stream: IOStream, close: Callable[..., None], exc_info: Any = False) -> None:
        """Close a connection, so that its client gets an answer that came before its request ended."""
        # Tornado closes a connection whose head is longer than its limit without a word.
        self._answered.discard(stream)
        is_too_long = isinstance(exc_info, UnsatisfiableReadError) and not stream.closed()
        if is_too_long:
            with suppress(OSError):
                stream.write_to_fd(memoryview(self._refuse(too_long())))
        if is_too_long or (stream in self._unread and not stream.closed()):
            with suppress(OSError):
                # A connection with TLS can't be duplicated in any other way.
                connection: Any = stream.socket
                self.lingering.add(socket.socket(fileno=os.dup(connection.fileno())))
        close(exc_info)
