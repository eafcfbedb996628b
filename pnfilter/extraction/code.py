"""The tokens of one file as expressions: their ends, matching brackets, values of names."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pnfilter.extraction.bounds import Bounds
from pnfilter.extraction.dataflow import (
    INDENTED,
    MAX_ALTERNATIVES,
    Binding,
    Branching,
    Definition,
    Values,
)
from pnfilter.extraction.definitions import definition_at
from pnfilter.extraction.languages import Language
from pnfilter.extraction.tokens import Reader, Token, starts_of_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from pnfilter.extraction.pieces import Literal

#: From a token to the one behind the last, as numbers.
SourceRange = tuple[int, int]
OPENING: Final = {"(": ")", "[": "]", "{": "}"}
CLOSING: Final = frozenset(OPENING.values())
#: Operators before or after which a line end doesn't end an expression.
_LEADING: Final = frozenset(". ?. + ? : || && ?? ?: % << -> ::".split())
_TRAILING: Final = frozenset("= := : => . + ? || && ?? ?: % << ( [ { , \\".split())
#: Words before a parenthesis that begins no list of parameters.
_CONDITIONS: Final = frozenset("if while switch elseif when for foreach catch guard".split())
#: Words of Python before a colon after which a statement may follow on the same line.
_HEADS: Final = frozenset("if elif else try except finally for while with match case".split())
_MAX_HEAD: Final = 40
#: What may be between the parameters of a function and its body, and how many tokens.
_OF_A_TYPE: Final = frozenset(": -> => < > ? . , & * [ ] :: ! '".split())
_MAX_TYPE: Final = 8
#: Languages in which a block is the last argument of the call before it.
_BLOCKS_AFTER_CALLS: Final = frozenset("Swift Kotlin Groovy Scala Ruby Dart".split())
_CONSTRUCTORS: Final = frozenset({"init", "constructor"})
_FUNCTION_WORDS: Final = frozenset("func fun def function fn".split())
#: Words before a name that declare it without a type, and those that are no type.
_DECLARING: Final = frozenset("let var".split())
_NO_TYPES: Final = frozenset(
    "return throw await yield new delete goto break continue case else in of typeof do".split()
)
#: Languages in which ``Type name;`` declares a name, and others with ``let name``.
_TYPED: Final = frozenset({"C and C++", "Objective-C", "Java", "C#", "Dart"})
_DECLARING_LANGUAGES: Final = _TYPED | {"JavaScript", "TypeScript", "scripts in markup"}
#: Places of a name that are looked at.
_MAX_PLACES: Final = 60
#: Blocks round a name whose parameters are looked at.
_MAX_FUNCTIONS: Final = 20
#: Methods that put an element into a list.
_PUTTING: Final = frozenset("push append add Add Append push_back".split())
#: Characters of a statement before and after the name of a filter that are searched for hints.
MAX_BESIDE: Final = 1_500
#: Strings added to one value; one with more is not a filter.
MAX_ADDED: Final = 200


class Code:
    """The tokens of a file without line ends, and how they are related."""

    def __init__(
        self,
        source: str,
        language: Language,
        between: tuple[int, int] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.source = source
        self.language = language
        start, end = between or (0, len(source))
        self.bounds = bounds or Bounds(end - start)
        self.tokens: list[Token] = []
        #: Tokens that are first in their line.
        self.firsts: set[int] = set()
        reader = Reader(source, language, end - start)
        for token in reader.tokens() if between is None else reader.read(start, end):
            if token.kind == "line":
                self.firsts.add(len(self.tokens))
            else:
                self.tokens.append(token)
        if reader.gave_up:
            self.bounds.note(
                start, "strings that are never closed, or deep in one another: not all are read"
            )
        #: Each bracket's partner, and the bracket round each token.
        self.partners: dict[int, int] = {}
        self.around: list[int] = []
        #: Where each bracket is closed, by its partner or by another bracket's.
        self._closed_at: dict[int, int] = {}
        self._ends: dict[tuple[bool, bool], dict[int, int]] = {}
        self._statements: dict[int, tuple[int, int]] = {}
        self._arguments: dict[int, list[tuple[int, int]]] = {}
        self._named_values: dict[tuple[str, bool], Values] = {}
        self._definitions: dict[str, list[Definition]] = {}
        #: What the functions of each name return, as far as ``functions`` was asked.
        self.returned: dict[str, list[tuple[int, int]]] = {}
        #: Where each name is bound by a loop or has a default, as far as ``bindings`` was asked.
        self.bound: dict[str, list[Binding]] = {}
        #: Asks for the text of a name that another file has, with the range where it is used.
        self.of_other_file: Callable[[str, int, int], Literal | None] | None = None
        self._match_brackets()

    def inner(self, start: int, end: int) -> Code:
        """Return the code between two positions of the same file, such as that in a hole."""
        code = Code(self.source, self.language, (start, end), self.bounds)
        code.of_other_file = self.of_other_file
        return code

    def imported(self, name: str, at: int, start: int, end: int) -> Literal | None:
        """Return the text of a name, used in a range of the file, that only another file gives."""
        if self.of_other_file is None or self.definitions(name) or self._is_parameter(name, at):
            return None
        return self.of_other_file(name, start, end)

    def _match_brackets(self) -> None:
        open_brackets: list[int] = []
        # The depths of each kind, so that a bracket without a partner searches none.
        depths: dict[str, list[int]] = {closing: [] for closing in CLOSING}
        for index, token in enumerate(self.tokens):
            value = token.value if token.kind == "op" else ""
            if value in CLOSING and depths[value]:
                depth = depths[value][-1]
                self.partners[open_brackets[depth]] = index
                self.partners[index] = open_brackets[depth]
                for bracket in open_brackets[depth:]:
                    self._closed_at[bracket] = index
                    depths[OPENING[self.tokens[bracket].value]].pop()
                del open_brackets[depth:]
            self.around.append(open_brackets[-1] if open_brackets else -1)
            if value in OPENING:
                depths[OPENING[value]].append(len(open_brackets))
                open_brackets.append(index)

    def op(self, index: int) -> str:
        """Return the operator at an index, or an empty string."""
        if 0 <= index < len(self.tokens) and self.tokens[index].kind == "op":
            return self.tokens[index].value
        return ""

    def name(self, index: int) -> str:
        """Return the name at an index, or an empty string."""
        if 0 <= index < len(self.tokens) and self.tokens[index].kind == "name":
            return self.tokens[index].value
        return ""

    def is_text(self, index: int) -> bool:
        """Return whether a string is at an index."""
        return 0 <= index < len(self.tokens) and self.tokens[index].kind == "text"

    def after(self, index: int) -> int:
        """Return the index after a token, or after the bracket that it opens."""
        if self.op(index) in OPENING:
            return self.partners.get(index, index) + 1
        return index + 1

    def end_of(self, start: int, *, one_line: bool = False) -> int:
        """Return where the expression that starts there ends."""
        around = self.around[start] if start < len(self.tokens) else -1
        ends = self.language.newline_ends and (
            self.language.name == "Go" or self.op(around) not in ("(", "[")
        )
        # Nested expressions end at one position: cache what was passed once.
        known = self._ends.setdefault((one_line, ends), {})
        passed: list[int] = []
        index = start
        while index < len(self.tokens):
            if index > start:
                if index in self.firsts and (one_line or (ends and not self._goes_on(index))):
                    break
                if index in known:
                    index = known[index]
                    break
            value = self.op(index)
            if value in (",", ";") or value in CLOSING:
                break
            passed.append(index)
            index = self.after(index)
        known.update(dict.fromkeys(passed, index))
        return index

    def _goes_on(self, index: int) -> bool:
        """Return whether an expression continues over the line end before a token."""
        if self.op(index) in _LEADING or self.op(index - 1) in _TRAILING:
            return True
        between = self.source[self.tokens[index - 1].end : self.tokens[index].start]
        return "\\" in between

    def split(self, start: int, end: int, *operators: str) -> list[tuple[int, int]]:
        """Return the parts of an expression between these operators or words, outside brackets."""
        parts = []
        first = index = start
        count = 1
        while index < end:
            token = self.tokens[index]
            if token.kind in ("op", "name") and token.value in operators and index > start:
                parts.append((first, index))
                first = index + 1
            index = self.after(index)
            count += 1
        self.bounds.spend(count)
        parts.append((first, end))
        return parts

    def arguments(self, opening: int) -> list[tuple[int, int]]:
        """Return the expressions between a bracket and its partner."""
        known = self._arguments.get(opening)
        if known is None:
            closing = self.partners.get(opening, opening + 1)
            parts = self.split(opening + 1, closing, ",")
            known = self._arguments[opening] = [part for part in parts if part[1] > part[0]]
        self.bounds.spend(len(known))
        return known

    def text_of(self, start: int, end: int) -> str:
        """Return the source of some tokens."""
        return (
            self.source[self.tokens[start].start : self.tokens[end - 1].end] if end > start else ""
        )

    def beside(self, index: int) -> str:
        """Return the rest of a token's statement: other arguments and keys, a method's object."""
        statement = self._statements.get(index)
        if statement is None:
            statement = self._statement(index)
        text = self.tokens[index]
        first, last = self.tokens[statement[0]].start, self.tokens[statement[1] - 1].end
        return self.source[
            max(first, text.start - MAX_BESIDE) : min(max(last, text.end), text.end + MAX_BESIDE)
        ]

    def _statement(self, index: int) -> tuple[int, int]:
        """Return the first token of a statement and the one after its last, in its brackets."""
        passed = [index]
        first, last = index, index + 1
        while first - 1 > self.around[index] and not self._begins(first):
            before = first - 1
            first = self.partners.get(before, before) if self.op(before) in CLOSING else before
            passed.append(first)
        while last < len(self.tokens) and self.op(last) != ";" and self.op(last) not in CLOSING:
            if self._begins(last):
                break
            passed.append(last)
            last = self.after(last)
        self._statements.update(dict.fromkeys(passed, (first, last)))
        return first, last

    def _begins(self, index: int) -> bool:
        """Return whether a statement begins with a token, by its line and the one before."""
        return self.op(index - 1) == ";" or (index in self.firsts and not self._goes_on(index))

    def unlabelled(self, start: int, end: int) -> tuple[int, int]:
        """Return an argument without its name: ``separator: " && "``."""
        if self.name(start) and self.op(start + 1) in (":", "=") and end - start > 2:
            return start + 2, end
        return start, end

    def note_ways(self, index: int) -> None:
        """Note that a name or an expression may have more values than are kept."""
        self.bounds.note(
            self.tokens[index].start, f"more than {MAX_ALTERNATIVES} values: the rest is left out"
        )

    def places(self, name: str) -> list[int]:
        """Return the tokens of a name."""
        return self._places.get(name, [])

    def places_between(self, name: str, first: int, last: int) -> list[int]:
        """Return the tokens of a name from one token up to another, exclusive."""
        places = self.places(name)
        return places[bisect_left(places, first) : bisect_left(places, last)]

    def places_before(self, name: str, last: int, most: int) -> list[int]:
        """Return the last so many tokens of a name before one."""
        places = self.places(name)
        end = bisect_left(places, last)
        self.bounds.spend(min(end, most))
        return places[max(0, end - most) : end]

    def places_from(self, name: str, first: int, most: int) -> list[int]:
        """Return the first so many tokens of a name from one on."""
        places = self.places(name)
        start = bisect_left(places, first)
        found = places[start : start + most]
        self.bounds.spend(len(found))
        return found

    def column(self, index: int) -> int:
        """Return how many characters precede a token in its line."""
        start = self.tokens[index].start
        starts = starts_of_lines(self.source)
        return start - starts[bisect_right(starts, start) - 1]

    def first_in_line(self, index: int) -> int:
        """Return the first token in the line of a token."""
        number = bisect_right(self.lines, index) - 1
        return self.lines[number] if number >= 0 else 0

    @cached_property
    def lines(self) -> list[int]:
        """Return the tokens that are first in their lines, in the order of the file."""
        return sorted(index for index in self.firsts if index < len(self.tokens))

    def put_in(self, name: str, after: int, before: int) -> list[tuple[int, int]]:
        """Yield what is put into the list of a name between two tokens: ``name.push(x)``."""
        found: list[tuple[int, int]] = []
        places = self.places_between(name, after, before)
        self.bounds.spend(len(places))
        for index in places:
            if self.op(index + 1) in (".", "->"):
                if self.name(index + 2) in _PUTTING and self.op(index + 3) == "(":
                    found += self.arguments(index + 3)
            elif self.op(index + 1) == "<<":
                found.append((index + 2, self.end_of(index + 2)))
            elif self.puts_in(index):
                value = self.after(index + 1) + 1
                found.append((value, self.end_of(value)))
            elif self.op(index - 1) == "(" and self.name(index - 2) in ("append", "array_push"):
                found += self.arguments(index - 1)[1:]
        return found

    def puts_in(self, index: int) -> bool:
        """Return whether a name's element is set: ``$parts[] = …``, in Go ``parts[i] = …``."""
        if self.op(index + 1) != "[" or self.op(self.after(index + 1)) != "=":
            return False
        name = self.language.name
        return name == "Go" or (name == "PHP" and self.op(index + 2) == "]")

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Collect the tokens of each name."""
        places: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            if token.kind == "name":
                places.setdefault(token.value.lstrip("$@"), []).append(index)
        return places

    def definitions(self, name: str) -> list[Definition]:
        """Return every place where a name gets a value, in the order of the file."""
        known = self._definitions.get(name)
        if known is None:
            made = (definition_at(self, index) for index in self.places(name))
            known = self._definitions[name] = [each for each in made if each is not None]
        return known

    def is_rarer(self, one: Definition, other: Definition) -> bool:
        """Return whether the first of two values is set in a block within that of the other."""
        return self._branching.is_rarer(one, other)

    def is_after_head(self, index: int) -> bool:
        """Return whether a token begins a statement behind ``if x:`` or ``else:`` in Python."""
        colon = index - 1
        if self.language.name != "Python" or self.op(colon) != ":" or self.around[colon] >= 0:
            return False
        first = index
        while first > max(0, index - _MAX_HEAD) and first not in self.firsts:
            first -= 1
        return self.name(first) in _HEADS

    def values(self, name: str, at: int, *, dotted: bool) -> list[list[Definition]]:
        """Return a name's possible values at a token: per branch the value, and all added to it.

        A name with one value in the file has it everywhere. One with several has those assigned
        before, in a block that is still open or in branches that lead there. One to which more than
        ``MAX_ADDED`` strings are added has none.
        """
        if not dotted and self._is_parameter(name, at):
            return []
        named = self._values_of(name, dotted=dotted)
        first = named.values
        # Within its own new value a name refers to the one before.
        if len(first) != 1 or first[0].start <= at < first[0].end:
            first = self._nearest(named, at)
        if not dotted and named.is_added_to(at):
            declared = self._declaration(name, at)
            is_last = declared and not any(declared.at < each.at < at for each in first)
            if declared and is_last and named.added(declared.at, at):
                first = [declared]
        found: list[list[Definition]] = []
        for value in first:
            added = named.added(value.at, at)
            if len(added) > MAX_ADDED:
                self.bounds.note(
                    self.tokens[at].start, f"more than {MAX_ADDED} texts are added to {name}"
                )
                return []
            found += self._branching.grown(value, first, added, at)
        return found

    def _declaration(self, name: str, at: int) -> Definition | None:
        """Return the last place that declares a name without a value: ``String name;``."""
        if self.language.name not in _DECLARING_LANGUAGES:
            return None
        for index in reversed(self.places_before(name, at, _MAX_PLACES)):
            before = self.name(index - 1)
            ends = self.op(index + 1) == ";" or index + 1 in self.firsts
            declares = before in _DECLARING or (
                self.language.name in _TYPED and before and before not in _NO_TYPES
            )
            if ends and declares and self._is_open(index, at):
                return Definition(index, index + 1, index + 1)
        return None

    def _values_of(self, name: str, *, dotted: bool) -> Values:
        known = self._named_values.get((name, dotted))
        if known is None:
            all_of = [each for each in self.definitions(name) if dotted or not each.key]
            known = self._named_values[name, dotted] = Values(all_of)
        return known

    def _nearest(self, named: Values, at: int) -> list[Definition]:
        """Return those of several values that a name may have at a token."""
        reaching = self._branching.reaching(named, at)
        if reaching or self.language.name not in INDENTED:
            return reaching
        return [each for each in named.before(at)[::-1] if self._is_open(each.at, at)][:1]

    @cached_property
    def _branching(self) -> Branching:
        return Branching(self)

    def forget(self) -> None:
        """Free what refers back to the code, so that the memory is free at once."""
        self.__dict__.pop("_branching", None)
        self.of_other_file = None

    def function_of(self, index: int) -> int:
        """Return the first token of the innermost function or class round a token, or -1."""
        return self._branching.function_of(index)

    def _is_parameter(self, name: str, at: int) -> bool:
        """Return whether a name is a parameter of a function round a token.

        Of the functions round the innermost block one counts unless the name gets a value there.
        """
        place = at
        for number in range(_MAX_FUNCTIONS):
            opening = self._parameters(place)
            if opening >= 0 and self._has_parameters(opening, is_inner=number == 0):
                places = self.places_between(name, opening + 1, self.partners.get(opening, opening))
                self.bounds.spend(len(places))
                if any(self.op(index + 1) != "=" for index in places):
                    return number == 0 or not self.is_given(name, opening, at)
            place = self.block(place) if self.language.name != "Python" else -1
            if place < 0:
                break
        return False

    def _has_parameters(self, opening: int, *, is_inner: bool) -> bool:
        """Return whether a parenthesis before a block has parameters, not a condition.

        In some languages a call may be before one: ``fetch(filter: filter) { … }``.
        """
        name = self.name(opening - 1)
        if name in _CONDITIONS:
            return False
        if is_inner or self.language.name not in _BLOCKS_AFTER_CALLS:
            return True
        return name in _CONSTRUCTORS or self.name(opening - 2) in _FUNCTION_WORDS

    def is_given(self, name: str, after: int, before: int) -> bool:
        """Return whether a name gets a value between two tokens."""
        definitions = self.definitions(name)
        first = bisect_right(definitions, after, key=lambda each: each.at)
        return first < len(definitions) and definitions[first].at < before

    def _parameters(self, at: int) -> int:
        """Return the parenthesis of the parameters round a token, or less than 0."""
        if self.language.name == "Python":
            functions = self._places.get("def", [])
            number = bisect_right(functions, at) - 1
            return (
                functions[number] + 2
                if number >= 0 and self._is_inside(functions[number], at)
                else -1
            )
        block = self.block(at)
        before = block - 1
        while block >= 0 and before >= 0 and block - before < _MAX_TYPE and self.op(before) != ")":
            if not (self.name(before) or self.op(before) in _OF_A_TYPE):
                return -1
            before -= 1
        return self.partners.get(before, -1) if self.op(before) == ")" else -1

    def _is_inside(self, function: int, at: int) -> bool:
        """Return whether a token is in the body of a function of Python."""
        first = max(function, self.first_in_line(at))
        return self.column(first) > self.column(function) or first == function

    def _is_open(self, inner: int, at: int) -> bool:
        """Return whether the block round a token is still open at a later one."""
        if self.language.name == "Python":
            functions = self._places.get("def", [])
            return bisect_right(functions, inner) == bisect_right(functions, at)
        block = self.block(inner)
        return block < 0 or self._closed_at.get(block, at + 1) > at

    def block(self, index: int) -> int:
        """Return the block round a token, or -1."""
        return self._blocks[index] if index < len(self._blocks) else -1

    @cached_property
    def _blocks(self) -> list[int]:
        """Return the block round each token."""
        blocks: list[int] = []
        for around in self.around:
            is_block = around < 0 or self.tokens[around].value == "{"
            blocks.append(around if is_block else blocks[around])
        return blocks

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    def token_at(self, offset: int) -> int:
        """Return the index of the token at a position of the file."""
        return max(0, bisect_right(self._starts, offset) - 1)


def simple_name(source: str) -> tuple[str, bool] | None:
    """Return the last name of ``a``, ``$a``, ``A.B`` or ``self.a``; and if an object has it."""
    match = re.fullmatch(
        r"\s*(?:(?P<base>[@$]*\w+)(?:\.|->|::|\?\.))*[@$]*(?P<last>[^\W\d]\w*)\s*", source
    )
    if match is None:
        return None
    return match["last"], match["base"] is not None
