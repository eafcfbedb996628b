"""Operations that are several requests."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from copy import copy
from typing import Any, NoReturn, ParamSpec, Protocol, Self, TypeVar

from pnclient.endpoints.endpoint import Endpoint, R
from pnclient.models.consumer.common import PNStatus
from pnclient.threads import Threads
from pnclient.transport import Call, Prepared, Reply, Taker

P = ParamSpec("P")
T = TypeVar("T")


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
        """The answer to a request that is no operation; a body that comes with 200 goes ``into`` that."""
        ...

    async def work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What blocks, or takes long, in a thread."""
        ...


class Several(Endpoint[R]):
    """An operation of several requests: a subclass does them in ``_perform``."""

    @abstractmethod
    async def _perform(self, steps: Steps) -> R:
        """The result. What it raises before anything is sent is raised to whoever made the call."""

    def _kept(self) -> Self:
        """As it is now, whatever its builder becomes."""
        return copy(self)

    def _call(self) -> Call:
        """What statuses tell of it; nothing is sent for it."""
        return Call(operation=self.OPERATION, path=())

    def _result(self, data: Any) -> NoReturn:
        raise NotImplementedError("an operation of several requests has no answer of its own")
