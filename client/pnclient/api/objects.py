"""The base of the calls of App Context: pages, order, included fields and answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar, Final, Self, TypedDict, Unpack

from pnclient.api.arguments import (
    as_list,
    as_object,
    check_acknowledged,
    check_flag,
    check_integer,
    check_string,
    json_text,
)
from pnclient.api.endpoint import Client, Endpoint, OfChannel, OfUser, R
from pnclient.transport import Call

#: What can be included, in the order of requests.
_INCLUDED: Final = ("custom", "status", "type", "uuid", "uuid.custom", "channel", "channel.custom")


class PNPage:
    """A page of a list: which, the service alone knows.

    It comes with the list, as ``next`` and ``prev``.
    """

    def __init__(self, hash: str) -> None:
        self._hash = str(hash)

    @property
    def hash(self) -> str:
        """The page as requests have it."""
        return self._hash

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._hash!r})"


class Next(PNPage):
    """What comes after a page."""


class Previous(PNPage):
    """What comes before a page."""


class PNPageable:
    """A part of a list.

    ``total_count``: how many the whole list has, where that was asked for. ``next`` and ``prev``:
    the pages after and before, for a call's ``page``. After the last page there may be one that is
    empty, without a ``next``.
    """

    def __init__(self, result: Mapping[str, Any]) -> None:
        following, preceding = result.get("next"), result.get("prev")
        self.total_count: int | None = result.get("totalCount")
        self.next = Next(following) if following else None
        self.prev = Previous(preceding) if preceding else None


class PNSortKeyValue(Enum):
    """A field of users and channels."""

    ID = 1
    NAME = 2
    UPDATED = 3


class PNSortDirection(Enum):
    """Which end comes first."""

    ASC = 1
    DESC = 2


class PNSortKey:
    """A field and a direction.

    A field that ``PNSortKeyValue`` hasn't is a text, such as ``uuid.name``.
    """

    def __init__(self, sort_key_value: PNSortKeyValue | str, direction: PNSortDirection) -> None:
        if not isinstance(sort_key_value, PNSortKeyValue | str):
            raise TypeError(f"a field must be a PNSortKeyValue or a str, not {sort_key_value!r}")
        if not isinstance(direction, PNSortDirection):
            raise TypeError(f"a direction is a PNSortDirection, not {direction!r}")
        self._field = sort_key_value
        self._direction = direction

    @staticmethod
    def asc(sort_key_value: PNSortKeyValue | str) -> PNSortKey:
        """The smallest first."""
        return PNSortKey(sort_key_value, PNSortDirection.ASC)

    @staticmethod
    def desc(sort_key_value: PNSortKeyValue | str) -> PNSortKey:
        """The largest first."""
        return PNSortKey(sort_key_value, PNSortDirection.DESC)

    def key_str(self) -> str:
        """The field as requests have it."""
        return self._field if isinstance(self._field, str) else self._field.name.lower()

    def dir_str(self) -> str:
        """The direction as requests have it."""
        return self._direction.name.lower()


class _Own(TypedDict, total=False):
    custom: bool
    status: bool
    type: bool
    total_count: bool


class _WithUser(_Own, total=False):
    user: bool
    user_custom: bool
    user_type: bool
    user_status: bool


class _WithChannel(_Own, total=False):
    channel: bool
    channel_custom: bool
    channel_type: bool
    channel_status: bool


class PNIncludes:
    """Fields that an answer has beside those that it always has."""

    def __init__(self, included: Mapping[str, Any], known: Iterable[str]) -> None:
        known = tuple(known)
        if unknown := included.keys() - known:
            raise TypeError(
                f"no such field: {', '.join(sorted(unknown))}; they are {', '.join(known)}"
            )
        #: Whether the whole list is counted.
        self.total_count = bool(included.get("total_count"))
        self._names = [name for name in known if name != "total_count" and included.get(name)]

    def names(self) -> Iterator[str]:
        """The fields as requests have them."""
        return (name.replace("user", "uuid").replace("_", ".") for name in self._names)


class MemberIncludes(PNIncludes):
    """Fields of members: their own ``custom``, ``status`` and ``type``, and the users'."""

    def __init__(self, **included: Unpack[_WithUser]) -> None:
        super().__init__(included, _WithUser.__annotations__)


class MembershipIncludes(PNIncludes):
    """Fields of memberships: their own ``custom``, ``status`` and ``type``, and the channels'."""

    def __init__(self, **included: Unpack[_WithChannel]) -> None:
        super().__init__(included, _WithChannel.__annotations__)


class Answered:
    """``data``: what the service has now; None after a removal.

    ``status``: the code in the answer.
    """

    #: What was done, for ``str()``.
    DONE: ClassVar = ""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.data: dict[str, Any] | None = result["data"]
        self.status: int = result["status"]

    def __str__(self) -> str:
        return f"{self.DONE}: {self.data}"


class AnsweredList(PNPageable):
    """``data``: the rows of one page, each a dict as the service sends it.

    ``status``: the code in the answer.
    """

    DONE: ClassVar = ""

    def __init__(self, result: Mapping[str, Any]) -> None:
        super().__init__(result)
        self.data: list[dict[str, Any]] = result["data"]
        self.status: int = result["status"]

    def __str__(self) -> str:
        return f"{self.DONE}: {self.data}"


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
        return self._include("custom", check_flag(include_custom, "include_custom"))

    def include_status(self, include_status: bool | None) -> Self:
        """Whether the answer has ``status``."""
        return self._include("status", check_flag(include_status, "include_status"))

    def include_type(self, include_type: bool | None) -> Self:
        """Whether the answer has ``type``."""
        return self._include("type", check_flag(include_type, "include_type"))


class IncludesEndpoint(IncludeCustomEndpoint[R]):
    """A call whose answer may have more of members or memberships."""

    def include(self, includes: PNIncludes | None) -> Self:
        """Set all included fields, in place of the other setters.

        ``MemberIncludes`` or ``MembershipIncludes``.
        """
        given: object = includes
        if given is not None and not isinstance(given, PNIncludes):
            raise TypeError(f"include: MemberIncludes or MembershipIncludes, not {given!r}")
        self._includes = includes
        return self

    def _include_side(self, name: str, level: int | None, setter: str) -> Self:
        if level not in (None, 0, 1, 2) or isinstance(level, bool):
            raise ValueError(f"{setter}: expected 1, 2 or None, got {level!r}")
        self._include(name, level == 1)
        return self._include(f"{name}.custom", level == 2)


class UUIDIncludeEndpoint(IncludesEndpoint[R]):
    """A call whose answer may have the users of members."""

    UUID: Final = 1
    UUID_WITH_CUSTOM: Final = 2

    def include_uuid(self, uuid_details_level: int | None) -> Self:
        """Set the fields of each user: ``UUID``, ``UUID_WITH_CUSTOM``, or None for the id."""
        return self._include_side("uuid", uuid_details_level, "include_uuid")


class ChannelIncludeEndpoint(IncludesEndpoint[R]):
    """A call whose answer may have the channels of memberships."""

    CHANNEL: Final = 1
    CHANNEL_WITH_CUSTOM: Final = 2

    def include_channel(self, channel_details_level: int | None) -> Self:
        """Set the fields of each channel.

        ``CHANNEL``, ``CHANNEL_WITH_CUSTOM``, or None for the id.
        """
        return self._include_side("channel", channel_details_level, "include_channel")


class CustomAwareEndpoint(ObjectsEndpoint[R]):
    """A call that sets fields.

    Each that isn't set is sent as null, as 4.8.1 did, but for status and type.
    """

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
            raise TypeError(f"custom: expected a dict, got {given!r}")
        self._fields["custom"] = None if custom is None else dict(custom)
        return self

    def set_status(self, status: str | None) -> Self:
        """A status, in words of the program; the later SDKs' own."""
        return self._set("status", status)

    def set_type(self, type: str | None) -> Self:
        """A type, in words of the program; the later SDKs' own."""
        return self._set("type", type)

    def if_matches_etag(self, etag: str) -> Self:
        """Write only if the metadata still has this ``eTag``; else the call fails with code 412.

        An empty text: whatever it has. It holds for this call alone; the later SDKs keep it for all
        that follow.
        """
        given = check_string(etag, "if_matches_etag")
        if given is None:
            # A tag that is lost must not mean that anything may be overwritten.
            raise TypeError("if_matches_etag: expected a string, got None")
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
        self._limit = check_integer(limit, "limit") or 0
        return self

    def filter(self, filter: str | None) -> Self:
        """Which rows: a text in App Context's own language, which is sent as it is.

        It is not the language of ``filter_expression``, and not checked here.
        """
        self._filter = check_string(filter, "filter") or ""
        return self

    def include_total_count(self, include_total_count: bool | None) -> Self:
        """Whether ``total_count`` says how many rows there are on all pages."""
        self._count = bool(check_flag(include_total_count, "include_total_count"))
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
            raise TypeError(f"page: expected the next or prev of a result, got {given!r}")
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


def check_answer(data: Any) -> dict[str, Any]:
    """An answer with metadata. ``TypeError`` where it has another shape."""
    as_object(as_object(data)["data"])
    return as_object(data)


def check_removed(data: Any) -> dict[str, Any]:
    """An answer without any."""
    return check_acknowledged(data)


def check_listed(data: Any) -> dict[str, Any]:
    """An answer with a list of metadata. ``TypeError`` where it has another shape."""
    for row in as_list(as_object(data)["data"]):
        as_object(row)
    return as_object(data)
