"""Who may ask as the page does: the page itself, and programs of this machine; no other web page."""

from __future__ import annotations

from typing import Final

from pnfilter.server.control.access import Denied, has_token
from pnfilter.server.http.request import Request
from pnfilter.server.http.router import is_own

#: What browsers say of where a request comes from, where it comes from the page.
_OWN_SITES: Final = {"", "same-origin", "none"}


def check_host(request: Request, address: str) -> None:
    """``Denied`` where the request names another host than this one, as after DNS rebinding."""
    if not is_own(request.headers.get("Host", ""), address):
        raise Denied(
            403,
            "The header `Host` doesn't name this server",
            "open the address that it told when it started",
        )


def check_question(request: Request, address: str, token: str | None) -> None:
    """``Denied`` for a question of another page, one that is no JSON, or one without the token.

    ``token`` is None where none is needed: as long as any key works, all that is published is open
    to every program that reaches the emulator.
    """
    check_host(request, address)
    own = f"{request.scheme}://{request.headers.get('Host', '')}"
    is_foreign = request.headers.get("Origin", own).lower() != own.lower()
    if is_foreign or request.headers.get("Sec-Fetch-Site", "") not in _OWN_SITES:
        raise Denied(403, "Another web page can't ask here", "use the page of this server")
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Denied(415, "A question is JSON", "send `Content-Type: application/json`")
    if token is not None and not has_token(request, token):
        raise Denied(
            401,
            "The token is missing or wrong",
            "open the link that was printed at the start: the token is in it",
        )
