"""Operands and comparisons that rest on an assumed rule: literals, paths, operators, patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Span
from pnfilter.lint.context import Context
from pnfilter.lint.registry import lint
from pnfilter.lint.rules.assumed import ASSUMED_RULE, NO_OTHER_FORM
from pnfilter.syntax.lexer import tokenize
from pnfilter.syntax.nodes import (
    ORDERINGS,
    Boolean,
    Comparison,
    Expression,
    Null,
    Number,
    Path,
    SetLiteral,
    Text,
    is_bare_name,
    quote,
)
from pnfilter.values import number_text, pattern_parts, read_number, text_value
from pnfilter.wording import shortened

#: Integers up to here, and fractions of as many digits, are told apart by a double.
LARGEST_INTEGER_OF_DOUBLES = 2**53
DIGITS_OF_DOUBLES = 17

_STRAY_BACKSLASH = re.compile(r"\\(.)")
_LEADING_ZERO = re.compile(r"0[0-9]")
_ZERO_INDEX = re.compile(r"\[[ \t\r\n]*0[0-9]")
#: The texts that were seen to be ordered like numbers.
_PLAIN_DIGITS = re.compile(r"0|[1-9][0-9]*")
#: Wildcards of other languages, and the punctuation of their patterns.
_PATTERN_SIGNS = "%_?[]."
_LITERAL_WORDS = frozenset({"true", "false", "null"})


# Spelling


@lint(ASSUMED_RULE, when=("\\", "["))
def assumed_spellings(context: Context) -> Iterator[Diagnostic]:
    """Report backslashes that escape nothing, and indexes with leading zeros."""
    text = context.text
    if "\\" not in text and not _ZERO_INDEX.search(text):
        return
    before = ""
    for kind, start, end in tokenize(text):
        if kind == "TEXT":
            yield from _stray_backslash(text[start:end], start)
        elif kind == "NUMBER" and before == "LSQB" and _LEADING_ZERO.match(text, start, end):
            index = text[start:end]
            message = f"that the index `{shortened(index)}` is decimal is assumed"
            help = f"write it without leading zeros: {shortened(_without_zeros(index))}"
            yield ASSUMED_RULE.at(Span(start, end), message, help)
        before = kind


def _stray_backslash(spelling: str, start: int) -> Iterator[Diagnostic]:
    """The first backslash of a quoted text that is no documented escape."""
    for match in _STRAY_BACKSLASH.finditer(spelling, 1, len(spelling) - 1):
        if match[1] not in ("\\", "*", spelling[0]):
            yield ASSUMED_RULE.at(
                Span(start + match.start(), start + match.end()),
                f"that the backslash before `{match[1]}` stands for itself is assumed",
                r"write \\ for a backslash",
            )
            return


def _without_zeros(number: str) -> str:
    return re.sub("^0+(?=[0-9])", "", number)


# Comparisons


@lint(ASSUMED_RULE, when=("=", "LIKE", "CONTAINS", *ORDERINGS))
def assumed_comparisons(context: Context) -> Iterator[Diagnostic]:
    """Report operators other than ``==`` and ``!=``, and what they do with a string."""
    for node in context.comparisons():
        yield from _comparison(context, node)


def _comparison(context: Context, node: Comparison) -> Iterator[Diagnostic]:
    match node.operator:
        case "=":
            yield _shorthand(context, node)
        case "LIKE" | "CONTAINS":
            yield from _keyword(context, node)
            if node.operator == "LIKE":
                yield from _like(node)
            else:
                yield from _contains(context, node)
        case operator if operator in ORDERINGS:
            for side, other in ((node.left, node.right), (node.right, node.left)):
                if isinstance(side, Text) and not isinstance(other, Text):
                    yield from _ordered_text(side)
        case _:
            pass


def _shorthand(context: Context, node: Comparison) -> Diagnostic:
    left, right = shortened(context.source(node.left)), shortened(context.source(node.right))
    what = "means equality"
    if isinstance(node.right, Text) and node.right.bare:
        what, right = f"means equality with the text {right}", quote(right)
    return ASSUMED_RULE.at(
        node.operator_span,
        f"that `{shortened(context.source(node))}` {what} is assumed",
        f"write {left} == {right}",
    )


def _keyword(context: Context, node: Comparison) -> Iterator[Diagnostic]:
    written = context.text[node.operator_span.start : node.operator_span.end]
    if not (written.isupper() or written.islower()):
        message = f"that `{written}` in mixed case is {node.operator} is assumed"
        yield ASSUMED_RULE.at(node.operator_span, message, f"write {node.operator}")


def _ordered_text(text: Text) -> Iterator[Diagnostic]:
    """A text that reads as a number, and isn't one of digits only."""
    if read_number(text.raw) is not None and not _PLAIN_DIGITS.fullmatch(text.raw):
        yield ASSUMED_RULE.at(
            text.span,
            f"that the text {shortened(text.spelling)} reads as a number is assumed",
            "write a number without quotes; of texts only digits were seen to read as one",
        )


def _like(node: Comparison) -> Iterator[Diagnostic]:
    if isinstance(node.right, Text):
        yield from _pattern(node.right)
    lefts = node.left.elements if isinstance(node.left, SetLiteral) else (node.left,)
    for left in lefts:
        if isinstance(left, Text):
            yield from _foreign_case(left, text_value(left.raw), NO_OTHER_FORM)


def _pattern(pattern: Text) -> Iterator[Diagnostic]:
    parts = pattern_parts(pattern.raw)
    shown = shortened(pattern.spelling)
    filled = [index for index, part in enumerate(parts) if part]
    if filled and filled[0] != filled[-1]:
        yield ASSUMED_RULE.at(
            pattern.span,
            f"that a `*` in the middle is a wildcard, as in {shown}, is assumed",
            "join two patterns with `*` at an end by &&",
        )
    content = "".join(parts)
    other_form = NO_OTHER_FORM
    if len(parts) == 1:
        other_form = f"where case may count, write == {shown}"
    signs = [f"`{sign}`" for sign in _PATTERN_SIGNS if sign in content]
    if signs:
        *others, last = signs
        who = f"{', '.join(others)} and {last} stand for themselves"
        if not others:
            who = f"{last} stands for itself"
        message = f"that {who} in the pattern {shown} is assumed"
        yield ASSUMED_RULE.at(pattern.span, message, other_form)
    yield from _foreign_case(pattern, pattern.raw, other_form)


def _foreign_case(text: Text, content: str, other_form: str) -> Iterator[Diagnostic]:
    """The first letter beyond ASCII that has another case, where LIKE ignores case."""
    if content.isascii():
        return
    for char in content:
        if not char.isascii() and not (char.lower() == char == char.upper()):
            message = f"that LIKE ignores the case of `{char}`, a letter beyond ASCII, is assumed"
            yield ASSUMED_RULE.at(text.span, message, other_form)
            return


def _contains(context: Context, node: Comparison) -> Iterator[Diagnostic]:
    left, right = node.left, node.right
    if isinstance(left, SetLiteral):
        return
    for side, other in ((left, right), (right, left)):
        if not isinstance(side, Text) or not isinstance(other, (Path, Text)):
            continue
        value = text_value(side.raw)
        if value.lower() != value.upper():
            help = "of the elements of an array case counts"
            if side is right:
                help += "; in a text LIKE ignores it"
                if re.fullmatch("[A-Za-z0-9 ]+", value):
                    pattern = quote(f"*{value}*")
                    help += f": {shortened(context.source(left))} LIKE {shortened(pattern)}"
            yield ASSUMED_RULE.at(
                side.span,
                (
                    f"that case counts in a text that contains {shortened(side.spelling)} is assumed"
                    if side is right
                    else f"that case counts in {shortened(side.spelling)} is assumed"
                ),
                help,
            )
    if isinstance(right, Number) and isinstance(right.value, float):
        written = number_text(right.value)
        if written != right.spelling:
            yield ASSUMED_RULE.at(
                right.span,
                f"that a text is searched for `{shortened(right.spelling)}` as {written} is assumed",
                f"write what is searched for as a text: {quote(written)}",
            )


# Fields and literals


@lint(ASSUMED_RULE, when=("bare", "whole", "meta"))
def assumed_paths(context: Context) -> Iterator[Diagnostic]:
    """Report whole payloads, and fields called like a prefix or a literal."""
    for node in context.of(Path):
        yield from _path(context, node)


def _path(context: Context, node: Path) -> Iterator[Diagnostic]:
    source = shortened(context.source(node))
    if not node.keys:
        what = "payload" if node.root == "data" else "metadata"
        yield ASSUMED_RULE.at(
            node.span,
            f"that `{source}` alone is the whole {what} is assumed",
            f"name a field: {node.root}.name",
        )
    elif node.prefix == "meta" and node.keys[0] in {"data", "meta"}:
        yield ASSUMED_RULE.at(
            node.span,
            f"that `{source}` reads a field of the metadata called {node.keys[0]} is assumed",
            "give the field another name",
        )
    elif is_bare_name(node) and str(node.keys[0]).lower() in _LITERAL_WORDS:
        yield ASSUMED_RULE.at(
            node.span,
            f"that `{source}` is a field of the metadata, and no literal, is assumed",
            f"write meta.{source} for the field, {quote(source)} for a text",
        )


@lint(ASSUMED_RULE, when=(Number,))
def assumed_numbers(context: Context) -> Iterator[Diagnostic]:
    """Report exponents, leading zeros, and more digits than a double has."""
    for node in context.of(Number):
        yield from _number(node)


def _number(node: Number) -> Iterator[Diagnostic]:
    spelling, value = node.spelling, node.value
    shown = shortened(spelling)
    mantissa = spelling.lower().partition("e")[0]
    if mantissa != spelling:
        yield ASSUMED_RULE.at(
            node.span,
            f"that a number may have an exponent, as `{shown}` has, is assumed",
            "write the number in full",
        )
    if _LEADING_ZERO.match(spelling):
        yield ASSUMED_RULE.at(
            node.span,
            f"that `{shown}` is decimal is assumed",
            f"write it without leading zeros: {shortened(_without_zeros(spelling))}",
        )
    if isinstance(value, int):
        exact = value <= LARGEST_INTEGER_OF_DOUBLES
    else:
        exact = len(mantissa.replace(".", "").strip("0")) <= DIGITS_OF_DOUBLES
    if not exact:
        how = "every digit counts" if isinstance(value, int) else "only the nearest double counts"
        yield ASSUMED_RULE.at(
            node.span,
            f"that of `{shown}` {how} is assumed",
            "send fewer digits, or a text to compare with ==",
        )


@lint(ASSUMED_RULE, when=(Boolean, Null))
def assumed_literals(context: Context) -> Iterator[Diagnostic]:
    """Report ``true``, ``false`` and ``null``."""
    for node in (*context.of(Boolean), *context.of(Null)):
        yield _literal(context, node)


def _literal(context: Context, node: Expression) -> Diagnostic:
    word = context.source(node)
    help = NO_OTHER_FORM
    if isinstance(node, Boolean):
        help = f'send a text or a number, and compare with "{word}" or {int(node.value)}'
    return ASSUMED_RULE.at(node.span, f"that `{word}` is a literal is assumed", help)
