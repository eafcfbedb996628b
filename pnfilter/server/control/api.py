"""The control side over HTTP: JSON in and out, under a path that no SDK uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from pnfilter.decoding import BrokenMessage, decode
from pnfilter.server.control.access import Denied, check
from pnfilter.server.control.control import Control
from pnfilter.server.control.faults import ControlError, check_names
from pnfilter.server.http.request import Request
from pnfilter.server.http.response import Answer, Refusal
from pnfilter.server.store.database import StoreFailure

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
        """Whether a request is for the control side."""
        return request.path == PATH or request.path.startswith(f"{PATH}/")

    def handle(self, request: Request, address: str) -> Answer:
        """The answer to a request; ``address`` is the one that the emulator listens on."""
        try:
            check(request, self._control.token, address)
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
            raise ControlError("`keyset` is a subscribe key", 'for example {"keyset": "demo"}')
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
    """What a request says: an object in the body, or parameters where there is no body."""
    if request.method != "POST":
        return request.query
    example = 'for example {"seconds": 300}'
    try:
        value = decode(request.body) if request.body.strip() else {}
    except BrokenMessage as error:
        raise ControlError(f"the body is {error}", example) from None
    if not isinstance(value, dict):
        raise ControlError("the body is no JSON object", example)
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
