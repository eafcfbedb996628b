"""Rights: to do something with something. The same bits stand in grants and in tokens (documented)."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

READ: Final = 1
WRITE: Final = 2
MANAGE: Final = 4
DELETE: Final = 8
GET: Final = 32
UPDATE: Final = 64
JOIN: Final = 128
#: All bits that a token may have; 16 was the right to create, which nothing asks for.
ALL: Final = 255
#: The letters of requests and answers of grants.
LETTERS: Final = {"r": READ, "w": WRITE, "m": MANAGE, "d": DELETE, "g": GET, "u": UPDATE, "j": JOIN}

#: What a right is for. ``keyset`` is everything with the subscribe key, and has no name.
Kind = Literal["keyset", "channels", "channel-groups", "uuids", "categories"]


class Subject(NamedTuple):
    """Something that a right is for."""

    kind: Kind
    name: str = ""


EVERYTHING: Final = Subject("keyset")


class Need(NamedTuple):
    """A right that a request needs, as one of the bits above."""

    subject: Subject
    right: int
