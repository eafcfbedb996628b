"""The control side: what it can do, and the same over HTTP under a path that no SDK uses."""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from pnfilter.decode import BrokenMessage, decode
from pnfilter.server.broker.broker import Broker
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.broker.subscriptions import Poll, Subscriber
from pnfilter.server.control.fault_injection import (
    ControlError,
    FaultInjection,
    Faults,
    check_names,
)
from pnfilter.server.http.request import Request
from pnfilter.server.http.response import Answer, Refusal
from pnfilter.server.http.router import is_own
from pnfilter.server.settings import MAX_ADVANCE_SECONDS, MAX_LISTED
from pnfilter.server.store.database import StoreFailure

#: Letters of a key at its end that are shown, of one that has twice as many at least.
_SHOWN: Final = 4


class Controlled(Protocol):
    """What a test controls: the emulator."""

    @property
    def broker(self) -> Broker:
        """What is published and subscribed to."""
        ...

    def forget(self, key: str | None = None) -> None:
        """Forget the data of every keyset, or of one."""

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""


class Control:
    """The control side of an emulator, in whose thread all of it runs."""

    def __init__(self, app: Controlled, operations: Collection[str]) -> None:
        self._app = app
        #: What a request must carry to be allowed here; another one at every start. The log
        #: knows it by its form.
        self.token: Final = f"ctl-c-{secrets.token_urlsafe(32)}"
        self.faults = Faults(operations)
        self.injection = FaultInjection(self.faults)

    def __repr__(self) -> str:
        return "<Control>"

    def reset(self, keyset: str | None = None) -> None:
        """Forget all that was published, said or set, of every keyset or of one; faults too.

        Requests that wait are answered. Timetokens go on from where they are.
        """
        self.faults.clear(keyset)
        self.injection.release()
        self._app.forget(keyset)

    def subscribers(self, keyset: str | None = None, user: str | None = None) -> dict[str, Any]:
        """Return the subscribers of one keyset or user, or all, the latest first.

        ``more`` says how many there are beyond ``MAX_LISTED``.
        """
        found = [
            (place, subscriber)
            for place in self._app.broker.keysets()
            if keyset in (None, place.key)
            for subscriber in place.subscribers
            if user in (None, subscriber.user)
        ]
        found.reverse()
        waiting: dict[Subscriber, Poll] = {}
        for place in {place.key: place for place, _ in found}.values():
            for poll in place.waiting:
                place.waiting.update(poll)
                waiting[poll.subscriber] = poll
        shown = [
            _describe(place, subscriber, waiting.get(subscriber))
            for place, subscriber in found[:MAX_LISTED]
        ]
        return {"subscribers": shown, "more": len(found) - len(shown)}

    def add_fault(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add a fault and describe it. Raise ``ControlError`` for values that make none."""
        return self.faults.add(values).to_dict(mask_key)

    def list_faults(self) -> list[dict[str, Any]]:
        """Every fault, spent ones too, in the order in which they were added."""
        return [fault.to_dict(mask_key) for fault in self.faults]

    def advance(self, seconds: object) -> None:
        """Let time pass for presence: users of whom nothing was heard for too long leave at once.

        Raise ``ControlError`` for what isn't a reasonable number of seconds.
        """
        if (
            not isinstance(seconds, int | float)
            or isinstance(seconds, bool)
            or not math.isfinite(seconds)
            or not 0 < seconds <= MAX_ADVANCE_SECONDS
        ):
            raise ControlError(
                f"`seconds` must be a number above 0, up to {MAX_ADVANCE_SECONDS:,}",
                'for example {"seconds": 300}',
            )
        self._app.advance(seconds)


def mask_key(key: str) -> str:
    """Return a key as it may be shown: its end, or of a short one the first letter."""
    return f"…{key[-_SHOWN:]}" if len(key) >= 2 * _SHOWN else f"{key[:1]}…"


def _describe(keyset: Keyset, subscriber: Subscriber, poll: Poll | None) -> dict[str, Any]:
    filter = subscriber.filter
    return {
        "keyset": mask_key(keyset.key),
        "user": subscriber.user,
        "filter": filter.text,
        "malformed": filter.error is not None,
        "channels": list(subscriber.channels),
        "groups": list(subscriber.groups),
        "waiting": poll is not None,
        "cursor": str(subscriber.cursor if poll is None else poll.cursor),
        "seen": subscriber.seen,
        "delivered": subscriber.delivered,
        "held_back": subscriber.held_back,
        "undecided": subscriber.undecided,
        "missed": subscriber.missed,
    }


class Denied(Exception):
    """A request may not use the control side: the status to answer, why, and what to do instead."""

    def __init__(self, status: int, message: str, help: str) -> None:
        super().__init__(message)
        self.status = status
        self.help = help


def check_access(request: Request, token: str, address: str) -> None:
    """Raise ``Denied`` for a request of a web page, with a foreign host name, or without the token.

    A page can make its own name point to this machine (DNS rebinding); so only names of the
    loopback interface and the address that the emulator listens on are accepted.
    """
    if "Origin" in request.headers:
        raise Denied(403, "A web page can't use the control side", "send no header `Origin`")
    if not is_own(request.headers.get("Host", ""), address):
        raise Denied(
            403,
            "The header `Host` doesn't name this emulator",
            f"use localhost, 127.0.0.1, [::1] or {address} in the URL",
        )
    if not has_token(request, token):
        raise Denied(
            401,
            "The token is missing or wrong",
            "send the header `Authorization: Bearer TOKEN`; the emulator shows it at the start",
        )


def has_token(request: Request, token: str) -> bool:
    """Return whether a request has the token."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


#: Where the control side is.
PATH: Final = "/_pnfilter"
#: What can be asked for.
OPERATIONS: Final = {
    f"GET {PATH}": "this list",
    f"POST {PATH}/reset": 'forget everything, or of one keyset: {"keyset": KEY}',
    f"GET {PATH}/subscribers": "the subscribers, all or of ?keyset=KEY and &user=USER",
    f"GET {PATH}/faults": "the faults",
    f"POST {PATH}/faults": 'add one: {"fault": "delay", "operation": "publish", "seconds": 0.5}',
    f"DELETE {PATH}/faults": "remove all of them",
    f"DELETE {PATH}/faults/ID": "remove one",
    f"POST {PATH}/presence/advance": 'let time pass for presence: {"seconds": 300}',
}
#: Which subscribers are listed.
_SELECTING: Final = ("keyset", "user")
#: Does an operation, with the values of the request; gives what is answered.
_Operation = Callable[[Mapping[str, Any]], dict[str, Any]]


class ControlApi:
    """Answers the requests under ``PATH``."""

    def __init__(self, control: Control) -> None:
        self._control = control
        #: The operations of each path by method, each with the names of its values.
        self._operations: dict[str, dict[str, tuple[_Operation, tuple[str, ...] | None]]] = {
            "": {"GET": (lambda _: {"operations": OPERATIONS}, ())},
            "reset": {"POST": (self._reset, ("keyset",))},
            "subscribers": {"GET": (lambda values: control.subscribers(**values), _SELECTING)},
            "faults": {
                "GET": (lambda _: {"faults": control.list_faults()}, ()),
                # What a fault can have is for the fault to say.
                "POST": (control.add_fault, None),
                "DELETE": (self._clear_faults, ()),
            },
            "presence/advance": {"POST": (self._advance, ("seconds",))},
        }

    def owns(self, request: Request) -> bool:
        """Return whether a request is for the control side."""
        return request.path == PATH or request.path.startswith(f"{PATH}/")

    def handle(self, request: Request, address: str) -> Answer:
        """Return the answer to a request; ``address`` is the one that the emulator listens on."""
        try:
            check_access(request, self._control.token, address)
            answer = self._handle(request)
        except Denied as denied:
            scheme = {"WWW-Authenticate": "Bearer"} if denied.status == 401 else {}
            answer = _failure(denied.status, str(denied), denied.help, **scheme)
        except ControlError as error:
            answer = _failure(400, error.message, error.help)
        except Refusal as refusal:
            answer = refusal.answer
        except StoreFailure as failure:
            answer = _failure(503, f"The store can't be used: {failure}", "ask again later")
        return replace(answer, shared=False)

    def _handle(self, request: Request) -> Answer:
        place = request.path.removeprefix(PATH).strip("/")
        operations = self._operations.get(place, {})
        if place.startswith("faults/"):
            number = place.removeprefix("faults/")
            operations = {"DELETE": (lambda _: self._remove_fault(number), ())}
            place = "faults/ID"
        if not operations:
            return _failure(404, "There is no such operation", f"GET {PATH} lists them")
        # The log shows it.
        request.route = f"{PATH}/{place}".rstrip("/")
        if request.method not in operations:
            allowed = ", ".join(operations)
            message = f"This can't be done by {request.method}"
            return _failure(405, message, f"use {allowed}", Allow=allowed)
        operation, names = operations[request.method]
        values = _values(request)
        if names is not None:
            check_names(values, names, "the request")
        return Answer.json(operation(values))

    def _reset(self, values: Mapping[str, Any]) -> dict[str, Any]:
        keyset = values.get("keyset")
        if keyset is not None and not isinstance(keyset, str):
            raise ControlError("`keyset` must be a subscribe key", 'for example {"keyset": "demo"}')
        self._control.reset(keyset)
        return {"status": 200}

    def _clear_faults(self, _: Mapping[str, Any]) -> dict[str, Any]:
        self._control.faults.clear()
        return {"status": 200}

    def _remove_fault(self, number: str) -> dict[str, Any]:
        known = {str(fault.number): fault.number for fault in self._control.faults}
        if number not in known:
            raise ControlError("there is no fault of this id", f"GET {PATH}/faults lists them")
        self._control.faults.remove(known[number])
        return {"status": 200}

    def _advance(self, values: Mapping[str, Any]) -> dict[str, Any]:
        self._control.advance(values.get("seconds"))
        return {"status": 200}


def _values(request: Request) -> Mapping[str, Any]:
    """Return what a request says: an object in the body, or parameters if there is no body."""
    if request.method != "POST":
        return request.query
    example = 'for example {"seconds": 300}'
    try:
        value = decode(request.body) if request.body.strip() else {}
    except BrokenMessage as error:
        raise ControlError(f"the body is {error}", example) from None
    if not isinstance(value, dict):
        raise ControlError("the body must be a JSON object", example)
    return value


def _failure(status: int, message: str, help: str, **headers: str) -> Answer:
    body = {
        "status": status,
        "error": True,
        "service": "Control",
        "message": message,
        "help": help,
    }
    return Answer.json(body, status, **headers)
