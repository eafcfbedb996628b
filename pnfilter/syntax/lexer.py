"""Split a filter text into tokens, by the terminals of the grammar. It never fails.

Text that no terminal matches becomes one token of its own kind, as long as the mistake. The parser
rejects it, and recovery reports what is wrong.
"""

from __future__ import annotations

import re
from functools import cache

from pnfilter.records import NamedTuple
from pnfilter.syntax.tables import TERMINALS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: Of any token: its kind, its start and its end. ``Token`` adds names to these.
    RawToken = tuple[str, int, int]

#: Kinds of token that no rule of the grammar accepts.
BAD_TEXT = "BAD_TEXT"
BAD_NUMBER = "BAD_NUMBER"
BAD_SPACE = "BAD_SPACE"
BAD_QUOTES = "BAD_QUOTES"
BAD_PLACEHOLDER = "BAD_PLACEHOLDER"
BAD_CHARACTER = "BAD_CHARACTER"
BAD_KINDS = frozenset({BAD_TEXT, BAD_NUMBER, BAD_SPACE, BAD_QUOTES, BAD_PLACEHOLDER, BAD_CHARACTER})
END = "$END"

CLOSING_QUOTES = "“”„‟‘’‚‛«»‹›`´＂＇″′❝❞❛❜〝〞「」『』"
_ANY_QUOTE = f"[{CLOSING_QUOTES}\"']"
_OPENED = f"[{CLOSING_QUOTES}][^{CLOSING_QUOTES}\"'\r\n]*"
#: Typographic quotes and the string between them.
TYPOGRAPHIC = f"{_OPENED}{_ANY_QUOTE}"
#: Characters that are not spaces in the language: no-break, zero-width, ideographic, controls.
ODD_SPACES = "(?:[^\\S \t\r\n]|[\u200b-\u200f\u2060\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f-\x9f])+"
_BAD_PATTERNS = (
    # A number with a name or a dot directly behind it.
    (BAD_NUMBER, r"[0-9][A-Za-z0-9_.]*"),
    # A quote that is not closed on its line: the rest of the line belongs to it.
    (BAD_TEXT, r"[\"'][^\r\n]*"),
    (BAD_QUOTES, f"{_OPENED}{_ANY_QUOTE}?"),
    (BAD_SPACE, ODD_SPACES),
    (BAD_PLACEHOLDER, r"[$#]\{[^{}\r\n]*\}|\$\([^()\r\n]*\)|\{\{[^{}\r\n]*\}\}|\{[^{}\r\n]*\}"),
    # A word in another script, or with a character such as @ or $ before it.
    (BAD_CHARACTER, r"[^\W\d_][\w]*|[@#$]\w*|(?s:.)"),
)


_PATTERNS = dict(TERMINALS)
#: The pattern of a quoted string.
QUOTED = _PATTERNS["TEXT"]
#: A backslash in a quoted string, with the character behind it.
ESCAPE = re.compile(r"\\(.)")


class Token(NamedTuple):
    """A terminal's name and the span that it covers."""

    kind: str
    start: int
    end: int


#: The operators: a spelling of one or two characters, with the terminal's name.
_OPERATORS = {
    spelling: name for name, pattern in TERMINALS if len(spelling := pattern.replace("\\", "")) <= 2
}
#: The keywords that ignore case, in lower case, and all of them.
_CASELESS = {
    name.lower(): name
    for name, pattern in TERMINALS
    if pattern.startswith(f"[{name[0]}{name[0].lower()}]")
}
_KEYWORDS = _CASELESS | {
    name.lower(): name for name, pattern in TERMINALS if pattern.startswith(name.lower())
}
#: Fixed tokens, with their kind.
_FIXED = {" ": "SPACE", **_OPERATORS, **_KEYWORDS}
#: The kind of any other token except names and keywords, by its first character.
_FIRST = {
    **dict.fromkeys("\"'", "TEXT"),
    **dict.fromkeys("0123456789", "NUMBER"),
    **dict.fromkeys(" \t\r\n", "SPACE"),
}
# One token of any kind: keywords are names at first. The most frequent kinds come first, and
# operators of one character together, which makes them one set of characters.
_LEXEME = "|".join(
    [
        *(_PATTERNS[kind] for kind in ("NAME", "SPACE", "TEXT", "NUMBER")),
        *(re.escape(spelling) for spelling in _OPERATORS if len(spelling) == 2),
        f"[{''.join(re.escape(spelling) for spelling in _OPERATORS if len(spelling) == 1)}]",
        # A string that is never closed takes the rest: its end is searched once.
        r"[\"'](?s:.*)",
    ]
)
_string = re.compile(QUOTED).fullmatch
# The same, with names that dots join behind a prefix as one.
_lexemes = re.compile(rf"(?:data|meta)(?:\.{_PATTERNS['NAME']})+|{_LEXEME}").findall


def scan(text: str) -> list[RawToken]:
    """Return the tokens of ``text`` without spaces, in linear time, each as a plain tuple.

    ``data.user.id`` and ``meta.region`` are one NAME each: that saves the parser most of its steps.
    """
    return _scan(text, _lexemes)


def _scan(text: str, lexemes: Callable[[str], list[str]]) -> list[RawToken]:
    tokens: list[RawToken] = []
    end = 0
    lexeme = ""
    for lexeme in lexemes(text):
        start, end = end, end + len(lexeme)
        kind = _FIXED.get(lexeme) or _FIRST.get(lexeme[0])
        if kind is None:
            kind = _CASELESS.get(lexeme.lower(), "NAME")
        if kind != "SPACE":
            tokens.append((kind, start, end))
    # Where the pattern skipped characters no terminal matches, and later positions are wrong.
    is_right = end == len(text) and (not lexeme.startswith(("'", '"')) or _string(lexeme))
    return tokens if is_right else _scan_with_mistakes(text)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of ``text`` without spaces."""
    return [Token(*token) for token in _scan(text, _each_lexeme())]


@cache
def _each_lexeme() -> Callable[[str], list[str]]:
    return re.compile(_LEXEME).findall


@cache
def _scanner() -> re.Pattern[str]:
    groups = (f"(?P<{name}>{pattern})" for name, pattern in (*TERMINALS, *_BAD_PATTERNS))
    return re.compile("|".join(groups))


def _scan_with_mistakes(text: str) -> list[RawToken]:
    return [
        (match.lastgroup or BAD_CHARACTER, match.start(), match.end())
        for match in _scanner().finditer(text)
        if match.lastgroup != "SPACE"
    ]
