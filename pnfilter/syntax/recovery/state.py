"""The state of recovery: what it knows of a text, and how it reads and writes tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pnfilter.diagnostics import Diagnostic, Fix, Span
from pnfilter.syntax.automaton import ARITHMETIC, OPERAND_ENDS
from pnfilter.syntax.lexer import (
    BAD_CHARACTER,
    BAD_NUMBER,
    BAD_PLACEHOLDER,
    END,
    QUOTED,
    Token,
    tokenize,
)
from pnfilter.syntax.recovery.vocabulary import SIGN_WORDS, WORD_OPERATORS

COMPARATORS = frozenset({"EQ", "NE", "LT", "LE", "GT", "GE", "ASSIGN", "LIKE", "CONTAINS"})
KEYWORDS = frozenset({"LIKE", "CONTAINS"})
NAMES = frozenset({"NAME", "LIKE", "CONTAINS", "TRUE", "FALSE", "NULL"})
JUNCTIONS = frozenset({"AND", "OR"})
#: Kinds after which a condition begins.
BEFORE_CONDITIONS = JUNCTIONS | {"LPAR", "COMMA", "NOT"}
OPERAND_STARTS = frozenset(
    {"TEXT", "NUMBER", "TRUE", "FALSE", "NULL", "NAME", "LPAR", "MINUS", "TILDE", "NOT"}
)
#: Kinds that need an operand before them.
INFIX = COMPARATORS | JUNCTIONS | ARITHMETIC - {"MINUS"}
#: Kinds that may form an unquoted string.
WORD_PARTS = frozenset(
    {*NAMES, "NUMBER", "MINUS", "DOT", "SLASH", "STAR", "PLUS", "PERCENT", "TILDE"}
    | {BAD_NUMBER, BAD_CHARACTER}
)


#: Tokens on each side of a mistake that are searched for the ends of its condition. A longer
#: condition gets no fix that depends on them: each of its tokens may be a mistake, which would take
#: quadratic time.
MAX_CONDITION = 1_000
_LITERAL = rf"\s*(?:{QUOTED}|-?[0-9]+(?:\.[0-9]+)?)\s*"
#: Strings and numbers between braces; one number alone may be the place of a value.
_LISTED = re.compile(rf"\{{(?:{_LITERAL}(?:,{_LITERAL})+,?\s*|\s*{QUOTED}\s*)\}}")
_LINE_BREAK = re.compile(r"[\r\n]")


class Surroundings(NamedTuple):
    """One condition: its position in the text, and the kinds of what joins or negates it."""

    start: int
    end: int
    before: str
    after: str


class Clause:
    """What is known of the condition being read at one level of parentheses."""

    def __init__(self, opening: Token | None, operand: int) -> None:
        self.opening = opening
        self.operand = operand  # where the current operand begins in the output
        self.comparator: Token | None = None
        #: Where the operand left of the last comparator is in the text.
        self.left: Span | None = None
        self.square_set = False


def _with_braces(text: str, tokens: Sequence[Token]) -> list[Token]:
    """Read ``{"a", "b"}``, which lists strings or numbers, as square brackets."""
    read: list[Token] = []
    for token in tokens:
        if token.kind == BAD_PLACEHOLDER and _LISTED.fullmatch(text, token.start, token.end):
            read.append(Token("LSQB", token.start, token.start + 1))
            offset = token.start + 1
            inner = tokenize(text[offset : token.end - 1])
            read += [Token(each.kind, each.start + offset, each.end + offset) for each in inner]
            read.append(Token("RSQB", token.end - 1, token.end))
        else:
            read.append(token)
    return read


class Repair:
    """One pass over the tokens of a text; ``out`` is what was meant, ``errors`` what was wrong."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = _with_braces(text, tokens)
        self.position = 0
        self.out: list[Token] = []
        self.errors: list[Diagnostic] = []
        self.clauses = [Clause(None, 0)]
        #: The rest can't be distinguished from the mistake.
        self.gave_up = False
        #: The next AND belongs to a BETWEEN.
        self.between = False
        #: Signs in place of a dot, all of which are reported with the first.
        self.separators: set[str] = set()

    def peek(self, ahead: int = 0) -> Token:
        index = self.position + ahead
        if index < len(self.tokens):
            return self.tokens[index]
        end = self.tokens[-1].end if self.tokens else 0
        return Token(END, end, end)

    def skip_to(self, end: int) -> None:
        """Leave out the tokens that begin before the offset ``end``."""
        while self.peek().kind != END and self.peek().start < end:
            self.position += 1

    def slice(self, token: Token) -> str:
        return self.text[token.start : token.end]

    def word(self, token: Token) -> str:
        """Return a name or keyword in lower case, the word for a sign of sets, or nothing."""
        if token.kind in NAMES:
            return self.slice(token).lower()
        return SIGN_WORDS.get(self.slice(token), "") if token.kind == BAD_CHARACTER else ""

    @property
    def after_operand(self) -> bool:
        return bool(self.out) and self.out[-1].kind in OPERAND_ENDS

    def operand_tokens(self) -> list[Token]:
        """Return the operand just read, as far as it is known."""
        return self.out[self.clauses[-1].operand :]

    def operand_text(self, end: int | None = None) -> str:
        """Return the source of the operand read up to ``end``, by default the next token."""
        tokens = self.operand_tokens()
        # Steps of a path that are a mistake are in the text only.
        end = self.peek().start if end is None else end
        return self.text[tokens[0].start : end].rstrip() if tokens else "field"

    def path_ahead(self, ahead: int = 0) -> list[Token]:
        """Return the tokens of the path that begins so far ahead; empty if there is none."""
        end = ahead
        if self.peek(end).kind != "NAME":
            return []
        end += 1
        while True:
            kinds = [self.peek(end + step).kind for step in range(3)]
            if kinds[0] == "DOT" and kinds[1] in NAMES:
                end += 2
            elif kinds[0] == "LSQB" and kinds[1] in {"TEXT", "NUMBER"} and kinds[2] == "RSQB":
                end += 3
            else:
                return [self.peek(index) for index in range(ahead, end)]

    def ends(self, ahead: int) -> bool:
        """Return whether a condition or an element ends before the token so far ahead."""
        if self.peek(ahead).kind in {END, "RPAR", "RSQB"}:
            return True
        return self.joint(self.position + ahead) in {"AND", "OR", "COMMA"}

    def joint(self, index: int) -> str:
        """Return the kind of junction, negation or comma of a token or word; empty for others."""
        token = self.tokens[index]
        if token.kind in JUNCTIONS | {"COMMA", "NOT"}:
            return token.kind
        step = index > 0 and self.tokens[index - 1].kind == "DOT"
        word = self.word(token)
        return WORD_OPERATORS[word][0] if word in WORD_OPERATORS and not step else ""

    def surroundings(self, ahead: int = 0, *, operator: int | None = None) -> Surroundings | None:
        """Return the condition round the token so far ahead, up to junctions, parentheses and ends.

        ``operator`` is where an operator starts whose words were read up to here: they are no
        junctions. None if the condition is too long.
        """
        here = self.position + ahead
        depth, index, before = 0, here - 1, ""
        while operator is not None and index >= 0 and self.tokens[index].start >= operator:
            index -= 1
        while index >= 0:
            if index < here - MAX_CONDITION:
                return None
            kind = self.tokens[index].kind
            if depth == 0 and (before := "LPAR" if kind == "LPAR" else self.joint(index)):
                break
            depth += (kind in {"RPAR", "RSQB"}) - (kind in {"LPAR", "LSQB"})
            index -= 1
        start = self.tokens[index + 1].start
        depth, index, after = 0, here, ""
        while index < len(self.tokens):
            if index > here + MAX_CONDITION:
                return None
            kind = self.tokens[index].kind
            if depth == 0 and (after := "RPAR" if kind == "RPAR" else self.joint(index)):
                break
            depth += (kind in {"LPAR", "LSQB"}) - (kind in {"RPAR", "RSQB"})
            index += 1
        return Surroundings(start, self.tokens[index - 1].end, before, after)

    def same_line(self, ahead: int) -> bool:
        """Return whether the token so far ahead is on the line of the one before it."""
        between = self.peek(ahead - 1).end, self.peek(ahead).start
        return not _LINE_BREAK.search(self.text, *between)

    def group(self) -> Sequence[Token]:
        """Return the tokens from here to the closing parenthesis; empty if there is none."""
        depth = 0
        for index in range(self.position, len(self.tokens)):
            kind = self.tokens[index].kind
            if kind in {"LPAR", "LSQB"}:
                depth += 1
            elif kind in {"RPAR", "RSQB"}:
                depth -= 1
            if depth == 0:
                return self.tokens[self.position : index + 1] if index > self.position else ()
        return ()

    def push(self, kind: str, start: int, end: int) -> None:
        clause = self.clauses[-1]
        # After an operator a new operand begins; DOT and LSQB continue one.
        if not self.out or (
            self.out[-1].kind in COMPARATORS | JUNCTIONS | {"NOT", "LPAR", "COMMA"}
            and kind not in {"DOT", "RPAR"}
        ):
            clause.operand = len(self.out)
        if kind in JUNCTIONS or kind == "COMMA":
            clause.comparator = None
        elif kind in COMPARATORS:
            clause.comparator = Token(kind, start, end)
            left = self.out[clause.operand :]
            clause.left = Span(left[0].start, left[-1].end) if left else None
        self.out.append(Token(kind, start, end))

    def open(self, token: Token) -> None:
        self.clauses.append(Clause(token, len(self.out)))

    def value(self, token: Token, end: int = 0) -> None:
        """Put a string in place of the tokens from ``token`` on, one by default."""
        self.position += 1
        if self.after_operand:
            self.push("AND", token.start, token.start)
        self.push("TEXT", token.start, end or token.end)

    def never_closed(self, opening: Token) -> None:
        """Return the error of a parenthesis without a partner."""
        self.error(
            "E201",
            f"`{self.slice(opening)}` is not closed",
            Span(opening.start, opening.end),
            "close it, or remove it",
        )

    def error(
        self, code: str, message: str, span: Span, help: str = "", fix: Fix | None = None
    ) -> None:
        self.errors.append(Diagnostic(code, message, span, help, fix))
