"""What a JSON Schema says of the values at a path of a message.

Read is a part of draft 2020-12: ``properties``, ``patternProperties``, ``additionalProperties``,
``items``, ``prefixItems``, ``maxItems``, ``type``, ``enum``, ``const``, ``minimum``, ``maximum``,
``exclusiveMinimum``, ``exclusiveMaximum``, ``examples``, ``allOf``, ``anyOf``, ``oneOf`` and
``$ref`` into the schema itself. Every other keyword, and a ``$ref`` to elsewhere, is taken to allow
anything, so that what is said to be impossible is impossible.

A place has alternatives (of ``anyOf``), and each of these is the list of the schema objects that
hold there together (of ``allOf`` and ``$ref``).
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from pnfilter.lint.rules.logic.clauses import Bound, Members
from pnfilter.semantics import is_number, not_json, read_number

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


# Whether a mapping is a schema


def require_schema(schema: object) -> None:
    """``TypeError`` for what is no mapping, ``ValueError`` where a keyword's value is nonsense.

    The message names the place. Only keywords that are read are looked at.
    """
    if not isinstance(schema, Mapping):
        raise TypeError(f"a schema must be a mapping, not {type(schema).__name__}")
    pending: list[tuple[_Place, Any]] = [(("#", None), schema)]
    seen: set[int] = set()
    while pending:
        place, part = pending.pop()
        if isinstance(part, bool) or id(part) in seen:
            continue
        if not isinstance(part, Mapping):
            raise _nonsense(place, "must be a mapping, true or false", part)
        seen.add(id(part))
        _require_keywords(part, place)
        for keyword, inner in _parts(part, place):
            pending.append(((keyword, place), inner))
        reference = part.get("$ref")
        if isinstance(reference, str) and is_local(reference):
            try:
                pending.append(((reference, None), resolve(schema, reference)))
            except LookupError:
                raise _nonsense(place, "refers to a place that doesn't exist", reference) from None


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
            raise _nonsense(place, f"has a {keyword} that is not a list", part[keyword])
    for keyword in _MAPS:
        if keyword in part and not isinstance(part[keyword], Mapping):
            raise _nonsense(place, f"has {keyword} that are not a mapping", part[keyword])
    for keyword in (*_NUMBERS, "maxItems"):
        number = part.get(keyword, 0)
        if not is_number(number) or not_json(number):
            raise _nonsense(place, f"has a {keyword} that is not a number", number)
    if not isinstance(part.get("$ref", ""), str):
        raise _nonsense(place, "has a $ref that is not a string", part["$ref"])


def _parts(part: Schema, place: _Place) -> Iterator[tuple[str, Any]]:
    """The schemas right inside one, with their keywords."""
    for keyword in _MAPS:
        for name, inner in part.get(keyword, {}).items():
            if not isinstance(name, str):
                raise _nonsense(place, f"has a name in {keyword} that is not a string", name)
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


#: Alternatives of one place; with more of them anything is allowed there.
MAX_ALTERNATIVES: Final = 64
#: Schema objects looked at for one step of a path; beyond them anything is allowed.
MAX_EXPANSIONS: Final = 2_000
#: Levels of ``allOf``, ``anyOf``, ``oneOf`` and ``$ref`` at one place; deeper anything is allowed.
MAX_LEVELS: Final = 64
#: Steps of a path that is followed; of a longer one nothing is known.
MAX_STEPS: Final = 64
#: Paths whose places are kept; beyond them all are looked up again.
MAX_PLACES: Final = 10_000

Alternative = tuple[Schema, ...]
#: A schema that says nothing, and that other fields may exist.
_OPEN: Final[Schema] = {"additionalProperties": True}
#: Keywords beside which fields may be declared that are not read here.
_OPENING: Final = (
    "patternProperties",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "$dynamicRef",
    "$recursiveRef",
)

# What it says of a place


@dataclass(frozen=True, slots=True)
class Allowed:
    """The values of one alternative: their kinds without null, and what else limits them.

    ``values`` are those listed by ``enum`` or ``const``; None where none are. ``low`` and
    ``high`` bound the numbers.
    """

    kinds: frozenset[str]
    integer: bool
    values: tuple[Any, ...] | None
    members: Members
    low: Bound | None
    high: Bound | None
    alternative: Alternative

    @property
    def samples(self) -> tuple[Any, ...]:
        """Some values: the listed ones, or those that the schema gives as examples."""
        if self.values is not None:
            return self.values
        lists = [part["examples"] for part in self.alternative if "examples" in part]
        return tuple(one for given in lists if isinstance(given, (list, tuple)) for one in given)

    def admits(self, value: Any) -> bool:
        """Whether a string, a number or a boolean is allowed here."""
        if kind_of(value) not in self.kinds:
            return False
        if self.values is not None:
            return self.members.has(value)
        if not is_number(value):
            return True
        if self.integer and value != int(value):
            return False
        return all(limit is None or limit.fits(value) for limit in (self.low, self.high))


class Found(NamedTuple):
    """Return what is allowed at a path; each alternative allows something that is not null.

    ``declared`` says that the schema names the fields of the path, instead of allowing any.
    """

    allowed: tuple[Allowed, ...]
    declared: bool

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of all alternatives."""
        return frozenset[str]().union(*(one.kinds for one in self.allowed))

    @property
    def has_numeric_texts(self) -> bool:
        """Whether some string of the values or examples reads as a number, and so has an order."""
        texts = (one for each in self.allowed for one in each.samples if isinstance(one, str))
        return any(read_number(text) is not None for text in texts)


class Unknown(NamedTuple):
    """The key number ``step`` of a path leads nowhere; ``names`` are the fields that there are.

    ``closed`` says that the schema forbids any other, instead of just not naming them.
    """

    step: int
    names: tuple[str, ...]
    closed: bool


class NoContainer(NamedTuple):
    """What is before the key number ``step`` of a path, of ``kinds``, has no such keys."""

    step: int
    kinds: frozenset[str]


Place = Found | Unknown | NoContainer


def kind_of(value: object) -> str:
    """The kind of a JSON value."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case list() | tuple():
            return "array"
        case _:
            return "null"


class Shapes:
    """The places of the messages that a schema of ``{"data": …, "meta": …}`` describes.

    ``TypeError`` and ``ValueError`` as ``require_schema`` gives them; ``ValueError`` also for
    a schema that names fields, but neither ``data`` nor ``meta``.
    """

    def __init__(self, schema: Schema) -> None:
        require_schema(schema)
        self._schema = schema
        self._left = MAX_EXPANSIONS
        self._places: dict[tuple[str | int, ...], Place | None] = {}
        self._root = self._expand([schema])
        steps = {root: [self._step(one, root) for one in self._root] for root in ("data", "meta")}
        if not any(isinstance(step, list) for root in steps for step in steps[root]):
            raise ValueError(
                "the schema describes neither `data` nor `meta`: it must describe a whole message, "
                '{"properties": {"data": …, "meta": …}}'
            )
        # Of what is neither named nor forbidden nothing is known.
        self._described = {
            root
            for root in steps
            for step in steps[root]
            if isinstance(step, list) or (isinstance(step, Unknown) and step.closed)
        }

    def place(self, root: str, keys: tuple[str | int, ...]) -> Place | None:
        """Return what is at a path; None if nothing is known."""
        path = (root, *keys)
        if len(path) > MAX_STEPS or root not in self._described:
            return None
        if path not in self._places:
            if len(self._places) >= MAX_PLACES:
                self._places.clear()
            self._places[path] = self._follow(path)
        return self._places[path]

    def elements(self, allowed: Allowed) -> Found | None:
        """Return what is allowed in an array; None if nothing is known."""
        parts = [
            part[keyword]
            for part in allowed.alternative
            for keyword in ("items", "prefixItems")
            if keyword in part
        ]
        if len(parts) != 1 or isinstance(parts[0], (list, tuple)):
            return None
        return self._find(self._expand([parts[0]]), True)

    def _follow(self, path: tuple[str | int, ...]) -> Place | None:
        alternatives = self._root
        declared = True
        for index, key in enumerate(path, -1):
            declared = declared and _is_declared(alternatives, key)
            steps = [self._step(one, key) for one in alternatives]
            found = [one for step in steps if isinstance(step, list) for one in step]
            unknown = [step for step in steps if isinstance(step, Unknown)]
            if not found and unknown:
                names = dict.fromkeys(name for step in unknown for name in step.names)
                return Unknown(index, tuple(names), all(step.closed for step in unknown))
            if not found:
                kinds = [step.kinds for step in steps if isinstance(step, NoContainer)]
                united = frozenset[str]().union(*kinds)
                # What is null at most is a missing field, as is what the schema forbids.
                return NoContainer(index, united) if united else None
            alternatives = found if len(found) <= MAX_ALTERNATIVES else [(_OPEN,)]
        return self._find(alternatives, declared)

    def _find(self, alternatives: Iterable[Alternative], declared: bool) -> Found | None:
        allowed = tuple(one for one in map(_find_allowed, alternatives) if one.kinds)
        return Found(allowed, declared) if allowed else None

    # From a schema to its alternatives

    def _expand(self, schemas: list[Any]) -> list[Alternative]:
        self._left = MAX_EXPANSIONS
        return self._join(schemas, 0)

    def _join(self, schemas: Iterable[Any], level: int) -> list[Alternative]:
        """The alternatives of schemas that hold together."""
        result: list[Alternative] = [()]
        for schema in schemas:
            result = _product(result, self._alternatives(schema, level))
        return result

    def _alternatives(self, schema: Any, level: int) -> list[Alternative]:
        self._left -= 1
        if isinstance(schema, bool):
            return [()] if schema else []
        if level > MAX_LEVELS or self._left < 0:
            return [(_OPEN,)]
        together: list[list[Alternative]] = [[(schema,)]]
        reference = schema.get("$ref")
        if reference is not None:
            target = resolve(self._schema, reference) if is_local(reference) else _OPEN
            together.append(self._alternatives(target, level + 1))
        if "allOf" in schema:
            together.append(self._join(schema["allOf"], level + 1))
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                options = (self._alternatives(one, level + 1) for one in schema[keyword])
                together.append([one for option in options for one in option])
        result: list[Alternative] = [()]
        for alternatives in together:
            result = _product(result, alternatives)
        return result

    # From a place to the next

    def _step(
        self, alternative: Alternative, key: str | int
    ) -> list[Alternative] | Unknown | NoContainer:
        kinds = _find_allowed(alternative).kinds
        if ("object" if isinstance(key, str) else "array") not in kinds:
            return NoContainer(0, kinds)
        inner = (
            _find_schemas(alternative, key) if isinstance(key, str) else _index(alternative, key)
        )
        return self._expand(inner) if isinstance(inner, list) else inner


def _product(ones: list[Alternative], others: list[Alternative]) -> list[Alternative]:
    """The alternatives of two that hold together; of too many only the first ones' stay."""
    if len(ones) * len(others) > MAX_ALTERNATIVES:
        others = [(_OPEN,)]
    return [(*one, *other) for one in ones for other in others]


def _find_schemas(alternative: Alternative, name: str) -> list[Any] | Unknown:
    """The schemas of a field."""
    declared = [
        part["properties"][name] for part in alternative if name in part.get("properties", ())
    ]
    declared = [schema for schema in declared if schema is not False]
    if declared:
        return declared
    others = [
        part["additionalProperties"] for part in alternative if "additionalProperties" in part
    ]
    if any(keyword in part for part in alternative for keyword in _OPENING) or True in others:
        return [_OPEN]
    schemas = [schema for schema in others if schema is not False]
    if schemas:
        return schemas
    named = [part["properties"] for part in alternative if "properties" in part]
    if named or False in others:
        names = [
            field for fields in named for field, schema in fields.items() if schema is not False
        ]
        return Unknown(0, tuple(names), False in others)
    return [_OPEN]


def _is_declared(alternatives: Iterable[Alternative], key: str | int) -> bool:
    return isinstance(key, int) or any(
        key in part.get("properties", ()) for one in alternatives for part in one
    )


def _index(alternative: Alternative, index: int) -> list[Any] | Unknown:
    """The schemas of an element."""
    schemas: list[Any] = []
    for part in alternative:
        items = part.get("items", True)
        first = part.get("prefixItems", ())
        if isinstance(items, (list, tuple)):
            first, items = items, part.get("additionalItems", True)
        schema = first[index] if index < len(first) else items
        if schema is False or index >= part.get("maxItems", index + 1):
            return Unknown(0, (), closed=True)
        schemas.append(schema)
    return schemas or [_OPEN]


def _kinds(alternative: Alternative) -> tuple[frozenset[str], bool]:
    """The kinds that ``type`` leaves, and whether numbers are integers."""
    kinds, integer = KINDS, False
    for part in alternative:
        if "type" in part:
            types = part["type"]
            names = {types} if isinstance(types, str) else set(types)
            if "integer" in names and "number" not in names:
                names.add("number")
                integer = True
            kinds &= names
    return kinds, integer


def _list_values(alternative: Alternative) -> tuple[Any, ...] | None:
    """The values that ``enum`` and ``const`` leave."""
    listed: tuple[Any, ...] | None = None
    for part in alternative:
        lists = [part["enum"]] if "enum" in part else []
        lists += [(part["const"],)] if "const" in part else []
        for values in lists:
            if listed is None:
                listed = tuple(values)
            else:
                known = _scalars(values)
                listed = tuple(
                    value
                    for value in listed
                    if (known.has(value) if _is_scalar(value) else value in values)
                )
    return listed


def _is_scalar(value: Any) -> bool:
    return kind_of(value) in {"boolean", "number", "string"}


def _scalars(values: Iterable[Any]) -> Members:
    return Members(tuple(filter(_is_scalar, values)))


def _find_allowed(alternative: Alternative) -> Allowed:
    kinds, integer = _kinds(alternative)
    values = _list_values(alternative)
    if values is not None:
        values = tuple(value for value in values if kind_of(value) in kinds)
        kinds = frozenset(map(kind_of, values))
    return Allowed(
        kinds,
        integer,
        values,
        _scalars(values or ()),
        _limit(alternative, lower=True),
        _limit(alternative, lower=False),
        alternative,
    )


def _limit(alternative: Alternative, *, lower: bool) -> Bound | None:
    """The tightest of the limits on one end."""
    end = "Minimum" if lower else "Maximum"
    best: Bound | None = None
    for part in alternative:
        for keyword, strict in ((end.lower(), False), (f"exclusive{end}", True)):
            if keyword in part:
                bound = Bound(lower, strict, part[keyword])
                if best is None or bound.tighter_than(best):
                    best = bound
    return best
