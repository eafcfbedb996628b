r"""Parse a filter of App Context: a text as a tree, or the first error in it.

The grammar is ``grammar/app-context.lark``. The nodes are those of stream filters: a field is a
``Path`` whose root is ``object``, a negative number a ``Number``. The ``raw`` of a ``String`` is
its content with the escapes of JSON read; a backslash without a meaning stays, so that ``LIKE``
reads ``\*``.
"""

from __future__ import annotations

import re
from itertools import chain

from pnfilter.diagnostics import Diagnostic, Edit, FilterSyntaxError, Fix, Span, without_promise
from pnfilter.records import NamedTuple, replace
from pnfilter.syntax.lexer import CLOSING_QUOTES
from pnfilter.syntax.nodes import (
    And,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Or,
    Path,
    String,
    quote,
)
from pnfilter.syntax.parser import require_filter_text, unpaired_surrogate
from pnfilter.wording import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, NoReturn

#: Characters of the longest filter (assumed: App Context's own limit is not known).
MAX_LENGTH: Final = 4_096
#: Levels of the deepest filter: parentheses, negations, and the comparison in them (assumed).
MAX_NESTING: Final = 50

RELATIONS: Final = ("==", "!=", "LIKE", "CONTAINS", "<", ">", "<=", ">=")
_PATTERNS: Final = frozenset({"LIKE", "CONTAINS"})
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
      | (?P<word>[^\W\d][\w$]*|\$[\w$]*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[<>!().\[\]])
    )""",
    re.VERBOSE | re.DOTALL,
)
_TYPOGRAPHIC: Final = re.compile(
    rf"[{CLOSING_QUOTES}]([^{CLOSING_QUOTES}\"'\\]*)[{CLOSING_QUOTES}]"
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ONE_BY_ONE: Final = "compare with each value: status == 'a' || status == 'b'"
#: Words and signs of other languages, with what is written here, by the code of their error.
_INSTEAD: Final = {
    "AND": ("E202", "&&"),
    "OR": ("E202", "||"),
    "EQ": ("E205", "=="),
    "EQUALS": ("E205", "=="),
    "NE": ("E205", "!="),
    "LT": ("E205", "<"),
    "GT": ("E205", ">"),
    "LE": ("E205", "<="),
    "GE": ("E205", ">="),
    "LTE": ("E205", "<="),
    "GTE": ("E205", ">="),
}
#: Other words where an operator belongs.
_FOREIGN: Final = {
    "IN": ("E203", _ONE_BY_ONE),
    "IS": ("E204", "compare with null: email == null, or email != null"),
    "EXISTS": ("E204", "compare with null: email != null"),
    "NOT": ("E206", "negate the whole: !(name LIKE 'a*')"),
    "BETWEEN": ("E205", "write two comparisons: updated >= '…' && updated < '…'"),
    "STARTSWITH": ("E205", "write a pattern: name LIKE 'a*'"),
    "ENDSWITH": ("E205", "write a pattern: name LIKE '*a'"),
    "MATCHES": ("E205", "write a pattern: name LIKE '*a*'"),
}
_LITERALS: Final = "a string in quotes, a number, true, false or null"


class Parsed(NamedTuple):
    """The result for a text: a tree, or the error.

    ``paths`` are the fields read so far, ``unreadable`` the offset of the first text that no token
    matches.
    """

    expression: Expression | None
    errors: tuple[Diagnostic, ...]
    paths: tuple[Path, ...] = ()
    unreadable: int | None = None


class Token(NamedTuple):
    """A token: its kind, empty at the end and ``bad`` where no token matches, and its span."""

    kind: str
    text: str
    span: Span


class _Stopped(Exception):
    """The first error."""

    def __init__(self, found: Diagnostic) -> None:
        self.found = found
        super().__init__(found)


def parse(text: str) -> Expression:
    """Return the syntax tree of a filter of App Context.

    Raise ``FilterSyntaxError`` for an invalid text, and ``TypeError`` for another type.
    """
    require_filter_text(text)
    parsed = read(text)
    if parsed.expression is None:
        raise FilterSyntaxError(text, map(without_promise, parsed.errors))
    return parsed.expression


def read(text: str) -> Parsed:
    """Parse ``text``; never raises."""
    if len(text) > MAX_LENGTH:
        message = f"the filter has {len(text):,} characters; the limit is {MAX_LENGTH:,}"
        where, help = Span(MAX_LENGTH, len(text)), "ask for less, or in several requests"
        return Parsed(None, (Diagnostic("E102", message, where, help),))
    if surrogate := unpaired_surrogate(text):
        return Parsed(None, surrogate)
    tokens = _tokens(text)
    unreadable = next((token.span.start for token in tokens if token.kind == "bad"), None)
    reader = _Reader(text, tokens)
    try:
        return Parsed(reader.read(), (), tuple(reader.paths), unreadable)
    except _Stopped as stopped:
        return Parsed(None, (stopped.found,), tuple(reader.paths), unreadable)


def _tokens(text: str) -> list[Token]:
    """Return the tokens up to the first text that none matches; the last has an empty kind."""
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            start = end - len(text[at:end].lstrip())
            found.append(Token("bad", text[start:end], Span(start, end)))
            return found
        kind = str(match.lastgroup)
        found.append(Token(kind, match[kind], Span(*match.span(kind))))
        at = match.end()
    found.append(Token("", "", Span(end, end)))
    return found


class _Reader:
    """Reads a filter from left to right."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = self._depth = 0
        self.paths: list[Path] = []

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    @property
    def _end(self) -> int:
        """Where the token before ends."""
        return self._tokens[self._at - 1].span.end

    def read(self) -> Expression:
        """Parse the whole text."""
        found = self._any()
        if self._token.kind:
            self._refuse_rest()
        return found

    def _next(self, *signs: str) -> str:
        """Return the next word or sign, which is one of these; it stays where it is for another."""
        found = _written(self._token)
        if found and found in signs:
            self._at += 1
            return found
        return ""

    def _any(self) -> Expression:
        return self._parse_junction("||", self._all, Or)

    def _all(self) -> Expression:
        return self._parse_junction("&&", self._single, And)

    def _parse_junction(
        self, sign: str, one: Callable[[], Expression], kind: type[And | Or]
    ) -> Expression:
        start = self._token.span.start
        found = [one()]
        while self._next(sign):
            found.append(one())
        if len(found) == 1:
            return found[0]
        # One inside another of the same kind means the same, as in stream filters.
        flat = (part.operands if isinstance(part, kind) else (part,) for part in found)
        return kind(tuple(chain.from_iterable(flat)), span=Span(start, self._end))

    def _single(self) -> Expression:
        self._depth += 1
        start = self._token.span.start
        if self._depth > MAX_NESTING:
            self._refuse(
                "E103",
                f"the filter is nested deeper than {MAX_NESTING} levels",
                "parentheses and negations count as levels",
            )
        if self._next("!"):
            operand = self._single()
            found: Expression = Not(operand, span=Span(start, self._end))
        elif self._next("("):
            found = self._any()
            if not self._next(")"):
                if self._token.kind:
                    self._refuse_rest("`)` is missing")
                self._refuse("E201", "`)` is missing", "close the parenthesis")
            found = replace(found, parens=(*found.parens, Span(start, self._end)))
        else:
            found = self._comparison()
        self._depth -= 1
        return found

    def _comparison(self) -> Expression:
        path = self._path()
        at = self._token.span
        operator: Any = self._next(*RELATIONS)
        if not operator:
            self._refuse_operator(path)
        value = self._value(operator)
        return Comparison(
            operator, path, value, span=Span(path.span.start, self._end), operator_span=at
        )

    def _path(self) -> Path:
        start = self._token.span.start
        keys = [self._key() if self._next("[") else self._name("the name of a field")]
        while sign := self._next(".", "["):
            keys.append(self._key() if sign == "[" else self._name("a name"))
        span = Span(start, self._end)
        found = Path("object", tuple(keys), "", self._text[span.start : span.end], span=span)
        self.paths.append(found)
        return found

    def _name(self, what: str) -> str:
        kind, text, _ = self._token
        if kind != "word":
            message = f"{what} is expected{_instead_of(text)}"
            if self._at and self._tokens[self._at - 1].text == ".":
                self._refuse("E215", message, "write custom.tier, or custom['a b']")
            if not self._text.strip():
                self._refuse("E101", message, "leave the filter out to get all")
            help = "a field comes first, then what it is compared with: name == 'a'"
            self._refuse("E219" if kind else "E212", message, help)
        self._at += 1
        return text

    def _key(self) -> str:
        kind, text, span = self._token
        if kind != "text":
            fix = Fix((Edit(span, quote(text)),)) if kind in ("word", "number") else None
            self._refuse(
                "E215",
                f"a name in quotes is expected{_instead_of(text)}",
                "write custom['a b']",
                fix,
            )
        self._at += 1
        if not self._next("]"):
            self._refuse("E201", "`]` is missing", "close the bracket")
        return _unquoted(text)

    def _value(self, operator: str) -> Expression:
        kind, text, span = self._token
        found: Expression | None = None
        if kind == "text":
            found = String(_unquoted(text), text, span=span)
        elif kind == "number":
            is_double = any(letter in text for letter in ".eE")
            found = Number(text, float(text) if is_double else int(text), span=span)
        elif kind == "word" and (word := _written(self._token)) in ("TRUE", "FALSE", "NULL"):
            found = Null(span=span) if word == "NULL" else Boolean(word == "TRUE", span=span)
        if found is None:
            self._refuse_value(operator)
        if operator in _PATTERNS and not isinstance(found, String):
            self._refuse(
                "E207",
                f"a string is expected after {operator}",
                f"quote it: {quote(text)}",
                Fix((Edit(span, quote(text)),), safe=False),
            )
        self._at += 1
        return found

    # Errors

    def _refuse(
        self, code: str, message: str, help: str, fix: Fix | None = None, span: Span | None = None
    ) -> NoReturn:
        """Stop at the next token; report a text that no token matches as such."""
        if self._token.kind == "bad":
            raise _Stopped(_unreadable(self._text, self._token))
        raise _Stopped(Diagnostic(code, message, span or self._token.span, help, fix))

    def _refuse_rest(self, message: str = "") -> NoReturn:
        """Stop at a token after a whole comparison."""
        token = self._token
        message = message or f"`{shorten(token.text)}` is not expected here"
        code, written = _INSTEAD.get(_written(token), ("", ""))
        if code == "E202":
            self._refuse(code, message, f"write {written}", Fix((Edit(token.span, written),)))
        if token.text == ")":
            self._refuse("E201", message, "remove it, or open the parenthesis before")
        if _written(token) in RELATIONS:
            self._refuse("E210", message, "one comparison has two sides: join two by &&")
        self._refuse("E219", message, "join two conditions by && or ||")

    def _refuse_operator(self, path: Path) -> NoReturn:
        """Stop where an operator belongs."""
        token = self._token
        word = _written(token)
        message = (
            f"one of {', '.join(RELATIONS)} is expected after `{'.'.join(map(str, path.keys))}`"
        )
        if path.spelling.upper() == "NOT" and (token.kind == "word" or token.text in ("(", "[")):
            fix = Fix((Edit(path.span, "!"),), safe=False)
            self._refuse("E202", message, "write ! for NOT: !(name == 'a')", fix, path.span)
        if word in _INSTEAD:
            code, written = _INSTEAD[word]
            if code == "E202":
                self._refuse("E213", message, f"compare it: {path.spelling} != null")
            self._refuse(code, message, f"write {written}", Fix((Edit(token.span, written),)))
        if word in _FOREIGN:
            self._refuse(_FOREIGN[word][0], message, _FOREIGN[word][1])
        if token.text == "(":
            self._refuse("E216", message, "there are no functions; a pattern is name LIKE 'a*'")
        if token.kind == "word":
            from difflib import get_close_matches

            for near in get_close_matches(word, _PATTERNS, n=1):
                fix = Fix((Edit(token.span, near),), safe=False)
                self._refuse("E214", message, f"did you mean {near}?", fix)
        self._refuse("E213", message, f"compare it: {shorten(path.spelling)} == 'a'")

    def _refuse_value(self, operator: str) -> NoReturn:
        """Stop where a literal belongs."""
        kind, text, span = self._token
        message = f"{_LITERALS} is expected, not `{shorten(text) if kind else 'the end'}`"
        if not kind:
            self._refuse("E212", message, f"write what it is compared with: {operator} 'a'")
        if kind == "word":
            code = "E207" if operator in _PATTERNS else "E208"
            following = self._tokens[self._at + 1].text
            if following in (".", "["):
                self._refuse(code, message, "a field can't be compared with another one")
            fix = Fix((Edit(span, quote(text)),), safe=False)
            self._refuse(code, message, f"quote a string: {quote(shorten(text))}", fix)
        if operator == "<" and text == ">":
            both = Span(self._tokens[self._at - 1].span.start, span.end)
            self._refuse("E205", message, "write !=", Fix((Edit(both, "!="),)), both)
        self._refuse("E219", message, f"write what it is compared with: {operator} 'a'")


def _written(token: Token) -> str:
    """Return a word in upper case, or a sign; an empty string for another token."""
    if token.kind == "word":
        return token.text.upper() if token.text.isascii() else token.text
    return token.text if token.kind == "sign" else ""


def _instead_of(text: str) -> str:
    return f", not `{shorten(text)}`" if text else " at the end"


def _unreadable(text: str, token: Token) -> Diagnostic:
    """Return the error for a text that no token matches."""
    start, rest = token.span.start, token.text
    first = rest[0]
    one = Span(start, start + 1)
    if first in "\"'":
        return Diagnostic("E104", "the string is not closed", token.span, f"close it with {first}")
    if first == "=" and start and text[start - 1] in "=!<>":
        message = "the operator has one `=` too many"
        return Diagnostic("E205", message, one, "remove it", Fix((Edit(one, ""),)))
    if first == "=":
        message = "a single `=` is not an operator of App Context"
        return Diagnostic("E305", message, one, "write ==", Fix((Edit(one, "=="),)))
    if first in "&|":
        fix = Fix((Edit(one, first * 2),))
        message = f"a single `{first}` is not an operator of App Context"
        return Diagnostic("E211", message, one, f"write {first * 2}", fix)
    if first in CLOSING_QUOTES:
        quoted = _TYPOGRAPHIC.match(rest)
        span = Span(start, start + quoted.end()) if quoted else one
        straight = Fix((Edit(span, quote(quoted[1])),)) if quoted else None
        message = "a string has straight quotes"
        return Diagnostic("E105", message, span, "write \"a\" or 'a'", straight)
    if first == "{":
        message = "a placeholder is not part of a filter"
        return Diagnostic("E111", message, one, "fill in the value, in quotes")
    if first in "+-*/%^~":
        message = f"`{first}` is not an operator of App Context"
        return Diagnostic("E205", message, one, "there is no arithmetic: write the result")
    help = f"there are no sets: {_ONE_BY_ONE}" if first == "," else "remove it, or quote a string"
    return Diagnostic("E108", f"`{first}` can't be read", one, help)


def _unquoted(text: str) -> str:
    """Return a string without its quotes. A backslash without a meaning stays: LIKE reads it."""

    def meant(found: re.Match[str]) -> str:
        letter = found[1]
        if len(letter) > 1:
            return chr(int(letter[1:], 16))
        return letter if letter in "\"'\\/" else _ESCAPES.get(letter, found[0])

    found = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", meant, text[1:-1], flags=re.DOTALL)
    # Two halves of a pair are one character; one alone is not.
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
