"""The members of a channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pnclient.models.consumer.objects_v2.answered import AnsweredList
from pnclient.models.consumer.objects_v2.row import row


class PNUUID:
    """A user, as a member to be set or removed: ``PNUUID.uuid("a")``, ``PNUUID.uuid_with_custom("a", {"n": 1})``."""

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
        return row("uuid", self._uuid, self._custom, self._status, self._type)


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
