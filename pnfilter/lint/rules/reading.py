"""Lints of how a filter is read: what binds to what, by whom, and whether it arrives at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import Context
from pnfilter.lint.naming import (
    APP_CONTEXT_DATES,
    is_app_context,
    is_notable,
    is_something_else,
)
from pnfilter.lint.registry import lint
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


MIXED_GENERATIONS = Rule(
    "W457",
    "mixed-generations",
    summary="Bare names beside prefixes.",
    why=(
        "Bare names are the older form, and read the metadata. Beside `data.` and "
        "`meta.` they are probably a prefix that was forgotten."
    ),
    bad='data.x == 1 && region == "us"',
    good='data.x == 1 && meta.region == "us"',
)
OLDER_FORM = Rule(
    "I501",
    "older-form",
    summary="A bare name.",
    why="Bare names read the metadata, and work; the current documentation writes meta.name.",
    bad='region == "us"',
    good='meta.region == "us"',
)


def encode(text: str) -> str:
    """The filter as the value of the query parameter ``filter-expr``: percent-encoded UTF-8."""
    from urllib.parse import quote

    return quote(text, safe="", errors="surrogatepass")


def _bracketed(context: Context, node: Expression) -> str:
    return f"({context.source(node)})"


def _bracket_fix(node: Expression) -> Fix:
    start, end = node.span
    return Fix((Edit(Span(start, start), "("), Edit(Span(end, end), ")")), safe=False)


@lint(
    Rule(
        "W451",
        "mixed-junctions",
        summary="`&&` and `||` without brackets.",
        why="That `&&` binds tighter is the convention, and was never shown for the server.",
        bad="a == 1 || b == 2 && c == 3",
        good="a == 1 || (b == 2 && c == 3)",
    ),
    when=(Or,),
)
def mixed_junctions(context: Context) -> Iterator[Diagnostic]:
    """Report ``a || b && c``."""
    for node in context.of(Or):
        for operand in node.operands:
            if isinstance(operand, And) and not operand.brackets:
                shown = shortened(_bracketed(context, operand), 60)
                yield mixed_junctions.at(
                    operand.span,
                    "`&&` and `||` stand side by side without brackets",
                    f"that && binds tighter is assumed, not documented; if so, write {shown}",
                    _bracket_fix(operand),
                )
                break


@lint(
    Rule(
        "W452",
        "negated-comparison",
        summary="`!` before a comparison without brackets.",
        why=(
            "It is read as the negation of the whole comparison; an undated page of "
            "the vendor ranks `!` higher."
        ),
        bad="!a == 1",
        good="!(a == 1)",
    ),
    when=(Not,),
)
def negated_comparison(context: Context) -> Iterator[Diagnostic]:
    """Report ``!a == b``."""
    for node in context.of(Not):
        inner = node.operand
        if not isinstance(inner, (Comparison, Arithmetic)) or inner.brackets:
            continue
        shown = shortened(context.source(inner))
        alone = "!field"
        if isinstance(inner, Comparison):
            alone = "!" + shortened(context.source(inner.left))
        yield negated_comparison.at(
            node.span,
            f"what `!` negates here is not certain: it is read as !({shown})",
            f"write !({shown}), or {alone} as a condition of its own",
            _bracket_fix(inner),
        )


@lint(
    Rule(
        "W453",
        "bare-bits",
        summary="Bitwise operators beside others without brackets.",
        why=(
            "C's order is assumed, and there a comparison binds tighter than a bit. "
            "Brackets settle it."
        ),
        bad="a & 4 == 4",
        good="(a & 4) == 4",
    ),
    when=(Arithmetic,),
)
def bare_bits(context: Context) -> Iterator[Diagnostic]:
    """Report bitwise operators beside others without parentheses."""
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
            yield bare_bits.at(
                side.span,
                f"what `{shortened(context.source(side))}` binds to is not certain",
                f"write {shortened(_bracketed(context, side))}",
                _bracket_fix(side),
            )


@lint(
    Rule(
        "W454",
        "encrypted-payload",
        summary="The filter reads an encrypted payload.",
        why=(
            "With encryption on, the server sees ciphertext in the place of the "
            "payload; metadata stays plain."
        ),
        bad='data.priority == "high"',
        good='meta.priority == "high"',
        options={"encrypted": True},
    ),
    when=("encrypted",),
)
def encrypted_payload(context: Context) -> Iterator[Diagnostic]:
    """Report fields of the payload if it is encrypted."""
    if not context.encrypted:
        return
    for node in context.of(Path):
        if node.root == "data":
            yield encrypted_payload.at(
                node.span,
                f"`{shortened(context.source(node))}` reads the payload, and that is encrypted",
                "the server can't read it: send what the filter needs in the metadata, which stays plain",
            )


@lint(
    Rule(
        "W455",
        "app-context",
        summary="A filter of App Context.",
        why=(
            "App Context (objects) has a filter language of its own, with custom.x, "
            "updated or channel.name. As a stream filter it reads the metadata, and "
            "finds nothing."
        ),
        bad='custom.tier == "gold"',
        good='meta.tier == "gold"',
    ),
    when=("notable",),
)
def app_context(context: Context) -> Iterator[Diagnostic]:
    """Report fields of another filter language of the same vendor."""
    from pnfilter.lint.rules.spelling import DATE

    dated = {
        id(node.left)
        for node in context.comparisons()
        if isinstance(node.right, Text) and DATE.match(node.right.raw)
    }
    for node in context.of(Path):
        if context.is_known(node):
            continue
        if is_app_context(node) or (id(node) in dated and node.spelling in APP_CONTEXT_DATES):
            yield app_context.at(
                node.span,
                f"`{shortened(context.source(node))}` is a field of App Context, not of a message",
                "App Context has a filter language of its own; a stream filter reads meta and data",
            )


def is_too_long(text: str) -> bool:
    """Whether a filter is longer than a request line carries."""
    # A character takes four bytes of UTF-8 at most, and each of them three on the line.
    return len(text) * 12 > REQUEST_LINE_BYTES and len(encode(text)) > REQUEST_LINE_BYTES


@lint(
    Rule(
        "W456",
        "request-line",
        summary="The filter is too long for a request line.",
        why=(
            "A filter travels in the address of each request, percent-encoded, where "
            "each blank and each quote takes three bytes. The server answers a line "
            "that is too long with 414."
        ),
        bad=" || ".join(f'data.userId == "user-{number}"' for number in range(200)),
        good='meta.region == "us"',
    ),
    when=("long",),
)
def too_long(context: Context) -> Iterator[Diagnostic]:
    """Report a filter that is longer than a request line carries."""
    if is_too_long(context.text):
        length = len(encode(context.text))
        yield too_long.at(
            Span(0, len(context.text)),
            f"the filter takes {length:,} bytes of the request line",
            f"above some {REQUEST_LINE_BYTES:,} bytes the server may refuse the request (414)",
        )


@lint(MIXED_GENERATIONS, OLDER_FORM, when=("bare",))
def mixed_generations(context: Context) -> Iterator[Diagnostic]:
    """Report bare names, alone or beside ``data`` and ``meta``."""
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
            yield MIXED_GENERATIONS.at(
                path.span,
                f"the bare name `{name}` stands in a filter that uses prefixes",
                f"it reads the metadata: write meta.{name}, or data.{name} for the payload",
                _meta_fix(path),
            )
        return
    # Once for each field.
    for path in {path.keys: path for path in reversed(bare)}.values():
        name = shortened(context.source(path))
        yield OLDER_FORM.at(
            path.span,
            f"`{name}` is the older form for a field of the metadata",
            f"the current form is meta.{name}",
            _meta_fix(path),
        )


def _meta_fix(path: Path) -> Fix:
    return Fix((Edit(Span(path.span.start, path.span.start), "meta."),), safe=False)


def _paths_of_mixed(node: Comparison) -> list[Path]:
    """The paths of a comparison that has both forms, which has a diagnostic of its own."""
    paths = [child for child in walk(node) if isinstance(child, Path)]
    return paths if any(path.prefix for path in paths) else []


@lint(
    Rule(
        "I503",
        "redundant-brackets",
        summary="Brackets that change nothing.",
        why=(
            "One pair round the whole is common, and brackets round a condition are "
            "good style. More than that is noise."
        ),
        bad="((a == 1))",
        good="(a == 1)",
    ),
    when=("()",),
)
def redundant_brackets(context: Context) -> Iterator[Diagnostic]:
    """Report parentheses that change nothing, but for one pair round the whole filter."""
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
        yield redundant_brackets.at(
            outer_span(node),
            f"the brackets round `{shortened(context.source(node))}` change nothing",
            "take them away",
            Fix(tuple(edits)),
        )


def _removal(text: str, pair: Span) -> Iterator[Edit]:
    """Take a pair of brackets away, and leave a blank where two words would grow together."""
    for position in (pair.start, pair.end - 1):
        before, after = text[position - 1 : position], text[position + 1 : position + 2]
        grown = re.fullmatch(r"[\w\"'][\w\"']", before + after)
        yield Edit(Span(position, position + 1), " " if grown else "")
