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
    other = _on_the_other_side(path)
    return other if _is_there(other, data, meta) else _renamed(path, data, meta)


class AbsentFields:
    """Looks at messages, and knows which of some fields none of them had so far.

    One that is JSON null is absent. A message whose part can't be read says nothing of a field.
    """

    def __init__(self, fields: Iterable[Path]) -> None:
        self._fields = tuple(fields)
        #: Each absent field, and the same one on the other side of the message.
        self._absent = {path: _on_the_other_side(path) for path in self._fields}
        #: What is most like an absent field among the fields that were seen.
        self._alike: dict[Path, Path] = {}
        self._unread: set[Path] = set()
        self._looks = MAX_ALL_LOOKS
        self.messages = 0

    def __contains__(self, field: Path) -> bool:
        """Whether none of the messages had the field."""
        return field in self._absent

    def __bool__(self) -> bool:
        """Whether there is any field that none of the messages had."""
        return bool(self._absent)

    def look(self, message: AnyMessage) -> None:
        """Take one more message into account."""
        self.messages += 1
        if not self._absent:
            return
        data, meta, _ = parts_of(message)
        for path, other in list(self._absent.items()):
            value = read(path, data, meta)
            if isinstance(value, Unreadable):
                self._unread.add(path)
            elif not isinstance(value, Missing):
                del self._absent[path]
                continue
            if _is_there(other, data, meta):
                self._alike[path] = other
            elif self.messages <= MAX_LOOKS and self._looks and path not in self._alike:
                self._looks -= 1
                if (renamed := _renamed(path, data, meta)) is not None:
                    self._alike[path] = renamed

    def found(self, messages: int, present: Iterable[int]) -> None:
        """Take that many messages into account, which have the fields of these numbers."""
        self.messages += messages
        for number in present:
            self._absent.pop(self._fields[number], None)

    def nearest(self, field: Path) -> Path | None:
        """What is most like an absent field among the fields that were seen."""
        return self._alike.get(field)

    def notes(self) -> Iterator[str]:
        """A sentence for each absent field; none of one that can't be read in some message."""
        if not self.messages:
            return
        messages = counted(self.messages, "message")
        for path in self._absent:
            if path in self._unread:
                continue
            alike = self._alike.get(path)
            hint = f"; did you mean {print_expression(alike)}?" if alike else ""
            yield f"no value at `{print_expression(path)}` in {messages}{hint}"


def _on_the_other_side(path: Path) -> Path:
    root: Literal["data", "meta"] = "data" if path.root == "meta" else "meta"
    return Path(root, path.keys, root)


def _is_there(path: Path, data: Any, meta: Any) -> bool:
    """Whether a message has a field; what is whole, or can't be read, is no proof."""
    return bool(path.keys) and not isinstance(read(path, data, meta), (Missing, Unreadable))


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
