"""Plain files in portions: segments that can be read beside each other, in blocks of whole lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from pnfilter.input.json_array import MAX_LINE

#: Bytes that are read and judged at once: many lines, so that what a block costs is spread over them, and no more
#: than stay in the processor's cache.
BLOCK: Final = 1 << 18
#: Bytes of a segment, which one process takes at a time, and of the largest one.
SEGMENT: Final = 1 << 21
MAX_SEGMENT: Final = 1 << 24
#: Bytes that the allocator keeps for the next blocks once so many were given back to it.
KEPT: Final = 1 << 22


def segments(start: int, end: int, shares: int | None = None) -> Iterator[tuple[int, int]]:
    """The bounds of the segments of a file's bytes.

    With ``shares`` a segment is one of so many parts of what is left, up to ``MAX_SEGMENT``: few segments, which
    become small towards the end, so that no process is left alone with a large one.
    """
    while start < end:
        size = SEGMENT
        if shares is not None:
            size = max(SEGMENT, min((end - start) // shares, MAX_SEGMENT))
        yield start, min(start + size, end)
        start += size


def keep_memory() -> None:
    """Have the allocator keep what it is given back: blocks come and go, and new memory has to be cleared each time.

    The C library gives large pieces back to the system at once, until it has seen a larger one.
    """
    bytes(KEPT)


def line_start(descriptor: int, position: int, end: int) -> int:
    """Where the first line begins at or after a position that is not the first of a file.

    If none begins before ``end`` it is any place from there on: a line of many segments is not looked
    through for each of them.
    """
    position -= 1
    while position < end and (block := os.pread(descriptor, BLOCK, position)):
        found = block.find(b"\n")
        if found >= 0:
            return position + found + 1
        position += len(block)
    return position


def blocks(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    """The lines that begin from ``start``, where one does, and before ``end``, in blocks.

    Of a line that is too long there is the beginning only, in a block of its own.
    """
    position = start
    while position < end:
        block = os.pread(descriptor, BLOCK, position)
        if not block:
            # The file was cut off while it was read.
            return
        # The line with the last byte is the last one; where it isn't whole, or farther away, the
        # block ends with a line before it. Stepping back is cheaper than keeping what comes after.
        last = end - 1 - position
        cut = block.find(b"\n", last) + 1 if last < len(block) else 0
        cut = cut or block.rfind(b"\n") + 1
        if cut:
            yield block[:cut]
            position += cut
        else:
            line, size = _long_line(descriptor, position + len(block), block)
            yield line
            position += size


def _long_line(descriptor: int, position: int, begun: bytes) -> tuple[bytes, int]:
    """A line of which ``begun`` is known and the rest is at ``position``; its bytes in the file."""
    line, size = bytearray(begun), len(begun)
    found = 0
    while not found and (chunk := os.pread(descriptor, BLOCK, position)):
        found = chunk.find(b"\n") + 1
        part = chunk[:found] if found else chunk
        size += len(part)
        position += len(part)
        if len(line) <= MAX_LINE:
            line += part
    is_long = size - bool(found) > MAX_LINE
    return bytes(line[: MAX_LINE + 1] if is_long else line), size
