"""Faults to inject into answers: which, how often, for whom, and how they are carried out."""

from __future__ import annotations

import asyncio
import math
import random
from asyncio import Future
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from http.client import responses
from typing import Any, Final, NoReturn

from pnfilter.server.api.call import Call, Handler
from pnfilter.server.broker.subscriptions import Delivery
from pnfilter.server.http.request import Request, decode_part, names_in
from pnfilter.server.http.response import Answer, Refusal
from pnfilter.server.settings import MAX_DELAY_SECONDS, MAX_DELAYED, MAX_FAULTS, MAX_NAME

#: The kinds of faults, each with what can be said of it beside ``SHARED``.
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "delay": ("seconds",),
    "status": ("status", "retry_after", "done"),
    "cut": ("after", "done"),
    "truncated": (),
    "malformed": (),
    "duplicate": (),
    "reorder": (),
    "ignore-filter": (),
    "invert-filter": (),
}
#: What can be said of every fault.
SHARED: Final = ("fault", "operation", "keyset", "user", "count", "probability", "seed")
#: A fault of each kind, as it may be asked for.
EXAMPLES: Final = {
    "delay": '{"fault": "delay", "operation": "publish", "seconds": 0.5}',
    "status": '{"fault": "status", "status": 429, "retry_after": 2, "count": 3}',
    "cut": '{"fault": "cut", "operation": "subscribe", "after": 10}',
}
#: They concern what subscribers get, whatever the operation.
FILTERING: Final = frozenset({"ignore-filter", "invert-filter"})
DELIVERING: Final = frozenset({"duplicate", "reorder"})
ANY: Final = "*"


class ControlError(ValueError):
    """What the control side was asked for can't be done. ``help`` says what to write instead."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(f"{message}: {help}" if help else message)
        self.message = message
        self.help = help


class Fault:
    """One fault, made from the values of a request (``Faults.add``)."""

    def __init__(self, number: int, values: Mapping[str, Any], operations: Collection[str]) -> None:
        self.number = number
        self.kind = _kind(values)
        check_names(values, (*SHARED, *KINDS[self.kind]), f"a fault `{self.kind}`")
        read = _Reader(self.kind, values)
        self.operation = self._operation(values, operations)
        self.keyset = read.name("keyset")
        self.user = read.name("user")
        self.count = read.count(None if self.kind in FILTERING else 1)
        self.probability = read.number("probability", 1.0, 0, 1)
        self.seed = read.integer("seed", random.SystemRandom().randrange(1 << 32), 0, 1 << 53)
        self.seconds = (
            read.number("seconds", None, 0, MAX_DELAY_SECONDS) if self.kind == "delay" else 0.0
        )
        self.status = read.integer("status", None, 400, 599) if self.kind == "status" else 0
        # A client that was too fast gets a time to wait, even if the test doesn't say how long.
        self.retry_after = read.optional("retry_after", 1 if self.status == 429 else None)
        self.after = read.integer("after", 0, 0, 1 << 30)
        self.done = read.flag("done", self.kind != "status")
        #: How often it took effect.
        self.hits = 0
        self._random = random.Random(self.seed)  # noqa: S311 - to be reproduced, not to be secret

    def _operation(self, values: Mapping[str, Any], operations: Collection[str]) -> str:
        wanted = values.get("operation", ANY)
        if self.kind in FILTERING | DELIVERING:
            if wanted not in (ANY, "subscribe"):
                raise ControlError(
                    f"a fault `{self.kind}` concerns what subscribers get",
                    'leave `operation` out, or write "operation": "subscribe"',
                )
            return "subscribe"
        if not isinstance(wanted, str) or wanted not in (ANY, *operations):
            _refuse_word("operation", wanted, (ANY, *sorted(operations)))
        return wanted

    @property
    def spent(self) -> bool:
        """Whether it takes no effect any more."""
        return self.count is not None and self.hits >= self.count

    def concerns(self, operation: str, keyset: str, user: Callable[[], str]) -> bool:
        """Return whether a request is one that it may take effect on; ``user`` says who asks."""
        return (
            (self.operation == operation or (self.operation == ANY and operation not in _APART))
            and self.keyset in (None, keyset)
            and (self.user is None or self.user == user())
        )

    def strikes(self) -> bool:
        """Return whether it takes effect this time, which is then counted."""
        if self.spent or (self.probability < 1 and self._random.random() >= self.probability):
            return False
        self.hits += 1
        return True

    def to_dict(self, mask: Callable[[str], str]) -> dict[str, Any]:
        """Return the fault as it is listed: its id, what was asked for, and ``hits``."""
        shown: dict[str, Any] = {
            "id": self.number,
            "fault": self.kind,
            "operation": self.operation,
            "keyset": None if self.keyset is None else mask(self.keyset),
            "user": self.user,
            "count": self.count,
            "probability": self.probability,
            "seed": self.seed,
        }
        shown |= {name: getattr(self, name) for name in KINDS[self.kind]}
        return shown | {"hits": self.hits}


#: What watches the emulator gets true answers, unless it is named.
_APART: Final = frozenset({"health"})


class Faults:
    """The faults of one emulator, in the order in which they were added."""

    def __init__(self, operations: Collection[str]) -> None:
        self._operations = operations
        self._faults: dict[int, Fault] = {}
        self._filtering: list[Fault] = []
        self._last = 0

    def add(self, values: Mapping[str, Any]) -> Fault:
        """Add a fault. ``ControlError`` for values that make none, or where there are too many."""
        fault = Fault(self._last + 1, values, self._operations)
        if len(self._faults) >= MAX_FAULTS:
            spent = next((old.number for old in self if old.spent), None)
            if spent is None:
                raise ControlError(
                    f"there are {MAX_FAULTS:,} faults already", "remove some of them first"
                )
            self.remove(spent)
        self._last = fault.number
        self._faults[fault.number] = fault
        self._sort()
        return fault

    def remove(self, number: int) -> None:
        """Remove a fault. Raise ``ControlError`` if there is none of this id."""
        if number not in self._faults:
            raise ControlError(f"there is no fault {number}", "the list of faults has their ids")
        del self._faults[number]
        self._sort()

    def clear(self, keyset: str | None = None) -> None:
        """Remove all, or those of one keyset alone."""
        self._faults = {
            number: fault
            for number, fault in self._faults.items()
            if keyset is not None and fault.keyset != keyset
        }
        self._sort()

    def _sort(self) -> None:
        self._filtering = [fault for fault in self if fault.kind in FILTERING]

    def take(self, kinds: Collection[str], call: Call, *, done: bool = True) -> Fault | None:
        """Return the first fault of some kinds that takes effect on a request; it is counted.

        ``done`` is whether the operation itself was carried out.
        """
        operation = call.request.operation
        for fault in self:
            if (
                fault.kind in kinds
                and fault.done is done
                and fault.concerns(operation, call.keyset.key, lambda: call.user)
                and fault.strikes()
            ):
                return fault
        return None

    def verdict_change(self) -> Callable[[str, str, bool], bool] | None:
        """Return what changes verdicts just now: ``passes``, where any fault does."""
        return self.passes if self._filtering else None

    def passes(self, keyset: str, user: str, verdict: bool) -> bool:
        """Return whether a subscriber gets an event on which its filter has this verdict.

        An ignored filter is counted where it would have held an event back.
        """
        for fault in self._filtering:
            if (
                (fault.kind == "invert-filter" or not verdict)
                and fault.concerns("subscribe", keyset, lambda: user)
                and fault.strikes()
            ):
                return not verdict
        return verdict

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults.values()))

    def __len__(self) -> int:
        return len(self._faults)


def check_names(values: Mapping[str, Any], known: Collection[str], what: str) -> None:
    """Raise ``ControlError`` for a key that is not known."""
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, 1)
            listed = ", ".join(f"`{word}`" for word in known)
            raise ControlError(
                f"{what} has no `{name[:MAX_NAME]}`",
                f"did you mean `{near[0]}`?" if near else f"it has {listed or 'nothing'}",
            )


def _kind(values: Mapping[str, Any]) -> str:
    kind = values.get("fault")
    if not isinstance(kind, str) or kind not in KINDS:
        _refuse_word("fault", kind, tuple(KINDS))
    return kind


def _refuse_word(name: str, word: object, known: tuple[str, ...]) -> NoReturn:
    near = get_close_matches(word, known, 1) if isinstance(word, str) else []
    listed = ", ".join(known)
    message = (
        f"`{name}` is missing" if word is None else f"`{name}` can't be {str(word)[:MAX_NAME]!r}"
    )
    raise ControlError(message, f"did you mean {near[0]!r}?" if near else f"write one of {listed}")


class _Reader:
    """The values of a fault, each checked as it is read."""

    def __init__(self, kind: str, values: Mapping[str, Any]) -> None:
        self._values = values
        self._example = EXAMPLES.get(kind, f'{{"fault": "{kind}", "count": 2}}')

    def _refuse(self, name: str, what: str) -> NoReturn:
        raise ControlError(f"`{name}` must be {what}", f"for example {self._example}")

    def name(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is not None and (not isinstance(value, str) or not 0 < len(value) <= MAX_NAME):
            self._refuse(name, f"a string of 1 to {MAX_NAME:,} characters, or left out")
        return value

    def number(self, name: str, default: float | None, least: float, most: float) -> float:
        value = self._values.get(name, default)
        # A boolean is a number in Python, in JSON it isn't.
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or not least <= value <= most:
            self._refuse(name, f"a number from {least:,} to {most:,}")
        return float(value)

    def integer(self, name: str, default: int | None, least: int, most: int) -> int:
        value = self._values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._refuse(name, f"a whole number from {least:,} to {most:,}")
        return value

    def optional(self, name: str, default: int | None) -> int | None:
        if self._values.get(name, default) is None:
            return None
        return self.integer(name, default, 0, 86_400)

    def count(self, default: int | None) -> int | None:
        if self._values.get("count", default) is None:
            return None
        return self.integer("count", default, 1, 1 << 53)

    def flag(self, name: str, default: bool) -> bool:
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            self._refuse(name, "true or false")
        return value


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
    """Return the answer as a fault leaves it."""
    match fault.kind:
        case "status":
            return _failure(fault, request)
        case "cut":
            # A whole answer would hide that the connection was cut.
            return replace(answer, sent=min(fault.after, max(0, answer.size - 1)))
        case "truncated":
            return replace(answer, sent=answer.size // 2)
        case _:
            # Without its last character no array or object is valid JSON.
            return replace(answer, body=answer.body[:-1] or b"{", parts=None)


def _failure(fault: Fault, request: Request) -> Answer:
    """Return an error: 403 in the recorded form, others as the service's balancer (assumed)."""
    body: dict[str, Any] = {"message": responses.get(fault.status, "Unknown")}
    service = "Balancer"
    if fault.status == 403:
        body["payload"] = _names_in(request)
        service = "Access Manager"
    body |= {"error": True, "service": service, "status": fault.status}
    wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Answer.json(body, fault.status, **wait)


def _names_in(request: Request) -> dict[str, list[str]]:
    """Return the channels (recorded) and groups (assumed) of a request that was forbidden."""
    named: dict[str, list[str]] = {}
    if "channel" in request.parts:
        named["channels"] = [decode_part(request.parts["channel"])]
    elif "channels" in request.parts:
        named["channels"] = list(names_in(request.parts["channels"]))
    groups = list(request.query.names("channel-group"))
    return named | ({"channel-groups": groups} if groups else {})
