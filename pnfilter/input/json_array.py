"""A file that is one JSON array, or objects over several lines: split without decoding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pnfilter.records import NamedTuple

#: Bytes of the longest line, and of the longest element of an array.
MAX_LINE: Final = 16 * 1024 * 1024
#: Bytes of the longest object over several lines, as a recording of a browser is.
MAX_DOCUMENT: Final = 4 * MAX_LINE


class Element(NamedTuple):
    """An element of an array: the line it starts on, and its text; None if it is too long."""

    line: int
    text: bytes | None


class BrokenArray(ValueError):
    """From some position on, the file is not a valid array, or not a row of objects."""


_WHOLE_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
#: Up to the next relevant character: between elements, in an element, in a string.
_BETWEEN = rb'(?:[^"\[\]{},]++|' + _WHOLE_TEXT + rb")*+"
_INSIDE = rb'(?:[^"\[\]{}]++|' + _WHOLE_TEXT + rb")*+"
_IN_TEXT = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'


def split_array(
    chunks: Iterable[bytes], line: int = 1, *, objects: bool = False
) -> Iterator[Element]:
    """Yield the elements of the JSON array that starts in the first chunk, without decoding them.

    With ``objects`` they are values in a row, over any number of lines, also with commas between
    them. ``line`` is the number of the line on which the chunks start. Raise ``BrokenArray`` at the
    end if the array, or a value, isn't closed, or something follows the array.
    """
    depth, in_text, escaped = 0, False, False
    outside, most = (0, MAX_DOCUMENT) if objects else (1, MAX_LINE)
    element = bytearray()
    length = unkept_lines = count = 0
    rest = iter(chunks)
    before = b" \t\r\n," if objects else b" \t\r\n"
    # Compiled here: that takes as long as reading many lines of a file that isn't an array.
    between, inside, within = (
        re.compile(each, re.DOTALL) for each in (_BETWEEN, _INSIDE, _IN_TEXT)
    )

    def keep(part: bytes) -> None:
        nonlocal length, unkept_lines
        length += len(part)
        if length <= most:
            element.extend(part)
        else:
            unkept_lines += part.count(b"\n")

    def cut() -> Element:
        nonlocal length, unkept_lines, line, count
        text = bytes(element)
        start = line + text.count(b"\n", 0, len(text) - len(text.lstrip(before)))
        line += text.count(b"\n") + unkept_lines
        found = Element(start, text.strip(before) if length <= most else None)
        element.clear()
        length, unkept_lines, count = 0, 0, count + 1
        return found

    for chunk in rest:
        # A character escaped by a chunk's last backslash doesn't end the string.
        position, start, escaped = int(escaped), 0, False
        while True:
            scan = within if in_text else between if depth == outside == 1 else inside
            found = scan.match(chunk, position)
            position = found.end() if found else len(chunk)
            char = chunk[position : position + 1]
            if not char:
                break
            position += 1
            if char == b"\\":
                escaped = True
            elif char == b'"':
                in_text = not in_text
            elif char in b"[{":
                depth += 1
                start = position if depth == outside == 1 else start
            elif depth == outside == 1 and char in b",]":
                keep(chunk[start : position - 1])
                start = position
                if char == b"," or count or length > most or element.strip():
                    yield cut()
                if char == b"]":
                    if chunk[position:].strip() or any(part.strip() for part in rest):
                        raise BrokenArray("something comes after the end of its array")
                    return
            elif depth > outside and char in b"]}":
                depth -= 1
                if not depth:
                    keep(chunk[start:position])
                    start = position
                    yield cut()
        keep(chunk[start:])
    if length > most or element.strip(before):
        yield cut()
        if objects:
            raise BrokenArray("it ends before its last object does")
    if not objects:
        raise BrokenArray("it ends before its array does")


def on_one_line(text: bytes) -> bytes:
    """Remove line breaks from a JSON value: its strings can't contain any."""
    if b"\n" in text or b"\r" in text:
        return re.sub(rb"[ \t]*[\r\n]\s*", b"", text)
    return text
