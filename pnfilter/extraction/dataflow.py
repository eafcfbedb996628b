"""Which values a name may have at a position, judging by brackets and indentation."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from pnfilter.extraction.bounds import Bounds
    from pnfilter.extraction.languages import Language
    from pnfilter.extraction.tokens import Token

#: Words of a block that may be skipped.
_BRANCHES: Final = frozenset(
    """if elif elsif elseif else unless switch case match when select try except catch rescue
    finally ensure begin for foreach while until loop do guard with using lock default""".split()
)
#: Words of a block that runs only when called.
_DECLARING: Final = frozenset("function func fun fn def class struct interface object".split())
#: Words of a block that always runs; before the name of a function they are modifiers.
_PLAIN: Final = frozenset("synchronized unsafe fixed autoreleasepool".split())
#: Words before a parenthesis after which one statement may follow without a block.
_CONDITIONS: Final = frozenset("if elseif while for foreach".split())
#: Words that begin another branch of the preceding one.
_OTHERWISE: Final = frozenset("else elseif elif elsif when case".split())
_FIRST_OF_BRANCHES: Final = frozenset("if unless elif elsif when case".split())
#: Languages whose blocks are indented.
INDENTED: Final = frozenset({"Python", "Ruby"})
#: Tokens before a block in which its word is searched.
_MAX_HEAD: Final = 40
#: Values of a name that are examined, the nearest first, and values it may have at one place.
MAX_LOOKED_AT: Final = 60
MAX_ALTERNATIVES: Final = 8
#: Nested blocks that are distinguished; deeper ones count as part of the last of them.
MAX_BLOCKS: Final = 100

#: The blocks round a token, from the outermost to its own; each is named by its first token.
Scopes = tuple[int, ...]


class Definition(NamedTuple):
    """Where a name gets a value: the token of the name, the tokens of the value."""

    at: int
    start: int
    end: int
    #: It adds to the present value of the name.
    adds: bool = False
    #: It is a key of an object, so it counts for ``objects.key`` only.
    key: bool = False


class Loop(NamedTuple):
    """The list of a loop, which part of an element a name is, and the token behind the loop.

    A part is a position or a key; None for the whole element, -1 for the number of the round.
    """

    start: int
    end: int
    part: int | str | None
    last: int


class Binding(NamedTuple):
    """Where a loop or a parameter gives a name a value, and the tokens for which it holds.

    ``value`` is the list of a loop, or the default of a parameter.
    """

    place: int
    first: int
    last: int
    loop: Loop | None
    value: tuple[int, int]


class Values:
    """The values of one name, and what is added to them, in the order of the file."""

    def __init__(self, definitions: list[Definition]) -> None:
        self.values = [each for each in definitions if not each.adds]
        self._added = [each for each in definitions if each.adds]
        self._places = [each.at for each in self.values]
        self._places_added = [each.at for each in self._added]
        #: Those of each function, by its first token; None until needed.
        self.by_function: dict[int, Values] | None = None

    def before(self, at: int) -> list[Definition]:
        """Return the last values before a token that don't contain it."""
        number = bisect_left(self._places, at)
        last = self.values[max(0, number - MAX_LOOKED_AT) : number]
        return [each for each in last if not each.start <= at < each.end]

    def grouped(self, function: Callable[[Definition], int]) -> dict[int, Values]:
        """Return the values of each function."""
        groups: dict[int, list[Definition]] = {}
        for each in self.values:
            groups.setdefault(function(each), []).append(each)
        self.by_function = {place: Values(each) for place, each in groups.items()}
        return self.by_function

    def is_added_to(self, before: int) -> bool:
        """Return whether anything is added before a token."""
        return bool(self._places_added) and self._places_added[0] < before

    def added(self, after: int, before: int) -> list[Definition]:
        """Return what is added between two tokens."""
        places = self._places_added
        return self._added[bisect_right(places, after) : bisect_left(places, before)]


class Tokens(Protocol):
    """The tokens of a file, by their indexes, to find branches in (``code.Code``)."""

    language: Language
    bounds: Bounds
    firsts: set[int]
    around: list[int]
    partners: dict[int, int]
    tokens: list[Token]

    def op(self, index: int) -> str: ...
    def name(self, index: int) -> str: ...
    def after(self, index: int) -> int: ...
    def block(self, index: int) -> int: ...
    def column(self, index: int) -> int: ...
    def places(self, name: str) -> list[int]: ...
    def split(self, start: int, end: int, *operators: str) -> list[tuple[int, int]]: ...
    def is_after_head(self, index: int) -> bool: ...
    def end_of(self, start: int, *, one_line: bool = False) -> int: ...
    def note_ways(self, index: int) -> None: ...


class Branching:
    """The branches of one file."""

    def __init__(self, code: Tokens) -> None:
        self._code = code
        self._indented = code.language.name in INDENTED
        #: The blocks round the content of a block, and those round a value.
        self._inside: dict[int, Scopes] = {-1: ()}
        self._of_values: dict[int, Scopes] = {}
        self._heads: dict[int, bool] = {}
        self._arms: dict[int, bool] = {}
        self._last_branches: dict[int, int] = {}
        self._functions_of: dict[int, int] = {-1: -1}

    def reaching(self, named: Values, at: int) -> list[Definition]:
        """Return those of a name's values that it may have at a token, in the order of the file."""
        here = self.around(at)
        found: list[tuple[Definition, Scopes]] = []
        is_python = self._code.language.name == "Python"
        before = self._of_function(named, at) if is_python else named.before(at)
        self._code.bounds.spend(len(before))
        for each in reversed(before):
            own = self._of_value(each)
            closed = own[_common(own, here) :]
            if not all(map(self._may_be_passed, closed)) or self._exclude(own, here):
                continue
            if any(own[: len(later)] == later for _, later in found):
                # Any path from there sets the later value.
                continue
            if len(found) == MAX_ALTERNATIVES:
                self._code.note_ways(at)
                break
            found.append((each, own))
            if not closed:
                break
        return [each for each, _ in reversed(found)]

    def _of_function(self, named: Values, at: int) -> list[Definition]:
        """Return those that a function of Python sees: its own, or else its enclosing code's."""
        functions = self._functions(at)
        groups = named.by_function
        if groups is None:
            groups = named.grouped(lambda value: self._functions(value.at)[-1])
        own = groups[functions[-1]].before(at) if functions[-1] in groups else []
        if own:
            return own
        outer = [
            each for place in functions if place in groups for each in groups[place].before(at)
        ]
        return sorted(outer, key=lambda each: each.at)[-MAX_LOOKED_AT:]

    def _functions(self, index: int) -> list[int]:
        """Yield the functions round a token, after -1 for the file."""
        return [-1, *(scope for scope in self.around(index) if self._head_word(scope) == "def")]

    def function_of(self, index: int) -> int:
        """Return the first token of the innermost function or class round a token, or -1."""
        code = self._code
        if self._indented:
            line = self._lines[bisect_right(self._lines, index) - 1] if self._lines else -1
            if line != index and self._head_word(line) == "def":
                return line
            around = reversed(self.around(index))
            return next((each for each in around if self._head_word(each) == "def"), -1)
        passed: list[int] = []
        block = code.block(index)
        while block not in self._functions_of and (
            self._may_be_passed(block)
            or code.name(block - 1) in _PLAIN
            or code.name(code.partners.get(block - 1, 0) - 1) in _PLAIN
            or (code.language.name == "Kotlin" and self._is_lambda(block))
        ):
            passed.append(block)
            block = code.block(block)
        found = self._functions_of.setdefault(block, block)
        self._functions_of.update(dict.fromkeys(passed, found))
        return found

    def _is_lambda(self, block: int) -> bool:
        """Return whether a block of Kotlin has no head that declares: ``return`` leaves it too."""
        code = self._code
        for index in self._head_of(block):
            if code.name(index) in _DECLARING:
                return False
            if code.op(index) in ("{", "}", ";"):
                break
        return True

    def _head_of(self, block: int) -> Iterator[int]:
        """Yield the tokens before a block, back to where their statement starts.

        Of parentheses and what is in them only the opening one is yielded.
        """
        code = self._code
        index = block - 1
        for _ in range(_MAX_HEAD):
            if code.op(index) in (")", "]"):
                index = code.partners.get(index, index)
            yield index
            if index <= 0 or index in code.firsts:
                return
            index -= 1

    def _head_word(self, line: int) -> str:
        """Return the first word of a line, skipping ``async``."""
        code = self._code
        return code.name(line + 1 if code.name(line) == "async" else line)

    def grown(
        self, value: Definition, others: list[Definition], added: Iterable[Definition], at: int
    ) -> list[list[Definition]]:
        """Return a value and what is added before a token: a list per path through the branches."""
        here, own = self.around(at), self._of_value(value)
        chains: list[list[Definition]] = [[value]]
        for each in added:
            scopes = self._of_value(each)
            replaced = any(
                value.at < other.at < each.at and _is_within(scopes, self._of_value(other))
                for other in others
            )
            if replaced or self._exclude(own, scopes) or self._exclude(scopes, here):
                continue
            self._code.bounds.spend(sum(map(len, chains)))
            excluded: dict[Scopes, bool] = {}
            longer: dict[tuple[int, ...], list[Definition]] = {}
            for chain in chains:
                for x in chain:
                    if (blocks := self._of_value(x)) not in excluded:
                        excluded[blocks] = self._exclude(blocks, scopes)
                kept = [x for x in chain if not excluded[self._of_value(x)]]
                ways = [[*kept, each]] if len(kept) == len(chain) else [chain, [*kept, each]]
                for way in ways:
                    longer.setdefault(tuple(x.at for x in way), way)
            if len(longer) > MAX_ALTERNATIVES:
                self._code.note_ways(at)
            chains = list(longer.values())[:MAX_ALTERNATIVES]
        return chains

    def is_rarer(self, one: Definition, other: Definition) -> bool:
        """Return whether the first of two values is set in a block within that of the other."""
        inner, outer = self._of_value(one), self._of_value(other)
        return len(inner) > len(outer) and _is_within(inner, outer)

    def around(self, index: int) -> Scopes:
        """Return the blocks round a token; a label of a ``switch`` begins one in it."""
        if self._indented:
            number = bisect_right(self._lines, index)
            return self._within(self._margin_of[self._lines[number - 1]] if number else -1)
        block = self._code.block(index)
        return self._labelled(self._within(block), block, index)

    def _within(self, block: int) -> Scopes:
        """Return the blocks round the tokens in a block, with itself."""
        passed: list[int] = []
        while block not in self._inside:
            passed.append(block)
            block = self._margin_of[block] if self._indented else self._code.block(block)
        scopes = self._inside[block]
        for inner in reversed(passed):
            if not self._indented:
                scopes = self._labelled(scopes, block, inner)
            if len(scopes) < MAX_BLOCKS:
                scopes = (*scopes, inner)
            block = inner
            self._inside[inner] = scopes
        return scopes

    def _labelled(self, scopes: Scopes, block: int, index: int) -> Scopes:
        """Return the blocks round a token in a block, with the ``switch`` label before it."""
        labels = self._labels.get(block, [])
        number = bisect_right(labels, index)
        return (*scopes, labels[number - 1]) if number and len(scopes) < MAX_BLOCKS else scopes

    def _of_value(self, value: Definition) -> Scopes:
        """Return them for a value: a conditional statement without a block has its own."""
        scopes = self._of_values.get(value.at)
        if scopes is None:
            scopes = self.around(value.at)
            if self._code.is_after_head(value.at):
                scopes = (*scopes, self._lines[bisect_right(self._lines, value.at) - 1])
            elif self._is_conditional(value):
                scopes = (*scopes, value.at)
            self._of_values[value.at] = scopes
        return scopes

    def _is_conditional(self, value: Definition) -> bool:
        code = self._code
        if self._indented:
            return code.language.name == "Ruby" and (
                len(code.split(value.start, value.end, "if", "unless")) > 1
            )
        before = value.at - 1
        while code.op(before) in (".", "->", "::") and code.name(before - 1):
            before -= 2
        if code.op(before) == ":" and code.language.name == "PHP":
            # `if ($x): $a = …; else: $a = …; endif;`
            return code.op(before - 1) == ")" or code.name(before - 1) == "else"
        if code.op(before) == ")":
            return code.name(code.partners.get(before, 0) - 1) in _CONDITIONS
        arrow = "=>" if code.language.name == "Rust" else "->"
        return code.name(before) == "else" or code.op(before) == arrow

    @cached_property
    def _labels(self) -> dict[int, list[int]]:
        """Return the labels of each block of a ``switch``."""
        code = self._code
        labels: dict[int, list[int]] = {}
        for index in sorted([*code.places("case"), *code.places("default")]):
            if code.op(code.around[index]) == "{" and (
                code.name(index) == "case" or code.op(index + 1) in (":", "->")
            ):
                labels.setdefault(code.around[index], []).append(index)
        return labels

    @cached_property
    def _lines(self) -> list[int]:
        """Return the first token of each line that isn't within brackets."""
        return sorted(
            index
            for index in self._code.firsts | {0}
            if index < len(self._code.around) and self._code.around[index] < 0
        )

    @cached_property
    def _margin_of(self) -> dict[int, int]:
        """Return the line under which each line is indented, or -1."""
        margins: dict[int, int] = {}
        open_lines: list[int] = []
        for line in self._lines:
            column = self._code.column(line)
            while open_lines and self._code.column(open_lines[-1]) >= column:
                open_lines.pop()
            margins[line] = open_lines[-1] if open_lines else -1
            open_lines.append(line)
        return margins

    @cached_property
    def _last_of_branches(self) -> dict[int, int]:
        """Return, after each line, the last that begins another branch of the same ``if``."""
        last: dict[int, int] = {}
        following: dict[int, int] = {}
        for line in reversed(self._lines):
            margin = self._margin_of[line]
            after = following.get(margin, line)
            last[line] = (
                last[after] if self._code.name(after) in _OTHERWISE and after in last else line
            )
            following[margin] = line
        return last

    def _may_be_passed(self, scope: int) -> bool:
        """Return whether the program may continue behind a block: not a function or class."""
        known = self._heads.get(scope)
        if known is None:
            known = self._heads[scope] = self._has_word(scope)
        return known

    def _has_word(self, scope: int) -> bool:
        code = self._code
        if self._indented:
            word = self._head_word(scope)
            return word not in ("def", "class", "module") and (
                word in _BRANCHES or code.language.name == "Ruby"
            )
        if code.op(scope) != "{":
            return True
        go = code.language.name == "Go"
        for index in self._head_of(scope):
            if code.name(index) in _BRANCHES:
                return True
            if code.op(index) in ("->", "=>"):
                outer = code.block(scope)
                if outer not in self._arms:
                    self._arms[outer] = outer >= 0 and self._is_of_arms(outer)
                return self._arms[outer]
            if code.name(index) in _DECLARING:
                return False
            if code.op(index) in ("{", "}") or (code.op(index) == ";" and not go):
                return False
        return False

    def _is_of_arms(self, block: int) -> bool:
        """Return whether a block is that of ``when (x)``, ``match x`` or ``switch (x)``."""
        code = self._code
        first = block - 1
        while first > 0 and first not in code.firsts and code.op(first) not in (";", "{", "}"):
            if code.name(first) in ("when", "match", "switch"):
                return True
            first -= 1
        return code.name(first) in ("when", "match", "switch")

    def _exclude(self, before: Scopes, after: Scopes) -> bool:
        """Return whether two blocks exclude each other: branches of one ``if`` or ``switch``."""
        shared = _common(before, after)
        if shared in (len(before), len(after)):
            return False
        first, second = before[shared], after[shared]
        code = self._code
        if self._indented:
            return (
                code.name(first) in _FIRST_OF_BRANCHES
                and code.name(second) in _OTHERWISE
                and first < second <= self._last_of_branches.get(first, -1)
            )
        if first in self._all_labels or second in self._all_labels:
            return {first, second} <= self._all_labels and (
                code.around[first] == code.around[second]
            )
        return first < second and self._last_branch(first) == self._last_branch(second)

    @cached_property
    def _all_labels(self) -> set[int]:
        return {label for labels in self._labels.values() for label in labels}

    def _last_branch(self, block: int) -> int:
        """Return the block of the last ``else`` or ``else if`` after one; itself without any."""
        passed: list[int] = []
        while block not in self._last_branches:
            passed.append(block)
            following = self._next_branch(block)
            if following < 0:
                self._last_branches[block] = block
            else:
                block = following
        last = self._last_branches[block]
        self._last_branches.update(dict.fromkeys(passed, last))
        return last

    def _next_branch(self, block: int) -> int:
        """Return the block, or the only statement, of ``else`` or ``else if`` after one, or -1."""
        code = self._code
        if code.op(block) == "{":
            index = code.after(block)
        else:
            index = code.end_of(block)
            index += code.op(index) == ";"
        if code.name(index) not in _OTHERWISE:
            return -1
        if code.name(index) == "else":
            statement = index + 1 + (code.op(index + 1) == ":")
            if code.name(statement) == "if" and code.op(statement + 1) == "(":
                statement = code.after(statement + 1)
            if code.name(statement) and code.name(statement) != "if":
                return statement
        last = index + _MAX_HEAD
        while index < last and index < len(code.tokens) and code.op(index) != "{":
            index = code.after(index)
        return index if code.op(index) == "{" else -1


def _common(one: Scopes, other: Scopes) -> int:
    """Return how many blocks two tokens share."""
    number = 0
    while number < min(len(one), len(other)) and one[number] == other[number]:
        number += 1
    return number


def _is_within(scopes: Scopes, outer: Scopes) -> bool:
    return scopes[: len(outer)] == outer
