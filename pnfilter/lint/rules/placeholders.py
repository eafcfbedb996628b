"""Checks of a text with holes: what is wrong with it whatever fills them.

A hole outside quotes may be a value, a field, a condition, an operator, or more of these. So the
text is checked with fillings of each kind that its place allows, and a finding counts if it is
there with all of them; errors count only if no filling makes a filter. All fillings have one
length, so that findings of one place are the same.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from typing import Final

from pnfilter.diagnostics import Diagnostic, Rule, Span
from pnfilter.records import replace
from pnfilter.syntax.holes import Hole
from pnfilter.syntax.parser import is_filter

#: Combinations of fillings that are tried until one makes a filter, and those that are checked.
MAX_TRIED: Final = 600
MAX_CHECKED: Final = 24
#: Characters of the texts that are tried and checked: a long text is with fewer combinations, but
#: with some always.
MAX_CHARACTERS: Final = 150_000
MIN_TRIED: Final = 24
MIN_CHECKED: Final = 4
#: ``pnfilter.check`` with its options set.
Check = Callable[[str], Sequence[Diagnostic]]

#: Characters before a hole that say what may fill it.
_NEAR: Final = 16
#: Characters of each filling, and the largest number that one of so many has.
WIDTH: Final = 9
MAX_NUMBER: Final = 999

_NUMBERS = ("10000{:04}", "0.{:07}")
_TEXTS = ('"hole{:03}"', '"hole999"', '"2024{:03}"', '"*ho{:03}*"')
_FIELDS = ("data.h{:03}",)
_CONDITIONS = ("(h{:03}==1)",)
_PARTS = ("   ==    ", "   &&    ", "&& h == 1", "h == 1 &&", "    -    ", "         ")
_LISTS = ('("a","b")', '"a","bcd"')
_NAMES = ("hole{:05}",)
_QUOTED = ("hole{:05}", "hole_hole", "20240{:04}", "*hol{:04}*", "         ")
_OPERATOR_BEFORE = re.compile(
    r"(?:[=<>!+\-*/%^|&~]|\b(?:LIKE|CONTAINS|AND|OR|NOT))\s*\Z", re.IGNORECASE
)
_JUNCTION_BEFORE = re.compile(r"(?:&&|\|\||\bAND|\bOR)\s*\Z", re.IGNORECASE)
_OPERATOR_AFTER = re.compile(r"\s*(?:[=<>+\-*/%^]|!=|LIKE\b|CONTAINS\b)", re.IGNORECASE)
_BESIDE = re.compile(r"[\w.\"']")
_QUOTED_OR_HOLE = re.compile(r"""\\.|["']""", re.DOTALL)


OPEN_HOLE = Rule(
    "W461",
    "open-hole",
    summary="A program fills in a part outside quotes.",
    why=(
        "The value can be any part of a filter: one such as `1 || true` lets "
        "everything through. Convert a number to a number; put a string in quotes "
        "and escape it."
    ),
    bad="meta.level == {level}",
    good='meta.level == "gold"',
    options={"holes": True},
)
UNESCAPED_HOLE = Rule(
    "I511",
    "unescaped-hole",
    summary="A program fills in a part of a string.",
    why=(
        "A quote in the value ends the string, and what follows is read as a filter. "
        "That is harmless if the program knows the values, such as its own identifiers."
    ),
    bad='meta.level == "{level}"',
    good='meta.level == "gold"',
    options={"holes": True},
)


def check_holes(
    text: str,
    holes: Sequence[Hole],
    check: Check,
    accepts: Callable[[str], bool] | None = None,
) -> tuple[Diagnostic, ...]:
    """What ``check`` finds whatever fills the holes, and what the holes risk.

    ``accepts`` says whether a text has no error in another language than that of stream filters.

    The findings have no fixes: these would be edits of one filling.
    """
    quoted = _quote(text, holes)
    choices = [
        _QUOTED if inside else _fillings(text, hole)
        for hole, inside in zip(holes, quoted, strict=True)
    ]
    most = MAX_CHARACTERS // (len(text) + WIDTH * len(holes) + 1)
    tried = islice(_combinations(choices), max(MIN_TRIED, min(MAX_TRIED, most)))
    filled = [_Filled(text, holes, combination) for combination in tried]
    accepts = accepts or is_filter
    filters = [each for each in filled if accepts(each.text)] or filled
    checked = filters[: max(MIN_CHECKED, min(MAX_CHECKED, most))]
    found = [
        checked[0].named(each) for each in _common([each.check_with(check) for each in checked])
    ]
    found += [
        _risk(text, hole, inside)
        for hole, inside in zip(holes, quoted, strict=True)
        if hole.filling == "any" and (inside or not _is_constant(hole.name))
    ]
    found.sort(key=lambda diagnostic: (diagnostic.span, diagnostic.code))
    return tuple(found)


def _quote(text: str, holes: Sequence[Hole]) -> list[bool]:
    """Whether each hole is inside quotes."""
    result = []
    quote = ""
    position = 0
    for hole in holes:
        for match in _QUOTED_OR_HOLE.finditer(text, position, hole.span.start):
            if not quote and match[0] in "\"'":
                quote = match[0]
            elif match[0] == quote:
                quote = ""
        result.append(bool(quote))
        position = hole.span.end
    return result


def _fillings(text: str, hole: Hole) -> Sequence[str]:
    """Return what may fill a hole outside quotes, judging by its neighbours."""
    start, end = hole.span
    last = start
    while last and text[last - 1].isspace():
        last -= 1
    before = text[max(0, last - _NEAR) : start]
    if hole.filling == "number":
        return _NUMBERS
    if hole.filling == "text":
        return _TEXTS
    if _BESIDE.match(text[start - 1 : start]) or _BESIDE.match(text, end):
        return (*_NAMES, "data.h{:03}", "10000{:04}", *_PARTS)
    values = (*_NUMBERS, *_TEXTS, *_FIELDS, *_LISTS)
    if hole.filling == "value" or _OPERATOR_AFTER.match(text, end):
        return (*values, "h == 1 &&")
    if _JUNCTION_BEFORE.search(before):
        return (*_CONDITIONS, *_FIELDS, *_NUMBERS[:1], *_TEXTS[:1])
    if _OPERATOR_BEFORE.search(before):
        return (*values, *_CONDITIONS)
    return (*_CONDITIONS, *_PARTS, *values)


def _combinations(choices: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Fillings of all holes: first all of one kind each, then every combination."""
    for number in range(max(map(len, choices), default=0)):
        yield tuple(choice[min(number, len(choice) - 1)] for choice in choices)
    yield from product(*choices)


class _Filled:
    """The text with one filling of its holes."""

    def __init__(self, text: str, holes: Sequence[Hole], fillings: Sequence[str]) -> None:
        self._holes = holes
        self._shown: dict[str, str] = {}
        #: Where each filling starts.
        self._starts: list[int] = []
        length = 0
        parts: list[str] = []
        position = 0
        for number, (hole, filling) in enumerate(zip(holes, fillings, strict=True)):
            made = filling.format(number % MAX_NUMBER + 1)
            self._shown.setdefault(made, f"{{{hole.name}}}")
            parts += text[position : hole.span.start], made
            length += hole.span.start - position
            self._starts.append(length)
            length += WIDTH
            position = hole.span.end
        self.text = "".join(parts) + text[position:]

    def check_with(self, check: Check) -> list[Diagnostic]:
        """What is wrong with the text, at places of the one with holes."""
        return [
            replace(
                found,
                span=Span(self._place(found.span.start), self._place(found.span.end, end=True)),
                fix=None,
            )
            for found in check(self.text)
        ]

    def named(self, found: Diagnostic) -> Diagnostic:
        """A finding that has the holes by their names."""
        return replace(
            found, message=self._with_names(found.message), help=self._with_names(found.help)
        )

    def _with_names(self, message: str) -> str:
        parts: list[str] = []
        position = 0
        while position < len(message):
            made = message[position : position + WIDTH]
            name = self._shown.get(made) if made.strip() else None
            parts.append(name or message[position])
            position += WIDTH if name else 1
        return "".join(parts)

    def _place(self, offset: int, *, end: bool = False) -> int:
        """An offset of the filled text in the text with holes; inside a hole it is the edge."""
        number = bisect_left(self._starts, offset) - 1
        if number < 0:
            return offset
        start, span = self._starts[number], self._holes[number].span
        if offset < start + WIDTH:
            return span.end if end else span.start
        return offset - start - WIDTH + span.end


def _common(findings: Sequence[Sequence[Diagnostic]]) -> list[Diagnostic]:
    """The findings that all have; of those that differ in words only, the first's."""
    if not findings:
        return []
    kept = {(found.code, found.span) for found in findings[0]}
    for others in findings[1:]:
        kept &= {(found.code, found.span) for found in others}
    return [found for found in findings[0] if (found.code, found.span) in kept]


def _is_constant(name: str) -> bool:
    """Whether the program's word for a hole is by custom that of a constant: ``Filters.BASE``."""
    return re.fullmatch(r"(?:\w+(?:\.|::|->))*\$?[A-Z][A-Z0-9_]+", name) is not None


def _risk(text: str, hole: Hole, inside: bool) -> Diagnostic:
    shown = text[hole.span.start : hole.span.end]
    if inside:
        return UNESCAPED_HOLE.at(
            hole.span,
            f"a quote in the value of `{shown}` would end the string and begin more of the filter",
            "escape quotes and backslashes in the value; in Python pnfilter.template quotes it",
        )
    return OPEN_HOLE.at(
        hole.span,
        f"the value of `{shown}` can change the whole filter: it is outside quotes",
        "convert a number; put a string in quotes and escape it; "
        "in Python pnfilter.template does both",
    )
