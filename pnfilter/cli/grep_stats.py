"""``grep --stats``: what a search read and found, on standard error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pnfilter.cli.terminal import tell
from pnfilter.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from pnfilter.input.reader import MessageReader
    from pnfilter.scanning.search import Search


class Statistics:
    """Counts bytes and files beside a search, and the seconds since it was made."""

    def __init__(self, advance: Callable[[int], object]) -> None:
        """Pass numbers of bytes on to ``advance``."""
        self._begin = time.perf_counter()
        self._pass_on = advance
        self._bytes = self._files = self._matched = self._broken = 0

    def advance(self, size: int) -> None:
        """Take so many bytes more into account."""
        self._bytes += size
        self._pass_on(size)

    def end_input(self, search: Search, reader: MessageReader) -> None:
        """Take one input into account that was searched."""
        self._files += reader.opened
        self._matched += search.count > 0
        self._broken += reader.broken

    def show(self, search: Search) -> None:
        """Print the counts, one a line."""
        seconds = time.perf_counter() - self._begin
        undecided = search.undecided.total()
        for line in (
            counted(search.messages, "message"),
            f"{search.selected:,} selected",
            f"{undecided:,} undecided",
            f"{self._broken:,} broken",
            f"{counted(self._files, 'input')} read, {self._matched:,} with a selected message",
            f"{counted(self._bytes, 'byte')} read",
            f"{seconds:.3f} seconds",
        ):
            tell(line)
