"""Tokens of source code in any of the languages, as far as texts and what joins them need it.

No grammar is asked, so that a file with mistakes, of an old version of its language or with code of
another in it is read all the same. A text that isn't closed where its language wants it is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from pnfilter.extraction.languages import Form, Holes, Language

#: Characters of a hole at most; what is longer is no hole.
MAX_HOLE: Final = 20_000
#: Characters that are read for holes, for each of the file: holes that are never closed would be read
#: over and over.
MAX_READ_AGAIN: Final = 8
#: How deep holes in texts in holes are followed.
MAX_DEPTH: Final = 8

_OPERATORS = r"===|!==|\?\?=|<<=|>>>|\*\*|==|!=|<=|>=|=>|->|::|:=|\+=|-=|\.=|&&|\|\||\?\?|\?\.|\?:|<<|>>|=~|\.\.|[^\w\s]"
_REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\r\n]|\\.|\[(?:[^\]\\\r\n]|\\.)*\])+/[a-zA-Z]*")
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
#: The rest of Python's ``\\N{BULLET}``, which is no hole.
_BY_NAME = re.compile(r"N\{[^{}\r\n]*\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
#: The format after a hole of Scala's f-interpolator.
_FORMAT = re.compile(r"%[-#+ 0,(]*\d*(?:\.\d+)?[a-zA-Z]")
_PHP_NAME = re.compile(r"\$\w+(?:->\w+|\[[^\]\r\n]*\])?")


class Segment(NamedTuple):
    """A part of a text between its quotes: characters, or a hole with the program's words for it.

    A hole is written from ``first`` to ``last``, with what marks it as one.
    """

    start: int
    end: int
    hole: bool
    first: int = -1
    last: int = -1


class Token(NamedTuple):
    """A token: ``name``, ``number``, ``text``, ``line`` (the end of one) or ``op``.

    A text has its segments, and the form it is written in.
    """

    kind: str
    start: int
    end: int
    value: str
    segments: tuple[Segment, ...] = ()
    form: Form | None = None


@lru_cache(maxsize=64)
def _scanner(language: Language) -> re.Pattern[str]:
    parts = [r"(?P<line>\r\n|\n|\r)", r"(?P<blank>[ \t\f\v\ufeff\u00a0]+|\\\r?\n)"]
    if language.block_comment is not None:
        parts.insert(0, f"(?P<block>{re.escape(language.block_comment[0])})")
    marks = "|".join(re.escape(mark) for mark in language.line_comments)
    parts.append(rf"(?P<comment>(?:{marks})[^\r\n]*)")
    parts += [rf"(?P<form{number}>{form.open})" for number, form in enumerate(language.forms)]
    if language.regex:
        parts.append(rf"(?P<regex>{_REGEX.pattern})")
    parts += [
        r"(?P<number>\d(?:[\w.]*\w)?)",
        r"(?P<name>[@$]*[^\W\d][\w$]*[?!]?(?=\()|[@$]*[^\W\d][\w$]*)",
        rf"(?P<op>{_OPERATORS})",
    ]
    return re.compile("|".join(parts), re.DOTALL)


@lru_cache(maxsize=512)
def _closing(form: Form, close: str) -> re.Pattern[str]:
    end = rf"^[ \t]*{re.escape(close)}\b" if form.heredoc else re.escape(close)
    backslash = r"\\" if form.escapes not in ("raw", "doubled") else r"(?!)"
    doubled = re.escape(close * 2) if form.escapes == "doubled" else r"(?!)"
    opening = _OPENINGS[form.holes]
    line = r"(?!)" if form.lines else r"[\r\n]"
    return re.compile(
        rf"(?P<doubled>{doubled})|(?P<close>{end})|(?P<hole>{opening})|(?P<escape>{backslash})|(?P<line>{line})",
        re.MULTILINE,
    )


class Reader:
    """Reads the tokens of one file."""

    def __init__(self, source: str, language: Language) -> None:
        self.source = source
        self.language = language
        self._scan = _scanner(language)
        self._heredoc_end = 0
        # What was read once is not read again: texts in holes in texts that are never closed would be read
        # over and over.
        self._never_closed: set[tuple[Form, str]] = set()
        self._comments_end = False
        self._left = MAX_READ_AGAIN * len(source)
        self._texts: dict[int, Token | None] = {}
        self._holes: dict[int, tuple[Segment, int]] = {}

    def tokens(self) -> list[Token]:
        """All tokens; those of every region of code, where only some of the file is code."""
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
                position = max(position, self.source.find(shown, opening.end()))
                continue
            end = closing.search(self.source, opening.end())
            position = end.start() if end else len(self.source)
            found += self.read(opening.end(), position)
            found.append(Token("op", position, position, ";"))
        return found

    def read(self, start: int, end: int, depth: int = 0, closer: str = "") -> Iterator[Token]:
        """The tokens between two places, up to a closing bracket that nothing opened (``closer``)."""
        position, level = start, 0
        before: Token | None = None
        heredoc = False
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
                    heredoc = True
                    token = self._text(form, match, self._next_line(match.end()), end, depth)
                    if token is not None:
                        self._heredoc_end = token.end
                        token = token._replace(end=match.end())
                else:
                    token = self._text(form, match, match.end(), end, depth)
                    after = token.end if token is not None else after
                if token is None:
                    token = Token("op", match.start(), match.end(), match[0])
                elif form.character:
                    token = Token("number", token.start, token.end, token.value)
            elif kind == "regex":
                if _may_be_regex(before):
                    token = Token("op", position, after, "regex")
                else:
                    after = position + 1
                    token = Token("op", position, after, "/")
            elif kind == "line":
                token = Token("line", position, after, "\n")
                if heredoc:
                    heredoc = False
                    after = max(after, self._heredoc_end)
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
            position = after

    def _after_comment(self, position: int, end: int) -> int:
        assert self.language.block_comment is not None
        opening, closing = self.language.block_comment
        if not self.language.nested_comments:
            found = -1 if self._comments_end else self.source.find(closing, position, end)
            self._comments_end = found < 0
            return found + len(closing) if found >= 0 else position
        level = 0 if self._comments_end else 1
        pattern = re.compile(f"{re.escape(opening)}|{re.escape(closing)}")
        for match in pattern.finditer(self.source, position, end) if level else ():
            level += 1 if match[0] == opening else -1
            if level == 0:
                return match.end()
        # One that is never closed is none: what follows is read, and no other is looked for.
        self._comments_end = True
        return position

    def _next_line(self, position: int) -> int:
        found = self.source.find("\n", position)
        return found + 1 if found >= 0 else len(self.source)

    def _text(
        self, form: Form, opening: re.Match[str], content: int, end: int, depth: int
    ) -> Token | None:
        """The text that is opened there; None where it isn't closed."""
        place = opening.start()
        if place not in self._texts:
            self._texts[place] = self._new_text(form, opening, content, end, depth)
        return self._texts[place]

    def _new_text(
        self, form: Form, opening: re.Match[str], content: int, end: int, depth: int
    ) -> Token | None:
        groups = [group for group in _own_groups(opening) if group is not None]
        close = form.close.replace("{1}", groups[0] if groups else "")
        if (form, close) in self._never_closed:
            return None
        pattern = _closing(form, close)
        segments: list[Segment] = []
        first = position = content
        while (match := pattern.search(self.source, position, end)) is not None:
            kind = match.lastgroup
            position = match.end()
            if kind == "line":
                return None
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
        if end == len(self.source):
            self._never_closed.add((form, close))
        return None

    def _hole(self, opening: re.Match[str], end: int, depth: int) -> tuple[Segment, int]:
        """A hole, and the place after it."""
        place = opening.start()
        if place not in self._holes:
            self._holes[place] = self._new_hole(opening, end, depth)
        return self._holes[place]

    def _new_hole(self, opening: re.Match[str], end: int, depth: int) -> tuple[Segment, int]:
        start = opening.end()
        if opening[0] in ("$", "#"):
            name = _NAME if opening[0] == "$" else re.compile(r"[@$]+\w+")
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
                self._left -= token.end - token.start
        found = self.source.find(closer, stop, end)
        if found < 0:
            return Segment(start, start, hole=True), start
        return Segment(start, found, hole=True), found + 1


def _own_groups(match: re.Match[str]) -> list[str | None]:
    """The unnamed groups of the form that matched."""
    named = set(match.re.groupindex.values())
    return [match[number] for number in range(1, match.re.groups + 1) if number not in named]


def _may_be_regex(before: Token | None) -> bool:
    if before is None:
        return True
    if before.kind == "name":
        return before.value in _BEFORE_REGEX
    return before.kind == "op" and before.value not in (")", "]", "}")
