"""Which request is which operation."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from pnfilter.server.broker.broker import Broker
from pnfilter.server.broker.keyset import Keyset
from pnfilter.server.broker.subscriptions import Delivery
from pnfilter.server.web.requests import Answer, Request, check_name


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


#: Does an operation; one that waits gives a future, which is cancelled when the client goes away.
Handler = Callable[[Call], "Answer | Future[Answer]"]


class Route(NamedTuple):
    """A method and a path, in which ``{name}`` is any one part, and the operation they stand for."""

    method: str
    path: str
    operation: str
    handler: Handler


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[tuple[int, str], list[tuple[list[str], Route]]] = {}
        for route in routes:
            parts = route.path[1:].split("/")
            self._routes.setdefault((len(parts), parts[0]), []).append((parts, route))

    def find(self, request: Request) -> Route | tuple[str, ...]:
        """The route, whose parts are then in ``request.parts``; or the methods that the path has."""
        parts = request.path[1:].split("/")
        methods = []
        for pattern, route in self._routes.get((len(parts), parts[0]), ()):
            if all(
                name == part or name[:1] == "{" for name, part in zip(pattern, parts, strict=True)
            ):
                if route.method == request.method:
                    request.parts = {
                        name[1:-1]: part
                        for name, part in zip(pattern, parts, strict=True)
                        if name[:1] == "{"
                    }
                    request.route, request.operation = route.path, route.operation
                    return route
                methods.append(route.method)
        return tuple(dict.fromkeys(methods))
