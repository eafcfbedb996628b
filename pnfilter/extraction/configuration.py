"""Filters in configuration files: YAML, TOML, JSON, ``.env``, properties and INI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import chain
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
#: Line ends in a text of YAML, with the spaces round them.
_FOLDED: Final = re.compile(r"[ \t]*+\r?(?P<end>\n)\s*+")
#: Values that are no text.
_EMPTY: Final = ("", "null", "~", "{}", "[]")
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
#: A key of YAML on a line of its own: ``? filter_expression``, then ``: …``.
_COMPLEX = re.compile(
    r"^(?P<indent>[ \t]*)\?[ \t]+(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*\r?\n"
    r"[ \t]*(?P<sign>:)[ \t]*",
    re.MULTILINE,
)
#: A mapping of YAML on one line, and a key in it whose value has no quotes.
_FLOW = re.compile(r"\{[^{}\n#]*\}")
_FLOW_KEY = re.compile(
    r"[{,][ \t]*(?P<quote>[\"']?)(?P<key>[\w.\-]+)(?P=quote)[ \t]*(?P<sign>:)[ \t]+(?![\"'\s])"
)
#: What begins a list, a mapping or a comment of YAML, not a text.
_NO_TEXT = re.compile(r"[-?][ \t]|#|[\"']?[\w.\-]+[\"']?[ \t]*:(?:\s|\Z)")
_PATTERNS: Final = {
    "YAML": (_LINE, _INNER, _NAMED_VALUE, _NAMED_INLINE, _LISTED, _COMPLEX),
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
    matches = (found for pattern in patterns for found in pattern.finditer(source))
    for match in chain(matches, _in_flows(source) if layout == "YAML" else ()):
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


def _in_flows(source: str) -> Iterator[re.Match[str]]:
    """Yield the keys without quotes round their values of ``{a: x, b: y}``."""
    for flow in _FLOW.finditer(source):
        yield from _FLOW_KEY.finditer(source, flow.start(), flow.end())


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
            text = quoted.text(start + len(opening), closing, escapes)  # type: ignore[arg-type]
            return folded(source, text) if layout == "YAML" and text is not None else text
    if layout == "TOML":
        return None
    if layout == "properties" and (lines := _CONTINUED.match(source, start)):
        return _unbroken(source, lines)
    inline = match.re in (_NAMED_INLINE, _FLOW_KEY)
    bare = (_BARE_INLINE if inline else _BARE).match(source, start)
    assert bare is not None
    value = plain(source, start, bare.end())
    if layout == "YAML" and not inline:
        return _plain_text(quoted, match, start, value)
    return None if value.text.strip() in _EMPTY else value


def _plain_text(quoted: Quoted, match: re.Match[str], begin: int, value: Literal) -> Literal | None:
    """Return a text of YAML without quotes, with the lines that go on with it."""
    if (alias := _ALIAS.fullmatch(value.text)) is not None:
        # Read once: many may name it, and it may be long.
        anchor = quoted.anchors.pop(alias[1], None)
        return None if anchor is None else _value(quoted, anchor, "YAML")
    source = quoted.source
    indent = len(match["indent"])
    end = begin + len(value.text)
    is_empty = not value.text.strip()
    # A comment ends the text.
    while source[end : end + 1] == "\n":
        start = end + 1
        content = _BARE.match(source, start)
        if content is None or not content[0].strip():
            break
        margin = len(content[0]) - len(content[0].lstrip())
        if margin <= indent or _NO_TEXT.match(source, start + margin):
            break
        sign = source[start + margin]
        if is_empty and sign in ('"', "'"):
            how: Escapes = "c" if sign == '"' else "doubled"
            text = quoted.text(start + margin + 1, sign, how)
            return None if text is None else folded(source, text)
        if is_empty and sign in "|>&*!{[":
            return None
        is_empty = False
        end = content.end()
    whole = plain(source, begin, end)
    return None if whole.text.strip() in _EMPTY else folded(source, whole)


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
    """Return a block of lines indented deeper than their key, without their indentation.

    After ``>`` lines are joined by a space, unless one is indented deeper than the others.
    """
    indent = len(match["indent"]) if "indent" in match.groupdict() else 0
    position = source.find("\n", start) + 1
    if position == 0:
        return None
    lines: list[tuple[int, int]] = []
    while position < len(source):
        end = source.find("\n", position)
        end = len(source) if end < 0 else end
        line = source[position:end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        lines.append((position, end))
        position = end + 1
    texts = [source[first:last] for first, last in lines]
    margin = min((len(text) - len(text.lstrip()) for text in texts if text.strip()), default=0)
    is_folded = source[start] == ">"
    places: list[int] = []
    text: list[str] = []
    for number, (first, last) in enumerate(lines):
        if number:
            before, line = texts[number - 1][margin:], texts[number][margin:]
            joined = is_folded and not (
                before[:1].isspace() or line[:1].isspace() or not (before.strip() and line.strip())
            )
            # The first of several line ends is for the lines round them.
            ends_line = is_folded and before.strip() and not (before[:1].isspace() or line.strip())
            if not ends_line:
                places.append(first - 1)
                text.append(" " if joined else "\n")
        content = source[first + margin : last].rstrip("\r")
        text.append(content)
        places += range(first + margin, first + margin + len(content))
    return Literal("".join(text), places, [place + 1 for place in places])


def folded(source: str, value: Literal) -> Literal:
    """Return a text of several lines of YAML with a space in place of each line end."""
    if "\n" not in value.text:
        return value
    text: list[str] = []
    kept: list[int] = []
    position = 0
    for found in _FOLDED.finditer(value.text):
        if source[value.starts[found.start("end")]] not in "\r\n":
            # An escape: `\\n`.
            continue
        kept += range(position, found.start())
        text.append(value.text[position : found.start()])
        ends = found[0].count("\n") - 1 or 1
        text.append("\n" * ends if found[0].count("\n") > 1 else " ")
        kept += [found.start("end")] * ends
        position = found.end()
    kept += range(position, len(value.text))
    text.append(value.text[position:])
    return Literal(
        "".join(text), [value.starts[each] for each in kept], [value.ends[each] for each in kept]
    )


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
