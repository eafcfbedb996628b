"""Lints of what binds to what, of parentheses, and of the length of the whole filter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import APP_CONTEXT, Context, lint
from pnfilter.syntax.nodes import (
    BITWISE,
    And,
    Arithmetic,
    Comparison,
    Expression,
    Not,
    Number,
    Or,
    Path,
    String,
    is_word_compared,
    outer_span,
)
from pnfilter.wording import shorten

#: Percent-encoded bytes of a filter above which the request line may be refused (414). A common
#: limit of servers for the whole line is 8,192; the path and the other parameters need the rest.
REQUEST_LINE_BYTES = 7_500


def encode(text: str) -> str:
    """The filter as the value of the query parameter ``filter-expr``: percent-encoded UTF-8."""
    from urllib.parse import quote

    return quote(text, safe="", errors="surrogatepass")


@lint(
    Rule(
        "W451",
        "mixed-junctions",
        summary="`&&` and `||` without parentheses.",
        why="`&&` binds tighter by convention; for the server that is unverified.",
        bad="meta.a == 1 || meta.b == 2 && meta.c == 3",
        good="meta.a == 1 || (meta.b == 2 && meta.c == 3)",
    ),
    when=(Or, APP_CONTEXT),
)
def mixed_junctions(context: Context) -> Iterator[Diagnostic]:
    """Report ``a || b && c``."""
    for node in context.of(Or):
        for operand in node.operands:
            if isinstance(operand, And) and not operand.parens:
                shown = shorten(_in_parens(context, operand), 60)
                yield mixed_junctions.at(
                    operand.span,
                    "`&&` beside `||` without parentheses",
                    f"&& is assumed to bind tighter; if you mean that, write {shown}",
                    _bracket_fix(operand),
                )
                break


@lint(
    Rule(
        "W452",
        "negated-comparison",
        summary="`!` before a comparison without parentheses.",
        why=(
            "It is read as the negation of the whole comparison; an undated page of "
            "the vendor ranks `!` higher."
        ),
        bad="!meta.a == 1",
        good="!(meta.a == 1)",
    ),
    when=(Not,),
)
def negated_comparison(context: Context) -> Iterator[Diagnostic]:
    """Report ``!a == b``."""
    for node in context.of(Not):
        inner = node.operand
        if not isinstance(inner, (Comparison, Arithmetic)) or inner.parens:
            continue
        shown = shorten(context.source(inner))
        alone = "!field"
        if isinstance(inner, Comparison):
            alone = "!" + shorten(context.source(inner.left))
        yield negated_comparison.at(
            node.span,
            f"it is unverified what `!` negates here: it is read as !({shown})",
            f"write !({shown}), or {alone} as a condition of its own",
            _bracket_fix(inner),
        )


@lint(
    Rule(
        "W453",
        "bare-bits",
        summary="Bitwise operators beside others without parentheses.",
        why=(
            "C's order is assumed, and there a comparison binds tighter than a bit. "
            "Parentheses settle it."
        ),
        bad="meta.a & 4 == 4",
        good="(meta.a & 4) == 4",
    ),
    when=(Arithmetic,),
)
def bare_bits(context: Context) -> Iterator[Diagnostic]:
    """Report bitwise operators beside others without parentheses."""
    for node in context.nodes:
        if isinstance(node, Arithmetic):
            bits = node.operator in BITWISE
            mixed = [
                side
                for side in (node.left, node.right)
                if isinstance(side, Arithmetic)
                and not side.parens
                and side.operator != node.operator
                and (bits or side.operator in BITWISE)
            ]
        elif isinstance(node, Comparison):
            mixed = [
                side
                for side in (node.left, node.right)
                if isinstance(side, Arithmetic) and not side.parens and side.operator in BITWISE
            ]
        else:
            continue
        for side in mixed:
            yield bare_bits.at(
                side.span,
                f"what `{shorten(context.source(side))}` binds to is unverified",
                f"write {shorten(_in_parens(context, side))}",
                _bracket_fix(side),
            )


def _in_parens(context: Context, node: Expression) -> str:
    return f"({context.source(node)})"


def _bracket_fix(node: Expression) -> Fix:
    start, end = node.span
    return Fix((Edit(Span(start, start), "("), Edit(Span(end, end), ")")), safe=False)


@lint(
    Rule(
        "I503",
        "redundant-parentheses",
        summary="Redundant parentheses.",
        why=(
            "One pair around the whole is common, and parentheses around a condition are "
            "good style. Any others are redundant."
        ),
        bad="((meta.a == 1))",
        good="(meta.a == 1)",
    ),
    when=("()",),
)
def redundant_parentheses(context: Context) -> Iterator[Diagnostic]:
    """Report parentheses that change nothing, but for one pair round the whole filter."""
    # Parentheses that the reading of ("us") CONTAINS x and of x == (y) takes notice of.
    noticed: set[int] = set()
    for comparison in context.comparisons():
        if comparison.operator == "CONTAINS" and not isinstance(comparison.left, Path):
            noticed.add(id(comparison.left))
        elif is_word_compared(comparison):
            noticed.add(id(comparison.right))
    for node in context.nodes:
        spared = 1
        if isinstance(node, (Path, String, Number)) and node is not context.expression:
            spared = int(id(node) in noticed)
        extra = node.parens[spared:]
        if not extra:
            continue
        edits = [edit for pair in extra for edit in _removal(context.text, pair)]
        yield redundant_parentheses.at(
            outer_span(node),
            f"the parentheses around `{shorten(context.source(node))}` are redundant",
            "remove them",
            Fix(tuple(edits)),
        )


def _removal(text: str, pair: Span) -> Iterator[Edit]:
    """Remove a pair of parentheses; leave a space if two words would join."""
    for position in (pair.start, pair.end - 1):
        before, after = text[position - 1 : position], text[position + 1 : position + 2]
        grown = re.fullmatch(r"[\w\"'][\w\"']", before + after)
        yield Edit(Span(position, position + 1), " " if grown else "")


def is_too_long(text: str) -> bool:
    """Whether a filter is longer than a request line carries."""
    # A character takes four bytes of UTF-8 at most, and each of them three on the line.
    return len(text) * 12 > REQUEST_LINE_BYTES and len(encode(text)) > REQUEST_LINE_BYTES


@lint(
    Rule(
        "W456",
        "request-line",
        summary="The filter is too long for a request line.",
        why=(
            "A filter travels in the address of each request, percent-encoded, where "
            "each space and each quote takes three bytes. The server answers a line "
            "that is too long with 414."
        ),
        bad=" || ".join(f'data.userId == "user-{number}"' for number in range(200)),
        good='meta.region == "us"',
    ),
    when=("long",),
)
def too_long(context: Context) -> Iterator[Diagnostic]:
    """Report a filter that is longer than a request line carries."""
    if is_too_long(context.text):
        length = len(encode(context.text))
        yield too_long.at(
            Span(0, len(context.text)),
            f"the filter takes {length:,} bytes of the request line",
            f"above some {REQUEST_LINE_BYTES:,} bytes the server may refuse the request (414)",
        )
