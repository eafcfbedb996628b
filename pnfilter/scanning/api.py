"""``scan`` and ``count``: what a filter selects in files, from Python."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple

from pnfilter.filters import Filter, compile

if TYPE_CHECKING:
    from pnfilter.input.reader import MessageReader
    from pnfilter.scanning.search import Search
    from pnfilter.semantics.assumptions import Assumed
    from pnfilter.semantics.outcome import Reason

Source = str | os.PathLike[str] | BinaryIO
Sources = Source | Sequence[str | os.PathLike[str]]


class _Counts(NamedTuple):
    matched: int
    undecided: int
    total: int
    broken: int


class Count(_Counts):
    """The counts of a filter over the messages of files.

    Of ``total`` messages, ``matched`` match and ``undecided`` are UNDECIDED: for each reason, the
    attribute ``reasons`` says how many. ``broken`` lines hold no message.
    """

    reasons: Mapping[Reason, int] = MappingProxyType({})

    @property
    def advice(self) -> str:
        """Which assumption settles most of the UNDECIDED messages, and what finds it out.

        Empty if no message is UNDECIDED, or no assumption settles one.
        """
        from pnfilter.semantics.questions import advice

        return advice(self.reasons, "assume")


def scan(
    source: Sources,
    filter: str | Filter,
    *,
    jobs: int | None = None,
    undecided: Literal["keep", "drop", "only"] = "keep",
    follow: bool = False,
    assume: Assumed = None,
) -> Iterator[bytes]:
    """Yield the lines whose messages match, in order, unchanged, with their line ends.

    ``source`` is a path, a list of paths, or a binary stream: newline-delimited JSON with ``data``
    and ``meta`` in each line, plain or compressed by gzip or zstd, or one JSON array. UNDECIDED
    messages are kept unless ``undecided`` is ``"drop"`` or ``"only"``; broken and blank lines are
    left out. With ``follow`` a single file is read as it grows, without end; a file that replaces
    it is read from its start. ``jobs`` processes read large plain files; the default is one per
    core. ``assume`` is that of ``compile``; a ``Filter`` brings its own.

    An invalid filter raises ``FilterSyntaxError`` at once. Later errors: ``OSError`` for a file
    that can't be opened, ``ValueError`` for an input that can't be read, and ``WorkerError`` if one
    of the processes was killed.
    """
    if undecided not in ("keep", "drop", "only"):
        raise ValueError(f"undecided is 'keep', 'drop' or 'only', not {undecided!r}")
    search = _search(filter, jobs, undecided, assume, lines=True)
    sources = _sources(source)
    if follow and (len(sources) != 1 or not isinstance(sources[0], str)):
        raise ValueError("one file can be followed, given by its path")
    return _lines(search, sources, follow=follow)


def count(
    source: Sources, filter: str | Filter, *, jobs: int | None = None, assume: Assumed = None
) -> Count:
    """Count messages that match, that are UNDECIDED, and all; arguments as for ``scan``."""
    search = _search(filter, jobs, "drop", assume, lines=False)
    broken = 0
    for each in _sources(source):
        reader = _reader()
        with _open_source(each, follow=False) as stream:
            for _ in search.lines(reader, stream):
                raise AssertionError("no lines are wanted")
        broken += reader.broken
    found = Count(search.selected, search.undecided.total(), search.messages, broken)
    found.reasons = dict(search.undecided)
    return found


def _search(
    filter: str | Filter,
    jobs: int | None,
    undecided: Literal["keep", "drop", "only"],
    assume: Assumed,
    *,
    lines: bool,
) -> Search:
    if jobs is not None and not isinstance(jobs, int):
        raise TypeError(f"jobs is a number of processes, not {type(jobs).__name__}")
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs is a number of processes, 1 at least, not {jobs}")
    if assume is not None and isinstance(filter, Filter):
        raise TypeError("assumptions are those of the Filter: give them to compile")
    found = filter if isinstance(filter, Filter) else compile(filter, assume)
    # Imported late: this decodes messages.
    from pnfilter.scanning.evaluator import MatchOptions
    from pnfilter.scanning.search import Search
    from pnfilter.scanning.workers import Task

    # Counting needs all messages.
    only_matches = lines and undecided == "drop"
    return Search(Task(found, MatchOptions(True, undecided, lines, only_matches)), jobs)


def _lines(search: Search, sources: Sequence[str | BinaryIO], *, follow: bool) -> Iterator[bytes]:
    for source in sources:
        with _open_source(source, follow=follow) as stream:
            for found in search.lines(_reader(), stream, whole=not follow):
                for _, line in found:
                    yield line


def _reader() -> MessageReader:
    from pnfilter.input.reader import MessageReader

    return MessageReader(complain=_ignore, note=_ignore, fail=_fail)


def _open_source(source: str | BinaryIO, *, follow: bool) -> AbstractContextManager[BinaryIO]:
    if not isinstance(source, str):
        return nullcontext(source)
    if follow:
        from pnfilter.input.follow import follow as following

        return following(source)
    return open(source, "rb")


def _ignore(_: str) -> None:
    """Discard a notice."""


def _fail(text: str) -> None:
    from pnfilter.input.streams import UnreadableInput

    raise UnreadableInput(text)


def _sources(source: Any) -> list[str | BinaryIO]:
    """Return paths as strings, or the stream; raise ``TypeError`` for any other source."""
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
