"""Members of channels, and memberships of users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self, TypeVar

from pnclient.access.subjects import Subjects
from pnclient.api.endpoint import Client, R
from pnclient.api.objects import (
    AnsweredList,
    ChannelEndpoint,
    ChannelIncludeEndpoint,
    ListEndpoint,
    UuidEndpoint,
    UUIDIncludeEndpoint,
    check_listed,
)
from pnclient.enums import PNOperationType

Row = TypeVar("Row")


def make_row(
    side: str,
    id: object,
    custom: Mapping[str, Any] | None,
    status: str | None,
    type: str | None,
) -> dict[str, Any]:
    """A row of a request: fields that are None are left out, so that they stay as they are."""
    fields = {
        "custom": None if custom is None else dict(custom),
        "status": status,
        "type": type,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return {side: {"id": str(id)}, **given}


class PNUUID:
    """A user, as a member to set or remove.

    ``PNUUID.uuid("a")``, or with a custom object ``PNUUID.uuid_with_custom("a", {"n": 1})``.
    """

    def __init__(self, uuid: str) -> None:
        self._uuid = uuid
        self._custom: Mapping[str, Any] | None = None
        self._status: str | None = None
        self._type: str | None = None

    @staticmethod
    def uuid(uuid: str) -> JustUUID:
        """A member without anything else."""
        return JustUUID(uuid)

    @staticmethod
    def uuid_with_custom(uuid: str, custom: Mapping[str, Any]) -> UUIDWithCustom:
        """A member with what the program keeps of the membership: texts, numbers, True, False."""
        return UUIDWithCustom(uuid, custom)

    def to_payload_dict(self) -> dict[str, Any]:
        """The member as a request has it."""
        return make_row("uuid", self._uuid, self._custom, self._status, self._type)


class JustUUID(PNUUID):
    """A member without anything else."""


class UUIDWithCustom(PNUUID):
    """A member with what the program keeps of the membership."""

    def __init__(self, uuid: str, custom: Mapping[str, Any]) -> None:
        super().__init__(uuid)
        self._custom = custom


class PNUserMember(PNUUID):
    """A member with all that a membership has; the later SDKs' own."""

    def __init__(
        self,
        user_id: str,
        type: str | None = None,
        status: str | None = None,
        custom: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(user_id)
        self._type, self._status, self._custom = type, status, custom


class PNSetChannelMembersResult(AnsweredList):
    """The members after some were set."""

    DONE = "Set channel members"


class PNGetChannelMembersResult(AnsweredList):
    """The members of a channel."""

    DONE = "Get channel members"


class PNRemoveChannelMembersResult(AnsweredList):
    """The members that are left."""

    DONE = "Remove channel members"


class PNManageChannelMembersResult(AnsweredList):
    """The members after some were set and others removed."""

    DONE = "Manage channel members"


class PNChannelMembership:
    """A channel that a user is, or is no more, a member of, with what the membership has.

    The older forms are ``PNChannelMembership.channel("a")`` and
    ``PNChannelMembership.channel_with_custom("a", {"n": 1})``.
    """

    def __init__(
        self,
        channel: str,
        custom: Mapping[str, Any] | None = None,
        status: str | None = None,
        type: str | None = None,
    ) -> None:
        self._channel = channel
        self._custom, self._status, self._type = custom, status, type

    @staticmethod
    def channel(channel: str) -> JustChannel:
        """A membership without anything else."""
        return JustChannel(channel)

    @staticmethod
    def channel_with_custom(channel: str, custom: Mapping[str, Any]) -> ChannelWithCustom:
        """A membership with what the program keeps of it: texts, numbers, True, False."""
        return ChannelWithCustom(channel, custom)

    def to_payload_dict(self) -> dict[str, Any]:
        """The membership as a request has it."""
        return make_row("channel", self._channel, self._custom, self._status, self._type)


class JustChannel(PNChannelMembership):
    """A membership without anything else."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)


class ChannelWithCustom(PNChannelMembership):
    """A membership with what the program keeps of it."""

    def __init__(self, channel: str, custom: Mapping[str, Any]) -> None:
        super().__init__(channel, custom)


class PNSetMembershipsResult(AnsweredList):
    """A user's memberships after some were set."""

    DONE = "Set memberships"


class PNGetMembershipsResult(AnsweredList):
    """A user's memberships."""

    DONE = "Get memberships"


class PNRemoveMembershipsResult(AnsweredList):
    """The memberships that are left."""

    DONE = "Remove memberships"


class PNManageMembershipsResult(AnsweredList):
    """A user's memberships after some were set and others removed."""

    DONE = "Manage memberships"


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
        self._uuids = check_rows(uuids, PNUUID, "uuids")
        return self


class SomeMembershipsEndpoint(MembershipsEndpoint[R]):
    """A call that sets or removes memberships of a user."""

    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._channel_memberships: list[PNChannelMembership] = []

    def channel_memberships(self, channel_memberships: Iterable[PNChannelMembership]) -> Self:
        """``[PNChannelMembership.channel("a")]`` and the like, in place of those set before."""
        self._channel_memberships = check_rows(
            channel_memberships, PNChannelMembership, "channel_memberships"
        )
        return self


def check_rows(given: Iterable[Row], kind: type[Row], what: str) -> list[Row]:
    """The rows as a list. ``TypeError`` where one is of another kind."""
    rows: list[Any] = list(given)
    for one in rows:
        if not isinstance(one, kind):
            raise TypeError(f"{what}: expected a list of {kind.__name__}, got {one!r} in it")
    return rows


def make_changes(set: Iterable[Any] = (), delete: Iterable[Any] = ()) -> dict[str, Any]:
    """What is sent to set some members or memberships and to end others."""
    return {
        "set": [one.to_payload_dict() for one in set],
        "delete": [one.to_payload_dict() for one in delete],
    }


class GetChannelMembers(MembersEndpoint[PNGetChannelMembersResult]):
    """List members of a channel."""

    OPERATION = PNOperationType.PNGetChannelMembersOperation

    def _result(self, data: Any) -> PNGetChannelMembersResult:
        return PNGetChannelMembersResult(check_listed(data))


class SetChannelMembers(SomeMembersEndpoint[PNSetChannelMembersResult]):
    """Set members of a channel, beside those that are there. The answer lists all."""

    OPERATION = PNOperationType.PNSetChannelMembersOperation

    def _payload(self) -> dict[str, Any]:
        return make_changes(set=self._uuids)

    def _result(self, data: Any) -> PNSetChannelMembersResult:
        return PNSetChannelMembersResult(check_listed(data))


class RemoveChannelMembers(SomeMembersEndpoint[PNRemoveChannelMembersResult]):
    """Remove members of a channel. The answer lists those that are left."""

    OPERATION = PNOperationType.PNRemoveChannelMembersOperation

    def _payload(self) -> dict[str, Any]:
        return make_changes(delete=self._uuids)

    def _result(self, data: Any) -> PNRemoveChannelMembersResult:
        return PNRemoveChannelMembersResult(check_listed(data))


class ManageChannelMembers(MembersEndpoint[PNManageChannelMembersResult]):
    """Set some members of a channel and remove others. The answer lists those there are then."""

    OPERATION = PNOperationType.PNManageChannelMembersOperation
    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._to_set: list[PNUUID] = []
        self._to_remove: list[PNUUID] = []

    def set(self, uuids_to_set: Iterable[PNUUID]) -> Self:
        """Whom to set: ``[PNUUID.uuid("a")]`` and the like, in place of those set before."""
        self._to_set = check_rows(uuids_to_set, PNUUID, "set")
        return self

    def remove(self, uuids_to_remove: Iterable[PNUUID]) -> Self:
        """Whom to remove, in place of those set before."""
        self._to_remove = check_rows(uuids_to_remove, PNUUID, "remove")
        return self

    def _payload(self) -> dict[str, Any]:
        return make_changes(self._to_set, self._to_remove)

    def _result(self, data: Any) -> PNManageChannelMembersResult:
        return PNManageChannelMembersResult(check_listed(data))


class GetMemberships(MembershipsEndpoint[PNGetMembershipsResult]):
    """List memberships of a user."""

    OPERATION = PNOperationType.PNGetMembershipsOperation

    def _result(self, data: Any) -> PNGetMembershipsResult:
        return PNGetMembershipsResult(check_listed(data))


class SetMemberships(SomeMembershipsEndpoint[PNSetMembershipsResult]):
    """Set memberships of a user, beside those that are there. The answer lists all."""

    OPERATION = PNOperationType.PNSetMembershipsOperation

    def _payload(self) -> dict[str, Any]:
        return make_changes(set=self._channel_memberships)

    def _result(self, data: Any) -> PNSetMembershipsResult:
        return PNSetMembershipsResult(check_listed(data))


class RemoveMemberships(SomeMembershipsEndpoint[PNRemoveMembershipsResult]):
    """Remove memberships of a user. The answer lists those that are left."""

    OPERATION = PNOperationType.PNRemoveMembershipsOperation

    def _payload(self) -> dict[str, Any]:
        return make_changes(delete=self._channel_memberships)

    def _result(self, data: Any) -> PNRemoveMembershipsResult:
        return PNRemoveMembershipsResult(check_listed(data))


class ManageMemberships(MembershipsEndpoint[PNManageMembershipsResult]):
    """Set some memberships of a user and remove others. The answer lists those there are then."""

    OPERATION = PNOperationType.PNManageMembershipsOperation
    METHOD = "PATCH"

    def __init__(self, pubnub: Client) -> None:
        super().__init__(pubnub)
        self._to_set: list[PNChannelMembership] = []
        self._to_remove: list[PNChannelMembership] = []

    def set(self, channel_memberships_to_set: Iterable[PNChannelMembership]) -> Self:
        """Choose the memberships to set, in place of those set before.

        ``[PNChannelMembership.channel("a")]`` and the like.
        """
        self._to_set = check_rows(channel_memberships_to_set, PNChannelMembership, "set")
        return self

    def remove(self, channel_memberships_to_remove: Iterable[PNChannelMembership]) -> Self:
        """Which to remove, in place of those set before."""
        self._to_remove = check_rows(channel_memberships_to_remove, PNChannelMembership, "remove")
        return self

    def _payload(self) -> dict[str, Any]:
        return make_changes(self._to_set, self._to_remove)

    def _result(self, data: Any) -> PNManageMembershipsResult:
        return PNManageMembershipsResult(check_listed(data))
