"""What requests, answers, tokens and the store share: JSON, names, time, cursors, rights."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from pnfilter.server.settings import MAX_TIMETOKEN

#: A value as JSON without spaces. ``json.dumps`` would make an encoder for each value.
json_text: Final[Callable[[Any], str]] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":")
).encode


def json_bytes(value: Any) -> bytes:
    """Return the value as JSON without spaces, in UTF-8."""
    return json_text(value).encode()


#: Timetokens in a second: one is 100 ns.
PER_SECOND: Final = 10_000_000


# Names

PRESENCE_SUFFIX: Final = "-pnpres"


def takes_messages(channel: str) -> bool:
    """Whether messages are published on a channel: neither a list, a wildcard nor for presence."""
    return "," not in channel and not channel.endswith(("*", PRESENCE_SUFFIX))


def split_presence(channel: str) -> tuple[str, str]:
    """Return a channel's name and ``-pnpres``, or the name and an empty string."""
    name = channel.removesuffix(PRESENCE_SUFFIX)
    return name, channel[len(name) :]


def is_wildcard(name: str) -> bool:
    """Return whether a name is for all channels that start as it does."""
    name, _ = split_presence(name)
    return name.endswith(".*") and len(name) > 2 and name.count(".") <= 2


def wildcards_of(channel: str) -> tuple[str, ...]:
    """Return the wildcard names that reach a channel: ``a.*`` and ``a.b.*`` for ``a.b.c``.

    A wildcard has one or two names before its asterisk (documented). One with the presence
    suffix reaches the presence events of its channels.
    """
    name, suffix = split_presence(channel)
    first = name.find(".")
    if first < 1 or name.endswith("*"):
        return ()
    found = [f"{name[:first]}.*{suffix}"]
    second = name.find(".", first + 1)
    if second > 0:
        found.insert(0, f"{name[:second]}.*{suffix}")
    return tuple(found)


# Page cursors: places in lists, opaque to clients (recorded of App Context and files).


def page_cursor(place: int) -> str:
    """Return the cursor that an answer gives for a place in a list."""
    return urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def read_page_cursor(text: str) -> int | None:
    """Return the place; None for a cursor that no answer has given."""
    try:
        digits = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return None
    # SQLite's numbers have 63 bits.
    is_place = digits.isdigit() and len(digits) < 20 and int(digits) <= MAX_TIMETOKEN
    return int(digits) if is_place else None


# Rights: to do something with something. Grants and tokens have the same bits (documented).

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
Resource = Literal["keyset", "channels", "channel-groups", "uuids", "categories"]


class Subject(NamedTuple):
    """Something that a right is for."""

    kind: Resource
    name: str = ""


EVERYTHING: Final = Subject("keyset")


class Need(NamedTuple):
    """A right that a request needs, as one of the bits above."""

    subject: Subject
    right: int
