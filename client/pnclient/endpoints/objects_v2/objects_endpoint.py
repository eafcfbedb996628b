"""What the calls of App Context have in common: whom they concern, what they include, how they list."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, Self, TypeVar

from pnclient.access.subjects import Subjects
from pnclient.endpoints.arguments import flag, integer, text
from pnclient.endpoints.endpoint import Client, Endpoint, R
from pnclient.endpoints.presence.user import OfUser
from pnclient.endpoints.shapes import acknowledged, listed, mapping
from pnclient.endpoints.subjects import OfChannel
from pnclient.models.consumer.objects_v2.channel_members import PNUUID
from pnclient.models.consumer.objects_v2.common import PNIncludes
from pnclient.models.consumer.objects_v2.memberships import PNChannelMembership
from pnclient.models.consumer.objects_v2.page import Next, PNPage, Previous
from pnclient.models.consumer.objects_v2.sort import PNSortKey
from pnclient.payloads import json_text
from pnclient.transport import Call

Row = TypeVar("Row")

#: What can be included, in the order of requests.
_INCLUDED: Final = ("custom", "status", "type", "uuid", "uuid.custom", "channel", "channel.custom")


class ObjectsEndpoint(Endpoint[R]):
    """A call of App Context."""

    METHOD: ClassVar = "GET"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._included: set[str] = set()
        self._includes: PNIncludes | None = None
        self._etag = ""

    def _validate(self) -> None:
        self._require_subscribe_key()
        self._require_subject()

    def _require_subject(self) -> None:
        """``PubNubException`` where it isn't said whom the call concerns."""

    @abstractmethod
    def _place(self) -> tuple[str, ...]:
        """The path after the keyset."""

    def _payload(self) -> dict[str, Any] | None:
        """What is sent as the body; None for a call without."""
        return None

    def _query(self) -> dict[str, str | tuple[str, ...]]:
        if self._includes is not None:
            names = tuple(self._includes.names())
        else:
            names = tuple(name for name in _INCLUDED if name in self._included)
        return {"include": names} if names else {}

    def _include(self, name: str, is_included: bool | None) -> Self:
        (self._included.add if is_included else self._included.discard)(name)
        return self

    def _call(self) -> Call:
        payload = self._payload()
        return Call(
            operation=self.OPERATION,
            subjects=self._subjects(),
            path=("v2", "objects", self.pubnub.config.subscribe_key or "", *self._place()),
            query=self._query(),
            method=self.METHOD,
            body=None if payload is None else json_text(payload),
            headers={"If-Match": self._etag} if self._etag else {},
        )


class ChannelEndpoint(OfChannel[R], ObjectsEndpoint[R]):
    """A call that concerns a channel."""

    def _require_subject(self) -> None:
        self._require_channel()

    def _place(self) -> tuple[str, ...]:
        return ("channels", self._channel)


class UuidEndpoint(OfUser[R], ObjectsEndpoint[R]):
    """A call that concerns a user; unset, the client's own."""

    def _require_subject(self) -> None:
        self._require_user()

    def _place(self) -> tuple[str, ...]:
        return ("uuids", self._uuid or "")


class IncludeCustomEndpoint(ObjectsEndpoint[R]):
    """A call whose answer may have ``custom``, ``status`` and ``type``."""

    def include_custom(self, include_custom: bool | None) -> Self:
        """Whether the answer has ``custom``."""
        return self._include("custom", flag(include_custom, "include_custom"))

    def include_status(self, include_status: bool | None) -> Self:
        """Whether the answer has ``status``."""
        return self._include("status", flag(include_status, "include_status"))

    def include_type(self, include_type: bool | None) -> Self:
        """Whether the answer has ``type``."""
        return self._include("type", flag(include_type, "include_type"))


class IncludesEndpoint(IncludeCustomEndpoint[R]):
    """A call whose answer may have more of members or memberships."""

    def include(self, includes: PNIncludes | None) -> Self:
        """All that the answer has, in place of what the other setters say: MemberIncludes, MembershipIncludes."""
        given: object = includes
        if given is not None and not isinstance(given, PNIncludes):
            raise TypeError(f"include: MemberIncludes or MembershipIncludes, not {given!r}")
        self._includes = includes
        return self

    def _include_side(self, name: str, level: int | None, setter: str) -> Self:
        if level not in (None, 0, 1, 2) or isinstance(level, bool):
            raise ValueError(f"{setter}: 1, 2 or None is expected, not {level!r}")
        self._include(name, level == 1)
        return self._include(f"{name}.custom", level == 2)


class UUIDIncludeEndpoint(IncludesEndpoint[R]):
    """A call whose answer may have the users of members."""

    UUID: Final = 1
    UUID_WITH_CUSTOM: Final = 2

    def include_uuid(self, uuid_details_level: int | None) -> Self:
        """How much of each user the answer has: ``UUID``, ``UUID_WITH_CUSTOM``, or None for the id alone."""
        return self._include_side("uuid", uuid_details_level, "include_uuid")


class ChannelIncludeEndpoint(IncludesEndpoint[R]):
    """A call whose answer may have the channels of memberships."""

    CHANNEL: Final = 1
    CHANNEL_WITH_CUSTOM: Final = 2

    def include_channel(self, channel_details_level: int | None) -> Self:
        """How much of each channel the answer has: ``CHANNEL``, ``CHANNEL_WITH_CUSTOM``, or None for the id alone."""
        return self._include_side("channel", channel_details_level, "include_channel")


class CustomAwareEndpoint(ObjectsEndpoint[R]):
    """A call that sets fields. Each that isn't set is sent as null, as 4.8.1 did, but for status and type."""

    METHOD = "PATCH"
    #: The fields that are always sent.
    FIELDS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._fields: dict[str, Any] = dict.fromkeys(self.FIELDS)

    def custom(self, custom: Mapping[str, Any] | None) -> Self:
        """What the program keeps: texts, numbers, True, False. It replaces all that was there."""
        given: object = custom
        if given is not None and not isinstance(given, Mapping):
            raise TypeError(f"custom: a dict is expected, not {given!r}")
        self._fields["custom"] = None if custom is None else dict(custom)
        return self

    def set_status(self, status: str | None) -> Self:
        """A status, in words of the program; the later SDKs' own."""
        return self._set("status", status)

    def set_type(self, type: str | None) -> Self:
        """A type, in words of the program; the later SDKs' own."""
        return self._set("type", type)

    def if_matches_etag(self, etag: str) -> Self:
        """Do it only if the metadata still has this ``eTag``; else the call fails with the code 412.

        An empty text: whatever it has. It holds for this call alone; the later SDKs keep it for all that follow.
        """
        given = text(etag, "if_matches_etag")
        if given is None:
            # A tag that is lost must not mean that anything may be overwritten.
            raise TypeError("if_matches_etag: a text is expected, not None")
        if not (given.isascii() and given.isprintable()):
            raise ValueError("if_matches_etag: a tag has letters, digits and signs only")
        self._etag = given
        return self

    def _set(self, name: str, value: str | None) -> Self:
        self._fields[name] = None if value is None else str(value)
        return self

    def _payload(self) -> dict[str, Any]:
        return self._fields


class ListEndpoint(ObjectsEndpoint[R]):
    """A call that is answered with a list."""

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._limit = 0
        self._filter = ""
        self._count = False
        self._sort_keys: tuple[PNSortKey, ...] = ()
        self._page: PNPage | None = None

    def limit(self, limit: int | None) -> Self:
        """How many rows the answer has at most; the service gives 100 at most (documented)."""
        self._limit = integer(limit, "limit") or 0
        return self

    def filter(self, filter: str | None) -> Self:
        """Which rows: a text in App Context's own language, which is sent as it is.

        It is not the language of ``filter_expression``, and not checked here.
        """
        self._filter = text(filter, "filter") or ""
        return self

    def include_total_count(self, include_total_count: bool | None) -> Self:
        """Whether ``total_count`` says how many rows there are on all pages."""
        self._count = bool(flag(include_total_count, "include_total_count"))
        return self

    def sort(self, *sort_keys: PNSortKey | None) -> Self:
        """The order of the rows: ``PNSortKey.asc(PNSortKeyValue.NAME)`` and the like."""
        given: Sequence[Any] = [key for key in sort_keys if key is not None]
        for key in given:
            if not isinstance(key, PNSortKey):
                raise TypeError(f"sort: PNSortKey.asc(…) and the like, not {key!r}")
        self._sort_keys = tuple(given)
        return self

    def page(self, page: PNPage | None) -> Self:
        """Which part: the ``next`` or the ``prev`` of another result. Else the first one."""
        given: object = page
        if given is not None and not isinstance(given, Next | Previous):
            raise TypeError(f"page: the next or prev of a result is expected, not {given!r}")
        self._page = page
        return self

    def _query(self) -> dict[str, str | tuple[str, ...]]:
        query = super()._query()
        if self._filter:
            query["filter"] = self._filter
        if self._limit:
            query["limit"] = str(self._limit)
        # Among what is included, the service didn't count (recorded).
        if self._count or (self._includes is not None and self._includes.total_count):
            query["count"] = "True"
        if self._sort_keys:
            query["sort"] = tuple(f"{key.key_str()}:{key.dir_str()}" for key in self._sort_keys)
        if self._page is not None:
            query["start" if isinstance(self._page, Next) else "end"] = self._page.hash
        return query


class MembersEndpoint(ChannelEndpoint[R], ListEndpoint[R], UUIDIncludeEndpoint[R]):
    """A call about the members of a channel."""

    def _place(self) -> tuple[str, ...]:
        return (*super()._place(), "uuids")


class MembershipsEndpoint(UuidEndpoint[R], ListEndpoint[R], ChannelIncludeEndpoint[R]):
    """A call about the channels that a user is a member of."""

    def _place(self) -> tuple[str, ...]:
        return (*super()._place(), "channels")

    def _subjects(self) -> Subjects:
        # Joining needs a right to each channel (documented).
        rows = [row for part in (self._payload() or {}).values() for row in part]
        return super()._subjects()._replace(channels=tuple(row["channel"]["id"] for row in rows))


class SomeMembersEndpoint(MembersEndpoint[R]):
    """A call that sets or removes members of a channel."""

    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._uuids: list[PNUUID] = []

    def uuids(self, uuids: Iterable[PNUUID]) -> Self:
        """``[PNUUID.uuid("a")]`` and the like, in place of those set before."""
        self._uuids = rows_of(uuids, PNUUID, "uuids")
        return self


class SomeMembershipsEndpoint(MembershipsEndpoint[R]):
    """A call that sets or removes memberships of a user."""

    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channel_memberships: list[PNChannelMembership] = []

    def channel_memberships(self, channel_memberships: Iterable[PNChannelMembership]) -> Self:
        """``[PNChannelMembership.channel("a")]`` and the like, in place of those set before."""
        self._channel_memberships = rows_of(
            channel_memberships, PNChannelMembership, "channel_memberships"
        )
        return self


def rows_of(given: Iterable[Row], kind: type[Row], what: str) -> list[Row]:
    """The rows as a list. ``TypeError`` where one is of another kind."""
    rows: list[Any] = list(given)
    for one in rows:
        if not isinstance(one, kind):
            raise TypeError(f"{what}: a list of {kind.__name__} is expected, not {one!r} in it")
    return rows


def changes(set: Iterable[Any] = (), delete: Iterable[Any] = ()) -> dict[str, Any]:
    """What is sent to set some members or memberships and to end others."""
    return {
        "set": [one.to_payload_dict() for one in set],
        "delete": [one.to_payload_dict() for one in delete],
    }


def answer(data: Any) -> dict[str, Any]:
    """An answer with metadata. ``TypeError`` where it has another shape."""
    mapping(mapping(data)["data"])
    return mapping(data)


def removed_answer(data: Any) -> dict[str, Any]:
    """An answer without any."""
    return acknowledged(data)


def listed_answer(data: Any) -> dict[str, Any]:
    """An answer with a list of metadata. ``TypeError`` where it has another shape."""
    for row in listed(mapping(data)["data"]):
        mapping(row)
    return mapping(data)
