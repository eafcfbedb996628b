"""A file that grows, as a stream that never ends: what ``tail -F`` shows.

At the end of the file it waits for more. A file that became shorter is read again from its start, and
where the path leads to another file (logs are rotated so) that one is read from its start, after the
old one's end. Whatever stood unfinished at the end is a line of its own then. A file that is
written anew, and longer than it was before anyone looks, can't be told from one that has grown.
"""

from __future__ import annotations

import io
import os
import time
from typing import Any, Final

#: Seconds between two looks at the file.
POLL: Final = 0.2


def follow(path: str) -> io.BufferedReader[Any]:
    """The growing file at ``path``; ``OSError`` where there is none."""
    return io.BufferedReader(_Growing(path))


def _wait() -> None:
    time.sleep(POLL)


#: In the place of a file that could not be opened: what is left of its reader is closed too.
_NO_FILE: Final[Any] = io.BytesIO()


class _Growing(io.RawIOBase):
    """Reads on where a file has ended."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.name = path
        self._file = _NO_FILE
        self._file = io.FileIO(path)
        self._is_whole = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Bytes that were read, one at least."""
        while True:
            size = self._file.readinto(buffer) or 0
            if size:
                self._is_whole = buffer[size - 1] == ord("\n")
                return size
            if not self._starts_anew():
                _wait()
            elif not self._is_whole:
                self._is_whole = True
                buffer[0] = ord("\n")
                return 1

    def _starts_anew(self) -> bool:
        """Whether there is something to read from its start, now that the end was reached."""
        status = os.fstat(self._file.fileno())
        # What comes through a pipe has no place.
        place = self._file.tell() if self._file.seekable() else 0
        if status.st_size < place:
            self._file.seek(0)
            return True
        try:
            found = os.stat(self.name)
        except OSError:
            # It is moved away, and the next one is yet to come.
            return False
        if os.path.samestat(status, found):
            return False
        if status.st_size > place:
            # Written since the last read; the other one can wait.
            return False
        try:
            following = io.FileIO(self.name)
        except OSError:
            return False
        self._file.close()
        self._file = following
        return True

    def close(self) -> None:
        self._file.close()
        super().close()
