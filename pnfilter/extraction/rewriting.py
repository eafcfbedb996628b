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
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from pnfilter.diagnostics import Span
from pnfilter.extraction.code_blocks import HTML, is_escaped
from pnfilter.extraction.documents import MARKDOWN
from pnfilter.extraction.project import Project
from pnfilter.extraction.refusals import PARAMETER, Surroundings
from pnfilter.extraction.result import ExtractedFilter

#: Filters of a file that are rewritten in one run: each is verified by reading the file again.
MAX_PER_FILE: Final = 100

#: Characters that mean themselves in every kind of literal.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_ .=>|(),!*/-]")
_GENERATED: Final = re.compile(r"\.min\.\w+$|\.(?:lock|map)$", re.IGNORECASE)
#: After these a character may mean something else: an escape, a hole, a format.
_LEADS: Final = "\\$#%{@"
#: How a character may be written elsewhere in the filter to be written so again.
_ENTITY: Final = re.compile(r"&\w+;|%[\dA-Fa-f]{2}")
#: The start of a value that may be an attribute of JSX, in which a backslash escapes nothing.
_ATTRIBUTE: Final = re.compile(
    r"""(?:[\s"'}][\w:.-]+=|<[A-Za-z][^<>;()]*\s[\w:.-]+\s*=\s*)["']\Z"""
)
_ATTRIBUTES_IN: Final = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts")
#: Characters before a text that are searched for such a start.
_MAX_BEFORE: Final = 200
#: Characters of code in markup that are written as entities.
_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
#: Ways to spell a quote, with and without entities.
_STYLES: Final = 8
_INVALID: Final = (ValueError, SyntaxError, RecursionError, MemoryError)

_Edit = tuple[int, int, str]
_Style = Callable[[str], "str | None"]
#: Places, in the list of a file's filters, of those that share characters.
_Group = tuple[int, ...]
_Wish = tuple[_Group, str]


class Rewritten(NamedTuple):
    """The new content of a file, the filters that it changes, and those it can't, with reasons."""

    content: bytes
    changed: tuple[ExtractedFilter, ...]
    refused: tuple[tuple[ExtractedFilter, str], ...]


def rewrite(
    project: Project,
    path: Path,
    content: bytes,
    wanted: Callable[[ExtractedFilter], str],
    user_of: Callable[[str, Path], str | None] | None = None,
) -> Rewritten:
    """Return a file's content in which each filter has the text that ``wanted`` returns for it.

    Where a literal can't hold the double quotes of that, its strings get single ones, which mean
    the same. ``content`` is what the file holds. Only what can be edited with certainty is changed.
    ``user_of`` finds another file that uses a name, by default ``project.user_of``.
    """
    filters = project.filters_in(path, content)
    texts = [wanted(each) for each in filters]
    every = _groups(filters)
    groups = [
        group for group in every if any(texts[index] != filters[index].text for index in group)
    ]
    if not groups:
        return Rewritten(content, (), ())
    refused: list[tuple[_Group, str]] = []
    source = filters[0].source
    mark, encoding = _encoding_of(content)
    for_all = ""
    if _GENERATED.search(path.name):
        for_all = "the file is generated"
    elif mark + source.encode(encoding, "surrogatepass") != content:
        for_all = "the encoding of the file is not certain"
    written = (slice(*filters[group[0]].outer_range()) for group in every)
    surroundings = Surroundings(
        source,
        (source[each] for each in written),
        lambda name: (user_of or project.user_of)(name, path),
    )
    wishes: list[_Wish] = []
    for group in groups:
        first = group[0]
        same = texts[first], filters[first].offsets()
        if any((texts[index], filters[index].offsets()) != same for index in group):
            reason = "its text is shared by several filters"
        else:
            reason = for_all or surroundings.objection(filters[first], texts[first], len(group))
        if not reason and len(wishes) == MAX_PER_FILE:
            reason = f"more than {MAX_PER_FILE} filters of the file would change"
        if reason:
            refused.append((group, reason))
        else:
            wishes.append((group, texts[first]))
    content, failed = _rewrite_all(project, path, content, wishes)
    left = {group for group, _ in failed}
    return Rewritten(
        content,
        tuple(filters[group[0]] for group, _ in wishes if group not in left),
        tuple((filters[group[0]], reason) for group, reason in refused + failed),
    )


def _groups(filters: Sequence[ExtractedFilter]) -> list[_Group]:
    """Return the places in the list of filters, those that share characters together."""
    groups: list[list[int]] = []
    reach = -1
    for index in sorted(range(len(filters)), key=lambda each: filters[each].outer_range()):
        start, end = filters[index].outer_range()
        if groups and start < reach:
            groups[-1].append(index)
        else:
            groups.append([index])
        reach = max(reach, end)
    return [*map(tuple, groups)]


def _rewrite_all(
    project: Project, path: Path, content: bytes, wishes: Sequence[_Wish]
) -> tuple[bytes, list[tuple[_Group, str]]]:
    """Return the content with new texts for some filters, and which are refused, and why.

    All are written and verified at once; where that fails, each half is.
    """
    if not wishes:
        return content, []
    before = project.filters_in(path, content)
    for choice in range(_STYLES if len(wishes) == 1 else 1):
        planned = [(wish, _edits(before[wish[0][0]], wish[1], choice)) for wish in wishes]
        after = _verified(project, path, content, before, planned)
        if after is not None:
            return after, []
    if len(wishes) == 1:
        group, text = wishes[0]
        old, other = before[group[0]].text, text.replace('"', "'")
        if other not in (old, text) and "'" not in text and '"' not in old:
            return _rewrite_all(project, path, content, [(group, other)])
        return content, [(group, "the new text can't be written there with certainty")]
    middle = len(wishes) // 2
    content, failed = _rewrite_all(project, path, content, wishes[:middle])
    content, more = _rewrite_all(project, path, content, wishes[middle:])
    return content, failed + more


def _verified(
    project: Project,
    path: Path,
    content: bytes,
    before: Sequence[ExtractedFilter],
    planned: Sequence[tuple[_Wish, list[_Edit] | None]],
) -> bytes | None:
    """Return the content with the edits; None if it is anything but that with the new texts.

    ``before`` are the filters that it has without them.
    """
    edits: list[_Edit] = []
    for _, each in planned:
        if each is None:
            return None
        edits += each
    edits.sort(key=lambda edit: edit[:2])
    if any(one[1] > other[0] for one, other in pairwise(edits)):
        return None
    mark, encoding = _encoding_of(content)
    try:
        after = mark + _applied(before[0].source, edits).encode(encoding)
    except UnicodeEncodeError:
        return None
    found = project.filters_in(path, after)
    expected = [_shape(each) for each in before]
    indices = [index for (group, _), _ in planned for index in group]
    for (group, text), _ in planned:
        for index in group:
            expected[index] = (text, *expected[index][1:])
    if [_shape(each) for each in found] != expected:
        return None
    if any(
        found[each].outer_range() != _moved(before[each].outer_range(), edits) for each in indices
    ):
        return None
    return after if _is_same_program(path, content, after, len(edits)) else None


def _moved(span: Span, edits: Sequence[_Edit]) -> Span:
    """Return where the characters of a span, and those inserted at its ends, are after edits."""
    start, end = span
    for first, last, new in edits:
        if last <= span.end:
            end += len(new) - (last - first)
        if last <= span.start and first < span.start:
            start += len(new) - (last - first)
    return Span(start, end)


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


def _styles(extracted: ExtractedFilter) -> Sequence[_Style]:
    """Return ways to spell a character, the likeliest first."""
    start, end = extracted.outer_range()
    source = extracted.source
    written = source[start:end]
    if PARAMETER.search(source[max(0, start - 100) : start]) or re.search(
        r"%[2-7][\dA-Fa-f]", written
    ):
        from urllib.parse import quote

        return (lambda char: quote(char, safe=""),)

    opening = source[max(0, start - 1) : start]
    suffix = Path(extracted.path).suffix.lower()
    # Which of them is right is found by reading the file again.
    ways = (True, False) if suffix in MARKDOWN + HTML and is_escaped(source, start) else (False,)

    def spell(quoted: str, others: str, is_markup: bool = False) -> _Style:
        def style(char: str) -> str | None:
            if is_markup and char in _ESCAPED:
                return _ESCAPED[char]
            if _PLAIN.match(char) or char in "<&":
                return char
            return (
                (quoted if char == opening else others).replace("?", char)
                if char in "\"'"
                else None
            )

        return style

    if suffix in _ATTRIBUTES_IN and _ATTRIBUTE.search(source, max(0, start - _MAX_BEFORE), start):
        return (spell("?", "?"),)
    quotes = ("\\?", "?"), ("\\?", "\\?"), ("??", "?"), ("?", "?")
    return [spell(*each, is_markup) for is_markup in ways for each in quotes]


def _edits(extracted: ExtractedFilter, text: str, choice: int) -> list[_Edit] | None:
    """Return edits of the source, piece by piece; None if a character can't be spelled."""
    styles = _styles(extracted)
    if choice >= len(styles):
        return None
    style = styles[choice]
    starts, ends = extracted.offsets()
    old = extracted.text
    source = extracted.source
    known = {
        char: written
        for char, start, end in zip(old, starts, ends, strict=True)
        if (written := source[start:end]) in (char, "\\" + char, char * 2)
        or _ENTITY.fullmatch(written)
    }
    edits: list[_Edit] = []
    for tag, first, last, new_first, new_last in SequenceMatcher(
        None, old, text, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        spelled = [known.get(char) or style(char) for char in text[new_first:new_last]]
        if None in spelled or any(char in _LEADS for char in text[new_first:new_last]):
            return None
        if first and old[first - 1] in _LEADS:
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


def _is_same_program(path: Path, before: bytes, after: bytes, most: int) -> bool:
    """Return whether two files differ in a few strings only, as far as a parser is at hand.

    A file that is not valid in its language has nothing to lose.
    """
    try:
        program, strings = _parsed(path, before)
    except _INVALID:
        return True
    try:
        other, other_strings = _parsed(path, after)
    except _INVALID:
        return False
    return program == other and (
        sum(one != two for one, two in zip(strings, other_strings, strict=True)) <= most
    )


def _parsed(path: Path, content: bytes) -> tuple[object, list[str]]:
    """Return a file without its strings, and these; nothing for a language without a parser."""
    suffix = path.suffix.lower()
    strings: list[str] = []
    if suffix in (".py", ".pyi"):
        tree = ast.parse(content)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.append(node.value)
                node.value = ""
        return ast.dump(tree), strings
    if suffix in (".json", ".ipynb"):
        return _without_strings(json.loads(content), strings), strings
    if suffix == ".toml":
        import tomllib

        return _without_strings(tomllib.loads(content.decode("utf-8")), strings), strings
    return None, strings


def _without_strings(value: object, strings: list[str]) -> object:
    if isinstance(value, str):
        strings.append(value)
        return ""
    if isinstance(value, list):
        return [_without_strings(each, strings) for each in value]
    if isinstance(value, dict):
        return {key: _without_strings(each, strings) for key, each in value.items()}
    return value
