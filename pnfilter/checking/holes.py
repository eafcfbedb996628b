"""Checks of a text with holes: what is wrong with it whatever fills them.

A hole outside quotes may be a value, a field, a condition, an operator, or more of these. So the text is
checked with fillings of each kind that its place allows, and a finding counts if it is there with
all of them; errors count only if no filling makes a filter. All fillings have one length, so that
findings of one place are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice, product
from typing import Any, Final

from pnfilter.checking.checker import check
from pnfilter.diagnostics import Diagnostic, Span
from pnfilter.records import replace
from pnfilter.syntax.holes import Hole
from pnfilter.syntax.parser import read

#: Combinations of fillings that are tried until one makes a filter, and those that are checked.
MAX_TRIED: Final = 600
MAX_CHECKED: Final = 24
#: Characters of each filling.
WIDTH: Final = 9

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
_QUOTED_OR_HOLE = re.compile(r"""\\.|["']""", re.DOTALL)


def check_holes(
    text: str, holes: Sequence[Hole], options: Mapping[str, Any]
) -> tuple[Diagnostic, ...]:
    """What ``check`` finds with these options whatever fills the holes, and what the holes risk.

    The findings have no fixes: these would be edits of one filling.
    """
    quoted = _quoted(text, holes)
    choices = [
        _QUOTED if inside else _fillings(text, hole)
        for hole, inside in zip(holes, quoted, strict=True)
    ]
    tried = list(islice(_combinations(choices), MAX_TRIED))
    filled = [_Filled(text, holes, combination) for combination in tried]
    filters = [each for each in filled if read(each.text).expression is not None]
    found = _common([each.check(options) for each in (filters or filled)[:MAX_CHECKED]])
    found += [
        _risk(text, hole, inside)
        for hole, inside in zip(holes, quoted, strict=True)
        if hole.filling == "any" and (inside or not _is_constant(hole.name))
    ]
    found.sort(key=lambda diagnostic: (diagnostic.span, diagnostic.code))
    return tuple(found)


def _quoted(text: str, holes: Sequence[Hole]) -> list[bool]:
    """Whether each hole stands inside quotes."""
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
    """What may stand in a hole outside quotes, as its neighbours have it."""
    before, after = text[: hole.span.start], text[hole.span.end :]
    if hole.filling == "number":
        return _NUMBERS
    if hole.filling == "text":
        return _TEXTS
    if re.search(r"[\w.\"']\Z", before) or re.match(r"[\w.\"']", after):
        return (*_NAMES, "data.h{:03}", "10000{:04}", *_PARTS)
    values = (*_NUMBERS, *_TEXTS, *_FIELDS, *_LISTS)
    if hole.filling == "value" or _OPERATOR_AFTER.match(after):
        return (*values, "h == 1 &&")
    if _JUNCTION_BEFORE.search(before):
        return (*_CONDITIONS, *_FIELDS, *_NUMBERS[:1], *_TEXTS[:1])
    if _OPERATOR_BEFORE.search(before):
        return (*values, *_CONDITIONS)
    return (*_CONDITIONS, *_PARTS, *values)


def _combinations(choices: Sequence[Sequence[str]]) -> Any:
    """Fillings of all holes: first all of one kind each, then every combination."""
    for number in range(max(map(len, choices), default=0)):
        yield tuple(choice[min(number, len(choice) - 1)] for choice in choices)
    yield from product(*choices)


class _Filled:
    """The text with one filling of its holes."""

    def __init__(self, text: str, holes: Sequence[Hole], fillings: Sequence[str]) -> None:
        self._holes = holes
        self._shown: dict[str, str] = {}
        parts: list[str] = []
        position = 0
        for number, (hole, filling) in enumerate(zip(holes, fillings, strict=True)):
            made = filling.format(number + 1)
            self._shown.setdefault(made, f"{{{hole.name}}}")
            parts += text[position : hole.span.start], made
            position = hole.span.end
        self.text = "".join(parts) + text[position:]

    def check(self, options: Mapping[str, Any]) -> list[Diagnostic]:
        return [
            replace(
                found,
                span=Span(self._place(found.span.start), self._place(found.span.end, end=True)),
                message=self._named(found.message),
                help=self._named(found.help),
                fix=None,
            )
            for found in check(self.text, **options)
        ]

    def _named(self, message: str) -> str:
        """A message with the holes by their names."""
        for made, name in self._shown.items():
            if made.strip():
                message = message.replace(made, name)
        return message

    def _place(self, offset: int, *, end: bool = False) -> int:
        """An offset of the filled text in the text with holes; a place inside a hole is its edge."""
        shift = 0
        for hole in self._holes:
            start = hole.span.start + shift
            if offset <= start:
                break
            if offset < start + WIDTH:
                return hole.span.end if end else hole.span.start
            shift += WIDTH - (hole.span.end - hole.span.start)
        return offset - shift


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
        return Diagnostic(
            "I511",
            f"a quote in what fills `{shown}` would end the text, and the rest be read as a filter",
            hole.span,
            "escape quotes and backslashes in the value; in Python pnfilter.template quotes it",
        )
    return Diagnostic(
        "W461",
        f"what fills `{shown}` can change the whole filter: it stands outside quotes",
        hole.span,
        "convert a number to one; put a text in quotes and escape it; "
        "in Python pnfilter.template does both",
    )
