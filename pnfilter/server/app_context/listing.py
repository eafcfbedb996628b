"""Lists of users, channels and memberships: fields, filter, order and pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from pnfilter.app_context.fields import Keys
from pnfilter.server.app_context.filters import Condition, compile_filter, value_at
from pnfilter.server.app_context.rules import OPTIONAL, TEXTS, refuse_input
from pnfilter.server.http.request import Query
from pnfilter.server.http.response import Answer
from pnfilter.server.settings import MAX_OBJECT_PAGE, MAX_SORT_KEYS
from pnfilter.server.store.objects import Membership, ObjectType, Record, collation_key
from pnfilter.server.wire import page_cursor, read_page_cursor

#: Something as it is filtered and sorted: by the paths of its fields.
Values = dict[str, Any]

#: By what is sorted: the first three are documented, the others are those that newer SDKs have.
_SORTED: Final = ("id", "name", "updated", "status", "type")


class Included(NamedTuple):
    """The optional fields of a record; ``other``: of the other side, None for its id only."""

    own: frozenset[str]
    other: frozenset[str] | None

    @classmethod
    def of(cls, query: Query, other: ObjectType | None = None) -> Included:
        """Return what a request asks for. Other names are ignored (assumed)."""
        names = frozenset(query.names("include"))
        if other is None:
            return cls(names, None)
        # `uuid.custom` alone asks for the whole user (recorded).
        found = {name for name in names if name == other or name.startswith(f"{other}.")}
        inner = frozenset(name.partition(".")[2] for name in found)
        return cls(names, inner if found else None)


def describe_record(
    kind: ObjectType | None, record: Record, included: frozenset[str]
) -> dict[str, Any]:
    """Return metadata as clients read it, null if unset; no kind: a membership (recorded)."""
    fields = record.fields
    found: dict[str, Any] = {}
    if kind is not None:
        found = {"id": record.id, **{name: fields.get(name) for name in TEXTS[kind]}}
    found |= {name: fields.get(name) for name in OPTIONAL if name in included}
    return {**found, "updated": record.updated, "eTag": record.tag}


def describe_membership(
    other: ObjectType, membership: Membership, included: Included
) -> dict[str, Any]:
    """Return a membership with the other side; only its id unless more is asked for (assumed)."""
    side: dict[str, Any] = {"id": membership.own.id}
    if included.other is not None and membership.other is not None:
        side = describe_record(other, membership.other, included.other)
    return {other: side, **describe_record(None, membership.own, included.own)}


def values_of(record: Record) -> Values:
    """Return a user or a channel as it is filtered and sorted."""
    return {**record.fields, "id": record.id, "updated": record.updated, "eTag": record.tag}


def values_of_membership(other: ObjectType) -> Callable[[Membership], Values]:
    """Return the same of memberships, the other side's fields also under its name (assumed)."""

    def values(membership: Membership) -> Values:
        own, side = membership
        theirs = {"id": own.id} if side is None else values_of(side)
        return {
            **{name: theirs.get(name) for name in ("id", *TEXTS[other])},
            **own.fields,
            "updated": own.updated,
            "eTag": own.tag,
            other: theirs,
        }

    return values


class Part(NamedTuple):
    """The part of a list that a request asks for: from the ``first`` one to before the ``end``."""

    first: int
    end: int

    @classmethod
    def of(cls, query: Query) -> Part:
        """Read ``limit``, ``start`` and ``end``, which counts without ``start`` (documented)."""
        limit = query.number("limit", most=MAX_OBJECT_PAGE) or MAX_OBJECT_PAGE
        if query.get("start"):
            first = _place(query, "start")
            return cls(first, first + limit)
        if query.get("end"):
            end = _place(query, "end")
            return cls(max(end - limit, 0), end)
        return cls(0, limit)


class Source(NamedTuple):
    """Where a list comes from: a page of it, in the order of ids, and how many there are."""

    page: Callable[[int, int], Sequence[Any]]
    size: Callable[[], int]
    values: Callable[[Any], Values]


class Asked(NamedTuple):
    """A request for a list: which part, of what, in which order, and whether all are counted."""

    part: Part
    condition: Condition | None
    keys: list[tuple[Keys, bool]]
    is_counted: bool

    @classmethod
    def of(cls, query: Query, fields: frozenset[Keys]) -> Asked:
        """Raise ``Refusal`` for what is no filter, order or page by these fields."""
        part, text = Part.of(query), query.get("filter", "")
        condition = compile_filter(text, fields) if text else None
        return cls(part, condition, _sort_keys(query.names("sort"), fields), query.flag("count"))

    def answer(self, source: Source, describe: Callable[[Any], dict[str, Any]]) -> Answer:
        """Return the part of a list as clients read it, by default in the order of ids (recorded).

        The places before and after the part (recorded) are opaque to clients.
        """
        found, size = self._select(source)
        body: dict[str, Any] = {"status": 200, "data": [describe(one) for one in found]}
        if self.is_counted:
            body["totalCount"] = size()
        if found:
            body["next"] = page_cursor(self.part.first + len(found))
        if self.part.first:
            body["prev"] = page_cursor(self.part.first)
        return Answer.json(body)

    def _select(self, source: Source) -> tuple[Sequence[Any], Callable[[], int]]:
        """Return the part of a list, and the count of the whole."""
        first, end = self.part
        if self.condition is None and not self.keys:
            return source.page(first, end - first), source.size
        pairs = [(source.values(one), one) for one in source.page(0, -1)]
        if self.condition is not None:
            pairs = [pair for pair in pairs if self.condition(pair[0])]
        for path, is_backward in reversed(self.keys):
            pairs.sort(key=lambda pair: _order(value_at(pair[0], path)), reverse=is_backward)
        return [one for _, one in pairs[first:end]], lambda: len(pairs)


def _order(value: Any) -> tuple[bool, str]:
    # What isn't set comes first (assumed).
    return (value is not None, collation_key(value or ""))


def _sort_keys(names: Sequence[str], fields: frozenset[Keys]) -> list[tuple[Keys, bool]]:
    """Return the fields to sort by, and whether backwards; ``Refusal`` for others (assumed)."""
    if len(names) > MAX_SORT_KEYS:
        refuse_input(f"No more than {MAX_SORT_KEYS} keys are sorted by", "sort", "query")
    keys = []
    for name in names:
        field, _, direction = name.partition(":")
        path = tuple(field.split("."))
        if path not in fields or path[-1] not in _SORTED or direction not in ("", "asc", "desc"):
            refuse_input(f"`{name}` is not a sort key", "sort", "query")
        keys.append((path, direction == "desc"))
    return keys


def _place(query: Query, name: str) -> int:
    place = read_page_cursor(query[name])
    if place is None:
        refuse_input("It is not a page of this list", name, "query")
    return place
