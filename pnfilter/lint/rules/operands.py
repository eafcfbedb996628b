"""Lints of operands: literals, and types that don't go together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import Context, lint, literal_help
from pnfilter.semantics import read_number
from pnfilter.syntax.nodes import (
    BITWISE,
    ORDERINGS,
    And,
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Not,
    Null,
    Number,
    Or,
    Path,
    SetLiteral,
    String,
    Unary,
    is_condition,
    outer_span,
    print_quoted,
)
from pnfilter.syntax.parser import is_filter
from pnfilter.syntax.tree_builder import choice
from pnfilter.wording import shorten

#: An operator of the language: a string with one may be a filter.
_ANY_OPERATOR = re.compile(r"[=<>]|\b(?:LIKE|CONTAINS)\b", re.IGNORECASE)
#: Names of strings, numbers and lists, alone or as the last word of a name.
_NO_FLAG = (
    r"\A(?!(?:is|has|can|was|are|should)(?:_|[A-Z]))(?:"
    r"(?:\w*_)?(?:text|name|title|message|msg|body|content|description|subject|category|type|kind"
    r"|region|country|city|lang|language|locale|user|username|id|uuid|email|url|uri|sender|author"
    r"|channel|topic|tags?|price|amount|count|total|mag|magnitude|score|temperature|speed|age|date"
    r"|time|timestamp|lat|lon|lng|latitude|longitude|size|weight|height|width|length)"
    r"|\w*[a-z](?:Text|Name|Title|Message|Body|Type|Id|ID|Uuid|Email|Url|Count|Tags|Price|Date|Time)"
    r")\Z"
)


@lint(
    Rule(
        "W408",
        "boolean-or-null",
        summary="true, false and null are not documented.",
        why=(
            "Equality is documented for strings and numbers. What a JSON boolean equals "
            'is not known, and a field that is null counts as missing. Send "true" or '
            "1."
        ),
        bad="data.urgent == true",
        good='data.urgent == "true"',
    ),
    when=(Boolean, Null),
)
def boolean_or_null(context: Context) -> Iterator[Diagnostic]:
    """Report ``true``, ``false`` and ``null``."""
    settled = []
    if context.assumed.get("boolean-equality", "never") != "never":
        settled = [
            side
            for node in context.comparisons()
            if node.operator in ("==", "!=")
            for side in (node.left, node.right)
        ]
    for literal in (*context.of(Boolean), *context.of(Null)):
        if isinstance(literal, Boolean) and any(literal is side for side in settled):
            continue
        word = context.source(literal)
        message = f"`{word}` is not a documented literal"
        yield boolean_or_null.at(literal.span, message, literal_help(word))


@lint(
    Rule(
        "W409",
        "exponent",
        summary="A number with an exponent.",
        why="Digits and a fraction are documented, an exponent is not.",
        bad="data.x > 1e3",
        good="data.x > 1000",
    ),
    when=(Number,),
)
def exponent(context: Context) -> Iterator[Diagnostic]:
    """Report numbers with an exponent."""
    for number in context.of(Number):
        if "e" in number.spelling.lower():
            yield exponent.at(
                number.span,
                f"the exponent of `{shorten(number.spelling)}` is not documented",
                "write the number in full",
            )


@lint(
    Rule(
        "W415",
        "quoted-number",
        summary="A quoted number beside an ordering operator.",
        why=(
            "Ordering is documented for numbers. A string on one side is read as a "
            "number if it is one; two strings are not ordered."
        ),
        bad='data.age > "18"',
        good="data.age > 18",
    ),
    when=ORDERINGS,
)
def quoted_number(context: Context) -> Iterator[Diagnostic]:
    """Report ``data.age > "18"``."""
    for node in context.comparisons():
        if node.operator not in ORDERINGS:
            continue
        for side in (node.left, node.right):
            if isinstance(side, String) and read_number(side.raw) is not None:
                fixed = side.raw
                yield quoted_number.at(
                    side.span,
                    f"{shorten(print_quoted(side.spelling))} "
                    "is a string beside an ordering operator",
                    f"write the number without quotes: {shorten(fixed)}",
                    # The order of two strings is not known: without quotes one matches for certain.
                    Fix((Edit(side.span, fixed),), safe=False),
                )


@lint(
    Rule(
        "W422",
        "ordered-string",
        summary="An ordering with an operand that is not a number.",
        why=(
            "How the server orders strings is not known, and objects and booleans are "
            "not ordered at all."
        ),
        bad='data.name > "m"',
        good="data.age > 18",
    ),
    when=ORDERINGS,
)
def ordered_text(context: Context) -> Iterator[Diagnostic]:
    """Report strings, booleans and null under an ordering."""
    is_settled = context.assumed.get("text-ordering") in ("alphabetical", "strings")
    for node in context.comparisons():
        if node.operator not in ORDERINGS:
            continue
        if isinstance(node.left, (String, Number)) and isinstance(node.right, (String, Number)):
            # That it reads no field is reported.
            continue
        for side in (node.left, node.right):
            if isinstance(side, String) and read_number(side.raw) is None:
                if is_settled:
                    continue
                yield ordered_text.at(
                    side.span,
                    f"`{node.operator}` orders numbers; {shorten(side.spelling)} is a string",
                    "send the value as a number, a date in seconds",
                )
            elif isinstance(side, (Boolean, Null)):
                yield ordered_text.at(
                    side.span,
                    f"`{node.operator}` orders numbers; `{context.source(side)}` is not a number",
                    "compare with == or !=",
                )


@lint(
    Rule(
        "W424",
        "calculation-without-numbers",
        summary="Arithmetic that can't have a result.",
        why=(
            "Arithmetic takes numbers, `%` and the bitwise operators take integers, and a "
            "divisor is not zero. What the server does otherwise is not known."
        ),
        bad='data.a + "b" == 5',
        good="data.a + 1 == 5",
    ),
    when=(Arithmetic, Unary),
)
def calculated_text(context: Context) -> Iterator[Diagnostic]:
    """Report arithmetic that can have no result."""
    for node in context.nodes:
        if isinstance(node, Arithmetic):
            sides: tuple[Expression, ...] = (node.left, node.right)
            whole = node.operator in BITWISE or node.operator == "%"
        elif isinstance(node, Unary):
            sides, whole = (node.operand,), node.operator == "~"
        else:
            continue
        for side in sides:
            if isinstance(side, (String, Boolean, Null)):
                yield calculated_text.at(
                    side.span,
                    f"`{node.operator}` calculates with numbers; "
                    f"`{shorten(context.source(side))}` is not a number",
                    "the result is not known: strings are not joined, and not read as numbers",
                )
            elif whole and isinstance(side, Number) and isinstance(side.value, float):
                yield calculated_text.at(
                    side.span,
                    f"`{node.operator}` takes integers, and `{shorten(side.spelling)}` isn't one",
                    "write an integer",
                )
        if isinstance(node, Arithmetic) and node.operator in "/%":
            divisor = node.right
            if isinstance(divisor, Number) and divisor.value == 0:
                yield calculated_text.at(
                    divisor.span,
                    f"`{shorten(context.source(node))}` divides by zero, which has no result",
                    "write another divisor",
                )


@lint(
    Rule(
        "W427",
        "bare-value",
        summary="A value without a comparison.",
        why=(
            "As a condition, only JSON true and false have a known meaning. A field is reported if "
            "its name is that of a string, a number or a list."
        ),
        bad="urgent",
        good='meta.urgent == "true"',
    ),
    when=(And, Or, Not, "value"),
)
def bare_conditions(context: Context) -> Iterator[Diagnostic]:
    """Report a value as a condition."""
    is_settled = context.assumed.get("bare-value", "no-match") != "no-match"
    whole = context.expression
    conditions: list[Expression] = [whole]
    for junction in context.junctions():
        yield from _choices(context, junction, conditions)
    conditions.extend(node.operand for node in context.of(Not))
    for node in conditions:
        # A field inside a larger condition is how flags are read; constants are the logic's.
        if is_condition(node) or isinstance(node, (Boolean, Null, SetLiteral)):
            continue
        if (
            isinstance(node, Path)
            and (node is not whole or node.prefix or len(node.keys) > 1)
            and (is_settled or not _is_of_no_flag(node))
        ):
            continue
        yield _bare_value(context, node)


def _is_of_no_flag(path: Path) -> bool:
    """Whether the name of a field is one of a string, a number or a list.

    Of bare names it isn't said: they are reported for their prefix.
    """
    name = str(path.keys[-1]) if path.prefix and path.keys else ""
    return re.search(_NO_FLAG, name) is not None


def _bare_value(context: Context, node: Expression) -> Diagnostic:
    written = shorten(context.source(node))
    message = f"`{written}` is {'a field' if isinstance(node, Path) else 'a value'}"
    help = "it is a condition only if it is true or false: write a comparison"
    fix = None
    if isinstance(node, Path):
        name = written if node.prefix else f"meta.{written}"
        help = f'it is a condition only if it is true or false: write {name} == "…"'
    elif isinstance(node, String) and _ANY_OPERATOR.search(node.raw) and is_filter(node.raw):
        help = f"remove the quotes: {shorten(node.raw, 80)}"
        fix = Fix((Edit(outer_span(node), node.raw),), safe=False)
    return bare_conditions.at(node.span, f"{message} without a comparison", help, fix)


def _choices(
    context: Context, junction: And | Or, conditions: list[Expression]
) -> Iterator[Diagnostic]:
    """Report ``a == "x" || "y"``, once for all values; add the other operands to conditions."""
    operands = junction.operands
    index = 0
    while index < len(operands):
        node = operands[index]
        conditions.append(node)
        index += 1
        first = index
        if not isinstance(node, Comparison) or not isinstance(node.left, Path) or node.parens:
            continue
        while index < len(operands) and isinstance(operands[index], (String, Number)):
            index += 1
        others = operands[first:index]
        values = [context.source(each) for each in (node.right, *others)]
        field = context.source(node.left)
        meant = choice(junction, node.operator, field, values) if others else ""
        if not meant or not isinstance(node.right, (String, Number)):
            conditions.extend(others)
            continue
        span = Span(outer_span(others[0]).start, outer_span(others[-1]).end)
        message = f"`{shorten(context.text[slice(*span)])}` is not compared with `{field}`"
        fix = Fix((Edit(Span(node.span.start, span.end), meant),), safe=False)
        yield bare_conditions.at(span, message, f"write {shorten(meant, 80)}", fix)
