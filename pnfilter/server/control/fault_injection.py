"""What faults do to requests and their answers."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Callable
from dataclasses import replace
from http.client import responses
from typing import Any, Final

from pnfilter.server.api.call import Call, Handler
from pnfilter.server.broker.subscriptions import Delivery
from pnfilter.server.control.faults import Fault, Faults
from pnfilter.server.http.request import Request, decoded, names_in
from pnfilter.server.http.response import Answer, Refusal
from pnfilter.server.settings import MAX_DELAYED

#: Of these one at most takes effect on a request.
_ANSWERING: Final = frozenset({"status", "cut", "truncated", "malformed"})


class FaultInjection:
    """Carries out requests while there are faults.

    On each request one of a group takes effect at most, the first that does: on the answer
    (``status``, ``cut``, ``truncated``, ``malformed``), on the messages in it (``duplicate``,
    ``reorder``), on the time (``delay``).
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._delayed: dict[Future[Answer], Callable[[], None]] = {}

    def handle(self, handler: Handler, call: Call) -> Answer | Future[Answer]:
        """Carry out a request, or do instead what a fault says.

        A future is the operation's own, which it settles by ``settle``.
        """
        fault = self._faults.take(_ANSWERING, call, done=False)
        if fault is not None:
            answer = _with_fault(fault, call.request, Answer())
        else:
            try:
                found = handler(call)
            except Refusal as refusal:
                found = refusal.answer
            if isinstance(found, Future):
                return found
            answer = self._answering(call, found)
        seconds = self._delay(call)
        if not seconds:
            return answer
        late: Future[Answer] = asyncio.get_running_loop().create_future()
        self._send_later(late, answer, seconds)
        return late

    def settle(self, future: Future[Answer], call: Call, answer: Answer) -> None:
        """Give the answer that a request has waited for."""
        seconds = 0.0
        if self._faults:
            answer = self._answering(call, answer)
            seconds = self._delay(call)
        if seconds:
            self._send_later(future, answer, seconds)
        else:
            future.set_result(answer)

    def deliveries(self, call: Call, deliveries: list[Delivery]) -> list[Delivery]:
        """The messages of an answer: each twice, or the last one first, where a fault says so.

        A fault that would change nothing isn't counted.
        """
        if not self._faults or not deliveries:
            return deliveries
        kinds = ("duplicate", "reorder") if len(deliveries) > 1 else ("duplicate",)
        fault = self._faults.take(kinds, call)
        if fault is None:
            return deliveries
        if fault.kind == "reorder":
            return deliveries[::-1]
        return [delivery for delivery in deliveries for _ in range(2)]

    @property
    def delayed(self) -> int:
        """How many answers are delayed just now."""
        return len(self._delayed)

    def release(self) -> None:
        """Send the answers that are delayed."""
        for send in list(self._delayed.values()):
            send()

    def _answering(self, call: Call, answer: Answer) -> Answer:
        fault = self._faults.take(_ANSWERING, call)
        return answer if fault is None else _with_fault(fault, call.request, answer)

    def _delay(self, call: Call) -> float:
        if len(self._delayed) >= MAX_DELAYED:
            return 0
        fault = self._faults.take(("delay",), call)
        return 0 if fault is None else fault.seconds

    def _send_later(self, future: Future[Answer], answer: Answer, seconds: float) -> None:
        def send() -> None:
            if not future.done():
                future.set_result(answer)

        def forget(_: Future[Answer]) -> None:
            timer.cancel()
            del self._delayed[future]

        timer = asyncio.get_running_loop().call_later(seconds, send)
        self._delayed[future] = send
        future.add_done_callback(forget)


def _with_fault(fault: Fault, request: Request, answer: Answer) -> Answer:
    """The answer as a fault leaves it."""
    match fault.kind:
        case "status":
            return _failure(fault, request)
        case "cut":
            # A whole answer would hide that the connection was cut.
            return replace(answer, sent=min(fault.after, max(0, answer.size - 1)))
        case "truncated":
            return replace(answer, sent=answer.size // 2)
        case _:
            # Without its last bracket no JSON is any.
            return replace(answer, body=answer.body[:-1] or b"{", parts=None)


def _failure(fault: Fault, request: Request) -> Answer:
    """An error: 403 in the recorded form, others in the form of the service's balancer (assumed)."""
    body: dict[str, Any] = {"message": responses.get(fault.status, "Unknown")}
    service = "Balancer"
    if fault.status == 403:
        body["payload"] = _named(request)
        service = "Access Manager"
    body |= {"error": True, "service": service, "status": fault.status}
    wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Answer.json(body, fault.status, **wait)


def _named(request: Request) -> dict[str, list[str]]:
    """The channels (recorded) and groups (assumed) of a request that was forbidden."""
    named: dict[str, list[str]] = {}
    if "channel" in request.parts:
        named["channels"] = [decoded(request.parts["channel"])]
    elif "channels" in request.parts:
        named["channels"] = list(names_in(request.parts["channels"]))
    groups = list(request.query.names("channel-group"))
    return named | ({"channel-groups": groups} if groups else {})
