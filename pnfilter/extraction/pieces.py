"""Pieces of a filter's text: characters with their positions in the file, and holes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice, product
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from pnfilter.diagnostics import Span
from pnfilter.extraction.languages import Escapes
from pnfilter.syntax.holes import Hole
from pnfilter.wording import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.syntax.holes import Filling

_NAMED = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
    "a": "\a",
    "e": "\x1b",
    "s": " ",
}
_BACKSLASH = re.compile(
    r"\\(?:u\{(?P<braced>[0-9a-fA-F_]{1,8})\}|u+(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})"
    r"|N\{(?P<named>[^{}\r\n]{1,100})\}|x\{(?P<hex>[0-9a-fA-F]{1,8})\}|x(?P<two>[0-9a-fA-F]{2})|(?P<octal>[0-7]{2,3})"
    r"|(?P<line>\r\n|\n|\r)|(?P<one>.))",
    re.DOTALL,
)
#: The same in C#, where ``\\x`` has up to four digits.
_WIDE_BACKSLASH = re.compile(
    _BACKSLASH.pattern.replace("{2})|(?P<octal>", "{1,4})|(?P<octal>"), re.DOTALL
)
_LAST_CHARACTER = 0x10FFFF
#: Characters of a hole's name; longer program text is cut.
MAX_HOLE_NAME: Final = 40
#: Characters of a hole's program text that are kept.
MAX_WORDS: Final = 2_000


class Literal(NamedTuple):
    """A part of a text that is in the file: start and end of each of its characters there."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def cut(self, start: int, end: int) -> Literal:
        """Return some of the characters."""
        return Literal(self.text[start:end], self.starts[start:end], self.ends[start:end])


class Gap(NamedTuple):
    """A part that the program fills in: its program text, and its position."""

    source: str
    start: int
    end: int
    filling: Filling = "any"


Piece = Literal | Gap
Pieces = list[Piece]


def combine(parts: Iterable[Sequence[Pieces]], at_most: int) -> list[Pieces]:
    """Return the concatenations of several parts, each with several alternatives."""
    ways = islice(product(*parts), at_most)
    return [list(chain.from_iterable(way)) for way in ways]


def length(pieces: Iterable[Piece]) -> int:
    """Return the approximate number of characters in a text of these pieces."""
    return sum(len(piece.text) if isinstance(piece, Literal) else MAX_HOLE_NAME for piece in pieces)


def places_of(pieces: Iterable[Piece]) -> tuple[object, ...]:
    """Return the pieces' positions in the file: the same for texts of the same pieces."""
    return tuple(
        (piece.starts[0], piece.ends[-1], len(piece.text))
        if isinstance(piece, Literal)
        else piece[:3]
        for piece in pieces
        if isinstance(piece, Gap) or piece.text
    )


def plain(source: str, start: int, end: int) -> Literal:
    """Return characters of the file unchanged."""
    return Literal(source[start:end], range(start, end), range(start + 1, end + 1))


def pick(source: str, places: Sequence[int]) -> Literal:
    """Return some characters of the file unchanged."""
    text = "".join(source[place] for place in places)
    return Literal(text, places, [place + 1 for place in places])


def decode_string(source: str, start: int, end: int, escapes: Escapes, quote: str = "'") -> Literal:
    """Return the content of a string between two positions of the file, its escapes decoded."""
    sign = quote if escapes == "doubled" else "\\"
    if escapes == "raw" or sign not in source[start:end]:
        return plain(source, start, end)
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    backslash = _WIDE_BACKSLASH if escapes == "wide" else _BACKSLASH
    position = start
    while position < end:
        step = position + 1
        char = source[position]
        if escapes == "doubled":
            if source.startswith(quote * 2, position):
                step = position + 2
        elif char == "\\" and (match := backslash.match(source, position, end)) is not None:
            if escapes == "single":
                if source[position + 1] in ("\\", quote):
                    char, step = source[position + 1], position + 2
            else:
                char, step = _unescape(match, escapes, quote)
        for each in char:
            text.append(each)
            starts.append(position)
            ends.append(step)
        position = step
    return _pair_surrogates(Literal("".join(text), starts, ends))


def _unescape(match: re.Match[str], escapes: Escapes, quote: str) -> tuple[str, int]:
    if escapes == "php" and _is_kept_by_php(match, quote):
        return "\\", match.start() + 1
    kind, end = match.lastgroup, match.end()
    value = match[kind] if kind else ""
    if kind == "line":
        return "", end
    if kind == "named":
        return _by_name(match, escapes)
    if kind == "one":
        if value in _NAMED and (escapes != "keep" or value not in "es"):
            return _NAMED[value], end
        kept = escapes == "keep" and value not in "\\'\""
        return (match[0] if kept else value), end
    number = int(value.replace("_", ""), 8 if kind == "octal" else 16)
    return (chr(number) if number <= _LAST_CHARACTER else "\ufffd"), end


def _is_kept_by_php(match: re.Match[str], quote: str) -> bool:
    """Return whether PHP keeps a backslash in the string, in these quotes or in a heredoc.

    A heredoc has no quotes.
    """
    if match["one"]:
        return match["one"] not in ("\\", "$", quote) and match["one"] not in "ntrvef01234567"
    return match.lastgroup in ("four", "eight", "named", "hex", "line")


def _by_name(match: re.Match[str], escapes: Escapes) -> tuple[str, int]:
    """Return a character by its Unicode name, as in Python.

    In other languages, or for an unknown name, it isn't an escape.
    """
    from unicodedata import lookup

    kept = "\\N" if escapes == "keep" else "N"
    if escapes == "keep":
        try:
            return lookup(match["named"]), match.end()
        except KeyError:
            pass
    return kept, match.start() + len("\\N")


def _pair_surrogates(literal: Literal) -> Literal:
    """Combine surrogates that were written one by one into their character."""
    text = literal.text
    if not any("\ud800" <= char <= "\udbff" for char in text):
        return literal
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    index = 0
    while index < len(text):
        pair = text[index : index + 2]
        size = 2 if re.match("[\ud800-\udbff][\udc00-\udfff]", pair) else 1
        chars.append(
            pair.encode("utf-16", "surrogatepass").decode("utf-16") if size == 2 else text[index]
        )
        starts.append(literal.starts[index])
        ends.append(literal.ends[index + size - 1])
        index += size
    return Literal("".join(chars), starts, ends)


def unquote(literal: Literal) -> Literal:
    """Decode the percent-encoding of a literal, as for a parameter of a URL."""
    if "%" not in literal.text:
        return literal
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in re.finditer(r"(?:%[0-9a-fA-F]{2})+|.", literal.text, re.DOTALL):
        encoded = match[0] if len(match[0]) > 1 else ""
        offset = match.start()
        content = unquote_to_bytes(encoded).decode("utf-8", "replace") if encoded else match[0]
        for char in content:
            size = 3 * len(char.encode("utf-8", "replace")) if encoded else 1
            last = min(offset + size, match.end()) - 1
            text.append(char)
            starts.append(literal.starts[min(offset, last)])
            ends.append(literal.ends[last])
            offset += size
    return Literal("".join(text), starts, ends)


class Joined(NamedTuple):
    """Pieces as one filter text, in which a hole is ``{name}``."""

    text: str
    holes: tuple[Hole, ...]
    starts: Sequence[int]
    ends: Sequence[int]


def hole_name(source: str) -> str:
    """Return a hole's program text on one line, without braces."""
    name = re.sub(r"[{}\"'`\s]+", " ", source).strip() or "value"
    return shorten(name, MAX_HOLE_NAME)


def join(pieces: Iterable[Piece]) -> Joined:
    """Return the text of all pieces, without spaces at its ends."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    gaps: list[tuple[int, int, str, Filling]] = []
    for piece in pieces:
        if isinstance(piece, Literal):
            text += piece.text
            starts += piece.starts
            ends += piece.ends
        else:
            name = hole_name(piece.source)
            shown = f"{{{name}}}"
            gaps.append((len(text), len(text) + len(shown), name, piece.filling))
            text += shown
            starts += [piece.start] * len(shown)
            ends += [piece.end] * len(shown)
    whole = "".join(text)
    first = len(whole) - len(whole.lstrip())
    last = max(first, len(whole.rstrip()))
    holes = tuple(
        Hole(Span(start - first, end - first), name, filling) for start, end, name, filling in gaps
    )
    return Joined(whole[first:last], holes, starts[first:last], ends[first:last])


def outer_span(made: Joined, start: int, end: int) -> tuple[int, int]:
    """Return where characters of a filter are in the file; an empty span is a position."""
    if not made.starts:
        return 0, 0
    if start >= len(made.starts):
        return made.ends[-1], made.ends[-1]
    first = made.starts[start]
    if end <= start:
        return first, first
    last = end - 1
    if made.ends[last] <= first:
        # The filter's end is further up: only adjacent characters are meant.
        last = start
        while made.starts[last + 1] >= made.starts[last]:
            last += 1
    return first, made.ends[last]


def is_known(pieces: Pieces) -> bool:
    """Return whether any piece is a text that the program has."""
    return any(isinstance(piece, Literal) for piece in pieces)


def has_text(pieces: Pieces) -> bool:
    """Return whether any piece is text other than spaces."""
    return any(isinstance(piece, Literal) and piece.text.strip() for piece in pieces)
