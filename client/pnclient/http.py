"""Requests over connections that are kept alive.

The library is aiohttp. Tornado's own clients were weighed first: the simple one closes each
connection and knows no proxies; the curl one keeps them, but can't end a request before its answer,
so that a filter changed during a long poll would leave the old poll running at the service, and
takes no ``SSLContext``. CPU time for each request, in microseconds, both with kept connections, as
measured by ``python -m benchmarks.client.transport`` (Python 3.11, aiohttp 3.14, pycurl 7.49, two
cores):

==================================  =======  ====
answers                             aiohttp  curl
==================================  =======  ====
small, one at a time                     97   143
small, 20 at a time                      61    90
of 100 messages, one at a time           92   134
==================================  =======  ====

Nothing here is sent twice but what changes nothing, when its kept connection was about to end: a
service that ends a connection after an answer would end the subscribe loop without it. aiohttp
itself would repeat any GET, and a publication is one. Redirections are answers like others, not
followed: the URL holds keys.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

try:
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult
    from aiohttp.connector import Connection
    from aiohttp.http_exceptions import ContentEncodingError
    from yarl import URL
except ImportError:
    raise ImportError("the client needs aiohttp: pip install 'pnfilter[client]'") from None

from pnclient.enums import PNStatusCategory
from pnclient.threads import Threads
from pnclient.transport import ConnectionFailure, Prepared, Reply, in_clear
from pnclient.validators import is_loopback

if TYPE_CHECKING:
    from pnclient.transport import Taker

#: Connections that are open at the same time; further requests wait for one.
MAX_CONNECTIONS: Final = 1000
#: Seconds that a connection is kept for the next request: servers that end idle ones sooner are
#: rare.
KEEP_ALIVE_SECONDS: Final = 15.0
#: A request whose kept connection broke sooner than this, in seconds, came when it was about to
#: end.
STALE_SECONDS: Final = 1.0
#: Bytes of an answer, unpacked. A hundred of the longest messages have a tenth of them.
MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024


class Http:
    """Connections to the service, opened at the first request.

    ``ca_certs``: a PEM file with the authorities that are trusted instead of the system's.
    ``ssl_context``: how TLS is spoken, instead. Proxies are those of the environment
    (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``), read at the first request to an origin.
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
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[tuple[str, str], URL | None] = {}
        self._transports: WeakSet[asyncio.Transport] = WeakSet()

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
        # As it is: channels may be named so that a tidied path would be another.
        url = URL(prepared.url, encoded=True)
        clock = asyncio.get_running_loop().time
        end = clock() + request_timeout

        def limits(total: float) -> aiohttp.ClientTimeout:
            return aiohttp.ClientTimeout(total=total, connect=min(connect_timeout, total))

        try:
            if self._session is None:
                self._session = self._opened()
            session = self._session
            try:
                return await self._send(session, prepared, url, limits(request_timeout), into)
            except _Stale:
                left = end - clock()
                # What was closed meanwhile is not opened again.
                if not prepared.is_read or session is not self._session or left <= 0:
                    raise
            return await self._send(session, prepared, url, limits(left), into)
        except (aiohttp.ClientError, OSError) as error:
            # What the library raises holds the URL, and with it the keys.
            failure = _failure(error, url, connect_timeout, request_timeout)
        raise failure

    async def _send(
        self,
        session: aiohttp.ClientSession,
        prepared: Prepared,
        url: URL,
        limits: aiohttp.ClientTimeout,
        into: Taker | None,
    ) -> Reply:
        proxy = self._proxy(url)
        if prepared.is_local and proxy is not None and not is_loopback(proxy.host or ""):
            raise in_clear("a key would go to the proxy that the environment names")
        async with session.request(
            prepared.method,
            url,
            headers=prepared.headers,
            data=prepared.body if prepared.stream is None else prepared.stream,
            timeout=limits,
            allow_redirects=False,
            proxy=proxy,
            proxy_headers={"User-Agent": prepared.headers["User-Agent"]},
        ) as answer:
            assert isinstance(answer, _Answer)
            if into is None or answer.status != 200:
                return Reply(answer.status, answer.headers, await answer.read_whole())
            await answer.pass_on(into)
            return Reply(answer.status, answer.headers, b"")

    async def close(self) -> None:
        """End all connections. The next request opens new ones."""
        session, self._session = self._session, None
        self._proxies.clear()
        if session is not None:
            for transport in tuple(self._transports):
                # With TLS, one that the service closes is not done with by the library's own end.
                transport.abort()
            await session.close()
            # The transports close their sockets in the next round of the loop.
            await asyncio.sleep(0)

    def _opened(self) -> aiohttp.ClientSession:
        if self._tls is None and self._ca_certs is not None:
            try:
                self._tls = ssl.create_default_context(cafile=self._ca_certs)
            except OSError:
                raise _UnusableAuthorities from None
        connector = aiohttp.TCPConnector(
            ssl=True if self._tls is None else self._tls,
            resolver=_Resolver(self._threads),
            limit=MAX_CONNECTIONS,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "gzip, deflate"},
            skip_auto_headers=("User-Agent", "Content-Type"),
            response_class=type("_OwnAnswer", (_Answer,), {"transports": self._transports}),
            middlewares=(_once,),
        )

    def _proxy(self, url: URL) -> URL | None:
        origin = url.scheme, url.raw_authority
        if origin not in self._proxies:
            self._proxies[origin] = _proxy_for(url)
        return self._proxies[origin]


class _TooLong(aiohttp.ClientPayloadError):
    """The answer has more than ``MAX_ANSWER_BYTES``."""


class _UnusableAuthorities(aiohttp.ClientError):
    """The file with the authorities that are trusted can't be read."""


class _Stale(aiohttp.ClientConnectionError):
    """A kept connection broke as soon as a request was sent on it."""


class _UnusableProxy(aiohttp.ClientError):
    """The environment names an invalid proxy."""


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Hide from the library what it would take for a reason to send the request again."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError from error


class _Answer(aiohttp.ClientResponse):
    """An answer that is read to its end, or gives its connection up."""

    #: Those that answers came on; each ``Http`` has a subclass with its own.
    transports: ClassVar[WeakSet[asyncio.Transport]]

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        is_kept = connection.transport in self.transports
        if connection.transport is not None:
            self.transports.add(connection.transport)
        clock = asyncio.get_running_loop().time
        sent = clock()
        try:
            with _aborted(connection):
                return await super().start(connection)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            if is_kept and clock() - sent < STALE_SECONDS:
                raise _Stale from error
            raise

    async def read_whole(self) -> bytes:
        """The body. ``_TooLong`` when it is."""
        parts: list[bytes] = []
        size = 0
        with _aborted(self.connection):
            async for part in self.content.iter_any():
                size += len(part)
                if size > MAX_ANSWER_BYTES:
                    raise _TooLong
                parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def pass_on(self, into: Taker) -> None:
        """Give the body away as it comes."""
        packed = "Content-Encoding" in self.headers
        with _aborted(self.connection):
            await into.begin(None if packed else self.content_length)
            async for part in self.content.iter_any():
                await into.take(part)


@contextmanager
def _aborted(connection: Connection | None) -> Iterator[None]:
    """End the connection at once where what is done fails, or is cancelled.

    With TLS, one that is closed instead goes on until the other side has said goodbye.
    """
    try:
        yield
    except BaseException:
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        raise


class _Resolver(AbstractResolver):
    """Looks names up in the client's own threads."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        try:
            found = await self._threads.run(
                socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM
            )
        except UnicodeError:
            # A part of the name is empty, or too long.
            raise socket.gaierror(socket.EAI_NONAME, "no name of a host") from None
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=numeric,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is kept."""


def _proxy_for(url: URL) -> URL | None:
    """The proxy that the environment names for this origin."""
    proxy = getproxies().get(url.scheme)
    if not proxy or proxy_bypass(url.raw_authority):
        return None
    with suppress(ValueError):
        found = URL(proxy if "://" in proxy else f"http://{proxy}")
        if found.scheme in ("http", "https") and found.host:
            return found
    raise _UnusableProxy


def _failure(
    error: Exception, url: URL, connect_timeout: float, request_timeout: float
) -> ConnectionFailure:
    """What a failure of the library means, told without the URL."""
    category = PNStatusCategory.PNNetworkIssuesCategory
    match error:
        case aiohttp.ConnectionTimeoutError():
            category = PNStatusCategory.PNTimeoutCategory
            text = f"not connected within {connect_timeout:g} s"
        case TimeoutError():
            category = PNStatusCategory.PNTimeoutCategory
            text = f"no answer within {request_timeout:g} s"
        case aiohttp.ClientConnectorCertificateError(certificate_error=reason):
            category = PNStatusCategory.PNTLSUntrustedCertificateCategory
            text = getattr(reason, "verify_message", "the certificate is not trusted")
        case aiohttp.ClientSSLError():
            category = PNStatusCategory.PNTLSConnectionFailedCategory
            text = f"no TLS connection: {_reason(error.os_error)}"
        case aiohttp.ClientProxyConnectionError():
            text = f"the proxy is not reached: {_reason(error.os_error)}"
        case aiohttp.ClientHttpProxyError(status=status):
            text = f"the proxy answered {status}"
        case aiohttp.ClientConnectorError():
            text = _reason(error.os_error)
        case aiohttp.ClientResponseError():
            category = PNStatusCategory.PNMalformedResponseCategory
            text = "the answer is no HTTP"
        case _TooLong():
            category = PNStatusCategory.PNMalformedResponseCategory
            text = f"the answer is longer than {MAX_ANSWER_BYTES} bytes"
        case aiohttp.ClientPayloadError(__cause__=ContentEncodingError()):
            category = PNStatusCategory.PNMalformedResponseCategory
            text = "the answer can't be unpacked"
        case aiohttp.ClientPayloadError():
            text = "the answer broke off"
        case _UnusableAuthorities():
            category = PNStatusCategory.PNTLSConnectionFailedCategory
            text = "ca_certs is no file of PEM certificates"
        case _UnusableProxy():
            # What stands there may hold a password.
            text = f"the environment's proxy for {url.scheme} is no http:// or https:// URL"
        case _:
            text = "the connection broke"
    return ConnectionFailure(category, f"{url.raw_authority}: {text}")


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "refused").replace("_", " ").lower()
    if isinstance(error, socket.gaierror):
        return error.strerror or "not found"
    return os.strerror(error.errno) if error.errno else "not connected"
