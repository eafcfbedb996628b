"""Find what is wrong with a text that is not a valid filter.

The recovery reads the tokens once, from left to right, and knows for each whether an operand may
begin there or has just ended. A known mistake becomes a diagnostic, and the intended tokens replace
it. Any error that remains for the parser is reported as an unexpected token, unless a better
diagnostic exists.
"""

from __future__ import annotations

from collections.abc import Sequence

from pnfilter.diagnostics import MAX_ERRORS, Diagnostic, Span
from pnfilter.syntax.automaton import UnexpectedToken, drive
from pnfilter.syntax.lexer import BAD_KINDS, END, Token, tokenize
from pnfilter.syntax.recovery.calls import (
    call,
    method_of_text,
    method_of_values,
    predicate,
    test_of_pattern,
)
from pnfilter.syntax.recovery.characters import bad_token
from pnfilter.syntax.recovery.comparisons import chain
from pnfilter.syntax.recovery.foreign import foreign_text
from pnfilter.syntax.recovery.look_alikes import look_alikes
from pnfilter.syntax.recovery.operators import (
    adjacent_operands,
    assignment,
    bracket,
    comment,
    matching_operator,
    missing_operand,
    negation,
    operator_sequence,
    option_of_a_shell,
    options_of_operator,
)
from pnfilter.syntax.recovery.paths import (
    between_signs,
    path_step,
    separator,
    square_bracket,
    variable,
)
from pnfilter.syntax.recovery.state import COMPARATORS, Repair
from pnfilter.syntax.recovery.texts import tripled_quote, unquoted_operand
from pnfilter.syntax.recovery.types import cast, prefixed_string
from pnfilter.syntax.recovery.words import quantified, word_mistake
from pnfilter.syntax.tree_builder import TreeBuilder
from pnfilter.wording import shorten


def diagnose(text: str, tokens: Sequence[Token]) -> list[Diagnostic]:
    """Return the errors of a text that can't be parsed: at least one."""
    foreign = foreign_text(text, errors_of)
    found = [foreign] if foreign else read_with_mistakes(text, tokens)
    return found or [_unknown(text, tokens)]


def errors_of(text: str) -> list[Diagnostic]:
    """Return the errors of a text that is read as a filter."""
    return read_with_mistakes(text, tokenize(text))


def read_with_mistakes(text: str, tokens: Sequence[Token]) -> list[Diagnostic]:
    """Read a text as a filter, and return its errors."""
    repair = Repair(text, tokens)
    if look_alikes(repair):
        return repair.errors
    run(repair)
    errors = repair.errors
    if repair.gave_up:
        return errors
    builder = TreeBuilder(text)
    try:
        drive(repair.out, builder)
    except UnexpectedToken as unexpected:
        if not errors:
            errors.append(_unexpected(text, unexpected))
    known = {(error.code, error.span) for error in errors}
    others = [
        error
        for error in builder.errors
        # Tokens that the recovery reordered have no span of their own.
        if (error.code, error.span) not in known and error.span.start <= error.span.end
    ]
    return [error for error in errors if not _is_replaced(error, others)] + others


def _is_replaced(error: Diagnostic, others: Sequence[Diagnostic]) -> bool:
    """Whether the fix of a condition in place of a value also replaces the word that joins it."""
    return error.code == "E202" and any(
        other.code == "E304"
        and other.fix is not None
        and other.span.start <= error.span.start
        and error.span.end <= other.span.end
        for other in others[:MAX_ERRORS]
    )


def _unexpected(text: str, unexpected: UnexpectedToken) -> Diagnostic:
    """Report what no check above describes better."""
    token = unexpected.token
    span = Span(token.start, token.end)
    shown = f"`{shorten(text[token.start : token.end])}`" if text[token.start :] else "the end"
    return Diagnostic("E219", f"{shown} is not expected here", span)


def _unknown(text: str, tokens: Sequence[Token]) -> Diagnostic:
    """Report the first token that the language doesn't have, which was read as something else."""
    bad = (token for token in tokens if token.kind in BAD_KINDS)
    token = next(bad, Token(END, 0, len(text)))
    shown = shorten(text[token.start : token.end])
    return Diagnostic("E219", f"`{shown}` is not expected here", Span(token.start, token.end))


def run(repair: Repair) -> None:
    """Read all tokens."""
    while repair.position < len(repair.tokens) and not repair.gave_up:
        if len(repair.errors) >= MAX_ERRORS:
            repair.gave_up = True
            return
        step(repair)
    if not repair.gave_up:
        finish(repair)


def step(repair: Repair) -> None:
    token = repair.peek()
    for recognise in (
        comment,
        quantified,
        separator,
        matching_operator,
        options_of_operator,
        assignment,
        option_of_a_shell,
        predicate,
        variable,
        between_signs,
        tripled_quote,
        prefixed_string,
        bad_token,
        operator_sequence,
        method_of_text,
        path_step,
        method_of_values,
        test_of_pattern,
        word_mistake,
        cast,
        square_bracket,
        call,
        negation,
        missing_operand,
        bracket,
        chain,
        adjacent_operands,
    ):
        if recognise(repair, token):
            return
    repair.position += 1
    repair.push(*token)
    if token.kind in COMPARATORS:
        unquoted_operand(repair)


def finish(repair: Repair) -> None:
    """Check the end: an operand may be missing, parentheses may be open."""
    end = repair.tokens[-1].end if repair.tokens else 0
    if not repair.after_operand and repair.out:
        last = repair.out[-1]
        if last.kind == "LPAR":
            repair.never_closed(last)
            repair.clauses.pop()
        else:
            repair.error(
                "E212",
                f"`{shorten(repair.slice(last))}` has nothing on its right",
                Span(last.start, last.end),
                "write a field or a value there",
            )
        repair.push("TEXT", end, end)
        if last.kind == "LPAR":
            repair.push("RPAR", end, end)
    for clause in reversed(repair.clauses):
        if clause.opening is None:
            continue
        repair.never_closed(clause.opening)
        repair.push("RPAR", end, end)
