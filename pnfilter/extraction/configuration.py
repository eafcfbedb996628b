"""Filters in configuration files: YAML, TOML, JSON, ``.env``, properties and INI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from pnfilter.extraction.call_sites import KEYS, Site, normal
from pnfilter.extraction.languages import Escapes, Language, StringSyntax
from pnfilter.extraction.pieces import Gap, Literal, Pieces, decode_string, join, pick, plain

JSON: Final = Language(
    "JSON",
    (".json", ".jsonc", ".json5"),
    (StringSyntax('"', '"'), StringSyntax("'", "'")),
    newline_ends=False,
)
#: More names, used only in configuration.
CONFIGURATION_KEYS: Final = frozenset({"streamfilter"})
_ENDINGS: Final = ("filterexpression", "pubnubfilter", "pubnubfilterexpr")
_LINE = re.compile(
    r"^(?P<indent>[ \t]*(?:-[ \t]+)*)(?:export[ \t]+)?"
    r"(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*(?P<sign>[:=])[ \t]*",
    re.MULTILINE,
)
#: A key among others on one line: ``{channels: [a], filter_expression: "…"}``.
_INNER = re.compile(
    r"[{,][ \t]*(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*(?P<sign>[:=])[ \t]*(?=[\"'])"
)
#: What begins a hole, and what ends it on the same line; a variable has no closing mark.
_HOLE = re.compile(r"\$\{|\{\{|<%=?|\$\(|\$[A-Z_][A-Z0-9_]*|#\{")
_HOLE_ENDS: Final = {"${": "}", "{{": "}}", "<%": "%>", "<%=": "%>", "$(": ")", "#{": "}"}
_LINE_END = re.compile(r"[\r\n]|\Z")
#: An unquoted value up to a comment or the end of its line, and the same within braces.
_BARE = re.compile(r"(?:(?![ \t]#)[^\n])*+")
_BARE_INLINE = re.compile(r"(?:(?![ \t]#)[^\n,}])*+")
#: A value of several lines: a backslash at the end of all but the last.
_CONTINUED = re.compile(r"(?:[^\r\n]*\\\r?\n)+[^\r\n]*")
_ALIAS: Final = re.compile(r"\*(\S+)\s*")
_ANCHOR: Final = re.compile(r"(?:![^\s\"']*[ \t]+)*&(\S+)[ \t]+(?!\*)")
_QUOTED: Final = {
    "YAML": (('"', '"', "c"), ("'", "'", "doubled")),
    "TOML": (('"""', '"""', "c"), ("'''", "'''", "raw"), ('"', '"', "c"), ("'", "'", "raw")),
    "environment": (('"', '"', "c"), ("'", "'", "raw")),
    "properties": (('"', '"', "c"), ("'", "'", "raw")),
}


#: A variable and its value on separate lines, as in Kubernetes.
_NAMED_VALUE = re.compile(
    r"^(?P<indent>[ \t]*(?:-[ \t]+)*)name:[ \t]*"
    r"(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*\r?\n"
    r"[ \t]*value(?P<sign>:)[ \t]*",
    re.MULTILINE,
)
#: The same on one line: ``{name: PUBNUB_FILTER, value: "…"}``.
_NAMED_INLINE = re.compile(
    r"\{[ \t]*(?P<around>[\"']?)name(?P=around)[ \t]*:[ \t]*"
    r"(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*,[ \t]*"
    r"(?P=around)value(?P=around)[ \t]*(?P<sign>:)[ \t]*"
)
#: A variable and its value in one string of a list, as in Compose: ``- "PUBNUB_FILTER=…"``.
_LISTED = re.compile(r"^[ \t]*-[ \t]+(?P<wrap>[\"'])(?P<key>\w+)(?P<sign>=)", re.MULTILINE)
_PATTERNS: Final = {
    "YAML": (_LINE, _INNER, _NAMED_VALUE, _NAMED_INLINE, _LISTED),
    "TOML": (_LINE, _INNER),
}


class Layout(NamedTuple):
    """A format of configuration files."""

    name: str
    extensions: tuple[str, ...]


LAYOUTS: Final = (
    Layout("YAML", (".yaml", ".yml")),
    Layout("TOML", (".toml",)),
    Layout("environment", (".env",)),
    Layout("properties", (".properties", ".ini", ".cfg", ".conf")),
)


def line_sites(source: str, layout: str, keys: frozenset[str]) -> Iterator[Site]:
    """Yield the filters of a file with a key on each line."""
    seen: set[int] = set()
    patterns = _PATTERNS.get(layout, (_LINE,))
    quoted = Quoted(source)
    end = 0
    for match in (found for pattern in patterns for found in pattern.finditer(source)):
        # The lines of a value contain no keys.
        if (match.start() < end and match.re is _LINE) or not is_wanted(match["key"], keys):
            continue
        value = _value(quoted, match, layout)
        if match.re is _LINE and value is not None and value.starts:
            end = value.ends[-1]
        if value is None or value.starts == [] or not value.text.strip() or value.starts[0] in seen:
            continue
        seen.add(value.starts[0])
        yield Site(join(with_holes(value)), match["key"])


def is_wanted(key: str, keys: frozenset[str]) -> bool:
    """Return whether a key holds a filter; the option of a command in a script doesn't."""
    wanted = KEYS | CONFIGURATION_KEYS | {normal(each) for each in keys}
    whole = normal(key)
    if key.startswith("-"):
        return False
    return normal(key.rpartition(".")[2]) in wanted or whole.endswith(_ENDINGS) or whole in wanted


def _value(quoted: Quoted, match: re.Match[str], layout: str) -> Literal | None:
    source, start = quoted.source, match.end()
    wrap = match.groupdict().get("wrap")
    if wrap:
        return quoted.text(start, wrap, "c" if wrap == '"' else "doubled")
    if layout == "YAML":
        start = _after_tags(source, start)
        if source[start : start + 1] in ("|", ">"):
            return _block(source, match, start)
    for opening, closing, escapes in _QUOTED[layout]:
        if source.startswith(opening, start):
            return quoted.text(start + len(opening), closing, escapes)  # type: ignore[arg-type]
    if layout == "TOML":
        return None
    if layout == "properties" and (lines := _CONTINUED.match(source, start)):
        return _unbroken(source, lines)
    bare = (_BARE_INLINE if match.re is _NAMED_INLINE else _BARE).match(source, start)
    assert bare is not None
    value = plain(source, start, bare.end())
    if layout == "YAML" and (alias := _ALIAS.fullmatch(value.text)) is not None:
        # Read once: many may name it, and it may be long.
        anchor = quoted.anchors.pop(alias[1], None)
        return None if anchor is None else _value(quoted, anchor, layout)
    return None if value.text.strip() in ("", "null", "~", "{}", "[]") else value


def _unbroken(source: str, lines: re.Match[str]) -> Literal:
    """Return a value of several lines, without its joining backslashes and the spaces behind."""
    kept: list[int] = []
    position = lines.start()
    for match in re.finditer(r"\\\r?\n[ \t]*", lines[0]):
        kept += range(position, lines.start() + match.start())
        position = lines.start() + match.end()
    kept += range(position, lines.end())
    return pick(source, kept)


def _after_tags(source: str, start: int) -> int:
    match = re.compile(r"(?:[&!][^\s\"']*[ \t]+)*").match(source, start)
    return match.end() if match else start


class Quoted:
    """The quoted strings of one file: an unclosed one is searched for once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._never_closed: dict[tuple[str, Escapes], int] = {}

    @cached_property
    def anchors(self) -> dict[str, re.Match[str]]:
        """The lines of YAML whose values have names: ``base: &name "…"``."""
        lines = (
            (line, _ANCHOR.match(self.source, line.end())) for line in _LINE.finditer(self.source)
        )
        return {anchor[1]: line for line, anchor in lines if anchor is not None}

    def text(self, start: int, closing: str, escapes: Escapes) -> Literal | None:
        """Return the string that begins there; None if it isn't closed."""
        end = self.end(start, closing, escapes)
        return None if end is None else decode_string(self.source, start, end, escapes, closing)

    def end(self, start: int, closing: str, escapes: Escapes) -> int | None:
        """Return where a string is closed; None if it isn't."""
        if start >= self._never_closed.get((closing, escapes), len(self.source)):
            return None
        found = _text_before(closing, escapes).match(self.source, start)
        if found is None:
            self._never_closed[closing, escapes] = start
            return None
        return found.end() - len(closing)


@lru_cache(maxsize=16)
def _text_before(closing: str, escapes: Escapes) -> re.Pattern[str]:
    """Return a string and its closing mark."""
    end = re.escape(closing)
    passed = {"c": r"\\.|", "doubled": f"{end}{end}|"}.get(escapes, "")
    return re.compile(f"(?:{passed}(?!{end}).)*+{end}", re.DOTALL)


def _block(source: str, match: re.Match[str], start: int) -> Literal | None:
    """Return a block of lines indented deeper than their key."""
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
    """Return a value with holes for ``${NAME}`` and other placeholders."""
    pieces: Pieces = []
    position = 0
    for start, end in _holes(value.text):
        pieces.append(value.cut(position, start))
        name = " ".join(re.findall(r"[\w.:-]+", value.text[start:end])) or "value"
        pieces.append(Gap(name, value.starts[start], value.ends[end - 1]))
        position = end
    pieces.append(value.cut(position, len(value.text)))
    return [piece for piece in pieces if isinstance(piece, Gap) or piece.text]


def _holes(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the holes of a text."""
    position, line_end = 0, -1
    # The line end up to which a hole of a kind isn't closed.
    not_closed: dict[str, int] = {}
    while (opening := _HOLE.search(text, position)) is not None:
        start, position = opening.span()
        closing = _HOLE_ENDS.get(opening[0])
        if closing is None:
            yield start, position
            continue
        if position > line_end:
            ending = _LINE_END.search(text, position)
            assert ending is not None
            line_end = ending.start()
        found = -1
        if not_closed.get(closing) != line_end:
            found = text.find(closing, position, line_end)
        if found < 0:
            not_closed[closing] = line_end
            position = start + 1
        else:
            position = found + len(closing)
            yield start, position
