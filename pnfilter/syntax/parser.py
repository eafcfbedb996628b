"""Parsing: the limits, and the way a text with mistakes goes.

A text that is a filter is read once. For any other the repair replaces known mistakes by what
was meant, with a diagnostic for each, and the repaired tokens are read for the errors that are
left. So several mistakes are reported in one go.
"""

from __future__ import annotations

from pnfilter.diagnostics import MAX_ERRORS, Diagnostic, FilterSyntaxError, Span, without_promise
from pnfilter.records import NamedTuple
from pnfilter.syntax.automaton import ARITHMETIC, OPERAND_ENDS, UnexpectedToken, drive
from pnfilter.syntax.lexer import scan, tokenize
from pnfilter.syntax.nodes import Expression
from pnfilter.syntax.tree_builder import TreeBuilder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pnfilter.syntax.lexer import type_of_token

#: Characters of the longest filter text.
MAX_LENGTH = 262_144
#: Levels of the deepest filter: brackets, prefix operators and arithmetic operators in a row.
MAX_NESTING = 128


class Parsed(NamedTuple):
    """What became of a text: a tree, or the errors for which there is none."""

    expression: Expression | None
    errors: tuple[Diagnostic, ...]


_PREFIXES = frozenset({"NOT", "TILDE", "MINUS"})


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
        from pnfilter.syntax.recovery import diagnose

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
