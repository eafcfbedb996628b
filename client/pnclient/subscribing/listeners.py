"""The program's listeners, and how they are told of events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from pnclient.callbacks import SubscribeCallback

LOG: Final = logging.getLogger("pnclient")


class Listeners:
    """The listeners of one client.

    ``run``: runs what a method that is a coroutine function returns. An exception that a listener
    raises is logged, and keeps nobody else from being told.
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
            except Exception:
                LOG.exception("the method %s of a listener raised an exception", callback)
                continue
            if asyncio.iscoroutine(returned):
                self._run(_finished(callback, returned))


async def _finished(callback: str, work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception:
        LOG.exception("the method %s of a listener raised an exception", callback)


def _checked(listener: SubscribeCallback) -> SubscribeCallback:
    given: object = listener
    if not isinstance(given, SubscribeCallback):
        raise TypeError(f"a listener is a SubscribeCallback, not {type(given).__name__}")
    return listener
