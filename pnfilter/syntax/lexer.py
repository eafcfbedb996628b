"""From a filter text to tokens, by the terminals of the grammar. It never fails.

What no terminal matches becomes one token of a kind of its own, as long as the mistake is:
the parser has no use for it, and the repair says what is wrong with it.
"""

from __future__ import annotations

import re

from pnfilter.records import NamedTuple
from pnfilter.syntax.tables import TERMINALS

#: Kinds of token that no rule of the grammar accepts.
BAD_TEXT = "BAD_TEXT"
BAD_NUMBER = "BAD_NUMBER"
BAD_SPACE = "BAD_SPACE"
BAD_QUOTES = "BAD_QUOTES"
BAD_PLACEHOLDER = "BAD_PLACEHOLDER"
BAD_CHARACTER = "BAD_CHARACTER"
BAD_KINDS = frozenset({BAD_TEXT, BAD_NUMBER, BAD_SPACE, BAD_QUOTES, BAD_PLACEHOLDER, BAD_CHARACTER})
END = "$END"

_OPENING_QUOTES = "“”„‟‘’‚‛«»‹›`´＂＇"
CLOSING_QUOTES = "“”„‟‘’‚‛«»‹›`´＂＇"
_BAD_PATTERNS = (
    # A number with a name or a dot stuck to it.
    (BAD_NUMBER, r"[0-9][A-Za-z0-9_.]*"),
    # A quote that is never closed on its line: all that follows belongs to it.
    (BAD_TEXT, r"[\"'][^\r\n]*"),
    # Typographic quotes and what stands between them.
    (BAD_QUOTES, f"[{_OPENING_QUOTES}][^{CLOSING_QUOTES}\"'\r\n]*[{CLOSING_QUOTES}\"']?"),
    # Blanks that are no blanks of the language: no-break, zero-width, ideographic, controls.
    (BAD_SPACE, "(?:[^\\S \t\r\n]|[\u200b-\u200f\u2060\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f-\x9f])+"),
    (BAD_PLACEHOLDER, r"[$#]\{[^{}\r\n]*\}|\$\([^()\r\n]*\)|\{\{[^{}\r\n]*\}\}|\{[^{}\r\n]*\}"),
    # A word in another script, or with a sign such as @ or $ before it.
    (BAD_CHARACTER, r"[^\W\d_][\w]*|[@#$]\w*|(?s:.)"),
)


class Token(NamedTuple):
    """A terminal's name and the characters it stands on."""

    kind: str
    start: int
    end: int


_SCANNER = re.compile(
    "|".join(f"(?P<{name}>{pattern})" for name, pattern in (*TERMINALS, *_BAD_PATTERNS))
)


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text`` without blanks, in linear time."""
    return [
        Token(match.lastgroup or BAD_CHARACTER, match.start(), match.end())
        for match in _SCANNER.finditer(text)
        if match.lastgroup != "SPACE"
    ]
