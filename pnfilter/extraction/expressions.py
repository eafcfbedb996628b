"""What an expression of source code makes: pieces of text and gaps, for each way that it may go."""

from __future__ import annotations

import re
from itertools import islice, product
from typing import Final

from pnfilter.extraction.code import OPENING, Code, simple_name
from pnfilter.extraction.formats import braces, printf, replaced
from pnfilter.extraction.pieces import Gap, Literal, Pieces, decoded, has_text, plain
from pnfilter.extraction.tokens import Segment, Token
from pnfilter.extraction.wording import (
    APPENDS,
    JOINS,
    NOTHING,
    PRINTF,
    REPLACES,
    SAME,
    branches,
    filling_of,
    is_cast,
)

#: How deep names and expressions are followed, and how many ways of one expression are told apart.
MAX_DEPTH: Final = 12
MAX_WAYS: Final = 8
#: Expressions that are looked at for one site: code that goes in circles would never end.
MAX_STEPS: Final = 2_000
#: Pieces of one text; a longer one is no filter.
MAX_PIECES: Final = 200


class Evaluator:
    """Says what expressions of one file make."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._steps = 0

    def start(self) -> None:
        """Begin with another site."""
        self._steps = 0

    def ways(self, start: int, end: int, depth: int = 0) -> list[Pieces]:
        """The texts that the tokens may make: one for each branch; a gap where nothing is known."""
        code = self._code
        while code.name(start) in ("return", "await", "new", "const", "static"):
            start += 1
        while code.op(start) == "(" and code.partners.get(start) == end - 1:
            start, end = start + 1, end - 1
        if end <= start:
            return []
        self._steps += 1
        if depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return [[self._gap(start, end)]]
        arrow = code.split(start, end, "=>")
        if len(arrow) == 2 and code.op(start) == "(":
            return self.ways(*arrow[1], depth + 1)
        if code.op(start) == "(" and is_cast(code, start, end):
            return self.ways(code.partners[start] + 1, end, depth + 1)
        parts_of_choice = branches(code, start, end)
        if parts_of_choice is not None:
            found = [way for part in parts_of_choice for way in self.ways(*part, depth + 1)]
            known = [way for way in found if any(isinstance(piece, Literal) for piece in way)]
            return known[:MAX_WAYS] or [[self._gap(start, end)]]
        parts = code.split(start, end, *code.language.concatenation)
        if len(parts) == 1:
            return self._operand(start, end, depth + 1)
        each = [self._operand_ways(part, depth) for part in parts]
        return [
            [piece for way in combination for piece in way][:MAX_PIECES]
            for combination in islice(product(*each), MAX_WAYS)
        ]

    def _operand_ways(self, part: tuple[int, int], depth: int) -> list[Pieces]:
        return self.ways(*part, depth + 1) or [[]]

    def _gap(self, start: int, end: int) -> Gap:
        source = self._code.text_of(start, end)
        tokens = self._code.tokens
        return Gap(source, tokens[start].start, tokens[end - 1].end, filling_of(source))

    def _operand(self, start: int, end: int, depth: int) -> list[Pieces]:
        """An expression without operators that join or choose."""
        code = self._code
        while code.op(start) in ("@", "*", "&") and end - start > 1:
            start += 1
        token = code.tokens[start]
        if token.kind == "text":
            after = start
            while after < end and code.is_text(after):
                after += 1
            ways = [
                [piece for index in range(start, after) for piece in self.text(code.tokens[index])]
            ]
        elif token.kind == "number" or token.value in ("true", "false"):
            if end - start == 1:
                return [[plain(code.source, token.start, token.end)]]
            return [[self._gap(start, end)]]
        elif token.value in NOTHING:
            return []
        elif token.kind == "op" and token.value == "[":
            return self._bracketed(start, end, depth)
        elif token.kind == "op" and token.value == "(":
            ways, after = self.ways(start + 1, code.after(start) - 1, depth + 1), code.after(start)
        elif token.kind == "name":
            found = self._named(start, end, depth)
            if found is None:
                return [[self._gap(start, end)]]
            ways, after = found
        else:
            return [[self._gap(start, end)]]
        chained = self._chain(ways, after, end, depth)
        return [[self._gap(start, end)]] if chained is None else chained

    def text(self, token: Token) -> Pieces:
        """The pieces of a text token."""
        form = token.form
        if form is None:
            return []
        pieces: Pieces = []
        source = self._code.source
        for segment in token.segments:
            if segment.hole:
                pieces += self._hole(segment)
            else:
                quote = form.close if len(form.close) == 1 else '"'
                pieces.append(decoded(source, segment.start, segment.end, form.escapes, quote))
        return pieces

    def _hole(self, segment: Segment) -> Pieces:
        start, end = segment.start, segment.end
        source = self._code.source[start:end]
        known = self._constant(source, self._code.token_at(start))
        if known is None and re.search("[\"'`]", source):
            known = self._inner(start, end)
        return known or [Gap(source.strip(), segment.first, segment.last, filling_of(source))]

    def _inner(self, start: int, end: int) -> Pieces | None:
        """The pieces of an expression in a hole where they are known."""
        inner = Code(self._code.source, self._code.language, (start, end))
        ways = Evaluator(inner).ways(0, len(inner.tokens))
        if len(ways) == 1 and all(isinstance(piece, Literal) for piece in ways[0]):
            return ways[0]
        return None

    def _constant(self, source: str, at: int, depth: int = 0) -> Pieces | None:
        """The pieces of a name that is known to stand for a text."""
        name = simple_name(source)
        if name is None or depth > MAX_DEPTH:
            return None
        pieces: Pieces = []
        found = self._code.values(name[0], at, dotted=name[1])
        for definition in found:
            if definition.start <= at < definition.end:
                return None
            ways = self.ways(definition.start, definition.end, depth + 4)
            if not ways or not any(isinstance(piece, Literal) for piece in ways[0]):
                return None
            pieces += ways[0]
        return pieces if found else None

    def _named(self, start: int, end: int, depth: int) -> tuple[list[Pieces], int] | None:
        """A name, or a call of one, and what follows it; None where nothing is known."""
        code = self._code
        after = start + 1
        while (
            code.op(after) in (".", "::", "->", "?.") and code.name(after + 1) and after + 1 < end
        ):
            after += 2
        last = code.name(after - 1)
        while (
            code.op(after - 2) in (".", "?.")
            and code.op(after) != "("
            and after - 2 > start
            and last in SAME
        ):
            after -= 2
            last = code.name(after - 1)
        if after < end and code.op(after) == "(":
            joined = self._joined_call(after, depth)
            if joined is not None:
                return joined, end
            ways = self._call(last.rstrip("!"), after, depth)
            if ways is None and after - 2 > start and last in (SAME | REPLACES):
                # A method of a name that stands for a text.
                reference = code.text_of(start, after - 2)
                known = self._constant(reference, start, depth)
                return None if known is None else ([known], after - 2)
            return None if ways is None else (ways, code.after(after))
        if after < end and code.op(after) == "{" and last in ("String", "string"):
            return None
        reference = code.text_of(start, after)
        name = simple_name(reference)
        if name is None:
            return None
        ways = []
        for definition in code.values(name[0], start, dotted=name[1]):
            if definition.start <= start < definition.end:
                return None
            made = self.ways(definition.start, definition.end, depth + 1)
            ways = [[*before, *way] for before in ways or [[]] for way in made][:MAX_WAYS]
        return (ways, after) if any(has_text(way) for way in ways) else None

    def _call(self, name: str, opening: int, depth: int) -> list[Pieces] | None:
        code = self._code
        arguments = [self._unlabelled(*part) for part in code.arguments(opening)]
        if not arguments:
            return None
        labelled = code.name(opening + 1) == "format" and code.op(opening + 2) == ":"
        if name in PRINTF or (name in ("String", "NSString") and labelled):
            return self._formatted(code.arguments(opening), depth)
        if name in JOINS:
            return self._join(arguments, depth)
        if name in SAME:
            ways = self.ways(*arguments[0], depth + 1)
            return (
                ways if any(isinstance(piece, Literal) for way in ways for piece in way) else None
            )
        return None

    def _unlabelled(self, start: int, end: int) -> tuple[int, int]:
        """An argument without its name: ``separator: " && "``."""
        if self._code.name(start) and self._code.op(start + 1) in (":", "=") and end - start > 2:
            return start + 2, end
        return start, end

    def _formatted(self, arguments: list[tuple[int, int]], depth: int) -> list[Pieces] | None:
        formats = self.ways(*self._unlabelled(*arguments[0]), depth + 1)
        rest = arguments[1:]
        if not any(isinstance(piece, Literal) for way in formats for piece in way):
            return None
        if self._code.language.name in ("C#", "Rust"):
            named = self._named_arguments(rest)
            return [braces(way, rest, self._argument, named) for way in formats]
        return [printf(way, rest, self._argument) for way in formats]

    def _argument(self, part: tuple[int, int]) -> Pieces:
        """What a format puts in for an argument."""
        part = self._unlabelled(*part)
        ways = self.ways(*part, MAX_DEPTH // 2)
        if len(ways) == 1 and all(isinstance(piece, Literal) for piece in ways[0]):
            return ways[0]
        return [self._gap(*part)]

    def _bracketed(self, start: int, end: int, depth: int) -> list[Pieces]:
        """A list with what joins it, or a message of Objective-C."""
        code = self._code
        closing = code.partners.get(start, end)
        joined = self._joined_call(start, depth)
        if joined is not None:
            return joined
        for index in range(start + 1, closing):
            if code.name(index) in PRINTF and code.op(index + 1) == ":":
                parts = code.split(index + 2, closing, ",")
                made = self._formatted(parts, depth)
                return made or [[self._gap(start, end)]]
            if code.name(index).startswith("stringByAppending") and code.op(index + 1) == ":":
                before = self.ways(start + 1, index, depth + 1)
                if code.name(index) == "stringByAppendingFormat":
                    added = self._formatted(code.split(index + 2, closing, ","), depth)
                else:
                    added = self.ways(index + 2, closing, depth + 1)
                return [[*one, *other] for one in before for other in added or [[]]][:MAX_WAYS]
        return [[self._gap(start, end)]]

    def _joined_call(self, opening: int, depth: int) -> list[Pieces] | None:
        """``[a, b].join(" && ")`` and ``listOf(a, b).joinToString(" && ")`` from their bracket on."""
        code = self._code
        closing = code.partners.get(opening, opening)
        if (
            code.op(closing + 1) != "."
            or code.name(closing + 2) not in JOINS
            or code.op(closing + 3) != "("
        ):
            return None
        separators = [self._unlabelled(*part) for part in code.arguments(closing + 3)]
        return self._elements(code.arguments(opening), separators[:1], depth)

    def _listed(self, start: int, end: int) -> list[tuple[int, int]]:
        """The elements of a list, or of a name that stands for one."""
        code = self._code
        for index in range(start, end):
            if code.op(index) in OPENING and code.arguments(index):
                return code.arguments(index)
        name = simple_name(code.text_of(start, end))
        for definition in code.values(name[0], start, dotted=name[1]) if name else ():
            if code.op(definition.start) == "[" and not definition.start <= start < definition.end:
                return code.arguments(definition.start)
        return [(start, end)]

    def _join(self, arguments: list[tuple[int, int]], depth: int) -> list[Pieces] | None:
        """``String.join(" && ", a, b)`` and the like: the separator is a text, the rest is joined."""
        code = self._code
        separators = [
            part for part in arguments if part[1] - part[0] == 1 and code.is_text(part[0])
        ]
        others = [part for part in arguments if part not in separators[:1]]
        if len(others) == 1:
            others = self._listed(*others[0])
        return self._elements(others, separators[:1], depth) if separators else None

    def _elements(
        self,
        elements: list[tuple[int, int]],
        separators: list[tuple[int, int]],
        depth: int,
        between: Pieces | None = None,
    ) -> list[Pieces]:
        if separators:
            between = (self.ways(*separators[0], depth + 1) or [[]])[0]
        pieces: Pieces = []
        for number, element in enumerate(elements[:MAX_PIECES]):
            if number:
                pieces += between or []
            pieces += (self.ways(*element, depth + 1) or [[]])[0]
        return [pieces]

    def _chain(self, ways: list[Pieces], after: int, end: int, depth: int) -> list[Pieces] | None:
        """What methods and operators after a text make of it; None where that isn't known."""
        code = self._code
        while after < end:
            sign = code.op(after)
            if sign == "%":
                parts = (
                    code.arguments(after + 1)
                    if code.op(after + 1) in OPENING
                    else [(after + 1, end)]
                )
                named = self._named_arguments(parts)
                return [printf(way, parts, self._argument, named) for way in ways]
            if code.name(after) in ("as", "in"):
                return ways
            if sign in ("!", "!!"):
                after += 1
                continue
            if sign not in (".", "?.", "->"):
                return None
            name = code.name(after + 1)
            if code.op(after + 2) != "(":
                if name not in SAME:
                    return None
                after += 2
                continue
            arguments = code.arguments(after + 2)
            made = self._method(ways, name, arguments, depth)
            if made is None:
                return None
            ways = made
            after = code.after(after + 2)
        return ways

    def _method(
        self, ways: list[Pieces], name: str, arguments: list[tuple[int, int]], depth: int
    ) -> list[Pieces] | None:
        if name in SAME:
            return ways
        if name in PRINTF:
            if self._code.language.name == "Python":
                named = self._named_arguments(arguments)
                return [braces(way, arguments, self._argument, named) for way in ways]
            return [printf(way, arguments, self._argument) for way in ways]
        if name in JOINS and len(arguments) == 1:
            return self._elements(self._listed(*arguments[0]), [], depth, ways[0])
        if name in APPENDS:
            added = [
                piece for part in arguments for piece in (self.ways(*part, depth + 1) or [[]])[0]
            ]
            return [[*way, *added] for way in ways]
        if name in REPLACES and len(arguments) == 2:
            return [self._replaced(way, arguments) for way in ways]
        return None

    def _replaced(self, way: Pieces, arguments: list[tuple[int, int]]) -> Pieces:
        searched, new = arguments
        code = self._code
        if not code.is_text(searched[0]):
            return way
        word = "".join(
            piece.text
            for piece in self.text(code.tokens[searched[0]])
            if isinstance(piece, Literal)
        )
        return replaced(way, word, self._argument(new)) if word else way

    def _named_arguments(self, parts: list[tuple[int, int]]) -> dict[str, tuple[int, int]]:
        """Arguments by name: ``a=x``, ``"a": x``."""
        code = self._code
        return {
            code.tokens[start].value: (start + 2, end)
            for start, end in parts
            if end - start > 2
            and code.tokens[start].kind in ("name", "text")
            and code.op(start + 1) in ("=", ":")
        }
