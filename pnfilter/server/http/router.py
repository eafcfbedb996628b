"""Which request is which operation, and which web pages may send it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Final, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pnfilter.server.http.request import Request
from pnfilter.server.http.response import Answer, refuse
from pnfilter.server.settings import origin_of

#: What does an operation.
Handler_co = TypeVar("Handler_co", covariant=True)


class Route(NamedTuple, Generic[Handler_co]):
    """The operation of a method and a path, in which ``{name}`` matches any one part.

    ``is_open``: the last part may have slashes that are not encoded.
    """

    method: str
    path: str
    operation: str
    handler: Handler_co
    is_open: bool = False


class _Pattern(NamedTuple, Generic[Handler_co]):
    """A route, and which parts of its path are given, and which have a name."""

    route: Route[Handler_co]
    given: list[tuple[int, str]]
    named: list[tuple[int, str]]


#: No path is written in another way.
_AS_ROUTES_SAY: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {}


class Router(Generic[Handler_co]):
    """Finds the route of a request.

    ``spellings``: the first three parts of paths, and those that they mean.
    """

    def __init__(
        self,
        routes: Iterable[Route[Handler_co]],
        spellings: Mapping[tuple[str, ...], tuple[str, ...]] = _AS_ROUTES_SAY,
    ) -> None:
        self._spellings = spellings
        #: By the first part: how many parts the paths have whose last one may have slashes.
        self._open: dict[str, list[int]] = {}
        self._patterns: dict[tuple[int, str], list[_Pattern[Handler_co]]] = {}
        for route in routes:
            parts = route.path[1:].split("/")
            given = [(at, part) for at, part in enumerate(parts) if part[:1] != "{"]
            named = [(at, part[1:-1]) for at, part in enumerate(parts) if part[:1] == "{"]
            pattern = _Pattern(route, given, named)
            self._patterns.setdefault((len(parts), parts[0]), []).append(pattern)
            if route.is_open:
                self._open.setdefault(parts[0], []).append(len(parts))

    def find(self, request: Request) -> Route[Handler_co] | tuple[str, ...]:
        """Find the route and set ``request.parts``, or return the methods that the path allows."""
        if not request.path.startswith("/"):
            return ()
        parts = request.path[1:].split("/")
        return self._find(request, parts) or self._find_other(request, parts)

    def _find_other(
        self, request: Request, parts: list[str]
    ) -> Route[Handler_co] | tuple[str, ...]:
        """Find the route of a path that is written in another way than that of the route."""
        usual = self._spellings.get(tuple(parts[:3]))
        if usual is not None:
            return self._find(request, [*usual, *parts[3:]])
        for number in self._open.get(parts[0], ()):
            if len(parts) > number:
                joined = [*parts[: number - 1], "/".join(parts[number - 1 :])]
                if found := self._find(request, joined):
                    return found
        return ()

    def _find(self, request: Request, parts: list[str]) -> Route[Handler_co] | tuple[str, ...]:
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


#: What browsers say of where a request comes from that no page has made.
_NO_PAGE: Final = {"", "none"}
#: What browsers ask before a request that isn't a plain one.
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "600",
}


class Origins:
    """The origins whose pages may ask and read; any without a list."""

    def __init__(self, listed: Iterable[str]) -> None:
        self._listed = frozenset(map(origin_of, listed))

    def check(self, request: Request, address: str) -> None:
        """``Refusal`` (403) for a request that a page of another origin has made, as browsers say.

        They send ``Origin`` with what a script asks, and ``Sec-Fetch-Site`` alone with an image
        or a link. A page whose name points at this machine (DNS rebinding) sends
        neither, but that name in ``Host``: on an ``address`` of the loopback interface, only names
        of this interface are taken.
        """
        if not self._listed or self.reader(request):
            return
        headers = request.headers
        if "Origin" in headers or headers.get("Sec-Fetch-Site", "") not in _NO_PAGE:
            refuse(403, "Pages of this origin may not ask: see --allow-origin", "Balancer")
        is_local = ip_address(address).is_loopback
        if is_local and "Host" in headers and not is_own(headers["Host"], address):
            refuse(403, "The header Host names another machine: ask localhost", "Balancer")

    def reader(self, request: Request) -> str:
        """Return the origin whose pages may read the answer, ``*`` for any; empty for none."""
        if not self._listed:
            return "*"
        origin = request.headers.get("Origin", "").lower()
        return origin if origin in self._listed else ""

    def preflight(self, request: Request) -> Answer:
        """Return what a browser is answered that asks whether it may send a request."""
        headers = _PREFLIGHT
        if self._listed and "Access-Control-Request-Private-Network" in request.headers:
            # A page of elsewhere that wants to reach this machine: one that is listed may.
            headers = headers | {"Access-Control-Allow-Private-Network": "true"}
        return Answer(200, headers=headers)


def is_own(host: str, address: str) -> bool:
    """Return whether a ``Host`` header names the emulator at an address, not another server."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in ("localhost", address):
        return True
    try:
        # Who listens on every address has no name of its own; no page can rebind an address.
        return ip_address(name).is_loopback or ip_address(address).is_unspecified
    except ValueError:
        return False
