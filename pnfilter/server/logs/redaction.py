"""What of a request the log may show: what is known to be harmless, never a key, token or payload."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from pnfilter.diagnostics import printable
from pnfilter.server.http.request import CURSOR, MAX_KEPT, MAX_KEPT_LENGTH, Query, Request, decoded
from pnfilter.server.http.response import Refusal

#: Stands for what is not shown.
HIDDEN: Final = "…"
#: Characters of one value that are shown.
MAX_SHOWN_VALUE: Final = 500
#: A shorter text of letters and digits alone is shown as it is.
_PLAIN: Final = 100

_METHODS: Final = {"GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD"}
#: The parts of a route's path whose value is shown.
_PARTS: Final = {"channel", "channels", "group", "user"}
#: The parameters whose value is shown.
_SHOWN: Final = {
    *("uuid", "channel", "channel-group", "filter-expr", "tt", "tr", "timetoken"),
    *("channelsTimetoken", "count", "max", "start", "end", "limit", "offset", "reverse"),
    *("include_token", "include_meta", "include_uuid", "include_message_type"),
    *("include_custom_message_type", "string_message_token", "custom_message_type", "heartbeat"),
    *("include", "sort", "filter"),
    *("r", "w", "m", "d", "g", "u", "j", "target-uuid", "category"),
    *("store", "ttl", "norep", "seqn", "add", "remove", "disable_uuids", "ee", "pnsdk"),
    *("type", "topic", "environment"),
}
#: The parameters of which only the name is shown; of others not even that: a mistake in the
#: encoding makes a name of anything.
_NAMED: Final = {"auth", "meta", "state", "signature", "timestamp", "requestid", "ptto"}
_KNOWN: Final = _SHOWN | _NAMED

#: What looks like a secret within a value that is shown: keys and access tokens by their form,
#: parameters, headers and JSON that a mistake made a part of it, encoded or not. The length of
#: names is bounded, so that a text of nothing but names takes no longer than any other.
_SECRETS: Final = re.compile(
    r"(?P<name>(?:auth|cipher|cookie|password|secret|signature|token)\w{0,20}+"
    r"[\"']?[ ]{0,3}(?:=(?!=)|:|%(?:25){0,3}3[AD])[ ]{0,3}[\"']?(?:(?:basic|bearer)[ ])?)"
    r"[^&\s\"']+"
    r"|(?:pub|sub|sec|ctl)-c-[\w%-]+"
    r"|[\w-]{2}F2AkF0[\w%=-]+",
    re.IGNORECASE,
)


def shown(text: str) -> str:
    """A text as the log shows it: printable, cut where it is long, without what looks like a secret."""
    text = _SECRETS.sub(lambda found: (found["name"] or "") + HIDDEN, text)
    return printable(text if len(text) <= MAX_SHOWN_VALUE else text[: MAX_SHOWN_VALUE - 1] + HIDDEN)


class ShownRequest:
    """The parts of a request that the log may show; ``str()`` is its request line."""

    __slots__ = ("_request", "method", "operation")

    def __init__(self, request: Request) -> None:
        self.method = request.method if request.method in _METHODS else HIDDEN
        self.operation = request.operation
        self._request = request

    def __str__(self) -> str:
        request = self._request
        query = request.query
        if query.repeated:
            is_kept = len(request.path) <= MAX_KEPT_LENGTH
            shown_path = _kept_path if is_kept else _shown_path
            path = shown_path(request.route, tuple(request.parts.items()))
            before, after = _kept_around(query.repeated)
            return f"{self.method} {path}?{before}{_word(query.raw(CURSOR))}{after}"
        line = f"{self.method} {_shown_path(request.route, tuple(request.parts.items()))}"
        shown = _shown_words(query)
        return f"{line}?{shown}" if shown else line

    def fields(self) -> dict[str, Any]:
        """The same as JSON values."""
        request = self._request
        return {
            "operation": self.operation,
            "method": self.method,
            "route": request.route,
            "parts": {
                name: _value(raw) if name in _PARTS else HIDDEN
                for name, raw in request.parts.items()
            },
            "parameters": {
                name if name in _KNOWN else HIDDEN: _value(raw) if name in _SHOWN else HIDDEN
                for name, raw in request.query.encoded()
            },
        }


def _shown_path(route: str, parts: tuple[tuple[str, str], ...]) -> str:
    """The path of a request, given what its route names, with what may be shown of it."""
    if not route:
        return f"/{HIDDEN}"
    words = {f"{{{name}}}": _word(raw) if name in _PARTS else HIDDEN for name, raw in parts}
    return "/".join([words.get(part, part) for part in route.split("/")])


_kept_path: Final = lru_cache(MAX_KEPT)(_shown_path)


def _shown_words(query: Query) -> str:
    """A query with what may be shown of it."""
    words = {
        name if name in _KNOWN else HIDDEN: _word(raw) if name in _SHOWN else HIDDEN
        for name, raw in query.encoded()
    }
    return "&".join([f"{name}={word}" for name, word in words.items()])


def _around(repeated: str) -> tuple[str, str]:
    """What is shown before and after the cursor of a query that comes again with another one."""
    # No word has an ampersand of its own, and no other name ends so.
    before, cursor, after = f"&{_shown_words(Query(repeated))}".partition(f"&{CURSOR}=")
    return (before + cursor)[1:], after


_kept_around: Final = lru_cache(MAX_KEPT)(_around)


def _value(raw: str) -> str:
    """A part of a request line that may be shown, decoded."""
    try:
        return shown(decoded(raw))
    except Refusal:
        return HIDDEN


def _word(raw: str) -> str:
    """The same, with what would end the part encoded, and no more."""
    # Such as a timetoken, which doesn't come again.
    if raw.isalnum() and raw.isascii() and len(raw) < _PLAIN:
        return raw
    return (_kept_word if len(raw) <= MAX_KEPT_LENGTH else _encoded)(raw)


def _encoded(raw: str) -> str:
    return re.sub("[ %&#?]", lambda found: f"%{ord(found[0]):02X}", _value(raw))


_kept_word: Final = lru_cache(MAX_KEPT)(_encoded)
