"""The client for Tornado and asyncio, which share one event loop."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tornado import locks
from tornado.ioloop import IOLoop

from pnclient.http import MAX_CONNECTIONS, Http
from pnclient.performing import CallFailed, Performance, Tasks
from pnclient.pubnub_core import PubNubCore
from pnclient.threads import Threads

if TYPE_CHECKING:
    from pnclient.endpoints.endpoint import Cancellation, Endpoint
    from pnclient.models.consumer.common import PNStatus
    from pnclient.pnconfiguration import PNConfiguration

R = TypeVar("R")
#: What a call ends in.
E = TypeVar("E")


class TornadoEnvelope(Generic[R]):
    """What ``.future()`` gives for a call that succeeded."""

    def __init__(self, result: R, status: PNStatus) -> None:
        self.result = result
        self.status = status

    @staticmethod
    def is_error() -> bool:
        return False


class PubNubTornadoException(Exception):
    """What ``.future()`` gives for a call that failed: returned, not raised.

    ``result`` is what came instead of a result; ``value()`` the exception that ``.result()`` raises.
    """

    def __init__(self, result: Any, status: PNStatus) -> None:
        super().__init__(result, status)
        self.result = result
        self.status = status

    def __str__(self) -> str:
        return str(self.value())

    # The exception's own would show what the service answered.
    def __repr__(self) -> str:
        return f"PubNubTornadoException({str(self)!r}, {self.status!r})"

    @staticmethod
    def is_error() -> bool:
        return True

    def value(self) -> Exception | None:
        """What ``.result()`` raises."""
        return self.status.error_data.exception if self.status.error_data else None


class PubNubTornado(PubNubCore):
    """A client.

    It can be made before there is an event loop, and starts nothing then. Its first call, or ``start``,
    binds it: to ``custom_ioloop``, else to the loop that runs, else to the thread's own. A client that
    is stopped, or whose loop was closed, is bound anew by its next call.
    """

    MAX_CLIENTS = MAX_CONNECTIONS

    def __init__(self, config: PNConfiguration, custom_ioloop: IOLoop | None = None) -> None:
        super().__init__(config)
        self._custom_ioloop = custom_ioloop
        self._bound: _Bound | None = None
        self._ending: asyncio.Task[None] | None = None

    def sdk_platform(self) -> str:
        """What the SDKs for other frameworks have another word for."""
        return "-Tornado"

    @property
    def ioloop(self) -> IOLoop:
        """The loop that the client is bound to, or would be now."""
        return self._custom_ioloop or _current_ioloop()

    @property
    def http(self) -> Http:
        """The connections of all calls but the long poll."""
        return self._binding().calls

    def start(self) -> None:
        """Run the loop until ``stop``."""
        bound = self._binding()
        if bound.loop.is_running():
            raise RuntimeError("start() runs the event loop, but it runs already: leave it out")
        bound.is_started = True
        try:
            bound.loop.run_forever()
        finally:
            bound.is_started = False

    def stop(self) -> Stopping:
        """End every task, timer and connection of the client, and let ``start`` return.

        May be awaited, called again, and called when no loop runs.
        """
        bound = self._bound
        if bound is None or bound.loop.is_closed():
            self._bound = None
            return Stopping(self._ending)
        if not bound.loop.is_running():
            _require_none_running()
            self._bound = None
            bound.loop.run_until_complete(bound.end())
            return Stopping(None)
        self._bound = None
        self._ending = bound.loop.create_task(bound.end())
        if bound.is_started:
            # One round later, so that whoever awaits the end is told.
            self._ending.add_done_callback(lambda _: bound.loop.call_soon(bound.loop.stop))
        return Stopping(self._ending)

    async def __aenter__(self) -> Self:
        self._binding()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def timeout(
        self, delay: float, callback: Callable[..., object] | None, *args: Any
    ) -> Callable[[], None]:
        """Call ``callback`` after ``delay`` seconds, unless the client is stopped; what is returned ends that."""
        bound = self._binding()

        async def wait() -> None:
            await asyncio.sleep(float(delay))
            if callback is not None:
                callback(*args)

        task = bound.tasks.start(wait())

        def cancel() -> None:
            task.cancel()

        return cancel

    def request_result(self, endpoint: Endpoint[R]) -> asyncio.Future[R]:
        async def result(performance: Performance[R], bound: _Bound) -> R:
            try:
                return (await performance.send(bound.calls, bound.threads))[0]
            except CallFailed as failed:
                exception = failed.exception
            raise exception

        return self._performed(endpoint, result)

    def request_future(
        self, endpoint: Endpoint[R]
    ) -> asyncio.Future[TornadoEnvelope[R] | PubNubTornadoException]:
        async def envelope(
            performance: Performance[R], bound: _Bound
        ) -> TornadoEnvelope[R] | PubNubTornadoException:
            try:
                return TornadoEnvelope(*await performance.send(bound.calls, bound.threads))
            except CallFailed as failed:
                return PubNubTornadoException(failed.data, failed.status)

        return self._performed(endpoint, envelope)

    def _performed(
        self,
        endpoint: Endpoint[R],
        ending: Callable[[Performance[R], _Bound], Coroutine[Any, Any, E]],
    ) -> asyncio.Future[E]:
        bound = self._binding()
        try:
            performance = Performance.of(self.config, endpoint, self._publish_sequence_manager)
        except Exception as error:  # noqa: BLE001  (whoever awaits gets it)
            failed: asyncio.Future[E] = bound.loop.create_future()
            failed.set_exception(error)
            return failed
        task = bound.tasks.start(ending(performance, bound))
        event = endpoint._cancellation_event  # noqa: SLF001
        return task if event is None else _unless(event, task, bound)

    def _binding(self) -> _Bound:
        """What the client is bound to; binds it first if need be."""
        ioloop = self._custom_ioloop or _current_ioloop()
        bound = self._bound
        if bound is None or bound.loop.is_closed():
            bound = self._bound = _Bound(self.config, ioloop)
        elif bound.loop is not _asyncio_loop(ioloop):
            raise RuntimeError("the client is bound to another event loop: stop() it first")
        return bound


class Stopping(Awaitable[None]):
    """What ``stop`` returns. Awaited, it is there when all has ended; if it isn't, all ends too."""

    def __init__(self, task: asyncio.Task[None] | None) -> None:
        self._task = task

    def __await__(self) -> Generator[Any, None, None]:
        if self._task is not None:
            # Whoever gives up waiting does not keep the client from ending.
            yield from asyncio.shield(self._task).__await__()


class _Bound:
    """What a client has once it has a loop."""

    def __init__(self, config: PNConfiguration, ioloop: IOLoop) -> None:
        self.loop = _asyncio_loop(ioloop)
        self.tasks = Tasks(self.loop)
        self.threads = Threads(daemon=config.daemon)
        self.calls, self.polls = (
            Http(ca_certs=config.ca_certs, ssl_context=config.ssl_context, threads=self.threads)
            for _ in range(2)
        )
        #: Whether the client's ``start`` runs the loop.
        self.is_started = False

    async def end(self) -> None:
        """End every task and connection."""
        await self.tasks.end()
        await self.calls.close()
        await self.polls.close()


def _current_ioloop() -> IOLoop:
    """The loop that runs, or else the thread's own, which is made if there is none."""
    with warnings.catch_warnings():
        # Making it is the point where no loop runs.
        warnings.simplefilter("ignore", DeprecationWarning)
        return IOLoop.current()


def _asyncio_loop(ioloop: IOLoop) -> asyncio.AbstractEventLoop:
    loop = getattr(ioloop, "asyncio_loop", None)
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise TypeError(f"custom_ioloop: a tornado.ioloop.IOLoop is expected, not {ioloop!r}")
    return loop


def _require_none_running() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("the client is bound to another event loop: stop() it where that runs")


def _unless(event: Cancellation, task: asyncio.Task[E], bound: _Bound) -> asyncio.Future[E]:
    """A future of the task's outcome, which never resolves once ``event`` is set; its request ends."""
    outcome: asyncio.Future[E] = bound.loop.create_future()
    bound.tasks.include(outcome)
    waiting: asyncio.Future[Any] | None = None
    if isinstance(event, asyncio.Event | locks.Event):
        waiting = asyncio.ensure_future(event.wait(), loop=bound.loop)
        bound.tasks.include(waiting)
        waiting.add_done_callback(lambda waited: waited.cancelled() or task.cancel())

    def tell(task: asyncio.Task[E]) -> None:
        if waiting is not None:
            waiting.cancel()
        error = None if task.cancelled() else task.exception()
        if event.is_set() or outcome.done():
            return
        if task.cancelled():
            outcome.cancel()
        elif error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(task.result())

    task.add_done_callback(tell)
    outcome.add_done_callback(lambda told: told.cancelled() and task.cancel())
    return outcome
