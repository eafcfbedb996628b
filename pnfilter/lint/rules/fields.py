"""Lints of fields: prefixes that are missing or mistaken, and fields that no filter reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import APP_CONTEXT_DATES, ENVELOPE_FIELDS, Context, lint
from pnfilter.syntax.nodes import (
    Arithmetic,
    Comparison,
    Expression,
    Path,
    String,
    Unary,
    dashed_name,
    is_word_compared,
)
from pnfilter.wording import shorten

#: What App Context calls its own fields: another filter language of the same vendor.
_APP_CONTEXT_ROOTS = frozenset({"uuid", "channel"})
_APP_CONTEXT_FIELDS = frozenset(
    {"id", "name", "custom", "updated", "eTag", "externalId", "profileUrl", "email", "description"}
)
#: Words that are a misspelt or a foreign prefix, with the prefix meant.
#: What programs call a message, and the parts of it.
_MESSAGES = frozenset({"message", "msg", "event", "evt", "envelope", "item", "this", "self", "it"})
_PARTS = frozenset({"data", "meta", "payload", "metadata"})
PREFIXES = {
    "dat": "data",
    "dta": "data",
    "daat": "data",
    "datas": "data",
    "payload": "data",
    "mta": "meta",
    "mata": "meta",
    "metta": "meta",
    "emta": "meta",
    "adta": "data",
    "dataa": "data",
    "met": "meta",
    "metas": "meta",
    "metadata": "meta",
    "meta_data": "meta",
}


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
                f"`{name}` is not a prefix: prefixes are in lower case",
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
                f"`{name}` is not a prefix: this reads a metadata field called {name}",
                f"did you mean {prefix}?",
                Fix((Edit(span, prefix),), safe=False),
            )
    for path in context.of(Path):
        if _is_in_a_message(path) and not context.is_known(path):
            name, prefix = map(str, path.keys[:2])
            meant = PREFIXES.get(prefix.lower(), prefix)
            span = Span(path.span.start, path.span.start + len(f"{name}.{prefix}"))
            yield misspelt_prefix.at(
                span,
                f"`{name}` is not the message: this reads a metadata field called {name}",
                f"did you mean {meant}?",
                Fix((Edit(span, meant),), safe=False),
            )


def _is_in_a_message(path: Path) -> bool:
    """Whether a path begins with the message of a program: ``event.data.mag``, ``msg.meta.x``."""
    if path.prefix or len(path.keys) < 3 or str(path.keys[0]).lower() not in _MESSAGES:
        return False
    return f"{path.keys[0]}.{path.keys[1]}." in path.spelling and path.keys[1] in _PARTS


def _mistaken_prefixes(context: Context) -> Iterator[tuple[str, Span]]:
    """Yield the first words of paths that were meant as a prefix, and where they are."""
    for node in context.of(Path):
        if is_prefix_mistake(node) and not context.is_known(node):
            name = str(node.keys[0])
            yield name, Span(node.span.start, node.span.start + len(name))


@lint(
    Rule(
        "W425",
        "lost-prefix",
        summary="One operand has no prefix.",
        why=(
            "In a comparison of fields with prefixes, a bare name reads the metadata, "
            "which is rarely meant."
        ),
        bad="data.total - used < 10",
        good="data.total - data.used < 10",
    ),
    when=("mixed",),
)
def lost_prefix(context: Context) -> Iterator[Diagnostic]:
    """Report ``data.total - used < 10``."""
    for node in context.comparisons():
        if is_word_compared(node) and not node.right.parens:
            continue
        # A pattern that is calculated, and a name with dashes, have diagnostics of their own.
        pattern = node.operator == "LIKE" and isinstance(node.right, Arithmetic)
        paths = _paths(node.left if pattern else node)
        # A prefix alone is reported as such.
        prefixed = [path for path in paths if path.prefix and path.keys]
        bare = [path for path in paths if not path.prefix and not context.is_known(path)]
        if not prefixed:
            continue
        for path in bare:
            written = context.source(path)
            prefix = prefixed[0].prefix
            yield lost_prefix.at(
                path.span,
                f"`{shorten(written)}` has no prefix, and is read from the metadata",
                f"did you mean {prefix}.{shorten(written)}? "
                f"of the metadata: meta.{shorten(written)}",
                Fix((Edit(Span(path.span.start, path.span.start), f"{prefix}."),), safe=False),
            )


def _paths(node: Expression) -> list[Path]:
    match node:
        case Path():
            return [node]
        case Arithmetic() if parts := dashed_name(node):
            return [part for part in parts if isinstance(part, Path) and part.prefix]
        case Comparison(_, left, right) | Arithmetic(_, left, right):
            return [*_paths(left), *_paths(right)]
        case Unary(_, operand):
            return _paths(operand)
        case _:
            return []


@lint(
    Rule(
        "W428",
        "whole-payload",
        summary="`data` or `meta` alone.",
        why=(
            "Alone, the prefixes mean the whole payload and the whole metadata. "
            "Reading those is not documented. A bare name can't read a metadata "
            "field called data or meta."
        ),
        bad='data == "hello"',
        good='data.text == "hello"',
    ),
    when=("whole",),
)
def whole_payload(context: Context) -> Iterator[Diagnostic]:
    """Report ``data`` and ``meta`` alone, and ``data/mag``."""
    steps = {id(node.left): node for node in context.of(Arithmetic) if node.operator == "/"}
    for node in context.of(Path):
        if not node.keys:
            whole, meant = _with_steps(node, steps)
            if whole is not node:
                yield whole_payload.at(
                    whole.span,
                    f"`{shorten(context.source(whole))}` calculates; a path has dots",
                    f"write {shorten(meant)}",
                    Fix((Edit(whole.span, meant),), safe=False),
                )
                continue
            what = "payload" if node.root == "data" else "metadata"
            yield whole_payload.at(
                node.span,
                f"`{node.root}` alone is the whole {what}, and reading that is not documented",
                f"name a field: {node.root}.name; "
                f'for a metadata field of that name: meta["{node.root}"]',
            )


def _with_steps(prefix: Path, steps: dict[int, Arithmetic]) -> tuple[Expression, str]:
    """The whole of ``data/user/name``, and the path with dots; the prefix itself if it is alone."""
    whole: Expression = prefix
    keys: list[str] = []
    while (node := steps.get(id(whole))) is not None:
        step = node.right
        if not isinstance(step, Path) or step.prefix or step.parens or len(step.keys) != 1:
            break
        keys.append(str(step.keys[0]))
        whole = node
    return whole, ".".join((prefix.root, *keys))


@lint(
    Rule(
        "W421",
        "envelope-field",
        summary="A field of the envelope.",
        why=(
            "A filter reads metadata and payload. The channel, the publisher, the "
            "timetoken and the type of a message belong to neither, and there is no "
            "prefix `message`."
        ),
        bad="timetoken > 5",
        good="meta.sentAt > 5",
    ),
    when=("notable",),
)
def envelope_fields(context: Context) -> Iterator[Diagnostic]:
    """Report ``message.x``, ``channel`` and ``timetoken``, which read the metadata."""
    for node in context.of(Path):
        if not is_envelope_field(node) or context.is_known(node):
            continue
        name = str(node.keys[0])
        span = Span(node.span.start, node.span.start + len(name))
        if name == "message":
            yield envelope_fields.at(
                span,
                "`message` is not a prefix: this reads a metadata field called message",
                "the payload is data",
                Fix((Edit(span, "data"),), safe=False),
            )
        else:
            yield envelope_fields.at(
                span,
                f"a filter can't read the envelope: `{name}` reads a metadata field of that name",
                f"send it in the metadata, and write meta.{name}",
                Fix((Edit(span, f"meta.{name}"),), safe=False),
            )


@lint(
    Rule(
        "W454",
        "encrypted-payload",
        summary="The filter reads an encrypted payload.",
        why=(
            "With encryption on, the server sees ciphertext instead of the payload. "
            "Metadata is not encrypted."
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
                f"`{shorten(context.source(node))}` reads the payload, which is encrypted",
                "the server can't read it: send what the filter needs in the metadata, "
                "which is not encrypted",
            )


@lint(
    Rule(
        "W455",
        "app-context",
        summary="A filter of App Context.",
        why=(
            "App Context (objects) has a filter language of its own, with custom.x, "
            "updated or channel.name. As a stream filter it reads the metadata and "
            "matches nothing."
        ),
        bad='custom.tier == "gold"',
        good='meta.tier == "gold"',
    ),
    when=("notable",),
)
def app_context(context: Context) -> Iterator[Diagnostic]:
    """Report fields of another filter language of the same vendor."""
    from pnfilter.lint.rules.quoting import DATE

    dated = {
        id(node.left)
        for node in context.comparisons()
        if isinstance(node.right, String) and re.match(DATE, node.right.raw)
    }
    for node in context.of(Path):
        if context.is_known(node):
            continue
        if is_app_context(node) or (id(node) in dated and node.spelling in APP_CONTEXT_DATES):
            yield app_context.at(
                node.span,
                f"`{shorten(context.source(node))}` is a field of App Context, not of a message",
                "App Context has a filter language of its own; a stream filter reads meta and data",
            )


def is_envelope_field(path: Path) -> bool:
    """A bare name that looks like a field of the envelope, or like a prefix for the message."""
    if path.prefix:
        return False
    if len(path.keys) == 1:
        return path.keys[0] in ENVELOPE_FIELDS
    return path.keys[0] == "message"


def is_prefix_mistake(path: Path) -> bool:
    """Whether the first word of a path is a prefix in capitals, misspelt or of another language."""
    word = str(path.keys[0]).lower() if len(path.keys) > 1 and not path.prefix else ""
    return word in {"data", "meta"} or word in PREFIXES


def is_app_context(path: Path) -> bool:
    """Whether a bare path is one of App Context, whatever it is compared with."""
    if path.prefix or len(path.keys) < 2:
        return False
    first, second = path.keys[:2]
    return first == "custom" or (first in _APP_CONTEXT_ROOTS and second in _APP_CONTEXT_FIELDS)


def is_something_else(path: Path) -> bool:
    """Whether a lint reports what a notable path was meant for."""
    return (
        is_envelope_field(path)
        or is_prefix_mistake(path)
        or is_app_context(path)
        or _is_in_a_message(path)
    )
