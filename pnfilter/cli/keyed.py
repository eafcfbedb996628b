"""Filters by key, from a file: a JSON object, newline-delimited JSON, or one filter a line.

What begins with a brace is JSON, as no filter does. An object has keys and filters; an object with ``key``
and ``filter`` is one of them, whatever else it has, as in a line of newline-delimited JSON. Of a ``.filters`` file the
keys are the numbers of the lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final, NamedTuple

from pnfilter.cli.inputs import BOM, FilterText, Unreadable, filter_lines, open_filters
from pnfilter.diagnostics import Position
from pnfilter.message import is_unicode
from pnfilter.reading.sources import origin_of, reason_of

#: Bytes of the largest file of filters.
MAX_BYTES: Final = 1 << 30

Key = str | int


class Keyed(NamedTuple):
    """A filter, and its key."""

    key: Key
    source: FilterText


class _Pairs(list[tuple[Key, Any]]):
    """An object of JSON, with every key that it repeats."""


def read_keyed(name: str) -> Iterator[Keyed | Unreadable]:
    """The filters of a file, one at a time; what can't be read of it in their place."""
    origin = origin_of(name)
    try:
        with open_filters(name) as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        yield Unreadable(reason_of(error, origin))
        return
    if len(content) > MAX_BYTES:
        yield Unreadable(f"{origin}: longer than {MAX_BYTES:,} bytes")
    elif content.removeprefix(BOM).lstrip().startswith(b"{"):
        yield from _objects(content.removeprefix(BOM), origin)
    else:
        for found in filter_lines(BytesIO(content), origin):
            yield found if isinstance(found, Unreadable) else Keyed(found.first.line, found)


def _objects(content: bytes, origin: str) -> Iterator[Keyed | Unreadable]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        yield Unreadable(f"{origin}: not UTF-8 (byte 0x{content[error.start]:02x})")
        return
    try:
        yield from _entries(_decoded(text), origin, origin)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            yield Unreadable(f"{origin}:{error.lineno}:{error.colno}: not JSON: {error.msg}")
            return
        # Lines of bytes: in a text other characters end lines, too, that may stand in JSON.
        for number, line in enumerate(content.splitlines(), 1):
            if line and not line.isspace():
                yield from _line(line.decode(), f"{origin}:{number}")


def _line(line: str, place: str) -> Iterator[Keyed | Unreadable]:
    try:
        found = _decoded(line)
    except json.JSONDecodeError as error:
        yield Unreadable(f"{place}:{error.colno}: not JSON: {error.msg}")
        return
    if isinstance(found, _Pairs):
        yield from _entries(found, place, place)
    else:
        yield Unreadable(f"{place}: an object with `key` and `filter` was expected")


def _decoded(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_Pairs)
    except (RecursionError, ValueError) as error:
        if isinstance(error, json.JSONDecodeError):
            raise
        raise json.JSONDecodeError(str(error), text, 0) from None


def _entries(found: _Pairs, place: str, origin: str) -> Iterator[Keyed | Unreadable]:
    entries = dict(found)
    if entries.keys() >= {"key", "filter"}:
        names = [name for name, _ in found]
        for name in ("key", "filter"):
            if names.count(name) > 1:
                yield Unreadable(f"{place}: `{name}` is given twice")
                return
        key = entries["key"]
        if not isinstance(key, (str, int)) or isinstance(key, bool):
            yield Unreadable(f"{place}: a key is a text or an integer")
            return
        found = _Pairs([(key, entries["filter"])])
    for key, text in found:
        if isinstance(key, str) and not is_unicode(key):
            yield Unreadable(f"{place}: a key with half of a surrogate pair")
        elif isinstance(text, str):
            yield Keyed(key, FilterText(text, f"{origin}: {key}", Position(1, 1), len(text)))
        else:
            yield Unreadable(f"{place}: the filter of {json.dumps(key)} is no text")
