"""Lints of how a filter is written: words, quotes, literals and keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.checking.context import Context
from pnfilter.checking.naming import PREFIXES, is_bare_word, is_prefix_mistake
from pnfilter.diagnostics import Diagnostic, Edit, Fix, Span
from pnfilter.syntax.nodes import (
    ORDERINGS,
    Arithmetic,
    Boolean,
    Expression,
    Null,
    Number,
    Path,
    Text,
    dashed_name,
    is_word_compared,
    print_quoted,
    quote,
    walk,
)
from pnfilter.values import pattern_parts, read_number
from pnfilter.wording import shortened

#: What a template engine would have filled in, left in a text.
_LEFTOVER = re.compile(
    r"\$\{[^{}]*\}|\$\([^()]*\)|\{\{[^{}]*\}\}|#\{[^{}]*\}|\\\(\w+\)|%[sd](?!\w)"
)
_ESCAPE = re.compile(r"\\(.)")
#: How a date begins.
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: A percent sign that is meant as a wildcard. After a number it is one's share, as in "50% off".
_PERCENT = re.compile(r"^%(?![sd]\b)|(?<!\\)%$|(?<=[^\s0-9\\])%(?=\S)(?![sd]\b)")
_PERCENT_BESIDE_STAR = re.compile(r"^%(?![*sd])|(?<![0-9*\\])%$")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")


def bare_word(context: Context) -> Iterator[Diagnostic]:
    """W401: a bare name right of ``==``, ``!=`` or LIKE is probably text or a variable."""
    for node in context.comparisons():
        right = node.right
        if not is_word_compared(node) or not isinstance(right, Path):
            continue
        if right.brackets or context.is_known(right):
            continue
        name = right.keys[0]
        yield Diagnostic(
            "W401",
            f"`{name}` is read as a field of the metadata, not as a text",
            right.span,
            f'a text is quoted: "{name}"; a field of the metadata is clearer as meta.{name}',
            Fix((Edit(right.span, f'"{name}"'),), safe=False),
        )


def dashed_word(context: Context) -> Iterator[Diagnostic]:
    """W402: ``user-1`` is a subtraction, ``meta.user-id`` and ``2024-01-31`` too."""
    inside: set[int] = set()
    sides = {id(side): node for node in context.comparisons() for side in (node.left, node.right)}
    for node in context.of(Arithmetic):
        # Parents come first, so that of a-b-c only the whole is reported.
        parts = [] if id(node) in inside else dashed_name(node)
        if not parts:
            continue
        first, *others = parts
        inside.update(map(id, walk(node)))
        source = context.source(node)
        parent = sides.get(id(node))
        if not isinstance(first, Path):
            if DATE.fullmatch(source) and parent is not None:
                yield _subtraction(node, source, "a date is a text, in quotes", quote(source))
            continue
        names = any(map(is_bare_word, others))
        equality = parent is not None and parent.operator in {"==", "!=", "LIKE", "CONTAINS"}
        if context.is_known(first) or not (names or (equality and not first.prefix)):
            continue
        if parent is not None and node is parent.right and not first.prefix:
            meant = quote(source)
        else:
            name = str(first.keys[-1])
            begin = first.span.end - node.span.start - len(name)
            path = source[:begin].removesuffix(".") or "meta"
            meant = f'{path}["{source[begin:]}"]'
        yield _subtraction(node, source, "a name with a dash is quoted", meant)


def _subtraction(node: Expression, source: str, advice: str, meant: str) -> Diagnostic:
    message = f"`{shortened(source)}` is a subtraction"
    fix = Fix((Edit(node.span, meant),), safe=False)
    return Diagnostic("W402", message, node.span, f"{advice}: {shortened(meant)}", fix)


def single_equals(context: Context) -> Iterator[Diagnostic]:
    """W403: the shorthand ``such=wow``."""
    for node in context.comparisons():
        if node.operator != "=":
            continue
        right = context.source(node.right)
        edits = [Edit(Span(node.left.span.end, node.right.span.start), " == ")]
        if isinstance(node.right, Text) and node.right.bare:
            right = quote(node.right.raw)
            edits.append(Edit(node.right.span, right))
        yield Diagnostic(
            "W403",
            "a single `=` is in no list of operators",
            node.operator_span,
            f"write {shortened(context.source(node.left))} == {shortened(right)}",
            Fix(tuple(edits)),
        )


def patterns(context: Context) -> Iterator[Diagnostic]:
    """W404, W413: what stands in a LIKE pattern."""
    for node in context.comparisons():
        if node.operator != "LIKE" or not isinstance(node.right, Text):
            continue
        pattern = node.right
        parts = pattern_parts(pattern.raw)
        wild = _PERCENT if len(parts) == 1 else _PERCENT_BESIDE_STAR
        spelling = pattern.spelling
        fixed = spelling[0] + wild.sub("*", spelling[1:-1]) + spelling[-1]
        if fixed != spelling:
            yield Diagnostic(
                "W404",
                "`%` is no wildcard: it stands for itself",
                pattern.span,
                f"write {shortened(fixed)}",
                Fix((Edit(pattern.span, fixed),), safe=False),
            )
        filled = [index for index, part in enumerate(parts) if part]
        if filled and filled[0] != filled[-1]:
            yield Diagnostic(
                "W413",
                "a `*` in the middle of a pattern is not documented",
                pattern.span,
                "it is read as any run of characters; shown are patterns with `*` at the ends: "
                "two of them, joined by &&, are safer",
            )


def one_element_set(context: Context) -> Iterator[Diagnostic]:
    """W405: ``("us") CONTAINS meta.net`` is a substring test."""
    for node in context.comparisons():
        left = node.left
        if node.operator != "CONTAINS" or not isinstance(left, (Text, Number)):
            continue
        if not left.brackets or not isinstance(node.right, Path):
            continue
        meant = f"{context.source(node.right)} == {context.source(left)}"
        yield Diagnostic(
            "W405",
            f"`({shortened(context.source(left))})` is one bracketed value, not a set",
            left.brackets[-1],
            f"a set has two elements or more; for one write {shortened(meant)}",
            # As a filter it tests for a part of the text, which may have been meant.
            Fix((Edit(node.span, meant),), safe=False),
        )


def template_leftover(context: Context) -> Iterator[Diagnostic]:
    """W406: ``${name}`` and its like inside a text."""
    for node in context.of(Text):
        if node.bare:
            continue
        match = _LEFTOVER.search(node.spelling)
        if match:
            yield Diagnostic(
                "W406",
                f"`{shortened(match[0])}` was never filled in",
                Span(node.span.start + match.start(), node.span.start + match.end()),
                "put the value in before the filter is sent: template and F do it safely",
            )


def backslashes(context: Context) -> Iterator[Diagnostic]:
    r"""W407: a backslash before a character that it doesn't escape, and ``\*`` outside a pattern."""
    pattern_ids = {id(node.right) for node in context.comparisons() if node.operator == "LIKE"}
    for text in context.of(Text):
        if not text.bare:
            is_pattern = id(text) in pattern_ids
            yield from _stray_backslashes(text.spelling, text.span.start, is_pattern=is_pattern)
    for path in context.of(Path):
        for key in _QUOTED.finditer(context.source(path)):
            start = path.span.start + key.start()
            yield from _stray_backslashes(key[0], start, is_pattern=False)


def _stray_backslashes(spelling: str, start: int, *, is_pattern: bool) -> Iterator[Diagnostic]:
    """The backslashes of one quoted text, which begins at ``start``; the first of a kind is enough."""
    for match in _ESCAPE.finditer(spelling, 1, len(spelling) - 1):
        char = match[1]
        if _LEFTOVER.match(spelling, match.start()):
            continue
        span = Span(start + match.start(), start + match.end())
        if char == "*" and not is_pattern:
            yield Diagnostic(
                "W407",
                r"`\*` is an escape in a LIKE pattern only: here the backslash stays",
                span,
                "take the backslash away",
                Fix((Edit(span, "*"),), safe=False),
            )
            return
        if char not in ("\\", "*", spelling[0]):
            yield Diagnostic(
                "W407",
                f"the backslash before `{char}` escapes nothing: it stands for itself",
                span,
                r"a backslash is written \\; only quotes, backslashes and, in a pattern, \* "
                "are escaped",
                Fix((Edit(Span(span.start, span.start), "\\"),), safe=False),
            )
            return


def literals(context: Context) -> Iterator[Diagnostic]:
    """W408, W409: booleans, null and exponents."""
    for literal in (*context.of(Boolean), *context.of(Null)):
        word = context.source(literal)
        help = f'if the field holds a text: "{word}"; if it holds a number: 1 or 0'
        if isinstance(literal, Null):
            help = "a field that is null counts as missing, and a missing field can't be asked for"
        message = f"`{word}` is no literal of the documented language"
        yield Diagnostic("W408", message, literal.span, help)
    for number in context.of(Number):
        if "e" in number.spelling.lower():
            yield Diagnostic(
                "W409",
                f"the exponent of `{shortened(number.spelling)}` is not documented",
                number.span,
                "write the number in full",
            )


def keyword_case(context: Context) -> Iterator[Diagnostic]:
    """W410: ``Like``."""
    for node in context.comparisons():
        if node.operator not in {"LIKE", "CONTAINS"}:
            continue
        written = context.text[node.operator_span.start : node.operator_span.end]
        if not written.isupper() and not written.islower():
            yield Diagnostic(
                "W410",
                f"`{written}`: keywords were only ever seen in capitals or in small letters",
                node.operator_span,
                f"write {node.operator}",
                Fix((Edit(node.operator_span, node.operator),)),
            )


def prefixes(context: Context) -> Iterator[Diagnostic]:
    """W411, W412: ``Meta.x`` and ``metadata.x`` read fields of the metadata called so."""
    for node in context.of(Path):
        if not is_prefix_mistake(node) or context.is_known(node):
            continue
        name = str(node.keys[0])
        span = Span(node.span.start, node.span.start + len(name))
        lower = name.lower()
        if lower in {"data", "meta"}:
            yield Diagnostic(
                "W411",
                f"`{name}` is no prefix: prefixes have small letters",
                span,
                f"write {lower}",
                Fix((Edit(span, lower),)),
            )
        else:
            yield Diagnostic(
                "W412",
                f"`{name}` is no prefix: this reads a field of the metadata called {name}",
                span,
                f"did you mean {PREFIXES[lower]}?",
                Fix((Edit(span, PREFIXES[lower]),), safe=False),
            )


def quoted_number(context: Context) -> Iterator[Diagnostic]:
    """W415: ``data.age > "18"``."""
    for node in context.comparisons():
        if node.operator not in ORDERINGS:
            continue
        for side in (node.left, node.right):
            if isinstance(side, Text) and read_number(side.raw) is not None:
                fixed = side.raw
                yield Diagnostic(
                    "W415",
                    f"{shortened(print_quoted(side.spelling))} is a text under an ordering operator",
                    side.span,
                    f"write the number without quotes: {shortened(fixed)}",
                    # Of two texts the order is not known: without quotes a text matches for certain.
                    Fix((Edit(side.span, fixed),), safe=False),
                )
