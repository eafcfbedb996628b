"""The server's socket and its TLS: listen, accept connections, and close them in the end."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from asyncio import Task, TimerHandle
from collections.abc import Callable
from contextlib import suppress
from heapq import nsmallest
from pathlib import Path
from typing import Final

from pnfilter.server.http.connection import Connection, Handle, Load, Observe, Reader, Receive, Uses
from pnfilter.server.http.response import head_of, refusal
from pnfilter.server.settings import HANDSHAKE_SECONDS, IDLE_SECONDS, MAX_CONNECTIONS

LOG: Final = logging.getLogger("pnfilter.server")
#: Connections that wait to be accepted.
BACKLOG: Final = 1_024
#: Bytes that are read at once.
CHUNK: Final = 64 * 1024
#: Seconds between two looks at connections on which nothing comes.
SWEEP_SECONDS: Final = 60.0
#: Seconds without a new connection after one that could not be had.
PAUSE: Final = 1.0
#: Seconds between two looks at connections that are about to end.
_LOOK_SECONDS: Final = 0.005
#: Seconds between two log lines of connections that are refused.
_SILENT_SECONDS: Final = 10
#: For whom a certificate of our own is made, whatever the host.
_NAMES: Final = ("localhost", "127.0.0.1", "::1")


class Transport:
    """Listens, and passes each request to ``handle``; ``receive`` is asked first if it has a body.

    ``reader``: gives the origin whose pages may read an answer that is shared.
    """

    def __init__(
        self,
        handle: Handle,
        observe: Observe,
        receive: Receive = lambda _: None,
        reader: Reader = lambda _: "*",
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        scheme = "http" if tls is None else "https"
        self._tls = tls
        buffer = memoryview(bytearray(CHUNK))
        self._uses = Uses(handle, observe, receive, reader, scheme, set(), buffer, Load())
        self._listener: socket.socket | None = None
        self._tasks: set[Task[None]] = set()
        # Those that were accepted, of which some may still shake hands.
        self._opening: set[Connection] = set()
        self._sweeper: TimerHandle | None = None
        self._pause: TimerHandle | None = None
        self._silent_until = 0.0

    def listen(self, host: str, port: int) -> tuple[str, int]:
        """Listen on an address, port 0 for any free one, and return the actual address."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        # For all that it accepts: or what follows the head of an answer would wait until the client
        # acknowledges the head, which clients delay. asyncio sets it on its own sockets only.
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener.setblocking(False)
        self._watch(self._listener)
        self._sweep()
        address: tuple[str, int] = self._listener.getsockname()[:2]
        return address

    def close_idle(self, now: float) -> None:
        """Close the connections that were idle for too long; ``now``: ``time.perf_counter``."""
        for connection in list(self._uses.connections):
            if connection.since < now - IDLE_SECONDS:
                connection.close()

    async def close(self, seconds: float = 5) -> None:
        """Accept nothing more, let answers leave, and close every connection."""
        for timer in (self._sweeper, self._pause):
            if timer is not None:
                timer.cancel()
        if self._listener is not None:
            # Also what is due in this round of the loop.
            asyncio.get_running_loop().remove_reader(self._listener)
        for task in list(self._tasks):
            task.cancel()
        # An answer that was just given is written in the next round of the loop.
        await asyncio.gather(*self._tasks, asyncio.sleep(0), return_exceptions=True)
        if self._listener is not None:
            self._listener.close()
        connections = self._uses.connections
        await self._until(lambda: not any(each.is_writing for each in connections), seconds)
        for connection in list(connections):
            connection.close()
        await self._until(lambda: not connections, seconds)

    async def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not condition() and loop.time() < end:  # noqa: ASYNC110 - nothing reports it
            await asyncio.sleep(_LOOK_SECONDS)

    def _watch(self, listener: socket.socket) -> None:
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        """Take one of the connections that wait."""
        loop = asyncio.get_running_loop()
        try:
            client, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            # Its client has gone away.
            return
        except OSError as error:
            # Mostly too many open files.
            LOG.warning("No more connections for now: %s", error.strerror)
            loop.remove_reader(listener)
            self._pause = loop.call_later(PAUSE, self._watch, listener)
            return
        client.setblocking(False)
        if self._number() >= MAX_CONNECTIONS and not self._make_room():
            self._refuse(client)
            return
        task = loop.create_task(self._connect(client))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._on_connected(done, client))

    def _number(self) -> int:
        connections = self._uses.connections
        return len(connections) + sum(each not in connections for each in self._opening)

    def _make_room(self) -> bool:
        """Close the connections on which no request has come for longest; whether there was any."""
        idle = [each for each in self._uses.connections if each.is_idle]
        # To look at all of them takes some milliseconds, which is not done for each new one.
        longest = nsmallest(len(idle) // 100 + 1, idle, key=lambda each: each.since)
        for connection in longest:
            connection.close()
            # It leaves by itself a little later.
            self._uses.connections.discard(connection)
        return bool(longest)

    def _refuse(self, client: socket.socket) -> None:
        """Close a connection for which there is no room."""
        now = time.perf_counter()
        if now >= self._silent_until:
            self._silent_until = now + _SILENT_SECONDS
            LOG.warning(
                "There are %s connections: further ones are refused", f"{MAX_CONNECTIONS:,}"
            )
        with client, suppress(OSError):
            if self._tls is None:
                answer = refusal(503, "Too many connections", "Balancer").answer
                client.send(head_of(answer, "", "1.1", "close") + answer.body)

    def _on_connected(self, task: Task[None], client: socket.socket) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            # Perhaps before it began.
            client.close()

    async def _connect(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connection = Connection(self._uses)
        self._opening.add(connection)
        try:
            await loop.connect_accepted_socket(
                lambda: connection,
                client,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if self._tls is not None else None,
            )
        except ssl.SSLError:
            LOG.warning(
                "A connection with TLS could not be made: does its client trust the certificate?"
            )
        except OSError:
            # The client has gone away.
            client.close()
        finally:
            self._opening.discard(connection)

    def _sweep(self) -> None:
        """Close the connections on which nothing comes, now and from time to time."""
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        self.close_idle(time.perf_counter())


# TLS


def context_from_files(certificate: Path, key: Path) -> ssl.SSLContext:
    """The context for a certificate, with those that vouch for it, and its key: two PEM files.

    Raise ``OSError`` if one can't be read, ``ValueError`` if they don't hold what they should.
    """
    for path in (certificate, key):
        # What OpenSSL raises doesn't name the file.
        path.open("rb").close()
    context = _context()
    try:
        # A key with a password would ask for it on the terminal.
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(f"{key}: is not the key of {certificate}") from None
        raise ValueError(
            f"{certificate} and {key}: are not a certificate and its key in PEM"
        ) from None
    return context


def _no_password() -> str:
    raise ValueError("the key has a password: give one without")


def self_signed_context(host: str) -> tuple[ssl.SSLContext, bytes]:
    """The context for a certificate made now, and the PEM of the authority for clients to trust."""
    try:
        import trustme
    except ImportError:
        raise ImportError(
            "a certificate of its own needs trustme: pip install 'pnfilter[server]'"
        ) from None
    authority = trustme.CA(organization_name="pnfilter", organization_unit_name="made for a test")
    names: list[str] = [*_NAMES]
    if host not in names and not _is_unspecified(host):
        names.append(host)
    context = _context()
    authority.issue_cert(*names).configure_cert(context)
    return context, authority.cert_pem.bytes()


def _is_unspecified(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
