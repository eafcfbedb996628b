"""Lints of operators: their spelling, and the operands of LIKE and CONTAINS."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import APP_CONTEXT, Context, is_bare_word, lint
from pnfilter.semantics import pattern_parts
from pnfilter.syntax.nodes import (
    Arithmetic,
    Boolean,
    Null,
    Number,
    Path,
    String,
    Unary,
    is_condition,
    quote,
)
from pnfilter.wording import shorten

#: A percent sign that is meant as a wildcard. After a number it is one's share, as in "50% off".
_NO_PLACEHOLDER = r"(?![sd]\b|\(\w+\)[sd]|\{\w+\})"
_PERCENT = rf"^%{_NO_PLACEHOLDER}|(?<!\\)%$|(?<=[^\s0-9\\])%(?=\S){_NO_PLACEHOLDER}"
_PERCENT_BESIDE_STAR = rf"^%(?![*sd]){_NO_PLACEHOLDER}|(?<![0-9*\\])%$"
#: Words with a bar between them: the alternatives of a regular expression.
ALTERNATIVES = re.compile(r"\*?\w[\w .-]*\*?(?:\|\*?\w[\w .-]*\*?)+")


@lint(
    Rule(
        "W403",
        "single-equals",
        summary="The shorthand such=wow.",
        why=(
            "The vendor's configuration reference shows it, but no list of operators has "
            "it. It is read as equality with the string on the right; `==` is certain."
        ),
        bad="such=wow",
        good='such == "wow"',
    ),
    when=("=",),
)
def single_equals(context: Context) -> Iterator[Diagnostic]:
    """Report the shorthand ``such=wow``."""
    for node in context.comparisons():
        if node.operator != "=":
            continue
        right = context.source(node.right)
        if isinstance(node.right, String) and not node.right.bare and _is_filter(node.right.raw):
            # A line of code or a parameter: its value is the filter.
            yield single_equals.at(
                node.operator_span,
                "`=` is not a documented operator, and the string after it is a filter",
                f"write the filter alone: {shorten(node.right.raw)}",
                Fix((Edit(Span(0, len(context.text)), node.right.raw),), safe=False)
                if node is context.expression
                else None,
            )
            continue
        edits = [Edit(Span(node.left.span.end, node.right.span.start), " == ")]
        if isinstance(node.right, String) and node.right.bare:
            right = quote(node.right.raw)
            edits.append(Edit(node.right.span, right))
        yield single_equals.at(
            node.operator_span,
            "`=` is not a documented operator",
            f"write {shorten(context.source(node.left))} == {shorten(right)}",
            Fix(tuple(edits)),
        )


def _is_filter(raw: str) -> bool:
    """Return whether a string is a filter, and more than one name or number."""
    from pnfilter.syntax.parser import read

    expression = read(raw).expression
    return expression is not None and is_condition(expression)


@lint(
    Rule(
        "W410",
        "keyword-case",
        summary="A keyword in mixed case.",
        why="LIKE and like, CONTAINS and contains were seen to work; Like was not.",
        bad='data.x Like "a*"',
        good='data.x LIKE "a*"',
    ),
    when=("LIKE", "CONTAINS"),
)
def keyword_case(context: Context) -> Iterator[Diagnostic]:
    """Report ``Like`` and ``Contains``."""
    for node in context.comparisons():
        if node.operator not in {"LIKE", "CONTAINS"}:
            continue
        written = context.text[node.operator_span.start : node.operator_span.end]
        if not written.isupper() and not written.islower():
            yield keyword_case.at(
                node.operator_span,
                f"`{written}`: keywords were only seen in upper case or in lower case",
                f"write {node.operator}",
                Fix((Edit(node.operator_span, node.operator),)),
            )


@lint(
    Rule(
        "W404",
        "percent-wildcard",
        summary="`%` as a wildcard.",
        why=(
            "The wildcard of LIKE is `*`. `%` was one in a build of 2016 only. Today it "
            "is taken literally."
        ),
        bad='meta.region LIKE "east%"',
        good='meta.region LIKE "east*"',
    ),
    when=("LIKE", APP_CONTEXT),
)
def percent_wildcard(context: Context) -> Iterator[Diagnostic]:
    """Report ``%`` as the wildcard of a pattern."""
    for pattern, parts in _patterns(context):
        wild = _PERCENT if len(parts) == 1 else _PERCENT_BESIDE_STAR
        spelling = pattern.spelling
        fixed = spelling[0] + re.sub(wild, "*", spelling[1:-1]) + spelling[-1]
        if fixed != spelling:
            yield percent_wildcard.at(
                pattern.span,
                "`%` is not a wildcard: it is taken literally",
                f"write {shorten(fixed)}",
                Fix((Edit(pattern.span, fixed),), safe=False),
            )


@lint(
    Rule(
        "W413",
        "inner-wildcard",
        summary="A `*` in the middle of a pattern.",
        why=(
            "Patterns are documented with `*` at the beginning and the end. In the "
            "middle it is assumed to match any characters."
        ),
        bad='data.x LIKE "a*z"',
        good='data.x LIKE "a*" && data.x LIKE "*z"',
    ),
    when=("LIKE",),
)
def inner_wildcard(context: Context) -> Iterator[Diagnostic]:
    """Report a pattern with ``*`` between two other parts."""
    for pattern, parts in _patterns(context):
        filled = [index for index, part in enumerate(parts) if part]
        if ALTERNATIVES.fullmatch(pattern.raw):
            # Another rule reports it.
            continue
        if filled and filled[0] != filled[-1]:
            yield inner_wildcard.at(
                pattern.span,
                "a `*` in the middle of a pattern is not documented",
                "it is assumed to match any characters; `*` at the ends is documented: "
                "two patterns, joined by &&, are safer",
            )


def _patterns(context: Context) -> Iterator[tuple[String, tuple[str, ...]]]:
    """Yield the patterns that the filter holds, with the parts between their wildcards."""
    for node in context.comparisons():
        if node.operator == "LIKE" and isinstance(node.right, String):
            yield node.right, pattern_parts(node.right.raw)


@lint(
    Rule(
        "W423",
        "like-without-text",
        summary="LIKE with an operand that is not a string.",
        why="LIKE compares a string with a pattern, and a pattern is a quoted string.",
        bad="data.name LIKE 5",
        good='data.name LIKE "5*"',
    ),
    when=("LIKE",),
)
def like_without_text(context: Context) -> Iterator[Diagnostic]:
    """Report LIKE between a text and something that is no pattern, or the other way round."""
    reads_text = context.assumed.get("pattern-not-text") == "text"
    for node in context.comparisons():
        if node.operator != "LIKE":
            continue
        right = node.right
        if not isinstance(right, (Path, String)) and not (
            reads_text and isinstance(right, (Number, Boolean))
        ):
            source = context.source(right)
            help = "a pattern is a string: quote it"
            fix = None
            if isinstance(right, Arithmetic) and "*" in source and '"' not in source:
                help = f'a pattern is quoted: "{shorten(source)}"'
                fix = Fix((Edit(right.span, f'"{source}"'),), safe=False)
            message = f"`{shorten(source)}` is not a pattern"
            yield like_without_text.at(right.span, message, help, fix)
        if isinstance(node.left, (Number, Boolean, Arithmetic, Unary)):
            yield like_without_text.at(
                node.left.span,
                f"LIKE compares strings; `{shorten(context.source(node.left))}` is not a string",
                "compare numbers with == and the orderings",
            )


@lint(
    Rule(
        "W429",
        "pattern-from-message",
        summary="The pattern comes from the message.",
        why=(
            "Patterns are documented as strings in the filter. Whether `*` is a wildcard "
            "in a pattern from a field is not known."
        ),
        bad="data.name LIKE meta.pattern",
        good='data.name LIKE "a*"',
    ),
    when=("LIKE",),
)
def pattern_from_message(context: Context) -> Iterator[Diagnostic]:
    """Report a field as the pattern, unless it is a bare word, which is probably a text."""
    if "pattern-from-message" in context.assumed:
        return
    for node in context.comparisons():
        right = node.right
        if node.operator == "LIKE" and isinstance(right, Path) and not is_bare_word(right):
            yield pattern_from_message.at(
                right.span,
                f"the pattern comes from the message: `{shorten(context.source(right))}`",
                "whether `*` is a wildcard there is not known; write the pattern in the filter",
            )


@lint(
    Rule(
        "W405",
        "one-element-set",
        summary="A set of one element.",
        why=(
            "One string in parentheses is not a set: CONTAINS then looks for the "
            'field\'s value inside that string, so "u" matches too.'
        ),
        bad='("us") CONTAINS meta.net',
        good='meta.net == "us"',
    ),
    when=("CONTAINS",),
)
def one_element_set(context: Context) -> Iterator[Diagnostic]:
    """Report ``("us") CONTAINS meta.net``, which tests for a substring."""
    for node in context.comparisons():
        left = node.left
        if node.operator != "CONTAINS" or not isinstance(left, (String, Number)):
            continue
        if not left.parens or not isinstance(node.right, Path):
            continue
        meant = f"{context.source(node.right)} == {context.source(left)}"
        yield one_element_set.at(
            left.parens[-1],
            f"`({shorten(context.source(left))})` is one value in parentheses, not a set",
            f"a set has at least two elements; for one write {shorten(meant)}",
            # As a filter it tests for a part of the text, which may have been meant.
            Fix((Edit(node.span, meant),), safe=False),
        )


@lint(
    Rule(
        "W430",
        "scalar-container",
        summary="A number on the left of CONTAINS.",
        why="CONTAINS looks into strings, arrays and sets.",
        bad="5 CONTAINS data.x",
        good="data.x == 5",
    ),
    when=("CONTAINS",),
)
def scalar_container(context: Context) -> Iterator[Diagnostic]:
    """Report a number that should contain something."""
    for node in context.comparisons():
        if node.operator != "CONTAINS":
            continue
        left = node.left
        in_parens = isinstance(left, Number) and left.parens and isinstance(node.right, Path)
        if isinstance(left, (Number, Boolean, Null, Arithmetic, Unary)) and not in_parens:
            yield scalar_container.at(
                left.span,
                f"`{shorten(context.source(left))}` can't contain anything",
                "write a string, an array or a set on the left of CONTAINS",
            )
