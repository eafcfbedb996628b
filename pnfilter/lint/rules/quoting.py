"""Lints of quotes: what has none, and what is inside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import Context, is_bare_word, lint, literal_help
from pnfilter.syntax.lexer import ESCAPE, QUOTED
from pnfilter.syntax.nodes import (
    Arithmetic,
    Expression,
    Path,
    String,
    dashed_name,
    is_word_compared,
    quote,
    walk,
)
from pnfilter.wording import shorten

# Patterns that most filters don't need are compiled at first use: it would slow every start.
#: What a template engine would have filled in, left in a text.
_LEFTOVER = (
    r"\$\{[^{}]*\}|\$\([^()]*\)|\{\{[^{}]*\}\}|#\{[^{}]*\}|%(?:\([A-Za-z_]\w*\))?[sd](?!\w)"
    r"|%\{[A-Za-z_]\w*\}|<%=?[^<>%]*%>"
    r"|\[object Object\]"
    # {0} and {1}, where it is no number of repetitions
    r"|\{0\}|(?<![\w\])\\.}])\{[1-9]\}"
    r"|\\\(\w(?:[^()\\]|\([^()]*\))*\)"
    # The rest of a concatenation, with the quotes of the string that it was to end.
    r"|([\"'`]) ?(?:\+|\.\.?|&|\|\||<>)[^\"'`\r\n]{1,80}(?:\+|\.\.?|&|\|\||<>) ?\1"
)
#: A field and an operator.
_CONDITION_BEGINS = re.compile(
    r"[\s(!]*[A-Za-z_][\w.\[\]]*\s*(?:[=<>]|!=|\b(?:LIKE|CONTAINS)\b)", re.IGNORECASE
)
#: How a date begins.
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


@lint(
    Rule(
        "W401",
        "bare-word",
        summary="A bare name on the right of a comparison.",
        why=(
            "It is read as a metadata field. Nearly always a string without quotes "
            "was meant, or a variable of the program that makes the filter."
        ),
        bad="meta.language != spanish",
        good='meta.language != "spanish"',
    ),
    when=("bare",),
)
def bare_word(context: Context) -> Iterator[Diagnostic]:
    """Report a bare name right of ``==``, ``!=`` or LIKE: probably a string or a variable."""
    for node in context.comparisons():
        right = node.right
        if not is_word_compared(node) or not isinstance(right, Path):
            continue
        if right.parens or context.is_known(right):
            continue
        name = str(right.keys[0])
        if help := literal_help(name):
            message = f"`{name}` is read as a metadata field, not as a literal"
            yield bare_word.at(right.span, message, help)
            continue
        yield bare_word.at(
            right.span,
            f"`{name}` is read as a metadata field, not as a string",
            f'quote a string: "{name}"; for a metadata field write meta.{name}',
            Fix((Edit(right.span, f'"{name}"'),), safe=False),
        )


@lint(
    Rule(
        "W402",
        "dashed-word",
        summary="A name with a dash is a subtraction.",
        why="Names have no dashes. Quote a string; put a key with a dash in brackets.",
        bad="meta.userId != user-1",
        good='meta.userId != "user-1"',
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
            if re.fullmatch(DATE, source) and parent is not None:
                yield _subtraction(node, source, "quote a date", quote(source))
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
        yield _subtraction(node, source, "quote a name with a dash", meant)


def _subtraction(node: Expression, source: str, advice: str, meant: str) -> Diagnostic:
    message = f"`{shorten(source)}` is a subtraction"
    fix = Fix((Edit(node.span, meant),), safe=False)
    return dashed_word.at(node.span, message, f"{advice}: {shorten(meant)}", fix)


@lint(
    Rule(
        "W406",
        "template-leftover",
        summary="A placeholder inside a string.",
        why=(
            "`${…}`, `$(…)`, `{{…}}`, `#{…}`, `%s` and the rest of a concatenation are sent as "
            "they are, and match nothing."
        ),
        bad='meta.uuid != "${me}"',
        good='meta.uuid != "me"',
    ),
    when=("$", "#", "%", "{", "[", "\\", "quote"),
)
def template_leftover(context: Context) -> Iterator[Diagnostic]:
    """Report ``${name}`` and its like inside a string."""
    for node in context.of(String):
        if node.bare:
            continue
        match = re.compile(_LEFTOVER).search(node.spelling, 1, len(node.spelling) - 1)
        if match:
            yield template_leftover.at(
                Span(node.span.start + match.start(), node.span.start + match.end()),
                f"`{shorten(match[0])}` was not filled in",
                "insert the value before you send the filter: template and F do it safely",
            )


@lint(
    Rule(
        "W419",
        "percent-encoded",
        summary="A text that is percent-encoded.",
        why=(
            "A request encodes its parameters, and its filter with them. Encoded once more, as it "
            "is copied from an address, the text may be valid and mean something else: `%` "
            "calculates a remainder. Nothing else is reported of such a text."
        ),
        bad="data.mag%3E5",
        good="data.mag > 5",
    ),
    when=("%",),
)
def percent_encoded(context: Context) -> Iterator[Diagnostic]:
    """Report ``data.mag%3E5``, which is valid."""
    text = context.text.strip()
    if re.search(r"%(?:3[CDEcde]|7[Cc])", text) is None or re.search(r"\s", text):
        return
    from pnfilter.syntax.parser import is_filter
    from pnfilter.syntax.recovery.foreign_code import decode_percent

    meant = decode_percent(text)
    if is_filter(meant):
        span = Span(0, len(context.text))
        help = f"write {shorten(meant, 80)}"
        fix = Fix((Edit(span, meant),), safe=False)
        yield percent_encoded.at(span, "the text is percent-encoded", help, fix)


@lint(
    Rule(
        "W459",
        "filter-in-code",
        summary="Code that puts a filter together.",
        why=(
            "A string that has a condition in it, with something added, is a piece of a program. "
            "Read as a filter, it calculates with strings, and nothing is known of the result. "
            "Nothing else is reported of such a text."
        ),
        bad='"data.mag > " + limit',
        good="data.mag > 5",
    ),
    when=("value",),
)
def filter_in_code(context: Context) -> Iterator[Diagnostic]:
    """Report ``"data.mag > " + limit`` and ``"data.mag > #{limit}"``."""
    whole = context.expression
    strings = [each.spelling[1:-1] for each in context.of(String) if not each.bare]
    if not any(map(_CONDITION_BEGINS.match, strings)):
        return
    is_added = isinstance(whole, Arithmetic) and whole.operator in {"+", "%", "&", "|"}
    if is_added or (isinstance(whole, String) and re.search(_LEFTOVER, whole.spelling[1:-1])):
        help = "check the filter that it makes, with the values in it; template and F quote them"
        message = "the text is code that puts a filter together"
        yield filter_in_code.at(whole.span, message, help)


@lint(
    Rule(
        "W407",
        "stray-backslash",
        summary="A backslash that escapes nothing.",
        why=(
            "A backslash escapes the quote in use, itself, and in a LIKE pattern `*`. "
            "Before any other character it is taken literally, and what the server does "
            "with it is unverified."
        ),
        bad='data.path == "a\\b"',
        good='data.path == "a\\\\b"',
    ),
    when=("\\",),
)
def backslashes(context: Context) -> Iterator[Diagnostic]:
    r"""Report a backslash that escapes nothing, and ``\*`` outside a pattern."""
    pattern_ids = {id(node.right) for node in context.comparisons() if node.operator == "LIKE"}
    for text in context.of(String):
        if not text.bare:
            is_pattern = id(text) in pattern_ids
            yield from _stray_backslashes(text.spelling, text.span.start, is_pattern=is_pattern)
    for path in context.of(Path):
        for key in re.finditer(QUOTED, context.source(path)):
            start = path.span.start + key.start()
            yield from _stray_backslashes(key[0], start, is_pattern=False)


def _stray_backslashes(spelling: str, start: int, *, is_pattern: bool) -> Iterator[Diagnostic]:
    """Report the first stray backslash of a quoted string that begins at ``start``."""
    for match in ESCAPE.finditer(spelling, 1, len(spelling) - 1):
        char = match[1]
        if re.compile(_LEFTOVER).match(spelling, match.start()):
            continue
        span = Span(start + match.start(), start + match.end())
        if char == "*" and not is_pattern:
            yield backslashes.at(
                span,
                r"`\*` is an escape in a LIKE pattern only: here the backslash stays",
                "remove the backslash",
                Fix((Edit(span, "*"),), safe=False),
            )
            return
        if char not in ("\\", "*", spelling[0]):
            yield backslashes.at(
                span,
                f"the backslash before `{char}` escapes nothing: it is taken literally",
                r"write \\ for a backslash; only quotes, backslashes and, in a pattern, \* "
                "are escaped",
                Fix((Edit(Span(span.start, span.start), "\\"),), safe=False),
            )
            return
