"""Where requests go: a host and port, a proxy on the way there, and the connections to it."""

from __future__ import annotations

import socket
from base64 import b64encode
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit
from urllib.request import getproxies, proxy_bypass

from tornado.iostream import IOStream

from pnclient.http.failures import Failure

_PORTS: Final = {"http": 80, "https": 443}


class Proxy:
    """A proxy that the environment names."""

    def __init__(self, url: SplitResult) -> None:
        self.is_tls = url.scheme == "https"
        self.host = url.hostname or ""
        self.port = url.port or _PORTS[url.scheme]
        #: Headers for the proxy alone.
        self.headers: dict[str, str] = {}
        credentials, found, _ = url.netloc.rpartition("@")
        if found:
            user, _, password = credentials.partition(":")
            # A colon is there even without a password.
            encoded = b64encode(unquote_to_bytes(f"{user}:{password}")).decode()
            self.headers["Proxy-Authorization"] = f"Basic {encoded}"


class Origin:
    """A scheme, host and port. ``Failure`` for an invalid authority, and for an invalid proxy."""

    def __init__(self, scheme: str, authority: str) -> None:
        self.key = (scheme, authority)
        self.is_tls = scheme == "https"
        try:
            parts = urlsplit(f"//{authority}")
            self.host, self.port = parts.hostname or "", parts.port or _PORTS[scheme]
            # TLS takes no other name, and would leave its connection open.
            is_name = bool(self.host.rstrip(".").encode("idna"))
        except ValueError:
            is_name = False
        if not is_name:
            raise Failure("no name of a host")
        shown = f"[{self.host}]" if ":" in self.host else self.host
        self.address = f"{shown}:{self.port}"
        self.host_header = shown if self.port == _PORTS[scheme] else self.address
        self.proxy = proxy_for(scheme, self.host, self.address)
        #: How many are under way.
        self.requests = 0
        #: Whether its connections were ended for good.
        self.is_closed = False
        self._busy: set[IOStream] = set()
        #: Connections, and when they have been kept for too long, the newest last.
        self._idle: list[tuple[IOStream, float]] = []

    @property
    def is_used(self) -> bool:
        """Whether a request is under way or a connection is kept."""
        return bool(self.requests or self._idle)

    def take(self, now: float) -> IOStream | None:
        """A kept connection, if one is as its last answer left it."""
        while self._idle:
            stream, end = self._idle.pop()
            if end > now and _is_quiet(stream):
                self._busy.add(stream)
                return stream
            stream.close()
        return None

    def add(self, stream: IOStream) -> None:
        """Count in a new connection. ``Failure`` where all were ended meanwhile."""
        if self.is_closed:
            stream.close()
            raise Failure("the connection broke")
        self._busy.add(stream)

    def give_back(self, stream: IOStream, end: float) -> None:
        """Keep a connection for the next request until ``end``."""
        self._busy.discard(stream)
        self._idle.append((stream, end))

    def drop(self, stream: IOStream) -> None:
        """End a connection that no other request can have."""
        self._busy.discard(stream)
        stream.close()

    def sweep(self, now: float) -> float | None:
        """End what was kept for too long. The time at which the next one will have been."""
        for stream, end in self._idle:
            if end <= now:
                stream.close()
        self._idle = [kept for kept in self._idle if kept[1] > now]
        return self._idle[0][1] if self._idle else None

    def close(self) -> None:
        """End all connections for good."""
        self.is_closed = True
        for stream in (*self._busy, *(stream for stream, _ in self._idle)):
            stream.close()


def _is_quiet(stream: IOStream) -> bool:
    """Whether nothing came since the last answer: neither bytes nor the end.

    What came is the answer to no request. The loop may not have seen it, so the socket is asked,
    below TLS too: what TLS itself says between answers is rare, and a new connection does no harm.
    """
    if stream.socket is None:
        # It was closed.
        return False
    if stream._read_buffer_size:  # noqa: SLF001 - nothing else in Tornado says so
        return False
    try:
        socket.socket.recv(stream.socket, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def proxy_for(scheme: str, host: str, address: str) -> Proxy | None:
    """The proxy that the environment names for this origin."""
    named = getproxies().get(scheme)
    # People name an IPv6 address with brackets or without.
    if not named or proxy_bypass(address) or proxy_bypass(host):
        return None
    with suppress(ValueError):
        url = urlsplit(named if "://" in named else f"http://{named}")
        if url.scheme in _PORTS and url.hostname:
            return Proxy(url)
    # The value may have a password.
    raise Failure(f"the environment's proxy for {scheme} is not an http:// or https:// URL")
