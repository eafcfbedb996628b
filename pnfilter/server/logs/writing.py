"""Log lines: as text or as JSON, written by a thread so that no reader of them holds up the service."""

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

LogFormat = Literal["text", "json"]

#: Lines that wait to be written; more are dropped, and counted.
MAX_LINES: Final = 10_000
#: Seconds that the last lines are given to be written.
CLOSING_SECONDS: Final = 2.0
#: Lines that are written at once, and seconds between two writes: a thread that woke for each line would
#: take turns with the one that serves.
_BATCH: Final = 1_000
_PAUSE: Final = 0.02


class Entry:
    """What a log line tells: an event's name, a sentence, and the same as JSON values."""

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
    """A record as one line: time (UTC), level, and what it tells.

    What other packages log, and exceptions, may quote a request. Of such a record the place in the code
    is shown, and the sentence without what was filled in.
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
    """A second since 1970, in UTC: that of thousands of lines, one after the other."""
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
        frames = traceback.extract_tb(record.exc_info[2])
        fields["raised"] = [f"{os.path.basename(at.filename)}:{at.lineno}" for at in frames[-5:]]  # noqa: PTH119
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
                lines.append(self.format(_dropped(self.dropped - dropped)))
                dropped = self.dropped
            try:
                self._write(
                    "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")
                )
            except (OSError, ValueError):
                # Nobody reads any more.
                return
            self._is_closing.wait(_PAUSE)

    def _next_lines(self) -> tuple[list[str], bool]:
        """The lines that wait, at least one before the end; and whether more may come."""
        lines: list[str] = []
        with suppress(queue.Empty):
            while len(lines) < _BATCH:
                line = self._lines.get(block=not lines)
                if line is None:
                    return lines, False
                lines.append(line)
        return lines, True


def _dropped(number: int) -> logging.LogRecord:
    entry = Entry("dropped", f"{number:,} log lines were dropped", lines=number)
    return logging.LogRecord("pnfilter", logging.WARNING, __file__, 0, entry, None, None)


def writer_to(descriptor: int) -> Callable[[bytes], None]:
    """Writes to an open file, whole texts, without a lock that the end of the program would need."""

    def write(data: bytes) -> None:
        while data:
            data = data[os.write(descriptor, data) :]

    return write
