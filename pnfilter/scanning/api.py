"""``scan`` and ``count``: what a filter selects in files, from Python."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple

from pnfilter.filters import Filter, compile

if TYPE_CHECKING:
    from pnfilter.input.reader import MessageReader
    from pnfilter.scanning.search import Search

Source = str | os.PathLike[str] | BinaryIO
Sources = Source | Sequence[str | os.PathLike[str]]


class Count(NamedTuple):
    """What a filter makes of the messages of files.

    ``total`` messages were judged; ``matched`` of them match, ``undecided`` are UNDECIDED. ``broken`` lines
    hold no message.
    """

    matched: int
    undecided: int
    total: int
    broken: int


def scan(
    source: Sources,
    filter: str | Filter,
    *,
    jobs: int | None = None,
    undecided: Literal["keep", "drop", "only"] = "keep",
    follow: bool = False,
) -> Iterator[bytes]:
    """The lines whose messages match, in their order, as they stand with their line ends.

    ``source`` is a path, a list of paths, or a binary stream: newline-delimited JSON with
    ``data`` and ``meta`` in each line, plain or compressed by gzip or zstd, or one JSON array. UNDECIDED
    messages are kept unless ``undecided`` says ``"drop"`` or ``"only"``; broken and blank lines are
    left out. With ``follow`` a single file is read on as it grows, without end, and from the start of what
    takes its place. Large plain files are read by ``jobs`` processes, one for each core unless given.

    ``FilterSyntaxError`` for a text that is no filter, at once. When it comes to that, ``OSError`` for a
    file that can't be opened, ``ValueError`` for an input that can't be read, and ``WorkerError`` where
    one of the processes was ended from outside.
    """
    if undecided not in ("keep", "drop", "only"):
        raise ValueError(f"undecided is 'keep', 'drop' or 'only', not {undecided!r}")
    search = _search(filter, jobs, undecided, lines=True)
    sources = _sources(source)
    if follow and (len(sources) != 1 or not isinstance(sources[0], str)):
        raise ValueError("one file can be followed, given by its path")
    return _lines(search, sources, follow=follow)


def count(source: Sources, filter: str | Filter, *, jobs: int | None = None) -> Count:
    """How many messages match, are undecided, and are there; ``source`` and errors as in ``scan``."""
    search = _search(filter, jobs, "drop", lines=False)
    broken = 0
    for each in _sources(source):
        reader = _reader()
        with _opened(each, follow=False) as stream:
            for _ in search.lines(reader, stream):
                raise AssertionError("no lines are wanted")
        broken += reader.broken
    return Count(search.selected, search.undecided.total(), search.messages, broken)


def _search(
    filter: str | Filter,
    jobs: int | None,
    undecided: Literal["keep", "drop", "only"],
    *,
    lines: bool,
) -> Search:
    if jobs is not None and not isinstance(jobs, int):
        raise TypeError(f"jobs is a number of processes, not {type(jobs).__name__}")
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs is a number of processes, 1 at least, not {jobs}")
    found = filter if isinstance(filter, Filter) else compile(filter)
    # What decodes messages is imported when there are some.
    from pnfilter.scanning.evaluator import Selection
    from pnfilter.scanning.search import Search
    from pnfilter.scanning.workers import Task

    # Who counts wants to know of everything.
    only_matches = lines and undecided == "drop"
    return Search(Task(found, Selection(True, undecided, lines, only_matches)), jobs)


def _lines(search: Search, sources: Sequence[str | BinaryIO], *, follow: bool) -> Iterator[bytes]:
    for source in sources:
        with _opened(source, follow=follow) as stream:
            for found in search.lines(_reader(), stream, whole=not follow):
                for _, line in found:
                    yield line


def _reader() -> MessageReader:
    from pnfilter.input.reader import MessageReader

    return MessageReader(complain=_ignore, note=_ignore, fail=_fail)


def _opened(source: str | BinaryIO, *, follow: bool) -> AbstractContextManager[BinaryIO]:
    if not isinstance(source, str):
        return nullcontext(source)
    if follow:
        from pnfilter.input.follow import follow as following

        return following(source)
    return open(source, "rb")


def _ignore(_: str) -> None:
    """Say nothing."""


def _fail(text: str) -> None:
    from pnfilter.input.reader import UnreadableInput

    raise UnreadableInput(text)


def _sources(source: Any) -> list[str | BinaryIO]:
    """Paths as texts, or the stream; ``TypeError`` for what is no source."""
    if hasattr(source, "readinto"):
        return [source]
    is_list = isinstance(source, Sequence) and not isinstance(source, (str, bytes, bytearray))
    return [_path(each, source) for each in (source if is_list else [source])]


def _path(path: Any, source: Any) -> str:
    found = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if isinstance(found, str):
        return found
    kind = type(found).__name__
    given = kind if path is source else f"a {type(source).__name__} with {kind} in it"
    raise TypeError(f"a source is a path, a list of paths or a binary stream, not {given}")
