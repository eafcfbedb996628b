"""Send a request of the subscribe loop and return what came of it, never raising an error.

Also how long a service may ask a client to wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pnclient.access.subjects import Tokens
from pnclient.enums import PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.transport import (
    Call,
    ConnectionFailure,
    Prepared,
    Reply,
    ServiceFailure,
    failure_of,
    prepare_request,
    value_of,
)

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

LOG: Final = logging.getLogger("pnclient")

#: The refusal that passes where ``Retry-After`` says when (RFC 9110, 15.5.14). Beside any other it
#: would let a service have the same request repeated without end.
_TOO_LARGE: Final = 413

#: The longest time that a service may ask for, in seconds.
MAX_RETRY_AFTER: Final = 3600.0

#: Digits that are read of a number of seconds; more are no time anybody waits for.
_MAX_DIGITS: Final = 9


class Connections(Protocol):
    """What requests are sent with (``pnclient.http.client.Http``)."""

    async def send(
        self, prepared: Prepared, *, connect_timeout: float, request_timeout: float
    ) -> Reply: ...


class RequestResult(NamedTuple):
    """What came of a request: the JSON of a successful answer, or a failure.

    ``retry_after``: seconds that the service asked to be left alone for. ``seconds``: how long it
    took.
    """

    data: Any = None
    failure: ServiceFailure | None = None
    retry_after: float | None = None
    seconds: float = 0.0


async def send_request(
    config: PNConfiguration,
    connections: Connections,
    call: Call,
    seconds: float,
    tokens: Tokens | None = None,
) -> RequestResult:
    """Send a call, and wait so many seconds for its answer."""
    clock = asyncio.get_running_loop().time
    started, wait = clock(), None
    try:
        request = prepare_request(config, call, tokens=tokens)
        LOG.debug("%s", request.shown)
        reply = await connections.send(
            request, connect_timeout=config.connect_timeout, request_timeout=seconds
        )
        wait = retry_after(reply.headers, now())
        return RequestResult(value_of(reply, request.secrets), seconds=clock() - started)
    except ConnectionFailure as error:
        failure = failure_of(error)
    except ServiceFailure as error:
        failure = error
        if wait is not None and error.code == _TOO_LARGE:
            failure.is_permanent = False
    return RequestResult(None, failure, wait, clock() - started)


def result_of(task: asyncio.Task[RequestResult]) -> RequestResult:
    """The outcome of a task that ended; an unexpected error is a failure too."""
    error = task.exception()
    if error is None:
        return task.result()
    # What the client itself refuses to send, it refuses again.
    is_permanent = isinstance(error, PubNubException)
    if not isinstance(error, PubNubException):
        error = PubNubException(pn_error="Internal error", errormsg=type(error).__name__)
    return RequestResult(
        failure=ServiceFailure(
            PNStatusCategory.PNInternalExceptionCategory, error, is_permanent=is_permanent
        )
    )


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, in either of its forms; None if unreadable.

    ``now``: seconds since 1970.
    """
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), "")
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:_MAX_DIGITS])
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            # The latter for a number of more than 32 bits.
            return None
        if moment.tzinfo is None:
            # `-0000`: the time is UTC, of an unknown zone.
            moment = moment.replace(tzinfo=UTC)
        seconds = moment.timestamp() - now
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def now() -> float:
    """Seconds since 1970."""
    return datetime.now(UTC).timestamp()
