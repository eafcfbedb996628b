"""The bytes of an input: counted as they are read, decompressed, and cut into blocks of lines."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final

from pnfilter.input.json_array import MAX_LINE

#: What is wrong with a line or an element that is not read.
TOO_LONG: Final = f"longer than {MAX_LINE:,} bytes"
#: Bytes that are read at a time.
CHUNK: Final = 1 << 18
#: What a text of UTF-8 may begin with, and all that one of UTF-16 with JSON in it does.
UTF8_MARK: Final = b"\xef\xbb\xbf"
UTF16_STARTS: Final = (b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{", b"[\0", b"\0[")
_GZIP: Final = b"\x1f\x8b"
#: A frame of zstd, or a skippable one: pzstd begins with the latter.
_ZSTD: Final = (
    b"\x28\xb5\x2f\xfd",
    *(bytes([kind]) + b"\x2a\x4d\x18" for kind in range(0x50, 0x60)),
)
#: First bytes of an input that say how to read it.
_MARKS: Final = (_GZIP, *_ZSTD, UTF8_MARK, *UTF16_STARTS)


class UnreadableInput(ValueError):
    """A whole input can't be read; the text gives the reason."""


class _Counted(io.RawIOBase):
    """A stream that counts the bytes read from it; closing it leaves its source open."""

    def __init__(self, source: Any, advance: Callable[[int], object]) -> None:
        # One read at most: that delays neither the end of a live stream nor the bytes before the
        # damage in a compressed file.
        self._source: Callable[[Any], int | None] = getattr(source, "readinto1", source.readinto)
        self._advance = advance
        self._is_begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._read(buffer)
        if not self._is_begun and size:
            size = self._with_mark(memoryview(buffer), size)
            self._is_begun = True
        self._advance(size)
        return size

    def _read(self, buffer: Any) -> int:
        size = self._source(buffer)
        if size is None:
            raise UnreadableInput(
                "it is in non-blocking mode, so it is not possible to wait for input"
            )
        return size

    def _with_mark(self, buffer: memoryview, size: int) -> int:
        """Read on if only a part of a mark has come: a pipe may return its first byte alone."""
        while _begins_a_mark(bytes(buffer[:size])) and (more := self._read(buffer[size:])):
            size += more
        return size


class _Prompt:
    """A stream whose reads return what is available.

    Decompression would wait for some kilobytes of a live one.
    """

    def __init__(self, stream: io.BufferedReader[Any]) -> None:
        self.read = stream.read1


def _begins_a_mark(start: bytes) -> bool:
    return any(len(start) < len(mark) and mark.startswith(start) for mark in _MARKS)


def ignore_size(size: int) -> None:
    """Ignore the number of bytes."""
    del size


def open_counted(source: Any, advance: Callable[[int], object]) -> io.BufferedReader[Any]:
    """Return the bytes of a stream, whose number goes to ``advance`` as they are read."""
    return io.BufferedReader(_Counted(source, advance), CHUNK)


def decompress(
    stream: io.BufferedReader[Any],
) -> tuple[io.BufferedReader[Any], tuple[type[Exception], ...]]:
    """Return the content of a compressed stream, and what reading it raises if it is damaged.

    The content of one that isn't compressed is the stream itself.
    """
    start = stream.peek(4)[:4]
    content: Any
    prompt: Any = _Prompt(stream)
    damage: tuple[type[Exception], ...]
    if start.startswith(_GZIP):
        import gzip
        import zlib

        damage = EOFError, zlib.error, gzip.BadGzipFile
        content = gzip.GzipFile(fileobj=prompt)
    elif start in _ZSTD:
        zstd = import_zstd()
        damage = EOFError, zstd.ZstdError
        content = zstd.ZstdFile(prompt)
    else:
        return stream, (EOFError,)
    return open_counted(content, ignore_size), damage


def import_zstd() -> Any:
    """Return the module that reads zstd: Python's own from 3.14 on."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise UnreadableInput("it is compressed by zstd; to read it: pip install 'pnfilter[zstd]'")


def is_too_long(line: bytes) -> bool:
    """Return whether a line, or the part read, exceeds ``MAX_LINE`` bytes without its end."""
    return len(line) - line.endswith(b"\n") > MAX_LINE


def split_blocks(stream: io.BufferedReader[Any]) -> Iterator[bytes]:
    """Yield the lines as they come, in blocks; the beginning of a too long one."""
    # A long line may come in many pieces.
    begun = bytearray()
    while chunk := stream.read1(CHUNK):
        end = chunk.rfind(b"\n") + 1
        if not end:
            begun += chunk
            if len(begun) > MAX_LINE:
                yield bytes(begun[: MAX_LINE + 1])
                begun.clear()
                while (part := stream.readline(CHUNK)) and not part.endswith(b"\n"):
                    pass
            continue
        yield b"".join((begun, chunk[:end]))
        begun[:] = chunk[end:]
    if begun:
        yield bytes(begun)


def plain_file(stream: Any) -> tuple[int, int] | None:
    """Return the descriptor of a regular file, and the stream's position; None also on Windows."""
    # A wrapping stream, such as `gzip.open` returns, may give a descriptor of other bytes.
    raw = stream.raw if type(stream) is io.BufferedReader else stream
    if type(raw) is not io.FileIO or not hasattr(os, "pread"):
        return None
    try:
        descriptor: int = stream.fileno()
        status = os.fstat(descriptor)
        # System files generated when read, as in /proc, have size 0.
        if stat.S_ISREG(status.st_mode) and status.st_size:
            return descriptor, stream.tell()
    except (OSError, AttributeError):
        pass
    return None
