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

#: Filters of a file that are rewritten in one run.
MAX_PER_FILE: Final = 100
#: How often a file is read again in one run, to verify what would be written.
MAX_READINGS: Final = 300

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
_INVALID: Final = (ValueError, SyntaxError, RecursionError, MemoryError)

_Edit = tuple[int, int, str]
_Style = Callable[[str], "str | None"]
#: Places, in the list of a file's filters, of those that share characters.
_Group = tuple[int, ...]
_Wish = tuple[_Group, str]


class _Attempt:
    """Ways to write the new text of a group, the likeliest first; ``text`` is empty at the end."""

    def __init__(self, group: _Group, before: ExtractedFilter, text: str) -> None:
        self.group = group
        self._texts = [text]
        other = text.replace('"', "'")
        if other not in (before.text, text) and "'" not in text and '"' not in before.text:
            self._texts.append(other)
        self._choice = 0

    @property
    def text(self) -> str:
        """The text of the next way, which may have other quotes than what is wanted."""
        return self._texts[0] if self._texts else ""

    def edits(self, before: ExtractedFilter) -> list[_Edit] | None:
        """Return the edits of the next way, after those that can't be; None if there is none."""
        while self._texts:
            styles = _styles(before)
            while self._choice < len(styles):
                edits = _edits(before, self._texts[0], styles[self._choice])
                if edits is not None:
                    return edits
                self._choice += 1
            self._texts.pop(0)
            self._choice = 0
        return None

    def drop(self) -> None:
        """Go on to the way after this."""
        self._choice += 1


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
    *,
    readings: int = MAX_READINGS,
) -> Rewritten:
    """Return a file's content in which each filter has the text that ``wanted`` returns for it.

    Where a literal can't hold the double quotes of that, its strings get single ones, which mean
    the same. ``content`` is what the file holds. Only what can be edited with certainty is changed.
    ``readings`` is how often the file may be read again.
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
        lambda name: project.user_of(name, path),
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
    writer = _Writer(project, path, content, filters, readings)
    failed = writer.write([_Attempt(group, filters[group[0]], text) for group, text in wishes])
    left = {group for group, _ in failed}
    return Rewritten(
        writer.content,
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


class _Outcome(NamedTuple):
    """What edits gave: all, or only those that are right, where the others may have no part in it.

    Edits are local if only the texts of filters differ from what they should be.
    """

    is_written: bool = False
    right: Sequence[_Attempt] = ()
    is_local: bool = False


class _Writer:
    """Writes new texts into a file's ``content``, and reads it again to see what they became.

    ``before`` are its filters.
    """

    def __init__(
        self,
        project: Project,
        path: Path,
        content: bytes,
        before: Sequence[ExtractedFilter],
        readings: int,
    ) -> None:
        self.content = content
        self._project = project
        self._path = path
        self._before = before
        self._left = readings

    def write(self, attempts: Sequence[_Attempt]) -> list[tuple[_Group, str]]:
        """Write all at once, each in the first way that is right; return those without, and why.

        Where a way changes more than its own text, each half is written alone.
        """
        failed: list[tuple[_Group, str]] = []
        while attempts:
            planned: list[tuple[_Attempt, list[_Edit]]] = []
            for each in attempts:
                edits = each.edits(self._before[each.group[0]])
                if edits is None:
                    reason = "the new text can't be written there with certainty"
                    failed.append((each.group, reason))
                else:
                    planned.append((each, edits))
            attempts = [each for each, _ in planned]
            if not attempts:
                break
            if self._left <= 0:
                reason = "whether the new text can be written there takes too long to find out"
                return failed + [(each.group, reason) for each in attempts]
            outcome = self._try(planned)
            if outcome.is_written:
                break
            wrong = [each for each in attempts if each not in outcome.right]
            if outcome.is_local or len(attempts) == 1:
                for each in wrong or attempts:
                    each.drop()
            else:
                middle = len(attempts) // 2
                parts = outcome.right, wrong
                if not all(parts):
                    parts = attempts[:middle], attempts[middle:]
                return failed + self.write(parts[0]) + self.write(parts[1])
        return failed

    def _try(self, planned: Sequence[tuple[_Attempt, list[_Edit]]]) -> _Outcome:
        """Make the edits if they give every filter the text that it is to have, and no more."""
        before = self._before
        edits = sorted((edit for _, each in planned for edit in each), key=lambda edit: edit[:2])
        if any(one[1] > other[0] for one, other in pairwise(edits)):
            return _Outcome()
        mark, encoding = _encoding_of(self.content)
        try:
            after = mark + _applied(before[0].source, edits).encode(encoding)
        except UnicodeEncodeError:
            return _Outcome()
        self._left -= 1
        found = self._project.filters_in(self._path, after)
        expected = [_shape(each) for each in before]
        for attempt, _ in planned:
            for index in attempt.group:
                expected[index] = (attempt.text, *expected[index][1:])
        places = {(each.outer_range(), _shape(each)) for each in found}
        right = [
            attempt
            for attempt, _ in planned
            if all(
                (_moved(before[index].outer_range(), edits), expected[index]) in places
                for index in attempt.group
            )
        ]
        is_same = [_shape(each) for each in found] == expected
        if (
            is_same
            and len(right) == len(planned)
            and _is_same_program(self._path, self.content, after, len(edits))
        ):
            self.content = after
            self._before = found
            return _Outcome(is_written=True)
        # Texts that differ where all else is as before: each edit is for itself.
        touched = {index for attempt, _ in planned for index in attempt.group}
        is_local = len(found) == len(expected) and all(
            index in touched or _shape(each) == expected[index] for index, each in enumerate(found)
        )
        return _Outcome(right=right, is_local=is_local and len(right) < len(planned))


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
    quotes = [("\\?", "?"), ("\\?", "\\?"), ("??", "?")]
    if (
        opening not in ("'", '"')
        or source[start - 2 : start - 1] in (opening, "#")
        or opening in written
    ):
        # Else a quote would end the literal: `"…"` is one, and not `\"\"\"…` or `#"…`.
        quotes.append(("?", "?"))
    return [spell(*each, is_markup) for is_markup in ways for each in quotes]


def _edits(extracted: ExtractedFilter, text: str, style: _Style) -> list[_Edit] | None:
    """Return edits of the source, piece by piece; None if a character can't be spelled."""
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
