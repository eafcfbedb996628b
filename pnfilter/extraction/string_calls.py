"""What calls and methods of a program make of strings: formats, replacing, adding, defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pnfilter.extraction.bindings import bound_values
from pnfilter.extraction.code import Code, SourceRange
from pnfilter.extraction.formats import (
    MAX_PIECES,
    Argument,
    Lists,
    TooManyPiecesError,
    Ways,
    braces,
    halve_quotes,
    printf,
    replace_word,
    without_margin,
)
from pnfilter.extraction.functions import returns_of_call
from pnfilter.extraction.pieces import (
    MAX_WORDS,
    Gap,
    Literal,
    Pieces,
    combine,
    is_known,
    length,
)
from pnfilter.extraction.tokens import Token
from pnfilter.extraction.vocabulary import (
    APPENDS,
    BRACE_FORMATS,
    BUILDERS,
    DEFAULT_ARGUMENTS,
    DEFAULTS,
    FIELDS,
    JOINS,
    MARGINS,
    MESSAGE_FORMATS,
    PRINTF,
    REPLACES,
    SAME,
    WRITES,
    filling_of,
)

#: How deep names and expressions are followed, and how many alternatives of one are kept.
MAX_DEPTH: Final = 12
MAX_WAYS: Final = 8


def gap_of(code: Code, start: int, end: int) -> Gap:
    """Return the gap of an unknown expression."""
    first, last = code.tokens[start].start, code.tokens[end - 1].end
    source = code.source[first : min(last, first + MAX_WORDS)]
    return Gap(source, first, last, filling_of(source))


def first_ways(code: Code, ways: list[Pieces], at: int) -> list[Pieces]:
    """Return as many alternatives as are kept."""
    code.bounds.spend(sum(map(len, ways)))
    if len(ways) > MAX_WAYS:
        code.note_ways(at)
    return ways[:MAX_WAYS]


def combine_ways(code: Code, parts: list[list[Pieces]], at: int) -> list[Pieces]:
    """Return the concatenation of parts, for as many alternatives as are kept."""
    return first_ways(code, combine(parts, MAX_WAYS + 1), at)


class Calls:
    """Evaluates the calls of one file that make strings of strings."""

    def __init__(
        self, code: Code, lists: Lists, ways: Ways, texts: Callable[[Token, int], list[Pieces]]
    ) -> None:
        self._code = code
        self._lists = lists
        self._ways = ways
        self._texts = texts

    def of_function(self, name: str, opening: int, depth: int) -> list[Pieces] | None:
        """Return what a function makes of its arguments; None if it is unknown."""
        code = self._code
        arguments = [code.unlabelled(*part) for part in code.arguments(opening)]
        labelled = code.name(opening + 1) == "format" and code.op(opening + 2) == ":"
        if arguments and (name in PRINTF or (name in ("String", "NSString") and labelled)):
            return self.of_format(
                code.arguments(opening), depth, code.text_of(opening - 3, opening)
            )
        if len(arguments) > 1 and name in WRITES:
            return self.of_format(code.arguments(opening)[1:], depth)
        if arguments and name in JOINS:
            return self._lists.call(arguments, depth)
        if not arguments and name in BUILDERS:
            return [[]]
        if arguments and name in SAME:
            ways = self._ways(*arguments[0], depth + 1)
            return ways if any(map(is_known, ways)) else None
        if arguments and name in APPENDS:
            added = [self._ways(*part, depth + 1) or [[]] for part in arguments]
            return [[piece for ways in added for piece in ways[0]]]
        if arguments and name in DEFAULTS:
            return self._default(name, code.arguments(opening), depth)
        found = [
            way for part in returns_of_call(code, opening) for way in self._ways(*part, depth + 2)
        ]
        return first_ways(code, [way for way in found if is_known(way)], opening) or None

    def of_method(
        self, ways: list[Pieces], name: str, arguments: list[SourceRange], depth: int
    ) -> list[Pieces] | None:
        """Return what a method makes of a string; None if it is unknown."""
        if name in SAME:
            return ways
        if name in MARGINS:
            return [without_margin(way) for way in ways]
        if name in PRINTF:
            if self._code.language.name == "Python":
                named = self.named_arguments(arguments)
                return [braces(way, arguments, self.argument_at(depth), named) for way in ways]
            return [printf(way, arguments, self.argument_at(depth)) for way in ways]
        if name in JOINS and len(arguments) == 1:
            return self._lists.by(ways[0], arguments, depth)
        if name in APPENDS:
            added = [
                piece for part in arguments for piece in (self._ways(*part, depth + 1) or [[]])[0]
            ]
            if any(len(way) + len(added) > MAX_PIECES for way in ways):
                raise TooManyPiecesError
            return [[*way, *added] for way in ways]
        if name in REPLACES and len(arguments) == 2:
            return [self._replace(way, arguments, depth) for way in ways]
        return None

    def of_format(
        self, arguments: list[SourceRange], depth: int, called: str = ""
    ) -> list[Pieces] | None:
        """Return a format with its arguments in it; None if it is unknown."""
        formats = self._ways(*self._code.unlabelled(*arguments[0]), depth + 1)
        rest = arguments[1:]
        if not any(map(is_known, formats)):
            return None
        if called in MESSAGE_FORMATS:
            formats = [halve_quotes(way) for way in formats]
        argument = self.argument_at(depth)
        if called in BRACE_FORMATS or self._code.language.name in ("C#", "Rust"):
            named = self.named_arguments(rest)
            return [braces(way, rest, argument, named) for way in formats]
        return [printf(way, rest, argument) for way in formats]

    def of_builder(self, block: int, depth: int) -> list[Pieces]:
        """Return what ``buildString { append("…") }`` makes; unknown if a branch appends."""
        code = self._code
        closing = code.partners.get(block, block)
        places = code.places_between("append", block, closing)
        if any(code.around[index] != block for index in places):
            return [[gap_of(code, block - 1, closing)]]
        added = [part for index in places for part in code.arguments(index + 1)]
        return combine_ways(code, [self._ways(*part, depth + 1) or [[]] for part in added], block)

    def argument_at(self, depth: int) -> Argument:
        """Return what a format asks for its arguments."""
        return lambda part: self._argument(part, depth)

    def named_arguments(self, parts: list[SourceRange]) -> dict[str, SourceRange]:
        """Return arguments by name: ``a=x``, ``"a": x``."""
        code = self._code
        return {
            code.tokens[start].value: (start + 2, end)
            for start, end in parts
            if end - start > 2
            and code.tokens[start].kind in ("name", "text")
            and code.op(start + 1) in ("=", ":")
        }

    def _default(self, name: str, arguments: list[SourceRange], depth: int) -> list[Pieces] | None:
        """Return the default of an environment variable or a field."""
        code = self._code
        for start, end in arguments:
            labelled = code.name(start) in DEFAULT_ARGUMENTS and code.op(start + 1)
            if labelled in ("=", ":"):
                return self._ways(start + 2, end, depth + 1)
        first = 0 if name in FIELDS else 1
        return self._ways(*arguments[first], depth + 1) if len(arguments) > first else None

    def _argument(self, part: SourceRange, depth: int) -> Pieces:
        """Return what a format inserts for an argument."""
        part = self._code.unlabelled(*part)
        if self._code.name(part[0]) and bound_values(self._code, *part) is not None:
            return [gap_of(self._code, *part)]
        ways = self._ways(*part, max(depth + 1, MAX_DEPTH // 2))
        if len(ways) == 1 and all(isinstance(piece, Literal) for piece in ways[0]):
            return ways[0]
        return [gap_of(self._code, *part)]

    def _replace(self, way: Pieces, arguments: list[SourceRange], depth: int) -> Pieces:
        searched, new = arguments
        code = self._code
        if not code.is_text(searched[0]):
            return way
        word = "".join(
            piece.text
            for piece in self._texts(code.tokens[searched[0]], depth)[0]
            if isinstance(piece, Literal)
        )
        if not word:
            return way
        self._code.bounds.spend(length(way))
        made = replace_word(way, word, self._argument(new, depth))
        if len(made) > max(MAX_PIECES, len(way)):
            raise TooManyPiecesError
        return made
