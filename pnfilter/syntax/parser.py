"""Parsing: the limits, the tables' driver, and the way a text with mistakes goes.

A text that is a filter is read once. For any other the repair replaces known mistakes by what
was meant, with a diagnostic for each, and the repaired tokens are read for the errors that are
left. So several mistakes are reported in one go.
"""

from __future__ import annotations

from pnfilter.diagnostics import Diagnostic, FilterSyntaxError, Span
from pnfilter.records import NamedTuple
from pnfilter.syntax.lexer import BAD_KINDS, END, Token, tokenize
from pnfilter.syntax.nodes import Expression
from pnfilter.syntax.tables import ACTIONS, END_STATE, GOTOS, RULES
from pnfilter.syntax.tree import TreeBuilder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

#: Characters of the longest filter text.
MAX_LENGTH = 262_144
#: Levels of the deepest filter: brackets, prefix operators and arithmetic operators in a row.
MAX_NESTING = 128
#: Errors reported of one text; what follows is not looked at.
MAX_ERRORS = 50


class Parsed(NamedTuple):
    """What became of a text: a tree, or the errors for which there is none."""

    expression: Expression | None
    errors: tuple[Diagnostic, ...]


class UnexpectedToken(Exception):
    """The tables have no action: ``token`` can't follow, the kinds in ``expected`` can."""

    def __init__(self, token: Token, expected: frozenset[str]) -> None:
        super().__init__(token.kind)
        self.token, self.expected = token, expected


def drive(tokens: Sequence[Token], builder: TreeBuilder) -> Expression:
    """The tree of ``tokens`` by the LALR tables; ``UnexpectedToken`` where they end."""
    actions = {name: getattr(builder, name) for _, _, name in RULES if name}
    states = [0]
    values: list[Any] = []
    end = tokens[-1].end if tokens else 0
    for token in (*tokens, Token(END, end, end)):
        kind = token.kind
        while True:
            action = ACTIONS[states[-1]].get(kind)
            if action is None:
                raise UnexpectedToken(token, _expected(states))
            if action >= 0:
                states.append(action)
                values.append(token)
                break
            origin, size, name = RULES[~action]
            if name:
                values[-size:] = [actions[name](*values[-size:])]
            del states[-size:]
            states.append(GOTOS[states[-1]][origin])
            if kind == END and states[-1] == END_STATE:
                return builder.start(values[-1])
    raise AssertionError("the tables accept nothing after the end")


def _expected(states: list[int]) -> frozenset[str]:
    """The kinds of token that lead on from here: those that reductions don't bring to a dead end."""
    return frozenset(kind for kind in ACTIONS[states[-1]] if _leads_on(list(states), kind))


def _leads_on(states: list[int], kind: str) -> bool:
    while True:
        action = ACTIONS[states[-1]].get(kind)
        if action is None:
            return False
        if action >= 0:
            return True
        origin, size, _ = RULES[~action]
        del states[-size:]
        states.append(GOTOS[states[-1]][origin])
        if kind == END and states[-1] == END_STATE:
            return True


_PREFIXES = frozenset({"NOT", "TILDE", "MINUS"})
#: Kinds of token between two operands of a calculation.
ARITHMETIC = frozenset({"PIPE", "CARET", "AMPERSAND", "PLUS", "MINUS", "STAR", "SLASH", "PERCENT"})
#: Kinds of token that end an operand.
OPERAND_ENDS = frozenset({"TEXT", "NUMBER", "TRUE", "FALSE", "NULL", "NAME", "RPAR", "RSQB"})


def _too_deep(tokens: Sequence[Token]) -> Token | None:
    """The first token that stands deeper than ``MAX_NESTING``, as the tree's readers recurse."""
    outer: list[int] = []
    level = 0
    previous = ""
    for token in tokens:
        kind = token.kind
        if kind == "LPAR" or kind == "LSQB":
            outer.append(level)
            level += 1
        elif kind == "RPAR" or kind == "RSQB":
            level = outer.pop() if outer else 0
        elif kind in ARITHMETIC and previous in OPERAND_ENDS:
            level += 1
        elif kind in _PREFIXES:
            level += 1
        elif kind not in OPERAND_ENDS and kind != "DOT":
            # A comparison, a junction or a comma starts the next operand.
            level = outer[-1] + 1 if outer else 0
        if level > MAX_NESTING:
            return token
        previous = kind
    return None


def read(text: str) -> Parsed:
    """Parse ``text``; never raises. The errors stand in the order of the text."""
    if len(text) > MAX_LENGTH:
        return _failed(
            "E102",
            f"the filter has {len(text):,} characters; {MAX_LENGTH:,} is the most",
            Span(MAX_LENGTH, len(text)),
            "a request line carries far less: about 8,000 characters, percent-encoded",
        )
    tokens = tokenize(text)
    if not tokens:
        return _failed(
            "E101",
            "the filter is empty",
            Span(0, len(text)),
            "an empty filter is no filter: leave it out to receive every message",
        )
    deep = _too_deep(tokens)
    if deep is not None:
        return _failed(
            "E103",
            f"the filter nests deeper than {MAX_NESTING} levels",
            Span(deep.start, deep.end),
            "brackets, prefix operators and arithmetic operators in a row make levels",
        )
    if not any(token.kind in BAD_KINDS for token in tokens):
        builder = TreeBuilder(text)
        try:
            expression = drive(tokens, builder)
        except UnexpectedToken:
            pass
        else:
            errors = _ordered(builder.errors)
            surrogate = _unpaired_surrogate(text)
            return Parsed(None if errors or surrogate else expression, (*errors, *surrogate))

    from pnfilter.syntax.repair import diagnose

    return Parsed(None, _ordered([*diagnose(text, tokens), *_unpaired_surrogate(text)]))


def _failed(code: str, message: str, span: Span, help: str) -> Parsed:
    return Parsed(None, (Diagnostic(code, message, span, help),))


def _ordered(errors: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(errors, key=lambda error: error.span)[:MAX_ERRORS]) if errors else ()


def _unpaired_surrogate(text: str) -> tuple[Diagnostic, ...]:
    """An error for the first half of a surrogate pair without the other: it has no UTF-8."""
    if text.isascii():
        return ()
    try:
        text.encode()
    except UnicodeEncodeError as error:
        span = Span(error.start, error.start + 1)
        number = ord(text[error.start])
        message = f"the character U+{number:04X} is half of a surrogate pair"
        if 0xDC80 <= number <= 0xDCFF:
            # So Python carries a byte that was no text in the encoding of its source.
            message = f"the byte 0x{number - 0xDC00:02X} is no text"
        return (Diagnostic("E110", message, span, "it can't be sent: write the whole character"),)
    return ()


def require_filter_text(text: object) -> None:
    """``TypeError`` for what is no text."""
    if not isinstance(text, str):
        raise TypeError(f"a filter is a text, not {type(text).__name__}")


def parse(text: str) -> Expression:
    """The syntax tree of a filter; ``FilterSyntaxError`` for any other text, ``TypeError`` for no text."""
    require_filter_text(text)
    parsed = read(text)
    if parsed.expression is None:
        raise FilterSyntaxError(text, parsed.errors)
    return parsed.expression
