"""Which request is which operation."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from pnfilter.server.broker.broker import Broker
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.broker.subscriptions import Delivery
from pnfilter.server.web.requests import Answer, Request, check_name
from pnfilter.server.wire import Need


class Disturbing(Protocol):
    """What may change the answer of a request that has waited."""

    def deliveries(self, call: Call, deliveries: list[Delivery]) -> list[Delivery]:
        """The messages of the answer as they are sent."""
        ...

    def settle(self, future: Future[Answer], call: Call, answer: Answer) -> None:
        """Give the answer, now or later."""


class Call(NamedTuple):
    """A request of a keyset, as an operation gets it."""

    broker: Broker
    keyset: Keyset
    request: Request
    disturbances: Disturbing

    @property
    def user(self) -> str:
        """Who asks; empty where the request doesn't say."""
        name = self.request.query.get("uuid", "")
        return check_name(name) if name else ""

    def allows(self, need: Need) -> bool:
        """Whether the request has a right beside those that its operation needs."""
        access = self.keyset.access
        return access is None or access.allows(self.request, need)


#: Does an operation; one that waits gives a future, which is cancelled when the client goes away.
Handler = Callable[[Call], "Answer | Future[Answer]"]


class Route(NamedTuple):
    """A method and a path, in which ``{name}`` is any one part, and the operation they stand for."""

    method: str
    path: str
    operation: str
    handler: Handler


class _Pattern(NamedTuple):
    """A route, and which parts of its path are given, and which have a name."""

    route: Route
    given: list[tuple[int, str]]
    named: list[tuple[int, str]]


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._patterns: dict[tuple[int, str], list[_Pattern]] = {}
        for route in routes:
            parts = route.path[1:].split("/")
            given = [(at, part) for at, part in enumerate(parts) if part[:1] != "{"]
            named = [(at, part[1:-1]) for at, part in enumerate(parts) if part[:1] == "{"]
            pattern = _Pattern(route, given, named)
            self._patterns.setdefault((len(parts), parts[0]), []).append(pattern)

    def find(self, request: Request) -> Route | tuple[str, ...]:
        """The route, whose parts are then in ``request.parts``; or the methods that the path has."""
        if not request.path.startswith("/"):
            return ()
        parts = request.path[1:].split("/")
        methods = []
        for route, given, named in self._patterns.get((len(parts), parts[0]), ()):
            for at, part in given:
                if parts[at] != part:
                    break
            else:
                if route.method == request.method:
                    request.parts = {name: parts[at] for at, name in named}
                    request.route, request.operation = route.path, route.operation
                    return route
                methods.append(route.method)
        return tuple(dict.fromkeys(methods))
