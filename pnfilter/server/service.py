"""The service: every keyset, and the operation that each request asks for."""

from __future__ import annotations

import logging
import time
from asyncio import Future
from collections.abc import Callable, Iterator
from typing import Final

from pnfilter.server.api.actions import ROUTES as ACTIONS
from pnfilter.server.api.groups import ROUTES as GROUPS
from pnfilter.server.api.history import ROUTES as HISTORY
from pnfilter.server.api.presence import ROUTES as PRESENCE
from pnfilter.server.api.publishing import ROUTES as PUBLISHING
from pnfilter.server.api.status import ROUTES as STATUS
from pnfilter.server.api.subscribing import ROUTES as SUBSCRIBING
from pnfilter.server.broker.filtering import Gates
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.broker.queues import Room
from pnfilter.server.broker.timetokens import Timetokens
from pnfilter.server.control.api import ControlApi
from pnfilter.server.control.control import Control
from pnfilter.server.journal import Journal
from pnfilter.server.keysets import Keyring
from pnfilter.server.settings import MAX_CHANNELS, MAX_KEYSETS, MAX_QUEUED, MAX_WAITING, Settings
from pnfilter.server.store.database import StoreFailure
from pnfilter.server.store.store import Store
from pnfilter.server.web.requests import Answer, Refusal, Request, refuse
from pnfilter.server.web.routes import Call, Route, Router

LOG: Final = logging.getLogger("pnfilter.server")
ROUTES = (*PUBLISHING, *SUBSCRIBING, *PRESENCE, *GROUPS, *HISTORY, *ACTIONS, *STATUS)

#: What browsers ask before a request that isn't a plain one.
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "600",
}
#: Seconds between two log lines of a store that fails.
_SILENT_SECONDS: Final = 10
#: What is answered where the store can't be written (assumed).
UNAVAILABLE: Final = Answer.json(
    {"message": "The store is unavailable", "error": True, "service": "Storage", "status": 503},
    503,
)


class Service:
    """Everything but the connections. It lives in one thread, whose event loop runs.

    ``clock`` gives nanoseconds since 1970 for timetokens, ``now`` seconds for what expires.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        keyring: Keyring | None = None,
        journal: Journal | None = None,
        clock: Callable[[], int] = time.time_ns,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.keyring = keyring or Keyring()
        self.journal = journal or Journal(explain=settings.explain)
        self.store = Store(settings.store, history_limit=settings.history_limit, clock=clock)
        self.timetokens = Timetokens(
            clock,
            last=self.store.mark(),
            save=self.store.save_mark if settings.store else None,
        )
        self.gates = Gates()
        self.room = Room(MAX_CHANNELS, MAX_QUEUED)
        #: When it began, in seconds since 1970.
        self.started = time.time()
        self._now = now
        self._advanced = 0.0
        #: The address that requests come to, where it is known.
        self.address = "127.0.0.1"
        self.control = Control(self, {route.operation for route in ROUTES})
        self._control_api = ControlApi(self.control)
        self._silent_until = now()
        self._keysets: dict[str, Keyset] = {}
        self._router = Router(ROUTES)

    def now(self) -> float:
        """Seconds that only go on: what expires is measured by them."""
        return self._now() + self._advanced

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once for what expires; ``ValueError`` for a number below 0."""
        if not seconds >= 0:
            raise ValueError(f"time goes on by 0 seconds or more, not by {seconds!r}")
        self._advanced += seconds
        self.expire()

    def handle(self, request: Request) -> Answer | Future[Answer]:
        """The answer to a request, or a future of it; cancel that when the client goes away."""
        try:
            if self._control_api.owns(request):
                request.operation = "control"
                return self._control_api.handle(request, self.address)
            if request.method == "OPTIONS":
                request.operation = "options"
                return Answer(200, headers=_PREFLIGHT)
            return self._handle(request)
        except Refusal as refusal:
            return refusal.answer
        except StoreFailure as failure:
            self._report(failure)
            return UNAVAILABLE

    def _handle(self, request: Request) -> Answer | Future[Answer]:
        route = self._router.find(request)
        if not isinstance(route, Route):
            if not route:
                refuse(404, "Not Found", "Balancer")
            body = {"message": "Method Not Allowed", "error": True, "status": 405}
            return Answer.json(body, 405, Allow=", ".join(route))
        # What belongs to no keyset, such as the time, finds nothing in the one without a name.
        keyset = self.keyset(request.name("sub") if "sub" in request.parts else "")
        call = Call(self, keyset, request)
        if self.control.faults:
            return self.control.disturbances.handle(route.handler, call)
        return route.handler(call)

    def keyset(self, key: str) -> Keyset:
        """The keyset of a subscribe key. ``Refusal`` for a key that is not served."""
        keyset = self._keysets.get(key)
        if keyset is None:
            if (key and not self.keyring.serves(key)) or len(self._keysets) >= MAX_KEYSETS:
                refuse(400, "Invalid Subscribe Key", "Access Manager")
            keyset = self._keysets[key] = Keyset(
                key,
                settings=self.settings,
                timetokens=self.timetokens,
                gates=self.gates,
                room=self.room,
                store=self.store,
                journal=self.journal,
                now=self.now,
            )
            keyset.passes = self.control.faults.passes
        return keyset

    def keysets(self) -> Iterator[Keyset]:
        """The keysets that were used so far."""
        return iter(self._keysets.values())

    @property
    def waiting(self) -> int:
        """Subscribe requests that wait, over all keysets."""
        return sum(len(keyset.waiting) for keyset in self._keysets.values())

    def check_room(self) -> None:
        """``Refusal`` where too many subscribe requests wait already."""
        if self.waiting >= MAX_WAITING:
            refuse(503, "Too many subscribers", "PubSub")

    def expire(self) -> None:
        """Do what is due: absent users leave, and what was stored for a time goes."""
        try:
            for keyset in self._keysets.values():
                keyset.presence.expire()
            self.store.expire()
        except StoreFailure as failure:
            self._report(failure)

    def _report(self, failure: StoreFailure) -> None:
        """Log that the store fails, but not for each of many requests in a row."""
        if self.now() >= self._silent_until:
            LOG.error("The store can't be used: %s", failure)
            self._silent_until = self.now() + _SILENT_SECONDS

    def observe(self, request: Request, answer: Answer | None, seconds: float) -> None:
        """Take note of a request that was answered, or given up by its client."""
        self.journal.request(request, answer, seconds)

    def release(self) -> None:
        """Answer the requests that wait, at the end: no fault keeps their answers."""
        self.control.faults.clear()
        self.control.disturbances.release()
        for keyset in self._keysets.values():
            keyset.release_all()

    def forget(self, key: str | None = None) -> None:
        """Forget what every keyset holds, or one: stored, said and set. Requests that wait are answered."""
        self.store.clear(key)
        for name in list(self._keysets) if key is None else [key]:
            keyset = self._keysets.pop(name, None)
            if keyset is not None:
                keyset.release_all()
                keyset.queues.clear()

    def close(self) -> None:
        """Close the store; nothing is handled after this."""
        self.store.close()
