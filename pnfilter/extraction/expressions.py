"""Values of source code expressions: pieces of text and gaps, for each alternative."""

from __future__ import annotations

import re
from typing import Final

from pnfilter.extraction.bindings import bound_values, is_default, values_of
from pnfilter.extraction.code import OPENING, Code, SourceRange, simple_name
from pnfilter.extraction.conditionals import branches
from pnfilter.extraction.containers import GETTERS, elements
from pnfilter.extraction.dataflow import Definition
from pnfilter.extraction.formats import (
    MAX_PIECES,
    Lists,
    TooManyPiecesError,
    printf,
)
from pnfilter.extraction.functions import returns_of_block, returns_of_lambda
from pnfilter.extraction.languages import Escapes
from pnfilter.extraction.pieces import (
    MAX_WORDS,
    Gap,
    Literal,
    Pieces,
    decode_string,
    has_text,
    is_known,
    plain,
)
from pnfilter.extraction.string_calls import MAX_DEPTH, Calls, combine_ways, first_ways, gap_of
from pnfilter.extraction.tokens import Segment, Token
from pnfilter.extraction.vocabulary import (
    ADDS,
    APPENDS,
    BLOCKS_ON_SELF,
    EMPTY,
    GO_BUILDERS,
    JOINS,
    NOTHING,
    PRINTF,
    REPLACES,
    SAME,
    TAKE_BLOCKS,
    filling_of,
    is_number_format,
)

#: What a loop puts between two conditions.
_JOINT: Final = re.compile(r"\s*(?:\|\||&&|and|or)\s*", re.IGNORECASE)
#: What compares in a filter.
_COMPARING: Final = re.compile(r"[=<>!~]|\b(?:LIKE|CONTAINS)\b", re.IGNORECASE)


class Evaluator:
    """Evaluates the expressions of one file."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._lists = Lists(code, self.ways)
        self._calls = Calls(code, self._lists, self.ways, self.texts)
        # Common parts of several filters are followed once.
        self._known: dict[tuple[int, int, int], list[Pieces]] = {}

    def forget(self) -> None:
        """Free what refers back to the evaluator and its code: nothing can be asked any more."""
        del self._lists, self._calls
        self._code.forget()

    def ways(self, start: int, end: int, depth: int = 0) -> list[Pieces]:
        """Return the strings that the tokens may make: one per branch; a gap for unknown parts."""
        ways = self._known.get((start, end, depth))
        if ways is None:
            ways = self._known[start, end, depth] = self._new_ways(start, end, depth)
        self._code.bounds.spend(1 + sum(map(len, ways)))
        return ways

    def _new_ways(self, start: int, end: int, depth: int) -> list[Pieces]:
        code = self._code
        while code.name(start) in ("return", "await", "new", "const", "static"):
            start += 1
        while code.op(start) == "(" and code.partners.get(start) == end - 1:
            start, end = start + 1, end - 1
        if end <= start:
            return []
        if depth > MAX_DEPTH:
            return [[self._gap(start, end)]]
        if code.language.name == "Python":
            # `x for i in y if z` in the brackets of a list that is joined.
            loops = code.places_between("for", start, end)
            around = code.around[start]
            end = next(
                (each for each in loops if each > start and code.around[each] == around), end
            )
        if code.language.name == "Ruby" and code.places_between("do", start, end):
            joined = self._lists.of_lines(start, end, depth)
            if joined is not None:
                return joined
        returned = returns_of_lambda(code, start, end)
        if returned:
            found = [way for part in returned for way in self.ways(*part, depth + 1)]
            return self._first(found, start)
        if code.op(start) == "(" and _is_cast(code, start, end):
            return self.ways(code.partners[start] + 1, end, depth + 1)
        parts_of_choice = branches(code, start, end)
        if parts_of_choice is not None:
            found = [way for part in parts_of_choice for way in self.ways(*part, depth + 1)]
            if not any(map(is_known, found)):
                return [[self._gap(start, end)]]
            # A branch without any string adds nothing.
            return self._first([way for way in found if not way or is_known(way)], start)
        parts = code.split(start, end, *code.language.concatenation)
        if len(parts) == 1:
            return self._operand(start, end, depth + 1)
        if _is_sum(code, parts):
            return [[self._gap(start, end)]]
        joined = self._combine([self.ways(*part, depth + 1) or [[]] for part in parts], start)
        return [way if len(way) <= MAX_PIECES else self._too_many(start, end) for way in joined]

    def _too_many(self, start: int, end: int) -> Pieces:
        """Return an expression with too many pieces as an unknown one."""
        self._code.bounds.note(
            self._code.tokens[start].start, f"more than {MAX_PIECES} pieces of a text: left out"
        )
        return [self._gap(start, end)]

    def _combine(self, parts: list[list[Pieces]], at: int) -> list[Pieces]:
        return combine_ways(self._code, parts, at)

    def _first(self, ways: list[Pieces], at: int) -> list[Pieces]:
        return first_ways(self._code, ways, at)

    def _gap(self, start: int, end: int) -> Gap:
        return gap_of(self._code, start, end)

    def _operand(self, start: int, end: int, depth: int) -> list[Pieces]:
        """Return an expression without operators that join or choose."""
        try:
            return self._known_operand(start, end, depth)
        except TooManyPiecesError:
            return [self._too_many(start, end)]

    def _known_operand(self, start: int, end: int, depth: int) -> list[Pieces]:
        code = self._code
        while code.op(start) in ("@", "*", "&") and end - start > 1:
            start += 1
        if code.op(start) == "%" and code.name(start + 1) in ("w", "i") and end - start > 3:
            # `%w[a b].map { … }.join(" || ")`
            joined = self._lists.after(start + 2, depth)
            return [[self._gap(start, end)]] if joined is None else joined
        token = code.tokens[start]
        if token.kind == "text":
            after = start
            while after < end and code.is_text(after):
                after += 1
            each = [self.texts(code.tokens[index], depth) for index in range(start, after)]
            ways = self._combine(each, start)
        elif token.kind == "number" or token.value in ("true", "false"):
            if end - start == 1 and code.source[token.start] == "'":
                return [[decode_string(code.source, token.start + 1, token.end - 1, "c")]]
            if end - start == 1:
                return [[plain(code.source, token.start, token.end)]]
            return [[self._gap(start, end)]]
        elif token.value in NOTHING:
            return []
        elif token.kind == "op" and token.value == "[":
            return self._group(start, end, depth)
        elif token.kind == "op" and token.value == "(":
            ways, after = self.ways(start + 1, code.after(start) - 1, depth + 1), code.after(start)
        elif token.kind == "name":
            found = self._value_of_name(start, end, depth)
            if found is None:
                return [[self._gap(start, end)]]
            ways, after = found
        else:
            return [[self._gap(start, end)]]
        chained = self._chain(ways, after, end, depth)
        return [[self._gap(start, end)]] if chained is None else chained

    def _is_tagged(self, index: int) -> bool:
        """Return whether a string of JavaScript has the name before it as its tag."""
        token = self._code.tokens[index]
        if token.form is None or token.form.open != "`":
            return False
        return token.start == self._code.tokens[index - 1].end

    def texts(self, token: Token, depth: int = 0, escapes: Escapes | None = None) -> list[Pieces]:
        """Return the pieces of a string token, for each alternative.

        ``escapes`` are those of its syntax by default.
        """
        form = token.form
        if form is None:
            return [[]]
        quote = form.close if len(form.close) == 1 else "" if form.heredoc else '"'
        parts: list[list[Pieces]] = []
        for part in token.segments:
            if part.hole:
                parts.append(self._hole(part, depth))
            else:
                how = escapes or form.escapes
                parts.append([[decode_string(self._code.source, part.start, part.end, how, quote)]])
        return self._combine(parts, self._code.token_at(token.start))

    def _hole(self, segment: Segment, depth: int) -> list[Pieces]:
        start, end = segment.start, segment.end
        source = self._code.source[start:end]
        filling = filling_of(source)
        if is_number_format(self._code.source[end : segment.last]):
            return [[Gap(source.strip(), segment.first, segment.last, "number")]]
        at = self._code.token_at(start)
        known = self._constant(source, at, depth)
        named = simple_name(source) if known is None else None
        if named is not None and not named[1]:
            other = self._code.imported(named[0], at, start, end)
            imported: Pieces = [] if other is None else [other]
            known = [imported] if imported else None
        if known is None and depth <= MAX_DEPTH and re.search("[\"'`]", source):
            known = self._inner(start, end, depth)
        words = source.strip()[:MAX_WORDS]
        return known or [[Gap(words, segment.first, segment.last, filling)]]

    def _inner(self, start: int, end: int, depth: int) -> list[Pieces] | None:
        """Return the pieces of an expression in a hole, if known."""
        inner = self._code.inner(start, end)
        self._code.bounds.spend(end - start)
        evaluator = Evaluator(inner)
        try:
            ways = evaluator.ways(0, len(inner.tokens), depth + 1)
        finally:
            evaluator.forget()
        return ways if len(ways) == 1 and is_known(ways[0]) else None

    def _constant(self, source: str, at: int, depth: int) -> list[Pieces] | None:
        """Return the pieces of a name whose value is one or several known strings."""
        name = simple_name(source)
        if name is None or depth > MAX_DEPTH:
            return None
        found: list[Pieces] = []
        for chain in values_of(self._code, name[0], at, dotted=name[1]):
            if is_default(self._code, name[0], chain[0].at):
                return None
            made: list[Pieces] = []
            for definition in chain:
                if definition.start <= at < definition.end:
                    return None
                ways = self.ways(definition.start, definition.end, depth + 1)
                known = next((way for way in ways if not way or is_known(way)), None)
                if known is None and definition.adds and made:
                    known = ways[0]
                if known is None:
                    return None
                made.append(known)
            if self._is_joint_between(chain, made):
                del made[1]
            found.append([piece for known in made for piece in known])
        # A value that is empty at first, and gets a text in a branch, is not empty in a filter.
        return [way for way in found if has_text(way)] or found or None

    def _value_of_name(self, start: int, end: int, depth: int) -> tuple[list[Pieces], int] | None:
        """Return a name, or its call, and what follows; None if unknown."""
        code = self._code
        after = start + 1
        while (
            code.op(after) in (".", "::", "->", "?.") and code.name(after + 1) and after + 1 < end
        ):
            after += 2
        last = code.name(after - 1)
        if code.language.name == "Kotlin" and last in ("let", "run") and code.op(after) == "{":
            # `user?.let { "…" }`
            returned = returns_of_block(code, after)
            inner = [way for part in returned for way in self.ways(*part, depth + 1)]
            return (inner, code.after(after)) if any(map(is_known, inner)) else None
        while (
            code.op(after - 2) in (".", "?.")
            and not (code.op(after) == "(" or code.is_text(after))
            and after - 2 > start
            and last in SAME
        ):
            after -= 2
            last = code.name(after - 1)
        if after < end and (
            code.op(after) == "(" or (code.op(after) == "{" and last in TAKE_BLOCKS)
        ):
            joined = self._lists.after(after, depth)
            if joined is not None:
                return joined, end
        if code.language.name == "Rust" and code.text_of(start, after) in EMPTY:
            return [[]], code.after(after)
        if after < end and code.op(after) == "(":
            if last in JOINS and code.op(code.after(after)) == "{":
                joined = self._lists.of_block(after, depth)
                if joined is not None:
                    return joined, code.after(code.after(after))
            if last in JOINS and after - 2 > start:
                joined = self._lists.join_of_name(
                    code.text_of(start, after - 2), start, after, depth
                )
                if joined is None and code.language.name == "Kotlin":
                    joined = self._lists.of_transform(after, depth)
                    if joined is None:
                        return None
                if joined is not None:
                    return joined, code.after(after)
            if last in GETTERS and after - 2 > start and (arguments := code.arguments(after)):
                # `FILTERS.get(side)`, also with a default.
                element = self._element(start, after - 2, arguments[0], depth)
                if element is not None:
                    others = [way for part in arguments[1:2] for way in self.ways(*part, depth + 1)]
                    return self._first(element + others, start), code.after(after)
            if last in APPENDS - ADDS and after - 2 > start and code.arguments(after):
                # `filter.plus(" && …")`
                before = self.ways(start, after - 2, depth + 1)
                added = self._calls.of_function(last, after, depth) or [[]]
                return self._combine([before, added], start), code.after(after)
            ways = self._calls.of_function(last.rstrip("!"), after, depth)
            if ways is None and after - 2 > start and last in (SAME | REPLACES):
                # A method of a name that holds a string, or a joiner of strings.
                reference = code.text_of(start, after - 2)
                known = self._lists.of_joiner(reference, start, depth) or self._constant(
                    reference, start, depth
                )
                return None if known is None else (known, after - 2)
            return None if ways is None else (ways, code.after(after))
        if after < end and code.op(after) == "{" and last in ("String", "string"):
            return None
        if code.language.name == "Go" and code.text_of(start, after) in GO_BUILDERS:
            return [[]], min(end, code.after(after)) if code.op(after) == "{" else after
        if last == "vec" and code.op(after) == "!" and code.op(after + 1) == "[":
            return self._group(after + 1, end, depth), end
        if code.name(start) == "buildList" and code.op(after) == "{":
            joining = code.after(after) + 2
            if code.name(joining - 1) in JOINS and code.op(joining) == "(":
                joined = self._lists.of_built(after, depth)
                return None if joined is None else (joined, code.after(joining))
        if code.name(start) == "buildString" and code.op(after) == "{":
            return self._calls.of_builder(after, depth), code.after(after)
        if after < end and code.op(after) == "[" and code.after(after) - after > 2:
            element = self._element(start, after, (after + 1, code.after(after) - 1), depth)
            return None if element is None else (element, code.after(after))
        if after < end and self._is_tagged(after):
            escapes: Escapes | None = "raw" if last == "raw" else None
            return self.texts(code.tokens[after], depth, escapes), after + 1
        bound = bound_values(code, start, after)
        if bound is not None:
            joints = code.language.concatenation
            if code.op(start - 1) in joints or code.op(after) in joints:
                # A part of a text that differs in each round is a hole.
                return None
            ways = [way for part in bound for way in self.ways(*part, depth + 1)]
            return (self._first(ways, start), after) if any(map(has_text, ways)) else None
        reference = code.text_of(start, after)
        name = simple_name(reference)
        if name is None:
            return None
        ways = []
        for chain in values_of(code, name[0], start, dotted=name[1]):
            if any(each.start <= start < each.end for each in chain):
                return None
            made = [self.ways(each.start, each.end, depth + 1) for each in chain]
            made = [found or [[]] for found in made] if len(chain) > 1 else made
            if len(chain) > 2 and self._is_joint_between(chain, [found[0] for found in made]):
                del made[1]
            if (
                len(chain) > 1
                and self._is_joint(made[-1][0])
                and (self._code.is_rarer(chain[-1], chain[-2]))
            ):
                # `f += "…"; if (i < last) f += " || "`
                del made[-1]
            ways += self._combine(made, start)
        if any(map(has_text, ways)):
            return self._first(ways, start), after
        used = code.tokens[start].start, code.tokens[after - 1].end
        other = None if name[1] else code.imported(name[0], start, *used)
        return None if other is None else ([[other]], after)

    def _element(self, start: int, end: int, key: SourceRange, depth: int) -> list[Pieces] | None:
        """Return what an element of the map or list of a name may be; None if it is unknown.

        Of one whose key is unknown only what compares counts: not every setting is a filter.
        """
        code = self._code
        bound = bound_values(code, start, end, key) if key[1] > key[0] else None
        if bound is not None:
            found = [way for part in bound for way in self.ways(*part, depth + 1)]
            return self._first(found, start) if any(map(is_known, found)) else None
        parts = elements(code, code.text_of(start, end), start, key) if key[1] > key[0] else None
        if parts is None:
            return None
        code.bounds.spend(len(parts))
        found = [way for part in parts for way in self.ways(*part, depth + 1)]
        if len(parts) > 1:
            found = [way for way in found if _compares(way)]
        return self._first(found, start) if any(map(is_known, found)) else None

    def _is_joint_between(self, chain: list[Definition], made: list[Pieces]) -> bool:
        """Return whether a loop adds an operator, but not to an empty string.

        ``if (f) f += " || "; f += "…"``
        """
        return (
            len(chain) > 2
            and all(isinstance(piece, Literal) and not piece.text.strip() for piece in made[0])
            and self._is_joint(made[1])
            and self._code.is_rarer(chain[1], chain[2])
        )

    @staticmethod
    def _is_joint(way: Pieces) -> bool:
        """Return whether a text is what is between two conditions."""
        return (
            len(way) == 1
            and isinstance(way[0], Literal)
            and _JOINT.fullmatch(way[0].text) is not None
        )

    def _group(self, start: int, end: int, depth: int) -> list[Pieces]:
        """Return a list with its joining call, or a message of Objective-C."""
        code = self._code
        closing = code.partners.get(start, end)
        joined = self._lists.after(start, depth)
        if joined is not None:
            return joined
        for index in range(start + 1, closing):
            if code.name(index) in PRINTF and code.op(index + 1) == ":":
                parts = code.split(index + 2, closing, ",")
                made = self._calls.of_format(parts, depth)
                return made or [[self._gap(start, end)]]
            if code.name(index).startswith("stringByAppending") and code.op(index + 1) == ":":
                before = self.ways(start + 1, index, depth + 1)
                if code.name(index) == "stringByAppendingFormat":
                    added = self._calls.of_format(code.split(index + 2, closing, ","), depth)
                else:
                    added = self.ways(index + 2, closing, depth + 1)
                return self._combine([before, added or [[]]], start)
        code.bounds.spend(closing - start)
        return [[self._gap(start, end)]]

    def _chain(self, ways: list[Pieces], after: int, end: int, depth: int) -> list[Pieces] | None:
        """Return the result of methods and operators after a string; None if unknown."""
        code = self._code
        while after < end:
            sign = code.op(after)
            if sign == "%":
                parts = [(after + 1, end)] if after + 1 < end else []
                if code.op(after + 1) in OPENING:
                    parts = code.arguments(after + 1)
                named = self._calls.named_arguments(parts)
                return [printf(way, parts, self._calls.argument_at(depth), named) for way in ways]
            if code.name(after) in ("as", "in"):
                return ways
            if sign in ("!", "!!"):
                after += 1
                continue
            if sign not in (".", "?.", "->", "::"):
                return None
            name = code.name(after + 1)
            if name in BLOCKS_ON_SELF and code.op(after + 2) == "{":
                # `StringBuilder().apply { append("…") }`
                ways = self._combine([ways, self._calls.of_builder(after + 2, depth)], after)
                after = code.after(after + 2)
                continue
            if code.op(after + 2) != "(":
                if name in PRINTF:
                    # A method that another function calls: `map("…".format, ids)`.
                    return self._calls.of_method(ways, name, [], depth)
                if name not in SAME:
                    return None
                after += 2
                continue
            arguments = code.arguments(after + 2)
            made = self._calls.of_method(ways, name, arguments, depth)
            if made is None:
                return None
            ways = made
            after = code.after(after + 2)
        return ways


def _compares(way: Pieces) -> bool:
    """Return whether a text has an operator."""
    return any(isinstance(piece, Literal) and _COMPARING.search(piece.text) for piece in way)


def _is_cast(code: Code, start: int, end: int) -> bool:
    """Return whether a parenthesis holds the type that what follows is converted to."""
    closing = code.partners.get(start, end)
    return (
        closing + 1 < end
        and all(
            code.name(index) or code.op(index) in ("*", ".") for index in range(start + 1, closing)
        )
        and (code.is_text(closing + 1) or bool(code.name(closing + 1)))
    )


def _is_sum(code: Code, parts: list[SourceRange]) -> bool:
    """Return whether parts are added as numbers: one is a number, and none has a string."""
    return any(
        end - start == 1 and code.source[code.tokens[start].start].isdigit() for start, end in parts
    ) and not any(code.is_text(index) for index in range(parts[0][0], parts[-1][1]))
