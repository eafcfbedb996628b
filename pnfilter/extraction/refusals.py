"""Filters in source code that no edit may touch, by what their file says beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from pnfilter.extraction.call_sites import normal
from pnfilter.extraction.result import ExtractedFilter
from pnfilter.extraction.vocabulary import SAME
from pnfilter.wording import shorten

#: Characters of the longest filter that is rewritten: comparing two texts takes their product.
MAX_REWRITTEN: Final = 5_000
#: Characters before a filter that are searched for its name and for what reads it.
_MAX_BEFORE: Final = 200

#: Languages in which a key is no name that something else could use.
_WITHOUT_NAMES: Final = ("JSON", "TOML", "YAML")
_UNQUOTED_ENDS_AT_SPACE: Final = ("shell scripts", "environment", "Dockerfile")
#: The start of a value of a URL's query, in which characters are written with percent signs.
PARAMETER: Final = re.compile(r"[?&][\w-]+=\s*$")
#: The name that a string is given, at the end of what is before the string's text.
_NAMED: Final = re.compile(
    r"""(\w+)\s*(?::(?!:)[^=\n"'`;]*)?(?::?=|\s|:)\s*\(?\s*[@#$\w]{0,4}["'`#(\[]+\s*\Z"""
)
#: What a function returns: after ``return``, an arrow, or the ``=`` behind its parameters.
_RETURNED: Final = re.compile(
    r"""(?:\breturn|\)\s*=>|\)\s*(?::\s*[\w<>?.]+\s*)?=)\s*\(?\s*[@#$\w]{0,4}["'`#(\[]+\s*\Z"""
)
#: What a function or a property of one word returns, but no entry of a table.
_ARROW: Final = re.compile(r"""\w\s*=>\s*[@#$\w]{0,4}["'`#(\[]+\s*\Z""")
_ARROWS_IN: Final = ("C#", "Dart", "JavaScript", "TypeScript")
#: The start of a value of an object.
_ENTRY: Final = re.compile(r"""[^:\s]\s*(?::|=>)\s*[@#$\w]{0,4}["'`#]+\Z""")
#: The start of an element of a list, or of an argument.
_ELEMENT: Final = re.compile(r"""(?:[,\[{]|(\w+)\()\s*[@#$\w]{0,4}["'`#]+\Z""")
#: A constant that other files may use, and one that they can't: the start of its line.
_OPEN: Final = re.compile(r"\b(?:exports?|public|internal|protected|pub|extern|const|static)\b")
_CLOSED: Final = re.compile(r"\b(?:private|fileprivate)\b")
_EXPORTED: Final = re.compile(r"\b(?:exports?|pub)\b")
#: Files whose constants are seen by others only if they are exported.
_MODULES: Final = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".rs")
#: What gives the same text to one more name, before the name and its text.
_CHAINED: Final = re.compile(r"(?:^|[^=!<>~])=[ \t]*(?:[\w.$]|->)+[ \t]*:?=[^=]*\Z")
#: A function that reads the literal in its own way: the tag of a template, an interpolator.
_TAG: Final = re.compile(r"(?:[\w$>\])]\s*`|(?<=\w)\"{1,3})\Z")
_UNTAGGED: Final = re.compile(
    r"(?:\bString\.raw|\b(?:return|case|default|await|yield|else|of|in))\s*`\Z"
)
#: A string whose length is part of its type.
_SIZED: Final = re.compile(r"(?:\w\s*\[\s*\w+\s*\]\s*=[^=;]*|\bb)\"\Z")
_SIZED_IN: Final = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".mm", ".rs")
#: The anchor of a value that aliases repeat.
_ANCHOR: Final = re.compile(r"(?:^|\s)&\S+\s+(?:!\S*\s+)?(?:[|>][-+\d]*\s+)?[\"']?\Z")
#: A call that gives a percent sign a meaning.
_FORMATS: Final = re.compile(r"printf|format|NSLog|\w{2}f\(", re.IGNORECASE)
_APPENDED: Final = re.compile(r"(\w++)\s*(?:[+.]=|<<)")
#: Files in which a backslash before a quote stays for some programs, and a percent sign doesn't.
_OTHER_ESCAPE: Final = re.compile(r"\s*#\s*escape\s*=\s*`", re.IGNORECASE)
_ESCAPES_DIFFER: Final = ("environment", "properties")
#: What would end or change a scalar without quotes.
_UNQUOTED_SIGNS: Final = re.compile(r"""^[!&*%@`>|"'\[{#]|:\s|\s#|[\[\]{},]""")
#: What may be between the pieces of a text that is only concatenated. Letters are the prefix
#: of a string, and no variable.
_GLUE: Final = re.compile(r"""(?:[\s"'`+.,()\\>|&~@#$]|(?<!\w)[rRbBuU]{1,2}(?=["']))*+""")
#: Why a filter with holes is not edited.
FILLED_IN: Final = "the program fills in a part of it"
_NOT_CONCATENATED: Final = "it is put together by more than concatenation"


class Surroundings:
    """What a whole file says: its words, names that texts are appended to, texts in quotes.

    ``filters`` are the texts of its literals for filters, as they are written. ``user_of`` finds
    another file that uses a name.
    """

    def __init__(
        self, source: str, filters: Iterable[str], user_of: Callable[[str], str | None]
    ) -> None:
        self._uses = Counter(re.findall(r"\w+", source))
        self._appended = frozenset(_APPENDED.findall(source))
        self._quoted = Counter(re.split("[\"'`]", source)) - Counter(filters)
        self._user_of = user_of

    def objection(self, extracted: ExtractedFilter, text: str, uses: int) -> str:
        """Return why a literal may mean more than its filter; empty if it can be edited.

        ``text`` is what the filter is to become, ``uses`` how many filters have the literal.
        """
        if extracted.holes:
            return FILLED_IN
        if extracted.origin is not None:
            return f"{shorten(extracted.origin[0])} has its text"
        if max(len(text), len(extracted.text)) > MAX_REWRITTEN:
            return f"it is longer than {MAX_REWRITTEN:,} characters"
        start, end = extracted.outer_range()
        before = extracted.source[max(0, start - _MAX_BEFORE) : start]
        if self._quoted[extracted.source[start:end]]:
            return "the file has the same text elsewhere"
        return (
            self._objection_to_name(extracted, before, uses)
            or _objection_to_quotes(extracted, text, before)
            or _objection_to_kind(extracted, before)
            or split_by(extracted)
        )

    def _objection_to_name(self, extracted: ExtractedFilter, before: str, uses: int) -> str:
        if _RETURNED.search(before) or (
            extracted.language in _ARROWS_IN
            and _ARROW.search(before)
            and extracted.definition is not None
        ):
            return "its function may be used for something else, too"
        if extracted.definition is not None and _ENTRY.search(before):
            return "its object may be used for something else, too"
        element = _ELEMENT.search(before) if extracted.definition is not None else None
        if element is not None and element[1] not in SAME:
            return "its list or its call may be used for something else, too"
        named = _NAMED.search(before)
        if named is None or extracted.language in _WITHOUT_NAMES:
            return ""
        name = named[1]
        if name in self._appended:
            return _NOT_CONCATENATED
        if normal(name) == normal(extracted.by):
            return ""
        if self._uses[name] > 1 + uses:
            return f"{shorten(name)} may be used for something else, too"
        place = extracted.outer_range().start - len(before) + named.start()
        if _is_open(extracted, name, place) and (user := self._user_of(name)):
            return f"{shorten(name)} may be used for something else in {shorten(user)}"
        return ""


def _is_open(extracted: ExtractedFilter, name: str, place: int) -> bool:
    """Return whether other files may use a name, by the start of the line that gives it a text."""
    source = extracted.source
    line = source[max(source.rfind(sign, 0, place) for sign in "\r\n") + 1 : place]
    if _CLOSED.search(line):
        return False
    if Path(extracted.path).suffix.lower() in _MODULES:
        return _EXPORTED.search(line) is not None
    return line == "" or name.isupper() or _OPEN.search(line) is not None


def _objection_to_quotes(extracted: ExtractedFilter, text: str, before: str) -> str:
    quote = before[-1:]
    if before.rstrip(" \t")[-1:] not in ("'", '"', "`"):
        if extracted.language in _UNQUOTED_ENDS_AT_SPACE:
            return "its literal has no quotes"
        if Path(extracted.path).suffix.lower() != ".properties" and (
            extracted.language in _ESCAPES_DIFFER and re.search("[\"']", text)
        ):
            return "programs read quotes there in different ways"
        if extracted.language == "YAML" and _UNQUOTED_SIGNS.search(text):
            return "its literal needs quotes for the new text"
    elif quote in ("'", '"') and text.count(quote) > extracted.text.count(quote):
        is_dockerfile = extracted.language == "Dockerfile"
        if extracted.language in _ESCAPES_DIFFER or (
            is_dockerfile and _OTHER_ESCAPE.match(extracted.source)
        ):
            return "programs read an escaped quote there in different ways"
    return ""


def _objection_to_kind(extracted: ExtractedFilter, before: str) -> str:
    """Return why a literal has another meaning or user, by what is before it."""
    start, end = extracted.outer_range()
    line = re.split(r"[\r\n;]", before)[-1]
    suffix = Path(extracted.path).suffix.lower()
    may_have_tag = suffix in (".scala", ".sc") or before[-1:] == "`"
    if _CHAINED.search(line):
        return "another name has the same text"
    if may_have_tag and _TAG.search(before) and not _UNTAGGED.search(before):
        return "a function reads its literal"
    if suffix in _SIZED_IN and _SIZED.search(before):
        return "the length of its literal may be a part of a type"
    if extracted.language == "YAML" and _ANCHOR.search(before):
        return "aliases may repeat it"
    if (
        PARAMETER.search(before)
        and "%" not in extracted.source[start:end]
        and (_FORMATS.search(line) or extracted.language in _ESCAPES_DIFFER)
    ):
        return "a percent sign may have a meaning there"
    return ""


def split_by(extracted: ExtractedFilter) -> str:
    """Return why the characters of a filter are not those of literals side by side."""
    starts, ends = extracted.offsets()
    gaps = [(end, start) for end, start in zip(ends, starts[1:], strict=False) if end != start]
    if any(start < end for end, start in gaps):
        return "its characters are not one after the other in the file"
    if any(_GLUE.fullmatch(extracted.source, end, start) is None for end, start in gaps):
        return _NOT_CONCATENATED
    return ""
