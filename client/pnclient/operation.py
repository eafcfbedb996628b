"""A call from its builder to its typed result, without Tornado."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, ParamSpec, TypeVar

from pnclient.access.subjects import Tokens
from pnclient.api.endpoint import CallFailed, Endpoint, MultiStepEndpoint
from pnclient.encryption.aes import DecryptionError
from pnclient.encryption.ciphers import WORTH_A_THREAD, cipher_for
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.transport import (
    Call,
    ConnectionFailure,
    Prepared,
    Reply,
    ServiceFailure,
    Taker,
    failure_of,
    failure_status,
    prepare_request,
    status_of,
)

if TYPE_CHECKING:
    from pnclient.http.client import Http
    from pnclient.pnconfiguration import PNConfiguration
    from pnclient.status import PNStatus
    from pnclient.threads import Threads

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

#: Whose answers hold messages.
_OF_MESSAGES: Final = frozenset(
    (PNOperationType.PNHistoryOperation, PNOperationType.PNFetchMessagesOperation)
)

_log = logging.getLogger("pnclient")


@dataclass(frozen=True, slots=True)
class Operation(Generic[R]):
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
        numbers: SequenceNumbers,
        tokens: Tokens | None = None,
    ) -> Operation[R]:
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
            prepare_request(config, call, sequence=number, tokens=tokens),
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
            data = self.endpoint._read(reply, self.request.secrets)  # noqa: SLF001
            parse = self.endpoint._parse  # noqa: SLF001
            if len(reply.body) > WORTH_A_THREAD and self._decrypts():
                result = await threads.run(parse, data)
            else:
                result = parse(data)
        except ConnectionFailure as error:
            failure = failure_of(error)
        except ServiceFailure as error:
            failure = error
            if error.code is not None and error.code < 300:
                failure.data = self.endpoint._status_data(error.data)  # noqa: SLF001
        else:
            status = status_of(
                self.config,
                self.call,
                PNStatusCategory.PNAcknowledgmentCategory,
                request=self.request,
                code=reply.code,
                data=self.endpoint._status_data(data),  # noqa: SLF001
            )
            return result, status
        status = failure_status(self.config, self.call, failure, request=self.request)
        raise CallFailed(failure.exception, status, failure.data)

    def _decrypts(self) -> bool:
        return self.call.operation in _OF_MESSAGES and cipher_for(self.config) is not None


class _Steps:
    """What an operation of several requests does."""

    def __init__(
        self,
        config: PNConfiguration,
        numbers: SequenceNumbers,
        tokens: Tokens | None,
        http: Http,
        threads: Threads,
    ) -> None:
        self._config = config
        self._numbers = numbers
        self._tokens = tokens
        self._http = http
        self.threads = threads
        self.has_sent = False

    async def call(self, endpoint: Endpoint[T]) -> T:
        operation = Operation.of(self._config, endpoint, self._numbers, self._tokens)
        self.has_sent = True
        result, _ = await operation.send(self._http, self.threads)
        return result

    async def send(self, request: Prepared, seconds: float, *, into: Taker | None = None) -> Reply:
        _log.debug("%s", request.shown)
        self.has_sent = True
        return await self._http.send(
            request,
            connect_timeout=self._config.connect_timeout,
            request_timeout=seconds,
            into=into,
        )

    async def work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.threads.run(function, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class MultiStepOperation(Generic[R]):
    """An operation of several requests that is ready: checked."""

    config: PNConfiguration
    endpoint: MultiStepEndpoint[R]
    numbers: SequenceNumbers
    tokens: Tokens | None

    async def send(self, http: Http, threads: Threads) -> tuple[R, PNStatus]:
        """The result and its status. ``CallFailed`` when something was sent without a result."""
        steps = _Steps(self.config, self.numbers, self.tokens, http, threads)
        call = self.endpoint._call()  # noqa: SLF001
        try:
            result = await self.endpoint._perform(steps)  # noqa: SLF001
        except ConnectionFailure as error:
            failure = failure_of(error)
        except ServiceFailure as error:
            failure = error
        except PubNubException as error:
            if not steps.has_sent:
                raise
            failure = ServiceFailure(_category_of(error), error)
        else:
            return result, status_of(
                self.config, call, PNStatusCategory.PNAcknowledgmentCategory, code=200
            )
        status = failure_status(self.config, call, failure)
        raise CallFailed(failure.exception, status, failure.data)


def _category_of(error: PubNubException) -> PNStatusCategory:
    if isinstance(error, DecryptionError):
        return PNStatusCategory.PNDecryptionErrorCategory
    return PNStatusCategory.PNInternalExceptionCategory


def prepare_operation(
    config: PNConfiguration,
    endpoint: Endpoint[R],
    numbers: SequenceNumbers,
    tokens: Tokens | None = None,
) -> Operation[R] | MultiStepOperation[R]:
    """Make a call ready; ``PubNubException`` for one that can't be made.

    What its builder or its message becomes afterwards changes nothing.
    """
    if not isinstance(endpoint, MultiStepEndpoint):
        return Operation.of(config, endpoint, numbers, tokens)
    endpoint._validate()  # noqa: SLF001
    return MultiStepOperation(config, endpoint._copy(), numbers, tokens)  # noqa: SLF001


class SequenceNumbers:
    """The numbers of a client's publications: from 1 to ``max_sequence``, and again."""

    def __init__(self, max_sequence: int) -> None:
        self.max_sequence = max_sequence
        self.next_sequence = 0

    def get_next_sequence(self) -> int:
        """The next number."""
        self.next_sequence = self.next_sequence % self.max_sequence + 1
        return self.next_sequence
