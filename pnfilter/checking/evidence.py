"""Lints of what is certain here only: parts of a filter that rest on an assumed rule.

I504 goes by the grades of ``grammar/LANGUAGE.md``. A rule graded *assumed* is told where something
written in the filter brings it up: an operator, a sign in a pattern, a letter in CONTAINS. Left out
are those that only a message brings up: a boolean or an object as a value, a field that is null or
missing, a key in another case. Of *unknown* ones only arithmetic is told that has no result
whatever the message is and that no warning is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.checking.context import Context
from pnfilter.diagnostics import Diagnostic, Span
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
    Text,
    Unary,
    is_bare_name,
    quote,
)
from pnfilter.values import number_text, pattern_parts, read_number, text_value
from pnfilter.wording import shortened

#: Integers up to here, and fractions of as many digits, are told apart by a double.
LARGEST_INTEGER_OF_DOUBLES = 2**53
DIGITS_OF_DOUBLES = 17

_NO_OTHER_FORM = "no other form has evidence: try it on the server before relying on it"
_STRAY_BACKSLASH = re.compile(r"\\(.)")
_LEADING_ZERO = re.compile(r"0[0-9]")
_ZERO_INDEX = re.compile(r"\[[ \t\r\n]*0[0-9]")
#: The texts that were seen to be ordered like numbers.
_PLAIN_DIGITS = re.compile(r"0|[1-9][0-9]*")
#: Wildcards of other languages, and the punctuation of their patterns.
_PATTERN_SIGNS = "%_?[]."
_LITERAL_WORDS = frozenset({"true", "false", "null"})


# What single tokens are


def assumed_spellings(context: Context) -> Iterator[Diagnostic]:
    """I504: backslashes that escape nothing, and indexes with leading zeros."""
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
            yield Diagnostic("I504", message, Span(start, end), help)
        before = kind


def _without_zeros(number: str) -> str:
    return re.sub("^0+(?=[0-9])", "", number)


def _stray_backslash(spelling: str, start: int) -> Iterator[Diagnostic]:
    """The first backslash of a quoted text that is no documented escape."""
    for match in _STRAY_BACKSLASH.finditer(spelling, 1, len(spelling) - 1):
        if match[1] not in ("\\", "*", spelling[0]):
            yield Diagnostic(
                "I504",
                f"that the backslash before `{match[1]}` stands for itself is assumed",
                Span(start + match.start(), start + match.end()),
                r"write \\ for a backslash",
            )
            return


def assumed_numbers(context: Context) -> Iterator[Diagnostic]:
    """I504: exponents, leading zeros, and more digits than a double has."""
    for node in context.of(Number):
        yield from _number(node)


def _number(node: Number) -> Iterator[Diagnostic]:
    spelling, value = node.spelling, node.value
    shown = shortened(spelling)
    mantissa = spelling.lower().partition("e")[0]
    if mantissa != spelling:
        yield Diagnostic(
            "I504",
            f"that a number may have an exponent, as `{shown}` has, is assumed",
            node.span,
            "write the number in full",
        )
    if _LEADING_ZERO.match(spelling):
        yield Diagnostic(
            "I504",
            f"that `{shown}` is decimal is assumed",
            node.span,
            f"write it without leading zeros: {shortened(_without_zeros(spelling))}",
        )
    if isinstance(value, int):
        exact = value <= LARGEST_INTEGER_OF_DOUBLES
    else:
        exact = len(mantissa.replace(".", "").strip("0")) <= DIGITS_OF_DOUBLES
    if not exact:
        how = "every digit counts" if isinstance(value, int) else "only the nearest double counts"
        yield Diagnostic(
            "I504",
            f"that of `{shown}` {how} is assumed",
            node.span,
            "send fewer digits, or a text to compare with ==",
        )


def assumed_literals(context: Context) -> Iterator[Diagnostic]:
    """I504: ``true``, ``false`` and ``null``."""
    for node in (*context.of(Boolean), *context.of(Null)):
        yield _literal(context, node)


def _literal(context: Context, node: Expression) -> Diagnostic:
    word = context.source(node)
    help = _NO_OTHER_FORM
    if isinstance(node, Boolean):
        help = f'send a text or a number, and compare with "{word}" or {int(node.value)}'
    return Diagnostic("I504", f"that `{word}` is a literal is assumed", node.span, help)


def assumed_paths(context: Context) -> Iterator[Diagnostic]:
    """I504: whole payloads, and fields called like a prefix or a literal."""
    for node in context.of(Path):
        yield from _path(context, node)


def _path(context: Context, node: Path) -> Iterator[Diagnostic]:
    source = shortened(context.source(node))
    if not node.keys:
        what = "payload" if node.root == "data" else "metadata"
        yield Diagnostic(
            "I504",
            f"that `{source}` alone is the whole {what} is assumed",
            node.span,
            f"name a field: {node.root}.name",
        )
    elif node.prefix == "meta" and node.keys[0] in {"data", "meta"}:
        yield Diagnostic(
            "I504",
            f"that `{source}` reads a field of the metadata called {node.keys[0]} is assumed",
            node.span,
            "give the field another name",
        )
    elif is_bare_name(node) and str(node.keys[0]).lower() in _LITERAL_WORDS:
        yield Diagnostic(
            "I504",
            f"that `{source}` is a field of the metadata, and no literal, is assumed",
            node.span,
            f"write meta.{source} for the field, {quote(source)} for a text",
        )


# What conditions are


def assumed_values(context: Context) -> Iterator[Diagnostic]:
    """I504: values as conditions, but for those that are undecided and have a warning."""
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
        yield Diagnostic("I504", message, node.span, help)


def assumed_junctions(context: Context) -> Iterator[Diagnostic]:
    """I504: ``&&`` beside ``||`` without brackets."""
    for node in context.of(Or):
        for operand in node.operands:
            if isinstance(operand, And) and not operand.brackets:
                source = shortened(context.source(operand))
                message = f"that && binds `{source}` together before || is assumed"
                yield Diagnostic("I504", message, operand.span, f"write ({source})")


def assumed_negations(context: Context) -> Iterator[Diagnostic]:
    """I504: ``!`` before a comparison without brackets."""
    for node in context.of(Not):
        inner = node.operand
        if isinstance(inner, Comparison) and not inner.brackets:
            source = shortened(context.source(inner))
            message = f"that `!` negates the whole of `{source}` is assumed"
            yield Diagnostic("I504", message, node.span, f"write !({source})")


def assumed_comparisons(context: Context) -> Iterator[Diagnostic]:
    """I504: operators other than ``==`` and ``!=``, and what they do with a text."""
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
    return Diagnostic(
        "I504",
        f"that `{shortened(context.source(node))}` {what} is assumed",
        node.operator_span,
        f"write {left} == {right}",
    )


def _keyword(context: Context, node: Comparison) -> Iterator[Diagnostic]:
    written = context.text[node.operator_span.start : node.operator_span.end]
    if not (written.isupper() or written.islower()):
        message = f"that `{written}` in mixed case is {node.operator} is assumed"
        yield Diagnostic("I504", message, node.operator_span, f"write {node.operator}")


def _ordered_text(text: Text) -> Iterator[Diagnostic]:
    """A text that reads as a number, and isn't one of digits only."""
    if read_number(text.raw) is not None and not _PLAIN_DIGITS.fullmatch(text.raw):
        yield Diagnostic(
            "I504",
            f"that the text {shortened(text.spelling)} reads as a number is assumed",
            text.span,
            "write a number without quotes; of texts only digits were seen to read as one",
        )


# What LIKE and CONTAINS do with a text


def _like(node: Comparison) -> Iterator[Diagnostic]:
    if isinstance(node.right, Text):
        yield from _pattern(node.right)
    lefts = node.left.elements if isinstance(node.left, SetLiteral) else (node.left,)
    for left in lefts:
        if isinstance(left, Text):
            yield from _foreign_case(left, text_value(left.raw), _NO_OTHER_FORM)


def _pattern(pattern: Text) -> Iterator[Diagnostic]:
    parts = pattern_parts(pattern.raw)
    shown = shortened(pattern.spelling)
    filled = [index for index, part in enumerate(parts) if part]
    if filled and filled[0] != filled[-1]:
        yield Diagnostic(
            "I504",
            f"that a `*` in the middle is a wildcard, as in {shown}, is assumed",
            pattern.span,
            "join two patterns with `*` at an end by &&",
        )
    content = "".join(parts)
    other_form = _NO_OTHER_FORM
    if len(parts) == 1:
        other_form = f"where case may count, write == {shown}"
    signs = [f"`{sign}`" for sign in _PATTERN_SIGNS if sign in content]
    if signs:
        *others, last = signs
        who = f"{', '.join(others)} and {last} stand for themselves"
        if not others:
            who = f"{last} stands for itself"
        message = f"that {who} in the pattern {shown} is assumed"
        yield Diagnostic("I504", message, pattern.span, other_form)
    yield from _foreign_case(pattern, pattern.raw, other_form)


def _foreign_case(text: Text, content: str, other_form: str) -> Iterator[Diagnostic]:
    """The first letter beyond ASCII that has another case, where LIKE ignores case."""
    if content.isascii():
        return
    for char in content:
        if not char.isascii() and not (char.lower() == char == char.upper()):
            message = f"that LIKE ignores the case of `{char}`, a letter beyond ASCII, is assumed"
            yield Diagnostic("I504", message, text.span, other_form)
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
            yield Diagnostic(
                "I504",
                f"that case counts in a text that contains {shortened(side.spelling)} is assumed"
                if side is right
                else f"that case counts in {shortened(side.spelling)} is assumed",
                side.span,
                help,
            )
    if isinstance(right, Number) and isinstance(right.value, float):
        written = number_text(right.value)
        if written != right.spelling:
            yield Diagnostic(
                "I504",
                f"that a text is searched for `{shortened(right.spelling)}` as {written} is assumed",
                right.span,
                f"write what is searched for as a text: {quote(written)}",
            )
