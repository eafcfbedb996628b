"""Which request is which operation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from pnfilter.server.web.requests import Request

#: What does an operation.
Handler_co = TypeVar("Handler_co", covariant=True)


class Route(NamedTuple, Generic[Handler_co]):
    """A method and a path, in which ``{name}`` is any one part, and the operation they stand for."""

    method: str
    path: str
    operation: str
    handler: Handler_co


class _Pattern(NamedTuple, Generic[Handler_co]):
    """A route, and which parts of its path are given, and which have a name."""

    route: Route[Handler_co]
    given: list[tuple[int, str]]
    named: list[tuple[int, str]]


class Router(Generic[Handler_co]):
    """Finds the route of a request."""

    def __init__(self, routes: Iterable[Route[Handler_co]]) -> None:
        self._patterns: dict[tuple[int, str], list[_Pattern[Handler_co]]] = {}
        for route in routes:
            parts = route.path[1:].split("/")
            given = [(at, part) for at, part in enumerate(parts) if part[:1] != "{"]
            named = [(at, part[1:-1]) for at, part in enumerate(parts) if part[:1] == "{"]
            pattern = _Pattern(route, given, named)
            self._patterns.setdefault((len(parts), parts[0]), []).append(pattern)

    def find(self, request: Request) -> Route[Handler_co] | tuple[str, ...]:
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
