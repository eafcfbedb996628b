"""A file that is one JSON array: split it into elements without decoding them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pnfilter.records import NamedTuple

#: Bytes of the longest line, and of the longest element of an array.
MAX_LINE: Final = 16 * 1024 * 1024


class Element(NamedTuple):
    """An element of an array: the line it starts on, and its text; None if it is too long."""

    line: int
    text: bytes | None


class BrokenArray(ValueError):
    """From some position on, the file is not a valid array."""


_WHOLE_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
#: Up to the next relevant character: between elements, in an element, in a string.
_BETWEEN = rb'(?:[^"\[\]{},]++|' + _WHOLE_TEXT + rb")*+"
_INSIDE = rb'(?:[^"\[\]{}]++|' + _WHOLE_TEXT + rb")*+"
_IN_TEXT = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'


def split_array(chunks: Iterable[bytes], line: int = 1) -> Iterator[Element]:
    """Yield the elements of the JSON array that starts in the first chunk, without decoding them.

    ``line`` is the number of the line it starts on. Raise ``BrokenArray`` at the end if the array
    isn't closed, or something follows it.
    """
    depth, in_text, escaped = 0, False, False
    element = bytearray()
    length = unkept_lines = count = 0
    rest = iter(chunks)
    # Compiled here: that takes as long as reading many lines of a file that isn't an array.
    between, inside, within = (
        re.compile(each, re.DOTALL) for each in (_BETWEEN, _INSIDE, _IN_TEXT)
    )

    def keep(part: bytes) -> None:
        nonlocal length, unkept_lines
        length += len(part)
        if length <= MAX_LINE:
            element.extend(part)
        else:
            unkept_lines += part.count(b"\n")

    def cut() -> Element:
        nonlocal length, unkept_lines, line, count
        text = bytes(element)
        start = line + text.count(b"\n", 0, len(text) - len(text.lstrip()))
        line += text.count(b"\n") + unkept_lines
        found = Element(start, text.strip() if length <= MAX_LINE else None)
        element.clear()
        length, unkept_lines, count = 0, 0, count + 1
        return found

    for chunk in rest:
        # A character escaped by a chunk's last backslash doesn't end the string.
        position, start, escaped = int(escaped), 0, False
        while True:
            scan = within if in_text else between if depth == 1 else inside
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
                start = position if depth == 1 else start
            elif depth == 1 and char in b",]":
                keep(chunk[start : position - 1])
                start = position
                if char == b"," or count or length > MAX_LINE or element.strip():
                    yield cut()
                if char == b"]":
                    if chunk[position:].strip() or any(part.strip() for part in rest):
                        raise BrokenArray("something comes after the end of its array")
                    return
            elif depth > 1:
                depth -= 1
        keep(chunk[start:])
    if length > MAX_LINE or element.strip():
        yield cut()
    raise BrokenArray("it ends before its array does")


def on_one_line(text: bytes) -> bytes:
    """Remove line breaks from a JSON value: its strings can't contain any."""
    if b"\n" in text or b"\r" in text:
        return re.sub(rb"[ \t]*[\r\n]\s*", b"", text)
    return text
