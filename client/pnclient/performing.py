"""A call from its builder to its typed result, without Tornado."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pnclient.access.subjects import Tokens
from pnclient.crypto import WORTH_A_THREAD, cipher_for
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.transport import (
    Call,
    ConnectionFailure,
    Prepared,
    ServiceFailure,
    failure_status,
    prepared,
    status_of,
    unanswered,
    value_of,
)

if TYPE_CHECKING:
    from pnclient.endpoints.endpoint import Endpoint
    from pnclient.http import Http
    from pnclient.models.consumer.common import PNStatus
    from pnclient.pnconfiguration import PNConfiguration
    from pnclient.threads import Threads

R = TypeVar("R")

#: Whose answers hold messages.
_OF_MESSAGES: Final = frozenset(
    (PNOperationType.PNHistoryOperation, PNOperationType.PNFetchMessagesOperation)
)

_log = logging.getLogger("pnclient")


class CallFailed(Exception):
    """A call was sent and failed. ``data``: what came instead of a result."""

    def __init__(self, exception: Exception, status: PNStatus, data: Any) -> None:
        super().__init__(str(exception))
        self.exception = exception
        self.status = status
        self.data = data


@dataclass(frozen=True, slots=True)
class Performance(Generic[R]):
    """A call that is ready to be sent: checked, encoded, signed."""

    config: PNConfiguration
    endpoint: Endpoint[R]
    call: Call
    request: Prepared
    connect_timeout: float
    request_timeout: float

    @classmethod
    def of(
        cls,
        config: PNConfiguration,
        endpoint: Endpoint[R],
        numbers: Numbers,
        tokens: Tokens | None = None,
    ) -> Performance[R]:
        """Make a call ready; ``PubNubException`` for one that can't be made.

        What its builder or its message becomes afterwards changes nothing.
        """
        endpoint._validate()  # noqa: SLF001
        call = endpoint._call()  # noqa: SLF001
        number = None
        if call.operation is PNOperationType.PNPublishOperation:
            number = numbers.get_next_sequence()
        return cls(
            config,
            endpoint,
            call,
            prepared(config, call, sequence=number, tokens=tokens),
            endpoint.connect_timeout(),
            endpoint.request_timeout(),
        )

    async def send(self, http: Http, threads: Threads) -> tuple[R, PNStatus]:
        """The result and its status. ``CallFailed`` when there is none."""
        _log.debug("%s", self.request.shown)
        try:
            reply = await http.send(
                self.request,
                connect_timeout=self.connect_timeout,
                request_timeout=self.request_timeout,
            )
            data = value_of(reply, self.request.secrets)
            parse = self.endpoint._parse  # noqa: SLF001
            if len(reply.body) > WORTH_A_THREAD and self._decrypts():
                result = await threads.run(parse, data)
            else:
                result = parse(data)
        except ConnectionFailure as error:
            failure = unanswered(error)
        except ServiceFailure as error:
            failure = error
            if error.code is not None and error.code < 300:
                failure.data = self.endpoint._told(error.data)  # noqa: SLF001
        else:
            status = status_of(
                self.config,
                self.call,
                PNStatusCategory.PNAcknowledgmentCategory,
                request=self.request,
                code=reply.code,
                data=self.endpoint._told(data),  # noqa: SLF001
            )
            return result, status
        status = failure_status(self.config, self.call, failure, request=self.request)
        raise CallFailed(failure.exception, status, failure.data)

    def _decrypts(self) -> bool:
        return self.call.operation in _OF_MESSAGES and cipher_for(self.config) is not None


class Numbers:
    """The numbers of a client's publications: from 1 to ``max_sequence``, and again."""

    def __init__(self, max_sequence: int) -> None:
        self.max_sequence = max_sequence
        self.next_sequence = 0

    def get_next_sequence(self) -> int:
        """The next number."""
        self.next_sequence = self.next_sequence % self.max_sequence + 1
        return self.next_sequence
