"""Code in documents that no fence marks: indented blocks, directives, and ``<pre>`` of HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from pnfilter.extraction.bounds import Bounds
from pnfilter.extraction.call_sites import Site
from pnfilter.extraction.documents import LANGUAGES, fenced, of_program, together
from pnfilter.extraction.languages import BY_EXTENSION, Language
from pnfilter.extraction.pieces import Literal, plain

RESTRUCTURED: Final = ".rst"
HTML: Final = (".html", ".htm")
#: Columns from which a line of Markdown is code.
_INDENT: Final = 4
_LINE: Final = re.compile(r"(?P<indent>[ \t]*)(?P<text>[^\r\n]*)(?:\r\n?|\n|\Z)")
#: What comes before a block in reStructuredText: a directive, or two colons at the end of a line.
_DIRECTIVE: Final = re.compile(r"\.\. (?:code|code-block|sourcecode)::[ \t]*(?P<tag>[\w+#-]*)")
_OPTION: Final = re.compile(r":[\w-]+:")
_PRE: Final = re.compile(r"<(?P<end>/?)pre\b[^<>]*>", re.IGNORECASE)
#: What hides markup, and its end: comments, and scripts, which are read as such.
_HIDING: Final = re.compile(r"<(?P<kind>!--|script\b)", re.IGNORECASE)
_HIDING_ENDS: Final = {
    "!--": re.compile("-->"),
    "script": re.compile(r"</script\s*+>", re.IGNORECASE),
}
_CLASS: Final = re.compile(
    r"<(?:pre|code)\b[^<>]*\b(?:language|lang|brush:)[-=:\" ]*(?P<tag>[\w+#]+)", re.IGNORECASE
)
#: A tag, such as those of a highlighter, or a character that is written as an entity.
_MARKUP: Final = re.compile(
    r"</?[A-Za-z][^<>]*>|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{1,8});"
)
#: What a program of one language looks like, where nothing names its language.
_LOOKS: Final = (
    (re.compile(r"<\?php|\$\w+->"), ".php"),
    (re.compile(r"@\""), ".m"),
    (re.compile(r"\bfun \w+\(|\bval \w+ ="), ".kt"),
    (re.compile(r"\bfmt\.|:= "), ".go"),
    (
        re.compile(
            r"^[ \t]*(?:def \w+\(|from [\w.]+ import |import \w+[ \t]*$|# )"
            r"|\w\.[a-z0-9]+_[a-z0-9_]*\(",
            re.MULTILINE,
        ),
        ".py",
    ),
)
_USUAL: Final = ".js"

_Range = tuple[int, int]


def code_in_blocks(
    source: str, extension: str, keys: frozenset[str], bounds: Bounds
) -> Iterator[Site]:
    """Yield the filters of a document's code that isn't in fences, in the order of the file."""
    if extension == RESTRUCTURED:
        blocks = list(_in_directives(source))
    else:
        is_html = extension in HTML
        hidden = _hidden(source, [] if is_html else list(fenced(source)), is_html=is_html)
        blocks = list(_in_pre(source, hidden))
        if not is_html:
            ranges = [(block.starts[0], block.ends[-1]) for block, _ in blocks]
            blocks += _indented(source, sorted([*hidden, *ranges]))
    for block, tag in blocks:
        language = LANGUAGES.get(tag.lower()) if tag else _language_of(block.text)
        if language is not None:
            yield from of_program(block, language, keys, bounds)


def is_escaped(source: str, place: int) -> bool:
    """Return whether a place of a document is in ``<pre>``, where ``&`` and ``<`` are entities."""
    return source.rfind("<pre", 0, place) > source.rfind("</pre", 0, place)


def _language_of(text: str) -> Language:
    """Return the language that a program is probably written in."""
    found = next((ending for sign, ending in _LOOKS if sign.search(text)), _USUAL)
    return BY_EXTENSION[found]


def _hidden(source: str, fences: list[_Range], *, is_html: bool) -> list[_Range]:
    """Return the ranges of comments, and those that another reader has, in order and apart."""
    hidden: list[_Range] = []
    waiting = iter(fences)
    fence = next(waiting, None)
    position = 0
    while (found := _HIDING.search(source, position)) is not None:
        while fence is not None and fence[1] <= found.start():
            hidden.append(fence)
            fence = next(waiting, None)
        position = found.end()
        kind = found["kind"].lower()
        if not is_html and (
            kind == "script"
            or source.startswith("`", max(0, found.start() - 1))
            or (fence is not None and fence[0] <= found.start())
        ):
            continue
        end = _HIDING_ENDS[kind].search(source, position)
        if end is None and not is_html:
            break
        position = end.end() if end else len(source)
        start = found.start()
        while fence is not None and fence[0] < position:
            position = max(position, fence[1])
            fence = next(waiting, None)
        hidden.append((start, position))
    return [*hidden, *([fence] if fence is not None else []), *waiting]


def _in_pre(source: str, hidden: list[_Range]) -> Iterator[tuple[Literal, str]]:
    """Yield the elements ``<pre>`` outside of some ranges, without markup, with their language."""
    opening = None
    index = first = 0
    for tag in _PRE.finditer(source):
        while index < len(hidden) and hidden[index][1] <= tag.start():
            index += 1
        is_hidden = index < len(hidden) and hidden[index][0] <= tag.start()
        if is_hidden or source.startswith("`", max(0, tag.start() - 1)):
            continue
        if not tag["end"]:
            opening, first = tag, index
            continue
        if opening is not None and first == index:
            named = _CLASS.match(source, opening.start()) or _CLASS.match(source, opening.end())
            block = _unescaped(source, opening.end(), tag.start())
            if block.text:
                yield block, named["tag"] if named else ""
        opening = None


def _unescaped(source: str, start: int, end: int) -> Literal:
    """Return what markup says: its characters without tags, with their places in the file."""
    parts: list[Literal] = []
    for match in _MARKUP.finditer(source, start, end):
        is_tag = match[0].startswith("<")
        char = unescape(match[0])
        if not is_tag and len(char) != 1:
            # No entity: the characters are those of the code.
            continue
        parts.append(plain(source, start, match.start()))
        start = match.end()
        if not is_tag:
            # A space that doesn't break the line is one for who copies the code.
            char = char.replace("\xa0", " ")
            parts.append(Literal(char, [match.start()], [match.end()]))
    parts.append(plain(source, start, end))
    return together(parts)


def _in_directives(source: str) -> Iterator[tuple[Literal, str]]:
    """Yield the blocks of reStructuredText behind a directive or two colons."""
    block: list[Literal] = []
    tag = ""
    outer = -1
    for line in _LINE.finditer(source):
        text = line["text"]
        if outer >= 0 and (not text or len(line["indent"].expandtabs()) > outer):
            if block or not _OPTION.match(text):
                block.append(plain(source, *line.span()))
            continue
        if block:
            yield together(block), tag
            block = []
        named = _DIRECTIVE.match(text)
        is_block = named is not None or (text.endswith("::") and not text.startswith(".. "))
        outer = len(line["indent"].expandtabs()) if is_block else -1
        tag = named["tag"] if named else ""
    if block:
        yield together(block), tag


def _indented(source: str, taken: list[_Range]) -> Iterator[tuple[Literal, str]]:
    """Yield the indented blocks of Markdown, which begin behind an empty line."""
    block: list[Literal] = []
    index = 0
    is_free = True
    for line in _LINE.finditer(source):
        while index < len(taken) and taken[index][1] <= line.start():
            index += 1
        is_taken = index < len(taken) and taken[index][0] < line.end()
        is_empty = not line["text"]
        is_code = not is_taken and len(line["indent"].expandtabs(_INDENT)) >= _INDENT
        if block and not is_taken and (is_empty or is_code):
            block.append(plain(source, *line.span()))
            continue
        if block:
            yield together(block), ""
            block = []
        if is_code and is_free and not is_empty:
            block.append(plain(source, *line.span()))
        is_free = is_empty and not is_taken
    if block:
        yield together(block), ""
