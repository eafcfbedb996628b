"""Lints of how a filter is written: words, quotes, literals and keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import Context
from pnfilter.lint.naming import PREFIXES, is_bare_word, is_prefix_mistake
from pnfilter.lint.registry import lint
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


@lint(
    Rule(
        "W401",
        "bare-word",
        summary="A bare name on the right of a comparison.",
        why=(
            "It is read as a field of the metadata. Nearly always a text without "
            "quotes was meant, or a variable of the program that makes the filter."
        ),
        bad="language != spanish",
        good='language != "spanish"',
    ),
    when=("bare",),
)
def bare_word(context: Context) -> Iterator[Diagnostic]:
    """Report a bare name right of ``==``, ``!=`` or LIKE: probably a string or a variable."""
    for node in context.comparisons():
        right = node.right
        if not is_word_compared(node) or not isinstance(right, Path):
            continue
        if right.brackets or context.is_known(right):
            continue
        name = right.keys[0]
        yield bare_word.at(
            right.span,
            f"`{name}` is read as a field of the metadata, not as a text",
            f'a text is quoted: "{name}"; a field of the metadata is clearer as meta.{name}',
            Fix((Edit(right.span, f'"{name}"'),), safe=False),
        )


@lint(
    Rule(
        "W402",
        "dashed-word",
        summary="A name with a dash is a subtraction.",
        why="Names have no dashes. A text is quoted, a key with a dash goes in brackets.",
        bad="userId != user-1",
        good='userId != "user-1"',
    ),
    when=("-",),
)
def dashed_word(context: Context) -> Iterator[Diagnostic]:
    """Report ``user-1``, ``meta.user-id`` and ``2024-01-31``, which are subtractions."""
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
    return dashed_word.at(node.span, message, f"{advice}: {shortened(meant)}", fix)


@lint(
    Rule(
        "W403",
        "single-equals",
        summary="The shorthand such=wow.",
        why=(
            "The vendor's configuration reference shows it, no list of operators has "
            "it. It is read as equality with the text on the right; `==` is certain."
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
        edits = [Edit(Span(node.left.span.end, node.right.span.start), " == ")]
        if isinstance(node.right, Text) and node.right.bare:
            right = quote(node.right.raw)
            edits.append(Edit(node.right.span, right))
        yield single_equals.at(
            node.operator_span,
            "a single `=` is in no list of operators",
            f"write {shortened(context.source(node.left))} == {shortened(right)}",
            Fix(tuple(edits)),
        )


@lint(
    Rule(
        "W404",
        "percent-wildcard",
        summary="`%` as a wildcard.",
        why=(
            "The wildcard of LIKE is `*`. `%` was one in a build of 2016 only, and "
            "stands for itself now."
        ),
        bad='region LIKE "east%"',
        good='region LIKE "east*"',
    ),
    when=("LIKE",),
)
def percent_wildcard(context: Context) -> Iterator[Diagnostic]:
    """Report ``%`` as the wildcard of a pattern."""
    for pattern, parts in _patterns(context):
        wild = _PERCENT if len(parts) == 1 else _PERCENT_BESIDE_STAR
        spelling = pattern.spelling
        fixed = spelling[0] + wild.sub("*", spelling[1:-1]) + spelling[-1]
        if fixed != spelling:
            yield percent_wildcard.at(
                pattern.span,
                "`%` is no wildcard: it stands for itself",
                f"write {shortened(fixed)}",
                Fix((Edit(pattern.span, fixed),), safe=False),
            )


@lint(
    Rule(
        "W413",
        "inner-wildcard",
        summary="A `*` in the middle of a pattern.",
        why=(
            "Patterns are documented with `*` at the beginning and the end. In the "
            "middle it is read as any run of characters, by assumption."
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
        if filled and filled[0] != filled[-1]:
            yield inner_wildcard.at(
                pattern.span,
                "a `*` in the middle of a pattern is not documented",
                "it is read as any run of characters; shown are patterns with `*` at the ends: "
                "two of them, joined by &&, are safer",
            )


def _patterns(context: Context) -> Iterator[tuple[Text, tuple[str, ...]]]:
    """Yield the patterns that the filter holds, with the parts between their wildcards."""
    for node in context.comparisons():
        if node.operator == "LIKE" and isinstance(node.right, Text):
            yield node.right, pattern_parts(node.right.raw)


@lint(
    Rule(
        "W405",
        "one-element-set",
        summary="A set of one element.",
        why=(
            "Brackets round one text are just brackets: CONTAINS then looks for the "
            'field\'s value inside that text, so that "u" matches too.'
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
        if node.operator != "CONTAINS" or not isinstance(left, (Text, Number)):
            continue
        if not left.brackets or not isinstance(node.right, Path):
            continue
        meant = f"{context.source(node.right)} == {context.source(left)}"
        yield one_element_set.at(
            left.brackets[-1],
            f"`({shortened(context.source(left))})` is one bracketed value, not a set",
            f"a set has two elements or more; for one write {shortened(meant)}",
            # As a filter it tests for a part of the text, which may have been meant.
            Fix((Edit(node.span, meant),), safe=False),
        )


@lint(
    Rule(
        "W406",
        "template-leftover",
        summary="A placeholder inside a text.",
        why="`${…}`, `$(…)`, `{{…}}`, `#{…}` and `%s` are sent as they stand, and match nothing.",
        bad='uuid != "${me}"',
        good='uuid != "me"',
    ),
    when=("$", "#", "%", "{", "\\"),
)
def template_leftover(context: Context) -> Iterator[Diagnostic]:
    """Report ``${name}`` and its like inside a string."""
    for node in context.of(Text):
        if node.bare:
            continue
        match = _LEFTOVER.search(node.spelling)
        if match:
            yield template_leftover.at(
                Span(node.span.start + match.start(), node.span.start + match.end()),
                f"`{shortened(match[0])}` was never filled in",
                "put the value in before the filter is sent: template and F do it safely",
            )


@lint(
    Rule(
        "W407",
        "stray-backslash",
        summary="A backslash that escapes nothing.",
        why=(
            "A backslash escapes the quote in use, itself, and in a LIKE pattern `*`. "
            "Before anything else it stands for itself, and what the server does with "
            "it was never shown."
        ),
        bad='data.path == "a\\b"',
        good='data.path == "a\\\\b"',
    ),
    when=("\\",),
)
def backslashes(context: Context) -> Iterator[Diagnostic]:
    r"""Report a backslash that escapes nothing, and ``\*`` outside a pattern."""
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
            yield backslashes.at(
                span,
                r"`\*` is an escape in a LIKE pattern only: here the backslash stays",
                "take the backslash away",
                Fix((Edit(span, "*"),), safe=False),
            )
            return
        if char not in ("\\", "*", spelling[0]):
            yield backslashes.at(
                span,
                f"the backslash before `{char}` escapes nothing: it stands for itself",
                r"a backslash is written \\; only quotes, backslashes and, in a pattern, \* "
                "are escaped",
                Fix((Edit(Span(span.start, span.start), "\\"),), safe=False),
            )
            return


@lint(
    Rule(
        "W408",
        "boolean-or-null",
        summary="true, false and null are not documented.",
        why=(
            "Equality is documented for texts and numbers. What a JSON boolean equals "
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
        help = f'if the field holds a text: "{word}"; if it holds a number: 1 or 0'
        if isinstance(literal, Null):
            help = "a field that is null counts as missing, and a missing field can't be asked for"
        message = f"`{word}` is no literal of the documented language"
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
                f"`{written}`: keywords were only ever seen in capitals or in small letters",
                f"write {node.operator}",
                Fix((Edit(node.operator_span, node.operator),)),
            )


@lint(
    Rule(
        "W411",
        "prefix-case",
        summary="A prefix with a capital.",
        why="Names are case-sensitive: Data.x reads a field of the metadata called Data.",
        bad="Data.x == 1",
        good="data.x == 1",
    ),
    when=("notable",),
)
def prefix_case(context: Context) -> Iterator[Diagnostic]:
    """Report ``Meta.x``, which reads a field of the metadata called Meta."""
    for name, span in _mistaken_prefixes(context):
        lower = name.lower()
        if lower in {"data", "meta"}:
            yield prefix_case.at(
                span,
                f"`{name}` is no prefix: prefixes have small letters",
                f"write {lower}",
                Fix((Edit(span, lower),)),
            )


@lint(
    Rule(
        "W412",
        "misspelt-prefix",
        summary="A word that is nearly a prefix.",
        why="Only `data` and `meta` are prefixes; any other word reads a field of the metadata.",
        bad="metadata.x == 1",
        good="meta.x == 1",
    ),
    when=("notable",),
)
def misspelt_prefix(context: Context) -> Iterator[Diagnostic]:
    """Report ``metadata.x``, which reads a field of the metadata called metadata."""
    for name, span in _mistaken_prefixes(context):
        prefix = PREFIXES.get(name.lower())
        if prefix is not None:
            yield misspelt_prefix.at(
                span,
                f"`{name}` is no prefix: this reads a field of the metadata called {name}",
                f"did you mean {prefix}?",
                Fix((Edit(span, prefix),), safe=False),
            )


def _mistaken_prefixes(context: Context) -> Iterator[tuple[str, Span]]:
    """Yield the first words of paths that were meant as a prefix, and where they are."""
    for node in context.of(Path):
        if is_prefix_mistake(node) and not context.is_known(node):
            name = str(node.keys[0])
            yield name, Span(node.span.start, node.span.start + len(name))


@lint(
    Rule(
        "W415",
        "quoted-number",
        summary="A quoted number under an ordering operator.",
        why=(
            "Ordering is documented for numbers. A text on one side is read as a "
            "number where it is one; two texts are not ordered."
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
            if isinstance(side, Text) and read_number(side.raw) is not None:
                fixed = side.raw
                yield quoted_number.at(
                    side.span,
                    f"{shortened(print_quoted(side.spelling))} is a text under an ordering operator",
                    f"write the number without quotes: {shortened(fixed)}",
                    # Of two texts the order is not known: without quotes a text matches for certain.
                    Fix((Edit(side.span, fixed),), safe=False),
                )
