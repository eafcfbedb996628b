"""Conditions that rest on an assumed rule: bare values, and junctions without parentheses."""

from __future__ import annotations

from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic
from pnfilter.lint.context import Context
from pnfilter.lint.registry import lint
from pnfilter.lint.rules.assumed import ASSUMED_RULE
from pnfilter.syntax.nodes import (
    And,
    Arithmetic,
    Comparison,
    Not,
    Number,
    Or,
    Path,
    Text,
    Unary,
)
from pnfilter.wording import shortened


@lint(ASSUMED_RULE, when=(And, Or, "value"))
def assumed_values(context: Context) -> Iterator[Diagnostic]:
    """Report values as conditions, but for those that are undecided and have a warning."""
    conditions = [context.expression]
    for junction in context.junctions():
        conditions.extend(junction.operands)
    for node in conditions:
        match node:
            case Path() | Arithmetic() | Unary():
                pass
            case Number(value=0) | Text(raw=""):
                pass
            case _:
                continue
        source = shortened(context.source(node))
        help = "compare it with something"
        if isinstance(node, Path):
            help = f'send the text "true", and write {source} == "true"'
        message = f"what `{source}` is worth as a condition of its own is assumed"
        yield ASSUMED_RULE.at(node.span, message, help)


@lint(ASSUMED_RULE, when=(Or,))
def assumed_junctions(context: Context) -> Iterator[Diagnostic]:
    """Report ``&&`` beside ``||`` without parentheses."""
    for node in context.of(Or):
        for operand in node.operands:
            if isinstance(operand, And) and not operand.brackets:
                source = shortened(context.source(operand))
                message = f"that && binds `{source}` together before || is assumed"
                yield ASSUMED_RULE.at(operand.span, message, f"write ({source})")


@lint(ASSUMED_RULE, when=(Not,))
def assumed_negations(context: Context) -> Iterator[Diagnostic]:
    """Report ``!`` before a comparison without parentheses."""
    for node in context.of(Not):
        inner = node.operand
        if isinstance(inner, Comparison) and not inner.brackets:
            source = shortened(context.source(inner))
            message = f"that `!` negates the whole of `{source}` is assumed"
            yield ASSUMED_RULE.at(node.span, message, f"write !({source})")
