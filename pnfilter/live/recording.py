"""Read recordings: those of ``Recorder``, and all messages that ``pnfilter grep`` reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from pnfilter.decode import BrokenMessage, decode
from pnfilter.input.json_array import MAX_LINE
from pnfilter.input.reader import MessageReader
from pnfilter.input.result import MAX_REPORTS
from pnfilter.input.sources import open_binary, origin_of, reason_of
from pnfilter.input.streams import (
    CHUNK,
    TOO_LONG,
    UnreadableInput,
    decompress,
    ignore_size,
    is_too_long,
    open_counted,
)
from pnfilter.live.recorder import MARK_START
from pnfilter.message import EventType, Message, parts_of
from pnfilter.records import NamedTuple

#: Units of a timetoken in a second.
PER_SECOND: Final = 10_000_000
#: Names that a message's time has in the forms of SDKs, answers and recordings.
_TIMES: Final = ("timetoken", "timeToken", "time_token", "published")
_TYPES: Final = ("cmt", "custom_message_type", "customMessageType")
#: Digits of a timetoken.
_MAX_DIGITS: Final = 19


class Mark(NamedTuple):
    """What a recording says of itself: see ``Recorder.mark``.

    ``timetoken`` is in units of 100 ns since 1970, ``details`` what else the mark has.
    """

    kind: str
    timetoken: int
    details: Mapping[str, Any]


class Recorded(NamedTuple):
    """A message of a recording.

    ``place`` is ``file:12``, for people. ``channel`` and ``timetoken`` (units of 100 ns since 1970)
    are None where the form has none. ``message`` is what filters read. ``custom_type`` is the word
    that it was published with, or empty.
    """

    place: str
    channel: str | None
    timetoken: int | None
    message: Message
    custom_type: str

    @property
    def kind(self) -> EventType:
        """The type of the event."""
        return self.message.kind

    @property
    def key(self) -> tuple[int | None, str]:
        """What it is known by: its time and channel."""
        return self.timetoken, self.channel or ""


class Recording:
    """The messages and marks of a file, in its order; read again each time it is iterated.

    ``complain`` gets a sentence for what can't be read (it is skipped, and ``failed`` is then
    true), ``note`` one for what does no harm, ``advance`` the numbers of bytes read. Memory does
    not grow with the file.
    """

    def __init__(
        self,
        name: str,
        *,
        complain: Callable[[str], object],
        note: Callable[[str], object] = lambda _: None,
        advance: Callable[[int], object] = ignore_size,
    ) -> None:
        self.name = name
        self._complain, self._note, self._advance = complain, note, advance
        self._broken = 0
        #: Whether something could not be read, so far.
        self.failed = False

    def __iter__(self) -> Iterator[Recorded | Mark]:
        self._broken = 0
        damage: tuple[type[Exception], ...] = (EOFError,)
        try:
            with open_binary(self.name) as opened:
                stream = open_counted(opened, self._advance)
                content, damage = decompress(stream)
                if content.peek(len(MARK_START)).startswith(MARK_START):
                    yield from self._lines(content)
                else:
                    yield from self._others(content)
        except UnreadableInput as error:
            self._fail(f"{origin_of(self.name)}: {error}")
        except damage as error:
            name = origin_of(self.name)
            self._fail(f"{name}: its compressed content is damaged or cut off: {error}")
        except OSError as error:
            self._fail(reason_of(error, origin_of(self.name)))
        if self._broken > MAX_REPORTS:
            more = self._broken - MAX_REPORTS
            self._complain(f"{origin_of(self.name)}: skipped {more:,} more lines")

    def _lines(self, stream: Any) -> Iterator[Recorded | Mark]:
        """Yield what the lines of a ``Recorder`` hold."""
        source = origin_of(self.name)
        number = 0
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            place = f"{source}:{number}"
            if is_too_long(line):
                self._skip(place, TOO_LONG)
                while (part := stream.readline(CHUNK)) and not part.endswith(b"\n"):
                    pass
                continue
            if line.isspace():
                continue
            try:
                value = decode(line)
                if line.startswith(MARK_START):
                    yield _mark_of(value)
                    continue
                message = Message.from_envelope(value)
            except (BrokenMessage, TypeError) as error:
                self._skip(place, error)
                continue
            yield _recorded(place, value, message)

    def _others(self, stream: Any) -> Iterator[Recorded]:
        """Yield the messages of any other form."""
        reader = MessageReader(complain=self._complain, note=self._note)
        named: Any = _Named(stream, origin_of(self.name))
        for item in reader.read(named):
            value = decode(item.raw) if item.raw else None
            message = item.message
            if not isinstance(message, Message):
                data, meta, kind = parts_of(message)
                message = Message(data, meta, kind=kind)
            yield _recorded(item.place, value, message)
        self.failed = self.failed or reader.failed

    def _skip(self, place: str, why: object) -> None:
        self.failed = True
        self._broken += 1
        if self._broken <= MAX_REPORTS:
            self._complain(f"{place}: skipped: {why}")

    def _fail(self, text: str) -> None:
        self.failed = True
        self._complain(text)


class _Named:
    """A stream with the name of its file, for what is said about it."""

    def __init__(self, stream: Any, name: str) -> None:
        self.name = name
        self.readinto = stream.readinto
        self.readinto1 = stream.readinto1


def _mark_of(value: Any) -> Mark:
    """Return the mark of a line; raise ``BrokenMessage`` for any other value."""
    details, time = dict(value["recording"]), value.get("t")
    text = time.get("t") if isinstance(time, dict) else None
    # A recording may begin before the time is known: at 0.
    timetoken = 0 if text == "0" else _whole(text)
    if timetoken is None:
        raise BrokenMessage("a mark of a recording without its time")
    return Mark(str(details.pop("kind")), timetoken, details)


def _recorded(place: str, value: Any, message: Message) -> Recorded:
    if not isinstance(value, dict):
        return Recorded(place, None, None, message, "")
    channel = value.get("c", value.get("channel"))
    published = value.get("p")
    if isinstance(published, dict):
        time = _whole(published.get("t"))
    else:
        time = next((found for name in _TIMES if (found := _whole(value.get(name)))), None)
    custom = next((value[name] for name in _TYPES if isinstance(value.get(name), str)), "")
    return Recorded(place, channel if isinstance(channel, str) else None, time, message, custom)


def _whole(value: Any) -> int | None:
    """Return a timetoken, which comes as text or as an integer; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        return int(value) or None
    return value if type(value) is int and value > 0 else None


class Recordings:
    """The files of one recording, in their order; see ``Recording``."""

    def __init__(
        self,
        names: Iterable[str],
        complain: Callable[[str], object],
        note: Callable[[str], object] = lambda _: None,
        advance: Callable[[int], object] = ignore_size,
    ) -> None:
        self._files = [
            Recording(name, complain=complain, note=note, advance=advance) for name in names
        ]

    @property
    def failed(self) -> bool:
        """Whether something could not be read, so far."""
        return any(each.failed for each in self._files)

    def __iter__(self) -> Iterator[Recorded | Mark]:
        for each in self._files:
            yield from each
