"""Parsing: the limits, the tables' driver, and the way a text with mistakes goes.

A text that is a filter is read once. For any other the repair replaces known mistakes by what
was meant, with a diagnostic for each, and the repaired tokens are read for the errors that are
left. So several mistakes are reported in one go.
"""

from __future__ import annotations

from functools import lru_cache

from pnfilter.diagnostics import Diagnostic, FilterSyntaxError, Span, without_promise
from pnfilter.records import NamedTuple
from pnfilter.syntax.lexer import END, Token, scan, tokenize
from pnfilter.syntax.nodes import Expression
from pnfilter.syntax.tables import ACTIONS, END_STATE, GOTOS, RULES
from pnfilter.syntax.tree import TreeBuilder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pnfilter.syntax.lexer import type_of_token

    #: How many of the last values a method of the builder makes one of; 0: a token becomes a value.
    type_of_step = tuple[int, Any]

#: Characters of the longest filter text.
MAX_LENGTH = 262_144
#: Levels of the deepest filter: brackets, prefix operators and arithmetic operators in a row.
MAX_NESTING = 128
#: Errors reported of one text; what follows is not looked at.
MAX_ERRORS = 50
#: Shapes of filters whose steps through the tables are kept, and the tokens of the longest of them.
KEPT_SHAPES = 1024
MAX_KEPT_TOKENS = 64


class Parsed(NamedTuple):
    """What became of a text: a tree, or the errors for which there is none."""

    expression: Expression | None
    errors: tuple[Diagnostic, ...]


class UnexpectedToken(Exception):
    """The tables have no action: ``token`` can't follow, the kinds in ``expected`` can."""

    def __init__(self, token: type_of_token, states: list[int]) -> None:
        super().__init__(token[0])
        self.token, self._states = Token(*token), states

    @property
    def expected(self) -> frozenset[str]:
        """The kinds of token that reductions don't bring to a dead end."""
        states = self._states
        return frozenset(kind for kind in ACTIONS[states[-1]] if _leads_on(list(states), kind))


# Less than the complement of any rule.
_NO_ACTION = ~len(RULES)
_SHIFT = (0, None)
# By rule: its origin, its size and the builder's method, None where a symbol only gets another name.
_REDUCTIONS: list[tuple[str, int, Any]] = [
    (origin, size, getattr(TreeBuilder, name) if name else None) for origin, size, name in RULES
]


class _Stuck(Exception):
    """The tables have no action for the token with a number."""

    def __init__(self, number: int, states: list[int]) -> None:
        super().__init__()
        self.number, self.states = number, states


def _steps(kinds: tuple[str, ...]) -> list[type_of_step]:
    """What the tables make of tokens of these kinds, step by step; ``_Stuck`` where they end."""
    # The current state, and those below it.
    state = 0
    below: list[int] = []
    steps: list[type_of_step] = []
    for number, kind in enumerate((*kinds, END)):
        action = ACTIONS[state].get(kind, _NO_ACTION)
        while action < 0:
            if action == _NO_ACTION:
                if state == END_STATE:
                    return steps
                raise _Stuck(number, [*below, state])
            origin, size, method = _REDUCTIONS[~action]
            if method is not None:
                steps.append((size, method))
            if size > 1:
                del below[1 - size :]
            state = GOTOS[below[-1]][origin]
            action = ACTIONS[state].get(kind, _NO_ACTION)
        below.append(state)
        steps.append(_SHIFT)
        state = action
    raise AssertionError("the tables accept nothing after the end")


# Filters of one shape take the same steps, whatever their fields and values are.
_known_steps = lru_cache(maxsize=KEPT_SHAPES)(_steps)


def drive(tokens: Sequence[type_of_token], builder: TreeBuilder) -> Expression:
    """The tree of ``tokens`` by the LALR tables; ``UnexpectedToken`` where they end."""
    kinds = tuple([token[0] for token in tokens])
    try:
        steps = _known_steps(kinds) if len(kinds) <= MAX_KEPT_TOKENS else _steps(kinds)
    except _Stuck as stuck:
        end = tokens[-1][2] if tokens else 0
        token = (*tokens, (END, end, end))[stuck.number]
        raise UnexpectedToken(token, stuck.states) from None
    values: list[Any] = []
    shifted = iter(tokens)
    for size, method in steps:
        if size == 0:
            values.append(next(shifted))
        elif size == 1:
            values[-1] = method(builder, values[-1])
        elif size == 3:
            last, middle = values.pop(), values.pop()
            values[-1] = method(builder, values[-1], middle, last)
        else:
            values[-size:] = [method(builder, *values[-size:])]
    return builder.start(values[0])


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


def _too_deep(tokens: Sequence[type_of_token]) -> Span | None:
    """The first token that stands deeper than ``MAX_NESTING``, as the tree's readers recurse."""
    outer: list[int] = []
    level = 0
    previous = ""
    for token in tokens:
        kind = token[0]
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
            return Span(token[1], token[2])
        previous = kind
    return None


def is_filter(text: str) -> bool:
    """Whether ``read`` finds no error; what the errors are isn't looked for, which takes longer."""
    tokens = scan(text) if len(text) <= MAX_LENGTH else []
    if not tokens or (len(tokens) > MAX_NESTING and _too_deep(tokens) is not None):
        return False
    builder = TreeBuilder(text)
    try:
        drive(tokens, builder)
    except UnexpectedToken:
        return False
    return not builder.errors and not _unpaired_surrogate(text)


def read(text: str) -> Parsed:
    """Parse ``text``; never raises. The errors stand in the order of the text."""
    if len(text) > MAX_LENGTH:
        return _failed(
            "E102",
            f"the filter has {len(text):,} characters; {MAX_LENGTH:,} is the most",
            Span(MAX_LENGTH, len(text)),
            "a request line carries far less: about 8,000 characters, percent-encoded",
        )
    tokens = scan(text)
    if not tokens:
        return _failed(
            "E101",
            "the filter is empty",
            Span(0, len(text)),
            "an empty filter is no filter: leave it out to receive every message",
        )
    # Each level takes a token.
    deep = _too_deep(tokens) if len(tokens) > MAX_NESTING else None
    if deep is not None:
        return _failed(
            "E103",
            f"the filter nests deeper than {MAX_NESTING} levels",
            deep,
            "brackets, prefix operators and arithmetic operators in a row make levels",
        )
    builder = TreeBuilder(text)
    try:
        expression = drive(tokens, builder)
    except UnexpectedToken:
        from pnfilter.syntax.repair import diagnose

        errors = diagnose(text, tokenize(text))
        return Parsed(None, _ordered([*errors, *_unpaired_surrogate(text)]))
    found = _ordered([*builder.errors, *_unpaired_surrogate(text)])
    return Parsed(None if found else expression, found)


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
    """Return the syntax tree of a filter.

    Raise ``FilterSyntaxError`` for any other text, and ``TypeError`` for what is no text. Only
    ``check`` calls a fix safe: what the exception holds has not been reviewed.
    """
    require_filter_text(text)
    parsed = read(text)
    if parsed.expression is None:
        raise FilterSyntaxError(text, map(without_promise, parsed.errors))
    return parsed.expression
