"""Lints of operands: literals, and types that don't go together."""

from __future__ import annotations

from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule
from pnfilter.lint.context import Context, lint
from pnfilter.semantics import read_number
from pnfilter.syntax.nodes import (
    BITWISE,
    ORDERINGS,
    And,
    Arithmetic,
    Boolean,
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
    print_quoted,
)
from pnfilter.wording import shortened


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
    for literal in (*context.of(Boolean), *context.of(Null)):
        word = context.source(literal)
        help = f'if the field is a string, write "{word}"; if it is a number, 1 or 0'
        if isinstance(literal, Null):
            help = "a field that is null counts as missing, and a filter can't test for that"
        message = f"`{word}` is not a documented literal"
        yield boolean_or_null.at(literal.span, message, help)


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
                f"the exponent of `{shortened(number.spelling)}` is not documented",
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
                    f"{shortened(print_quoted(side.spelling))} "
                    "is a string beside an ordering operator",
                    f"write the number without quotes: {shortened(fixed)}",
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
    for node in context.comparisons():
        if node.operator not in ORDERINGS:
            continue
        for side in (node.left, node.right):
            if isinstance(side, String) and read_number(side.raw) is None:
                yield ordered_text.at(
                    side.span,
                    f"`{node.operator}` orders numbers; {shortened(side.spelling)} is a string",
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
                    f"`{shortened(context.source(side))}` is not a number",
                    "the result is not known: strings are not joined, and not read as numbers",
                )
            elif whole and isinstance(side, Number) and isinstance(side.value, float):
                yield calculated_text.at(
                    side.span,
                    f"`{node.operator}` takes integers, and `{shortened(side.spelling)}` isn't one",
                    "write an integer",
                )
        if isinstance(node, Arithmetic) and node.operator in "/%":
            divisor = node.right
            if isinstance(divisor, Number) and divisor.value == 0:
                yield calculated_text.at(
                    divisor.span,
                    f"`{shortened(context.source(node))}` divides by zero, which has no result",
                    "write another divisor",
                )


@lint(
    Rule(
        "W427",
        "bare-value",
        summary="A value without a comparison.",
        why="As a condition, only JSON true and false have a known meaning.",
        bad="urgent",
        good='meta.urgent == "true"',
    ),
    when=(And, Or, Not, "value"),
)
def bare_conditions(context: Context) -> Iterator[Diagnostic]:
    """Report a value as a condition."""
    whole = context.expression
    conditions: list[Expression] = [whole]
    for junction in context.junctions():
        conditions.extend(junction.operands)
    conditions.extend(node.operand for node in context.of(Not))
    for node in conditions:
        # A field inside a larger condition is how flags are read; constants are the logic's.
        if is_condition(node) or isinstance(node, (Boolean, Null, SetLiteral)):
            continue
        if isinstance(node, Path) and (node is not whole or node.prefix or len(node.keys) > 1):
            continue
        written = shortened(context.source(node))
        what = "a field" if isinstance(node, Path) else "a value"
        example = f'meta.{written} == "…"' if isinstance(node, Path) else "a comparison"
        yield bare_conditions.at(
            node.span,
            f"`{written}` is {what} without a comparison",
            f"it is a condition only if it is true or false: write {example}",
        )
