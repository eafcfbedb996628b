"""New texts for filters inside a file: edits of the source that keep every other byte.

No literal's grammar is known here. A character is spelled as the filter's source spells it
elsewhere, or in one of a few styles, and the file is extracted again: a result counts only if
each filter has exactly the text that is wanted, and everything else is as before.
"""

from __future__ import annotations

import ast
import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final, NamedTuple

from pnfilter.extraction.project import Project
from pnfilter.extraction.result import ExtractedFilter

#: Characters of the longest filter that is rewritten: comparing two texts takes their product.
MAX_REWRITTEN: Final = 5_000
#: Filters of a file that are rewritten in one run: each is verified by reading the file again.
MAX_PER_FILE: Final = 100

#: Characters that mean themselves in every kind of literal.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_ .=>|(),!*/-]")
_PARAMETER: Final = re.compile(r"[?&][\w-]+=\s*$")
_UNQUOTED_ENDS_AT_SPACE: Final = ("shell scripts", "environment", "Dockerfile")
_GENERATED: Final = re.compile(r"\.min\.\w+$|\.(?:lock|map)$", re.IGNORECASE)
#: What may stand between the pieces of a text that is only concatenated.
_GLUE: Final = re.compile(r"""[\s"'`+.,()\\>|&~@#$rRbBuUn]*""")
#: What would end or change a scalar without quotes.
_UNQUOTED_SIGNS: Final = re.compile(r"""^[!&*%@`>|"'\[{#]|:\s|\s#|[\[\]{},]""")

_Edit = tuple[int, int, str]
_Style = Callable[[str], "str | None"]


class Rewritten(NamedTuple):
    """The new content of a file, the filters that it changes, and those it can't, with reasons."""

    content: bytes
    changed: tuple[ExtractedFilter, ...]
    refused: tuple[tuple[ExtractedFilter, str], ...]


class _Refusal(Exception):
    """Why a filter can't be rewritten."""


def rewrite(
    project: Project, path: Path, content: bytes, wanted: Callable[[ExtractedFilter], str]
) -> Rewritten:
    """Return a file's content in which each filter has the text that ``wanted`` returns for it.

    ``content`` is what the file holds. Only what can be edited with certainty is changed.
    """
    filters = list(project.filters_in(path, content))
    texts = [each.text for each in filters]
    todo = [
        (index, text) for index, each in enumerate(filters) if (text := wanted(each)) != each.text
    ]
    changed: list[ExtractedFilter] = []
    refused: list[tuple[ExtractedFilter, str]] = []
    for count, (index, text) in enumerate(todo):
        if count >= MAX_PER_FILE:
            reason = f"more than {MAX_PER_FILE} filters of the file would change"
            refused.append((filters[index], reason))
            continue
        try:
            content = _rewrite_one(project, path, content, index, text)
        except _Refusal as refusal:
            refused.append((filters[index], str(refusal)))
        else:
            changed.append(filters[index])
            texts[index] = text
    return Rewritten(content, tuple(changed), tuple(refused))


def _rewrite_one(project: Project, path: Path, content: bytes, index: int, text: str) -> bytes:
    before = list(project.filters_in(path, content))
    extracted = before[index]
    if _GENERATED.search(path.name):
        raise _Refusal("the file is generated")
    if extracted.holes:
        raise _Refusal("the program fills in a part of it")
    if max(len(text), len(extracted.text)) > MAX_REWRITTEN:
        raise _Refusal(f"it is longer than {MAX_REWRITTEN:,} characters")
    mark, encoding = _encoding_of(content)
    source = extracted.source
    if mark + source.encode(encoding, "surrogatepass") != content:
        raise _Refusal("the encoding of the file is not certain")
    if sum(each.outer_range() == extracted.outer_range() for each in before) > 1:
        raise _Refusal("its text is shared by several filters")
    _refuse_unquoted(extracted, text)
    expected = [_shape(each) for each in before]
    expected[index] = (text, *expected[index][1:])
    for style in _styles(extracted):
        edits = _edits(extracted, text, style)
        if edits is None:
            continue
        try:
            after = mark + _applied(source, edits).encode(encoding)
        except UnicodeEncodeError:
            continue
        found = [_shape(each) for each in project.filters_in(path, after)]
        if found == expected and (not _parses(path, content) or _parses(path, after)):
            return after
    raise _Refusal("the new text can't be written there with certainty")


def _encoding_of(content: bytes) -> tuple[bytes, str]:
    """Return the byte order mark, and the encoding of what follows, as ``Project`` reads it."""
    for mark, name in (
        (BOM_UTF8, "utf-8"),
        (BOM_UTF16_LE, "utf-16-le"),
        (BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            return mark, name
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return b"", "latin-1"
    return b"", "utf-8"


def _shape(extracted: ExtractedFilter) -> tuple[object, ...]:
    return extracted.text, extracted.holes, extracted.by, extracted.left_out


def _refuse_unquoted(extracted: ExtractedFilter, text: str) -> None:
    start = extracted.outer_range()[0]
    before = extracted.source[:start].rstrip(" \t")[-1:]
    if before in ("'", '"', "`"):
        return
    if extracted.language in _UNQUOTED_ENDS_AT_SPACE:
        raise _Refusal("its literal has no quotes")
    if extracted.language == "YAML" and _UNQUOTED_SIGNS.search(text):
        raise _Refusal("its literal needs quotes for the new text")


def _styles(extracted: ExtractedFilter) -> Iterable[_Style]:
    """Return ways to spell a character, the most usual first."""
    start, end = extracted.outer_range()
    source = extracted.source
    written = source[start:end]
    if _PARAMETER.search(source[max(0, start - 100) : start]) or re.search(
        r"%[2-7][\dA-Fa-f]", written
    ):
        from urllib.parse import quote

        return (lambda char: quote(char, safe=""),)

    def spell(quoted: str) -> _Style:
        def style(char: str) -> str | None:
            if _PLAIN.match(char) or char in "<&":
                return char
            return quoted.replace("?", char) if char in "\"'" else None

        return style

    return (spell("?"), spell("\\?"), spell("??"))


def _edits(extracted: ExtractedFilter, text: str, style: _Style) -> list[_Edit] | None:
    """Return edits of the source, piece by piece; None if a character can't be spelled."""
    starts, ends = extracted.offsets()
    old = extracted.text
    if any(ends[place] > starts[place + 1] for place in range(len(old) - 1)):
        raise _Refusal("its characters are not one after the other in the file")
    source = extracted.source
    if any(
        ends[place] < starts[place + 1]
        and _GLUE.fullmatch(source, ends[place], starts[place + 1]) is None
        for place in range(len(old) - 1)
    ):
        raise _Refusal("it is put together by more than concatenation")
    known = {
        char: extracted.source[start:end]
        for char, start, end in zip(old, starts, ends, strict=True)
    }
    edits: list[_Edit] = []
    for tag, first, last, new_first, new_last in SequenceMatcher(
        None, old, text, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        spelled = [known.get(char) or style(char) for char in text[new_first:new_last]]
        if None in spelled:
            return None
        new = "".join(filter(None, spelled))
        if tag == "insert":
            place = ends[first - 1] if first else starts[0]
            edits.append((place, place, new))
            continue
        run = first
        for place in range(first, last):
            if place + 1 == last or ends[place] != starts[place + 1]:
                edits.append((starts[run], ends[place], new))
                run, new = place + 1, ""
    return edits


def _applied(source: str, edits: Sequence[_Edit]) -> str:
    for start, end, new in reversed(edits):
        source = source[:start] + new + source[end:]
    return source


def _parses(path: Path, content: bytes) -> bool:
    """Return whether a file is valid in its language, as far as a parser is at hand."""
    suffix = path.suffix.lower()
    try:
        if suffix in (".py", ".pyi"):
            ast.parse(content)
        elif suffix in (".json", ".ipynb"):
            json.loads(content)
        elif suffix == ".toml":
            import tomllib

            tomllib.loads(content.decode("utf-8"))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False
    return True
