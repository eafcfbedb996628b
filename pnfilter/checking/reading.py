"""Lints of how a filter is read: what binds to what, by whom, and whether it arrives at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.checking.context import Context
from pnfilter.checking.naming import (
    APP_CONTEXT_DATES,
    is_app_context,
    is_notable,
    is_something_else,
)
from pnfilter.diagnostics import Diagnostic, Edit, Fix, Span
from pnfilter.syntax.nodes import (
    BITWISE,
    And,
    Arithmetic,
    Comparison,
    Expression,
    Not,
    Number,
    Or,
    Path,
    Text,
    dashed_name,
    is_word_compared,
    outer_span,
    walk,
)
from pnfilter.wording import shortened

#: Percent-encoded bytes of a filter above which the request line may be refused (414). A common
#: limit of servers for the whole line is 8,192; the path and the other parameters need the rest.
REQUEST_LINE_BYTES = 7_500

#: The prefix of the metadata that the server makes for presence events; it has one form only.
_PRESENCE_PREFIX = "pn_"


def encode(text: str) -> str:
    """The filter as the value of the query parameter ``filter-expr``: percent-encoded UTF-8."""
    from urllib.parse import quote

    return quote(text, safe="", errors="surrogatepass")


def _bracketed(context: Context, node: Expression) -> str:
    return f"({context.source(node)})"


def _bracket_fix(node: Expression) -> Fix:
    start, end = node.span
    return Fix((Edit(Span(start, start), "("), Edit(Span(end, end), ")")), safe=False)


def mixed_junctions(context: Context) -> Iterator[Diagnostic]:
    """W451: ``a || b && c``."""
    for node in context.of(Or):
        for operand in node.operands:
            if isinstance(operand, And) and not operand.brackets:
                shown = shortened(_bracketed(context, operand), 60)
                yield Diagnostic(
                    "W451",
                    "`&&` and `||` stand side by side without brackets",
                    operand.span,
                    f"that && binds tighter is assumed, not documented; if so, write {shown}",
                    _bracket_fix(operand),
                )
                break


def negated_comparison(context: Context) -> Iterator[Diagnostic]:
    """W452: ``!a == b``."""
    for node in context.of(Not):
        inner = node.operand
        if not isinstance(inner, (Comparison, Arithmetic)) or inner.brackets:
            continue
        shown = shortened(context.source(inner))
        alone = "!field"
        if isinstance(inner, Comparison):
            alone = "!" + shortened(context.source(inner.left))
        yield Diagnostic(
            "W452",
            f"what `!` negates here is not certain: it is read as !({shown})",
            node.span,
            f"write !({shown}), or {alone} as a condition of its own",
            _bracket_fix(inner),
        )


def bare_bits(context: Context) -> Iterator[Diagnostic]:
    """W453: bitwise operators beside others without brackets."""
    for node in context.nodes:
        if isinstance(node, Arithmetic):
            bits = node.operator in BITWISE
            mixed = [
                side
                for side in (node.left, node.right)
                if isinstance(side, Arithmetic)
                and not side.brackets
                and side.operator != node.operator
                and (bits or side.operator in BITWISE)
            ]
        elif isinstance(node, Comparison):
            mixed = [
                side
                for side in (node.left, node.right)
                if isinstance(side, Arithmetic) and not side.brackets and side.operator in BITWISE
            ]
        else:
            continue
        for side in mixed:
            yield Diagnostic(
                "W453",
                f"what `{shortened(context.source(side))}` binds to is not certain",
                side.span,
                f"write {shortened(_bracketed(context, side))}",
                _bracket_fix(side),
            )


def encrypted_payload(context: Context) -> Iterator[Diagnostic]:
    """W454: the server can't read an encrypted payload."""
    if not context.encrypted:
        return
    for node in context.of(Path):
        if node.root == "data":
            yield Diagnostic(
                "W454",
                f"`{shortened(context.source(node))}` reads the payload, and that is encrypted",
                node.span,
                "the server can't read it: send what the filter needs in the metadata, which stays plain",
            )


def app_context(context: Context) -> Iterator[Diagnostic]:
    """W455: a filter of another language of the same vendor."""
    from pnfilter.checking.spelling import DATE

    dated = {
        id(node.left)
        for node in context.comparisons()
        if isinstance(node.right, Text) and DATE.match(node.right.raw)
    }
    for node in context.of(Path):
        if context.is_known(node):
            continue
        if is_app_context(node) or (id(node) in dated and node.spelling in APP_CONTEXT_DATES):
            yield Diagnostic(
                "W455",
                f"`{shortened(context.source(node))}` is a field of App Context, not of a message",
                node.span,
                "App Context has a filter language of its own; a stream filter reads meta and data",
            )


def is_too_long(text: str) -> bool:
    """Whether a filter is longer than a request line carries."""
    # A character takes four bytes of UTF-8 at most, and each of them three on the line.
    return len(text) * 12 > REQUEST_LINE_BYTES and len(encode(text)) > REQUEST_LINE_BYTES


def too_long(context: Context) -> Iterator[Diagnostic]:
    """W456: longer than a request line carries."""
    if is_too_long(context.text):
        length = len(encode(context.text))
        yield Diagnostic(
            "W456",
            f"the filter takes {length:,} bytes of the request line",
            Span(0, len(context.text)),
            f"above some {REQUEST_LINE_BYTES:,} bytes the server may refuse the request (414)",
        )


def mixed_generations(context: Context) -> Iterator[Diagnostic]:
    """W457, I501: bare names, alone or beside ``data`` and ``meta``."""
    paths = context.of(Path)
    # A bare word on the right is probably no field at all, and has a diagnostic of its own.
    words = {
        id(node.right)
        for node in context.comparisons()
        if is_word_compared(node) and not node.right.brackets
    }
    # So have names with dashes.
    words |= {id(part) for node in context.of(Arithmetic) for part in dashed_name(node)}
    bare = [
        path
        for path in paths
        if not path.prefix
        and id(path) not in words
        and not str(path.keys[0]).startswith(_PRESENCE_PREFIX)
        and not (is_notable(path) and is_something_else(path))
    ]
    if any(path.prefix for path in paths):
        beside = {id(path) for node in context.comparisons() for path in _paths_of_mixed(node)}
        # One is enough.
        unlike = (one for one in bare if id(one) not in beside and not context.is_known(one))
        path = next(unlike, None)
        if path is not None:
            name = shortened(context.source(path))
            yield Diagnostic(
                "W457",
                f"the bare name `{name}` stands in a filter that uses prefixes",
                path.span,
                f"it reads the metadata: write meta.{name}, or data.{name} for the payload",
                _meta_fix(path),
            )
        return
    # Once for each field.
    for path in {path.keys: path for path in reversed(bare)}.values():
        name = shortened(context.source(path))
        yield Diagnostic(
            "I501",
            f"`{name}` is the older form for a field of the metadata",
            path.span,
            f"the current form is meta.{name}",
            _meta_fix(path),
        )


def _meta_fix(path: Path) -> Fix:
    return Fix((Edit(Span(path.span.start, path.span.start), "meta."),), safe=False)


def _paths_of_mixed(node: Comparison) -> list[Path]:
    """The paths of a comparison that has both forms, which has a diagnostic of its own."""
    paths = [child for child in walk(node) if isinstance(child, Path)]
    return paths if any(path.prefix for path in paths) else []


def redundant_brackets(context: Context) -> Iterator[Diagnostic]:
    """I503: brackets that change nothing, beyond the one pair round the whole that is common."""
    # Brackets that the reading of ("us") CONTAINS x and of x == (y) takes notice of.
    noticed: set[int] = set()
    for comparison in context.comparisons():
        if comparison.operator == "CONTAINS" and not isinstance(comparison.left, Path):
            noticed.add(id(comparison.left))
        elif is_word_compared(comparison):
            noticed.add(id(comparison.right))
    for node in context.nodes:
        spared = 1
        if isinstance(node, (Path, Text, Number)) and node is not context.expression:
            spared = int(id(node) in noticed)
        extra = node.brackets[spared:]
        if not extra:
            continue
        edits = [edit for pair in extra for edit in _removal(context.text, pair)]
        yield Diagnostic(
            "I503",
            f"the brackets round `{shortened(context.source(node))}` change nothing",
            outer_span(node),
            "take them away",
            Fix(tuple(edits)),
        )


def _removal(text: str, pair: Span) -> Iterator[Edit]:
    """Take a pair of brackets away, and leave a blank where two words would grow together."""
    for position in (pair.start, pair.end - 1):
        before, after = text[position - 1 : position], text[position + 1 : position + 2]
        grown = re.fullmatch(r"[\w\"'][\w\"']", before + after)
        yield Edit(Span(position, position + 1), " " if grown else "")
