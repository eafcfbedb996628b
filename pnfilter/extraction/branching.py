"""Where a file branches: which values a name may have at a place, as far as brackets and indentation say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import Final

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pnfilter.extraction.code import Code, Definition

#: Words of a block that may be passed by.
_BRANCHES: Final = frozenset(
    """if elif elsif elseif else unless switch case match when select try except catch rescue finally ensure begin
    for foreach while until loop do guard with using lock""".split()
)
#: Words of a block that is passed by only when it is called.
_DECLARING: Final = frozenset("function func fun fn def class struct interface object".split())
#: Words before a bracket after which one statement may stand without a block.
_CONDITIONS: Final = frozenset("if elseif while for foreach".split())
#: Words that begin another branch of the one before.
_OTHERWISE: Final = frozenset("else elseif elif elsif when case".split())
_FIRST_OF_BRANCHES: Final = frozenset("if unless elif elsif when case".split())
#: Languages whose blocks show by their margins.
INDENTED: Final = frozenset({"Python", "Ruby"})
#: Tokens before a block in which its word is looked for.
_MAX_HEAD: Final = 40
#: Values of a name, from the nearest up, that are looked at, and those that it may have at one place.
_MAX_LOOKED_AT: Final = 60
MAX_ALTERNATIVES: Final = 8

#: The blocks round a token, from the outermost to its own; each is known by its first token.
Scopes = tuple[int, ...]


class Branching:
    """The branches of one file."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._indented = code.language.name in INDENTED
        self._known: dict[int, Scopes] = {}
        self._heads: dict[int, bool] = {}

    def reaching(self, values: list[Definition], at: int) -> list[Definition]:
        """Those of a name's values that it may have at a token, in the order of the file."""
        here = self.around(at)
        found: list[tuple[Definition, Scopes]] = []
        before = [each for each in values if each.at < at and not each.start <= at < each.end]
        if self._code.language.name == "Python":
            before = self._of_function(before, here)
        for each in reversed(before[-_MAX_LOOKED_AT:]):
            own = self._of_value(each)
            closed = own[_common(own, here) :]
            if not all(map(self._may_be_passed, closed)) or self._exclude(own, here):
                continue
            if any(own[: len(later)] == later for _, later in found):
                # Whoever comes from there gets the later value.
                continue
            found.append((each, own))
            if not closed or len(found) == MAX_ALTERNATIVES:
                break
        return [each for each, _ in reversed(found)]

    def _of_function(self, values: list[Definition], here: Scopes) -> list[Definition]:
        """Those that a function of Python sees: its own, or else those of what it stands in."""
        function = self._functions(here)
        seen = [(each, self._functions(self.around(each.at))) for each in values]
        own = [each for each, place in seen if place == function]
        return own or [each for each, place in seen if _is_within(function, place)]

    def _functions(self, scopes: Scopes) -> Scopes:
        return tuple(scope for scope in scopes if self._head_word(scope) == "def")

    def _head_word(self, line: int) -> str:
        """The word that a line begins with; ``async`` is passed over."""
        code = self._code
        return code.name(line + 1 if code.name(line) == "async" else line)

    def grown(
        self, value: Definition, others: list[Definition], added: Iterable[Definition], at: int
    ) -> list[list[Definition]]:
        """A value with what is added to it before a token: one list for each way through the branches."""
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
            longer: list[list[Definition]] = []
            for chain in chains:
                kept = [x for x in chain if not self._exclude(self._of_value(x), scopes)]
                ways = [[*kept, each]] if len(kept) == len(chain) else [chain, [*kept, each]]
                longer += [way for way in ways if way not in longer]
            chains = longer[:MAX_ALTERNATIVES]
        return chains

    def around(self, index: int) -> Scopes:
        """The blocks round a token; a label of a ``switch`` begins one in it."""
        scopes = self._known.get(index)
        if scopes is None:
            scopes = self._margins(index) if self._indented else self._blocks(index)
            self._known[index] = scopes
        return scopes

    def _of_value(self, value: Definition) -> Scopes:
        """The same for a value: a statement without a block under a condition is one of its own."""
        scopes = self.around(value.at)
        if self._code.is_after_head(value.at):
            return (*scopes, self._lines[bisect_right(self._lines, value.at) - 1])
        return (*scopes, value.at) if self._is_conditional(value) else scopes

    def _is_conditional(self, value: Definition) -> bool:
        code = self._code
        if self._indented:
            return len(code.split(value.start, value.end, "if", "unless")) > 1 and (
                code.language.name == "Ruby"
            )
        before = value.at - 1
        while code.op(before) in (".", "->", "::") and code.name(before - 1):
            before -= 2
        if code.op(before) == ")":
            return code.name(code.partners.get(before, 0) - 1) in _CONDITIONS
        arrow = "=>" if code.language.name == "Rust" else "->"
        return code.name(before) == "else" or code.op(before) == arrow

    def _blocks(self, index: int) -> Scopes:
        code = self._code
        scopes: list[int] = []
        block = code.block(index)
        while block >= 0:
            labels = self._labels.get(block, [])
            number = bisect_right(labels, index)
            if number:
                scopes.append(labels[number - 1])
            scopes.append(block)
            block = code.block(block)
        return tuple(reversed(scopes))

    @cached_property
    def _labels(self) -> dict[int, list[int]]:
        """The labels of each block of a ``switch``."""
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
        """The first token of each line that isn't within brackets."""
        return sorted(
            index
            for index in self._code.firsts | {0}
            if index < len(self._code.around) and self._code.around[index] < 0
        )

    @cached_property
    def _margin_of(self) -> dict[int, int]:
        """The line under which each line stands further in, or -1."""
        margins: dict[int, int] = {}
        open_lines: list[int] = []
        for line in self._lines:
            column = self._code.column(line)
            while open_lines and self._code.column(open_lines[-1]) >= column:
                open_lines.pop()
            margins[line] = open_lines[-1] if open_lines else -1
            open_lines.append(line)
        return margins

    def _margins(self, index: int) -> Scopes:
        number = bisect_right(self._lines, index)
        line = self._margin_of[self._lines[number - 1]] if number else -1
        scopes: list[int] = []
        while line >= 0:
            scopes.append(line)
            line = self._margin_of[line]
        return tuple(reversed(scopes))

    def _may_be_passed(self, scope: int) -> bool:
        """Whether the program may go on behind a block: it is no function or class."""
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
        index = scope - 1
        for _ in range(_MAX_HEAD):
            if code.op(index) in (")", "]"):
                index = code.partners.get(index, index)
            elif code.name(index) in _BRANCHES:
                return True
            elif code.op(index) in ("->", "=>"):
                outer = code.block(scope)
                return outer >= 0 and self._is_of_arms(outer)
            elif code.name(index) in _DECLARING or index <= 0:
                return False
            elif code.op(index) in ("{", "}") or (code.op(index) == ";" and not go):
                return False
            if index in code.firsts:
                return False
            index -= 1
        return False

    def _is_of_arms(self, block: int) -> bool:
        """Whether a block is that of ``when (x)``, ``match x`` or ``switch (x)``."""
        code = self._code
        first = block - 1
        while first > 0 and first not in code.firsts and code.op(first) not in (";", "{", "}"):
            if code.name(first) in ("when", "match", "switch"):
                return True
            first -= 1
        return code.name(first) in ("when", "match", "switch")

    def _exclude(self, before: Scopes, after: Scopes) -> bool:
        """Whether who was in the first block can't come to the second: branches of one ``if`` or ``switch``."""
        shared = _common(before, after)
        if shared in (len(before), len(after)):
            return False
        first, second = before[shared], after[shared]
        code = self._code
        if self._indented:
            lines = self._lines[bisect_right(self._lines, first) : bisect_left(self._lines, second)]
            parent = self._margin_of.get(first)
            siblings = [line for line in lines if self._margin_of[line] == parent]
            return code.name(first) in _FIRST_OF_BRANCHES and all(
                code.name(line) in _OTHERWISE for line in (*siblings, second)
            )
        if code.op(first) != "{":
            return code.op(second) != "{" and {first, second} <= set(
                self._labels.get(code.around[first], ())
            )
        return second in self._other_branches(first)

    def _other_branches(self, block: int) -> Iterable[int]:
        """The blocks of ``else`` and ``else if`` after one."""
        code = self._code
        index = code.after(block)
        while code.name(index) in _OTHERWISE:
            last = index + _MAX_HEAD
            while index < last and index < len(code.tokens) and code.op(index) != "{":
                index = code.after(index)
            if code.op(index) != "{":
                return
            yield index
            index = code.after(index)


def _common(one: Scopes, other: Scopes) -> int:
    """How many blocks two tokens have in common."""
    number = 0
    while number < min(len(one), len(other)) and one[number] == other[number]:
        number += 1
    return number


def _is_within(scopes: Scopes, outer: Scopes) -> bool:
    return scopes[: len(outer)] == outer
