"""Metadata of channels and users."""

from __future__ import annotations

from typing import Any, Self

from pnclient.access.subjects import Subjects
from pnclient.api.objects import (
    Answered,
    AnsweredList,
    ChannelEndpoint,
    CustomAwareEndpoint,
    IncludeCustomEndpoint,
    ListEndpoint,
    UuidEndpoint,
    check_answer,
    check_listed,
    check_removed,
)
from pnclient.enums import PNOperationType


class PNSetChannelMetadataResult(Answered):
    """A channel's metadata after it was set."""

    DONE = "Set channel metadata"


class PNGetChannelMetadataResult(Answered):
    """A channel's metadata."""

    DONE = "Get channel metadata"


class PNRemoveChannelMetadataResult(Answered):
    """A channel has no metadata any more."""

    DONE = "Remove channel metadata"


class PNGetAllChannelMetadataResult(AnsweredList):
    """Channels with metadata."""

    DONE = "Get all channel metadata"


class PNSetUUIDMetadataResult(Answered):
    """A user's metadata after it was set."""

    DONE = "Set UUID metadata"


class PNGetUUIDMetadataResult(Answered):
    """A user's metadata."""

    DONE = "Get UUID metadata"


class PNRemoveUUIDMetadataResult(Answered):
    """A user has no metadata any more."""

    DONE = "Remove UUID metadata"


class PNGetAllUUIDMetadataResult(AnsweredList):
    """Users with metadata."""

    DONE = "Get all UUID metadata"


class GetAllChannels(
    ListEndpoint[PNGetAllChannelMetadataResult],
    IncludeCustomEndpoint[PNGetAllChannelMetadataResult],
):
    """List channels with metadata."""

    OPERATION = PNOperationType.PNGetAllChannelMetadataOperation

    def _place(self) -> tuple[str, ...]:
        return ("channels",)

    def _subjects(self) -> Subjects:
        return Subjects(categories=("channels",))

    def _result(self, data: Any) -> PNGetAllChannelMetadataResult:
        return PNGetAllChannelMetadataResult(check_listed(data))


class GetChannel(
    ChannelEndpoint[PNGetChannelMetadataResult], IncludeCustomEndpoint[PNGetChannelMetadataResult]
):
    """Read the metadata of a channel."""

    OPERATION = PNOperationType.PNGetChannelMetadataOperation

    def _result(self, data: Any) -> PNGetChannelMetadataResult:
        return PNGetChannelMetadataResult(check_answer(data))


class SetChannel(
    ChannelEndpoint[PNSetChannelMetadataResult],
    CustomAwareEndpoint[PNSetChannelMetadataResult],
    IncludeCustomEndpoint[PNSetChannelMetadataResult],
):
    """Set the metadata of a channel.

    What isn't set is sent as null, as 4.8.1 did, but for status and type.
    """

    OPERATION = PNOperationType.PNSetChannelMetadataOperation
    FIELDS = ("name", "description", "custom")

    def set_name(self, name: str | None) -> Self:
        """What the channel is called."""
        return self._set("name", name)

    def description(self, description: str | None) -> Self:
        """What the channel is for."""
        return self._set("description", description)

    def _result(self, data: Any) -> PNSetChannelMetadataResult:
        return PNSetChannelMetadataResult(check_answer(data))


class RemoveChannel(ChannelEndpoint[PNRemoveChannelMetadataResult]):
    """Remove the metadata of a channel."""

    OPERATION = PNOperationType.PNRemoveChannelMetadataOperation
    METHOD = "DELETE"

    def _result(self, data: Any) -> PNRemoveChannelMetadataResult:
        return PNRemoveChannelMetadataResult(check_removed(data))


class GetAllUuid(
    ListEndpoint[PNGetAllUUIDMetadataResult], IncludeCustomEndpoint[PNGetAllUUIDMetadataResult]
):
    """List users with metadata."""

    OPERATION = PNOperationType.PNGetAllUuidMetadataOperation

    def _place(self) -> tuple[str, ...]:
        return ("uuids",)

    def _subjects(self) -> Subjects:
        return Subjects(categories=("uuids",))

    def _result(self, data: Any) -> PNGetAllUUIDMetadataResult:
        return PNGetAllUUIDMetadataResult(check_listed(data))


class GetUuid(
    UuidEndpoint[PNGetUUIDMetadataResult], IncludeCustomEndpoint[PNGetUUIDMetadataResult]
):
    """Read the metadata of a user."""

    OPERATION = PNOperationType.PNGetUuidMetadataOperation

    def _result(self, data: Any) -> PNGetUUIDMetadataResult:
        return PNGetUUIDMetadataResult(check_answer(data))


class SetUuid(
    UuidEndpoint[PNSetUUIDMetadataResult],
    CustomAwareEndpoint[PNSetUUIDMetadataResult],
    IncludeCustomEndpoint[PNSetUUIDMetadataResult],
):
    """Set the metadata of a user.

    What isn't set is sent as null, as 4.8.1 did, but for status and type.
    """

    OPERATION = PNOperationType.PNSetUuidMetadataOperation
    FIELDS = ("name", "email", "externalId", "profileUrl", "custom")

    def set_name(self, name: str | None) -> Self:
        """What the user is called."""
        return self._set("name", name)

    def email(self, email: str | None) -> Self:
        """An e-mail address."""
        return self._set("email", email)

    def external_id(self, external_id: str | None) -> Self:
        """What the user is called elsewhere."""
        return self._set("externalId", external_id)

    def profile_url(self, profile_url: str | None) -> Self:
        """Where a picture of the user is."""
        return self._set("profileUrl", profile_url)

    def _result(self, data: Any) -> PNSetUUIDMetadataResult:
        return PNSetUUIDMetadataResult(check_answer(data))


class RemoveUuid(UuidEndpoint[PNRemoveUUIDMetadataResult]):
    """Remove the metadata of a user."""

    OPERATION = PNOperationType.PNRemoveUuidMetadataOperation
    METHOD = "DELETE"

    def _result(self, data: Any) -> PNRemoveUUIDMetadataResult:
        return PNRemoveUUIDMetadataResult(check_removed(data))
