"""Stored messages, what history is read from, and the actions on them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Self

from pnfilter.server.quotas import Quota
from pnfilter.server.settings import MAX_CHANNELS, MAX_TIMETOKEN, MAX_TTL
from pnfilter.server.store.database import Database, Usage, usage_triggers
from pnfilter.server.wire import PER_SECOND

MESSAGE_SCHEMA: Final = (
    # Timetokens are issued once, over all keysets.
    """CREATE TABLE IF NOT EXISTS messages (
        timetoken INTEGER PRIMARY KEY, key TEXT NOT NULL, channel TEXT NOT NULL, expires INTEGER,
        payload BLOB NOT NULL, meta BLOB, publisher TEXT, custom_type TEXT, kind INTEGER,
        sequence INTEGER, undelivered INTEGER
    )""",
    """CREATE INDEX IF NOT EXISTS messages_of_channels
        ON messages (key, channel, timetoken, expires)""",
    """CREATE INDEX IF NOT EXISTS messages_that_expire
        ON messages (expires) WHERE expires IS NOT NULL""",
)
#: What makes the tables of the first version those of the second.
UPGRADE: Final = (
    "ALTER TABLE messages ADD COLUMN sequence INTEGER",
    "ALTER TABLE messages ADD COLUMN undelivered INTEGER",
)

_OF_SLICE: Final = (
    "FROM messages WHERE key = ? AND channel = ? AND timetoken BETWEEN ? AND ? "
    "AND (expires IS NULL OR expires > ?)"
)
_READ: Final = (
    "SELECT timetoken, payload, meta, publisher, custom_type, kind, sequence, undelivered "
    f"{_OF_SLICE} "
)
#: From one channel's entries in the index to those of the next.
_CHANNELS: Final = """
    WITH RECURSIVE names (channel) AS (
        SELECT min(channel) FROM messages WHERE key = ?1
        UNION ALL
        SELECT (SELECT min(channel) FROM messages WHERE key = ?1 AND channel > names.channel)
        FROM names WHERE channel IS NOT NULL
    )
    SELECT channel, (
        SELECT max(timetoken) FROM messages WHERE key = ?1 AND channel = names.channel
    ) AS last FROM names WHERE channel IS NOT NULL ORDER BY last DESC LIMIT ?2"""
#: Bytes that a message takes beside its parts, about; ``_size_of`` has its size in the store.
_OWN_BYTES: Final = 200
_SIZE: Final = (
    f"{_OWN_BYTES} + 2 * (length(CAST(key AS BLOB)) + length(CAST(channel AS BLOB)))"
    " + length(payload) + coalesce(length(meta), 0)"
    " + coalesce(length(CAST(publisher AS BLOB)), 0)"
    " + coalesce(length(CAST(custom_type AS BLOB)), 0)"
)
_TO_TRIM: Final = f"""SELECT timetoken, {_SIZE} FROM messages
    WHERE key = ? AND channel = ? ORDER BY timetoken LIMIT ?"""  # noqa: S608 - own words
# In the order of the table: an index of its own would make each new message cost a fifth more.
_OLDEST: Final = f"""SELECT timetoken, {_SIZE} FROM messages NOT INDEXED
    WHERE key = ? AND timetoken >= ? AND timetoken < ? ORDER BY timetoken LIMIT ?"""  # noqa: S608
_INSERT: Final = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REMOVE: Final = "DELETE FROM messages WHERE timetoken = ?"
#: Messages that go at once where a keyset has no room for another one.
_DROPPED: Final = 100


class StoredMessage(NamedTuple):
    """A message in history. ``payload`` and ``meta`` are JSON, byte for byte as published.

    ``kind`` is the number that subscribers see as ``e``; None for a plain message. ``sequence`` is
    the publisher's number. ``undelivered`` says that it was not for subscribers.
    """

    timetoken: int
    payload: bytes
    meta: bytes | None = None
    publisher: str | None = None
    custom_type: str | None = None
    kind: int | None = None
    sequence: int | None = None
    undelivered: bool | None = None


class Slice(NamedTuple):
    """A part of the timeline, both ends included, and the end at which reading starts."""

    first: int
    last: int
    oldest_first: bool

    @classmethod
    def between(cls, start: int | None, end: int | None, *, reverse: bool = False) -> Self:
        """Return the slice from history's ``start`` (excluded) to ``end`` (included) (documented).

        ``start`` alone: all that is older. ``end`` alone: that one and all that is newer. With
        ``reverse``, reading starts with the oldest, and for one of them alone it is the other side
        (documented of ``start``, assumed of ``end``). Both: what is between, whichever is larger.
        """
        if start is None and end is None:
            first, last = 0, MAX_TIMETOKEN
        elif end is None:
            assert start is not None
            first, last = (start + 1, MAX_TIMETOKEN) if reverse else (0, start - 1)
        elif start is None:
            first, last = (0, end) if reverse else (end, MAX_TIMETOKEN)
        else:
            first, last = (start + 1, end) if start < end else (end, start - 1)
        return cls(first, min(last, MAX_TIMETOKEN), reverse)


class MessageTable:
    """The messages of each channel of each keyset: the last ``limit`` ones that there is room for.

    Their bytes are counted here and not by the database, in which adding one would take half as
    long again. ``save_usage`` writes the counts at the end of a run for the next one; if they are
    missing, all messages are measured.
    """

    def __init__(
        self,
        database: Database,
        usage: Usage,
        quota: Quota,
        limit: int,
        clock: Callable[[], int],
    ) -> None:
        self._database = database
        self._usage = usage
        self._quota = quota
        self._limit = limit
        self._clock = clock
        # How many messages the channels published on last have; counted again where it isn't known.
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()
        # Where to look for a keyset's oldest message, to pass over others' older ones only once.
        self._oldest: dict[str, int] = {}

    def save_usage(self) -> None:
        """Write what each keyset has, at the end."""
        self._database.write_all(
            "INSERT INTO usage VALUES ('messages', ?, 1, ?)", self._quota.all().items()
        )

    def add(self, key: str, channel: str, message: StoredMessage, *, ttl: int = 0) -> None:
        """Store a message. It goes after ``ttl`` hours, 0 for never (documented).

        The oldest messages of the keyset make room for it. Raise ``LimitReached`` if that is not
        enough.
        """
        if not self._limit:
            return
        size = _size_of(key, channel, message)
        # The others don't make room for what doesn't fit anyway.
        if not self._quota.is_enough(key, size):
            raise self._quota.full(key)
        expires = message.timetoken + min(ttl, MAX_TTL) * 3600 * PER_SECOND if ttl else None
        name = (key, channel)
        count = self._counts.get(name)
        if count is None:
            count = self._count(key, channel)
        surplus = count + 1 - self._limit
        values = (message.timetoken, key, channel, expires, *message[1:])
        if surplus > 0:
            with self._database.transaction():
                trimmed = self._database.rows(_TO_TRIM, key, channel, surplus)
                for timetoken, less in trimmed:
                    self._database.write(_REMOVE, timetoken)
                    size -= less
                count -= len(trimmed)
                self._database.write(_INSERT, *values)
            self._actions_went(key)
        else:
            # One statement is a transaction by itself.
            self._database.write(_INSERT, *values)
        self._quota.add(key, size)
        self._counts[name] = count + 1
        self._counts.move_to_end(name)
        if len(self._counts) > MAX_CHANNELS:
            self._counts.popitem(last=False)
        if self._quota.is_over(key):
            self._make_room(key, message.timetoken)

    def _make_room(self, key: str, timetoken: int) -> None:
        """Drop messages of a keyset that are older than one until that fits."""
        self._counts.clear()
        while self._quota.is_over(key):
            first = self._oldest.get(key, 0)
            found = self._database.rows(_OLDEST, key, first, timetoken, _DROPPED)
            if not found:
                return
            self._database.write_all(_REMOVE, [(oldest,) for oldest, _ in found])
            self._quota.add(key, -sum(size for _, size in found))
            self._actions_went(key)
            self._oldest[key] = found[-1][0]

    def _actions_went(self, key: str) -> None:
        """Note that messages were removed, perhaps with actions."""
        if self._usage.quota("actions").used(key):
            self._usage.refresh("actions", key)

    def channels(self, key: str, most: int) -> dict[str, int]:
        """Return the newest channels with messages, up to ``most``, with their last timetokens."""
        return dict(self._database.rows(_CHANNELS, key, most))

    def _count(self, key: str, channel: str) -> int:
        rows = self._database.rows(
            "SELECT count(*) FROM messages WHERE key = ? AND channel = ?", key, channel
        )
        return int(rows[0][0])

    def read(
        self, key: str, channel: str, part: Slice, most: int, *, delivered: bool = False
    ) -> list[StoredMessage]:
        """Return messages of a part of the timeline, oldest first: ``most`` from its named end.

        ``delivered``: only those that were for subscribers.
        """
        which = "AND undelivered IS NULL" if delivered else ""
        direction = "ASC" if part.oldest_first else "DESC"
        rows = self._database.rows(
            f"{_READ} {which} ORDER BY timetoken {direction} LIMIT ?",
            *(key, channel, part.first, part.last, self._now(), most),
        )
        messages = [StoredMessage(*row) for row in rows]
        if not part.oldest_first:
            messages.reverse()
        return messages

    def count(self, key: str, channel: str, part: Slice, most: int) -> int:
        """Return how many messages a part of the timeline has; ``most`` for more than that."""
        rows = self._database.rows(
            f"SELECT count(*) FROM (SELECT 1 {_OF_SLICE} LIMIT ?)",  # noqa: S608
            *(key, channel, part.first, part.last, self._now(), most),
        )
        return int(rows[0][0])

    def delete(self, key: str, channel: str, part: Slice) -> None:
        """Remove the messages of a part of the timeline, with their actions."""
        which = "FROM messages WHERE key = ? AND channel = ? AND timetoken BETWEEN ? AND ?"
        values = (key, channel, part.first, part.last)
        with self._database.transaction():
            size = self._database.rows(f"SELECT coalesce(sum({_SIZE}), 0) {which}", *values)[0][0]
            self._database.write(f"DELETE {which}", *values)
        self._quota.add(key, -size)
        self._counts.pop((key, channel), None)
        self._actions_went(key)

    def recount(self, sizes: Mapping[str, int]) -> None:
        """Note the bytes of each keyset: messages were removed by another way than this table's."""
        self._counts.clear()
        self._quota.clear()
        for key, size in sizes.items():
            self._quota.set(key, size)

    def expire(self) -> None:
        """Remove the messages that have lived for their time."""
        now = self._now()
        with self._database.transaction():
            sizes = self._database.rows(
                f"SELECT key, sum({_SIZE}) FROM messages WHERE expires <= ? GROUP BY key",  # noqa: S608
                now,
            )
            if sizes:
                self._database.write("DELETE FROM messages WHERE expires <= ?", now)
        for key, size in sizes:
            self._quota.add(key, -size)
            self._actions_went(key)
        if sizes:
            self._counts.clear()

    def _now(self) -> int:
        return self._clock() // 100


def _size_of(key: str, channel: str, message: StoredMessage) -> int:
    """Bytes that a message takes, about."""
    names = 2 * (len(key.encode()) + len(channel.encode()))
    publisher, custom_type = message.publisher or "", message.custom_type or ""
    parts = len(message.payload) + len(message.meta or b"")
    return _OWN_BYTES + names + parts + len(publisher.encode()) + len(custom_type.encode())


def sizes_in(database: Database) -> dict[str, int]:
    """The bytes of the messages of each keyset: those that were written at the end, or measured."""
    with database.transaction():
        saved = database.rows("SELECT keyset, size FROM usage WHERE source = 'messages'")
        # They don't hold any more from the next message on.
        database.write("DELETE FROM usage WHERE source = 'messages'")
    return dict(saved or bytes_of_messages(database))


def bytes_of_messages(database: Database) -> list[tuple[str, int]]:
    """Return the bytes of the messages of each keyset."""
    return database.rows(
        f"SELECT key, sum({_SIZE}) FROM messages GROUP BY key"  # noqa: S608 - own words
    )


ACTION_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS actions (
        timetoken INTEGER PRIMARY KEY, key TEXT NOT NULL, channel TEXT NOT NULL,
        message INTEGER NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, publisher TEXT NOT NULL
    )""",
    """CREATE UNIQUE INDEX IF NOT EXISTS actions_once
        ON actions (key, channel, message, type, value, publisher)""",
    "CREATE INDEX IF NOT EXISTS actions_of_channels ON actions (key, channel, timetoken)",
    """CREATE TRIGGER IF NOT EXISTS actions_go_with_their_message AFTER DELETE ON messages BEGIN
        DELETE FROM actions
        WHERE key = old.key AND channel = old.channel AND message = old.timetoken;
    END""",
    *usage_triggers("actions", 150, ("key", "channel", "type", "value", "publisher")),
)
_SELECT_ACTIONS: Final = "SELECT timetoken, message, type, value, publisher FROM actions"


class StoredAction(NamedTuple):
    """An action on the message with the timetoken ``message``, and who added it."""

    timetoken: int
    message: int
    type: str
    value: str
    publisher: str


class ActionTable:
    """The actions of each channel of each keyset. They go with their message, if it is stored."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        self._usage = usage

    def add(self, key: str, channel: str, action: StoredAction) -> bool:
        """Store an action; False where its user has added the same to the message before.

        Raise ``LimitReached`` if there is no room for it.
        """
        with self._usage.bounded("actions", key):
            return bool(
                self._database.write(
                    "INSERT OR IGNORE INTO actions VALUES (?, ?, ?, ?, ?, ?, ?)",
                    *(action.timetoken, key, channel),
                    *action[1:],
                )
            )

    def count(self, key: str, channel: str, message: int) -> int:
        """Return how many actions a message has."""
        rows = self._database.rows(
            "SELECT count(*) FROM actions WHERE key = ? AND channel = ? AND message = ?",
            *(key, channel, message),
        )
        return int(rows[0][0])

    def of_message(self, key: str, channel: str, message: int) -> list[StoredAction]:
        """Return the actions of a message, oldest first."""
        rows = self._database.rows(
            f"{_SELECT_ACTIONS} WHERE key = ? AND channel = ? AND message = ? ORDER BY timetoken",
            *(key, channel, message),
        )
        return [StoredAction(*row) for row in rows]

    def read(self, key: str, channel: str, part: Slice, most: int) -> list[StoredAction]:
        """Return the newest actions of a part of the timeline, oldest first."""
        rows = self._database.rows(
            f"{_SELECT_ACTIONS} WHERE key = ? AND channel = ? AND timetoken BETWEEN ? AND ? "
            "ORDER BY timetoken DESC LIMIT ?",
            *(key, channel, part.first, part.last, most),
        )
        return [StoredAction(*row) for row in reversed(rows)]

    def oldest(self, key: str, channel: str, part: Slice) -> int:
        """Return the timetoken of the oldest action of a part of the timeline that has some."""
        rows = self._database.rows(
            "SELECT min(timetoken) FROM actions WHERE key = ? AND channel = ? "
            "AND timetoken BETWEEN ? AND ?",
            *(key, channel, part.first, part.last),
        )
        return int(rows[0][0])

    def remove(
        self, key: str, channel: str, message: int, timetoken: int, publisher: str
    ) -> StoredAction | None:
        """Remove the action that a user has added to a message; None if there is none."""
        with self._usage.bounded("actions", key):
            found = self._database.rows(
                f"{_SELECT_ACTIONS} WHERE key = ? AND channel = ? AND message = ? "
                "AND timetoken = ? "
                "AND publisher = ?",
                *(key, channel, message, timetoken, publisher),
            )
            if not found:
                return None
            self._database.write("DELETE FROM actions WHERE timetoken = ?", timetoken)
        return StoredAction(*found[0])
