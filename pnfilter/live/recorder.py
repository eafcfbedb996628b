"""Write recordings: one envelope a line, and marks that say when the subscriber listened.

A recording is newline-delimited JSON. A message is the item of the subscribe answer that it came
in, without the subscribe key. A mark is a subscribe answer without items and with ``recording``::

    {"recording":{"kind":"start","channels":["quakes"],…},"t":{"t":"17…"},"m":[]}
    {"a":"1","i":"user","p":{"t":"17…","r":1},"c":"quakes","d":{"mag":6},"u":{"net":"us"}}
    {"recording":{"kind":"end","messages":1},"t":{"t":"17…"},"m":[]}

So whatever reads subscribe answers and their items reads the messages, and passes over the marks.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

from pnfilter.input.streams import import_zstd

MarkKind = Literal["start", "gap", "delivered", "end"]

#: How the lines of marks begin: by this a recording is known.
MARK_START: Final = b'{"recording":{"kind":"'
#: The format's number, which its start has.
VERSION: Final = 1
#: Fields of an envelope that are not recorded: the subscribe key.
_HIDDEN: Final = "k"
#: Bytes of a file, as small as it may be asked for.
MIN_SIZE: Final = 1_000


class Recorder:
    """Writes a recording to a file, and goes on in others.

    ``path`` ends with ``.gz`` or ``.zst`` for a compressed one. ``size``: bytes of a file, as they
    are on disk, after which the next is begun: ``night.2.ndjson.zst`` after ``night.ndjson.zst``.
    ``start``: what the first mark of each file says of the subscription. Files are new, and only
    their owner can read them; ``FileExistsError`` where there is one. ``UnreadableInput`` where
    the package for zstd is missing. Used in a ``with``, or closed by ``close``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        timetoken: int = 0,
        start: Mapping[str, Any] | None = None,
        size: int | None = None,
    ) -> None:
        if size is not None and size < MIN_SIZE:
            raise ValueError(f"size must be at least {MIN_SIZE:,} bytes, got {size:,}")
        self._path = Path(path)
        self._start = dict(start or {})
        self._size = size
        #: The files so far, in their order.
        self.paths: list[Path] = []
        #: Messages written.
        self.messages = 0
        self._last = timetoken
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, envelope: Mapping[str, Any]) -> None:
        """Write a message: an item of a subscribe answer."""
        if _HIDDEN in envelope:
            envelope = {name: value for name, value in envelope.items() if name != _HIDDEN}
        self._put(envelope)
        self.messages += 1
        if self._size is not None and self._file.tell() >= self._size:
            self._last = _time_of(envelope) or self._last
            self._close_file()
            self._open()

    def mark(self, kind: MarkKind, timetoken: int, **details: Any) -> None:
        """Write that something was so at that time, in units of 100 ns since 1970.

        ``gap``: messages may be missing ``since`` a timetoken until then, and ``why``.
        ``delivered``: the message of that time on ``channel`` came to a subscriber with the filter.
        ``end``: the subscriber listened until then; each file has one at its end in any case.
        """
        if kind == "end":
            self._last = timetoken
        else:
            self._put(_mark(kind, timetoken, details))

    def flush(self) -> None:
        """Write what is kept back, so that a reader has it even if this process is killed."""
        self._content.flush()
        if self._content is not self._file:
            self._file.flush()

    def close(self) -> None:
        """Write the end, and close the file. May be called again."""
        if not self._file.closed:
            self._close_file()

    def _open(self) -> None:
        number = len(self.paths) + 1
        path = self._path if number == 1 else _numbered(self._path, number)
        # Other users of this machine must not read what people write to each other.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = open(descriptor, "wb")  # noqa: SIM115, PTH123 (closed by _close_file)
        try:
            self._content = _compressed(self._file, path.suffix.lower())
        except BaseException:
            self._file.close()
            path.unlink()
            raise
        self.paths.append(path)
        self._put(_mark("start", self._last, {"version": VERSION, "part": number, **self._start}))

    def _close_file(self) -> None:
        try:
            self._put(_mark("end", self._last, {"messages": self.messages}))
            if self._content is not self._file:
                self._content.close()
        finally:
            self._file.close()

    def _put(self, value: Mapping[str, Any]) -> None:
        try:
            line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            # Half a character: only an escape can write it.
            line = json.dumps(value, separators=(",", ":")).encode()
        self._content.write(line + b"\n")


def _mark(kind: MarkKind, timetoken: int, details: Mapping[str, Any]) -> dict[str, Any]:
    return {"recording": {"kind": kind, **details}, "t": {"t": str(timetoken)}, "m": []}


def _time_of(envelope: Mapping[str, Any]) -> int:
    """When a message was published; 0 where it doesn't say so."""
    published = envelope.get("p")
    found = published.get("t") if isinstance(published, Mapping) else None
    return int(found) if isinstance(found, (int, str)) and str(found).isdecimal() else 0


def _numbered(path: Path, number: int) -> Path:
    """The path of a later file: its number comes before the endings."""
    stem, dot, endings = path.name.partition(".")
    if not stem:
        stem, dot, endings = path.name, "", ""
    return path.with_name(f"{stem}.{number}{dot}{endings}")


def _compressed(file: Any, suffix: str) -> Any:
    """What is written to, for a file of that name."""
    if suffix == ".gz":
        import gzip

        return gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
    if suffix in (".zst", ".zstd"):
        return import_zstd().ZstdFile(file, "wb")
    return file
