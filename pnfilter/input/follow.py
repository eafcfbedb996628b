"""A growing file as a stream that never ends, like ``tail -F``.

At the end of the file it waits for more. A file that became shorter is read again from its start.
If the path names another file (after log rotation), that one is read from its start, after the old
one's end. An unfinished line at the end then becomes a line of its own. A file that is rewritten,
and is longer than before at the next look, is indistinguishable from one that has grown.
"""

from __future__ import annotations

import io
import os
import time
from typing import Any, Final

#: Seconds between two looks at the file.
POLL: Final = 0.2


def follow(path: str) -> io.BufferedReader[Any]:
    """Return the growing file at ``path``; raise ``OSError`` if there is none."""
    return io.BufferedReader(_Growing(path))


def _wait() -> None:
    time.sleep(POLL)


#: Replaces a file that could not be opened: the rest of its reader is closed too.
_NO_FILE: Final[Any] = io.BytesIO()


class _Growing(io.RawIOBase):
    """Continues to read after the end of a file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.name = path
        self._file = _NO_FILE
        self._file = io.FileIO(path)
        self._is_whole = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read bytes, at least one."""
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
        """Return whether to read a file from its start, once the end was reached."""
        status = os.fstat(self._file.fileno())
        # A pipe has no position.
        place = self._file.tell() if self._file.seekable() else 0
        if status.st_size < place:
            self._file.seek(0)
            return True
        try:
            found = os.stat(self.name)
        except OSError:
            # The file was moved, and the next one is not there yet.
            return False
        if os.path.samestat(status, found):
            return False
        if status.st_size > place:
            # Written since the last read; the other file can wait.
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
