"""Parse a text: check the limits, and recover from mistakes.

A valid filter is read once. For any other text, recovery replaces known mistakes by what was meant,
with a diagnostic for each, and the parser reads the repaired tokens for the remaining errors. So
one pass reports several mistakes.
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

    from pnfilter.syntax.lexer import RawToken

#: Characters of the longest filter text.
MAX_LENGTH = 262_144
#: Levels of the deepest filter: parentheses, prefix operators, arithmetic operators in a row.
MAX_NESTING = 128


class Parsed(NamedTuple):
    """The result for a text: a tree, or the errors."""

    expression: Expression | None
    errors: tuple[Diagnostic, ...]


_PREFIXES = frozenset({"NOT", "TILDE", "MINUS"})


def _too_deep(tokens: Sequence[RawToken]) -> Span | None:
    """Return the first token deeper than ``MAX_NESTING``, since readers of the tree recurse."""
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
    """Return whether ``read`` finds no error; faster, as it doesn't look for all errors."""
    tokens = scan(text) if len(text) <= MAX_LENGTH else []
    if not tokens or (len(tokens) > MAX_NESTING and _too_deep(tokens) is not None):
        return False
    builder = TreeBuilder(text)
    try:
        drive(tokens, builder)
    except UnexpectedToken:
        return False
    return not builder.errors and not unpaired_surrogate(text)


def read(text: str) -> Parsed:
    """Parse ``text``; never raises. The errors are in the order of the text."""
    if len(text) > MAX_LENGTH:
        return _fail(
            "E102",
            f"the filter has {len(text):,} characters; the limit is {MAX_LENGTH:,}",
            Span(MAX_LENGTH, len(text)),
            "a request line carries far less: about 8,000 characters, percent-encoded",
        )
    tokens = scan(text)
    if not tokens:
        return _fail(
            "E101",
            "the filter is empty",
            Span(0, len(text)),
            "leave the filter out to receive every message",
        )
    # Each level takes a token.
    deep = _too_deep(tokens) if len(tokens) > MAX_NESTING else None
    if deep is not None:
        return _fail(
            "E103",
            f"the filter is nested deeper than {MAX_NESTING} levels",
            deep,
            "parentheses, prefix operators and arithmetic operators in a row count as levels",
        )
    builder = TreeBuilder(text)
    try:
        expression = drive(tokens, builder)
    except UnexpectedToken:
        from pnfilter.syntax.recovery import diagnose

        errors = diagnose(text, tokenize(text))
        return Parsed(None, _order([*errors, *unpaired_surrogate(text)]))
    found = _order([*builder.errors, *unpaired_surrogate(text)])
    return Parsed(None if found else expression, found)


def _fail(code: str, message: str, span: Span, help: str) -> Parsed:
    return Parsed(None, (Diagnostic(code, message, span, help),))


def _order(errors: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(errors, key=lambda error: error.span)[:MAX_ERRORS]) if errors else ()


def unpaired_surrogate(text: str) -> tuple[Diagnostic, ...]:
    """Return the error for an unpaired surrogate, which has no UTF-8."""
    if text.isascii():
        return ()
    try:
        text.encode()
    except UnicodeEncodeError as error:
        span = Span(error.start, error.start + 1)
        number = ord(text[error.start])
        message = f"the character U+{number:04X} is an unpaired surrogate"
        if 0xDC80 <= number <= 0xDCFF:
            # Python decodes a byte that isn't text in the source's encoding this way.
            message = f"the byte 0x{number - 0xDC00:02X} is not valid text"
        return (Diagnostic("E110", message, span, "it can't be sent: write the whole character"),)
    return ()


def require_filter_text(text: object) -> None:
    """Raise ``TypeError`` for anything but a string."""
    if not isinstance(text, str):
        raise TypeError(f"a filter must be a str, not {type(text).__name__}")


def parse(text: str) -> Expression:
    """Return the syntax tree of a filter.

    Raise ``FilterSyntaxError`` for an invalid text, and ``TypeError`` for another type. Only
    ``check`` calls a fix safe: fixes in the exception have not been reviewed.
    """
    require_filter_text(text)
    parsed = read(text)
    if parsed.expression is None:
        raise FilterSyntaxError(text, map(without_promise, parsed.errors))
    return parsed.expression
