"""Whether a mapping is a JSON Schema, as far as the check reads it."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from pnfilter.values import is_number, not_json

#: Characters of the place that a message shows, the last ones of a longer pointer.
MAX_SHOWN_POINTER: Final = 120

Schema = Mapping[str, Any]
#: The last step of a pointer into a schema, and the steps before it.
_Place: TypeAlias = "tuple[str, _Place | None]"

#: The kinds of JSON values but null, which a filter takes for a missing field.
KINDS: Final = frozenset({"boolean", "number", "string", "array", "object"})
_TYPES: Final = KINDS | {"null", "integer"}

_MAPS: Final = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE: Final = ("additionalProperties", "if", "then", "else", "not")
_NUMBERS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def require_schema(schema: object) -> None:
    """``TypeError`` for what is no mapping, ``ValueError`` where a keyword's value is nonsense.

    The message names the place. Only keywords that are read are looked at.
    """
    if not isinstance(schema, Mapping):
        raise TypeError(f"a schema is a mapping, not {type(schema).__name__}")
    pending: list[tuple[_Place, Any]] = [(("#", None), schema)]
    seen: set[int] = set()
    while pending:
        place, part = pending.pop()
        if isinstance(part, bool) or id(part) in seen:
            continue
        if not isinstance(part, Mapping):
            raise _nonsense(place, "is no schema: a mapping, true or false", part)
        seen.add(id(part))
        _require_keywords(part, place)
        for keyword, inner in _parts(part, place):
            pending.append(((keyword, place), inner))
        reference = part.get("$ref")
        if isinstance(reference, str) and is_local(reference):
            try:
                pending.append(((reference, None), resolve(schema, reference)))
            except LookupError:
                raise _nonsense(place, "refers to a place that is not there", reference) from None


def _nonsense(place: _Place, what: str, value: object) -> ValueError:
    steps = []
    rest: _Place | None = place
    while rest is not None:
        step, rest = rest
        steps.append(step)
    pointer = "/".join(reversed(steps))
    if len(pointer) > MAX_SHOWN_POINTER:
        pointer = "..." + pointer[3 - MAX_SHOWN_POINTER :]
    return ValueError(f"the schema at {pointer} {what}: {reprlib.repr(value)}")


def _require_keywords(part: Schema, place: _Place) -> None:
    types = part.get("type", [])
    for name in types if isinstance(types, (list, tuple)) else [types]:
        if not isinstance(name, str) or name not in _TYPES:
            raise _nonsense(place, "has a type that JSON does not have", name)
    for keyword in ("enum", *_LISTS):
        if keyword in part and not isinstance(part[keyword], (list, tuple)):
            raise _nonsense(place, f"has a {keyword} that is no list", part[keyword])
    for keyword in _MAPS:
        if keyword in part and not isinstance(part[keyword], Mapping):
            raise _nonsense(place, f"has {keyword} that are no mapping", part[keyword])
    for keyword in (*_NUMBERS, "maxItems"):
        number = part.get(keyword, 0)
        if not is_number(number) or not_json(number):
            raise _nonsense(place, f"has a {keyword} that is no number", number)
    if not isinstance(part.get("$ref", ""), str):
        raise _nonsense(place, "has a $ref that is no text", part["$ref"])


def _parts(part: Schema, place: _Place) -> Iterator[tuple[str, Any]]:
    """The schemas right inside one, with their keywords."""
    for keyword in _MAPS:
        for name, inner in part.get(keyword, {}).items():
            if not isinstance(name, str):
                raise _nonsense(place, f"has a name in {keyword} that is no text", name)
            yield f"{keyword}/{name}", inner
    for keyword in _LISTS:
        for index, inner in enumerate(part.get(keyword, ())):
            yield f"{keyword}/{index}", inner
    for keyword in _SINGLE:
        if keyword in part:
            yield keyword, part[keyword]
    # Until draft 2019-09 a list of items was what is prefixItems now.
    items = part.get("items", True)
    if isinstance(items, (list, tuple)):
        for index, inner in enumerate(items):
            yield f"items/{index}", inner
    else:
        yield "items", items


def is_local(reference: str) -> bool:
    """Whether a ``$ref`` is a pointer into its own schema."""
    return reference == "#" or reference.startswith("#/")


def resolve(schema: Schema, reference: str) -> Any:
    """What a pointer into the schema leads to; ``LookupError`` where that is nothing."""
    from urllib.parse import unquote

    found: Any = schema
    for step in reference.split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found[key]
        elif isinstance(found, (list, tuple)) and key.isdecimal() and len(key) < 10:
            found = found[int(key)]
        else:
            raise LookupError(reference)
    return found
