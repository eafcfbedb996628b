"""The contents of files that are sent, and the form that carries them."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import IO, Any, Final

from pnclient.exceptions import PubNubException
from pnclient.threads import Threads

#: Bytes that are read at once.
PART_BYTES: Final = 256 * 1024

#: What files raise: ``ValueError`` where they are closed, or open for something else.
UNUSABLE: Final = (OSError, ValueError)

#: What is sent: its bytes, the path of a file, or a file that is open for reading bytes.
Source = bytes | bytearray | memoryview | os.PathLike[str] | IO[bytes]
#: Receives the bytes so far, and all, or None if that is not known.
Progress = Callable[[int, "int | None"], object]

#: How quotes and line ends are written in a name, and what many readers take for a sign before a
#: quote.
_ESCAPED = str.maketrans({'"': "%22", "\\": "%5C", "\r": "%0D", "\n": "%0A"})


def check_source(given: object) -> Source:
    """``given``, or ``TypeError`` if nothing can be sent from it."""
    if isinstance(given, str):
        raise TypeError(
            "file_object: a path must be a pathlib.Path, and the content bytes, not a str"
        )
    if isinstance(given, io.TextIOBase):
        raise TypeError('file_object: the file is open for text; open it with "rb"')
    if isinstance(given, bytes | bytearray | memoryview | os.PathLike):
        return given
    if not callable(getattr(given, "read", None)):
        raise TypeError(
            "file_object: expected bytes, a pathlib.Path or a file object, "
            f"got {type(given).__name__}"
        )
    return check_opened(given, "file_object")


def check_opened(given: object, what: str) -> IO[bytes]:
    """A file object; ``ValueError`` for one that is closed."""
    if getattr(given, "closed", False) is True:
        raise ValueError(f"{what}: the file is closed")
    file: IO[bytes] = given  # type: ignore[assignment]
    return file


class Content:
    """Bytes that are read while they are sent. ``size``: how many. To be closed.

    It may block: it is made and closed in a thread. ``PubNubException`` where it can't be read, or
    has more than ``limit`` bytes.
    """

    def __init__(self, given: Source, limit: int) -> None:
        self._file: Any = None
        self._opened: Any = None
        try:
            self.size = self._measure(given, limit)
            check_size(self.size, limit)
        except UNUSABLE as error:
            self.close()
            raise unreadable(error) from None
        except BaseException:
            self.close()
            raise

    def _measure(self, given: Source, limit: int) -> int:
        if isinstance(given, os.PathLike):
            given = self._opened = Path(given).open("rb")  # noqa: SIM115 - closed by `close`
        if isinstance(given, bytes | bytearray | memoryview):
            # What its owner does with it afterwards changes nothing.
            given = io.BytesIO(bytes(given))
        size = _left(given)
        if size <= 0:
            # A pipe has content and no size, and so has what the system makes up, as in /proc.
            found = _read(given, limit + 1)
            given, size = io.BytesIO(found), len(found)
        self._file = given
        return size

    def close(self) -> None:
        """Close what was opened here; a file object of the caller's stays open."""
        if self._opened is not None:
            self._opened.close()

    def read(self) -> bytes:
        """All of it. It may block."""
        try:
            data = _read(self._file, self.size)
        except UNUSABLE as error:
            raise unreadable(error) from None
        if len(data) < self.size:
            raise _became_shorter()
        return data

    async def parts(self, threads: Threads, progress: Progress | None) -> AsyncIterator[bytes]:
        """All of it, a part at a time; ``progress`` is called first and after each."""
        sent = 0
        _tell(progress, sent, self.size)
        while sent < self.size:
            most = min(PART_BYTES, self.size - sent)
            try:
                read = await threads.run(self._file.read, most)
            except UNUSABLE as error:
                raise unreadable(error) from None
            part = _bytes(read, most)
            if not part:
                raise _became_shorter()
            yield part
            sent += len(part)
            _tell(progress, sent, self.size)


class Opening:
    """Opens a content in a thread and closes it, even if the waiting task is cancelled first."""

    def __init__(self, make: Callable[[], Content]) -> None:
        self._make = make
        self._content: Content | None = None
        self._is_closed = False

    def open(self) -> Content:
        """The content. It may block."""
        content = self._content = self._make()
        if self._is_closed:
            content.close()
        return content

    def close(self) -> None:
        """Close the content, or have it closed as soon as it is there."""
        self._is_closed = True
        if self._content is not None:
            self._content.close()


def check_size(size: int, limit: int) -> None:
    """``PubNubException`` for more bytes than the configuration's ``max_file_size``."""
    if size > limit:
        raise PubNubException(
            pn_error=f"the file has more than {limit} bytes: see PNConfiguration.max_file_size"
        )


def unreadable(error: OSError | ValueError) -> PubNubException:
    """A file can't be read or written. It names no path: logs go further than the machine."""
    told = error.strerror if isinstance(error, OSError) else str(error)
    reason = told or type(error).__name__
    return PubNubException(pn_error=f"the file can't be used: {reason}")


def _left(file: IO[bytes]) -> int:
    """How many bytes are left; 0 where the file doesn't say."""
    seekable = getattr(file, "seekable", None)
    if not callable(seekable) or not seekable():
        return 0
    start = file.tell()
    try:
        size = file.seek(0, os.SEEK_END) - start
    except OSError:
        return 0
    file.seek(start)
    return size


def _became_shorter() -> PubNubException:
    return PubNubException(pn_error="the file became shorter while it was sent")


def _read(file: IO[bytes], most: int) -> bytes:
    """All that is left, up to ``most`` bytes."""
    parts: list[bytes] = []
    left = most
    # A pipe gives what is in it by now, which is not the end.
    while left > 0 and (part := _bytes(file.read(left), left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _bytes(read: object, most: int) -> bytes:
    if not isinstance(read, bytes | bytearray | memoryview):
        raise PubNubException(pn_error="the file object reads something other than bytes")
    part = bytes(read)
    if len(part) > most:
        raise PubNubException(pn_error="the file object reads more bytes than it is asked for")
    return part


def _tell(progress: Progress | None, sent: int, size: int | None) -> None:
    if progress is not None:
        progress(sent, size)


class Form:
    """A form with a file, whose bytes are read while it is sent.

    ``size``: bytes of all of it, which storage services want to know before.
    """

    def __init__(self, fields: Iterable[tuple[str, str]], file_name: str, content: Content) -> None:
        boundary = f"pnclient-{secrets.token_hex(16)}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quote(name)}"'
            f"\r\n\r\n{value}\r\n"
            for name, value in fields
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
            f'filename="{_quote(file_name)}"'
            "\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        self._head = "".join(parts).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._content = content
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.size = len(self._head) + content.size + len(self._tail)
        #: What went wrong here while it was sent: the connection only knows that it broke off.
        self.failure: Exception | None = None
        #: Whether all of it was given to the connection.
        self.is_whole = False

    async def parts(self, threads: Threads, progress: Progress | None) -> AsyncIterator[bytes]:
        """The form from its beginning to its end."""
        try:
            yield self._head
            async for part in self._content.parts(threads, progress):
                yield part
            self.is_whole = True
            yield self._tail
        except Exception as error:
            self.failure = error
            raise


def _quote(name: str) -> str:
    return name.translate(_ESCAPED)
