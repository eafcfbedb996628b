"""Where bytes come from: files, standard input, and files that grow."""

from __future__ import annotations

import sys
from contextlib import nullcontext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

#: The file name that stands for standard input.
STDIN = "-"


def origin_of(name: str | BinaryIO) -> str:
    """How a file name, or a stream, is shown."""
    if isinstance(name, str):
        return "(standard input)" if name == STDIN else name
    return str(getattr(name, "name", "(stream)"))


def open_binary(name: str | BinaryIO) -> nullcontext[BinaryIO] | BinaryIO:
    """The file's bytes; ``OSError`` where there are none. A stream is read, and left open."""
    if not isinstance(name, str):
        return nullcontext(name)
    if name != STDIN:
        return open(name, "rb")
    if sys.stdin is None:
        raise OSError("standard input is closed")
    # Tests and other callers may put a text stream in its place.
    stream: Any = getattr(sys.stdin, "buffer", sys.stdin)
    return nullcontext(stream)


def reason_of(error: OSError, name: str = "") -> str:
    """Why the system refused: the file, and the reason without its number.

    ``name`` is the file's where the system doesn't say it, as when an open one can't be read.
    """
    reason = error.strerror or str(error)
    reason = reason[:1].lower() + reason[1:]
    name = error.filename or (name if error.strerror else "")
    return f"{name}: {reason}" if name else reason
