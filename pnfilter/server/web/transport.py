"""The connections: requests in, answers out."""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
import time
from asyncio import Future
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from socket import AF_INET, AF_INET6, create_server
from typing import Any, Final, NamedTuple
from weakref import WeakSet

try:
    import tornado
except ImportError:
    raise ImportError("the emulator needs Tornado: pip install 'pnfilter[server]'") from None

if tornado.version_info < (6, 5):
    # The last SDK for Tornado needs 4.5, whose other modules can't even be imported.
    raise ImportError(
        f"the emulator needs Tornado 6.5 or later, not {tornado.version}: install "
        "'pnfilter[server]' in an environment of its own"
    )

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream

from pnfilter.server.settings import (
    MAX_BODY,
    MAX_DISCARDED,
    MAX_HEAD,
    MAX_REQUEST_LINE,
    READING_SECONDS,
    WRITING_SECONDS,
)
from pnfilter.server.web.connections import REASONS, ConnectionServer, Listener, too_long
from pnfilter.server.web.requests import Answer, Incoming, Parts, Query, Refusal, Request, refusal

#: Gives the answer to a request.
Handle = Callable[[Request], "Answer | Future[Answer]"]
#: What takes the body of a request, of which there is only the head, if that may be long.
Receive = Callable[[Request], "Incoming | None"]
#: Is told of each request: the answer, None where the client went away; and the seconds it took.
Observe = Callable[[Request, "Answer | None", float], None]

LOG: Final = logging.getLogger("pnfilter.server")
#: Connections that wait to be accepted.
BACKLOG: Final = 1_024
#: Bytes that are read at once. Most requests are smaller, and Tornado fills as many with zeros before
#: each read.
_CHUNK: Final = 16 * 1024
#: Digits of a length that are read: more than any body has.
_DIGITS: Final = 18
#: The code of an answer without a body, and without the length of one.
_NO_CONTENT: Final = 204


#: Stand for the head of a request before it is there.
_NO_LINE: Final = RequestStartLine("", "", "")
_NO_HEADERS: Final = HTTPHeaders()


def _too_large() -> Answer:
    """What a body over its limit is answered (assumed)."""
    return refusal(413, "Request Entity Too Large", "Balancer").answer


def _is_readable(length: str) -> bool:
    """Whether a body of the announced length is read at all; what is no length is for Tornado."""
    digits = length.lstrip("0")
    is_length = digits.isascii() and digits.isdigit()
    return not is_length or (len(digits) < _DIGITS and int(digits) <= MAX_DISCARDED)


def _limit(stream: IOStream, written: Future[None]) -> None:
    """Close a connection whose client doesn't take an answer in time."""

    def give_up() -> None:
        LOG.warning("A client did not read its answer within %s seconds", WRITING_SECONDS)
        stream.close()

    timer = asyncio.get_running_loop().call_later(WRITING_SECONDS, give_up)
    written.add_done_callback(lambda _: timer.cancel())


class _Uses(NamedTuple):
    """What all exchanges of a transport have in common.

    ``unread``, ``answered``: connections, as ``ConnectionServer`` has them.
    """

    handle: Handle
    observe: Observe
    receive: Receive
    scheme: str
    unread: WeakSet[IOStream]
    answered: set[IOStream]


class Transport:
    """Listens, and passes each request to ``handle``; ``receive`` is asked first where there is a body."""

    def __init__(
        self,
        handle: Handle,
        observe: Observe,
        receive: Receive = lambda _: None,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        scheme = "http" if tls is None else "https"
        uses = _Uses(handle, observe, receive, scheme, WeakSet(), set())
        self._server = ConnectionServer(
            _Connections(uses),
            refused=lambda answer: observe(Request("", "", Query(""), {}), answer, 0),
            unread=uses.unread,
            answered=uses.answered,
            ssl_options=tls,
            chunk_size=_CHUNK,
            max_header_size=MAX_HEAD,
            # A longer body is refused here.
            max_body_size=sys.maxsize,
            body_timeout=READING_SECONDS,
        )

    def listen(self, host: str, port: int) -> tuple[str, int]:
        """Listen on an address, port 0 for any free one; returns the one it is. May raise ``OSError``."""
        # Unlike what Tornado has for this, it closes the socket where the address can't be had.
        listener = create_server(
            (host, port), family=AF_INET6 if ":" in host else AF_INET, backlog=BACKLOG
        )
        listener = Listener(listener.family, listener.type, fileno=listener.detach())
        listener.setblocking(False)
        self._server.add_socket(listener)
        self._server.sweep()
        address: tuple[str, int] = listener.getsockname()[:2]
        return address

    async def close(self, seconds: float = 5) -> None:
        """Accept nothing more, let answers leave, and close every connection."""
        self._server.stop()
        self._server.end_sweeping()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                # An answer that was just given is written in the next round of the loop.
                await asyncio.sleep(0)
                streams = [stream for stream in self._server.streams if stream.writing()]
                # An empty write is over when all before it are.
                left = (stream.write(b"") for stream in streams)
                await asyncio.gather(*left, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._server.close_all_connections()
        self._server.lingering.close()


class _Connections(HTTPServerConnectionDelegate):
    def __init__(self, uses: _Uses) -> None:
        self._uses = uses

    def start_request(
        self,
        server_conn: object,  # noqa: ARG002 - named by Tornado
        request_conn: HTTPConnection,
    ) -> HTTPMessageDelegate:
        return _Exchange(request_conn, self._uses)


class _Exchange(HTTPMessageDelegate):
    """One request, and its answer."""

    def __init__(self, connection: Any, uses: _Uses) -> None:
        self._connection = connection
        self._uses = uses
        self._body = bytearray()
        self._size = 0
        self._started = 0.0
        self._line = _NO_LINE
        self._headers = _NO_HEADERS
        self._request: Request | None = None
        self._incoming: Incoming | None = None
        self._answer: Future[Answer] | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        if not isinstance(start_line, RequestStartLine):
            raise HTTPInputError("not a request")
        # Not before: a connection may be idle between two requests.
        self._started = time.perf_counter()
        self._line, self._headers = start_line, headers
        if not _is_readable(headers.get("Content-Length", "")):
            self._give_up()
        elif start_line.method == "POST" and len(start_line.path) <= MAX_REQUEST_LINE:
            # What is wrong with the query is told at the end.
            path = start_line.path.partition("?")[0]
            self._incoming = self._uses.receive(Request("POST", path, Query(""), headers))

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_DISCARDED:
            self._give_up()
        elif self._incoming is not None:
            self._incoming.feed(chunk)
        elif self._size <= MAX_BODY:
            self._body += chunk

    def _give_up(self) -> None:
        """Answer a request whose body is too large even to be read."""
        if self._request is not None:
            return
        self._close_incoming()
        self._request = Request(self._line.method, "", Query(""), self._headers)
        self._uses.unread.add(self._connection.stream)
        self._write(replace(_too_large(), headers={"Connection": "close"}))

    def finish(self) -> None:
        target = self._line.path
        if len(target) > MAX_REQUEST_LINE:
            self._request = Request(self._line.method, "", Query(""), self._headers)
            self._write(too_long())
            return
        path, _, query = target.partition("?")
        request = Request(self._line.method, path, Query(""), self._headers, bytes(self._body))
        request.scheme, request.incoming = self._uses.scheme, self._incoming
        self._request = request
        is_too_large = self._incoming is None and self._size > MAX_BODY
        try:
            request.query = Query(query)
            answer = _too_large() if is_too_large else self._uses.handle(request)
        except Refusal as refused:
            answer = refused.answer
        # A fault may have answered in place of what takes it.
        self._close_incoming()
        if isinstance(answer, Answer):
            self._write(answer)
        elif answer.done():
            self._write(answer.result())
        else:
            self._answer = answer
            # Tornado tells of a lost connection by itself only while it reads the request.
            self._connection.set_close_callback(self.on_connection_close)
            answer.add_done_callback(self._write_result)
            # Nor of one that was lost before.
            if self._connection.stream.closed():
                self.on_connection_close()

    def _write_result(self, answer: Future[Answer]) -> None:
        if not answer.cancelled():
            self._write(answer.result())

    def _close_incoming(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.close()

    def on_connection_close(self) -> None:
        self._close_incoming()
        if self._answer is not None and not self._answer.done():
            self._answer.cancel()
            self._tell(None)

    def _tell(self, answer: Answer | None) -> None:
        assert self._request is not None
        self._uses.observe(self._request, answer, time.perf_counter() - self._started)

    def _write(self, answer: Answer) -> None:
        head = _head(answer, self._line.version, self._headers.get("Connection", ""))
        if answer.sent is not None:
            self._cut(head, answer)
        elif answer.parts is not None and self._line.method != "HEAD":
            self._write_parts(head, answer.parts)
        else:
            stream: IOStream = self._connection.stream
            # With the head in it, as Tornado allows: what it has for heads takes each apart again.
            written: Future[None] = self._connection.write(
                head if self._line.method == "HEAD" else head + answer.body
            )
            self._connection.finish()
            if not written.done():
                _limit(stream, written)
            elif not stream.closed():
                self._uses.answered.add(stream)
        self._tell(answer)

    def _write_parts(self, data: bytes, parts: Parts, left: int | None = None) -> None:
        """Write, and when that is taken the next part; ``left``: bytes that are still to come."""
        stream: IOStream = self._connection.stream
        left = parts.size if left is None else left
        written: Future[None] = self._connection.write(data)
        if not left:
            self._connection.finish()
        if not written.done():
            _limit(stream, written)
        if left:
            written.add_done_callback(lambda _: self._write_next(parts, left))

    def _write_next(self, parts: Parts, left: int) -> None:
        stream: IOStream = self._connection.stream
        data = b"" if stream.closed() else parts.next()
        if data:
            self._write_parts(data, parts, left - len(data))
        else:
            # Less than was announced: whoever reads it has to know.
            stream.close()

    def _cut(self, head: bytes, answer: Answer) -> None:
        """Send as much as the answer says, and cut the connection."""
        stream: IOStream = self._connection.detach()
        body = answer.body if answer.parts is None else answer.parts.next()
        sent = stream.write(head + body[: answer.sent] if answer.sent else b"")
        asyncio.ensure_future(sent).add_done_callback(lambda _: stream.close())


def _head(answer: Answer, version: str, connection: str) -> bytes:
    """The head of an answer; ``connection`` is what the client says of its own."""
    head = _first_lines(answer.status, answer.content_type, answer.shared)
    if answer.status != _NO_CONTENT:
        head += b"Content-Length: %d\r\n" % answer.size
    for name, value in answer.headers.items():
        head += f"{name}: {value}\r\n".encode("latin-1")
    if connection and "Connection" not in answer.headers:
        word = connection.lower()
        if version == "HTTP/1.1" and word == "close":
            head += b"Connection: close\r\n"
        elif version == "HTTP/1.0" and word == "keep-alive":
            head += b"Connection: Keep-Alive\r\n"
    return head + b"\r\n"


@lru_cache(256)
def _first_lines(status: int, content_type: str, shared: bool) -> bytes:
    """What heads have in common."""
    lines = [
        f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}",
        f"Content-Type: {content_type}",
        "Cache-Control: no-cache",
        *(["Access-Control-Allow-Origin: *"] if shared else []),
        "",
    ]
    return "\r\n".join(lines).encode("latin-1")
