"""The client for Tornado and asyncio, which share one event loop."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

try:
    from tornado import locks, queues
    from tornado.ioloop import IOLoop
except ImportError:
    raise ImportError("the client needs Tornado: pip install 'pnfilter[client]'") from None

from pnclient import utils
from pnclient.api.endpoint import CallFailed
from pnclient.callbacks import SubscribeCallback
from pnclient.http.client import MAX_CONNECTIONS, Http
from pnclient.operation import MultiStepOperation, Operation, prepare_operation
from pnclient.pubnub_core import PubNubCore
from pnclient.runtime import Runtime, Stopping, is_running_here
from pnclient.status import PubNubTornadoException, TornadoEnvelope

if TYPE_CHECKING:
    from pnclient.api.endpoint import Endpoint
    from pnclient.api.subscribe import PNMessageResult, PNPresenceEventResult
    from pnclient.pnconfiguration import PNConfiguration
    from pnclient.status import PNStatus

__all__ = [
    "PubNubTornado",
    "PubNubTornadoException",
    "SubscribeListener",
    "TornadoEnvelope",
]

R = TypeVar("R")
#: What a call ends in.
E = TypeVar("E")
T = TypeVar("T")
#: A call that only has to be sent.
Ready = Operation[R] | MultiStepOperation[R]
Item = TypeVar("Item", "PNMessageResult", "PNPresenceEventResult")

_log = logging.getLogger("pnclient")


#: Events that a ``SubscribeListener`` keeps for those who wait; further ones push out the oldest.
MAX_WAITING = 10_000


class SubscribeListener(SubscribeCallback):
    """A listener that is waited for. Its queues and events are Tornado's.

    An error status is raised by the wait that is there, or else by the next one. What waits for
    some channels passes over what comes on others.
    """

    def __init__(self) -> None:
        self.connected = False
        self.connected_event = locks.Event()
        self.disconnected_event = locks.Event()
        self.presence_queue: queues.Queue[PNPresenceEventResult] = queues.Queue(MAX_WAITING)
        self.message_queue: queues.Queue[PNMessageResult] = queues.Queue(MAX_WAITING)
        self.error_queue: queues.Queue[Exception] = queues.Queue(MAX_WAITING)
        self._news = locks.Condition()

    def status(self, pubnub: Any, status: PNStatus) -> None:  # noqa: ARG002
        if utils.is_subscribed_event(status):
            self.connected = True
            self.connected_event.set()
            self._news.notify_all()
        elif utils.is_unsubscribed_event(status):
            self.connected = False
            self.disconnected_event.set()
            self._news.notify_all()
        elif status.is_error() and status.error_data is not None:
            self._put(self.error_queue, status.error_data.exception)

    def message(self, pubnub: Any, message: PNMessageResult) -> None:  # noqa: ARG002
        self._put(self.message_queue, message)

    def presence(self, pubnub: Any, presence: PNPresenceEventResult) -> None:  # noqa: ARG002
        self._put(self.presence_queue, presence)

    def wait_for_connect(self) -> asyncio.Future[None]:
        """Done when the subscription is there; an ``Exception`` if it is there already."""
        return _future(self._wait_for_event(self.connected_event, "connected"))

    def wait_for_disconnect(self) -> asyncio.Future[None]:
        """Done when channels were unsubscribed from; an ``Exception`` if they were already."""
        return _future(self._wait_for_event(self.disconnected_event, "disconnected"))

    def wait_for_message_on(self, *channel_names: str) -> asyncio.Future[PNMessageResult]:
        """The next message on one of the channels."""
        return _future(self._wait_for_item(self.message_queue, channel_names))

    def wait_for_presence_on(self, *channel_names: str) -> asyncio.Future[PNPresenceEventResult]:
        """The next presence event on one of the channels."""
        return _future(self._wait_for_item(self.presence_queue, channel_names))

    async def _wait_for_event(self, event: locks.Event, what: str) -> None:
        if event.is_set():
            raise Exception(f"instance is already {what}")  # noqa: TRY002  (as in 4.8.1)

        def happened() -> None:
            if not event.is_set():
                raise queues.QueueEmpty

        await self._first(happened)

    async def _wait_for_item(self, queue: queues.Queue[Item], channel_names: Sequence[str]) -> Item:
        while True:
            item = await self._first(queue.get_nowait)
            queue.task_done()
            if item.channel in channel_names:
                return item

    async def _first(self, take: Callable[[], E]) -> E:
        """Return the result of ``take`` once it doesn't raise ``QueueEmpty``.

        Errors are raised meanwhile.
        """
        while True:
            with suppress(queues.QueueEmpty):
                return take()
            with suppress(queues.QueueEmpty):
                raise self.error_queue.get_nowait()
            await self._news.wait()

    def _put(self, queue: queues.Queue[T], item: T) -> None:
        if queue.full():
            _log.warning("a SubscribeListener drops the oldest of what no call waits for")
            queue.get_nowait()
        queue.put_nowait(item)
        self._news.notify_all()


class PubNubTornado(PubNubCore):
    """A client.

    It can be made before there is an event loop, and starts nothing then. Its first call, or
    ``start``, binds it: to ``custom_ioloop``, else to the loop that runs, else to the thread's own.
    A client that is stopped, or whose loop was closed, is bound again by its next call.
    """

    MAX_CLIENTS = MAX_CONNECTIONS

    def __init__(self, config: PNConfiguration, custom_ioloop: IOLoop | None = None) -> None:
        super().__init__(config)
        if custom_ioloop is not None:
            _asyncio_loop(custom_ioloop)
        self._custom_ioloop = custom_ioloop
        self._runtime: Runtime | None = None
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
        return self._bind_runtime().calls

    def start(self) -> None:
        """Run the loop until ``stop``."""
        runtime = self._bind_runtime()
        if runtime.loop.is_running():
            raise RuntimeError("start() runs the event loop, but it runs already: leave it out")
        runtime.is_started = True
        try:
            runtime.loop.run_forever()
        finally:
            runtime.is_started = False

    def stop(self) -> Stopping:
        """End every task, timer and connection of the client, and let ``start`` return.

        May be awaited, called again, and called when no loop runs.
        """
        runtime = self._runtime
        if runtime is None:
            # One that is done may have been cancelled with its loop, which ended everything too.
            is_ending = self._ending is not None and not self._ending.done()
            return Stopping(self._ending if is_ending else None)
        if not runtime.loop.is_running():
            if _another_runs(runtime.loop):
                raise RuntimeError("the client is bound to another event loop: stop() it there")
            self._release(runtime)
            if not runtime.loop.is_closed():
                runtime.loop.run_until_complete(runtime.end())
            return Stopping(None)
        if not is_running_here(runtime.loop):
            runtime.loop.call_soon_threadsafe(self.stop)
            return Stopping(None)
        self._release(runtime)
        self._ending = runtime.loop.create_task(runtime.end())
        # A signal's handler does not wake the loop.
        runtime.loop.call_soon_threadsafe(_nothing)
        if runtime.is_started:
            # One round later, so that tasks that await the end see it.
            self._ending.add_done_callback(lambda _: runtime.loop.call_soon(runtime.loop.stop))
        return Stopping(self._ending)

    async def __aenter__(self) -> Self:
        self._bind_runtime()
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
        """Call ``callback`` after ``delay`` seconds, unless the client is stopped.

        The function that is returned cancels the call.
        """
        runtime = self._bind_runtime()

        async def wait() -> None:
            await asyncio.sleep(float(delay))
            if callback is not None:
                callback(*args)

        task = runtime.tasks.start(wait())

        def cancel() -> None:
            task.cancel()

        return cancel

    def request_result(self, endpoint: Endpoint[R]) -> asyncio.Future[R]:
        async def result(operation: Ready[R], runtime: Runtime) -> R:
            try:
                return (await operation.send(runtime.calls, runtime.threads))[0]
            except CallFailed as failed:
                exception = failed.exception
            raise exception

        return self._perform(endpoint, result)

    def request_future(
        self, endpoint: Endpoint[R]
    ) -> asyncio.Future[TornadoEnvelope[R] | PubNubTornadoException]:
        async def envelope(
            operation: Ready[R], runtime: Runtime
        ) -> TornadoEnvelope[R] | PubNubTornadoException:
            try:
                return TornadoEnvelope(*await operation.send(runtime.calls, runtime.threads))
            except CallFailed as failed:
                return PubNubTornadoException(failed.data, failed.status)

        return self._perform(endpoint, envelope)

    def _perform(
        self,
        endpoint: Endpoint[R],
        ending: Callable[[Ready[R], Runtime], Coroutine[Any, Any, E]],
    ) -> asyncio.Future[E]:
        runtime = self._bind_runtime()
        try:
            operation = prepare_operation(
                self.config, endpoint, self._publish_sequence_manager, self._token_manager
            )
        except Exception as error:  # noqa: BLE001  (the awaiting task gets it)
            failed: asyncio.Future[E] = runtime.loop.create_future()
            failed.set_exception(error)
            return failed
        task = runtime.tasks.start(ending(operation, runtime))
        event = endpoint._cancellation_event  # noqa: SLF001
        return task if event is None else runtime.tasks.unless(event, task)

    def _bind_runtime(self) -> Runtime:
        loop = _asyncio_loop(self._custom_ioloop or _current_ioloop())
        runtime = self._runtime
        if runtime is not None and runtime.loop.is_closed():
            self._release(runtime)
            runtime = None
        if (runtime is not None and runtime.loop is not loop) or _another_runs(loop):
            raise RuntimeError("the client is bound to another event loop: stop() it there first")
        if runtime is None:
            runtime = self._runtime = Runtime(self.config, loop, self._release)
        return runtime

    def _release(self, runtime: Runtime) -> None:
        if self._runtime is runtime:
            self._runtime = None
            if self._driver is not None:
                self._driver.stop()


def _nothing() -> None:
    pass


def _current_ioloop() -> IOLoop:
    """The loop that runs, or else the thread's own, which is made if there is none."""
    with warnings.catch_warnings():
        # Making it is the point where no loop runs.
        warnings.simplefilter("ignore", DeprecationWarning)
        return IOLoop.current()


def _future(work: Coroutine[Any, Any, E]) -> asyncio.Future[E]:
    return _asyncio_loop(_current_ioloop()).create_task(work)


def _asyncio_loop(ioloop: IOLoop) -> asyncio.AbstractEventLoop:
    loop = getattr(ioloop, "asyncio_loop", None)
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise TypeError(f"custom_ioloop: expected a tornado.ioloop.IOLoop, got {ioloop!r}")
    return loop


def _another_runs(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is not loop
    except RuntimeError:
        return False
