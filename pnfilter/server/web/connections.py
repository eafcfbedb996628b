"""Connections that don't go as they should: too many, closed early, with what is no HTTP."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import responses
from typing import Any, Final
from weakref import WeakSet

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, UnsatisfiableReadError

from pnfilter.server.web.lingering import Lingering
from pnfilter.server.web.requests import Answer, refusal

LOG: Final = logging.getLogger("pnfilter.server")
#: Seconds without a new connection after one that could not be had.
PAUSE: Final = 1.0
REASONS: Final = {**responses, 414: "Request-URI Too Long", 481: "Filter Syntax Error"}

_EXHAUSTED: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
#: What Tornado says to what is no HTTP.
_MALFORMED: Final = b"HTTP/1.1 400 Bad Request\r\n\r\n"
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
    that are answered before their request was read to its end.
    """

    def initialize(self, *args: Any, **options: Any) -> None:
        refused: Callable[[Answer], None] = options.pop("refused")
        unread: WeakSet[IOStream] = options.pop("unread")
        super().initialize(*args, **options)
        #: The connections.
        self.streams: WeakSet[IOStream] = WeakSet()
        self.lingering = Lingering()
        self._refused = refused
        self._unread = unread

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        self.streams.add(stream)
        # An answer is one write. Tornado would switch this on and off for each.
        stream.set_nodelay(True)
        stream.set_nodelay = _keep_nodelay  # type: ignore[method-assign]
        stream.close = partial(self._close, stream, stream.close)  # type: ignore[method-assign]
        stream.write = partial(self._write, stream, stream.write)  # type: ignore[method-assign]
        if self.ssl_options is None:
            first = partial(self._read_first, stream, stream.read_from_fd)
            stream.read_from_fd = first  # type: ignore[method-assign]
        super().handle_stream(stream, address)

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
