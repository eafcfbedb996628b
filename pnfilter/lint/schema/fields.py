"""Fields that a filter reads and a schema doesn't have, and words for what a schema says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule
from pnfilter.lint.context import Context
from pnfilter.lint.schema.shapes import Allowed, Found, NoContainer, Shapes, Unknown
from pnfilter.semantics import is_number, number_text
from pnfilter.syntax.nodes import Path, print_expression, quote
from pnfilter.wording import shorten

#: Names or values among which the nearest one is looked for.
MAX_CANDIDATES: Final = 500
#: Searches for the nearest name or value in one filter; each looks at all candidates.
MAX_SEARCHES: Final = 20
#: Names or values that a help line lists.
SHOWN_CANDIDATES: Final = 5

_KIND_NAMES: Final = {
    "boolean": "true or false",
    "number": "a number",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}
#: Names that mean something else without a prefix.
_RESERVED: Final = frozenset({"data", "meta", "like", "contains", "true", "false", "null"})


# Words


class Nearest:
    """Looks for the name or value that a word is a misspelling of, ``MAX_SEARCHES`` times."""

    def __init__(self) -> None:
        self._left = MAX_SEARCHES

    def to(self, word: str, candidates: Iterable[str]) -> str | None:
        """The candidate nearest to a word; None where none is near."""
        from difflib import get_close_matches

        self._left -= 1
        if self._left < 0:
            return None
        candidates = list(islice(candidates, MAX_CANDIDATES))
        for candidate in candidates:
            if candidate.lower() == word.lower():
                return candidate
        found = get_close_matches(word, candidates, n=1, cutoff=0.6)
        return found[0] if found else None


def kinds_text(kinds: Iterable[str]) -> str:
    """``{"string", "number"}`` as ``a number or a text``."""
    known = set(kinds)
    return " or ".join(name for kind, name in _KIND_NAMES.items() if kind in known)


def plural_kinds(kinds: Iterable[str]) -> str:
    """The kinds of values in a filter."""
    names = {"number": "numbers", "string": "strings"}
    return " and ".join(names[kind] for kind in sorted(set(kinds)))


def part_name(root: str) -> str:
    return "payload" if root == "data" else "metadata"


def write_alike(path: Path, keys: tuple[str | int, ...]) -> str:
    """A path beside another one, in the form of it: with its prefix, or as a bare name."""
    text = print_expression(Path(path.root, keys))
    bare = text.removeprefix("meta.")
    if path.prefix or (keys and (bare == text or str(keys[0]).lower() in _RESERVED)):
        return text
    return bare if keys else ""


def value_text(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    return number_text(value) if is_number(value) else str(value)


def listing(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = ", …" if len(names) > SHOWN_CANDIDATES else ""
    return f"{what}: {', '.join(map(shorten, names[:SHOWN_CANDIDATES]))}{more}"


def limits_text(allowed: Sequence[Allowed]) -> str:
    """The values or the ranges of numbers that the schema has, as a help line."""
    listed = (value_text(value) for one in allowed for value in one.values or ())
    shown = list(islice(listed, SHOWN_CANDIDATES + 1))
    if shown:
        return listing("values", shown)
    ranges = []
    for one in allowed:
        limits = [
            f" {_LIMITS[limit.lower, limit.strict]} {shorten(number_text(limit.number))}"
            for limit in (one.low, one.high)
            if limit is not None
        ]
        if "number" in one.kinds:
            ranges.append(("an integer" if one.integer else "a number") + "".join(limits))
    return f"the schema has {' or '.join(dict.fromkeys(ranges))}" if ranges else ""


_LIMITS: Final = {
    (True, True): "above",
    (True, False): "from",
    (False, True): "below",
    (False, False): "up to",
}


# Fields

#: The schema of the examples.
EXAMPLE: Final[dict[str, Any]] = {
    "properties": {
        "data": {"properties": {"mag": {"type": "number", "minimum": -1, "maximum": 10}}},
        "meta": {"properties": {"net": {"enum": ["us", "ak", "ci"]}}},
    }
}

UNKNOWN_FIELD = Rule(
    "W441",
    "unknown-field",
    summary="A field that the schema of the messages doesn't have.",
    why=(
        "Reported if the schema declares the fields of an object and doesn't allow "
        "others: `additionalProperties` that is true or a schema, "
        "`patternProperties` and conditions allow them, silence doesn't, since a "
        "typo is just another field. If the schema doesn't describe the metadata, "
        "only a bare name that the payload has is reported. Fields given as "
        "known are never reported. A schema that names neither data nor meta, or "
        "that is malformed, is an error of the caller."
    ),
    bad="data.mga > 4.5",
    good="data.mag > 4.5",
    options={"schema": EXAMPLE},
)
TYPE_CLASH = Rule(
    "W442",
    "schema-type-clash",
    summary="A comparison that doesn't suit the declared type.",
    why=(
        "No value of the type is certain to match: a number never equals a string, "
        "what a boolean or an array equals is not known, LIKE compares strings, "
        "CONTAINS looks into strings and arrays, and orderings and arithmetic take "
        "numbers. A string is ordered only if it reads as a number; if `enum` or "
        "`examples` have such a string, nothing is reported."
    ),
    bad='data.mag == "5"',
    good="data.mag == 5",
    options={"schema": EXAMPLE},
)


class FieldCheck:
    """The check of the paths of one filter."""

    def __init__(self, context: Context, shapes: Shapes, nearest: Nearest) -> None:
        self.context, self.shapes, self.nearest = context, shapes, nearest

    def _quote(self, path: Path) -> str:
        return f"`{shorten(self.context.source(path))}`"

    def check(self, path: Path) -> Iterator[Diagnostic]:
        """W441, and W442 for a step into what has no such steps."""
        if self.context.is_known(path):
            return
        place = self.shapes.place(path.root, path.keys)
        if place is None or (isinstance(place, Found) and not place.declared):
            # Nothing is said of this metadata; a bare name may still be of the payload.
            if path.root == "meta" and not path.prefix and self._is_declared("data", path.keys):
                yield self._elsewhere(path, "data")
        elif isinstance(place, Unknown):
            yield self._unknown(path, place)
        elif isinstance(place, NoContainer):
            kinds = kinds_text(place.kinds)
            key = path.keys[place.step]
            step = f"no element [{key}]" if isinstance(key, int) else f"no field {shorten(key)}"
            before = write_alike(path, path.keys[: place.step])
            yield TYPE_CLASH.at(
                path.span,
                f"`{shorten(before)}` is {kinds} in the schema and has {step}",
                "objects have names, arrays have indexes",
            )

    def _is_declared(self, root: str, keys: tuple[str | int, ...]) -> bool:
        place = self.shapes.place(root, keys)
        return isinstance(place, Found) and place.declared

    def _elsewhere(self, path: Path, root: str) -> Diagnostic:
        text = root + print_expression(Path("meta", path.keys)).removeprefix("meta")
        return UNKNOWN_FIELD.at(
            path.span,
            f"{self._quote(path)} reads the {part_name(path.root)}, "
            f"and the schema has it in the {part_name(root)}",
            f"did you mean {shorten(text)}?",
            Fix((Edit(path.span, text),), safe=False),
        )

    def _unknown(self, path: Path, place: Unknown) -> Diagnostic:
        other = "data" if path.root == "meta" else "meta"
        if self._is_declared(other, path.keys):
            return self._elsewhere(path, other)
        if place.step < 0:
            message = f"the schema has no {part_name(path.root)}: {self._quote(path)}"
            return UNKNOWN_FIELD.at(path.span, message, f"it has {other}")
        key = path.keys[place.step]
        before = write_alike(path, path.keys[: place.step])
        where = f"in `{shorten(before)}`" if before else f"in the {part_name(path.root)}"
        if isinstance(key, int):
            message = f"the schema has no element [{key}] {where}"
            return UNKNOWN_FIELD.at(path.span, message, "elements are counted from 0")
        help = listing("fields", place.names)
        fix = None
        nearest = self.nearest.to(key, place.names)
        if nearest is not None:
            keys = (*path.keys[: place.step], nearest, *path.keys[place.step + 1 :])
            text = write_alike(path, keys)
            help = f"did you mean {shorten(text)}?"
            fix = Fix((Edit(path.span, text),), safe=False)
        message = f"the schema has no field `{shorten(key)}` {where}"
        return UNKNOWN_FIELD.at(path.span, message, help, fix)
