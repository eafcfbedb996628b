"""Plain files in parts: segments to read in parallel, in blocks of whole lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from pnfilter.input.json_array import MAX_LINE

#: Bytes read and evaluated at once: enough lines to spread the cost of a block, and few enough to
#: stay in the processor's cache.
BLOCK: Final = 1 << 18
#: Bytes of a segment, which one process takes at a time, and of the largest one.
SEGMENT: Final = 1 << 21
MAX_SEGMENT: Final = 1 << 24
#: Bytes that the allocator keeps for the next blocks after so many were freed.
KEPT: Final = 1 << 22


def segments(start: int, end: int, shares: int | None = None) -> Iterator[tuple[int, int]]:
    """Return the bounds of the segments of a file's bytes.

    With ``shares`` a segment is one of so many parts of the rest, up to ``MAX_SEGMENT``. That makes
    few segments, smaller towards the end, so that no process is left alone with a large one.
    """
    while start < end:
        size = SEGMENT
        if shares is not None:
            size = max(SEGMENT, min((end - start) // shares, MAX_SEGMENT))
        yield start, min(start + size, end)
        start += size


def keep_memory() -> None:
    """Make the allocator keep freed memory: blocks come and go, and new memory must be cleared.

    The C library returns large pieces to the system at once, until it has seen a larger one.
    """
    bytes(KEPT)


def line_start(descriptor: int, position: int, end: int) -> int:
    """Return where the first line begins at or after a position (not the file's first).

    If none begins before ``end`` it is any position from there on: otherwise each segment of a long
    line would search the whole line.
    """
    position -= 1
    while position < end and (block := os.pread(descriptor, BLOCK, position)):
        found = block.find(b"\n")
        if found >= 0:
            return position + found + 1
        position += len(block)
    return position


def blocks(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    """Yield the lines that begin from ``start``, where one does, and before ``end``, in blocks.

    A line that is too long has only its beginning, in a block of its own.
    """
    position = start
    while position < end:
        block = os.pread(descriptor, BLOCK, position)
        if not block:
            # The file was truncated while it was read.
            return
        # The line with the last byte is the last one; if it is incomplete, or farther away, the
        # block ends with an earlier line. Stepping back is cheaper than keeping the bytes behind
        # it.
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
    """Return a line that starts with ``begun`` and goes on at ``position``; and its size."""
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
