"""Filters in notebooks of Jupyter: their cells of code are read as one program of Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pnfilter.extraction.bounds import Bounds
from pnfilter.extraction.code import Code
from pnfilter.extraction.configuration import JSON
from pnfilter.extraction.expressions import Evaluator
from pnfilter.extraction.languages import PYTHON
from pnfilter.extraction.pieces import Joined, Literal
from pnfilter.extraction.sites import Site, Sites

NOTEBOOKS = (".ipynb",)


def notebook_sites(source: str, keys: frozenset[str], bounds: Bounds) -> Iterator[Site]:
    """The filters of a notebook; text, and what cells have printed, is left out."""
    program = _program(Code(source, JSON, bounds=bounds))
    code = Code(program.text, PYTHON)
    for site in Sites(code, keys):
        yield site._replace(made=_placed(site.made, program))
    for place, note in code.bounds.notes:
        bounds.note(program.starts[place] if program.starts else 0, note)


def _program(code: Code) -> Literal:
    """What the cells of code hold, with places in the file."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    evaluator = Evaluator(code)
    for token in _lines(code):
        for piece in evaluator.texts(code.tokens[token])[0]:
            if isinstance(piece, Literal):
                text += piece.text
                starts += piece.starts
                ends += piece.ends
        if code.op(token + 1) != ",":
            # The last line of a cell has no line end of its own.
            text.append("\n")
            starts.append(code.tokens[token].end - 1)
            ends.append(code.tokens[token].end)
    return Literal("".join(text), starts, ends)


def _lines(code: Code) -> Iterator[int]:
    """The texts that hold the lines of cells of code."""
    cells: dict[int, bool] = {}
    for index, token in enumerate(code.tokens):
        if token.value != "source" or code.op(index + 1) != ":":
            continue
        cell = code.around[index]
        if cell not in cells:
            cells[cell] = _is_code(code, cell)
        if not cells[cell]:
            continue
        if code.op(index + 2) == "[":
            yield from (start for start, _ in code.arguments(index + 2) if code.is_text(start))
        elif code.is_text(index + 2):
            yield index + 2


def _is_code(code: Code, cell: int) -> bool:
    """Whether an object is a cell of code."""
    if cell < 0:
        return False
    return any(
        code.tokens[start].value == "cell_type" and code.tokens[end - 1].value == "code"
        for start, end in code.arguments(cell)
    )


def _placed(made: Joined, program: Literal) -> Joined:
    """A filter of the program with its places in the file."""
    return made._replace(
        starts=[program.starts[place] for place in made.starts],
        ends=_ends(made.ends, program),
    )


def _ends(places: Sequence[int], program: Literal) -> list[int]:
    return [program.ends[place - 1] for place in places]
