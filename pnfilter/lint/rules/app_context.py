"""Lints of filters of App Context: their fields, and what these are compared with.

Those of stream filters that hold of both languages have the trait ``APP_CONTEXT`` of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pnfilter.app_context.fields import ENTITIES, SIDES, Keys, fields_of, known_part
from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule
from pnfilter.lint.context import APP_CONTEXT, Context, lint
from pnfilter.syntax.nodes import Boolean, Null, Number, Path, String, quote
from pnfilter.wording import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_OPTIONS: Final = {"language": "app-context"}
#: Roots of paths in stream filters.
_STREAM_ROOTS: Final = frozenset({"data", "meta"})
_DATES: Final = frozenset({"updated"})
#: A date, or the start of one, whose order is that of its characters.
_DATE: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:[T ].*)?)?)?")


def _fields(context: Context) -> frozenset[Keys]:
    """Return the fields of the filter's entity; of any if that isn't known."""
    # An example of the vendor filters members by the bare name of a channel's field.
    is_either = context.entity in SIDES
    return frozenset(
        keys
        for entity in ENTITIES
        if not context.entity or entity == context.entity or (is_either and entity not in SIDES)
        for keys in fields_of(entity)
    )


def _keys(path: Path) -> Keys:
    return tuple(map(str, path.keys))


def _is_own(path: Path) -> bool:
    """Return whether a field is in ``custom``, whose content is the application's."""
    return "custom" in path.keys[:-1]


@lint(
    Rule(
        "W471",
        "unknown-object-field",
        summary="A field that App Context doesn't have.",
        why=(
            "Users have id, name, externalId, profileUrl and email, channels id, name and "
            "description, both also type, status, updated, eTag and custom. A filter of "
            "memberships reads the channel's fields as channel.name, one of members those of "
            "the user as uuid.name."
        ),
        bad="nmae == 'Ann'",
        good="name == 'Ann'",
        options=_OPTIONS,
    ),
    when=(APP_CONTEXT,),
)
def unknown_object_field(context: Context) -> Iterator[Diagnostic]:
    """Report fields that the kind of the filter doesn't have."""
    known = _fields(context)
    for path in context.of(Path):
        keys = _keys(path)
        shown = shorten(context.source(path))
        if keys[0] in _STREAM_ROOTS:
            continue
        if keys[-1] == "custom" and keys in known:
            yield unknown_object_field.at(
                path.span,
                f"`{shown}` holds fields and is not one itself",
                f"write {shown}.tier for the field tier",
            )
        elif known_part(keys) not in known or (keys[-1] == "custom" and not _is_own(path)):
            help, fix = _instead(path, known)
            of = f" of {context.entity}" if context.entity else " of App Context"
            yield unknown_object_field.at(path.span, f"`{shown}` is not a field{of}", help, fix)


def _instead(path: Path, known: frozenset[Keys]) -> tuple[str, Fix | None]:
    """Return what to write for an unknown field, and a fix if one has a similar name."""
    from difflib import get_close_matches

    names = {".".join(keys): keys for keys in sorted(known)}
    cased = {name.lower(): name for name in names}
    written = ".".join(_keys(path))
    near = cased.get(written.lower()) or next(iter(get_close_matches(written, names, n=1)), "")
    if near and near.rpartition(".")[2] != "custom":
        return f"did you mean {near}?", Fix((Edit(path.span, near),), safe=False)
    return "fields of an application's own are in custom: custom.tier", None


@lint(
    Rule(
        "W472",
        "stream-field",
        summary="A stream filter where App Context's own language belongs.",
        why=(
            "A list of users, channels or memberships is filtered by their fields. data and meta "
            "are those of a message, which a stream filter reads."
        ),
        bad="meta.status == 'away'",
        good="status == 'away'",
        options=_OPTIONS,
    ),
    when=(APP_CONTEXT,),
)
def stream_field(context: Context) -> Iterator[Diagnostic]:
    """Report fields of messages."""
    for path in context.of(Path):
        if path.keys[0] in _STREAM_ROOTS:
            yield stream_field.at(
                path.span,
                f"`{shorten(context.source(path))}` is a field of a message, not of App Context",
                "App Context filters by id, name, status, custom.tier …; a stream filter is set "
                "as the filter expression of a subscriber",
            )


@lint(
    Rule(
        "W473",
        "string-field",
        summary="A field that holds a string, compared with something else.",
        why=(
            "Every field is a string or not set, those in custom aside. Values of different "
            "types are assumed to be unequal."
        ),
        bad="status == 1",
        good='status == "1"',
        options=_OPTIONS,
    ),
    when=(APP_CONTEXT,),
)
def string_field(context: Context) -> Iterator[Diagnostic]:
    """Report numbers, ``true`` and ``false`` beside fields that are strings."""
    known = _fields(context)
    for node in context.comparisons():
        path, value = node.left, node.right
        if not isinstance(path, Path) or not isinstance(value, (Number, Boolean)):
            continue
        if _keys(path) not in known or path.keys[-1] == "custom":
            continue
        written = quote(context.source(value))
        yield string_field.at(
            value.span,
            f"`{shorten(context.source(path))}` holds a string",
            "write a date as 2026-02-01" if path.keys[-1] in _DATES else f"quote it: {written}",
            None if path.keys[-1] in _DATES else Fix((Edit(value.span, written),), safe=False),
        )


@lint(
    Rule(
        "W474",
        "misread-date",
        summary="A date in another form than App Context has.",
        why=(
            "The field updated holds a string such as 2026-02-01T08:30:00Z. Strings are assumed "
            "to be compared character by character, which gives other forms a wrong order."
        ),
        bad='updated >= "01/02/2026"',
        good='updated >= "2026-02-01"',
        options=_OPTIONS,
    ),
    when=(APP_CONTEXT,),
)
def misread_date(context: Context) -> Iterator[Diagnostic]:
    """Report dates in other forms, also times as numbers in quotes."""
    for node in context.comparisons():
        path, value = node.left, node.right
        if (
            isinstance(path, Path)
            and isinstance(value, String)
            and node.operator not in ("LIKE", "CONTAINS")
            and path.keys[-1] in _DATES
            and not _is_own(path)
            and not _DATE.fullmatch(value.raw)
        ):
            yield misread_date.at(
                value.span,
                f"`{shorten(context.source(value))}` is not in the form of `updated`",
                'write the year first: "2026-02-01", or "2026-02-01T08:30:00Z"',
            )


@lint(
    Rule(
        "W475",
        "ordered-null",
        summary="An order with null, true or false.",
        why="Strings and numbers have an order. With null, true and false nothing is documented.",
        bad="status > null",
        good="status != null",
        options=_OPTIONS,
    ),
    when=(APP_CONTEXT,),
)
def ordered_null(context: Context) -> Iterator[Diagnostic]:
    """Report ``<``, ``>``, ``<=`` and ``>=`` before a value that has no order."""
    for node in context.comparisons():
        path, value = node.left, node.right
        if node.operator[0] not in "<>" or not isinstance(path, Path):
            continue
        # A field that holds a string has a finding of its own for true and false.
        if isinstance(value, Null) or (isinstance(value, Boolean) and _is_own(path)):
            word = context.source(value)
            yield ordered_null.at(
                node.operator_span,
                f"`{node.operator}` is for strings and numbers, not for `{word}`",
                f"write == {word} or != {word}",
            )


@lint(
    Rule(
        "I506",
        "custom-field",
        summary="A filter by a field in custom.",
        why="It works, and the documentation recommends not to: type and status are for filters.",
        bad='custom.tier == "gold"',
        good='type == "gold"',
        options=_OPTIONS,
    ),
    when=(APP_CONTEXT,),
)
def custom_field(context: Context) -> Iterator[Diagnostic]:
    """Report fields of an application's own, each once."""
    own = {_keys(path): path for path in reversed(context.of(Path)) if _is_own(path)}
    for path in own.values():
        yield custom_field.at(
            path.span,
            f"filters by custom, here `{shorten(context.source(path))}`, are not recommended",
            "keep in type or status what lists are filtered by",
        )
