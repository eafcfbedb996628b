"""The field that a misspelt or misplaced one probably is, by what a message has."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final, Literal

from pnfilter.interpreter import read
from pnfilter.semantics import Missing, Unreadable
from pnfilter.syntax.nodes import Path

#: Keys of an object that are compared with a field's, and characters of each.
MAX_KEYS: Final = 200
MAX_KEY: Final = 200


def nearest_field(path: Path, data: Any, meta: Any) -> Path | None:
    """Return the field most like one that a message lacks; None where none is like it.

    That is the same field on the other side of the message, or one of nearly the same name.
    """
    root: Literal["data", "meta"] = "data" if path.root == "meta" else "meta"
    other = Path(root, path.keys, root)
    # What can't be read is no proof.
    if path.keys and not isinstance(read(other, data, meta), (Missing, Unreadable)):
        return other
    found = meta if path.root == "meta" else data
    for position, key in enumerate(path.keys):
        if not isinstance(found, dict):
            break
        if isinstance(key, str) and key not in found:
            return _rename(path, position, key, found)
        found = found.get(key)
    return None


def _rename(path: Path, position: int, key: str, found: dict[Any, Any]) -> Path | None:
    """The path with its key at ``position`` replaced by the nearest one that the object has."""
    from difflib import get_close_matches

    # Two long keys would take quadratic time.
    if len(key) > MAX_KEY:
        return None
    names = islice((name for name in found if found[name] is not None), MAX_KEYS)
    short = [name for name in names if isinstance(name, str) and len(name) <= MAX_KEY]
    near = next((name for name in short if name.lower() == key.lower()), None)
    if near is None:
        near = next(iter(get_close_matches(key, short, n=1)), None)
    if near is None:
        return None
    return Path(path.root, (*path.keys[:position], near, *path.keys[position + 1 :]), path.prefix)
