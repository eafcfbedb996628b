"""A request and its answer on a connection that is there."""

from __future__ import annotations

import asyncio
import logging
import sys
import zlib
from collections.abc import AsyncIterable, Awaitable, Coroutine, Iterator
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, StreamClosedError, UnsatisfiableReadError

from pnclient.http.connect import CHUNK_BYTES
from pnclient.http.failures import Failure, Stale, malformed
from pnclient.http.origins import Origin
from pnclient.transport import Prepared, Reply

if TYPE_CHECKING:
    from pnclient.transport import Taker

#: A request whose kept connection broke sooner than this, in seconds, came when it was about to
#: end.
STALE_SECONDS: Final = 1.0
#: Bytes of an answer, unpacked. A hundred of the longest messages have a tenth of them.
MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024

#: Answers are limited here, to distinguish one that is too long from one that is not HTTP.
_PARAMETERS: Final = HTTP1ConnectionParameters(chunk_size=CHUNK_BYTES, max_body_size=sys.maxsize)
#: zlib's number for gzip, with its largest window.
_GZIP: Final = 31

#: Whether what runs is part of a request; what runs because of it inherits this.
is_request: ContextVar[bool] = ContextVar("pnclient.http", default=False)


class _Quiet(logging.Filter):
    """Keeps what Tornado logs about these connections out of the logs.

    The request reports a failure; a malformed answer would be logged with its headers, which may
    repeat keys.
    """

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - any record
        return not is_request.get()


logging.getLogger("tornado.general").addFilter(_Quiet())


async def exchange(
    stream: IOStream,
    origin: Origin,
    prepared: Prepared,
    target: str,
    *,
    into: Taker | None,
    is_kept: bool,
) -> tuple[Reply, bool]:
    """Send a request and read the answer: that, and whether the connection can be kept.

    ``Stale`` where the request may be sent again; what ``into`` or the body's stream raises.
    """
    clock = asyncio.get_running_loop().time
    sent = clock()
    answer = _Answer(stream, into)
    connection = HTTP1Connection(stream, True, _PARAMETERS)
    connection.write_headers(*_head(origin, prepared, target), prepared.body)
    sending = None
    if prepared.stream is None:
        connection.finish()
        answer.is_sent = True
    else:
        sending = asyncio.create_task(_write(connection, prepared.stream, answer))
    closed = None
    try:
        await connection.read_response(answer)
    except StreamClosedError as error:
        closed = error
    finally:
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending])
    if answer.failure is not None:
        raise answer.failure
    if closed is None:
        if not answer.is_whole:
            raise malformed("the answer is not HTTP")
        return answer.reply(), answer.keeps_connection
    if isinstance(closed.real_error, UnsatisfiableReadError):
        raise malformed("the answer is not HTTP")
    if answer.has_begun:
        raise Failure("the answer broke off")
    # What was read of a head is left there.
    is_unanswered = not stream._read_buffer_size  # noqa: SLF001 - nothing else in Tornado says so
    if is_kept and is_unanswered and clock() - sent < STALE_SECONDS:
        raise Stale("the connection broke")
    raise Failure("the connection broke")


def _head(origin: Origin, prepared: Prepared, target: str) -> tuple[RequestStartLine, HTTPHeaders]:
    """The head of a request. The target is as it was: a tidied path would be another channel."""
    if not target.startswith("/"):
        target = f"/{target}"
    headers = HTTPHeaders()
    headers["Host"] = origin.host_header
    headers["Accept-Encoding"] = "gzip"
    headers.update(prepared.headers)
    if prepared.body is not None:
        headers["Content-Length"] = str(len(prepared.body))
    elif prepared.stream is None and prepared.method != "GET":
        headers["Content-Length"] = "0"
    if origin.proxy is not None and not origin.is_tls:
        target = f"http://{origin.host_header}{target}"
        headers.update(origin.proxy.headers)
    return RequestStartLine(prepared.method, target, "HTTP/1.1"), headers


async def _write(connection: HTTP1Connection, parts: AsyncIterable[bytes], answer: _Answer) -> None:
    """Send a body while it is made. What that raises is the failure of the request."""
    try:
        async for part in parts:
            await connection.write(part)
        connection.finish()
        answer.is_sent = True
    except StreamClosedError:
        # The task that reads the answer sees it.
        return
    except Exception as failure:  # noqa: BLE001 - the caller gets it
        answer.fail(failure)


class _Answer(HTTPMessageDelegate):
    """An answer while it comes.

    Tornado logs what is raised here, a cancellation too, and goes on: it is kept as ``failure``,
    and ends the connection.
    """

    def __init__(self, stream: IOStream, into: Taker | None) -> None:
        self._stream = stream
        self._into = into
        self._body = bytearray()
        #: Bytes as they came, and as they are.
        self._received = self._size = 0
        self._gzip: zlib._Decompress | None = None
        self._start: ResponseStartLine | None = None
        self._headers = HTTPHeaders()
        #: Whether the request went out to its end.
        self.is_sent = False
        self.is_whole = False
        self.failure: BaseException | None = None

    @property
    def has_begun(self) -> bool:
        """Whether its head was read."""
        return self._start is not None

    @property
    def keeps_connection(self) -> bool:
        """Whether the service waits for the next request on the same connection."""
        assert self._start is not None
        words = self._headers.get("Connection", "").lower().replace(" ", "").split(",")
        if self._start.version == "HTTP/1.1":
            return "close" not in words
        return "keep-alive" in words

    def reply(self) -> Reply:
        """What it is to those who asked."""
        assert self._start is not None
        return Reply(self._start.code, self._headers, bytes(self._body))

    def fail(self, failure: BaseException) -> None:
        """End the connection. What went wrong first counts."""
        if self.failure is None:
            self.failure = failure
        self._stream.close()

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Tornado's: the head is there, or one that only says that another will come."""
        assert isinstance(start_line, ResponseStartLine)
        if 100 <= start_line.code < 200:
            return None
        self._start, self._headers = start_line, headers
        if start_line.code < 100:
            self.fail(malformed("the answer is not HTTP"))
            return None
        length: int | None = None
        # One that is no number is refused by the connection.
        with suppress(KeyError, ValueError):
            length = int(headers["Content-Length"])
        packed = headers.get("Content-Encoding", "").lower()
        if packed in ("gzip", "x-gzip"):
            self._gzip = zlib.decompressobj(_GZIP)
        if start_line.code != 200:
            self._into = None
        if self._into is not None:
            return self._guard(self._into.begin(None if packed else length))
        if length is not None and length > MAX_ANSWER_BYTES:
            self.fail(_too_long())
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Tornado's: a part of the body."""
        if self.failure is not None:
            return None
        if self._into is not None:
            return self._guard(self._pass_on(self._into, chunk))
        try:
            for part in self._unpack(chunk):
                if self._size > MAX_ANSWER_BYTES:
                    raise _too_long()
                self._body += part
        except Failure as failure:
            self.fail(failure)
        return None

    def finish(self) -> None:
        """Tornado's: that was the end of the body."""
        self.is_whole = True
        is_framed = "Content-Length" in self._headers or "Transfer-Encoding" in self._headers
        if self._stream.error is not None and not is_framed:
            # Its end is that of the connection, which broke instead.
            self.fail(Failure("the answer broke off"))
        if self._gzip is not None and not self._gzip.eof and self._received:
            self.fail(_not_packed())
        if not self.is_sent or self._stream.writing():
            # The connection would wait for the end of the request.
            self._stream.close()

    def on_connection_close(self) -> None:
        """Tornado's: the rest of the answer will not come. ``read_response`` says so too."""

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except BaseException as failure:  # noqa: BLE001 - the caller gets it
            self.fail(failure)

    async def _pass_on(self, into: Taker, chunk: bytes) -> None:
        for part in self._unpack(chunk):
            await into.take(part)

    def _unpack(self, chunk: bytes) -> Iterator[bytes]:
        """What a part of the body holds, a piece at a time, each counted."""
        self._received += len(chunk)
        if self._gzip is None:
            self._size += len(chunk)
            yield chunk
            return
        while True:
            try:
                part = self._gzip.decompress(chunk, CHUNK_BYTES)
            except zlib.error:
                raise _not_packed() from None
            if part:
                self._size += len(part)
                yield part
            chunk = self._gzip.unconsumed_tail
            if self._gzip.eof and self._gzip.unused_data:
                chunk, self._gzip = self._gzip.unused_data, zlib.decompressobj(_GZIP)
            elif not chunk and len(part) < CHUNK_BYTES:
                break
        # Packing makes nothing longer but by a little: this would go on without ever being much.
        if self._received > 2 * self._size + CHUNK_BYTES:
            raise _not_packed()


def _too_long() -> Failure:
    return malformed(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")


def _not_packed() -> Failure:
    return malformed("the answer can't be unpacked")
