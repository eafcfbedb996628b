"""Where the bytes of a download go: to memory, to a path, or to a file object."""

from __future__ import annotations

import io
import os
import tempfile
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from pnclient.exceptions import PubNubException
from pnclient.files.content import UNUSABLE, Progress, check_opened, check_size, unreadable
from pnclient.threads import Threads

#: The end of the name of a file that is not complete.
_INCOMPLETE: Final = ".part"

#: The path of a file that is written, or a file that is open for writing bytes.
Target = os.PathLike[str] | IO[bytes]


def check_target(given: object) -> Target:
    """``given``, or ``TypeError`` if nothing can be written to it."""
    if isinstance(given, os.PathLike):
        return given
    if isinstance(given, str):
        raise TypeError("to: a path must be a pathlib.Path, not a str")
    if isinstance(given, io.TextIOBase):
        raise TypeError('to: the file is open for text; open it with "wb"')
    if not callable(getattr(given, "write", None)):
        raise TypeError(f"to: expected a pathlib.Path or a file object, got {type(given).__name__}")
    return check_opened(given, "to")


class Taking:
    """Takes a download: it counts, and refuses more than ``limit`` bytes."""

    def __init__(self, sink: Sink, limit: int, progress: Progress | None) -> None:
        self._sink = sink
        self._limit = limit
        self._progress = progress
        self._total: int | None = None
        self._taken = 0

    async def begin(self, total: int | None) -> None:
        """An answer has come, with so many bytes if that is known."""
        self._total = total
        check_size(total or 0, self._limit)
        self._tell()

    async def take(self, part: bytes) -> None:
        """The next bytes."""
        self._taken += len(part)
        check_size(self._taken, self._limit)
        await self._sink.write(part)
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._taken, self._total)


class Sink(ABC):
    """Keeps bytes. It is ended with ``end``, or given up with ``abort``."""

    @abstractmethod
    async def write(self, part: bytes) -> None:
        """The next bytes."""

    @abstractmethod
    async def end(self) -> Any:
        """All is there: what the program gets for it."""

    def abort(self) -> None:  # noqa: B027 - most have nothing to give up
        """Less came than there is, or nothing."""


class Memory(Sink):
    """The bytes themselves."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    async def write(self, part: bytes) -> None:
        self._parts.append(part)

    async def end(self) -> bytes:
        return b"".join(self._parts)


class Opened(Sink):
    """A file object, which gets what comes."""

    def __init__(self, file: IO[bytes], threads: Threads) -> None:
        self._file = file
        self._threads = threads

    async def write(self, part: bytes) -> None:
        try:
            await self._threads.run(_write_all, self._file, part)
        except UNUSABLE as error:
            raise unreadable(error) from None

    async def end(self) -> IO[bytes]:
        return self._file


class Named(Sink):
    """A path, where there is all of the file or what was there before.

    Until then it has another name beside it; only its owner can read it.
    """

    def __init__(self, path: os.PathLike[str], threads: Threads) -> None:
        self._path = Path(path)
        self._threads = threads
        self._file: IO[bytes] | None = None

    async def write(self, part: bytes) -> None:
        try:
            if self._file is None:
                # At once: a task that is cancelled meanwhile would leave it behind.
                self._file = self._open()
            await self._threads.run(_write_all, self._file, part)
        except UNUSABLE as error:
            raise unreadable(error) from None

    def _open(self) -> IO[bytes]:
        if self._path.exists() and not self._path.is_file():
            # A device or a pipe would be gone, with a file in its place.
            raise PubNubException(pn_error="the file can't be used: something else has its path")
        folder = self._path.parent
        # The name that the path ends with may be as long as names can be.
        opened: Any = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed at the end
            dir=folder, prefix=".pnclient-", suffix=_INCOMPLETE, delete=False
        )
        file: IO[bytes] = opened
        return file

    async def end(self) -> Path:
        # An empty file comes without any bytes.
        await self.write(b"")
        try:
            await self._threads.run(self._replace)
        except UNUSABLE as error:
            self.abort()
            raise unreadable(error) from None
        return self._path

    def _replace(self) -> None:
        file = self._file
        assert file is not None
        file.close()
        Path(file.name).replace(self._path)
        self._file = None

    def abort(self) -> None:
        # Once: a thread that still replaces sets it too.
        file, self._file = self._file, None
        if file is not None:
            # Not in a thread: a task that is cancelled must not leave it behind.
            with suppress(OSError):
                file.close()
            with suppress(OSError):
                Path(file.name).unlink()


def sink_for(given: Target | None, threads: Threads) -> Sink:
    """What keeps the bytes of a download."""
    if given is None:
        return Memory()
    return Named(given, threads) if isinstance(given, os.PathLike) else Opened(given, threads)


def _write_all(file: IO[bytes], part: bytes) -> None:
    rest = memoryview(part)
    while rest:
        # One without a buffer may write less.
        written = file.write(rest)
        if written is None:
            return
        if written <= 0:
            raise PubNubException(pn_error="the file object takes no bytes")
        rest = rest[written:]
