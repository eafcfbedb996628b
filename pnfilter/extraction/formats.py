"""Strings with placeholders (``printf``, ``{}``), and lists of strings with their separators."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pnfilter.extraction.code import OPENING, Code, SourceRange, simple_name
from pnfilter.extraction.functions import returns_of_block, returns_of_lambda
from pnfilter.extraction.pieces import Gap, Literal, Piece, Pieces
from pnfilter.extraction.vocabulary import JOINS, LEAVES_OUT, MAPS, REDUCES, WITH_ENDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.syntax.holes import Filling


#: From an argument of the call to what it inserts.
Argument = Callable[[SourceRange], Pieces]

_PRINTF = re.compile(
    r"%%|%(?:(?P<bracket>\()?(?(bracket)|<)(?P<name>\w++)(?(bracket)\)|>)|(?P<number>\d++)\$)?"
    r"[-+ #0,]*+(?:\d++|\*)?+(?:\.(?:\d++|\*))?+(?:hh|ll|[hlqLztj])?(?P<sign>[a-zA-Z@])"
)
_BRACES = re.compile(
    r"\{\{|\}\}|\{(?P<name>[^{}!:,]*+)(?P<kind>![rsa])?+(?:,[^{}:]*+)?+(?P<format>:[^{}]*+)?+\}"
)
_SECOND_QUOTE = re.compile("'(')")
_MARGIN = re.compile(r"^[ \t]*\|", re.MULTILINE)
_NUMERIC_SIGNS = frozenset("diufFeEgGxXoc")
_NUMERIC_FORMAT = re.compile(r":.*[dfFeEgGxXon0-9]\??")


def printf(
    pieces: Pieces,
    arguments: Sequence[SourceRange],
    argument: Argument,
    named: Mapping[str, SourceRange] | None = None,
) -> Pieces:
    """Return the pieces with ``%s`` and other conversions filled by the arguments in turn."""
    used = 0

    def fill(match: re.Match[str]) -> tuple[SourceRange | None, Filling, str]:
        nonlocal used
        part: SourceRange | None = None
        if match["name"]:
            part = (named or {}).get(match["name"])
        else:
            index = int(match["number"]) - 1 if match["number"] else used
            used += match["number"] is None
            if index < len(arguments):
                part = arguments[index]
        sign = match["sign"]
        filling: Filling = "number" if sign in _NUMERIC_SIGNS else "text" if sign == "q" else "any"
        return part, filling, match["name"] or ""

    return _fill(pieces, _PRINTF, fill, argument)


def braces(
    pieces: Pieces,
    arguments: Sequence[SourceRange],
    argument: Argument,
    named: Mapping[str, SourceRange] | None = None,
) -> Pieces:
    """Return the pieces with ``{}``, ``{0}`` and ``{name}`` filled by the arguments."""
    used = 0

    def fill(match: re.Match[str]) -> tuple[SourceRange | None, Filling, str]:
        nonlocal used
        name = match["name"].strip()
        part: SourceRange | None = None
        if not name or name.isdigit():
            index = int(name) if name else used
            used += not name
            if index < len(arguments):
                part = arguments[index]
        else:
            part = (named or {}).get(name)
        form = match["format"] or ""
        filling: Filling = "any"
        if match["kind"] == "!r" or form == ":?":
            filling = "text"
        elif _NUMERIC_FORMAT.fullmatch(form):
            filling = "number"
        return part, filling, name

    return _fill(pieces, _BRACES, fill, argument)


def halve_quotes(pieces: Pieces) -> Pieces:
    """Return the pieces with each ``''`` as one quote, as Java's ``MessageFormat`` reads them."""
    return _replace(pieces, _SECOND_QUOTE, [])


def without_margin(pieces: Pieces) -> Pieces:
    """Return the pieces without the margin of each line, up to ``|``."""
    return _replace(pieces, _MARGIN, [])


def replace_word(pieces: Pieces, word: str, put: Pieces) -> Pieces:
    """Return the pieces with a word replaced."""
    return _replace(pieces, re.compile(re.escape(word)), put)


def _replace(pieces: Pieces, pattern: re.Pattern[str], put: Pieces) -> Pieces:
    """Return the pieces with each match replaced, or what is in its last group."""
    result: Pieces = []
    for piece in pieces:
        if isinstance(piece, Gap):
            result.append(piece)
            continue
        position = 0
        for match in pattern.finditer(piece.text):
            start, end = match.span(match.lastindex or 0)
            result.append(piece.cut(position, start))
            result += put
            position = end
        result.append(piece.cut(position, len(piece.text)))
    return [each for each in result if isinstance(each, Gap) or each.text]


def _fill(
    pieces: Pieces,
    pattern: re.Pattern[str],
    fill: Callable[[re.Match[str]], tuple[SourceRange | None, Filling, str]],
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


def _known(each: Piece, filling: Filling, piece: Literal, match: re.Match[str]) -> Piece:
    """Return what is inserted, at the position of its placeholder."""
    if isinstance(each, Literal):
        return each
    start, end = piece.starts[match.start()], piece.ends[match.end() - 1]
    return Gap(each.source, start, end, filling if filling != "any" else each.filling)


#: The alternatives of some tokens, at a depth: ``Evaluator.ways``.
Ways = Callable[[int, int, int], list[Pieces]]
#: Pieces of one string; a longer one is not a filter.
MAX_PIECES: Final = 200


#: Tokens of the types of a method of Rust.
_MAX_TYPE: Final = 12
#: Tokens of the head of a block.
_MAX_HEAD: Final = 20
#: Before a method.
_MEMBERS: Final = frozenset({".", "?."})


class TooManyPiecesError(Exception):
    """A string has more pieces than are followed."""


class Lists:
    """Joins the lists of one file."""

    def __init__(self, code: Code, ways: Ways) -> None:
        self._code = code
        self._ways = ways

    def after(self, opening: int, depth: int) -> list[Pieces] | None:
        """Evaluate a join from the list's bracket on.

        ``[a, b].join(" && ")`` and ``listOf(a, b).joinToString(" && ")``.
        """
        code = self._code
        elements, last = self._chain(opening)
        joining = last + 3
        if code.op(last + 1) not in _MEMBERS or code.op(joining) not in ("(", "{"):
            return None
        if code.name(last + 2) in REDUCES and self._maps(elements - 1):
            # What a function makes of each is put together: once.
            return self._join(self._arguments(elements), [], depth)
        if code.op(joining) == "{":
            return None
        if code.name(last + 2) == "collect":
            # Java: `.collect(Collectors.joining(" && "))`.
            joining = next(
                (
                    index + 1
                    for index in range(joining, min(joining + 5, code.after(joining)))
                    if code.name(index) == "joining"
                ),
                joining,
            )
            if joining == last + 3:
                return None
        elif code.language.name == "Rust" and code.name(last + 2) == "concat":
            return self._join(self._arguments(elements), [], depth)
        elif code.name(last + 2) not in JOINS:
            return None
        return self._join(self._arguments(elements), self._ends(joining), depth)

    def _maps(self, index: int) -> bool:
        """Return whether a name is that of a function that maps a list; ``collect`` of Ruby is."""
        code = self._code
        name = code.name(index)
        return (
            name in MAPS
            or (name == "collect" and code.language.name == "Ruby")
            or (name == "from" and code.name(index - 2) == "Array")
        )

    def _chain(self, opening: int) -> tuple[int, int]:
        """Follow calls that return a list, from the bracket of one on.

        Return the bracket of the last list's elements, and the last token of the calls.
        """
        code = self._code
        elements, last = opening, code.partners.get(opening, opening)
        while code.op(last + 1) in _MEMBERS:
            opening = last + 3
            if code.op(opening) == "::":
                # Rust: `.collect::<Vec<_>>()`.
                types = range(opening, opening + _MAX_TYPE)
                opening = next((index for index in types if code.op(index) == "("), opening)
            if code.op(opening) not in ("(", "{"):
                break
            if self._maps(last + 2):
                elements = opening
            elif code.name(last + 2) not in LEAVES_OUT and opening == last + 3:
                break
            last = code.after(opening) - 1
        return elements, last

    def of_block(self, opening: int, depth: int) -> list[Pieces] | None:
        """Evaluate a join that has a block for its elements: ``ids.joinToString(" || ") { … }``."""
        elements = returns_of_block(self._code, self._code.after(opening))
        return self._join(elements, self._ends(opening), depth) if elements else None

    def of_lines(self, start: int, end: int, depth: int) -> list[Pieces] | None:
        """Evaluate a block of Ruby in lines of its own: ``ids.map do |id| … end.join(" || ")``."""
        code = self._code
        word = code.places_between("do", start, end)[0]
        behind = code.split(word + 2, min(end, word + _MAX_HEAD), "|")[0][1] + 1
        lines, column = code.lines, code.column(code.first_in_line(word))
        number = first = bisect_left(lines, behind if code.op(word + 1) == "|" else word + 1)
        while number < len(lines) and code.column(lines[number]) > column:
            number += 1
        code.bounds.spend(number - first + end - start)
        closing = lines[number] if first < number < len(lines) else start
        is_joined = code.name(closing) == "end" and code.name(closing + 2) in JOINS
        body = (lines[first], closing) if is_joined else (start, start)
        if not is_joined or not self._maps(word - 1) or code.end_of(body[0]) < closing:
            return None
        return self._join([body], self._ends(closing + 3), depth)

    def of_built(self, block: int, depth: int) -> list[Pieces] | None:
        """Evaluate ``buildList { add("…") }.joinToString(" && ")``; None if a branch adds."""
        code = self._code
        closing = code.partners.get(block, block)
        places = code.places_between("add", block, closing)
        if any(code.around[index] != block for index in places):
            return None
        added = [part for index in places for part in code.arguments(index + 1)]
        return self._join(added, self._ends(closing + 3), depth)

    def of_transform(self, opening: int, depth: int) -> list[Pieces] | None:
        """Evaluate a join that has it as an argument: ``ids.joinToString(transform = { … })``."""
        code = self._code
        for start, end in code.arguments(opening):
            block = start + 2 if code.name(start) == "transform" else start
            if code.op(block) == "{" and code.after(block) == end:
                elements = returns_of_block(code, block)
                return self._join(elements, self._ends(opening), depth) if elements else None
        return None

    def _ends(self, opening: int) -> list[SourceRange]:
        """Return the separator of a join, and what is before and behind the whole, if given."""
        code = self._code
        arguments = code.arguments(opening)
        name = code.name(opening - 1)
        if name not in WITH_ENDS:
            return [code.unlabelled(*part) for part in arguments[:1]]
        named = {
            code.name(start): (start + 2, end)
            for start, end in arguments
            if code.name(start) and code.op(start + 1) == "="
        }
        given = [part for part in arguments if code.unlabelled(*part) == part]
        if name == "mkString" and len(given) > 1:
            return [given[1], given[0], *given[2:3]]
        nothing = (opening, opening)
        words = ("separator", "prefix", "postfix")
        return [
            named.get(word, given[number] if number < len(given) else nothing)
            for number, word in enumerate(words)
        ]

    def join_of_name(
        self, reference: str, at: int, opening: int, depth: int
    ) -> list[Pieces] | None:
        """Evaluate ``parts.join(" && ")`` of a name that holds a list; None if it doesn't."""
        elements = self._elements_of(reference, at)
        return self._join(elements, self._ends(opening), depth) if elements else None

    def of_joiner(self, reference: str, at: int, depth: int) -> list[Pieces] | None:
        """Evaluate a ``StringJoiner`` of Java; None for any other value."""
        code = self._code
        name = simple_name(reference)
        for chain in code.values(name[0], at, dotted=name[1]) if name else []:
            start = chain[0].start + (code.name(chain[0].start) == "new")
            if name and code.name(start) == "StringJoiner":
                added = code.put_in(name[0], chain[0].end, at)
                return self._join(added, self._ends(start + 1), depth)
        return None

    def by(self, separator: Pieces, arguments: list[SourceRange], depth: int) -> list[Pieces]:
        """Evaluate ``" && ".join(parts)``."""
        return self._join(self._elements(*arguments[0]), [], depth, separator)

    def call(self, arguments: list[SourceRange], depth: int) -> list[Pieces] | None:
        """Evaluate ``String.join(" && ", a, b)`` and the like, where a string is the separator."""
        code = self._code
        separators = [
            part for part in arguments if part[1] - part[0] == 1 and code.is_text(part[0])
        ]
        others = [part for part in arguments if part not in separators[:1]]
        if len(others) == 1:
            others = self._elements(*others[0])
        return self._join(others, separators[:1], depth) if separators else None

    def _elements(self, start: int, end: int) -> list[SourceRange]:
        """Return the elements of a list, or of a name that holds one."""
        code = self._code
        if code.is_text(start):
            return [(start, end)]
        if code.name(start) == "from" and code.language.name == "C#":
            return code.split(start, end, "select")[-1:]
        for index in range(start, end):
            if code.op(index) in OPENING and code.arguments(index):
                code.bounds.spend(index - start)
                return self._arguments(self._chain(index)[0])
        code.bounds.spend(end - start)
        return self._elements_of(code.text_of(start, end), start) or [(start, end)]

    def _arguments(self, opening: int) -> list[SourceRange]:
        """Return what is in a bracket; of a function that maps a list, what it makes of one."""
        if self._code.op(opening) == "{" and self._maps(opening - 1):
            return returns_of_block(self._code, opening)
        if self._code.op(opening + 1) == "{" and self._maps(opening - 1):
            return returns_of_block(self._code, opening + 1)
        arguments = self._code.arguments(opening)
        if not self._maps(opening - 1):
            return arguments
        return [
            part
            for part in arguments
            if self._code.is_text(part[0]) or returns_of_lambda(self._code, *part)
        ] or arguments

    def _elements_of(self, reference: str, at: int) -> list[SourceRange]:
        """Return the elements of a name's list: its initial ones, and those added."""
        code = self._code
        name = simple_name(reference)
        nearest = code.values(name[0], at, dotted=name[1])[-1:] if name else []
        for definition in (each for chain in nearest for each in chain):
            start = definition.start
            while code.name(start) or code.op(start) in ("<", ">", ".", "::", "!", "@"):
                start += 1
            if code.op(start) in OPENING and not definition.start <= at < definition.end:
                assert name is not None
                made = code.name(definition.start) == "make"
                own = [] if made else self._arguments(self._chain(start)[0])
                return own + code.put_in(name[0], definition.end, at)
        if name and not nearest and code.language.name == "Go":
            # `var parts []string` gives it no value.
            return code.put_in(name[0], max(0, code.function_of(at)), at)
        return []

    def _join(
        self,
        elements: list[SourceRange],
        ends: list[SourceRange],
        depth: int,
        between: Pieces | None = None,
    ) -> list[Pieces]:
        """Join elements; ``ends`` are the separator, and what is before and behind the whole."""
        around = [
            (self._ways(*part, depth + 1) or [[]])[0] if part[1] > part[0] else [] for part in ends
        ]
        if around:
            between = around[0]
        if len(elements) > MAX_PIECES:
            raise TooManyPiecesError
        pieces: Pieces = list(around[1]) if len(around) > 1 else []
        for number, element in enumerate(elements):
            if number:
                pieces += between or []
            pieces += (self._ways(*element, depth + 1) or [[]])[0]
        return [pieces + around[2] if len(around) > 2 else pieces]
