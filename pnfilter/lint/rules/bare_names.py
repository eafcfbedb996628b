"""Lints of bare names: the older form of metadata fields, or payload fields without a prefix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule, Span
from pnfilter.lint.context import Context, is_notable, lint
from pnfilter.lint.rules.fields import is_something_else
from pnfilter.syntax.nodes import (
    Arithmetic,
    Comparison,
    Path,
    dashed_name,
    is_word_compared,
    paths_in,
)
from pnfilter.wording import shorten

#: The prefix of the metadata that the server makes for presence events; it has one form only.
_PRESENCE_PREFIX = "pn_"
#: The publisher's name, which the vendor's samples write into the metadata: a filter that
#: reads it has the older form on purpose.
_PUBLISHER = ("uuid",)


MIXED_GENERATIONS = Rule(
    "W457",
    "mixed-generations",
    summary="Bare names beside prefixes.",
    why=(
        "Bare names are the older form, and read the metadata. Beside `data.` and "
        "`meta.` they probably lack a prefix."
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


BARE_NAMES = Rule(
    "I507",
    "bare-names",
    summary="No field of the filter has a prefix.",
    why=(
        "A name without a prefix reads the metadata, which is the older form of `meta.`. Often "
        "`data.` was forgotten, and then the filter matches nothing. Which was meant can't be "
        "seen: write the prefix. With samples or a schema only the fields are reported that the "
        "metadata doesn't have. A filter with a warning gets that one alone, and one that reads "
        "`uuid` gets none: that is the publisher, in the metadata, in the vendor's samples."
    ),
    bad="mag > 5",
    good="data.mag > 5",
)


PAYLOAD_FIELD = Rule(
    "W458",
    "payload-field",
    summary="A name without a prefix that the samples have in the payload.",
    why=(
        "A name without a prefix reads the metadata. The samples have the field in the payload, "
        "and none has it in the metadata."
    ),
    bad="mag > 5",
    good="data.mag > 5",
    options={"messages": ({"data": {"mag": 6}, "meta": None}, {"data": {"mag": 2}, "meta": None})},
)


@lint(MIXED_GENERATIONS, OLDER_FORM, BARE_NAMES, when=("bare",))
def bare_names(context: Context) -> Iterator[Diagnostic]:
    """Report bare names, alone or beside ``data`` and ``meta``."""
    paths = context.of(Path)
    # A bare word on the right is probably no field at all, and has a diagnostic of its own.
    words = {
        id(node.right)
        for node in context.comparisons()
        if is_word_compared(node) and not node.right.parens
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
            name = shorten(context.source(path))
            yield MIXED_GENERATIONS.at(
                path.span,
                f"bare name `{name}` in a filter that uses prefixes",
                f"it reads the metadata: write meta.{name}, or data.{name} for the payload",
                _meta_fix(path),
            )
        return
    # Once for each field.
    fields = bare if len(bare) == 1 else list({path.keys: path for path in reversed(bare)}.values())
    unknown = [path for path in fields if not context.is_known(path)]
    if unknown and not any(path.keys == _PUBLISHER for path in fields):
        yield _without_prefix(context, sorted(unknown, key=lambda path: path.span))
    for path in fields:
        name = shorten(context.source(path))
        yield OLDER_FORM.at(
            path.span,
            f"`{name}` is the older form of a metadata field",
            f"the current form is meta.{name}",
            _meta_fix(path),
        )


def _without_prefix(context: Context, fields: Sequence[Path]) -> Diagnostic:
    """Report the first of the fields, with both of its readings."""
    name = shorten(context.source(fields[0]))
    others = len(fields) - 1
    subject = f"`{name}` has no prefix: it reads"
    if others:
        more = "1 other field" if others == 1 else f"{others:,} other fields"
        subject = f"`{name}` and {more} have no prefix: they read"
    return BARE_NAMES.at(
        fields[0].span,
        f"{subject} the metadata, not the payload",
        f"write data.{name} for the payload, or meta.{name} for the metadata",
    )


def _meta_fix(path: Path) -> Fix:
    return Fix((Edit(Span(path.span.start, path.span.start), "meta."),), safe=False)


def _paths_of_mixed(node: Comparison) -> list[Path]:
    """The paths of a comparison that has both forms, which has a diagnostic of its own."""
    paths = paths_in(node)
    return paths if any(path.prefix for path in paths) else []


def in_the_payload(text: str, fields: Sequence[Path]) -> Diagnostic:
    """Report bare names that messages have in the payload, all with one fix."""
    first = fields[0].span
    name = shorten(text[first.start : first.end])
    edits = tuple(Edit(Span(path.span.start, path.span.start), "data.") for path in fields)
    return PAYLOAD_FIELD.at(
        first,
        f"`{name}` has no prefix: it reads the metadata, and the samples have it in the payload",
        f"write data.{name}",
        Fix(edits, safe=False),
    )


def without_repetition(found: list[Diagnostic], *, is_known: bool) -> list[Diagnostic]:
    """The findings without I507 where there is another warning, or the metadata has the fields."""
    # The letter of a code is its severity.
    codes = [each.code for each in found]
    if BARE_NAMES.code in codes and (is_known or any(code[0] == "W" for code in codes)):
        return [each for each in found if each.code != BARE_NAMES.code]
    return found
