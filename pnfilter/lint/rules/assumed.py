"""Lints of what is certain here only: parts of a filter that rest on an assumed rule.

I504 goes by the grades of ``grammar/LANGUAGE.md``. A rule graded *assumed* is reported where
something in the filter brings it up: an operator, a character of a pattern, a letter in CONTAINS.
Left out are those that only a message brings up: a boolean or an object as a value, a field that is
null or missing, a key in another case. Of *unknown* ones only arithmetic is reported that has no
result whatever the message is and that no warning is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Rule, Span
from pnfilter.lint.context import Context, lint
from pnfilter.semantics import number_text, pattern_parts, read_number, text_value
from pnfilter.syntax.lexer import tokenize
from pnfilter.syntax.nodes import (
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
    is_bare_name,
    quote,
)
from pnfilter.wording import shorten

_STRAY_BACKSLASH = re.compile(r"\\(.)")
LEADING_ZERO = re.compile(r"0[0-9]")
_ZERO_INDEX = re.compile(r"\[[ \t\r\n]*0[0-9]")
#: The texts that were seen to be ordered like numbers.
_PLAIN_DIGITS = re.compile(r"0|[1-9][0-9]*")
#: Wildcards of other languages, and the punctuation of their patterns.
_PATTERN_SIGNS = "%_?[]."
_LITERAL_WORDS = frozenset({"true", "false", "null"})

NO_OTHER_FORM = "no other form has evidence: try it on the server before you rely on it"

ASSUMED_RULE = Rule(
    "I504",
    "assumed-rule",
    summary="A part whose meaning is unverified for the server.",
    why=(
        "The service publishes no complete definition of its filters. What is assumed "
        "here (arithmetic but for `+`, `%` and the bits, negative numbers, `true`, the "
        "characters `_` and `.` in a pattern, case in CONTAINS, and more) may work "
        "differently there, so a trial on your own machine proves nothing. Try it on the "
        "server, or write a form that was recorded or is documented. The rule reports what "
        "the filter contains, not what only a message can show, such as an object as a "
        "value or a key in another case."
    ),
    bad="data.width * data.height > 100",
    good="data.area > 100",
)


# Conditions


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
            case Number(value=0) | String(raw=""):
                pass
            case _:
                continue
        source = shorten(context.source(node))
        help = "compare it with a value"
        if isinstance(node, Path):
            help = f'send the string "true", and write {source} == "true"'
        message = f"unverified: whether `{source}` holds as a condition of its own"
        yield ASSUMED_RULE.at(node.span, message, help)


@lint(ASSUMED_RULE, when=(Or,))
def assumed_junctions(context: Context) -> Iterator[Diagnostic]:
    """Report ``&&`` beside ``||`` without parentheses."""
    for node in context.of(Or):
        for operand in node.operands:
            if isinstance(operand, And) and not operand.parens:
                source = shorten(context.source(operand))
                message = f"unverified: && is assumed to bind `{source}` before ||"
                yield ASSUMED_RULE.at(operand.span, message, f"write ({source})")


@lint(ASSUMED_RULE, when=(Not,))
def assumed_negations(context: Context) -> Iterator[Diagnostic]:
    """Report ``!`` before a comparison without parentheses."""
    for node in context.of(Not):
        inner = node.operand
        if isinstance(inner, Comparison) and not inner.parens:
            source = shorten(context.source(inner))
            message = f"unverified: `!` is assumed to negate all of `{source}`"
            yield ASSUMED_RULE.at(node.span, message, f"write !({source})")


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
        elif kind == "NUMBER" and before == "LSQB" and LEADING_ZERO.match(text, start, end):
            index = text[start:end]
            message = f"unverified: the index `{shorten(index)}` is assumed to be decimal"
            help = f"write it without leading zeros: {shorten(without_zeros(index))}"
            yield ASSUMED_RULE.at(Span(start, end), message, help)
        before = kind


def _stray_backslash(spelling: str, start: int) -> Iterator[Diagnostic]:
    """The first backslash of a quoted text that is no documented escape."""
    for match in _STRAY_BACKSLASH.finditer(spelling, 1, len(spelling) - 1):
        if match[1] not in ("\\", "*", spelling[0]):
            yield ASSUMED_RULE.at(
                Span(start + match.start(), start + match.end()),
                f"unverified: the backslash before `{match[1]}` is assumed to be taken literally",
                r"write \\ for a backslash",
            )
            return


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
                if isinstance(side, String) and not isinstance(other, String):
                    yield from _ordered_text(side)
        case _:
            pass


def _shorthand(context: Context, node: Comparison) -> Diagnostic:
    left, right = shorten(context.source(node.left)), shorten(context.source(node.right))
    what = "mean equality"
    if isinstance(node.right, String) and node.right.bare:
        what, right = f"mean equality with the string {right}", quote(right)
    return ASSUMED_RULE.at(
        node.operator_span,
        f"unverified: `{shorten(context.source(node))}` is assumed to {what}",
        f"write {left} == {right}",
    )


def _keyword(context: Context, node: Comparison) -> Iterator[Diagnostic]:
    written = context.text[node.operator_span.start : node.operator_span.end]
    if not (written.isupper() or written.islower()):
        message = f"unverified: `{written}` in mixed case is assumed to be {node.operator}"
        yield ASSUMED_RULE.at(node.operator_span, message, f"write {node.operator}")


def _ordered_text(text: String) -> Iterator[Diagnostic]:
    """A text that reads as a number, and isn't one of digits only."""
    if read_number(text.raw) is not None and not _PLAIN_DIGITS.fullmatch(text.raw):
        yield ASSUMED_RULE.at(
            text.span,
            f"unverified: the string {shorten(text.spelling)} is assumed to be read as a number",
            "write a number without quotes; only strings of digits were seen to be read as numbers",
        )


def _like(node: Comparison) -> Iterator[Diagnostic]:
    if isinstance(node.right, String):
        yield from _pattern(node.right)
    lefts = node.left.elements if isinstance(node.left, SetLiteral) else (node.left,)
    for left in lefts:
        if isinstance(left, String):
            yield from _foreign_case(left, text_value(left.raw), NO_OTHER_FORM)


def _pattern(pattern: String) -> Iterator[Diagnostic]:
    parts = pattern_parts(pattern.raw)
    shown = shorten(pattern.spelling)
    filled = [index for index, part in enumerate(parts) if part]
    if filled and filled[0] != filled[-1]:
        yield ASSUMED_RULE.at(
            pattern.span,
            f"unverified: a `*` in the middle, as in {shown}, is assumed to be a wildcard",
            "write two patterns with `*` at an end, joined by &&",
        )
    content = "".join(parts)
    other_form = NO_OTHER_FORM
    if len(parts) == 1:
        other_form = f"if case matters, write == {shown}"
    signs = [f"`{sign}`" for sign in _PATTERN_SIGNS if sign in content]
    if signs:
        *others, last = signs
        who = f"{', '.join(others)} and {last} are"
        if not others:
            who = f"{last} is"
        message = f"unverified: {who} assumed to be taken literally in the pattern {shown}"
        yield ASSUMED_RULE.at(pattern.span, message, other_form)
    yield from _foreign_case(pattern, pattern.raw, other_form)


def _foreign_case(text: String, content: str, other_form: str) -> Iterator[Diagnostic]:
    """The first letter beyond ASCII that has another case, where LIKE ignores case."""
    if content.isascii():
        return
    for char in content:
        if not char.isascii() and not (char.lower() == char == char.upper()):
            message = (
                f"unverified: LIKE is assumed to ignore the case of `{char}`, a letter beyond ASCII"
            )
            yield ASSUMED_RULE.at(text.span, message, other_form)
            return


def _contains(context: Context, node: Comparison) -> Iterator[Diagnostic]:
    left, right = node.left, node.right
    if isinstance(left, SetLiteral):
        return
    for side, other in ((left, right), (right, left)):
        if not isinstance(side, String) or not isinstance(other, (Path, String)):
            continue
        value = text_value(side.raw)
        if value.lower() != value.upper():
            help = "for the elements of an array, case matters"
            if side is right:
                help += "; in a string, LIKE ignores it"
                if re.fullmatch("[A-Za-z0-9 ]+", value):
                    pattern = quote(f"*{value}*")
                    help += f": {shorten(context.source(left))} LIKE {shorten(pattern)}"
            what = "a string that contains " if side is right else ""
            message = f"unverified: case is assumed to matter in {what}{shorten(side.spelling)}"
            yield ASSUMED_RULE.at(side.span, message, help)
    if isinstance(right, Number) and isinstance(right.value, float):
        written = number_text(right.value)
        if written != right.spelling:
            spelling = shorten(right.spelling)
            yield ASSUMED_RULE.at(
                right.span,
                f"unverified: a string is assumed to be searched for `{spelling}` as {written}",
                f"write the number as a string: {quote(written)}",
            )


# Fields and literals


@lint(ASSUMED_RULE, when=("bare", "whole", "meta"))
def assumed_paths(context: Context) -> Iterator[Diagnostic]:
    """Report whole payloads, and fields called like a prefix or a literal."""
    for node in context.of(Path):
        yield from _path(context, node)


def _path(context: Context, node: Path) -> Iterator[Diagnostic]:
    source = shorten(context.source(node))
    if not node.keys:
        what = "payload" if node.root == "data" else "metadata"
        yield ASSUMED_RULE.at(
            node.span,
            f"unverified: `{source}` alone is assumed to be the whole {what}",
            f"name a field: {node.root}.name",
        )
    elif node.prefix == "meta" and node.keys[0] in {"data", "meta"}:
        yield ASSUMED_RULE.at(
            node.span,
            f"unverified: `{source}` is assumed to read a metadata field called {node.keys[0]}",
            "give the field another name",
        )
    elif is_bare_name(node) and str(node.keys[0]).lower() in _LITERAL_WORDS:
        yield ASSUMED_RULE.at(
            node.span,
            f"unverified: `{source}` is assumed to be a metadata field, not a literal",
            f"write meta.{source} for the field, {quote(source)} for a string",
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
        help = f'send a string or a number, and compare with "{word}" or {int(node.value)}'
    return ASSUMED_RULE.at(node.span, f"unverified: `{word}` is assumed to be a literal", help)


def without_zeros(number: str) -> str:
    return re.sub("^0+(?=[0-9])", "", number)
