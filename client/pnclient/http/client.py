"""Requests of a client, over connections that are kept alive.

The connections are Tornado's ``IOStream`` and ``HTTP1Connection``. Its ready-made clients were
weighed first: the simple one closes each connection and knows no proxies; the curl one keeps them,
but can't end a request before its answer, so that a filter changed during a long poll would leave
the old poll running at the service, and takes no ``SSLContext``. aiohttp does all of it, takes as
long to import as the rest of the client, and a request costs as much (docs/measurements.md).

Nothing here is sent twice but what changes nothing, when its kept connection was about to end: a
service that ends a connection after an answer would end the subscribe loop without it. Redirections
are answers like others, not followed: the URL holds keys.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final

from pnclient.enums import PNStatusCategory
from pnclient.http.connect import connect
from pnclient.http.exchange import exchange, is_request
from pnclient.http.failures import Failure, Stale, timed_out
from pnclient.http.origins import Origin
from pnclient.threads import Threads
from pnclient.transport import ConnectionFailure, Prepared, Reply, in_clear
from pnclient.validators import is_loopback

if TYPE_CHECKING:
    from tornado.iostream import IOStream

    from pnclient.transport import Taker

#: Requests that have a connection at the same time; further ones wait.
MAX_CONNECTIONS: Final = 1000
#: Seconds that a connection is kept for the next request: servers that end idle ones sooner are
#: rare.
KEEP_ALIVE_SECONDS: Final = 15.0
#: The scheme, the authority, and what a request asks it for. What is no sign of a URL could end the
#: line of a request.
_URL: Final = re.compile(r"(?=[!-~]*\Z)(https?)://([^/?#@\\]+)([/?][^#]*|)(?:#|\Z)")


class Http:
    """Connections to the service, opened at the first request.

    ``ca_certs``: a PEM file with the authorities that are trusted instead of the system's.
    ``ssl_context``: how TLS is spoken, instead. Proxies are those of the environment
    (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``), read when no connection to an origin is kept.
    """

    def __init__(
        self,
        *,
        ca_certs: str | os.PathLike[str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        threads: Threads | None = None,
    ) -> None:
        self._ca_certs = ca_certs
        self._tls = ssl_context
        self._threads = threads or Threads(daemon=False)
        self._room = asyncio.Semaphore(MAX_CONNECTIONS)
        self._origins: dict[tuple[str, str], Origin] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    async def send(
        self,
        prepared: Prepared,
        *,
        connect_timeout: float,
        request_timeout: float,
        into: Taker | None = None,
    ) -> Reply:
        """The answer, whatever its code. ``ConnectionFailure`` when none came, or not in time.

        ``PubNubException`` for a request with a key that would leave this machine through a proxy
        without TLS. ``connect_timeout``: seconds until a connection is there, TLS included;
        ``request_timeout``: until the answer is read to its end. A request that only reads is sent
        once more if its kept connection was about to end. A caller that is cancelled here ends the
        request and its connection. The body of an answer with 200 goes ``into`` that, if there is
        one; what that raises is raised.
        """
        found = _URL.match(prepared.url)
        if found is None:
            raise ConnectionFailure(PNStatusCategory.PNNetworkIssuesCategory, "not a valid URL")
        scheme, authority, target = found.groups()
        limit = asyncio.timeout(request_timeout)
        token = is_request.set(True)
        try:
            async with limit:
                origin = self._origin(scheme, authority)
                origin.requests += 1
                try:
                    return await self._send(prepared, origin, target, connect_timeout, into)
                except Stale:
                    # What was closed meanwhile is not opened again.
                    if not prepared.is_read or origin.is_closed:
                        raise
                    return await self._send(prepared, origin, target, connect_timeout, into)
                finally:
                    origin.requests -= 1
                    self._forget(origin)
        except Failure as error:
            failure = ConnectionFailure(error.category, f"{authority}: {error}")
        except TimeoutError:
            if not limit.expired():
                raise
            failure = ConnectionFailure(
                PNStatusCategory.PNTimeoutCategory,
                f"{authority}: no answer within {request_timeout:g} s",
            )
        finally:
            # A coroutine that never ran to its end is closed in another context.
            with suppress(ValueError):
                is_request.reset(token)
        raise failure

    async def close(self) -> None:
        """End all connections. The next request opens new ones."""
        origins, self._origins = self._origins, {}
        for origin in origins.values():
            origin.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None

    async def _send(
        self,
        prepared: Prepared,
        origin: Origin,
        target: str,
        connect_timeout: float,
        into: Taker | None,
    ) -> Reply:
        proxy = origin.proxy
        if prepared.is_local and proxy is not None and not is_loopback(proxy.host):
            raise in_clear("a key would go to the proxy that the environment names")
        stream, is_kept = await self._connection(
            origin, prepared.headers["User-Agent"], connect_timeout
        )
        keeps_connection = False
        try:
            reply, keeps_connection = await exchange(
                stream, origin, prepared, target, into=into, is_kept=is_kept
            )
        finally:
            self._room.release()
            if keeps_connection and not origin.is_closed:
                self._keep(origin, stream)
            else:
                origin.drop(stream)
        return reply

    async def _connection(
        self, origin: Origin, user_agent: str, connect_timeout: float
    ) -> tuple[IOStream, bool]:
        """A connection, and whether it was kept. It takes one of the places in ``_room``."""
        clock = asyncio.get_running_loop().time
        stream = None if self._room.locked() else origin.take(clock())
        if stream is not None:
            # It is there at once, so that nothing has to watch the time.
            await self._room.acquire()
            return stream, True
        limit = asyncio.timeout(connect_timeout)
        try:
            async with limit:
                await self._room.acquire()
                try:
                    stream = origin.take(clock())
                    if stream is not None:
                        return stream, True
                    stream = await connect(origin, user_agent, self._context(origin), self._threads)
                    origin.add(stream)
                except BaseException:
                    self._room.release()
                    raise
                return stream, False
        except TimeoutError:
            if not limit.expired():
                raise
            raise timed_out(f"not connected within {connect_timeout:g} s") from None

    def _origin(self, scheme: str, authority: str) -> Origin:
        origin = self._origins.get((scheme, authority))
        if origin is None:
            origin = self._origins[scheme, authority] = Origin(scheme, authority)
        return origin

    def _forget(self, origin: Origin) -> None:
        """Drop an origin without a request or a kept connection: hosts of files are many."""
        if not origin.is_used and self._origins.get(origin.key) is origin:
            del self._origins[origin.key]

    def _keep(self, origin: Origin, stream: IOStream) -> None:
        loop = asyncio.get_running_loop()
        origin.give_back(stream, loop.time() + KEEP_ALIVE_SECONDS)
        if self._sweeping is None:
            self._sweeping = loop.call_later(KEEP_ALIVE_SECONDS, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what has been kept for too long."""
        self._sweeping = None
        ends = [origin.sweep(loop.time()) for origin in self._origins.values()]
        for origin in tuple(self._origins.values()):
            self._forget(origin)
        if left := [end for end in ends if end is not None]:
            self._sweeping = loop.call_at(min(left), self._sweep, loop)

    def _context(self, origin: Origin) -> ssl.SSLContext | None:
        """How TLS is spoken, if it is on the way to an origin."""
        is_needed = origin.is_tls or (origin.proxy is not None and origin.proxy.is_tls)
        if self._tls is None and is_needed:
            try:
                self._tls = (
                    _system_context()
                    if self._ca_certs is None
                    else ssl.create_default_context(cafile=self._ca_certs)
                )
            except OSError:
                raise Failure(
                    "ca_certs is not a file of PEM certificates",
                    PNStatusCategory.PNTLSConnectionFailedCategory,
                ) from None
        return self._tls


@cache
def _system_context() -> ssl.SSLContext:
    """How TLS is spoken by all that trust the system's authorities, of which there are many."""
    return ssl.create_default_context()
