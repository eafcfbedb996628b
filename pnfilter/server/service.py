"""The service: every keyset, and the operation that each request asks for."""

from __future__ import annotations

import logging
import time
from asyncio import Future
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from pnfilter.regular import require_re2
from pnfilter.server.access.auth_keys import require_cryptography
from pnfilter.server.access.manager import AccessManager, AccessManagers
from pnfilter.server.access.tokens import require_cbor
from pnfilter.server.api.access import ROUTES as ACCESS
from pnfilter.server.api.actions import ROUTES as ACTIONS
from pnfilter.server.api.call import Call, Handler
from pnfilter.server.api.files import ROUTES as FILES
from pnfilter.server.api.files import Upload, upload
from pnfilter.server.api.groups import ROUTES as GROUPS
from pnfilter.server.api.history import ROUTES as HISTORY
from pnfilter.server.api.memberships import ROUTES as MEMBERSHIPS
from pnfilter.server.api.objects import ROUTES as OBJECTS
from pnfilter.server.api.presence import ROUTES as PRESENCE
from pnfilter.server.api.publishing import ROUTES as PUBLISHING
from pnfilter.server.api.push import ROUTES as PUSH
from pnfilter.server.api.status import ROUTES as STATUS
from pnfilter.server.api.subscribing import ROUTES as SUBSCRIBING
from pnfilter.server.broker.broker import Broker, UnknownKey
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.control.api import ControlApi
from pnfilter.server.control.control import Control
from pnfilter.server.journal import Journal
from pnfilter.server.keysets import Keyring
from pnfilter.server.page.site import Site
from pnfilter.server.quotas import Full
from pnfilter.server.settings import Settings
from pnfilter.server.store.database import StoreFailure
from pnfilter.server.web.origins import Origins
from pnfilter.server.web.requests import Answer, Incoming, Refusal, Request, refusal, refuse
from pnfilter.server.web.routes import Route, Router

LOG: Final = logging.getLogger("pnfilter.server")
ROUTES: Final[tuple[Route[Handler], ...]] = (
    *(*PUBLISHING, *SUBSCRIBING, *PRESENCE, *GROUPS, *HISTORY, *ACTIONS, *PUSH),
    *(*OBJECTS, *MEMBERSHIPS, *ACCESS, *FILES),
    *STATUS,
)

_NANOSECONDS: Final = 1_000_000_000
#: Seconds between two log lines of a store that fails.
_SILENT_SECONDS: Final = 10
#: What is answered where the store can't be written (assumed).
UNAVAILABLE: Final = Answer.json(
    {"message": "The store is unavailable", "error": True, "service": "Storage", "status": 503},
    503,
)


class Service(Broker):
    """A broker that answers requests: everything but the connections. Its thread runs an event loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        keyring: Keyring | None = None,
        messages: Path | None = None,
        guards_page: bool = False,
        clock: Callable[[], int] = time.time_ns,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """As a broker; the page shows the ``messages`` of a file in place of the examples.

        ``guards_page``: whether its questions need the token also where any key works.
        ``ImportError`` where an access manager needs a package that is missing.
        """
        keyring = keyring or Keyring()
        if keyring.has_managers:
            require_cbor()
            require_cryptography()
            require_re2()
        self.journal = Journal(explain=settings.explain)
        super().__init__(settings, keyring=keyring, observer=self.journal, clock=clock, now=now)
        #: The address that requests come to, where it is known.
        self.address = "127.0.0.1"
        self.origins = Origins(settings.allow_origin)
        self.control = Control(self, {route.operation for route in ROUTES})
        self.changing = self.control.faults.changing
        #: Decides about requests.
        self.access = AccessManagers(
            keyring,
            self.store.access,
            clock=lambda: clock() / _NANOSECONDS,
            now=lambda: clock() / _NANOSECONDS + self.advanced,
            window=settings.signature_window,
        )
        self._control_api = ControlApi(self.control)
        is_open = keyring.serves_any and not guards_page
        self.site = Site(self.now, None if is_open else self.control.token, messages)
        self.journal.listener = self.site.live.published
        self._silent_until = now()
        self._router = Router(ROUTES)

    def handle(self, request: Request) -> Answer | Future[Answer]:
        """The answer to a request, or a future of it; cancel that when the client goes away."""
        try:
            if self._control_api.owns(request):
                request.operation = "control"
                return self._control_api.handle(request, self.address)
            if self.site.owns(request):
                return self.site.handle(request, self.address)
            self.origins.check(request, self.address)
            if request.method == "OPTIONS":
                request.operation = "options"
                return self.origins.preflight(request)
            return self._handle(request)
        except Refusal as refusal:
            return refusal.answer
        except Full as full:
            return self._refuse(full)
        except StoreFailure as failure:
            self._report(failure)
            return UNAVAILABLE

    def _refuse(self, full: Full) -> Answer:
        """The answer to who has no room, in the form of the service's errors."""
        self.journal.refused(full)
        service, message = full.bound.service, str(full)
        status = 503 if full.bound.is_brief else 400
        match service:
            case "Storage":
                # The form of publish.
                return Answer.json([0, message, str(self.timetokens.next())], status)
            case "objects":
                error = {"message": message, "source": service}
                return Answer.json({"status": status, "error": error}, status)
            case _:
                return refusal(status, message, service).answer

    def receive(self, request: Request) -> Incoming | None:
        """What takes the body of a request whose head has come, if it may be longer than others."""
        if self.site.owns(request):
            return self.site.receive(request, self.address)
        route = self._router.find(request)
        if not isinstance(route, Route) or route.handler is not upload:
            return None
        # Who isn't served is refused when the body is there.
        with suppress(Refusal):
            self.origins.check(request, self.address)
            return Upload(self, request.name("sub"), request)
        return None

    def _handle(self, request: Request) -> Answer | Future[Answer]:
        route = self._router.find(request)
        if not isinstance(route, Route):
            if not route:
                refuse(404, "Not Found", "Balancer")
            body = {"message": "Method Not Allowed", "error": True, "status": 405}
            return Answer.json(body, 405, Allow=", ".join(route))
        keyset = self._keyset_of(request)
        access = self.access.of(keyset.key)
        call = Call(self, keyset, access, request, self.control.disturbances)
        handler = route.handler if access is None else _checked(route.handler, access)
        if self.control.faults:
            return self.control.disturbances.handle(handler, call)
        return handler(call)

    def _keyset_of(self, request: Request) -> Keyset:
        # What belongs to no keyset, such as the time, finds nothing in the one without a name.
        try:
            return self.keyset(request.name("sub") if "sub" in request.parts else "")
        except UnknownKey:
            refuse(400, "Invalid Subscribe Key", "Access Manager")

    def expire(self) -> None:
        """Do what is due; where the store fails, that is logged."""
        try:
            super().expire()
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
        self.site.release()
        super().release()

    def forget(self, key: str | None = None) -> None:
        """Forget what every keyset holds, or one; and what the page shows of it."""
        super().forget(key)
        self.access.forget(key)
        self.site.live.clear()


def _checked(handler: Handler, access: AccessManager) -> Handler:
    """The operation for who may do it."""

    def handle(call: Call) -> Answer | Future[Answer]:
        access.check(call.request)
        return handler(call)

    return handle
