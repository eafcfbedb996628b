"""Sources of bytes: files, standard input, and the messages that come with the package."""

from __future__ import annotations

import sys
from contextlib import nullcontext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, BinaryIO

#: The file name that means standard input.
STDIN = "-"


def origin_of(name: str | BinaryIO) -> str:
    """Return how to show a file name, or a stream."""
    if isinstance(name, str):
        return "(standard input)" if name == STDIN else name
    return str(getattr(name, "name", "(stream)"))


def open_binary(name: str | BinaryIO) -> nullcontext[BinaryIO] | BinaryIO:
    """Return the file's bytes; raise ``OSError`` without a file. A stream is left open."""
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
    """Return why the system refused: the file, and the reason without its number.

    ``name`` is used if the system doesn't name the file, as when an open one can't be read.
    """
    reason = error.strerror or str(error)
    reason = reason[:1].lower() + reason[1:]
    name = error.filename or (name if error.strerror else "")
    return f"{name}: {reason}" if name else reason


def quakes() -> Path:
    """Return the file of earthquakes: in the installed package, or in a checkout beside it.

    Raise ``FileNotFoundError`` if it is in neither.
    """
    # It takes 5 ms to import, a tenth of what `pnfilter grep` takes to start.
    from pathlib import Path

    package = Path(__file__).parents[1]
    for root in (package, package.parent):
        path = root / "examples" / "quakes.ndjson"
        if path.is_file():
            return path
    raise FileNotFoundError(f"examples/quakes.ndjson is neither in {package} nor beside it")
