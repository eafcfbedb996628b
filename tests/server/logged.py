"""The log as lines, as ``serve`` writes it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pnfilter.server.log import LineFormatter, LogFormat


class Lines(logging.Handler):
    """Collects lines."""

    def __init__(self, form: LogFormat) -> None:
        super().__init__()
        self.setFormatter(LineFormatter(form))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def about(self, word: str) -> list[str]:
        """The lines with a word in them, without their time."""
        return [line.partition(" ")[2] for line in self.lines if word in line]


@contextmanager
def logged(form: LogFormat = "text", level: int = logging.INFO) -> Iterator[Lines]:
    """Everything that is logged meanwhile, by the server and by what is underneath."""
    lines = Lines(form)
    loggers = [logging.getLogger(name) for name in ("pnfilter", "asyncio")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(lines)
        logger.setLevel(level)
    try:
        yield lines
    finally:
        for logger, its_level in zip(loggers, before, strict=True):
            logger.removeHandler(lines)
            logger.setLevel(its_level)
