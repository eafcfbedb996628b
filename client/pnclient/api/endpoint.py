"""The base of all calls: their subjects, the checks before sending, and the ways to end them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from copy import copy
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    NoReturn,
    ParamSpec,
    Protocol,
    Self,
    TypeVar,
)

from pnclient import errors
from pnclient.access.subjects import NOTHING, Subjects
from pnclient.api.arguments import Names, encode_moment, names_of
from pnclient.enums import PNOperationType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.status import PNStatus, PubNubTornadoException, TornadoEnvelope
from pnclient.threads import Threads
from pnclient.transport import Call, Prepared, Reply, ServiceFailure, Taker, value_of
from pnclient.validators import MAX_SECONDS

if TYPE_CHECKING:
    from pnclient.pnconfiguration import PNConfiguration

R = TypeVar("R")

P = ParamSpec("P")
T = TypeVar("T")


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
            raise TypeError(f"cancellation_event: expected an event, got {event!r}")
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
        """Return the result with its status; failures of the service are returned, not raised.

        What fails before anything is sent is raised all the same, as ``PubNubException``.
        """
        return self.pubnub.request_future(self)

    def __await__(self) -> Generator[Any, None, R]:
        return self.result().__await__()

    def sync(self) -> NoReturn:
        raise NotImplementedError("this client does not block: await .result() or .future()")

    def pn_async(self, callback: object = None) -> NoReturn:  # noqa: ARG002 - as in 4.8.1
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
        """What the answer brings; ``ServiceFailure`` where that is no success.

        ``secrets``: see ``value_of``.
        """
        return value_of(reply, secrets)

    def _status_data(self, data: Any) -> Any:
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
                self._status_data(data),
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


class OfChannel(Endpoint[R]):
    """An operation on one channel."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channel = ""

    def channel(self, channel: str) -> Self:
        """The channel's name; another single value is named by its ``str()``."""
        given: object = channel
        if isinstance(given, Iterable) and not isinstance(given, str):
            raise TypeError(f"channel: expected one name, got {given!r}")
        self._channel = "" if given is None else str(given)
        return self

    def _subjects(self) -> Subjects:
        return Subjects(channels=(self._channel,))

    def _require_channel(self) -> None:
        if not self._channel:
            raise PubNubException(pn_error=errors.PNERR_CHANNEL_MISSING)


class OfTime(Endpoint[R]):
    """An operation on what happened in a time, which the class says the direction of."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._start: str | None = None
        self._end: str | None = None

    def start(self, start: int | str | None) -> Self:
        """The timetoken where the time begins. What has it is not in the time."""
        self._start = encode_moment(start, "start")
        return self

    def end(self, end: int | str | None) -> Self:
        """The timetoken where the time ends. What has it is in the time."""
        self._end = encode_moment(end, "end")
        return self

    def _of_time(self) -> dict[str, str | tuple[str, ...]]:
        """The time's limits as parameters, as far as they are set."""
        limits = {"start": self._start, "end": self._end}
        return {name: limit for name, limit in limits.items() if limit is not None}


class OfChannels(Endpoint[R]):
    """An operation on channels and groups of channels."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channels: list[str] = []
        self._groups: list[str] = []

    def channels(self, channels: Names) -> Self:
        """Add channels: a text with commas between them, or a list."""
        self._channels.extend(names_of(channels, "channels"))
        return self

    def channel_groups(self, channel_groups: Names) -> Self:
        """Add groups: a text with commas between them, or a list."""
        self._groups.extend(names_of(channel_groups, "channel_groups"))
        return self

    def _subjects(self) -> Subjects:
        return Subjects(tuple(self._channels), tuple(self._groups))

    def _require_channels_or_groups(self) -> None:
        if not self._channels and not self._groups:
            raise PubNubException(pn_error=errors.PNERR_CHANNEL_OR_GROUP_MISSING)

    def _of_groups(self) -> dict[str, str | tuple[str, ...]]:
        """The groups as a parameter, if there are any."""
        return {"channel-group": tuple(self._groups)} if self._groups else {}


class OfUser(Endpoint[R]):
    """An operation on a user; unset, the client's own."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._uuid: str | None = pubnub.uuid

    def uuid(self, uuid: str) -> Self:
        """The user's uuid."""
        self._uuid = uuid
        return self

    def _subjects(self) -> Subjects:
        return Subjects(uuids=(self._uuid or "",))

    def _require_user(self) -> None:
        given: object = self._uuid
        if not isinstance(given, str) or not given:
            raise PubNubException(pn_error=errors.PNERR_UUID_MISSING)


class CallFailed(Exception):
    """A call was sent and failed. ``data``: what came instead of a result."""

    def __init__(self, exception: Exception, status: PNStatus, data: Any) -> None:
        super().__init__(str(exception))
        self.exception = exception
        self.status = status
        self.data = data


class Steps(Protocol):
    """What an operation does one after the other."""

    @property
    def threads(self) -> Threads: ...

    async def call(self, endpoint: Endpoint[T]) -> T:
        """The result of another operation. ``CallFailed`` when there is none."""
        ...

    async def send(self, request: Prepared, seconds: float, *, into: Taker | None = None) -> Reply:
        """Return the reply to a request that is not an operation.

        The body of a reply with the code 200 is written ``into`` the taker, if there is one.
        """
        ...

    async def work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What blocks, or takes long, in a thread."""
        ...


class MultiStepEndpoint(Endpoint[R]):
    """An operation of several requests: a subclass does them in ``_perform``."""

    @abstractmethod
    async def _perform(self, steps: Steps) -> R:
        """The result. What it raises before anything is sent is raised to the caller."""

    def _copy(self) -> Self:
        """As it is now, whatever its builder becomes."""
        return copy(self)

    def _call(self) -> Call:
        """The operation that statuses name; nothing is sent for it."""
        return Call(operation=self.OPERATION, path=())

    def _result(self, data: Any) -> NoReturn:
        raise NotImplementedError("an operation of several requests has no answer of its own")
