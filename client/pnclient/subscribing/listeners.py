"""The program's listeners, and how they are told of events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from pnclient.callbacks import SubscribeCallback

LOG: Final = logging.getLogger("pnclient")


class Listeners:
    """The listeners of one client.

    ``run``: runs what a method that is a coroutine function returns. An exception that a listener
    raises is logged, and keeps nobody else from being told. Coroutines are begun in order, and run
    side by side.
    """

    def __init__(self, client: Any, run: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._client = client
        self._run = run
        self._listeners: list[SubscribeCallback] = []

    def add(self, listener: SubscribeCallback) -> None:
        """Tell ``listener`` too. ``TypeError`` if it is none."""
        self._listeners.append(_checked(listener))

    def remove(self, listener: SubscribeCallback) -> None:
        """Tell ``listener`` no more. ``ValueError`` if it was never added."""
        if _checked(listener) not in self._listeners:
            raise ValueError("remove_listener: this listener was not added, or removed before")
        self._listeners.remove(listener)

    def tell(self, callback: str, value: Any) -> None:
        """Call the method with that name of each listener, with the client and ``value``."""
        # One may add and remove others.
        for listener in tuple(self._listeners):
            try:
                returned = getattr(listener, callback)(self._client, value)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  (it is logged)
                # Asked for its result, a cancelled future raises the latter: nobody cancels the caller.
                _log(callback, error)
                continue
            if returned is None:
                continue
            if asyncio.iscoroutine(returned):
                self._run(_finished(callback, returned))
            elif asyncio.isfuture(returned):
                # Of `tornado.gen.coroutine`, whose errors nobody else would ask for.
                returned.add_done_callback(partial(_told, callback))


async def _finished(callback: str, work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001  (it is logged)
        _log(callback, error)


def _told(callback: str, future: asyncio.Future[Any]) -> None:
    error = None if future.cancelled() else future.exception()
    if error is not None:
        _log(callback, error)


def _log(callback: str, error: BaseException) -> None:
    LOG.error("the method %s of a listener raised an exception", callback, exc_info=error)


def _checked(listener: SubscribeCallback) -> SubscribeCallback:
    given: object = listener
    if not isinstance(given, SubscribeCallback):
        raise TypeError(f"a listener is a SubscribeCallback, not {type(given).__name__}")
    return listener
