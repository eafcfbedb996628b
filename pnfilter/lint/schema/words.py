"""Words for what a schema says: kinds, limits, lists, and the nearest of several names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from pnfilter.lint.schema.shapes import Allowed
from pnfilter.syntax.nodes import Path, print_expression, quote
from pnfilter.values import is_number, number_text
from pnfilter.wording import shortened

#: Names or values among which the nearest one is looked for.
MAX_CANDIDATES: Final = 500
#: Searches for the nearest name or value in one filter; each looks at all candidates.
MAX_SEARCHES: Final = 20
#: Names or values that a help line lists.
SHOWN_CANDIDATES: Final = 5

_KIND_NAMES: Final = {
    "boolean": "true or false",
    "number": "a number",
    "string": "a text",
    "array": "an array",
    "object": "an object",
}
#: Names that mean something else where nothing stands before them.
_RESERVED: Final = frozenset({"data", "meta", "like", "contains", "true", "false", "null"})


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
    names = {"number": "numbers", "string": "texts"}
    return " and ".join(names[kind] for kind in sorted(set(kinds)))


def part_name(root: str) -> str:
    return "payload" if root == "data" else "metadata"


def written_alike(path: Path, keys: tuple[str | int, ...]) -> str:
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
    return f"{what}: {', '.join(map(shortened, names[:SHOWN_CANDIDATES]))}{more}"


def limits_text(allowed: Sequence[Allowed]) -> str:
    """The values or the ranges of numbers that the schema has, as a help line."""
    listed = (value_text(value) for one in allowed for value in one.values or ())
    shown = list(islice(listed, SHOWN_CANDIDATES + 1))
    if shown:
        return listing("values there are", shown)
    ranges = []
    for one in allowed:
        limits = [
            f" {_LIMITS[limit.lower, limit.strict]} {shortened(number_text(limit.number))}"
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
