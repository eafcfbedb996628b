"""Pages of which origins may ask and read: any, or those that are listed."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from pnfilter.server.settings import origin_of
from pnfilter.server.web.requests import Answer, Request, refuse

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
        """``Refusal`` (403) for a request that a page of another origin has made, as browsers tell.

        They send ``Origin`` with what a script asks, and ``Sec-Fetch-Site`` alone with an image
        or a link. A page that makes its own name stand for this machine (DNS rebinding) sends
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
        """The origin whose pages may read the answer, ``*`` for any; empty for none."""
        if not self._listed:
            return "*"
        origin = request.headers.get("Origin", "").lower()
        return origin if origin in self._listed else ""

    def preflight(self, request: Request) -> Answer:
        """What a browser is answered that asks whether it may send a request."""
        headers = _PREFLIGHT
        if self._listed and "Access-Control-Request-Private-Network" in request.headers:
            # A page of elsewhere that wants to reach this machine: one that is listed may.
            headers = headers | {"Access-Control-Allow-Private-Network": "true"}
        return Answer(200, headers=headers)


def is_own(host: str, address: str) -> bool:
    """Whether a header ``Host`` names the emulator that listens on an address, and not another page's server."""
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
