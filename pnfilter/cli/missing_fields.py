"""Fields that a filter reads and no message has: a filter is silent about its misspelt fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, Literal

from pnfilter.filters import Filter
from pnfilter.interpreter import read
from pnfilter.message import AnyMessage, parts_of
from pnfilter.semantics import Missing, Unreadable
from pnfilter.syntax.nodes import Path, print_expression
from pnfilter.wording import counted

#: Messages in which a field of nearly the same name is looked for, and keys of each.
MAX_LOOKS: Final = 100
MAX_KEYS: Final = 200


class AbsentFields:
    """Looks at messages, and knows the fields of a filter that none of them had so far.

    A field that can't be read may be there; one that is JSON null is not.
    """

    def __init__(self, filter: Filter) -> None:
        #: Each absent field, and what is most like it among the fields that were seen.
        self._absent: dict[Path, Path | None] = dict.fromkeys(filter.fields)
        self._fields = filter.fields
        self.messages = 0

    def look(self, message: AnyMessage) -> None:
        """Take one more message into account."""
        self.messages += 1
        if not self._absent:
            return
        data, meta, _ = parts_of(message)
        for path, alike in list(self._absent.items()):
            if not isinstance(read(path, data, meta), Missing):
                del self._absent[path]
            elif alike is None and self.messages <= MAX_LOOKS:
                self._absent[path] = _alike(path, data, meta)

    def found(self, messages: int, present: Iterable[int]) -> None:
        """Take that many messages into account, which have the fields of these numbers."""
        self.messages += messages
        for number in present:
            self._absent.pop(self._fields[number], None)

    def notes(self) -> Iterator[str]:
        """A sentence for each absent field; none where there was no message to look at."""
        if not self.messages:
            return
        messages = counted(self.messages, "message")
        for path, alike in self._absent.items():
            hint = f"; did you mean {print_expression(alike)}?" if alike else ""
            yield f"no value at `{print_expression(path)}` in {messages}{hint}"


def _alike(path: Path, data: Any, meta: Any) -> Path | None:
    """The same field on the other side of the message, or one of nearly the same name."""
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
            return _rename(path, position, found)
        found = found.get(key)
    return None


def _rename(path: Path, position: int, found: dict[str, Any]) -> Path | None:
    """The path with its key at ``position`` replaced by the nearest one that the object has."""
    from difflib import get_close_matches

    names = islice((key for key in found if found[key] is not None), MAX_KEYS)
    near = get_close_matches(str(path.keys[position]), names, n=1)
    if not near:
        return None
    keys = (*path.keys[:position], near[0], *path.keys[position + 1 :])
    return Path(path.root, keys, path.prefix)
