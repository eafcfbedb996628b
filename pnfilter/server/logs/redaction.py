"""What of a request the log may show: what is known to be harmless, never a key, token or payload."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from pnfilter.diagnostics import printable
from pnfilter.server.web.requests import MAX_KEPT, MAX_KEPT_LENGTH, Refusal, Request, decoded

#: Stands for what is not shown.
HIDDEN: Final = "…"
#: Characters of one value that are shown.
MAX_SHOWN_VALUE: Final = 500
#: A shorter text of letters and digits alone is shown as it is.
_PLAIN: Final = 100

_METHODS: Final = {"GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD"}
#: The parts of a route's path whose value is shown.
_PARTS: Final = {"channel", "channels", "group", "user", "timetoken", "action"}
#: The parameters whose value is shown.
_SHOWN: Final = {
    *("uuid", "channel", "channel-group", "filter-expr", "tt", "tr", "timetoken"),
    *("channelsTimetoken", "count", "max", "start", "end", "limit", "offset", "reverse"),
    *("include_token", "include_meta", "include_uuid", "include_message_type"),
    *("include_custom_message_type", "string_message_token", "custom_message_type", "heartbeat"),
    *("store", "ttl", "norep", "seqn", "add", "remove", "disable_uuids", "ee", "pnsdk"),
}
#: The parameters of which only the name is shown; of others not even that: a mistake in the
#: encoding makes a name of anything.
_NAMED: Final = {"auth", "meta", "state", "signature", "timestamp", "requestid", "ptto"}

#: What looks like a secret within a value that is shown: keys by their form, parameters that a
#: mistake in the encoding made a part of it.
_SECRETS: Final = re.compile(
    r"(?P<name>(?:auth|signature|token|secret)\w*[ ]*=(?!=)[ ]*)[^&\s]+"
    r"|\b(?:pub|sub|sec)-c-[\w-]+",
    re.IGNORECASE,
)


def shown(text: str) -> str:
    """A text as the log shows it: printable, cut where it is long, without what looks like a secret."""
    if len(text) > MAX_KEPT_LENGTH:
        return _shown(text)
    # Such as a timetoken, which doesn't come again.
    return text if text.isascii() and text.isalnum() and len(text) < _PLAIN else _kept_shown(text)


def _shown(text: str) -> str:
    text = _SECRETS.sub(lambda found: (found["name"] or "") + HIDDEN, text)
    return printable(text if len(text) <= MAX_SHOWN_VALUE else text[: MAX_SHOWN_VALUE - 1] + HIDDEN)


_kept_shown: Final = lru_cache(MAX_KEPT)(_shown)


class ShownRequest:
    """The parts of a request that the log may show; ``str()`` is its request line."""

    __slots__ = ("method", "operation", "parameters", "parts", "route")

    def __init__(self, request: Request) -> None:
        self.method = request.method if request.method in _METHODS else HIDDEN
        self.operation = request.operation
        self.route = request.route
        self.parts = {name: _part(name, text) for name, text in request.parts.items()}
        self.parameters: dict[str, str] = {}
        for name in request.query:
            if name in _SHOWN:
                try:
                    self.parameters[name] = shown(request.query[name])
                except Refusal:
                    self.parameters[name] = HIDDEN
            else:
                self.parameters[name if name in _NAMED else HIDDEN] = HIDDEN

    def __str__(self) -> str:
        line = f"{self.method} /{HIDDEN}"
        if self.route:
            parts = [
                _encoded(self.parts[part[1:-1]]) if part[:1] == "{" else part
                for part in self.route.split("/")
            ]
            line = f"{self.method} {'/'.join(parts)}"
        sign = "?"
        for name, value in self.parameters.items():
            line += f"{sign}{name}={_encoded(value)}"
            sign = "&"
        return line

    def fields(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "operation": self.operation,
            "method": self.method,
            "route": self.route,
            "parts": self.parts,
            "parameters": self.parameters,
        }


def _part(name: str, text: str) -> str:
    if name not in _PARTS:
        return HIDDEN
    try:
        return shown(decoded(text))
    except Refusal:
        return HIDDEN


def _encoded(text: str) -> str:
    """A shown text as a part of a request line: only what would end the part is encoded."""
    return text if text.isalnum() else _kept_encoded(text)


@lru_cache(MAX_KEPT)
def _kept_encoded(text: str) -> str:
    return re.sub("[ %&#?]", lambda found: f"%{ord(found[0]):02X}", text)
