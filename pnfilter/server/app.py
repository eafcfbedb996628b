"""The emulator: its parts, and which of them answers a request."""

from __future__ import annotations

import logging
import time
from asyncio import Future
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from pnfilter.regular import require_re2
from pnfilter.server.access.grants import require_cryptography
from pnfilter.server.access.manager import AccessManager, AccessManagers
from pnfilter.server.access.tokens import require_cbor
from pnfilter.server.activity import Activity
from pnfilter.server.api.access import ROUTES as ACCESS
from pnfilter.server.api.actions import PATH as ACTIONS_PATH
from pnfilter.server.api.actions import ROUTES as ACTIONS
from pnfilter.server.api.actions import SOURCE as ACTIONS_SOURCE
from pnfilter.server.api.app_context import ROUTES as APP_CONTEXT
from pnfilter.server.api.call import Call, Handler
from pnfilter.server.api.files import ROUTES as FILES
from pnfilter.server.api.files import Upload, upload
from pnfilter.server.api.groups import ROUTES as GROUPS
from pnfilter.server.api.history import ROUTES as HISTORY
from pnfilter.server.api.presence import ROUTES as PRESENCE
from pnfilter.server.api.presence import SPELLINGS
from pnfilter.server.api.publish import ROUTES as PUBLISH
from pnfilter.server.api.publish import publish_long
from pnfilter.server.api.push import ROUTES as PUSH
from pnfilter.server.api.status import ROUTES as STATUS
from pnfilter.server.api.subscribe import ROUTES as SUBSCRIBE
from pnfilter.server.broker.broker import Broker, UnknownKey
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.control.control import Control, ControlApi
from pnfilter.server.http.request import Incoming, Request
from pnfilter.server.http.response import Answer, Refusal, refusal, refuse, source_refusal
from pnfilter.server.http.router import Origins, Route, Router
from pnfilter.server.keysets import Keyring
from pnfilter.server.page import Site
from pnfilter.server.quotas import LimitReached
from pnfilter.server.settings import MAX_LONG_MESSAGE, Settings
from pnfilter.server.store.database import StoreFailure

LOG: Final = logging.getLogger("pnfilter.server")
ROUTES: Final[tuple[Route[Handler], ...]] = (
    *(*PUBLISH, *SUBSCRIBE, *PRESENCE, *GROUPS, *HISTORY, *ACTIONS, *PUSH),
    *(*APP_CONTEXT, *ACCESS, *FILES),
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


class App:
    """The emulator without its connections: answers requests, in a thread with an event loop."""

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
        """Take the clocks of ``Broker``; the page shows a file of ``messages`` or the examples.

        ``guards_page``: whether the page's questions need the token even if any key works.
        Raise ``ImportError`` if an access manager needs a package that is missing.
        """
        self.settings = settings
        self.keyring = keyring or Keyring()
        if self.keyring.has_managers:
            require_cbor()
            require_cryptography()
            require_re2()
        #: The address that requests come to, once it is known.
        self.address = "127.0.0.1"
        self.origins = Origins(settings.allow_origin)
        self.activity = Activity(explain=settings.explain)
        self.control = Control(self, {route.operation for route in ROUTES})
        self.broker = Broker(
            settings,
            keyring=self.keyring,
            observer=self.activity,
            clock=clock,
            now=now,
            verdict_change=self.control.faults.verdict_change,
        )
        #: Decides whether a request may do what it asks for.
        self.access = AccessManagers(
            self.keyring,
            self.broker.store.access,
            clock=lambda: clock() / _NANOSECONDS,
            now=lambda: clock() / _NANOSECONDS + self.broker.advanced,
            window=settings.signature_window,
        )
        is_open = self.keyring.serves_any and not guards_page
        token = None if is_open else self.control.token
        self.page = Site(self.broker.now, token, messages, self.broker.filters.assumed)
        self.activity.listener = self.page.live.keep
        self._control_api = ControlApi(self.control)
        self._silent_until = now()
        self._router = Router(ROUTES, SPELLINGS)

    def handle(self, request: Request) -> Answer | Future[Answer]:
        """The answer to a request, or a future of it; cancel that when the client goes away."""
        try:
            if self._control_api.owns(request):
                request.operation = "control"
                return self._control_api.handle(request, self.address)
            if self.page.owns(request):
                return self.page.handle(request, self.address)
            self.origins.check(request, self.address)
            if request.method == "OPTIONS":
                request.operation = "options"
                return self.origins.preflight(request)
            return self._handle(request)
        except Refusal as refusal:
            return refusal.answer
        except LimitReached as full:
            return self._refuse(full)
        except StoreFailure as failure:
            self._report(failure)
            return UNAVAILABLE

    def _refuse(self, full: LimitReached) -> Answer:
        """Return the answer to who has no room, in the form of the service's errors."""
        self.activity.on_refused(full)
        service, message = full.bound.service, str(full)
        status = 503 if full.bound.is_brief else 400
        match service:
            case "Storage":
                # The form of publish.
                return Answer.json([0, message, str(self.broker.timetokens.next())], status)
            case "objects" | "actions":
                return source_refusal(status, message, service).answer
            case "Push":
                return Answer.json({"error": message}, status)
            case _:
                return refusal(status, message, service).answer

    def receive(self, request: Request) -> Incoming | None:
        """What takes the body of a request whose head has come, if it may be longer than others."""
        if self.page.owns(request):
            return self.page.receive(request, self.address)
        route = self._router.find(request)
        if not isinstance(route, Route):
            return None
        if route.handler is publish_long:
            # A byte more, so that one that is too long is refused as a message.
            request.most = MAX_LONG_MESSAGE + 1
        if route.handler is not upload:
            return None
        # Who isn't served is refused when the body is there.
        with suppress(Refusal):
            self.origins.check(request, self.address)
            return Upload(self.broker, request.name("sub"), request)
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
        call = Call(self.broker, keyset, access, request, self.control.injection)
        handler = route.handler if access is None else _with_access_check(route.handler, access)
        if self.control.faults:
            return self.control.injection.handle(handler, call)
        return handler(call)

    def _keyset_of(self, request: Request) -> Keyset:
        # What belongs to no keyset, such as the time, finds nothing in the one without a name.
        try:
            return self.broker.keyset(request.name("sub") if "sub" in request.parts else "")
        except UnknownKey:
            if request.path.startswith(ACTIONS_PATH):
                raise source_refusal(400, "Invalid Subkey", ACTIONS_SOURCE) from None
            refuse(400, "Invalid Subscribe Key", "Access Manager")

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once, as ``Broker.advance``, and do what is due then."""
        self.broker.advance(seconds)
        self.expire()

    def expire(self) -> None:
        """Do what is due. A failure of the store is logged."""
        try:
            self.broker.expire()
        except StoreFailure as failure:
            self._report(failure)

    def _report(self, failure: StoreFailure) -> None:
        """Log that the store fails, but not for each of many requests in a row."""
        if self.broker.now() >= self._silent_until:
            LOG.error("The store can't be used: %s", failure)
            self._silent_until = self.broker.now() + _SILENT_SECONDS

    def observe(self, request: Request, answer: Answer | None, seconds: float) -> None:
        """Take note of a request that was answered, or given up by its client."""
        self.activity.on_answered(request, answer, seconds)

    def release(self) -> None:
        """Answer the waiting requests before the end: no fault keeps their answers."""
        self.control.faults.clear()
        self.control.injection.release()
        self.page.release()
        self.broker.release()

    def forget(self, key: str | None = None) -> None:
        """Forget the data of every keyset, or of one, and what the page shows of it."""
        self.broker.forget(key)
        self.access.forget(key)
        self.page.live.clear()

    def close(self) -> None:
        """Close the store; nothing can be done after this."""
        self.broker.close()


def _with_access_check(handler: Handler, access: AccessManager) -> Handler:
    """Return the operation for who may do it."""

    def handle(call: Call) -> Answer | Future[Answer]:
        access.check(call.request)
        return handler(call)

    return handle
