"""Subscribers with filters, and messages that a few of them want: made up from a seed.

The filters are shaped as people write them: one field against a text, a range of numbers, a
pattern, an element of an array, a set, two or three clauses. Each matches about as small a share
of the messages as makes ``FAN_OUT`` receivers of a message, whatever the number of subscribers;
all of them let through what is addressed to everyone, so that the fan-out is from nobody to all.

Five messages in a hundred are odd: fields are missing, or of another type than the filters
expect, some so that a filter is UNDECIDED; such a message is delivered.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pnfilter
from pnfilter import Reason

#: Receivers of a message, on the average.
FAN_OUT: Final = 5
CHANNELS: Final = tuple(f"load.{number}" for number in range(8))
#: Those of them that a filter picks out: the others get what goes to everyone.
_PICKED: Final = 3.8
_ODD_SHARE: Final = 0.05
_SCORES: Final = 1000.0
_KINDS: Final = ("alert", "report", "chat", "status")
_WORDS: Final = ("valve", "pump", "door", "lamp", "fan", "heater")


@dataclass(frozen=True, slots=True)
class Publication:
    """A message to publish; ``meta`` None for one without metadata."""

    channel: str
    data: Any
    meta: dict[str, Any] | None

    @property
    def publisher(self) -> str:
        """The uuid that publishes: each channel has one of its own."""
        return f"publisher-{CHANNELS.index(self.channel)}"

    def as_message(self) -> dict[str, Any]:
        """What a filter looks at."""
        return {"data": self.data} | ({} if self.meta is None else {"meta": self.meta})


@dataclass(frozen=True, slots=True)
class Traffic:
    """The filter of each subscriber, and the messages in the order in which they are published.

    The last message on each channel goes to everyone, and has ``last`` in its metadata: with it
    a subscriber has seen all of the channel.
    """

    filters: list[str]
    publications: list[Publication]
    #: Numbers of the messages that close a channel.
    last: range

    def receivers(self) -> Iterator[list[int]]:
        """For each message, the subscribers that get it: MATCH or UNDECIDED for the interpreter."""
        outcomes = [pnfilter.compile(text).outcome for text in self.filters]
        for publication in self.publications:
            message = publication.as_message()
            yield [
                number
                for number, outcome in enumerate(outcomes)
                if (verdict := outcome(message)) is True or isinstance(verdict, Reason)
            ]


def generate(subscribers: int, messages: int, seed: int) -> Traffic:
    """The traffic of that many subscribers and messages; the same seed gives the same."""
    source = random.Random(seed)
    rooms = max(2, round(subscribers / _PICKED))
    filters = [_filter(source, number, rooms) for number in range(subscribers)]
    writer = _Writer(source, rooms, subscribers)
    publications = [writer.publication(number) for number in range(messages)]
    first_closing = len(publications)
    for channel in CHANNELS:
        publications.append(writer.to_everyone(channel, len(publications), last=True))
    return Traffic(filters, publications, range(first_closing, len(publications)))


def _filter(source: random.Random, number: int, rooms: int) -> str:
    room = source.randrange(rooms)
    width = _SCORES / rooms
    low = source.uniform(0, _SCORES - width)
    wide = min(_SCORES, 4 * width)
    from_ = source.uniform(0, _SCORES - wide)
    shapes = (
        f"meta.room == 'room-{room}'",
        f"data.score >= {low:.2f} && data.score < {low + width:.2f}",
        f"meta.device LIKE 'DEV-{room}-*'",
        f"meta.tags CONTAINS 'tag-{room}'",
        f"data.number == {room} && meta.uuid != 'subscriber-{number}'",
        f"meta.kind == '{source.choice(_KINDS)}' && data.score >= {from_:.2f}"
        f" && data.score < {from_ + wide:.2f}",
        f"('room-{room}', 'room-none') CONTAINS meta.room && !(data.words CONTAINS 'siren')",
        f"data.place.name LIKE '* {room}' && data.score <= {_SCORES:.0f}",
    )
    return f"({shapes[number % len(shapes)]}) || meta.audience == 'all'"


class _Writer:
    """Writes messages about ``rooms`` rooms, for that many subscribers."""

    def __init__(self, source: random.Random, rooms: int, subscribers: int) -> None:
        self.source, self.rooms, self.subscribers = source, rooms, subscribers
        self.oddities: tuple[Callable[[dict[str, Any], dict[str, Any]], object], ...] = (
            lambda data, _: data.pop("score"),
            lambda _, meta: meta.pop("room"),
            lambda _, meta: meta.pop("tags"),
            lambda data, _: data.update(number=str(data["number"])),
            lambda _, meta: meta.update(device=7),
            lambda _, meta: meta.update(tags=meta["tags"][0]),
            lambda data, _: data.update(place="nowhere"),
            lambda data, _: data.update(number=True, words=None),
        )

    def publication(self, number: int) -> Publication:
        source = self.source
        channel = source.choice(CHANNELS)
        # In turns and not by chance: one such message weighs as much as all others in its turn.
        turn, place = divmod(number, self.subscribers)
        if place == self.subscribers // 2:
            return self.to_everyone(channel, number)
        data, meta = self._contents(number)
        # A score that is no number leaves every filter on scores undecided, and a list of rooms
        # every filter with a set of them.
        if place == self.subscribers // 3:
            if turn % 2:
                data["score"] = "high"
            else:
                meta["room"] = [meta["room"], None]
        elif source.random() < _ODD_SHARE:
            kind = source.randrange(len(self.oddities) + 2)
            if kind < len(self.oddities):
                self.oddities[kind](data, meta)
            elif kind == len(self.oddities):
                return Publication(channel, data, None)
            else:
                return Publication(channel, source.choice((None, "plain", 7, [1, "two"])), meta)
        return Publication(channel, data, meta)

    def to_everyone(self, channel: str, number: int, *, last: bool = False) -> Publication:
        data, meta = self._contents(number)
        return Publication(
            channel, data, meta | {"audience": "all"} | ({"last": True} if last else {})
        )

    def _contents(self, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
        source = self.source

        def room() -> int:
            return source.randrange(self.rooms)

        data = {
            "n": number,
            "score": round(source.uniform(0, _SCORES), 2),
            "number": room(),
            "words": source.sample(_WORDS, 2),
            "place": {"name": f"Hall {room()}", "floor": source.randint(-1, 9)},
        }
        meta = {
            "room": f"room-{room()}",
            "device": f"dev-{room()}-{source.getrandbits(16):04x}",
            "tags": [f"tag-{room()}"],
            "kind": source.choice(_KINDS),
            "uuid": f"publisher-{number % len(CHANNELS)}",
        }
        return data, meta
