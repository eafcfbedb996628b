"""Lists of texts, and what joins them: ``[a, b].join(" && ")``, ``" && ".join(parts)``, ``implode``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pnfilter.extraction.code import OPENING, Code, simple_name
from pnfilter.extraction.pieces import Pieces
from pnfilter.extraction.wording import JOINS, LEAVES_OUT

Part = tuple[int, int]
#: What some tokens make, at a depth: ``Evaluator.ways``.
Ways = Callable[[int, int, int], list[Pieces]]
#: Pieces of one text; a longer one is no filter.
MAX_PIECES: Final = 200


class TooManyPiecesError(Exception):
    """A text has more pieces than are followed."""


class Lists:
    """Joins what lists of one file hold."""

    def __init__(self, code: Code, ways: Ways) -> None:
        self._code = code
        self._ways = ways

    def after(self, opening: int, depth: int) -> list[Pieces] | None:
        """``[a, b].join(" && ")`` and ``listOf(a, b).joinToString(" && ")`` from their bracket on."""
        code = self._code
        last = code.partners.get(opening, opening)
        while (
            code.op(last + 1) == "."
            and code.name(last + 2) in LEAVES_OUT
            and code.op(last + 3) == "("
        ):
            last = code.after(last + 3) - 1
        if code.op(last + 1) != "." or code.name(last + 2) not in JOINS or code.op(last + 3) != "(":
            return None
        separators = [code.unlabelled(*part) for part in code.arguments(last + 3)]
        return self._joined(code.arguments(opening), separators[:1], depth)

    def named(
        self, reference: str, at: int, arguments: list[Part], depth: int
    ) -> list[Pieces] | None:
        """``parts.join(" && ")`` of a name that stands for a list; None where it doesn't."""
        elements = self._elements_of(reference, at)
        return self._joined(elements, arguments[:1], depth) if elements else None

    def by(self, separator: Pieces, arguments: list[Part], depth: int) -> list[Pieces]:
        """``" && ".join(parts)``."""
        return self._joined(self._listed(*arguments[0]), [], depth, separator)

    def call(self, arguments: list[Part], depth: int) -> list[Pieces] | None:
        """``String.join(" && ", a, b)`` and the like: the separator is a text, the rest is joined."""
        code = self._code
        separators = [
            part for part in arguments if part[1] - part[0] == 1 and code.is_text(part[0])
        ]
        others = [part for part in arguments if part not in separators[:1]]
        if len(others) == 1:
            others = self._listed(*others[0])
        return self._joined(others, separators[:1], depth) if separators else None

    def _listed(self, start: int, end: int) -> list[Part]:
        """The elements of a list, or of a name that stands for one."""
        code = self._code
        for index in range(start, end):
            if code.op(index) in OPENING and code.arguments(index):
                code.bounds.spend(index - start)
                return code.arguments(index)
        code.bounds.spend(end - start)
        return self._elements_of(code.text_of(start, end), start) or [(start, end)]

    def _elements_of(self, reference: str, at: int) -> list[Part]:
        """The elements of the list that a name stands for: those it begins with, and those that are put in."""
        code = self._code
        name = simple_name(reference)
        nearest = code.values(name[0], at, dotted=name[1])[-1:] if name else []
        for definition in (each for chain in nearest for each in chain):
            start = definition.start
            while code.name(start) or code.op(start) in ("<", ">", ".", "::", "!", "@"):
                start += 1
            if code.op(start) in OPENING and not definition.start <= at < definition.end:
                assert name is not None
                return code.arguments(start) + code.put_in(name[0], definition.end, at)
        return []

    def _joined(
        self,
        elements: list[Part],
        separators: list[Part],
        depth: int,
        between: Pieces | None = None,
    ) -> list[Pieces]:
        if separators:
            between = (self._ways(*separators[0], depth + 1) or [[]])[0]
        if len(elements) > MAX_PIECES:
            raise TooManyPiecesError
        pieces: Pieces = []
        for number, element in enumerate(elements):
            if number:
                pieces += between or []
            pieces += (self._ways(*element, depth + 1) or [[]])[0]
        return [pieces]
