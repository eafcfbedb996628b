"""Arithmetic and numbers that rest on an assumed rule, and arithmetic that has no result.

``+`` is recorded, ``%`` documented, and the bitwise operators are legacy. All else is assumed,
and so is what binds to what where operators follow each other without parentheses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pnfilter.diagnostics import Diagnostic, Edit, Span, apply_edits
from pnfilter.lint.context import Context, lint
from pnfilter.lint.rules.assumed import ASSUMED_RULE, LEADING_ZERO, without_zeros
from pnfilter.semantics import Missing, NoResult, apply_sign, calculate, is_number
from pnfilter.syntax.nodes import (
    BITWISE,
    Arithmetic,
    Boolean,
    Comparison,
    Expression,
    Null,
    Number,
    String,
    Unary,
    dashed_name,
    walk,
)
from pnfilter.wording import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

#: A double distinguishes integers up to here, and fractions of as many digits.
LARGEST_INTEGER_OF_DOUBLES = 2**53
DIGITS_OF_DOUBLES = 17
#: What an operator without evidence is taken to do, and the form to write in its place.
_ASSUMED: Final = {
    "-": ("subtract", "+ was recorded: add on the other side, or send the result as a field"),
    "*": ("multiply", "send the result as a field"),
    "/": ("divide without rounding", "send the result as a field"),
}
#: Operators that bind alike; each bitwise one has a level of its own.
_LEVELS: Final = {"+": "sum", "-": "sum", "*": "product", "/": "product", "%": "product"}
#: A result of which only the kind is known.
_DOUBLE: Final = object()


@lint(ASSUMED_RULE, when=(Arithmetic, Unary))
def arithmetic(context: Context) -> Iterator[Diagnostic]:
    """Report assumed operators, their order, and calculations that have no result."""
    nodes = [node for node in context.nodes if isinstance(node, (Arithmetic, Unary))]
    # Parents come first. A name with dashes is reported whole, without an order: it is no sum.
    dashed: set[int] = set()
    inner: set[int] = set()
    for node in nodes:
        if id(node) in dashed:
            continue
        yield from _operator(context, node)
        if dashed_name(node):
            dashed.update(map(id, walk(node)))
        elif isinstance(node, Arithmetic):
            inner.update(id(side) for side in (node.left, node.right) if not side.parens)
            if id(node) not in inner:
                yield from _order(context, node)
    for comparison in context.comparisons():
        yield from _beside_comparison(context, comparison)
    yield from _without_result(context, nodes)


def _operator(context: Context, node: Arithmetic | Unary) -> Iterator[Diagnostic]:
    source = shorten(context.source(node))
    if isinstance(node, Unary):
        if node.operator == "-":
            what = "be a negative number" if isinstance(node.operand, Number) else "change the sign"
            yield ASSUMED_RULE.at(
                node.span,
                f"unverified: `{source}` is assumed to {what}",
                "+ was recorded: add on the other side, or send a number that needs no minus",
            )
    elif node.operator in _ASSUMED:
        what, help = _ASSUMED[node.operator]
        message = f"unverified: `{node.operator}` is assumed to {what} in `{source}`"
        yield ASSUMED_RULE.at(node.operator_span, message, help)
    elif node.operator == "+":
        for side in (node.left, node.right):
            if isinstance(side, Number) and isinstance(side.value, float):
                yield ASSUMED_RULE.at(
                    side.span,
                    f"unverified: `{source}` is assumed to be rounded to a double",
                    "calculate with integers, such as cents",
                )


def _order(context: Context, whole: Arithmetic) -> Iterator[Diagnostic]:
    """Operators without parentheses between them, reported once for each row of them."""
    groups: list[Expression] = []
    pending = [whole]
    while pending:
        node = pending.pop()
        for side in (node.left, node.right):
            if side.parens:
                continue
            if isinstance(side, Arithmetic):
                pending.append(side)
                # A chain of one level is reported by its operators, but for % alone.
                outer, inner = (_LEVELS.get(each, each) for each in (node.operator, side.operator))
                if outer != inner or node.operator == side.operator == "%":
                    groups.append(side)
            elif isinstance(side, Unary) and side.operator == "~" and side is node.left:
                groups.append(side)
    if groups:
        start = whole.span.start
        edits = [
            Edit(Span(place - start, place - start), bracket)
            for node in groups
            for place, bracket in zip(node.span, "()", strict=True)
        ]
        grouped = shorten(apply_edits(context.source(whole), edits), 60)
        yield ASSUMED_RULE.at(
            whole.span,
            f"unverified: the order of the operators in `{shorten(context.source(whole))}`",
            f"write {grouped}",
        )


def _beside_comparison(context: Context, comparison: Comparison) -> Iterator[Diagnostic]:
    """Bits beside a comparison, which binds tighter in C."""
    for side in (comparison.left, comparison.right):
        match side:
            case Arithmetic(operator) if operator in BITWISE:
                pass
            case Unary("~") if side is comparison.left:
                pass
            case _:
                continue
        if not side.parens:
            source = shorten(context.source(side))
            yield ASSUMED_RULE.at(
                side.span,
                f"unverified: `{source}` is assumed to bind before `{comparison.operator}`",
                f"write ({source})",
            )


def _without_result(context: Context, nodes: Sequence[Arithmetic | Unary]) -> Iterator[Diagnostic]:
    """Calculations that have no result whatever the message, where no warning says so."""
    from pnfilter.lint.rules.logic.numbering import ValueNumbering

    numbering = ValueNumbering(context.nodes)
    known: dict[int, Any] = {}

    def known_of(node: Expression) -> Any:
        return numbering.value(node) if numbering.is_constant(node) else known.get(id(node))

    # Backwards, so that the operands of each are done before it.
    for node in reversed(nodes):
        sides = (node.left, node.right) if isinstance(node, Arithmetic) else (node.operand,)
        values = [known_of(side) for side in sides]
        result = (
            known_of(node) if numbering.is_constant(node) else _find_known(node.operator, values)
        )
        known[id(node)] = result
        told = any(isinstance(value, NoResult) for value in values)
        if isinstance(result, NoResult) and not told and not _has_warning(node.operator, sides):
            yield ASSUMED_RULE.at(
                node.span,
                f"the result of `{shorten(context.source(node))}` is not known: {result.why}",
                "write a calculation that has a result, or send the result as a field",
            )


def _find_known(operator: str, values: list[Any]) -> Any:
    """What is known of a result from what is known of the operands.

    That is a constant, ``_DOUBLE``, that there is none, or None where it depends on the message.
    """
    for value in values:
        if isinstance(value, NoResult):
            return value
        if isinstance(value, Missing):
            return None
    # Numbers in the place of unknown ones that have a result if any have: nothing grows by them.
    first = {None: 0, _DOUBLE: 0.0}
    last = {None: 1, _DOUBLE: 1.0} if operator in "/%" else first
    left, right = values[0], values[-1]
    if operator == "/" and right is None and is_number(left):
        left = None
    left = first.get(left, left)
    if len(values) == 1:
        result = apply_sign(operator, left)
    else:
        result = calculate(operator, left, last.get(right, right))
    if isinstance(result, NoResult):
        return result
    return _DOUBLE if isinstance(result, float) else None


def _has_warning(operator: str, sides: tuple[Expression, ...]) -> bool:
    """Whether W424 reports an operand with which there can't be a result."""
    whole = operator in BITWISE or operator in "%~"
    return any(
        isinstance(side, (String, Boolean, Null))
        or (whole and isinstance(side, Number) and isinstance(side.value, float))
        for side in sides
    ) or (operator in "/%" and isinstance(sides[-1], Number) and sides[-1].value == 0)


# Numbers


@lint(ASSUMED_RULE, when=(Number,))
def assumed_numbers(context: Context) -> Iterator[Diagnostic]:
    """Report exponents, leading zeros, and more digits than a double has."""
    for node in context.of(Number):
        yield from _number(node)


def _number(node: Number) -> Iterator[Diagnostic]:
    spelling, value = node.spelling, node.value
    shown = shorten(spelling)
    mantissa = spelling.lower().partition("e")[0]
    if mantissa != spelling:
        yield ASSUMED_RULE.at(
            node.span,
            f"unverified: a number is assumed to allow an exponent, as in `{shown}`",
            "write the number in full",
        )
    if LEADING_ZERO.match(spelling):
        yield ASSUMED_RULE.at(
            node.span,
            f"unverified: `{shown}` is assumed to be decimal",
            f"write it without leading zeros: {shorten(without_zeros(spelling))}",
        )
    if isinstance(value, int):
        exact = value <= LARGEST_INTEGER_OF_DOUBLES
    else:
        exact = len(mantissa.replace(".", "").strip("0")) <= DIGITS_OF_DOUBLES
    if not exact:
        how = "exactly" if isinstance(value, int) else "as the nearest double"
        yield ASSUMED_RULE.at(
            node.span,
            f"unverified: `{shown}` is assumed to be read {how}",
            "send fewer digits, or a string to compare with ==",
        )
