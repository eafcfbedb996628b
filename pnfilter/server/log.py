"""The log: what it may show of a request, and lines as text or JSON, written by a thread."""

from __future__ import annotations

import json
import logging
import os
import queue
import re
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal

from pnfilter.diagnostics import printable
from pnfilter.server.http.request import (
    CURSOR,
    MAX_KEPT,
    MAX_KEPT_LENGTH,
    Query,
    Request,
    decode_part,
)
from pnfilter.server.http.response import Refusal

#: In place of what is not shown.
HIDDEN: Final = "…"
#: Characters of one value that are shown.
MAX_SHOWN_VALUE: Final = 500
#: A shorter string of letters and digits alone is shown as it is.
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
    *("disable-uuids", "encode_channels"),
    *("type", "topic", "environment"),
}
#: The parameters of which only the name is shown; of others not even that: a mistake in the
#: encoding makes a name of anything.
_NAMED: Final = {
    "auth",
    "meta",
    "state",
    "signature",
    "timestamp",
    "requestid",
    "ptto",
    "ortt",
    "t",
}
_KNOWN: Final = _SHOWN | _NAMED

#: What looks like a secret within a value that is shown: keys and access tokens by their form,
#: parameters, headers and JSON that a mistake made a part of it, encoded or not. The length of
#: names is bounded, so that a string of nothing but names takes no longer than any other.
_SECRETS: Final = re.compile(
    r"(?P<name>(?:auth|cipher|cookie|password|secret|signature|token)\w{0,20}+"
    r"[\"']?[ ]{0,3}(?:=(?!=)|:|%(?:25){0,3}3[AD])[ ]{0,3}[\"']?(?:(?:basic|bearer)[ ])?)"
    r"[^&\s\"']+"
    r"|(?:pub|sub|sec|ctl)-c-[\w%-]+"
    r"|[\w-]{2}F2AkF0[\w%=-]+",
    re.IGNORECASE,
)


def showable(text: str) -> str:
    """Return a string as the log shows it: printable, shortened, without what may be a secret."""
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
            shown_path = _kept_path if is_kept else _redact_path
            path = shown_path(request.route, tuple(request.parts.items()))
            before, after = _kept_around(query.repeated)
            return f"{self.method} {path}?{before}{_word(query.raw(CURSOR))}{after}"
        line = f"{self.method} {_redact_path(request.route, tuple(request.parts.items()))}"
        shown = _redact_query(query)
        return f"{line}?{shown}" if shown else line

    def fields(self) -> dict[str, Any]:
        """Return the same as JSON values."""
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


def _redact_path(route: str, parts: tuple[tuple[str, str], ...]) -> str:
    """Return the path of a request, given what its route names, with what may be shown of it."""
    if not route:
        return f"/{HIDDEN}"
    words = {f"{{{name}}}": _word(raw) if name in _PARTS else HIDDEN for name, raw in parts}
    return "/".join([words.get(part, part) for part in route.split("/")])


_kept_path: Final = lru_cache(MAX_KEPT)(_redact_path)


def _redact_query(query: Query) -> str:
    """Return a query with what may be shown of it."""
    words = {
        name if name in _KNOWN else HIDDEN: _word(raw) if name in _SHOWN else HIDDEN
        for name, raw in query.encoded()
    }
    return "&".join([f"{name}={word}" for name, word in words.items()])


def _around(repeated: str) -> tuple[str, str]:
    """What is shown before and after the cursor of a query that comes again with another one."""
    # No word has an ampersand of its own, and no other name ends so.
    before, cursor, after = f"&{_redact_query(Query(repeated))}".partition(f"&{CURSOR}=")
    return (before + cursor)[1:], after


_kept_around: Final = lru_cache(MAX_KEPT)(_around)


def _value(raw: str) -> str:
    """Return a part of a request line that may be shown, decoded."""
    try:
        return showable(decode_part(raw))
    except Refusal:
        return HIDDEN


def _word(raw: str) -> str:
    """Return the same, with what would end the part encoded, and no more."""
    # Such as a timetoken, which doesn't come again.
    if raw.isalnum() and raw.isascii() and len(raw) < _PLAIN:
        return raw
    return (_kept_word if len(raw) <= MAX_KEPT_LENGTH else _encode)(raw)


def _encode(raw: str) -> str:
    return re.sub("[ %&#?]", lambda found: f"%{ord(found[0]):02X}", _value(raw))


_kept_word: Final = lru_cache(MAX_KEPT)(_encode)


LogFormat = Literal["text", "json"]

#: Lines that wait to be written; more are dropped, and counted.
MAX_LINES: Final = 10_000
#: Seconds that the last lines are given to be written.
CLOSING_SECONDS: Final = 2.0
#: Lines that are written at once, and seconds between two writes: a thread that woke for each
#: line would compete with the one that serves.
_BATCH: Final = 1_000
_PAUSE: Final = 0.02


class Entry:
    """The content of a log line: an event's name, a sentence, and the same as JSON values."""

    __slots__ = ("_fields", "_text", "event")

    def __init__(self, event: str, text: str, /, **fields: Any) -> None:
        self.event = event
        self._fields = fields
        self._text = text

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON values by their names."""
        return self._fields

    def __str__(self) -> str:
        return self._text


class LineFormatter(logging.Formatter):
    """Format a record as one line: time (UTC), level, and the message.

    Records of other packages, and exceptions, may quote a request. Of such a record the line has
    the place in the code, and the message without its arguments.
    """

    def __init__(self, form: LogFormat) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, Entry):
            entry = record.msg
        elif record.name.split(".")[0] == "pnfilter" and not record.exc_info:
            entry = Entry("note", printable(record.getMessage()), message=record.getMessage())
        else:
            entry = _foreign(record)
        seconds, thousandths = divmod(int(record.created * 1000), 1000)
        moment = f"{_second(seconds)}.{thousandths:03}Z"
        if self._form == "text" and record.levelno == logging.INFO:
            return f"{moment} {entry}"
        level = record.levelname.lower()
        if self._form == "text":
            return f"{moment} {level}: {entry}"
        # Pure ASCII, so that no encoding can spoil it.
        return json.dumps(
            {"time": moment, "level": level, "event": entry.event, **entry.fields},
            separators=(",", ":"),
        )


@lru_cache(1)
def _second(seconds: int) -> str:
    """Return a second since 1970, in UTC: that of thousands of lines, one after the other."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00")


def _foreign(record: logging.LogRecord) -> Entry:
    template = str(record.msg)
    if record.args:
        sentence = re.sub("%[a-z]", "…", template)
    else:
        # It may have been put together before it was logged.
        sentence = re.split("[:\n]", template, maxsplit=1)[0]
    fields: dict[str, Any] = {
        "logger": record.name,
        "message": sentence,
        "place": f"{record.module}:{record.lineno}",
    }
    if record.exc_info and record.exc_info[0] is not None:
        fields["exception"] = record.exc_info[0].__name__
        frames = traceback.extract_tb(record.exc_info[2])[-5:]
        fields["raised"] = [
            f"{os.path.basename(at.filename)}:{at.lineno}"  # noqa: PTH119
            for at in frames
        ]
    shown = " ".join(
        ", ".join(value) if isinstance(value, list) else value for value in fields.values() if value
    )
    return Entry("internal", shown, **fields)


class LineWriter(logging.Handler):
    """Hands lines to a thread that writes them; a line is dropped where too many wait.

    A reader that is slow, or reads nothing at all, thus doesn't hold up who logs.
    """

    def __init__(self, write: Callable[[bytes], object], form: LogFormat) -> None:
        super().__init__()
        self.setFormatter(LineFormatter(form))
        self._write = write
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        #: Lines that were dropped.
        self.dropped = 0
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pnfilter-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as one line, soon."""
        self.write(self.format(record))

    def write(self, text: str) -> None:
        """Write a text and an end of line, soon."""
        # A queue with a bound of its own takes ten times as long for each line.
        if self._lines.qsize() < MAX_LINES:
            self._lines.put(text)
        else:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, if that doesn't take long."""
        super().close()
        self._is_closing.set()
        self._lines.put(None)
        self._thread.join(CLOSING_SECONDS)

    def _run(self) -> None:
        dropped = 0
        is_open = True
        while is_open:
            lines, is_open = self._next_lines()
            if dropped < self.dropped:
                lines.append(self.format(_record_of_dropped(self.dropped - dropped)))
                dropped = self.dropped
            try:
                self._write(
                    "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")
                )
            except (OSError, ValueError):
                # The reader has gone.
                return
            self._is_closing.wait(_PAUSE)

    def _next_lines(self) -> tuple[list[str], bool]:
        """Return the lines that wait, at least one before the end; and whether more may come."""
        lines: list[str] = []
        with suppress(queue.Empty):
            while len(lines) < _BATCH:
                line = self._lines.get(block=not lines)
                if line is None:
                    return lines, False
                lines.append(line)
        return lines, True


def _record_of_dropped(number: int) -> logging.LogRecord:
    entry = Entry("dropped", f"{number:,} log lines were dropped", lines=number)
    return logging.LogRecord("pnfilter", logging.WARNING, __file__, 0, entry, None, None)


def writer_to(descriptor: int) -> Callable[[bytes], None]:
    """Return a writer of whole strings to an open file, without a lock that the exit would need."""

    def write(data: bytes) -> None:
        while data:
            data = data[os.write(descriptor, data) :]

    return write
