"""The fields that a filter reads of a message: where they are in its JSON, and which it lacks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pnfilter.filters import Filter
from pnfilter.interpreter import read
from pnfilter.message import AnyMessage, parts_of
from pnfilter.playground.bounds import MAX_ROW, MAX_SHOWN
from pnfilter.playground.collections import as_json
from pnfilter.records import NamedTuple
from pnfilter.semantics import Missing, Unreadable
from pnfilter.syntax.nodes import Path, print_expression
from pnfilter.wording import shorten

_INDENT: Final = "  "
_LEFT_OUT: Final = "…"


class Marked(NamedTuple):
    """JSON text, and the spans of what is read in it, in characters."""

    text: str
    spans: Sequence[tuple[int, int]]

    def to_dict(self) -> dict[str, Any]:
        """As an answer has it."""
        return {"text": self.text, "marks": [list(span) for span in self.spans]}


class _Steps:
    """The keys that are followed from a place. ``is_read``: the value at the place is wanted."""

    __slots__ = ("inner", "is_read")

    def __init__(self) -> None:
        self.is_read = False
        self.inner: dict[str | int, _Steps] = {}

    def add(self, keys: Iterable[str | int]) -> None:
        at = self
        for key in keys:
            at = at.inner.setdefault(key, _Steps())
        at.is_read = True


class Reading:
    """What one filter reads. Each method costs time linear in what it prints."""

    def __init__(self, filter: Filter) -> None:
        self._fields = [(path, print_expression(path)) for path in filter.fields]
        self._steps = _Steps()
        for path, _ in self._fields:
            self._steps.add((path.root, *path.keys))

    def whole(self, message: AnyMessage) -> dict[str, Any]:
        """Return a message on several lines with its marks, and each field with its state.

        States are ``present``, ``missing`` (JSON null, too) and ``unreadable``.
        """
        data, meta, kind = parts_of(message)
        shown: dict[str, Any] = {"meta": meta, "data": data}
        if kind != "message":
            shown = {"kind": kind, **shown}
        marked = _print(shown, self._steps, MAX_SHOWN, is_indented=True)
        fields = [
            {"text": text, "state": _state(read(path, data, meta))} for path, text in self._fields
        ]
        return {"message": marked.text, "marks": marked.to_dict()["marks"], "fields": fields}

    def row(self, message: AnyMessage, columns: int) -> dict[str, Any]:
        """Return metadata and payload in short, with marks and missing fields, but for shown nulls.

        Where a mark would end behind so many ``columns``, what isn't read is left out.
        """
        data, meta, _ = parts_of(message)
        found: dict[str, Any] = {}
        for root, value in (("meta", meta), ("data", data)):
            gone = [
                text
                for path, text in self._fields
                if path.root == root
                and isinstance(read(path, data, meta), Missing)
                and not _is_null(path, value)
            ]
            line = _line(value, self._steps.inner.get(root), columns)
            found[root] = {**line.to_dict(), "missing": gone}
        return found


def _is_null(path: Path, found: Any) -> bool:
    """Return whether a field is there, and JSON null: then its mark says so."""
    for key in path.keys:
        if isinstance(found, dict) and key in found:
            found = found[key]
        elif isinstance(found, (list, tuple)) and isinstance(key, int) and key < len(found):
            found = found[key]
        else:
            return False
    return found is None and bool(path.keys)


def _state(found: Any) -> str:
    if isinstance(found, Missing):
        return "missing"
    return "unreadable" if isinstance(found, Unreadable) else "present"


def _line(value: Any, steps: _Steps | None, columns: int) -> Marked:
    plain = as_json(value)
    if steps is None:
        return Marked(shorten(plain, MAX_ROW), ())
    if len(plain) <= MAX_ROW:
        found = _print(value, steps, MAX_ROW)
        if all(end <= columns for _, end in found.spans):
            return found
    return _print(value, steps, MAX_ROW, is_brief=True)


def _print(
    value: Any, steps: _Steps, most: int, *, is_indented: bool = False, is_brief: bool = False
) -> Marked:
    """Return a value as JSON of at most so many characters, with what is read marked."""
    printer = _Printer(is_indented=is_indented, is_brief=is_brief)
    try:
        printer.print(value, steps, 0, 0)
    except RecursionError:
        return Marked("(too deep to be shown)", ())
    text = shorten("".join(printer.pieces), most)
    spans = [(start, min(end, len(text))) for start, end in printer.spans if start < len(text)]
    return Marked(text, spans)


class _Printer:
    """Prints JSON as the module ``json`` does, and notes where what is read begins and ends."""

    def __init__(self, *, is_indented: bool, is_brief: bool) -> None:
        self._is_indented = is_indented
        self._is_brief = is_brief
        self._size = 0
        self.pieces: list[str] = []
        self.spans: list[tuple[int, int]] = []

    def _write(self, text: str) -> None:
        self.pieces.append(text)
        self._size += len(text)

    def print(self, value: Any, steps: _Steps | None, level: int, start: int) -> None:
        """Print a value; ``start`` is where its mark begins, if it is read."""
        # A field inside one that is read is marked with it.
        inner = {} if steps is None or steps.is_read else steps.inner
        if isinstance(value, dict) and any(key in value for key in inner):
            members: list[tuple[str | int, str, Any]] = [
                (key, f"{json.dumps(key, ensure_ascii=False)}: ", each)
                for key, each in value.items()
            ]
            self._container("{}", members, inner, level)
        elif isinstance(value, (list, tuple)) and any(
            isinstance(key, int) and key < len(value) for key in inner
        ):
            elements: list[tuple[str | int, str, Any]] = [
                (number, "", each) for number, each in enumerate(value)
            ]
            self._container("[]", elements, inner, level)
        else:
            self._write(self._plain(value, level))
        if steps is not None and steps.is_read:
            self.spans.append((start, self._size))

    def _container(
        self,
        brackets: str,
        members: list[tuple[str | int, str, Any]],
        inner: dict[str | int, _Steps],
        level: int,
    ) -> None:
        line = f"\n{_INDENT * (level + 1)}" if self._is_indented else ""
        separator = f",{line}" if line else ", "
        self._write(brackets[0] + line)
        is_first, is_left_out = True, False
        for key, label, each in members:
            leaves_out = self._is_brief and key not in inner
            if leaves_out and is_left_out:
                continue
            is_left_out = leaves_out
            if not is_first:
                self._write(separator)
            is_first = False
            start = self._size
            if leaves_out:
                self._write(_LEFT_OUT)
                continue
            self._write(label)
            self.print(each, inner.get(key), level + 1, start)
        self._write((f"\n{_INDENT * level}" if line else "") + brackets[1])

    def _plain(self, value: Any, level: int) -> str:
        if not self._is_indented:
            return as_json(value)
        # A line break in a string is escaped.
        return as_json(value, indent=len(_INDENT)).replace("\n", f"\n{_INDENT * level}")
