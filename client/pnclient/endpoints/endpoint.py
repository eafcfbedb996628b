"""What all builders have in common: checks before anything is sent, and the ways to end a call."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, Protocol, Self, TypeVar

from pnclient import errors
from pnclient.accepted import MAX_SECONDS
from pnclient.access.subjects import NOTHING, Subjects
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.transport import Call, Reply, ServiceFailure, value_of

if TYPE_CHECKING:
    from pnclient.envelopes import PubNubTornadoException, TornadoEnvelope
    from pnclient.pnconfiguration import PNConfiguration

R = TypeVar("R")


class Cancellation(Protocol):
    """An event of Tornado or of asyncio. Once it is set, the call's future never resolves."""

    def is_set(self) -> bool: ...


class Client(Protocol):
    """What a builder needs of the client that made it."""

    @property
    def config(self) -> PNConfiguration: ...

    @property
    def uuid(self) -> str: ...

    def request_result(self, endpoint: Endpoint[R]) -> asyncio.Future[R]: ...

    def request_future(
        self, endpoint: Endpoint[R]
    ) -> asyncio.Future[TornadoEnvelope[R] | PubNubTornadoException]: ...


class Endpoint(ABC, Generic[R]):
    """A call that is being put together. Each setter gives the builder back.

    A subclass names its ``OPERATION`` and says what is checked (``_validate``), what is sent
    (``_call``) and what the answer means (``_result``).
    """

    OPERATION: ClassVar[PNOperationType]

    def __init__(self, pubnub: Client) -> None:
        self.pubnub = pubnub
        self._timeout: float | None = None
        self._cancellation_event: Cancellation | None = None

    def timeout(self, seconds: float) -> Self:
        """How long this call waits for its answer, instead of the configuration's time."""
        number: object = seconds
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        if not is_number or not 0 < seconds <= MAX_SECONDS:
            raise ValueError(
                f"timeout: a number of seconds above 0 and at most {MAX_SECONDS}, not {seconds!r}"
            )
        self._timeout = seconds
        return self

    def cancellation_event(self, event: Cancellation | None) -> Self:
        """An event that lets the answer be ignored; the future never resolves then."""
        if event is not None and not callable(getattr(event, "is_set", None)):
            raise TypeError(f"cancellation_event: an event is expected, not {event!r}")
        self._cancellation_event = event
        return self

    def request_timeout(self) -> float:
        """Seconds until this call is given up."""
        if self._timeout is not None:
            return self._timeout
        return self.pubnub.config.non_subscribe_request_timeout

    def connect_timeout(self) -> float:
        """Seconds until its connection is given up."""
        return self.pubnub.config.connect_timeout

    def result(self) -> asyncio.Future[R]:
        """The typed result; what failed is raised as ``PubNubException``."""
        return self.pubnub.request_result(self)

    def future(self) -> asyncio.Future[TornadoEnvelope[R] | PubNubTornadoException]:
        """The result with its status; what failed at the service or on the way is returned, not raised.

        What fails before anything is sent is raised all the same, as ``PubNubException``.
        """
        return self.pubnub.request_future(self)

    def __await__(self) -> Generator[Any, None, R]:
        return self.result().__await__()

    def sync(self) -> NoReturn:
        raise NotImplementedError("this client does not block: await .result() or .future()")

    def pn_async(self, callback: object = None) -> NoReturn:  # noqa: ARG002 - as of old
        raise TypeError("this client has no callbacks for calls: await .result() or .future()")

    def deferred(self) -> NoReturn:
        raise TypeError("this client has no deferreds: await .result() or .future()")

    def operation_type(self) -> PNOperationType:
        """What the call is for."""
        return self.OPERATION

    @abstractmethod
    def _validate(self) -> None:
        """Raise ``PubNubException`` if the call can't be made. Nothing is sent then."""

    @abstractmethod
    def _call(self) -> Call:
        """The request. Called once for each sending, after ``_validate``."""

    @abstractmethod
    def _result(self, data: Any) -> R:
        """The result in the answer's JSON. May raise what reading a wrong shape raises."""

    def _subjects(self) -> Subjects:
        """What the call needs a right to."""
        return NOTHING

    def _read(self, reply: Reply, secrets: frozenset[str]) -> Any:
        """What the answer brings; ``ServiceFailure`` where that is no success. ``secrets``: see ``value_of``."""
        return value_of(reply, secrets)

    def _told(self, data: Any) -> Any:
        """What statuses have of an answer that came without an error."""
        return data

    def _parse(self, data: Any) -> R:
        """The result in the answer's JSON; ``ServiceFailure`` where its shape is wrong."""
        try:
            return self._result(data)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ServiceFailure(
                PNStatusCategory.PNMalformedResponseCategory,
                PubNubException(
                    pn_error=errors.PNERR_UNKNOWN_ERROR,
                    errormsg="the answer has a shape that this operation does not have",
                    status_code=200,
                ),
                self._told(data),
            ) from error

    def _require_subscribe_key(self) -> None:
        if not self.pubnub.config.subscribe_key:
            raise PubNubException(pn_error=errors.PNERR_SUBSCRIBE_KEY_MISSING)

    def _require_secret_key(self) -> None:
        if not self.pubnub.config.secret_key:
            raise PubNubException(pn_error=errors.PNERR_SECRET_KEY_MISSING)

    def _require_publish_key(self) -> None:
        if not self.pubnub.config.publish_key:
            raise PubNubException(pn_error=errors.PNERR_PUBLISH_KEY_MISSING)
