"""The tokens of one file as expressions: where one ends, what brackets belong together, what names mean."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final, NamedTuple

from pnfilter.extraction.branching import INDENTED, Branching
from pnfilter.extraction.languages import Language
from pnfilter.extraction.tokens import Reader, Token

OPENING: Final = {"(": ")", "[": "]", "{": "}"}
CLOSING: Final = frozenset(OPENING.values())
#: Operators before or after which a line end doesn't end an expression.
_LEADING: Final = frozenset(". ?. + ? : || && ?? ?: % << -> ::".split())
_TRAILING: Final = frozenset("= := : => . + ? || && ?? ?: % << ( [ { , \\".split())
_ASSIGNING: Final = frozenset({"=", ":=", "=>"})
_CHANGING: Final = frozenset({"+=", ".=", "<<"})
#: Words before a bracket that is no list of parameters.
_CONDITIONS: Final = frozenset("if while switch elseif when for foreach catch guard".split())
#: Words of Python before a colon after which a statement may stand on the same line.
_HEADS: Final = frozenset("if elif else try except finally for while with".split())
_MAX_HEAD: Final = 40
#: What may stand between the parameters of a function and its body.
_OF_A_TYPE: Final = frozenset(": -> => < > ? . , & * [ ] :: !".split())
#: Methods that put an element into a list.
_PUTTING: Final = frozenset("push append add Add Append push_back".split())
#: Characters of a statement before and after the name of a filter that are looked at for what stands beside it.
MAX_BESIDE: Final = 1_500
#: Tokens of one expression, and values of one name, that are looked at.
MAX_EXPRESSION: Final = 1_000
MAX_VALUES: Final = 300
#: Tokens between a name and its ``=`` at most: its type.
_MAX_TYPE: Final = 8


class Definition(NamedTuple):
    """Where a name gets a value: the token of the name, the tokens of the value."""

    at: int
    start: int
    end: int
    #: It adds to the value that the name has.
    adds: bool = False
    #: It is a key of an object, so that it counts for ``objects.key`` only.
    key: bool = False


class Code:
    """The tokens of a file without the ends of lines, and what they are to each other."""

    def __init__(
        self, source: str, language: Language, between: tuple[int, int] | None = None
    ) -> None:
        self.source = source
        self.language = language
        self.tokens: list[Token] = []
        #: Tokens that stand first in their line.
        self.firsts: set[int] = set()
        reader = Reader(source, language)
        for token in reader.tokens() if between is None else reader.read(*between):
            if token.kind == "line":
                self.firsts.add(len(self.tokens))
            else:
                self.tokens.append(token)
        #: Each bracket's partner, and the bracket round each token.
        self.partners: dict[int, int] = {}
        self.around: list[int] = []
        self._definitions: dict[str, list[Definition]] = {}
        self._match_brackets()

    def _match_brackets(self) -> None:
        open_brackets: list[int] = []
        for index, token in enumerate(self.tokens):
            value = token.value if token.kind == "op" else ""
            if value in CLOSING:
                depth = len(open_brackets) - 1
                while depth >= 0 and OPENING[self.tokens[open_brackets[depth]].value] != value:
                    depth -= 1
                if depth >= 0:
                    self.partners[open_brackets[depth]] = index
                    self.partners[index] = open_brackets[depth]
                    del open_brackets[depth:]
            self.around.append(open_brackets[-1] if open_brackets else -1)
            if value in OPENING:
                open_brackets.append(index)

    def op(self, index: int) -> str:
        """The operator at an index, or nothing."""
        if 0 <= index < len(self.tokens) and self.tokens[index].kind == "op":
            return self.tokens[index].value
        return ""

    def name(self, index: int) -> str:
        """The name at an index, or nothing."""
        if 0 <= index < len(self.tokens) and self.tokens[index].kind == "name":
            return self.tokens[index].value
        return ""

    def is_text(self, index: int) -> bool:
        """Whether a text stands there."""
        return 0 <= index < len(self.tokens) and self.tokens[index].kind == "text"

    def after(self, index: int) -> int:
        """The index after a token, or after the bracket that it opens."""
        if self.op(index) in OPENING:
            return self.partners.get(index, index) + 1
        return index + 1

    def end_of(self, start: int, *, one_line: bool = False) -> int:
        """Where the expression that starts there ends."""
        around = self.around[start] if start < len(self.tokens) else -1
        ends = self.language.newline_ends and (
            self.language.name == "Go" or self.op(around) not in ("(", "[")
        )
        index = start
        last = min(len(self.tokens), start + MAX_EXPRESSION)
        while index < last:
            if index > start and index in self.firsts and (one_line or ends):
                broken = one_line or not self._goes_on(index)
                if broken:
                    break
            value = self.op(index)
            if value in (",", ";") or value in CLOSING:
                break
            index = self.after(index)
        return index

    def _goes_on(self, index: int) -> bool:
        """Whether an expression goes on over the line end before a token."""
        if self.op(index) in _LEADING or self.op(index - 1) in _TRAILING:
            return True
        between = self.source[self.tokens[index - 1].end : self.tokens[index].start]
        return "\\" in between

    def split(self, start: int, end: int, *operators: str) -> list[tuple[int, int]]:
        """The parts of an expression between these operators or words, outside of brackets."""
        parts = []
        first = index = start
        while index < end:
            token = self.tokens[index]
            if token.kind in ("op", "name") and token.value in operators and index > start:
                parts.append((first, index))
                first = index + 1
            index = self.after(index)
        parts.append((first, end))
        return parts

    def arguments(self, opening: int) -> list[tuple[int, int]]:
        """The expressions between a bracket and its partner."""
        closing = self.partners.get(opening, opening + 1)
        parts = self.split(opening + 1, closing, ",")
        return [(start, end) for start, end in parts if end > start]

    def text_of(self, start: int, end: int) -> str:
        """The source of some tokens."""
        return (
            self.source[self.tokens[start].start : self.tokens[end - 1].end] if end > start else ""
        )

    def beside(self, index: int) -> str:
        """What stands with a token in its statement: other arguments and keys, the object before a method."""
        first, last = index, index + 1
        text = self.tokens[index]
        while first - 1 > self.around[index] and not self._begins(first):
            before = first - 1
            first = self.partners.get(before, before) if self.op(before) in CLOSING else before
            if text.start - self.tokens[first].start > MAX_BESIDE:
                break
        while last < len(self.tokens) and self.op(last) != ";" and self.op(last) not in CLOSING:
            if self._begins(last) or self.tokens[last].start - text.end > MAX_BESIDE:
                break
            last = self.after(last)
        return self.text_of(first, last)

    def _begins(self, index: int) -> bool:
        """Whether a statement begins with a token, as far as its line and the one before say."""
        return self.op(index - 1) == ";" or (index in self.firsts and not self._goes_on(index))

    def unlabelled(self, start: int, end: int) -> tuple[int, int]:
        """An argument without its name: ``separator: " && "``."""
        if self.name(start) and self.op(start + 1) in (":", "=") and end - start > 2:
            return start + 2, end
        return start, end

    def places(self, name: str) -> list[int]:
        """The tokens of a name."""
        return self._places.get(name, [])[:MAX_VALUES]

    def column(self, index: int) -> int:
        """How many characters stand before a token in its line."""
        start = self.tokens[index].start
        return start - max(self.source.rfind("\n", 0, start), self.source.rfind("\r", 0, start)) - 1

    def put_in(self, name: str, after: int, before: int) -> list[tuple[int, int]]:
        """What is put into the list of a name between two tokens: ``name.push(x)``."""
        found: list[tuple[int, int]] = []
        for index in self.places(name):
            if after <= index < before and self.op(index + 1) in (".", "->"):
                if self.name(index + 2) in _PUTTING and self.op(index + 3) == "(":
                    found += self.arguments(index + 3)
            elif after <= index < before and self.op(index + 1) == "<<":
                found.append((index + 2, self.end_of(index + 2)))
        return found

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """The tokens of each name."""
        places: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens):
            if token.kind == "name":
                places.setdefault(token.value.lstrip("$@"), []).append(index)
        return places

    def definitions(self, name: str) -> list[Definition]:
        """Every place where a name gets a value, in the order of the file."""
        known = self._definitions.get(name)
        if known is None:
            made = (self._definition(index) for index in self._places.get(name, [])[:MAX_VALUES])
            known = self._definitions[name] = [each for each in made if each is not None]
        return known

    def _definition(self, index: int) -> Definition | None:
        following = self.op(index + 1)
        named_argument = (
            self.op(self.around[index]) == "(" and following != ":=" and self.language.name != "Go"
        )
        if following in _ASSIGNING and not named_argument and not self._is_type(index):
            arrow = following == "=>"
            if arrow and self.language.name not in ("C#", "Dart"):
                return None
            return self._assigned(index)
        if following in _CHANGING and self.is_text(index + 2):
            return Definition(index, index + 2, self.end_of(index + 2), adds=True)
        if following == "." and self.name(index + 2) in ("append", "Append"):
            return Definition(index, index + 2, self.end_of(index + 2), adds=True)
        if following == "[" and self.op(self.after(index + 1)) == "=":
            value = self.after(index + 1) + 1
            return Definition(index, value, self.end_of(value))
        if following == ":":
            typed = self._typed_value(index + 2)
            if typed is not None:
                return Definition(index, typed, self.end_of(typed))
            if self.is_text(index + 2):
                return Definition(index, index + 2, self.end_of(index + 2), key=True)
        if self.name(index - 1) == "define" and self.op(index - 2) == "#":
            return Definition(index, index + 1, self.end_of(index + 1, one_line=True))
        return None

    def _assigned(self, index: int) -> Definition:
        """The value that a name is given; ``a = a + "…"`` adds to the one it has."""
        end = self.end_of(index + 2)
        if (
            self.name(index + 2) == self.tokens[index].value
            and self.op(index + 3) in self.language.concatenation
        ):
            return Definition(index, index + 4, end, adds=True)
        return Definition(index, index + 2, end)

    def _is_type(self, index: int) -> bool:
        """Whether a name is the type of another: ``: String =``, ``: &str =``."""
        while self.op(index - 1) in ("&", "*", "."):
            index -= 2 if self.op(index - 1) == "." else 1
        # After a line end the colon begins a block, as in Python.
        return self.op(index - 1) == ":" and not (
            (self.language.newline_ends and index in self.firsts) or self.is_after_head(index)
        )

    def is_after_head(self, index: int) -> bool:
        """Whether a token of Python begins a statement behind ``if x:`` or ``else:`` on the same line."""
        if self.language.name != "Python" or self.op(index - 1) != ":" or self.around[index] >= 0:
            return False
        first = index
        while first > max(0, index - _MAX_HEAD) and first not in self.firsts:
            first -= 1
        return self.name(first) in _HEADS

    def _typed_value(self, start: int) -> int | None:
        """The value after a type: ``: String = …``."""
        for index in range(start, min(start + _MAX_TYPE, len(self.tokens))):
            value = self.op(index)
            if value == "=":
                return index + 1
            if value in (",", ";", ")", "}") or self.is_text(index):
                return None
        return None

    def values(self, name: str, at: int, *, dotted: bool) -> list[list[Definition]]:
        """What a name may stand for at a token: for each branch its value, and all that is added to it.

        A name with one value in the file has it everywhere; one with several has those that it is given
        before, in a block that is still open or in the branches that lead there.
        """
        if not dotted and self._is_parameter(name, at):
            return []
        all_of = [each for each in self.definitions(name) if dotted or not each.key]
        values = [each for each in all_of if not each.adds]
        # Within its own new value a name stands for the one before.
        first = [each for each in values if not each.start <= at < each.end]
        if len(first) != 1 or first != values:
            first = self._nearest(first, at)
        return [
            chain
            for value in first
            for chain in self._branching.grown(
                value, first, [each for each in all_of if each.adds and value.at < each.at < at], at
            )
        ]

    def _nearest(self, values: list[Definition], at: int) -> list[Definition]:
        """Those of several values that a name may have at a token."""
        reaching = self._branching.reaching(values, at)
        if reaching or self.language.name not in INDENTED:
            return reaching
        return [each for each in values if each.at < at and self._is_open(each.at, at)][-1:]

    @cached_property
    def _branching(self) -> Branching:
        return Branching(self)

    def _is_parameter(self, name: str, at: int) -> bool:
        """Whether a name is a parameter of the function round a token."""
        opening = self._parameters(at)
        if opening < 0 or self.name(opening - 1) in _CONDITIONS:
            return False
        return any(
            opening < index < self.partners.get(opening, opening) and self.op(index + 1) != "="
            for index in self.places(name)
        )

    def _parameters(self, at: int) -> int:
        """The bracket with the parameters of the function round a token, or less than 0."""
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
        """Whether a token stands in the body of a function of Python."""
        while at > function and at not in self.firsts:
            at -= 1
        return self.column(at) > self.column(function) or at == function

    def _is_open(self, inner: int, at: int) -> bool:
        """Whether the block round a token is still open at another."""
        if self.language.name == "Python":
            functions = self._places.get("def", [])
            return bisect_right(functions, inner) == bisect_right(functions, at)
        block, here = self.block(inner), self.block(at)
        while here >= 0 and here != block:
            here = self.block(here)
        return here == block

    def block(self, index: int) -> int:
        """The block round a token, or -1."""
        around = self.around[index] if index < len(self.tokens) else -1
        while around >= 0 and self.op(around) != "{":
            around = self.around[around]
        return around

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    def token_at(self, offset: int) -> int:
        """The index of the token in which a place of the file is."""
        return max(0, bisect_right(self._starts, offset) - 1)


def simple_name(source: str) -> tuple[str, bool] | None:
    """The last name of ``a``, ``$a``, ``A.B`` or ``self.a``, and whether it is one of an object."""
    match = re.fullmatch(
        r"\s*(?:(?P<base>[@$]*\w+)(?:\.|->|::|\?\.))*[@$]*(?P<last>[^\W\d]\w*)\s*", source
    )
    if match is None:
        return None
    return match["last"], match["base"] is not None
