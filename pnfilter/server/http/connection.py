"""A client's connection: its requests in, their answers out, each in its turn."""

from __future__ import annotations

import asyncio
import logging
import time
from asyncio import BaseTransport, BufferedProtocol, Future, TimerHandle, Transport
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, NamedTuple, cast

from pnfilter.server.http.exchange import (
    NO_QUERY,
    Exchange,
    internal,
    is_readable,
    malformed,
    nothing,
    result_of,
    too_large,
    too_long,
    too_much,
    too_slow,
    unfit_for,
)
from pnfilter.server.http.request import (
    READ_HEADERS,
    Incoming,
    Query,
    Request,
    header_name,
    split_target,
)
from pnfilter.server.http.response import Answer, Parts, Refusal, head_of
from pnfilter.server.settings import (
    HEAD_SECONDS,
    MAX_DISCARDED,
    MAX_HEAD,
    MAX_HEADERS,
    MAX_HELD,
    MAX_KEPT_HEADERS,
    MAX_PENDING,
    MAX_REQUEST_LINE,
    MAX_UNSENT,
    READING_SECONDS,
    WRITING_SECONDS,
)

try:
    from httptools import (
        HttpParserCallbackError,
        HttpParserError,
        HttpParserUpgrade,
        HttpRequestParser,
    )
except ImportError:
    raise ImportError("the emulator needs httptools: pip install 'pnfilter[server]'") from None

#: Gives the answer to a request.
Handle = Callable[[Request], "Answer | Future[Answer]"]
#: What takes the body of a request, of which there is only the head, if that may be long.
Receive = Callable[[Request], "Incoming | None"]
#: Is called for each request: the answer, None if the client went away; and the seconds it took.
Observe = Callable[[Request, "Answer | None", float], None]
#: Gives the origin whose pages may read the answer to a request, ``*`` for any; empty for none.
Reader = Callable[[Request], str]

LOG: Final = logging.getLogger("pnfilter.server")
#: The first byte of a client that begins TLS.
_TLS_HANDSHAKE: Final = 0x16
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSES: Final = {"Connection": "close"}


class Load:
    """What all connections together keep for their clients."""

    __slots__ = ("pending", "unsent", "unsent_size")

    def __init__(self) -> None:
        #: Bytes of requests that are not complete, or not looked at.
        self.pending = 0
        #: The connections whose clients don't take their answers, the one first that has waited for
        #: longest, with the bytes that are left; and these together.
        self.unsent: dict[Connection, int] = {}
        self.unsent_size = 0

    def block(self, connection: Connection, size: int) -> None:
        """Add bytes that a client has not taken; close the connections that never take theirs."""
        self.release(connection)
        self.unsent[connection] = size
        self.unsent_size += size
        while self.unsent_size > MAX_UNSENT and len(self.unsent) > 1:
            slowest = next(iter(self.unsent))
            self.release(slowest)
            LOG.warning("A client did not read its answer while too many others didn't either")
            slowest.close()

    def release(self, connection: Connection) -> None:
        """The client of a connection has taken all, or is gone."""
        self.unsent_size -= self.unsent.pop(connection, 0)


class Uses(NamedTuple):
    """What all connections of a server share.

    ``connections`` are the open ones, and ``load`` is what they keep. Each reads into ``buffer``,
    and is done with the content before another one reads.
    """

    handle: Handle
    observe: Observe
    receive: Receive
    reader: Reader
    scheme: str
    connections: set[Connection]
    buffer: memoryview
    load: Load


class Connection(BufferedProtocol):
    """Reads one request after the other, and passes each on when those before it are answered."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses
        self._transport: Transport
        self._parser: Any = HttpRequestParser(self)
        #: When the last request began, or the connection: as ``time.perf_counter`` has it.
        self.since = time.perf_counter()
        # The head that is read, as far as it has come; then the request whose body is read; then
        # the number of bytes since its body, or a request, last went on.
        self._target = bytearray()
        self._headers: dict[str, str] = {}
        self._unparsed = 0
        self._header_count = self._head_size = 0
        self._is_in_head = False
        self._reading: Exchange | None = None
        # The request that is answered, and by what; the requests behind it, the bytes that these
        # take, and bytes that weren't looked at.
        self._current: Exchange | None = None
        self._future: Future[Answer] | None = None
        self._parts: Parts | None = None
        self._left = 0
        self._queue: deque[Exchange] = deque()
        self._queued = 0
        self._held = bytearray()
        # Whether no request is read any more, and how much of what still came was discarded.
        self._is_ending = False
        self._discarded = 0
        # Whether the client sends no more, though it may read.
        self._is_half = False
        self._is_lingering = False
        self._is_full = False
        # How many requests began, and for which of them the timer runs, with how many seconds.
        self._begun = 0
        self._timed = 0, 0.0
        self._reading_timer: TimerHandle | None = None
        # Bytes that are counted as pending.
        self._pending = 0
        self._writing_timer: TimerHandle | None = None

    @property
    def is_writing(self) -> bool:
        """Whether something of an answer is still to be taken by the client."""
        return self._is_full or self._parts is not None

    @property
    def is_idle(self) -> bool:
        """Whether no request is on its way, and no answer."""
        return not (
            self._is_in_head
            or self._unparsed
            or self._reading is not None
            or self._current is not None
            or self._is_lingering
            or self.is_writing
        )

    def close(self) -> None:
        """Close it, whatever it is busy with."""
        self._transport.abort()

    # Called by the event loop.

    def connection_made(self, transport: BaseTransport) -> None:
        # Not every event loop's own class is one by its base.
        self._transport = cast("Transport", transport)
        # So that `pause_writing` reports every answer that is not taken at once. With 0, TLS would
        # pause without a reason.
        self._transport.set_write_buffer_limits(1, 0)
        self._uses.connections.add(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - named by asyncio
        return self._uses.buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = self._uses.buffer[:nbytes]
        if self._is_ending:
            self._discarded += nbytes
            if self._discarded > MAX_DISCARDED:
                self.close()
        elif self._current is None:
            self._parse(data)
            self._advance()
        else:
            self._held += data
            if len(self._held) > MAX_HELD:
                self._transport.pause_reading()
            self._count_pending()

    def _count_pending(self) -> None:
        """Count what is kept of requests; the connection ends where that is too much for all."""
        reading, load = self._reading, self._uses.load
        pending = len(self._held) + self._queued + self._unparsed
        if reading is not None:
            pending += reading.kept
        load.pending += pending - self._pending
        self._pending = pending
        is_share = pending * len(self._uses.connections) <= MAX_PENDING
        if load.pending <= MAX_PENDING or is_share or self._is_ending:
            return
        LOG.warning("Too many requests came in part: a connection is closed")
        if self._current is None:
            self._end_with(too_much())
        else:
            self.close()

    def _end_with(self, answer: Answer) -> None:
        """Answer in place of a request that isn't complete, and close the connection."""
        self._refuse(answer)
        self._queue[-1].is_cut = False
        self._advance()

    def eof_received(self) -> bool:
        """The client sends no more: it gets what is being written, and nothing waits for it."""
        self._is_half = self.is_writing and self._transport.can_write_eof()
        return self._is_half

    def pause_writing(self) -> None:
        self._is_full = True
        self._uses.load.block(self, self._transport.get_write_buffer_size())
        self._writing_timer = _later(WRITING_SECONDS, self._give_up_writing)

    def resume_writing(self) -> None:
        # If asyncio's transport is closed in this callback, it closes twice and logs an error.
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        """The client took what was written: what comes next may be."""
        if self._transport.is_closing():
            return
        self._is_full = False
        self._uses.load.release(self)
        _cancel(self._writing_timer)
        if self._parts is not None:
            self._write_parts()
        if self._current is not None and self._future is None:
            self._settle(self._current)
            self._advance()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - named by asyncio
        self._uses.connections.discard(self)
        self._uses.load.release(self)
        self._uses.load.pending -= self._pending
        self._pending = 0
        _cancel(self._reading_timer)
        _cancel(self._writing_timer)
        self._is_ending = True
        # It holds this connection.
        self._parser = None
        for exchange in (self._reading, *self._queue):
            if exchange is not None:
                exchange.close_incoming()
        self._reading, self._parts = None, None
        self._queue.clear()
        future, self._future = self._future, None
        if future is not None and self._current is not None:
            future.cancel()
            self._tell(self._current, None)

    # Called by the parser.

    def on_message_begin(self) -> None:
        self._begun += 1
        self._is_in_head = True
        self._header_count = self._head_size = 0

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_count += 1
        self._head_size += len(name) + len(value)
        # Those after a body in chunks say nothing that is used here.
        if self._reading is None and (key := header_name(name)) in READ_HEADERS:
            text, known = value.decode("latin-1").strip(" \t"), self._headers.get(key)
            self._headers[key] = text if known is None else f"{known},{text}"

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        if self._reading is not None:
            # Its head was read before, and asked for another protocol.
            self._target.clear()
            return
        length, headers = len(self._target), self._headers
        host, target = split_target(self._target.decode("latin-1"))
        if host:
            headers["Host"] = host
        kept = sum(map(len, headers.values()))
        is_long = (
            self._header_count > MAX_HEADERS
            or kept > MAX_KEPT_HEADERS
            or self._head_size + length > MAX_HEAD
        )
        self._target, self._headers, self._unparsed = bytearray(), {}, 0
        if self._is_ending:
            return
        path, _, query = target.partition("?")
        method = self._parser.get_method().decode("latin-1")
        size = len(target) + kept
        request = Request(method, path, NO_QUERY, headers, size=size, scheme=self._uses.scheme)
        exchange = self._reading = Exchange(request, self._parser.get_http_version())
        self.since = exchange.started
        unfit = unfit_for(exchange.version, headers)
        if is_long:
            self._refuse(too_long())
        elif unfit is not None:
            self._refuse(unfit)
        elif not is_readable(headers.get("Content-Length", "")):
            self._refuse(too_large())
        elif length > MAX_REQUEST_LINE:
            # Nothing looks at what is asked for.
            request.path, exchange.refused = "", too_long()
        else:
            self._begin(exchange, query)

    def on_body(self, chunk: bytes) -> None:
        self._unparsed = 0
        if self._reading is not None:
            self._reading.take(chunk)
            if self._reading.size > MAX_DISCARDED:
                self._refuse(too_large())

    def on_message_complete(self) -> None:
        if self._parser.should_upgrade() and self._reading is not None and self._body_head():
            # What the parser takes for another protocol is the body.
            return
        exchange, self._reading = self._reading, None
        self._unparsed = 0
        if exchange is not None:
            exchange.end()
            exchange.is_last = self._is_ending = not self._parser.should_keep_alive()
            self._put(exchange)

    # Reading.

    def _parse(self, data: bytes | memoryview) -> None:
        is_first = not self._unparsed and self._reading is None
        self._unparsed += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            # No other protocol is spoken here. What follows is the body, or the next request.
            self._held[:0] = self._body_head() + bytes(data[upgrade.args[0] :])
            self._parser = HttpRequestParser(self)
        except HttpParserCallbackError:
            raise
        except HttpParserError:
            # After the last request there may be anything.
            if not self._is_ending:
                is_tls = is_first and data[0] == _TLS_HANDSHAKE and self._uses.scheme == "http"
                self._refuse(malformed(is_tls=is_tls))
        else:
            if self._is_in_head and not self._unparsed:
                # It began behind another request; how much of the data it is isn't known.
                self._unparsed = len(data)
            is_long = self._unparsed > MAX_HEAD or self._header_count > MAX_HEADERS
            if is_long and not self._is_ending:
                self._refuse(too_long())

    def _body_head(self) -> bytes:
        """Return a head for a new parser of the current request's body; empty without a body."""
        if self._reading is None:
            return b""
        headers = self._reading.request.headers
        stays = "keep-alive" if self._parser.should_keep_alive() else "close"
        for name in ("Content-Length", "Transfer-Encoding"):
            if name in headers:
                head = f"POST / HTTP/1.1\r\nConnection: {stays}\r\n{name}: {headers[name]}\r\n\r\n"
                return head.encode("latin-1")
        return b""

    def _begin(self, exchange: Exchange, query: str) -> None:
        """The head of a request is there, and no longer than it may be."""
        request = exchange.request
        try:
            request.query = Query(query)
        except Refusal as refused:
            exchange.refused = refused.answer
            return
        if request.method == "POST":
            exchange.incoming = request.incoming = self._uses.receive(request)
        expects = request.headers.get("Expect", "").lower() == "100-continue"
        # A client that gets no leave sends the body without, a little later. HTTP/1.0 has no leave.
        is_free = self._current is None and not self._queue
        if expects and is_free and exchange.version != "1.0":
            self._transport.write(_CONTINUE)

    def _refuse(self, answer: Answer) -> None:
        """Give an answer to a request that isn't read to its end, and read no further one."""
        exchange, self._reading = self._reading or Exchange(nothing()), None
        exchange.close_incoming()
        exchange.refused = replace(answer, headers=_CLOSES)
        exchange.is_last = exchange.is_cut = self._is_ending = True
        self._put(exchange)

    def _put(self, exchange: Exchange) -> None:
        """A request is answered in its turn."""
        self._queue.append(exchange)
        self._queued += exchange.kept

    def _advance(self) -> None:
        """Go on with what has come, until an answer has to be waited for."""
        while self._current is None and not self._transport.is_closing():
            if self._queue:
                exchange = self._queue.popleft()
                self._queued -= exchange.kept
                self._start(exchange)
            elif self._held and not self._is_ending:
                held = bytes(self._held)
                self._held.clear()
                self._parse(held)
            else:
                break
        if self._current is None or self._is_ending:
            self._transport.resume_reading()
        if self._is_half and not self.is_writing:
            self._transport.close()
        self._watch()
        if self._pending or self._held or self._queued or self._unparsed or self._reading:
            self._count_pending()

    def _watch(self) -> None:
        """See to it that what is still to come of a request doesn't take too long."""
        seconds = 0.0
        if self._current is not None:
            # Nothing is waited for while an answer is.
            pass
        elif self._is_lingering or self._reading is not None:
            seconds = READING_SECONDS
        elif (self._is_in_head or self._unparsed) and not self._is_ending:
            seconds = HEAD_SECONDS
        if self._reading_timer is not None:
            if self._timed == (self._begun, seconds):
                return
            self._reading_timer.cancel()
            self._reading_timer = None
        if seconds:
            self._timed = self._begun, seconds
            self._reading_timer = _later(seconds, self._give_up_reading)

    def _give_up_reading(self) -> None:
        self._reading_timer = None
        if self._is_lingering:
            self.close()
        else:
            self._end_with(too_slow())

    # Answering.

    def _start(self, exchange: Exchange) -> None:
        self._current = exchange
        answer: Answer | Future[Answer] | None = exchange.refused
        if answer is None:
            try:
                answer = self._uses.handle(exchange.request)
            except Exception:
                LOG.exception("A request could not be answered")
                answer = internal()
        # A fault may have answered in place of what takes the body.
        exchange.close_incoming()
        if isinstance(answer, Answer):
            self._write(exchange, answer)
        elif answer.done():
            self._write(exchange, result_of(answer))
        else:
            self._future = answer
            answer.add_done_callback(self._on_answered)

    def _on_answered(self, future: Future[Answer]) -> None:
        # Its client may have gone away.
        if self._future is future and self._current is not None:
            self._future = None
            self._write(self._current, result_of(future))
            self._advance()

    def _write(self, exchange: Exchange, answer: Answer) -> None:
        request = exchange.request
        reader = self._uses.reader(request) if answer.shared else ""
        head = head_of(answer, reader, exchange.version, request.headers.get("Connection", ""))
        if answer.sent is not None:
            self._cut(head, answer)
        elif request.method == "HEAD":
            self._transport.write(head)
        elif answer.parts is None:
            self._transport.write(head + answer.body)
        else:
            self._transport.write(head)
            self._parts, self._left = answer.parts, answer.size
            self._write_parts()
        self._tell(exchange, answer)
        self._settle(exchange)

    def _write_parts(self) -> None:
        """Write the next parts of a long answer, until its client doesn't take them at once."""
        while self._parts is not None and not self._is_full and not self._transport.is_closing():
            if not self._left:
                self._parts = None
            elif data := self._parts.next():
                self._left -= len(data)
                self._transport.write(data)
            else:
                # Less than was announced: the reader has to know.
                self._parts = None
                self.close()

    def _cut(self, head: bytes, answer: Answer) -> None:
        """Send as much as the answer says, and cut the connection."""
        body = answer.body if answer.parts is None else answer.parts.next()
        if answer.sent:
            self._transport.write(head + body[: answer.sent])
        self._is_ending = True
        self._transport.close()

    def _settle(self, exchange: Exchange) -> None:
        """An answer is written: what comes next begins when its client has taken it."""
        if self.is_writing:
            return
        self._current = None
        if exchange.is_cut:
            # If a connection is closed before everything in it was read, it is reset, and its
            # client may lose the answer. So the rest is read and discarded.
            self._is_lingering = True
            # Through TLS only the head says where the end is.
            if self._transport.can_write_eof():
                self._transport.write_eof()
        elif exchange.is_last:
            self._transport.close()

    def _give_up_writing(self) -> None:
        LOG.warning("A client did not read its answer within %s seconds", WRITING_SECONDS)
        self.close()

    def _tell(self, exchange: Exchange, answer: Answer | None) -> None:
        self._uses.observe(exchange.request, answer, time.perf_counter() - exchange.started)


def _later(seconds: float, call: Callable[[], object]) -> TimerHandle:
    return asyncio.get_running_loop().call_later(seconds, call)


def _cancel(timer: TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
