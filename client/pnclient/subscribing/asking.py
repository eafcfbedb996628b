"""A request of the subscribe loop, from its call to what came of it. Nothing is raised."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from pnclient.access.subjects import Tokens
from pnclient.enums import PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.subscribing.reconnection import now, retry_after
from pnclient.transport import (
    Call,
    ConnectionFailure,
    Prepared,
    Reply,
    ServiceFailure,
    prepared,
    unanswered,
    value_of,
)

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

LOG: Final = logging.getLogger("pnclient")

#: The refusal that passes where ``Retry-After`` says when (RFC 9110, 15.5.14). Beside any other it
#: would let a service have the same request repeated without end.
_TOO_LARGE: Final = 413


class Connections(Protocol):
    """What requests are sent with (``pnclient.http.Http``)."""

    async def send(
        self, prepared: Prepared, *, connect_timeout: float, request_timeout: float
    ) -> Reply: ...


class Outcome(NamedTuple):
    """What came of a request: the JSON of a successful answer, or a failure.

    ``retry_after``: seconds that the service asked to be left alone for. ``seconds``: how long it took.
    """

    data: Any = None
    failure: ServiceFailure | None = None
    retry_after: float | None = None
    seconds: float = 0.0


async def ask(
    config: PNConfiguration,
    connections: Connections,
    call: Call,
    seconds: float,
    tokens: Tokens | None = None,
) -> Outcome:
    """Send a call, and wait so many seconds for its answer."""
    clock = asyncio.get_running_loop().time
    started, wait = clock(), None
    try:
        request = prepared(config, call, tokens=tokens)
        LOG.debug("%s", request.shown)
        reply = await connections.send(
            request, connect_timeout=config.connect_timeout, request_timeout=seconds
        )
        wait = retry_after(reply.headers, now())
        return Outcome(value_of(reply, request.secrets), seconds=clock() - started)
    except ConnectionFailure as error:
        failure = unanswered(error)
    except ServiceFailure as error:
        failure = error
        if wait is not None and error.code == _TOO_LARGE:
            failure.is_permanent = False
    return Outcome(None, failure, wait, clock() - started)


def outcome_of(task: asyncio.Task[Outcome]) -> Outcome:
    """The outcome of a task that ended; an error that nobody has thought of is a failure too."""
    error = task.exception()
    if error is None:
        return task.result()
    # What the client itself refuses to send, it refuses again.
    is_permanent = isinstance(error, PubNubException)
    if not isinstance(error, PubNubException):
        error = PubNubException(pn_error="Internal error", errormsg=type(error).__name__)
    return Outcome(
        failure=ServiceFailure(
            PNStatusCategory.PNInternalExceptionCategory, error, is_permanent=is_permanent
        )
    )
