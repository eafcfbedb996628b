"""``infer``: a JSON Schema of messages, from samples of them.

Samples show what exists, never all that may. So an inferred schema describes

* for an object the fields that it has, without forbidding others: ``check`` then reports another
  field as a typo. An object with more than ``MAX_FIELDS`` names, or whose names are mostly new in
  each message, is keyed by data: any name may come;
* for a field the types that it had. One that was always null may be anything;
* for strings the values, if there are a few that come again and again;
* for numbers that they are integers, and bounds far outside the samples. Wrong units exceed them,
  thresholds for rare events don't;
* for arrays the elements, and the length if it was always the same.

Values, bounds and lengths take ``MIN_SEEN`` samples. The memory for a place is bounded.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pnfilter.message import Message, parts_of
from pnfilter.semantics import is_number, read_number
from pnfilter.wording import counted

#: Values of a field after which its limits and its list of values are trusted.
MIN_SEEN: Final = 100
#: Different strings of a field that are listed by default.
MAX_VALUES: Final = 30
#: Of so many values of a field, at most one may be rare (seen once or twice). With more rare ones,
#: new values are likely.
VALUES_FOR_EACH_RARE_ONE: Final = 1_000
#: Characters of a string that may be a listed value.
MAX_TEXT: Final = 100
#: Factor between the largest number seen, by distance from zero, and the bounds.
WIDENING: Final = 10
#: Numbers that differ by a smaller factor, such as timestamps, get a bound near zero too.
NARROW: Final = 2
#: Numbers beyond this one get no bounds.
MAX_BOUNDED: Final = 1e300
#: Names kept of one object; an object with more is keyed by data.
MAX_FIELDS: Final = 500
#: Objects, and names in them, that it takes to find an object keyed by data.
MIN_KEYED: Final = 20
#: One in so many names of an object may be new; with more, it is keyed by data.
NAMES_FOR_EACH_NEW_ONE: Final = 10
#: Places described in all messages together; any further place may be anything.
MAX_PLACES: Final = 10_000
#: Levels of objects and arrays described; deeper ones may be anything.
MAX_DEPTH: Final = 50

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class Inference:
    """Collects sample messages one by one; ``schema`` describes them."""

    def __init__(self, *, max_values: int = MAX_VALUES) -> None:
        """List at most ``max_values`` strings of a field; 0 lists none."""
        if max_values < 0:
            raise ValueError(f"max_values is a number from 0, not {max_values}")
        self._max_values = max_values
        self._left = MAX_PLACES
        self._parts = {"data": _Seen(), "meta": _Seen()}
        self._messages = 0

    def add(self, message: Mapping[str, Any] | Message) -> None:
        """Add a message, in any form that ``Filter.evaluate`` takes; else raise ``TypeError``.

        A mapping is assumed to hold JSON values.
        """
        data, meta, _ = parts_of(message)
        self._messages += 1
        self._see(self._parts["data"], data, 0)
        self._see(self._parts["meta"], meta, 0)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema; raise ``ValueError`` if no payload or metadata was readable.

        A part that no message had, or that was unreadable, is not described.
        """
        parts = {name: seen.schema() for name, seen in self._parts.items()}
        described = {name: schema for name, schema in parts.items() if schema}
        if not described:
            raise ValueError("no message has a payload or metadata to infer a schema from")
        return {
            "$schema": _DIALECT,
            "description": f"Inferred by pnfilter from {counted(self._messages, 'message')}.",
            "type": "object",
            "properties": described,
        }

    def _see(self, seen: _Seen, value: Any, depth: int) -> None:
        kind = _kind_of(value)
        seen.kinds[kind] += 1
        match kind:
            case "string":
                seen.see_text(value, self._max_values)
            case "number":
                seen.see_number(value)
            case "object" | "array" if depth == MAX_DEPTH:
                seen.kinds["unknown"] += 1
            case "object":
                self._see_fields(seen, value, depth)
            case "array":
                seen.longest = max(seen.longest, len(value))
                seen.shortest = min(seen.shortest, len(value))
                if seen.elements is None:
                    seen.elements = _Seen()
                for element in value:
                    self._see(seen.elements, element, depth + 1)
            case _:
                pass

    def _see_fields(self, seen: _Seen, fields: Mapping[str, Any], depth: int) -> None:
        if seen.fields is None:
            return
        for name, value in fields.items():
            field = seen.fields.get(name)
            if field is None:
                if len(seen.fields) == MAX_FIELDS or not self._left:
                    self._left += len(seen.fields)
                    seen.fields = None
                    return
                self._left -= 1
                field = seen.fields[name] = _Seen()
            self._see(field, value, depth + 1)


def infer(
    messages: Iterable[Mapping[str, Any] | Message], *, max_values: int = MAX_VALUES
) -> dict[str, Any]:
    """Return a JSON Schema of ``{"data": …, "meta": …}`` for ``check(…, schema=…)``.

    A message is a mapping with ``data`` and ``meta``, or a ``Message``; anything else raises
    ``TypeError``, as does a value that JSON doesn't have. Messages are read one by one, in bounded
    memory. A string field gets its values as ``enum`` if they are at most ``max_values`` and come
    again and again. Raise ``ValueError`` if no message has anything readable.
    """
    inference = Inference(max_values=max_values)
    for message in messages:
        data, meta, kind = parts_of(message)
        inference.add(Message(data, meta, kind=kind))
    return inference.schema()


class _Seen:
    """What was seen at one place: the number of values of each type, and what they share."""

    __slots__ = (
        "elements",
        "fields",
        "high",
        "integral",
        "kinds",
        "longest",
        "low",
        "numeric",
        "shortest",
        "texts",
    )

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.fields: dict[str, _Seen] | None = {}
        self.elements: _Seen | None = None
        self.longest, self.shortest = 0, math.inf
        #: Occurrences of each string; None after too many strings, or one that is too long.
        self.texts: Counter[str] | None = Counter()
        #: A string, as long as all strings read as numbers.
        self.numeric: str | None = ""
        self.low, self.high = math.inf, -math.inf
        self.integral = True

    def see_text(self, text: str, most: int) -> None:
        """Count a string; with more than ``most`` different ones, keep none."""
        if self.numeric is not None:
            self.numeric = text if len(text) <= MAX_TEXT and read_number(text) is not None else None
        if self.texts is not None:
            self.texts[text] += 1
            if len(self.texts) > most or len(text) > MAX_TEXT:
                self.texts = None

    def see_number(self, number: int | float) -> None:
        """Count a number."""
        self.low, self.high = min(self.low, number), max(self.high, number)
        if isinstance(number, float) and not number.is_integer():
            self.integral = False

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the place; empty if nothing is known."""
        types = sorted(kind for kind in self.kinds if kind != "null")
        if not types or "unknown" in types:
            return {}
        result: dict[str, Any] = {}
        if "number" in types:
            result |= self._bounds()
            if self.integral and self.kinds["number"] >= MIN_SEEN:
                types[types.index("number")] = "integer"
        if types == ["string"] and (values := self._values()):
            result["enum"] = [*values, None] if self.kinds["null"] else values
        elif "string" in types and self.numeric:
            result["examples"] = [self.numeric]
        if "object" in types:
            result |= self._fields()
        if "array" in types:
            result |= self._elements()
        types += ["null"] if self.kinds["null"] else []
        return {"type": types[0] if len(types) == 1 else types, **result}

    def _values(self) -> list[str]:
        """Return the list of a field's strings; empty if too little is known."""
        times, count = self.texts, self.kinds["string"]
        if not times or len(times) < 2 or count < MIN_SEEN:
            return []
        # The share of rare strings estimates how often the next one is new.
        rare = sum(number <= 2 for number in times.values())
        return sorted(times) if rare * VALUES_FOR_EACH_RARE_ONE <= count else []

    def _bounds(self) -> dict[str, Any]:
        """Return limits far from all numbers seen; none for few numbers or for zeros alone."""
        low, high = self.low, self.high
        farthest = max(abs(low), abs(high))
        if self.kinds["number"] < MIN_SEEN or not 0 < farthest < MAX_BOUNDED:
            return {}
        limits = [-WIDENING * farthest, WIDENING * farthest]
        if low > 0 and high < NARROW * low:
            limits[0] = low / WIDENING
        elif high < 0 and low > NARROW * high:
            limits[1] = high / WIDENING
        lower, upper = map(_round, limits)
        return {"minimum": lower, "maximum": upper}

    def _fields(self) -> dict[str, Any]:
        if self.fields is None or self._is_keyed(self.fields):
            return {"additionalProperties": True}
        return (
            {"properties": {name: seen.schema() for name, seen in self.fields.items()}}
            if self.fields
            else {}
        )

    def _elements(self) -> dict[str, Any]:
        """Return the schema of the elements, and their count if constant, as in a point."""
        items = self.elements.schema() if self.elements else {}
        result: dict[str, Any] = {"items": items} if items else {}
        if 0 < self.longest == self.shortest and self.kinds["array"] >= MIN_SEEN:
            result["maxItems"] = self.longest
        return result

    def _is_keyed(self, fields: dict[str, _Seen]) -> bool:
        """Return whether names are data: mostly new in each object."""
        if self.kinds["object"] < MIN_KEYED or len(fields) < MIN_KEYED:
            return False
        times = [field.kinds.total() for field in fields.values()]
        new = sum(number == 1 for number in times)
        return new * NAMES_FOR_EACH_NEW_ONE > sum(times)


def _round(limit: float) -> int | float:
    """Return a limit in three digits, precise enough for an estimate."""
    short = float(f"{limit:.2e}")
    return int(short) if short.is_integer() else short


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case dict():
            return "object"
        case list() | tuple():
            return "array"
        case _:
            return "number" if is_number(value) else "unknown"
