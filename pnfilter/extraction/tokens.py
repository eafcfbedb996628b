"""Tokens of source code in any of the languages, as far as strings and joins need it.

No grammar is used, so a file with mistakes, of an old version of its language or with embedded code
is read all the same. A string that isn't closed where its language requires it is ignored.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from pnfilter.diagnostics import line_starts
from pnfilter.extraction.languages import Holes, Language, StringSyntax

#: Characters of a hole; a longer one is not a hole.
MAX_HOLE: Final = 20_000
#: Characters that are read again, per character of the file, and some more for short files:
#: unclosed holes and strings would be read repeatedly.
MAX_READ_AGAIN: Final = 4
SPARE_CHARACTERS: Final = 5_000
#: Unsuccessful searches for a regular expression in one line.
MAX_REGEX_FAILURES: Final = 8
#: How deep holes in strings in holes are followed.
MAX_DEPTH: Final = 8

_OPERATORS = (
    r"===|!==|\?\?=|<<=|>>>|\*\*|==|!=|<=|>=|=>|->|::|:=|\+=|-=|\.="
    r"|&&|\|\||\?\?|\?\.|\?:|<<|>>|=~|\.\.|[^\w\s]"
)
_REGEX = re.compile(r"/(?:[^/\\\[\r\n]|\\[^\r\n]|\[(?:[^\]\\\r\n]|\\[^\r\n])*+\])++/[a-zA-Z]*")
#: Words after which a slash begins a regular expression.
_BEFORE_REGEX = frozenset("return typeof case in of and or not when if unless elsif".split())
_OPENINGS: Final[dict[Holes, str]] = {
    "": r"(?!)",
    "${": r"\$\{",
    "$": r"\$\{|\$(?=[A-Za-z_])",
    "$%": r"\$\{|\$(?=[A-Za-z_])",
    "php": r"\{\$|\$\{|\$(?=[A-Za-z_])",
    "#{": r"#\{|#(?=[@$])",
    "\\(": r"\\\(",
    "{": r"\{\{?|\}\}",
}
#: The rest of Python's ``\\N{BULLET}``, which is not a hole.
_BY_NAME = re.compile(r"N\{[^{}\r\n]*\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
_RUBY_NAME = re.compile(r"[@$]++\w+")
#: The format after a hole of Scala's f-interpolator.
_FORMAT = re.compile(r"%[-#+ 0,(]*+\d*+(?:\.\d++)?[a-zA-Z]")
_PHP_NAME = re.compile(r"\$\w++(?:->\w++|\[[^\[\]\r\n]*+\])?")


class Segment(NamedTuple):
    """A part of a string between its quotes: characters, or a hole with its program text.

    A hole extends from ``first`` to ``last``, with its marks.
    """

    start: int
    end: int
    hole: bool
    first: int = -1
    last: int = -1


class Token(NamedTuple):
    """A token: ``name``, ``number``, ``text``, ``line`` (the end of one) or ``op``.

    A string has its segments, and its syntax.
    """

    kind: str
    start: int
    end: int
    value: str
    segments: tuple[Segment, ...] = ()
    form: StringSyntax | None = None


@lru_cache(maxsize=64)
def _scanner(language: Language) -> re.Pattern[str]:
    parts = [r"(?P<line>\r\n|\n|\r)", r"(?P<blank>(?:[^\S\r\n]|\ufeff)++|\\\r?\n)"]
    if language.block_comment is not None:
        parts.insert(0, f"(?P<block>{re.escape(language.block_comment[0])})")
    marks = "|".join(re.escape(mark) for mark in language.line_comments)
    parts.append(rf"(?P<comment>(?:{marks})[^\r\n]*)")
    parts += [rf"(?P<form{number}>{form.open})" for number, form in enumerate(language.forms)]
    if language.regex:
        parts.append(r"(?P<regex>/(?![*/]))")
    parts += [
        r"(?P<number>\d(?:[\w.]*\w)?)",
        r"(?P<name>[@$]{0,2}[^\W\d][\w$]*+(?:[?!](?=\())?)",
        rf"(?P<op>{_OPERATORS})",
    ]
    return re.compile("|".join(parts), re.DOTALL)


@lru_cache(maxsize=512)
def _closing(form: StringSyntax, close: str) -> re.Pattern[str]:
    # A heredoc's closing word is compared separately, so that one pattern is for all words.
    end = r"^[ \t]*+\w++" if form.heredoc else re.escape(close)
    backslash = r"\\" if form.escapes not in ("raw", "doubled") else r"(?!)"
    doubled = re.escape(close * 2) if form.escapes == "doubled" else r"(?!)"
    opening = _OPENINGS[form.holes]
    line = r"(?!)" if form.lines else r"[\r\n]"
    return re.compile(
        rf"(?P<doubled>{doubled})|(?P<close>{end})|(?P<hole>{opening})|(?P<escape>{backslash})|(?P<line>{line})",
        re.MULTILINE,
    )


@lru_cache(maxsize=2)
def starts_of_lines(source: str) -> Sequence[int]:
    """Return the offset of each line's first character, shared by all readers of a file."""
    return line_starts(source)


class Reader:
    """Reads the tokens of one file."""

    def __init__(self, source: str, language: Language, length: int | None = None) -> None:
        self.source = source
        self.language = language
        self._scan = _scanner(language)
        # Read everything once: strings in holes in strings that are never closed would be read
        # repeatedly. It maps a closing mark to where it was searched in vain: from the first
        # position to the second.
        self._unclosed: dict[tuple[StringSyntax, str], tuple[int, int]] = {}
        self._never_closed: dict[tuple[StringSyntax, str, int], int] = {}
        self._open_comments: dict[int, int] = {}
        self._regex_failures: dict[int, int] = {}
        self._left = MAX_READ_AGAIN * (len(source) if length is None else length) + SPARE_CHARACTERS
        self._texts: dict[int, Token | None] = {}
        self._holes: dict[int, tuple[Segment, int]] = {}

    @property
    def gave_up(self) -> bool:
        """Return whether so much was read again that the rest was read once only."""
        return self._left <= 0 < len(self.source)

    def tokens(self) -> list[Token]:
        """Return all tokens; if only parts of the file are code, those of every region of code."""
        region = self.language.region
        if region is None:
            return list(self.read(0, len(self.source)))
        found: list[Token] = []
        closing = re.compile(region[1], re.IGNORECASE)
        position = 0
        hidden, shown = self.language.hidden or (r"(?!)", "")
        for opening in re.finditer(f"{hidden}|{region[0]}", self.source, re.IGNORECASE):
            if opening.start() < position:
                continue
            if opening[0] == hidden:
                if not shown:
                    continue
                position = max(position, self.source.find(shown, opening.end()))
                if position < opening.end():
                    # An unclosed one hides nothing, nor does any other.
                    shown = ""
                continue
            end = closing.search(self.source, opening.end())
            position = end.start() if end else len(self.source)
            found += self.read(opening.end(), position)
            found.append(Token("op", position, position, ";"))
        return found

    def read(self, start: int, end: int, depth: int = 0, closer: str = "") -> Iterator[Token]:
        """Return tokens between two positions, up to an unmatched closing bracket (``closer``)."""
        position, level = start, 0
        before: Token | None = None
        heredoc_end = 0
        opener = {"}": "{", ")": "("}.get(closer, "")
        while position < end and (match := self._scan.match(self.source, position, end)):
            kind = match.lastgroup or ""
            token: Token | None = None
            after = match.end()
            if kind == "block":
                after = self._after_comment(match.end(), end)
            elif kind.startswith("form"):
                form = self.language.forms[int(kind.removeprefix("form"))]
                if form.heredoc:
                    # Heredocs of one line follow each other.
                    content = max(self._next_line(match.end()), heredoc_end)
                    token = self._text(form, match, content, end, depth)
                    if token is not None:
                        heredoc_end = token.end
                        token = token._replace(end=match.end())
                else:
                    token = self._text(form, match, match.end(), end, depth)
                    after = token.end if token is not None else after
                if token is None:
                    token = Token("op", match.start(), match.end(), match[0])
                elif form.character:
                    token = Token("number", token.start, token.end, token.value)
            elif kind == "regex":
                after = self._after_regex(position, end) if _may_be_regex(before) else after
                token = Token("op", position, after, "regex" if after - position > 1 else "/")
            elif kind == "line":
                token = Token("line", position, after, "\n")
                after = max(after, heredoc_end)
            elif kind in ("name", "number", "op"):
                token = Token(kind, position, after, match[0])
            if token is not None:
                if closer and token.kind == "op":
                    level += (token.value == opener) - (token.value == closer)
                    if level < 0:
                        return
                yield token
                if token.kind != "line":
                    before = token
            if depth:
                self._left -= after - position
                if self._left <= 0:
                    return
            position = after

    def _after_comment(self, position: int, end: int) -> int:
        assert self.language.block_comment is not None
        if position >= self._open_comments.get(end, end):
            return position
        opening, closing = self.language.block_comment
        if not self.language.nested_comments:
            found = self.source.find(closing, position, end)
            if found >= 0:
                return found + len(closing)
        else:
            level = 1
            pattern = re.compile(f"{re.escape(opening)}|{re.escape(closing)}")
            for match in pattern.finditer(self.source, position, end):
                level += 1 if match[0] == opening else -1
                if level == 0:
                    return match.end()
        # An unclosed one is ignored: what follows is read, and no other is searched.
        self._open_comments[end] = position
        self._left -= end - position
        return position

    def _after_regex(self, position: int, end: int) -> int:
        """Return the position after a regular expression, or after its slash if it isn't one."""
        line = self._next_line(position)
        failures = self._regex_failures.get(line, 0)
        if failures < MAX_REGEX_FAILURES:
            found = _REGEX.match(self.source, position, end)
            if found is not None:
                return found.end()
            self._regex_failures[line] = failures + 1
        return position + 1

    def _next_line(self, position: int) -> int:
        starts = starts_of_lines(self.source)
        line = bisect_right(starts, position)
        return starts[line] if line < len(starts) else len(self.source)

    def _text(
        self, form: StringSyntax, opening: re.Match[str], content: int, end: int, depth: int
    ) -> Token | None:
        """Return the string that is opened there; None if it isn't closed."""
        place = opening.start()
        if place not in self._texts:
            self._texts[place] = self._new_text(form, opening, content, end, depth)
        return self._texts[place]

    def _new_text(
        self, form: StringSyntax, opening: re.Match[str], content: int, end: int, depth: int
    ) -> Token | None:
        close = form.close
        if "{1}" in close:
            if self._left <= 0:
                return None
            close = close.replace("{1}", next(filter(None, _own_groups(opening)), ""))
        first, stop = self._unclosed.get((form, close), (0, 0))
        if first <= content < stop or content >= self._never_closed.get((form, close, end), end):
            return None
        if form.escapes == "raw" and not form.holes and not form.heredoc:
            stop = end if form.lines else min(end, self._next_line(content))
            found = self.source.find(close, content, stop)
            if found >= 0:
                value = self.source[content:found]
                segment = (Segment(content, found, hole=False),) if value else ()
                return Token("text", opening.start(), found + len(close), value, segment, form)
            self._note_unclosed(form, close, content, stop, end)
            return None
        pattern = _closing(form, "" if form.heredoc else close)
        segments: list[Segment] = []
        first = position = content
        while (match := pattern.search(self.source, position, end)) is not None:
            kind = match.lastgroup
            position = match.end()
            if kind == "line":
                self._note_unclosed(form, close, content, match.start(), end)
                return None
            if kind == "close" and form.heredoc and match[0].strip(" \t") != close:
                continue
            if kind == "escape":
                named = _BY_NAME.match(self.source, position) if form.holes == "{" else None
                position = named.end() if named and form.escapes == "keep" else position + 1
            elif kind == "close":
                if match.start() > first:
                    segments.append(Segment(first, match.start(), hole=False))
                value = self.source[content : match.start()]
                return Token("text", opening.start(), position, value, tuple(segments), form)
            elif kind == "hole":
                if match[0] in ("{{", "}}"):
                    segments.append(Segment(first, match.start() + 1, hole=False))
                    first = position
                    continue
                if match.start() > first:
                    segments.append(Segment(first, match.start(), hole=False))
                hole, position = self._hole(match, end, depth)
                if form.holes == "$%" and (written := _FORMAT.match(self.source, position, end)):
                    position = written.end()
                segments.append(hole._replace(first=match.start(), last=position))
                first = position
        self._note_unclosed(form, close, content, end, end)
        return None

    def _note_unclosed(
        self, form: StringSyntax, close: str, content: int, stop: int, end: int
    ) -> None:
        """Note that a string is not closed where it must be; a later one isn't either."""
        if stop < end:
            self._unclosed[form, close] = content, stop
        else:
            self._never_closed[form, close, end] = content
            self._left -= end - content

    def _hole(self, opening: re.Match[str], end: int, depth: int) -> tuple[Segment, int]:
        """Return a hole, and the position after it."""
        place = opening.start()
        if place not in self._holes:
            self._holes[place] = self._new_hole(opening, end, depth)
        return self._holes[place]

    def _new_hole(self, opening: re.Match[str], end: int, depth: int) -> tuple[Segment, int]:
        start = opening.end()
        if opening[0] in ("$", "#"):
            name = _NAME if opening[0] == "$" else _RUBY_NAME
            if self.language.name == "PHP" and (long := _PHP_NAME.match(self.source, start - 1)):
                return Segment(start - 1, long.end(), hole=True), long.end()
            match = name.match(self.source, start, end)
            stop = match.end() if match else start
            return Segment(start, stop, hole=True), stop
        if opening[0] == "{$":
            start -= 1
        closer = ")" if opening[0].endswith("(") else "}"
        stop, end = start, min(end, start + MAX_HOLE)
        if depth < MAX_DEPTH and self._left > 0:
            for token in self.read(start, end, depth + 1, closer):
                stop = token.end
        found = self.source.find(closer, stop, end)
        if found < 0:
            return Segment(start, start, hole=True), start
        return Segment(start, found, hole=True), found + 1


def _own_groups(match: re.Match[str]) -> list[str | None]:
    """Return the unnamed groups of the syntax that matched."""
    return [match[number] for number in _unnamed(match.re)]


@lru_cache(maxsize=64)
def _unnamed(pattern: re.Pattern[str]) -> tuple[int, ...]:
    named = set(pattern.groupindex.values())
    return tuple(number for number in range(1, pattern.groups + 1) if number not in named)


def _may_be_regex(before: Token | None) -> bool:
    if before is None:
        return True
    if before.kind == "name":
        return before.value in _BEFORE_REGEX
    return before.kind == "op" and before.value not in (")", "]", "}")
