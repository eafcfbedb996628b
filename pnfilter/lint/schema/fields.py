"""Fields that a filter reads and a schema doesn't have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pnfilter.diagnostics import Diagnostic, Edit, Fix, Rule
from pnfilter.lint.context import Context
from pnfilter.lint.schema.shapes import Found, NoContainer, Shapes, Unknown
from pnfilter.lint.schema.words import Nearest, kinds_text, listing, part_name, written_alike
from pnfilter.syntax.nodes import Path, print_expression
from pnfilter.wording import shortened

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
        "Reported where the schema declares the fields of an object and doesn't "
        "foresee others: `additionalProperties` that is true or a schema, "
        "`patternProperties` and conditions foresee them, silence doesn't, since a "
        "typo is just another field. Of metadata that the schema doesn't describe at "
        "all only a bare name is reported that the payload has. Fields given as "
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
    summary="A comparison that the declared type has no use for.",
    why=(
        "No value of the type matches for certain: a number never equals a text, "
        "what a boolean or an array equals is not known, LIKE looks at texts, "
        "CONTAINS into texts and arrays, and orderings and arithmetic are of "
        "numbers. A text under an ordering is compared only where it reads as a "
        "number; where `enum` or `examples` have such a text, nothing is said."
    ),
    bad='data.mag == "5"',
    good="data.mag == 5",
    options={"schema": EXAMPLE},
)


class FieldCheck:
    """The check of the paths of one filter."""

    def __init__(self, context: Context, shapes: Shapes, nearest: Nearest) -> None:
        self.context, self.shapes, self.nearest = context, shapes, nearest

    def _quoted(self, path: Path) -> str:
        return f"`{shortened(self.context.source(path))}`"

    def check(self, path: Path) -> Iterator[Diagnostic]:
        """W441, and W442 for a step into what has no such steps."""
        if self.context.is_known(path):
            return
        place = self.shapes.place(path.root, path.keys)
        if place is None:
            # Nothing is said of the whole metadata; a bare name may still be of the payload.
            if path.root == "meta" and not path.prefix and self._is_declared("data", path.keys):
                yield self._elsewhere(path, "data")
        elif isinstance(place, Unknown):
            yield self._unknown(path, place)
        elif isinstance(place, NoContainer):
            kinds = kinds_text(place.kinds)
            key = path.keys[place.step]
            step = f"no element [{key}]" if isinstance(key, int) else f"no field {shortened(key)}"
            before = written_alike(path, path.keys[: place.step])
            yield TYPE_CLASH.at(
                path.span,
                f"`{shortened(before)}` is {kinds} in the schema: there is {step} in it",
                "names are of objects, indexes of arrays",
            )

    def _is_declared(self, root: str, keys: tuple[str | int, ...]) -> bool:
        place = self.shapes.place(root, keys)
        return isinstance(place, Found) and place.declared

    def _elsewhere(self, path: Path, root: str) -> Diagnostic:
        text = root + print_expression(Path("meta", path.keys)).removeprefix("meta")
        return UNKNOWN_FIELD.at(
            path.span,
            f"{self._quoted(path)} reads the {part_name(path.root)}, "
            f"and the schema has it in the {part_name(root)}",
            f"did you mean {shortened(text)}?",
            Fix((Edit(path.span, text),), safe=False),
        )

    def _unknown(self, path: Path, place: Unknown) -> Diagnostic:
        other = "data" if path.root == "meta" else "meta"
        if self._is_declared(other, path.keys):
            return self._elsewhere(path, other)
        if place.step < 0:
            message = f"the schema has no {part_name(path.root)}: {self._quoted(path)}"
            return UNKNOWN_FIELD.at(path.span, message, f"it has {other}")
        key = path.keys[place.step]
        before = written_alike(path, path.keys[: place.step])
        where = f"in `{shortened(before)}`" if before else f"in the {part_name(path.root)}"
        if isinstance(key, int):
            message = f"the schema has no element [{key}] {where}"
            return UNKNOWN_FIELD.at(path.span, message, "elements are counted from 0")
        help = listing("fields there are", place.names)
        fix = None
        nearest = self.nearest.to(key, place.names)
        if nearest is not None:
            keys = (*path.keys[: place.step], nearest, *path.keys[place.step + 1 :])
            text = written_alike(path, keys)
            help = f"did you mean {shortened(text)}?"
            fix = Fix((Edit(path.span, text),), safe=False)
        message = f"the schema has no field `{shortened(key)}` {where}"
        return UNKNOWN_FIELD.at(path.span, message, help, fix)
