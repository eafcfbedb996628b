"""What ``grep`` prints: lines, those around them, counts and names; and what it counts."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from pnfilter.cli.terminal import is_terminal, tell, use_color
from pnfilter.diagnostics import paint
from pnfilter.input.sources import origin_of
from pnfilter.wording import counted

if TYPE_CHECKING:
    from pnfilter.input.reader import MessageReader
    from pnfilter.scanning.search import Lines, Search


def _output() -> BinaryIO:
    return sys.stdout.buffer


class Printer:
    """Prints lines and counts."""

    def __init__(self, arguments: argparse.Namespace, *, with_name: bool) -> None:
        self._with_name, self._with_number = with_name, arguments.line_number
        self._flushes = arguments.line_buffered or arguments.follow or is_terminal(sys.stdout)
        self._color = use_color()
        self._output = _output()
        self._source = ""

    def begin(self, source: str) -> None:
        """Begin an input."""
        self._source = source

    def end(self) -> None:
        """End an input: nothing is left to print."""

    def print(self, lines: Lines, mark: str = ":") -> None:
        """Print lines with their numbers; the mark is ``-`` for lines around selected ones."""
        start = self._prefix(self._source, "35", mark) if self._with_name else b""
        for number, line in lines:
            if not line.endswith(b"\n"):
                line += b"\n"
            before = start + self._prefix(str(number), "32", mark) if self._with_number else start
            self._output.write(before + line if before else line)
        if self._flushes:
            self._output.flush()

    def _prefix(self, text: str, style: str, mark: str = ":") -> bytes:
        return os.fsencode(paint(text, style, self._color) + paint(mark, "36", self._color))

    def print_separator(self) -> None:
        """The line between two groups of lines."""
        self._output.write(paint("--", "36", self._color).encode() + b"\n")

    def print_count(self, name: str, count: int) -> None:
        """The number selected in an input."""
        prefix = self._prefix(origin_of(name), "35") if self._with_name else b""
        self._output.write(prefix + f"{count}\n".encode())
        if self._flushes:
            self._output.flush()

    def print_name(self, name: str) -> None:
        """The name of an input alone on a line."""
        self._output.write(os.fsencode(paint(origin_of(name), "35", self._color)) + b"\n")
        if self._flushes:
            self._output.flush()


class Context:
    """The lines around the selected ones of an input: it sees all lines, and passes on some.

    Groups of lines that don't follow each other are parted by a line with ``--``.
    """

    def __init__(self, before: int, after: int, printer: Printer) -> None:
        """Print so many lines before and after each selected one."""
        self._before, self._after = before, after
        self._printer = printer
        #: The lines that may still be printed, with their numbers.
        self._kept: deque[tuple[int, bytes]] = deque()
        self._has_printed = False
        #: The last line that is wanted, the last that was printed, the last that was seen.
        self._until = self._printed = self._seen = 0

    def begin(self, source: str) -> None:
        """Begin an input."""
        self._printer.begin(source)
        self._kept.clear()
        self._until = self._printed = self._seen = 0

    def end(self) -> None:
        """End an input: its last lines may be broken or blank."""
        self.decided(None)

    def see(self, first: int, lines: bytes) -> None:
        """Take whole lines into account, of which the first has this number."""
        self._kept.extend(enumerate(BytesIO(lines).readlines(), first))
        self._seen = self._kept[-1][0]

    def print(self, found: Lines) -> None:
        """Print selected lines, and the lines before each."""
        for number, line in found:
            self._print_kept(number - 1, number - self._before)
            if self._kept and self._kept[0][0] == number:
                self._kept.popleft()
            self._part(number)
            self._printer.print([(number, line)])
            self._until = number + self._after

    def decided(self, number: int | None) -> bool:
        """Print lines after selected ones, up to this line; whether more of them are wanted."""
        last = self._seen if number is None else number
        self._print_kept(min(last, self._until), 0)
        while self._kept and self._kept[0][0] <= last - self._before:
            self._kept.popleft()
        return self._until > self._seen

    def _print_kept(self, last: int, first: int) -> None:
        """Print those up to ``last`` that are wanted: after a selected line, or from ``first``."""
        while self._kept and self._kept[0][0] <= last:
            number, line = self._kept.popleft()
            if number <= self._until or number >= first:
                self._part(number)
                self._printer.print([(number, line)], "-")

    def _part(self, number: int) -> None:
        """Print the line between two groups where this line begins another one."""
        if self._has_printed and (not self._printed or number != self._printed + 1):
            self._printer.print_separator()
        self._has_printed = True
        self._printed = number


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
