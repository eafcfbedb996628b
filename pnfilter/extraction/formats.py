"""Texts with places for arguments, in the manner of ``printf`` and in that of ``{}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pnfilter.extraction.pieces import Gap, Literal, Piece, Pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.syntax.holes import type_of_filling

Part = tuple[int, int]
#: From an argument of the call to what it puts in.
Argument = Callable[[Part], Pieces]

_PRINTF = re.compile(
    r"%%|%(?:(?P<bracket>\()?(?(bracket)|<)(?P<name>\w++)(?(bracket)\)|>)|(?P<number>\d++)\$)?"
    r"[-+ #0,]*+(?:\d++|\*)?+(?:\.(?:\d++|\*))?+(?:hh|ll|[hlqLztj])?(?P<sign>[a-zA-Z@])"
)
_BRACES = re.compile(
    r"\{\{|\}\}|\{(?P<name>[^{}!:,]*+)(?P<kind>![rsa])?+(?:,[^{}:]*+)?+(?P<format>:[^{}]*+)?+\}"
)
_NUMERIC_SIGNS = frozenset("diufFeEgGxXoc")
_NUMERIC_FORMAT = re.compile(r":.*[dfFeEgGxXon0-9]\??")


def printf(
    pieces: Pieces,
    arguments: Sequence[Part],
    argument: Argument,
    named: Mapping[str, Part] | None = None,
) -> Pieces:
    """The pieces with ``%s`` and the like filled by the arguments in turn."""
    used = 0

    def fill(match: re.Match[str]) -> tuple[Part | None, type_of_filling, str]:
        nonlocal used
        part: Part | None = None
        if match["name"]:
            part = (named or {}).get(match["name"])
        else:
            index = int(match["number"]) - 1 if match["number"] else used
            used += match["number"] is None
            if index < len(arguments):
                part = arguments[index]
        sign = match["sign"]
        filling: type_of_filling = (
            "number" if sign in _NUMERIC_SIGNS else "text" if sign == "q" else "any"
        )
        return part, filling, match["name"] or ""

    return _filled(pieces, _PRINTF, fill, argument)


def braces(
    pieces: Pieces,
    arguments: Sequence[Part],
    argument: Argument,
    named: Mapping[str, Part] | None = None,
) -> Pieces:
    """The pieces with ``{}``, ``{0}`` and ``{name}`` filled by the arguments."""
    used = 0

    def fill(match: re.Match[str]) -> tuple[Part | None, type_of_filling, str]:
        nonlocal used
        name = match["name"].strip()
        part: Part | None = None
        if not name or name.isdigit():
            index = int(name) if name else used
            used += not name
            if index < len(arguments):
                part = arguments[index]
        else:
            part = (named or {}).get(name)
        form = match["format"] or ""
        filling: type_of_filling = "any"
        if match["kind"] == "!r" or form == ":?":
            filling = "text"
        elif _NUMERIC_FORMAT.fullmatch(form):
            filling = "number"
        return part, filling, name

    return _filled(pieces, _BRACES, fill, argument)


def halved(pieces: Pieces) -> Pieces:
    """The pieces with each ``''`` as one quote, as Java's ``MessageFormat`` reads them."""
    result: Pieces = []
    for piece in pieces:
        if isinstance(piece, Gap):
            result.append(piece)
            continue
        position = 0
        for match in re.finditer("''", piece.text):
            result.append(piece.cut(position, match.start() + 1))
            position = match.end()
        result.append(piece.cut(position, len(piece.text)))
    return result


def replaced(pieces: Pieces, word: str, put: Pieces) -> Pieces:
    """The pieces with something in the place of a word."""
    result: Pieces = []
    for piece in pieces:
        if isinstance(piece, Gap):
            result.append(piece)
            continue
        position = 0
        while (found := piece.text.find(word, position)) >= 0:
            result.append(piece.cut(position, found))
            result += put
            position = found + len(word)
        result.append(piece.cut(position, len(piece.text)))
    return [each for each in result if isinstance(each, Gap) or each.text]


def _filled(
    pieces: Pieces,
    pattern: re.Pattern[str],
    fill: Callable[[re.Match[str]], tuple[Part | None, type_of_filling, str]],
    argument: Argument,
) -> Pieces:
    result: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Gap):
            result.append(piece)
            continue
        position = 0
        for match in pattern.finditer(piece.text):
            result.append(piece.cut(position, match.start()))
            position = match.end()
            if match[0] in ("%%", "{{", "}}"):
                result.append(piece.cut(match.start(), match.start() + 1))
                continue
            part, filling, name = fill(match)
            put = argument(part) if part is not None else []
            if not put:
                put = [
                    Gap(name or "value", piece.starts[match.start()], piece.ends[match.end() - 1])
                ]
            result += [_known(each, filling, piece, match) for each in put]
        result.append(piece.cut(position, len(piece.text)))
    return [each for each in result if isinstance(each, Gap) or each.text]


def _known(each: Piece, filling: type_of_filling, piece: Literal, match: re.Match[str]) -> Piece:
    """What is put in, at the place where the format has it."""
    if isinstance(each, Literal):
        return each
    start, end = piece.starts[match.start()], piece.ends[match.end() - 1]
    return Gap(each.source, start, end, filling if filling != "any" else each.filling)
