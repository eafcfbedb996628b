"""Filter texts from the command line, from files and from standard input, and positions in them."""

from __future__ import annotations

import argparse
import os
import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from pnfilter.cli.terminal import (
    CommandError,
    add_color,
    is_terminal,
    looks_like_filter,
    reason_of,
)
from pnfilter.diagnostics import Position, Span, line_starts
from pnfilter.input.sources import STDIN, open_binary, origin_of
from pnfilter.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any, BinaryIO, Literal

    from pnfilter.diagnostics import Diagnostic

    Layout = Literal["filter", "filters"]


#: Bytes of the longest filter that is read; the language's own limit is far below.
MAX_FILTER_BYTES = 4 << 20
#: Bytes of one list of filters that are read: a file may grow by what is written about it.
MAX_LIST_BYTES = 256 << 20
#: Lines of one file that are reported as no UTF-8; a file with more is no text.
MAX_BAD_LINES = 20
BOM = b"\xef\xbb\xbf"
#: How the origin of a text that was given by ``-e`` is named.
_IN_ARGUMENTS = re.compile(r"\(expression( [0-9]+)?\)")


class FilterText(NamedTuple):
    """A filter as given: ``first`` is its start in ``origin``, ``size`` its bytes there."""

    text: str
    origin: str
    first: Position
    size: int

    @property
    def is_file(self) -> bool:
        """Whether it is from a file, and not from the command line or standard input."""
        return self.origin != origin_of(STDIN) and not _IN_ARGUMENTS.fullmatch(self.origin)

    def is_whole(self, *, holes: bool) -> bool:
        """Whether it can be run. With ``holes``, ``{name}`` is what a program fills in."""
        return not (holes and "{" in self.text)

    def found(self, options: dict[str, Any]) -> Iterable[Diagnostic]:
        """What is wrong with it; ``options`` are those of ``pnfilter.check``."""
        from pnfilter.lint.check import check

        return check(self.text, **options)

    def is_wanted(self, diagnostic: Diagnostic) -> bool:
        """Whether nothing beside it says that a finding isn't wanted: a filter has no comments."""
        del diagnostic
        return True

    @property
    def fixed_by(self) -> str:
        """The command whose ``--fix`` fixes it; empty without one."""
        return "fmt"

    def refusal(self, diagnostic: Diagnostic) -> str:
        """Why that command leaves the filter of a finding alone; empty if it doesn't."""
        del diagnostic
        return ""

    def rendered(self, diagnostic: Diagnostic, *, color: bool = False) -> str:
        """Return a finding as a paragraph; a text alone on the command line needs no place."""
        from pnfilter.diagnostics import render

        origin = "" if self.origin == "(expression)" else self.origin
        return render(diagnostic, self.text, origin=origin, first=self.first, color=color)

    def locator(self) -> Locator:
        """Finds the place of its characters in the file."""
        return Locator(self.text, self.first)


class ReadFailure(NamedTuple):
    """An input, or a line of one, that can't be read; ``message`` says which and why."""

    message: str


class Once(argparse.Action):
    """An option that can't be given twice: argparse would keep the last without a word."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Keep the value; leaves with the usage where there is one already."""
        if getattr(namespace, self.dest) is not None:
            joined = (
                ": one filter, its parts joined by || or &&" if self.metavar == "FILTER" else ""
            )
            parser.error(f"{option_string} is given twice{joined}")
        setattr(namespace, self.dest, values)


def add_filter(parser: argparse.ArgumentParser, rest: str = "", help: str = "") -> None:
    """Arguments of a command that takes one filter, as its first word or by ``-e``.

    ``rest`` names the one word that may follow it, and ``help`` explains that word.
    """
    parser.add_argument(
        "filter", nargs="?", metavar="FILTER", help="its text; - reads it from standard input"
    )
    if rest:
        parser.add_argument("rest", nargs="?", metavar=rest, help=help)
    parser.add_argument(
        "-e",
        "--expression",
        action=Once,
        metavar="FILTER",
        help="the same, also for a text that starts with a dash",
    )
    add_color(parser)
    parser.set_defaults(refuse=parser.error)


def add_language(parser: argparse.ArgumentParser) -> None:
    """Add the option for the language of filters outside of code."""
    parser.add_argument(
        "--language",
        choices=("stream", "app-context"),
        default="stream",
        help="the language of -e, standard input and files of filters: that of stream filters "
        "(default), or that of App Context; code says itself which one it is",
    )


def add_filters(parser: argparse.ArgumentParser, files: str, layout: str) -> None:
    """The words and options that name any number of filters, with the help of two of them."""
    parser.add_argument("files", nargs="*", metavar="FILE", help=files)
    parser.add_argument(
        "-e",
        "--expression",
        action="append",
        default=[],
        metavar="FILTER",
        help="a filter's text; may be repeated",
    )
    parser.add_argument("--as", dest="layout", choices=("filter", "filters"), help=layout)
    add_color(parser)


def filter_and_rest(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """Return the filter and the word after it, if any; exit with the usage for wrong words."""
    first: str | None = arguments.filter
    rest: str | None = getattr(arguments, "rest", None)
    if arguments.expression is not None:
        if rest is not None or (first is not None and not hasattr(arguments, "rest")):
            arguments.refuse("one filter too many: give it as a word or by -e")
        return arguments.expression, first
    if first is None:
        arguments.refuse("no filter given")
    return text_from_stdin() if first == STDIN else str(first), rest


def text_from_stdin() -> str:
    """The one filter that standard input holds; ``CommandError`` where it can't be read."""
    (read,) = read_filters(STDIN, "filter")
    if isinstance(read, ReadFailure):
        raise CommandError(read.message)
    return read.text


def code_and_lists(names: list[str], layout: str | None) -> tuple[list[str], list[str]]:
    """Return the names of source code and folders, and the rest: files of filters, and ``-``."""
    code: list[str] = []
    lists: list[str] = []
    for name in names:
        (code if _is_code(name, layout) else lists).append(name)
    return code, lists


def _is_code(name: str, layout: str | None) -> bool:
    """Whether a name is that of a folder, or of a file that holds filters among other things."""
    if layout is not None or name == STDIN or name.lower().endswith((".filter", ".filters")):
        return False
    if os.path.isdir(name):
        return True
    if not os.path.isfile(name):
        return False
    from pnfilter.extraction.files import EXTENSIONS, extension_of

    return extension_of(name) in EXTENSIONS


def layout_of(name: str, layout: Layout | None) -> Layout | ReadFailure:
    """Return the form of filters in a file: as given, or by its suffix; standard input has one."""
    if layout is not None:
        return layout
    if name == STDIN or name.lower().endswith(".filter"):
        return "filter"
    if name.lower().endswith(".filters"):
        return "filters"
    if not os.path.exists(name):
        # A filter text where a file is due is the likeliest mistake of all.
        apart = ", with a space before it" if name.startswith("-e") else ""
        hint = f" (a filter's text is given by -e{apart})" if looks_like_filter(name) else ""
        return ReadFailure(f"{name}: no such file{hint}")
    return ReadFailure(
        f"{name}: say how it holds filters, "
        "--as filter (the file is one) or --as filters (one a line)"
    )


def read_filters(name: str, layout: Layout | None) -> Iterator[FilterText | ReadFailure]:
    """The filters of a file, or of standard input for ``-``, one at a time."""
    found = layout_of(name, layout)
    if isinstance(found, ReadFailure):
        yield found
        return
    origin = origin_of(name)
    try:
        with open_filters(name) as stream:
            if found == "filter":
                yield _whole(stream, origin)
            else:
                yield from filter_lines(stream, origin)
    except OSError as error:
        yield ReadFailure(reason_of(error, origin))


def open_filters(name: str) -> AbstractContextManager[BinaryIO]:
    """A file of filters, or standard input for ``-``; ``OSError`` if it can't be opened."""
    if name != STDIN:
        refuse_links(name)
    return open_binary(name)


def refuse_links(name: str) -> None:
    """Raise ``OSError`` for a link that leads out of its repository or to what git doesn't track.

    A pattern of the shell names whatever someone else has put there.
    """
    from pnfilter.extraction.trees import linked_file, refuse_leading_out

    refuse_leading_out(name)
    if linked_file(name) is not None:
        from pnfilter.extraction.files import refuse_untracked

        refuse_untracked(name)


def _whole(stream: BinaryIO, origin: str) -> FilterText | ReadFailure:
    content = stream.read(MAX_FILTER_BYTES + 1)
    if len(content) > MAX_FILTER_BYTES:
        return ReadFailure(f"{origin}: longer than {MAX_FILTER_BYTES:,} bytes, so no filter")
    text = decode(content.removeprefix(BOM), origin, 1)
    if isinstance(text, ReadFailure):
        return text
    return FilterText(text, origin, Position(1, 1), len(content))


def filter_lines(stream: BinaryIO, origin: str) -> Iterator[FilterText | ReadFailure]:
    """The filters of a stream that has one a line."""
    number = bad = size = 0
    while chunk := stream.readline(MAX_FILTER_BYTES + 1):
        if len(chunk) > MAX_FILTER_BYTES:
            yield ReadFailure(
                f"{origin}:{number + 1}: longer than {MAX_FILTER_BYTES:,} bytes, so no filter; "
                "what follows is not read"
            )
            return
        size += len(chunk)
        if size > MAX_LIST_BYTES:
            yield ReadFailure(
                f"{origin}:{number + 1}: "
                f"longer than {MAX_LIST_BYTES:,} bytes; what follows is not read"
            )
            return
        if number == 0:
            chunk = chunk.removeprefix(BOM)
        # Only a lone CR is left to split at.
        for line in chunk.splitlines():
            number += 1
            if holds_filter(line):
                text = decode(line, origin, number)
                if isinstance(text, ReadFailure):
                    yield text
                    bad += 1
                    if bad == MAX_BAD_LINES:
                        yield ReadFailure(f"{origin}: not text, it seems; what follows is not read")
                        return
                else:
                    yield FilterText(text, origin, Position(number, 1), len(line) + 1)


def holds_filter(line: bytes) -> bool:
    """Whether a line of a ``.filters`` file is neither blank nor a comment."""
    start = line.lstrip(b" \t\r\n")
    return bool(start) and not start.startswith(b"#")


def looks_like_list(text: str) -> bool:
    """Whether a text that was read as one filter is more likely a list of them, with comments."""
    return "#" in text and any(line.lstrip().startswith("#") for line in text.splitlines())


def decode(content: bytes, origin: str, line: int) -> str | ReadFailure:
    """UTF-8 as text; ``line`` is the number of the content's first line, to name the place."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return ReadFailure(f"{origin}: UTF-16, and filters are read as UTF-8")
        before = content[: error.start].decode().replace("\r\n", "\n").replace("\r", "\n")
        row = line + before.count("\n")
        column = len(before) - before.rfind("\n")
        return ReadFailure(
            f"{origin}:{row}:{column}: not UTF-8 (byte 0x{content[error.start]:02x})"
        )


def inputs_or_stdin(files: list[str], expressions: list[str]) -> list[str]:
    """The files to read: standard input where nothing was named and it is no terminal."""
    if files.count(STDIN) > 1:
        raise CommandError("standard input (-) can be read once only")
    if files or expressions:
        return files
    if sys.stdin is None or is_terminal(sys.stdin):
        raise CommandError("no filter given: name files, give texts by -e, or pipe one in")
    return [STDIN]


def from_command_line(expressions: list[str]) -> Iterator[FilterText]:
    """The texts given by ``-e``."""
    for number, text in enumerate(expressions, 1):
        origin = "(expression)" if len(expressions) == 1 else f"(expression {number})"
        yield FilterText(text, origin, Position(1, 1), len(text))


#: The last character that is one code unit of UTF-16.
_LAST_SINGLE = "\uffff"


class Place(NamedTuple):
    """Return the place of a finding in its file: 1-based, the end exclusive."""

    start: Position
    end: Position


class Locator:
    """The places of one filter's characters in its file.

    A filter that is in its file as it is read is offset by where it begins. One that is
    written otherwise there, as a literal of a programming language, needs a locator of its own.

    ``uses`` are where a program uses the filter, if its text is elsewhere, in characters, and
    ``uses_in_units`` the same in code units of UTF-16. ``origin`` is the file that has the text of
    an imported constant, and the position there, in characters.
    """

    uses: Sequence[Position] = ()
    uses_in_units: Sequence[Position] = ()
    origin: tuple[str, Position] | None = None

    def __init__(self, text: str, first: Position) -> None:
        self._text, self._first = text, first
        self._starts = line_starts(text)
        self._places_of_doubles: list[int] | None = None

    def place(self, span: Span) -> Place:
        """Line and column of both ends, in characters."""
        return Place(*(self._position(offset, 0) for offset in span))

    def units(self, span: Span) -> Place:
        """The same with columns in code units of UTF-16, of which a character has one or two."""
        return Place(*(self._position(offset, self._doubles(offset)) for offset in span))

    def written(self, text: str) -> str | None:
        """How a text that is inserted is written in the file; None where that isn't known."""
        return text

    def _position(self, offset: int, more: int) -> Position:
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + more + 1
        if line == 1:
            column += self._first.column - 1
        return Position(self._first.line + line - 1, column)

    def _doubles(self, offset: int) -> int:
        """Characters of two code units before one, on its line."""
        if self._places_of_doubles is None:
            self._places_of_doubles = [
                place for place, char in enumerate(self._text) if char > _LAST_SINGLE
            ]
        start = self._starts[bisect_right(self._starts, offset) - 1]
        places = self._places_of_doubles
        return bisect_left(places, offset) - bisect_left(places, start)
