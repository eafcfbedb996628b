"""App Context in the store: users, channels, and who is a member of what."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Final, Literal, NamedTuple
from unicodedata import normalize

from pnfilter.decode import decode
from pnfilter.server.store.database import Database, Usage, usage_triggers
from pnfilter.server.wire import json_bytes

OBJECT_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS objects (
        key TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
        fields BLOB NOT NULL, updated TEXT NOT NULL, tag TEXT NOT NULL,
        PRIMARY KEY (key, kind, id)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS memberships (
        key TEXT NOT NULL, channel TEXT NOT NULL, uuid TEXT NOT NULL,
        fields BLOB NOT NULL, updated TEXT NOT NULL, tag TEXT NOT NULL,
        PRIMARY KEY (key, channel, uuid)
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS memberships_of_users ON memberships (key, uuid, channel)",
    *usage_triggers("objects", 100, (), ("key", "kind", "id", "fields", "updated", "tag")),
    *usage_triggers("memberships", 100, ("key", "channel", "uuid"), ("fields", "updated", "tag")),
)

#: What has metadata of its own; and, in a membership, each of its two sides.
ObjectType = Literal["uuid", "channel"]
OTHER: Final[dict[ObjectType, ObjectType]] = {"uuid": "channel", "channel": "uuid"}


class Record(NamedTuple):
    """The fields of something that are set, the time of their last change, and their tag."""

    id: str
    fields: dict[str, Any]
    updated: str
    tag: str


class Membership(NamedTuple):
    """A membership, seen from one side: ``own`` has the id of the other, ``other`` its metadata."""

    own: Record
    other: Record | None


class ObjectTable:
    """The users, channels and memberships of each keyset. Lists are in the order of ids."""

    def __init__(self, database: Database, usage: Usage) -> None:
        self._database = database
        database.add_function("collation_key", collation_key)
        self._usage = usage

    def changing(self, key: str) -> AbstractContextManager[None]:
        """All changes of a keyset within are made, or none if it ends by an exception.

        Raise ``LimitReached`` if there is no room for them.
        """
        return self._usage.bounded("objects", key)

    # Users and channels.

    def get(self, key: str, kind: ObjectType, id: str) -> Record | None:
        """Return the metadata of a user or a channel; None if there is none."""
        return _one(
            self._database.rows(
                "SELECT id, fields, updated, tag FROM objects "
                "WHERE key = ? AND kind = ? AND id = ?",
                *(key, kind, id),
            )
        )

    def put(self, key: str, kind: ObjectType, record: Record) -> None:
        """Store metadata in place of what there was."""
        self._write("objects", (key, kind), record)

    def remove(self, key: str, kind: ObjectType, id: str) -> None:
        """Remove metadata, if there is any. Memberships stay."""
        self._database.write(
            "DELETE FROM objects WHERE key = ? AND kind = ? AND id = ?", key, kind, id
        )

    def count(self, key: str, kind: ObjectType) -> int:
        """Return how many users, or channels, have metadata."""
        rows = self._database.rows(
            "SELECT count(*) FROM objects WHERE key = ? AND kind = ?", key, kind
        )
        return int(rows[0][0])

    def page(self, key: str, kind: ObjectType, first: int = 0, number: int = -1) -> list[Record]:
        """So many users or channels from a place on; all from there for -1."""
        return [
            _record(row)
            for row in self._database.rows(
                "SELECT id, fields, updated, tag FROM objects WHERE key = ? AND kind = ? "
                "ORDER BY collation_key(id) LIMIT ? OFFSET ?",
                *(key, kind, number, first),
            )
        ]

    # Memberships. `kind` is the side from which they are seen, `id` whose they are.

    def membership(self, key: str, kind: ObjectType, id: str, other: str) -> Record | None:
        """Return a membership; None if there is none."""
        return _one(
            self._database.rows(
                f"SELECT {OTHER[kind]}, fields, updated, tag FROM memberships "  # noqa: S608 - own names
                f"WHERE key = ? AND {kind} = ? AND {OTHER[kind]} = ?",
                *(key, id, other),
            )
        )

    def join(self, key: str, kind: ObjectType, id: str, record: Record) -> None:
        """Store a membership, replacing an earlier one; the record has the id of the other side."""
        channel, uuid = (id, record.id) if kind == "channel" else (record.id, id)
        self._write("memberships", (key, channel), record._replace(id=uuid))

    def leave(self, key: str, kind: ObjectType, id: str, other: str) -> None:
        """Remove a membership, if there is one."""
        self._database.write(
            f"DELETE FROM memberships WHERE key = ? AND {kind} = ? AND {OTHER[kind]} = ?",  # noqa: S608
            *(key, id, other),
        )

    def joined(self, key: str, kind: ObjectType | None = None, id: str = "") -> int:
        """Return how many memberships a user or a channel has, or the keyset."""
        which, values = ("", ()) if kind is None else (f" AND {kind} = ?", (id,))
        rows = self._database.rows(
            f"SELECT count(*) FROM memberships WHERE key = ?{which}",  # noqa: S608 - own names
            *(key, *values),
        )
        return int(rows[0][0])

    def memberships(
        self, key: str, kind: ObjectType, id: str, first: int = 0, number: int = -1
    ) -> list[Membership]:
        """So many memberships of a user or a channel, with the metadata of the other side."""
        other = OTHER[kind]
        rows = self._database.rows(
            f"SELECT own.{other}, own.fields, own.updated, own.tag, "  # noqa: S608 - own names
            "object.id, object.fields, object.updated, object.tag "
            "FROM memberships AS own LEFT JOIN objects AS object "
            f"ON object.key = own.key AND object.kind = '{other}' AND object.id = own.{other} "
            f"WHERE own.key = ? AND own.{kind} = ? ORDER BY collation_key(own.{other}) "
            "LIMIT ? OFFSET ?",
            *(key, id, number, first),
        )
        return [
            Membership(_record(row[:4]), None if row[4] is None else _record(row[4:]))
            for row in rows
        ]

    def channels_of(self, key: str, uuid: str) -> list[str]:
        """Return the channels that a user is a member of."""
        rows = self._database.rows(
            "SELECT channel FROM memberships WHERE key = ? AND uuid = ? ORDER BY channel", key, uuid
        )
        return [channel for (channel,) in rows]

    def _write(self, table: str, place: tuple[str, str], record: Record) -> None:
        self._database.write(
            f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - own names
            *(*place, record.id, json_bytes(record.fields), record.updated, record.tag),
        )


def _record(row: tuple[str, bytes, str, str]) -> Record:
    id, fields, updated, tag = row
    return Record(id, decode(fields), updated, tag)


def collation_key(text: str) -> str:
    """Return what ids and names of App Context are ordered by: as in a locale (recorded).

    First come letters and digits alone, without case and accents, then case, the small one first,
    and at last the rest (assumed, but for ``0a`` before ``0H``, and ``a_z`` behind ``ab``).
    """
    letters = "".join(filter(str.isalnum, text if text.isascii() else normalize("NFKD", text)))
    return f"{letters.casefold()}\0{letters.swapcase()}\0{text}"


def _one(rows: list[Any]) -> Record | None:
    return _record(rows[0]) if rows else None
