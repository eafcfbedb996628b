"""New connections: names and addresses, tunnels through proxies, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Any, Final, TypeAlias

from tornado.http1connection import HTTP1Connection
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError

from pnclient.enums import PNStatusCategory
from pnclient.http.failures import Failure, reason_of
from pnclient.http.origins import Origin, Proxy
from pnclient.threads import Threads

#: Seconds until the next address of a host is tried beside the one that doesn't answer.
NEXT_ADDRESS_SECONDS: Final = 0.25

#: Bytes of a connection that are read, or of an answer that are unpacked, at once.
CHUNK_BYTES: Final = 64 * 1024

#: A family of addresses, and what ``socket.connect`` takes.
Address: TypeAlias = tuple[socket.AddressFamily, Any]


async def connect(
    origin: Origin, user_agent: str, context: ssl.SSLContext | None, threads: Threads
) -> IOStream:
    """A new connection, through a proxy if there is one, with TLS if there is a ``context``."""
    proxy = origin.proxy
    first = proxy or origin
    try:
        stream = await _reach(await _addresses(first.host, first.port, threads))
    except OSError as error:
        reason = reason_of(error)
        raise Failure(f"the proxy is not reached: {reason}" if proxy else reason) from None
    if proxy is not None and proxy.is_tls:
        stream = await _secure(stream, context, proxy.host)
    if origin.is_tls:
        if proxy is not None:
            try:
                await _open_tunnel(stream, origin, proxy, user_agent)
            except BaseException:
                stream.close()
                raise
            if proxy.is_tls:
                stream = _bridge(stream)
        stream = await _secure(stream, context, origin.host)
    return stream


async def _addresses(host: str, port: int, threads: Threads) -> list[Address]:
    """The addresses of a host, best first."""
    kind = socket.SOCK_STREAM
    try:
        try:
            found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            found = await threads.run(socket.getaddrinfo, host, port, type=kind)
    except UnicodeError:
        # A part of the name is empty, or too long.
        raise Failure("no name of a host") from None
    return [(family, address) for family, _, _, _, address in found]


async def _reach(addresses: list[Address]) -> IOStream:
    """A connection to the first address that answers. ``OSError`` where none does."""
    left = addresses[::-1]
    opening: dict[asyncio.Future[IOStream], IOStream] = {}
    failure = OSError("no address")
    try:
        while left or opening:
            if left:
                family, address = left.pop()
                try:
                    stream = IOStream(socket.socket(family))
                except OSError as error:
                    failure = error
                    continue
                opening[asyncio.ensure_future(stream.connect(address))] = stream
            done, _ = await asyncio.wait(
                opening,
                timeout=NEXT_ADDRESS_SECONDS if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for future in done:
                broken = future.exception()
                if broken is None:
                    return opening.pop(future)
                del opening[future]
                failure = broken if isinstance(broken, OSError) else failure
    finally:
        for stream in opening.values():
            stream.close()
    raise failure


class _Tunnel(HTTPMessageDelegate):
    """The answer of a proxy that was asked for a tunnel: after it comes no HTTP."""

    def __init__(self, connection: HTTP1Connection) -> None:
        self._connection = connection
        self.code: int | None = None

    def headers_received(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,  # noqa: ARG002 - Tornado's name
    ) -> None:
        """Tornado's: the head is there."""
        assert isinstance(start_line, ResponseStartLine)
        if start_line.code >= 200:
            self.code = start_line.code
            self._connection.detach()


async def _open_tunnel(stream: IOStream, origin: Origin, proxy: Proxy, user_agent: str) -> None:
    """Have the proxy connect to the origin; ``Failure`` where it doesn't."""
    connection = HTTP1Connection(stream, True)
    headers = HTTPHeaders({"Host": origin.address, "User-Agent": user_agent, **proxy.headers})
    connection.write_headers(RequestStartLine("CONNECT", origin.address, "HTTP/1.1"), headers)
    connection.finish()
    tunnel = _Tunnel(connection)
    with suppress(StreamClosedError):
        await connection.read_response(tunnel)
    if tunnel.code is not None and tunnel.code >= 300:
        raise Failure(f"the proxy answered {tunnel.code}")
    # The service waits for a word first: what is there already is the proxy's.
    if tunnel.code is None or stream._read_buffer_size:  # noqa: SLF001 - as in origins
        raise Failure("the connection broke")


async def _secure(stream: IOStream, context: ssl.SSLContext | None, host: str) -> SSLIOStream:
    """Speak TLS from here on; ``Failure`` where ``host`` isn't who it should be.

    Tornado closes the connection where this fails, or is cancelled.
    """
    assert context is not None
    try:
        shaking = asyncio.ensure_future(stream.start_tls(False, context, host.rstrip(".")))
        try:
            await asyncio.wait([shaking])
        except asyncio.CancelledError:
            # It may have come in the meantime.
            if not shaking.cancel() and shaking.exception() is None:
                shaking.result().close()
            raise
        return shaking.result()
    except ssl.SSLCertVerificationError as error:
        raise Failure(
            error.verify_message, PNStatusCategory.PNTLSUntrustedCertificateCategory
        ) from None
    except (ssl.SSLError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, ssl.SSLError) else "refused"
        raise Failure(
            f"no TLS connection: {reason}", PNStatusCategory.PNTLSConnectionFailedCategory
        ) from None
    except OSError as error:
        raise Failure(reason_of(error)) from None


def _bridge(outer: IOStream) -> IOStream:
    """A connection that goes through another one: TLS can't be spoken twice on one socket."""
    ours, theirs = (IOStream(end) for end in socket.socketpair())

    async def carry(source: IOStream, target: IOStream) -> None:
        with suppress(StreamClosedError):
            while True:
                await target.write(await source.read_bytes(CHUNK_BYTES, partial=True))

    async def carry_both() -> None:
        tasks = [
            asyncio.create_task(carry(theirs, outer)),
            asyncio.create_task(carry(outer, theirs)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            theirs.close()
            outer.close()

    _bridges.add(task := asyncio.create_task(carry_both()))
    task.add_done_callback(_bridges.discard)
    return ours


#: What carries the bytes of connections through others: a task without a reference may vanish.
_bridges: set[asyncio.Task[None]] = set()
