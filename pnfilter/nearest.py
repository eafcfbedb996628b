"""Fields that no message has, and what a misspelt or misplaced one probably is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, Literal

from pnfilter.interpreter import read
from pnfilter.message import AnyMessage, parts_of
from pnfilter.semantics import Missing, Unreadable
from pnfilter.syntax.nodes import Path, print_expression
from pnfilter.wording import counted

#: Keys of an object that are compared with a field's, and characters of each.
MAX_KEYS: Final = 200
MAX_KEY: Final = 200
#: Messages in which a field of nearly the same name is looked for, and such looks in all.
MAX_LOOKS: Final = 100
MAX_ALL_LOOKS: Final = 10_000


def nearest_field(path: Path, data: Any, meta: Any) -> Path | None:
    """Return the field most like one that a message lacks; None where none is like it.

    That is the same field on the other side of the message, or one of nearly the same name.
    """
    return _elsewhere(path, data, meta) or _renamed(path, data, meta)


class AbsentFields:
    """Looks at messages, and knows which of some fields none of them had so far.

    One that is JSON null is absent. A message whose part can't be read says nothing of a field.
    """

    def __init__(self, fields: Iterable[Path]) -> None:
        self._fields = tuple(fields)
        #: Each absent field, and what is most like it among the fields that were seen.
        self._absent: dict[Path, Path | None] = dict.fromkeys(self._fields)
        self._unread: set[Path] = set()
        self._looks = MAX_ALL_LOOKS
        self.messages = 0

    def __contains__(self, field: Path) -> bool:
        """Whether none of the messages had the field."""
        return field in self._absent

    def look(self, message: AnyMessage) -> None:
        """Take one more message into account."""
        self.messages += 1
        if not self._absent:
            return
        data, meta, _ = parts_of(message)
        for path, alike in list(self._absent.items()):
            value = read(path, data, meta)
            if isinstance(value, Unreadable):
                self._unread.add(path)
            elif not isinstance(value, Missing):
                del self._absent[path]
                continue
            if alike is None or alike.keys != path.keys:
                other = _elsewhere(path, data, meta)
                if alike is None and other is None and self.messages <= MAX_LOOKS and self._looks:
                    self._looks -= 1
                    other = _renamed(path, data, meta)
                self._absent[path] = other or alike

    def found(self, messages: int, present: Iterable[int]) -> None:
        """Take that many messages into account, which have the fields of these numbers."""
        self.messages += messages
        for number in present:
            self._absent.pop(self._fields[number], None)

    def nearest(self, field: Path) -> Path | None:
        """What is most like an absent field among the fields that were seen."""
        return self._absent.get(field)

    def notes(self) -> Iterator[str]:
        """A sentence for each absent field; none of one that can't be read in some message."""
        if not self.messages:
            return
        messages = counted(self.messages, "message")
        for path, alike in self._absent.items():
            if path in self._unread:
                continue
            hint = f"; did you mean {print_expression(alike)}?" if alike else ""
            yield f"no value at `{print_expression(path)}` in {messages}{hint}"


def _elsewhere(path: Path, data: Any, meta: Any) -> Path | None:
    """The same field on the other side of a message, if it is there."""
    root: Literal["data", "meta"] = "data" if path.root == "meta" else "meta"
    other = Path(root, path.keys, root)
    # What can't be read is no proof.
    if path.keys and not isinstance(read(other, data, meta), (Missing, Unreadable)):
        return other
    return None


def _renamed(path: Path, data: Any, meta: Any) -> Path | None:
    """The field with its first key that the message lacks replaced by the nearest one."""
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
