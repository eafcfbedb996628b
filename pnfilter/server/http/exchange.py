"""One request on a connection, and what is answered in place of the app."""

from __future__ import annotations

import asyncio
import logging
import time
from asyncio import Future
from collections.abc import Mapping
from typing import Final

from pnfilter.server.http.request import NO_HOST, Incoming, Query, Request, is_host
from pnfilter.server.http.response import Answer, refusal
from pnfilter.server.settings import MAX_DISCARDED

LOG: Final = logging.getLogger("pnfilter.server")
#: Digits of a length that are read: more than any body has.
_DIGITS: Final = 18
#: Bytes of memory for a request beside its head and its body (measured).
_OWN_BYTES: Final = 1_500
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_CHUNKED: Final = "chunked"
#: In place of the parameters of a request until they are known to be right.
NO_QUERY: Final = Query("")


class Exchange:
    """One request, and what its answer has to know of it.

    ``refused``: the answer, if the request isn't passed on. ``is_last``: whether the connection is
    closed after it; ``is_cut``: whether more of it may come that is not read.
    """

    __slots__ = (
        *("body", "incoming", "is_cut", "is_last", "refused", "request", "size", "started"),
        "version",
    )

    def __init__(self, request: Request, version: str = "1.1") -> None:
        self.request = request
        self.version = version
        self.started = time.perf_counter()
        self.body = bytearray()
        self.size = 0
        self.incoming: Incoming | None = None
        self.refused: Answer | None = None
        self.is_last = False
        self.is_cut = False

    def take(self, chunk: bytes) -> None:
        """More of the body."""
        self.size += len(chunk)
        if self.incoming is not None:
            self.incoming.feed(chunk)
        elif self.size <= self.request.most:
            self.body += chunk

    @property
    def kept(self) -> int:
        """Bytes that it takes, about."""
        return _OWN_BYTES + self.request.size + len(self.body)

    def end(self) -> None:
        """The body is there."""
        is_long = self.size > self.request.most
        if self.incoming is None and self.refused is None and is_long:
            self.refused = too_large()
        self.request.body = bytes(self.body)

    def close_incoming(self) -> None:
        """Nothing takes the body any more."""
        incoming, self.incoming = self.incoming, None
        if incoming is not None:
            incoming.close()


def nothing() -> Request:
    """In place of a request that never became one."""
    return Request("", "", NO_QUERY, {})


def is_readable(length: str) -> bool:
    """Return whether a body of the announced length is read at all."""
    digits = length.lstrip("0")
    return len(digits) < _DIGITS and int(digits or 0) <= MAX_DISCARDED


def result_of(answer: Future[Answer]) -> Answer:
    """Return the answer that a future has; 500 if it has none."""
    try:
        return answer.result()
    except (Exception, asyncio.CancelledError):
        LOG.exception("A request could not be answered")
        return internal()


def unfit_for(version: str, headers: Mapping[str, str]) -> Answer | None:
    """Return what is answered to a head that can be read and not served; None if it can be.

    RFC 9112 allows versions 1.0 and 1.1 (2.3) and no transfer coding that isn't known (6.1), and
    wants exactly one ``Host`` in 1.1 (3.2).
    """
    host = headers.get("Host")
    if version not in _VERSIONS:
        reason = "The version must be HTTP/1.1 or HTTP/1.0"
    elif not is_host(host) if host is not None else version == "1.1":
        reason = NO_HOST
    elif headers.get("Transfer-Encoding", _CHUNKED).lower() != _CHUNKED:
        reason = "The transfer coding must be chunked"
    else:
        return None
    return refusal(400, reason, "Balancer").answer


def too_long() -> Answer:
    """Return what a request line or a head over its limit is answered (assumed)."""
    return refusal(414, "Request URI Too Long", "Balancer").answer


def too_large() -> Answer:
    """Return what a body over its limit is answered (assumed)."""
    return refusal(413, "Request Entity Too Large", "Balancer").answer


def too_slow() -> Answer:
    """Return what is answered where the rest of a request doesn't come (assumed)."""
    return refusal(408, "Request Timeout", "Balancer").answer


def too_much() -> Answer:
    """Return what is answered where too many requests have come in part (assumed)."""
    return refusal(503, "Too many requests that are not complete", "Balancer").answer


def malformed(*, is_tls: bool) -> Answer:
    """Return what is answered where no request can be read (assumed), which is logged."""
    if is_tls:
        LOG.warning("A client speaks TLS here: set its `ssl` to false, or serve with TLS")
    else:
        LOG.warning(
            "A request is malformed: is a space or another character in it not percent-encoded?"
        )
    return refusal(400, "Malformed HTTP Request", "Balancer").answer


def internal() -> Answer:
    """Return what is answered where the emulator has a defect."""
    return refusal(500, "Internal Server Error", "Balancer").answer
