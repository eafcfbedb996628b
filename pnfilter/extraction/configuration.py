"""Filters in files of configuration: YAML, TOML, JSON, ``.env``, properties and INI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from pnfilter.extraction.code import Code
from pnfilter.extraction.languages import Escapes, Form, Language
from pnfilter.extraction.pieces import Gap, Literal, Pieces, decoded, joined, picked, plain
from pnfilter.extraction.sites import KEYS, Site, Sites, normal

JSON: Final = Language(
    "JSON", (".json", ".jsonc", ".json5"), (Form('"', '"'), Form("'", "'")), newline_ends=False
)
#: More names that only configuration has, beside those of code.
_CONFIGURATION_KEYS: Final = frozenset({"streamfilter"})
_ENDINGS: Final = ("filterexpression", "pubnubfilter", "pubnubfilterexpr")
_LINE = re.compile(
    r"^(?P<indent>[ \t]*(?:-[ \t]+)*)(?:export[ \t]+)?(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*(?P<sign>[:=])[ \t]*",
    re.MULTILINE,
)
#: A key among others on one line: ``{channels: [a], filter_expression: "…"}``.
_INNER = re.compile(
    r"[{,][ \t]*(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*(?P<sign>[:=])[ \t]*(?=[\"'])"
)
_HOLE = re.compile(
    r"\$\{[^}\r\n]*\}|\{\{.*?\}\}|<%=?.*?%>|\$\([^)\r\n]*\)|\$[A-Z_][A-Z0-9_]*|#\{[^}\r\n]*\}"
)
#: A value of several lines: a backslash at the end of all but the last.
_CONTINUED = re.compile(r"(?:[^\r\n]*\\\r?\n)+[^\r\n]*")
_QUOTED: Final = {
    "YAML": (('"', '"', "c"), ("'", "'", "doubled")),
    "TOML": (('"""', '"""', "c"), ("'''", "'''", "raw"), ('"', '"', "c"), ("'", "'", "raw")),
    "environment": (('"', '"', "c"), ("'", "'", "raw")),
    "properties": (('"', '"', "c"), ("'", "'", "raw")),
}


#: A variable and its value, each on a line of its own, as Kubernetes has them.
_NAMED_VALUE = re.compile(
    r"^(?P<indent>[ \t]*(?:-[ \t]+)*)name:[ \t]*(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*\r?\n"
    r"[ \t]*value(?P<sign>:)[ \t]*",
    re.MULTILINE,
)
#: The same on one line: ``{name: PUBNUB_FILTER, value: "…"}``.
_NAMED_INLINE = re.compile(
    r"\{[ \t]*(?P<around>[\"']?)name(?P=around)[ \t]*:[ \t]*(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*,[ \t]*"
    r"(?P=around)value(?P=around)[ \t]*(?P<sign>:)[ \t]*"
)
#: A variable and its value in one text of a list, as Compose has them: ``- "PUBNUB_FILTER=…"``.
_LISTED = re.compile(r"^[ \t]*-[ \t]+(?P<wrap>[\"'])(?P<key>\w+)(?P<sign>=)", re.MULTILINE)
_PATTERNS: Final = {
    "YAML": (_LINE, _INNER, _NAMED_VALUE, _NAMED_INLINE, _LISTED),
    "TOML": (_LINE, _INNER),
}


class Layout(NamedTuple):
    """A kind of file of configuration."""

    name: str
    extensions: tuple[str, ...]


LAYOUTS: Final = (
    Layout("YAML", (".yaml", ".yml")),
    Layout("TOML", (".toml",)),
    Layout("environment", (".env",)),
    Layout("properties", (".properties", ".ini", ".cfg", ".conf")),
)


def json_sites(source: str, keys: frozenset[str]) -> Iterator[Site]:
    """The filters of a JSON file."""
    yield from Sites(Code(source, JSON), keys | _CONFIGURATION_KEYS)


def line_sites(source: str, layout: str, keys: frozenset[str]) -> Iterator[Site]:
    """The filters of a file with a key on each line."""
    seen: set[int] = set()
    patterns = _PATTERNS.get(layout, (_LINE,))
    for match in (found for pattern in patterns for found in pattern.finditer(source)):
        if not is_wanted(match["key"], keys):
            continue
        value = _value(source, match, layout)
        if value is None or value.starts == [] or not value.text.strip() or value.starts[0] in seen:
            continue
        seen.add(value.starts[0])
        yield Site(joined(with_holes(value)), match["key"])


def is_wanted(key: str, keys: frozenset[str]) -> bool:
    """Whether a key is one of what holds a filter; the option of a command in a script is none."""
    wanted = KEYS | _CONFIGURATION_KEYS | {normal(each) for each in keys}
    whole = normal(key)
    if key.startswith("-"):
        return False
    return normal(key.rpartition(".")[2]) in wanted or whole.endswith(_ENDINGS) or whole in wanted


def _value(source: str, match: re.Match[str], layout: str) -> Literal | None:
    start = match.end()
    wrap = match.groupdict().get("wrap")
    if wrap:
        return _quoted(source, start, wrap, "c" if wrap == '"' else "doubled")
    if layout == "YAML":
        start = _after_tags(source, start)
        if source[start : start + 1] in ("|", ">"):
            return _block(source, match, start)
    for opening, closing, escapes in _QUOTED[layout]:
        if source.startswith(opening, start):
            return _quoted(source, start + len(opening), closing, escapes)  # type: ignore[arg-type]
    if layout == "TOML":
        return None
    if layout == "properties" and (lines := _CONTINUED.match(source, start)):
        return _unbroken(source, lines)
    end = source.find("\n", start)
    end = len(source) if end < 0 else end
    if match.re is _NAMED_INLINE and (after := re.search("[,}]", source[start:end])):
        end = start + after.start()
    comment = re.search(r"[ \t]#", source[start:end])
    if comment is not None:
        end = start + comment.start()
    value = plain(source, start, end)
    return None if value.text.strip() in ("", "null", "~", "{}", "[]") else value


def _unbroken(source: str, lines: re.Match[str]) -> Literal:
    """A value of several lines, without the backslashes that join them and the blanks after these."""
    kept: list[int] = []
    position = lines.start()
    for match in re.finditer(r"\\\r?\n[ \t]*", lines[0]):
        kept += range(position, lines.start() + match.start())
        position = lines.start() + match.end()
    kept += range(position, lines.end())
    return picked(source, kept)


def _after_tags(source: str, start: int) -> int:
    match = re.compile(r"(?:[&!][^\s\"']*[ \t]+)*").match(source, start)
    return match.end() if match else start


def _quoted(source: str, start: int, closing: str, escapes: Escapes) -> Literal | None:
    end = end_of_quoted(source, start, closing, escapes)
    return None if end is None else decoded(source, start, end, escapes, closing)


def end_of_quoted(source: str, start: int, closing: str, escapes: Escapes) -> int | None:
    """Where a text is closed; None where it isn't."""
    position = start
    while True:
        end = source.find(closing, position)
        if end < 0:
            return None
        if escapes == "doubled" and source.startswith(closing * 2, end):
            position = end + 2
            continue
        before = source[start:end]
        slashes = len(before) - len(before.rstrip("\\"))
        if escapes == "c" and slashes % 2:
            position = end + 1
            continue
        return end


def _block(source: str, match: re.Match[str], start: int) -> Literal | None:
    """A block of lines that stand further in than their key."""
    indent = len(match["indent"]) if "indent" in match.groupdict() else 0
    first = source.find("\n", start) + 1
    if first == 0:
        return None
    position = first
    while position < len(source):
        end = source.find("\n", position)
        end = len(source) if end < 0 else end + 1
        line = source[position:end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        position = end
    return plain(source, first, position)


def with_holes(value: Literal) -> Pieces:
    """A value with what is put in for ``${NAME}`` and the like when it is read."""
    pieces: Pieces = []
    position = 0
    for match in _HOLE.finditer(value.text):
        pieces.append(value.cut(position, match.start()))
        name = " ".join(re.findall(r"[\w.:-]+", match[0])) or "value"
        pieces.append(Gap(name, value.starts[match.start()], value.ends[match.end() - 1]))
        position = match.end()
    pieces.append(value.cut(position, len(value.text)))
    return [piece for piece in pieces if isinstance(piece, Gap) or piece.text]
