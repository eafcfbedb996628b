"""Filters in Markdown, filter files, shell scripts, Dockerfiles and Jupyter notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pnfilter.diagnostics import Span
from pnfilter.extraction.bounds import Bounds
from pnfilter.extraction.call_sites import Site, Sites, addresses
from pnfilter.extraction.code import Code
from pnfilter.extraction.configuration import JSON, Quoted, is_wanted, with_holes
from pnfilter.extraction.expressions import Evaluator
from pnfilter.extraction.languages import BY_EXTENSION, PYTHON, Escapes, Language
from pnfilter.extraction.pieces import Joined, Literal, decode_string, has_text, join, pick, plain

MARKDOWN = (".md", ".markdown", ".mdx", ".rst")
#: Files that hold one filter, or one per line.
FILTER_FILES = (".filter", ".filters")
SCRIPTS = (".sh", ".bash", ".zsh", ".http", ".rest", ".curl")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_ENCODED = re.compile(r"--data-urlencode[ \t=]+(?P<quote>[\"'])filter-expr=")
#: A line that begins or ends a block, and the rest of one that begins a block of filters.
_FENCE = re.compile(r"^(?P<quote>[ \t>]*+)(?P<fence>`{3,}+|~{3,}+)", re.MULTILINE)
_MARKED = re.compile(r"[ \t]*+(?:pnfilter[- ])?(?P<kind>filters?)\b[^\r\n]*\r?\n")
#: The mark of a block of code: its language, and perhaps more.
_TAG = re.compile(r"[ \t]*+\{?\.?(?P<tag>[\w+#-]*+)[^\r\n]*\r?\n")
#: The languages by the marks of their blocks.
LANGUAGES: Final = {
    **{extension.removeprefix("."): language for extension, language in BY_EXTENSION.items()},
    **{language.name.lower(): language for language in (*BY_EXTENSION.values(), JSON)},
    **{
        alias: BY_EXTENSION[extension]
        for alias, extension in (
            ("c++", ".cpp"),
            ("csharp", ".cs"),
            ("golang", ".go"),
            ("objc", ".m"),
            ("objectivec", ".m"),
            ("python3", ".py"),
        )
    },
}


def fences(source: str) -> Iterator[Site]:
    """Yield the blocks marked ``filter``, one filter each, and ``filters``, one per line."""
    found = list(_FENCE.finditer(source))
    ends = _ends([match["fence"] for match in found])
    position = 0
    for match, end in zip(found, ends, strict=True):
        marked = _MARKED.match(source, match.end()) if match.start() >= position else None
        if marked is not None and end is not None:
            position = found[end].end()
            content = marked.end(), found[end].start()
            lines = list(_lines(source, content, match["quote"].count(">")))
            yield from _blocks(lines, marked["kind"])


def code_in_fences(source: str, keys: frozenset[str], bounds: Bounds) -> Iterator[Site]:
    """Yield the filters of the blocks marked as code in one of the languages."""
    found = list(_FENCE.finditer(source))
    ends = _ends([match["fence"] for match in found])
    position = 0
    for match, end in zip(found, ends, strict=True):
        marked = _TAG.match(source, match.end()) if match.start() >= position else None
        if marked is None or end is None:
            continue
        position = found[end].end()
        language = LANGUAGES.get(marked["tag"].lower())
        if language is not None:
            content = marked.end(), found[end].start()
            lines = list(_lines(source, content, match["quote"].count(">")))
            yield from of_program(together(lines), language, keys, bounds)


def fenced(source: str) -> Iterator[tuple[int, int]]:
    """Yield where the blocks in fences begin and end."""
    found = list(_FENCE.finditer(source))
    position = 0
    for match, end in zip(found, _ends([each["fence"] for each in found]), strict=True):
        if match.start() >= position and end is not None:
            position = found[end].end()
            yield match.start(), position


def together(lines: list[Literal]) -> Literal:
    """Return some parts of a file as one text."""
    return Literal(
        "".join(line.text for line in lines),
        [place for line in lines for place in line.starts],
        [place for line in lines for place in line.ends],
    )


def of_program(
    program: Literal, language: Language, keys: frozenset[str], bounds: Bounds
) -> Iterator[Site]:
    """Yield the filters of a program whose characters are parts of a file."""
    code = Code(program.text, language)
    for site in Sites(code, keys):
        used = site.used
        if used is not None:
            used = Span(program.starts[used.start], program.ends[used.end - 1])
        yield site._replace(made=_place(site.made, program), used=used)
    for place, note in code.bounds.notes:
        bounds.note(program.starts[place] if program.starts else 0, note)


def _ends(fences: list[str]) -> list[int | None]:
    """Return for each fence the next of its character, as long or longer: the end of its block."""
    ends: list[int | None] = []
    longer: dict[str, list[int]] = {}
    for index in range(len(fences) - 1, -1, -1):
        fence = fences[index]
        later = longer.setdefault(fence[0], [])
        while later and len(fences[later[-1]]) < len(fence):
            later.pop()
        ends.append(later[-1] if later else None)
        later.append(index)
    return ends[::-1]


def whole(source: str, extension: str) -> Iterator[Site]:
    """Yield the filters of a file that holds nothing else: one, or one per line."""
    return _blocks(list(_lines(source, (0, len(source)), 0)), extension.removeprefix("."))


def _blocks(lines: list[Literal], kind: str) -> Iterator[Site]:
    """Yield the lines as one filter, or as one each; a line that starts with ``#`` is a comment."""
    blocks = [lines]
    if kind == "filters":
        blocks = [[line] for line in lines if not line.text.lstrip().startswith("#")]
    for block in blocks:
        if has_text(list(block)):
            yield Site(join(block), kind)


def _lines(source: str, span: tuple[int, int], depth: int) -> Iterator[Literal]:
    """Yield the lines of a block, without the marks of enclosing quotations."""
    marks = re.compile(rf"(?:[ \t]*>){{0,{depth}}}")
    for line in _LINE.finditer(source, *span):
        found = marks.match(source, *line.span())
        yield plain(source, found.end() if found else line.start(), line.end())


def in_addresses(source: str) -> Iterator[Site]:
    """Yield the filters of URLs anywhere in a text, and of curl's ``--data-urlencode``."""
    quoted = Quoted(source)
    for match in _ENCODED.finditer(source):
        raw = match["quote"] == "'"
        value = quoted.text(match.end(), match["quote"], "raw" if raw else "c")
        if value is not None and has_text([value]):
            yield Site(join([value] if raw else with_holes(value)), "filter-expr")
    for match in re.finditer(r"[?&]filter-expr=[^\s\"'<>]+", source):
        for found in addresses([plain(source, match.start(), match.end())]):
            yield Site(join(found), "filter-expr")


NAME: Final = "Dockerfile"
EXTENSION: Final = ".dockerfile"
#: Names of such files, and prefixes of names: ``Dockerfile.bridge``.
FILE_NAMES: Final = ("dockerfile", "containerfile")

_INSTRUCTION = re.compile(r"^[ \t]*(?:ENV|ARG)[ \t]+", re.MULTILINE | re.IGNORECASE)
#: Spaces between the variables of one instruction, across line ends too.
_BETWEEN = re.compile(r"(?:[ \t]|\\[ \t]*\r?\n(?:[ \t]*#[^\r\n]*\r?\n)*)*")
_PAIR = re.compile(r"(?P<key>[\w.\-]+)=")
_ALONE = re.compile(r"(?P<key>[\w.\-]+)[ \t]+(?=[^\s=])")
_LINE_OF_ENV = re.compile(r"[^\r\n]*")
_WORD = re.compile(r"(?:\\[^\r\n]|[^\s\\])*")


def dockerfile_sites(source: str, keys: frozenset[str]) -> Iterator[Site]:
    """Yield the filters of a Dockerfile."""
    quoted = Quoted(source)
    for instruction in _INSTRUCTION.finditer(source):
        for key, value in _variables(quoted, instruction.end()):
            if is_wanted(key, keys) and value.text.strip():
                yield Site(join(with_holes(value)), key)


def _variables(quoted: Quoted, position: int) -> Iterator[tuple[str, Literal]]:
    """Yield the variables of an instruction with their values."""
    source = quoted.source
    alone = _ALONE.match(source, position)
    if alone is not None:
        yield alone["key"], _rest_of_line(quoted, alone.end())
        return
    while (pair := _PAIR.match(source, position)) is not None:
        value, position = _value(quoted, pair.end())
        yield pair["key"], value
        between = _BETWEEN.match(source, position)
        assert between is not None
        if between.end() == position:
            return
        position = between.end()


def _value(quoted: Quoted, start: int) -> tuple[Literal, int]:
    """Return a value, and the position after it."""
    source = quoted.source
    quote = source[start : start + 1]
    if quote in ('"', "'"):
        end = quoted.end(start + 1, quote, "c" if quote == '"' else "raw")
        if end is not None:
            escapes: Escapes = "single" if quote == '"' else "raw"
            return decode_string(source, start + 1, end, escapes, quote), end + 1
        return plain(source, start, start), len(source)
    word = _WORD.match(source, start)
    assert word is not None
    return _unescape(source, start, word.end()), word.end()


def _rest_of_line(quoted: Quoted, start: int) -> Literal:
    source = quoted.source
    line = _LINE_OF_ENV.match(source, start)
    assert line is not None
    end = start + len(line[0].rstrip())
    value, after = _value(quoted, start)
    return value if after == end else plain(source, start, end)


def _unescape(source: str, start: int, end: int) -> Literal:
    """Return a value without quotes, in which a backslash precedes each space."""
    kept = [
        match.end() - 1 for match in re.compile(r"\\?.", re.DOTALL).finditer(source, start, end)
    ]
    return pick(source, kept)


NOTEBOOKS = (".ipynb",)


def notebook_sites(source: str, keys: frozenset[str], bounds: Bounds) -> Iterator[Site]:
    """Yield the filters of a notebook; prose, and output of cells, are left out."""
    program = _program(Code(source, JSON, bounds=bounds))
    yield from of_program(program, PYTHON, keys, bounds)


def _program(code: Code) -> Literal:
    """Return the code cells' content, with positions in the file."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    evaluator = Evaluator(code)
    for token in _cell_lines(code):
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


def _cell_lines(code: Code) -> Iterator[int]:
    """Yield the strings that hold the lines of code cells."""
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
    """Return whether an object is a code cell."""
    if cell < 0:
        return False
    return any(
        code.tokens[start].value == "cell_type" and code.tokens[end - 1].value == "code"
        for start, end in code.arguments(cell)
    )


def _place(made: Joined, program: Literal) -> Joined:
    """Return a filter of the program with its positions in the file."""
    return made._replace(
        starts=[program.starts[place] for place in made.starts],
        ends=_line_ends(made.ends, program),
    )


def _line_ends(places: Sequence[int], program: Literal) -> list[int]:
    return [program.ends[place - 1] for place in places]
