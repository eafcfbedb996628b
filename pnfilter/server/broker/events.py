"""Events: what is published, as it is kept, filtered and delivered; and their timetokens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pnfilter.message import EventType, Message
from pnfilter.server.wire import PER_SECOND, json_bytes, json_text

#: Where the service says it took a message; the SDKs send it back with their cursor.
REGION: Final = 1
#: The ``e`` of an envelope. It is left out for messages and presence: clients take 0 for a file.
NUMBERS: Final[dict[EventType, int]] = {"signal": 1, "object": 2, "action": 3, "file": 4}
#: The same the other way; None is a message.
KINDS: Final[dict[int | None, EventType]] = {number: kind for kind, number in NUMBERS.items()}


#: Bytes of memory that an event takes beside its JSON; and in what was decoded of that, an object,
#: and an array or one more value (measured).
_OWN_BYTES: Final = 700
_OBJECT_BYTES: Final = 160
_VALUE_BYTES: Final = 40


def _bytes_decoded(text: bytes) -> int:
    """About the bytes that a value takes, given its JSON: up to 25 times those of that."""
    values = text.count(b",") + text.count(b"[")
    return len(text) + _VALUE_BYTES * values + _OBJECT_BYTES * text.count(b"{")


class Event:
    """Something published on a channel of the keyset ``key``.

    ``payload`` and ``meta`` are JSON, as they were published. ``message`` is what a filter reads.
    ``envelope`` is the form in which subscribers get the event (wire protocol, section 3).
    """

    __slots__ = ("_end", "_place", "_start", "channel", "key", "message", "size", "timetoken")

    def __init__(
        self,
        channel: str,
        timetoken: int,
        payload: bytes,
        message: Message,
        *,
        key: str,
        meta: bytes | None = None,
        publisher: str | None = None,
        sequence: int | None = None,
        origin: int | None = None,
        custom_type: str | None = None,
    ) -> None:
        self.key = key
        self.channel = channel
        self.timetoken = timetoken
        self.message = message
        own = "" if publisher is None else f',"i":{json_text(publisher)}'
        if sequence is not None:
            own += f',"s":{sequence}'
        if origin is not None:
            own += f',"o":{{"t":"{origin}"}}'
        place = (
            f'"p":{{"t":"{timetoken}","r":{REGION}}},"k":{json_text(key)},"c":{json_text(channel)}'
        )
        start = f'{{"a":"1","f":0{own},{place},"d":'.encode()
        self._place = len(start)
        self._start = start + payload
        end = b""
        if message.kind in NUMBERS:
            end += b',"e":%d' % NUMBERS[message.kind]
        if meta is not None:
            end += b',"u":' + meta
        if custom_type is not None:
            end += b',"cmt":' + json_bytes(custom_type)
        self._end = end + b"}"
        #: Bytes of memory, about.
        self.size = _OWN_BYTES + len(self._start) + len(self._end) + _bytes_decoded(payload)
        if meta is not None:
            self.size += _bytes_decoded(meta)

    @property
    def payload(self) -> bytes:
        """What was published, as JSON."""
        return self._start[self._place :]

    def envelope(self, subscription: str | None = None) -> bytes:
        """The event as JSON; ``subscription`` is the name by which it was reached, if given."""
        if subscription is None:
            return self._start + self._end
        return self._start + b',"b":' + json_bytes(subscription) + self._end


#: How far the saved mark is ahead of the timetokens that were issued.
_RESERVE: Final = PER_SECOND


class Timetokens:
    """Issues timetokens: tenths of a microsecond since 1970, each larger than all before.

    That holds for a clock that is set back as well. ``last`` is the largest one of an earlier
    run; ``save`` is called with a mark that none of this run exceeds, before it is reached.
    """

    __slots__ = ("_clock", "_mark", "_save", "earlier", "last")

    def __init__(
        self,
        clock: Callable[[], int] = time.time_ns,
        *,
        last: int = 0,
        save: Callable[[int], None] | None = None,
    ) -> None:
        self._clock = clock
        self._save = save
        self._mark = last
        #: At least every timetoken of earlier runs, and less than all of this one; 0 without any.
        self.earlier = last
        #: The largest one issued.
        self.last = last

    @property
    def now(self) -> int:
        """The time, or the largest one issued where the clock was set back."""
        return max(self._clock() // 100, self.last)

    def next(self) -> int:
        """One more."""
        following = max(self._clock() // 100, self.last + 1)
        if self._save is not None and following > self._mark:
            mark = following + _RESERVE
            # None is issued where the mark can't be saved.
            self._save(mark)
            self._mark = mark
        self.last = following
        return following
