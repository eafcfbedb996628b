"""The calls of App Context that a client offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pnclient.api.memberships import (
    GetChannelMembers,
    GetMemberships,
    ManageChannelMembers,
    ManageMemberships,
    RemoveChannelMembers,
    RemoveMemberships,
    SetChannelMembers,
    SetMemberships,
)
from pnclient.api.metadata import (
    GetAllChannels,
    GetAllUuid,
    GetChannel,
    GetUuid,
    RemoveChannel,
    RemoveUuid,
    SetChannel,
    SetUuid,
)

if TYPE_CHECKING:
    import asyncio

    from pnclient.api.endpoint import Endpoint
    from pnclient.pnconfiguration import PNConfiguration
    from pnclient.status import PubNubTornadoException, TornadoEnvelope

R = TypeVar("R")


class AppContext:
    """A builder for each call about users, channels and memberships. It is a part of ``PubNubCore``."""

    if TYPE_CHECKING:
        # What a client has beside this, for the builders.
        config: PNConfiguration

        @property
        def uuid(self) -> str: ...

        def request_result(self, endpoint: Endpoint[R]) -> asyncio.Future[R]: ...

        def request_future(
            self, endpoint: Endpoint[R]
        ) -> asyncio.Future[TornadoEnvelope[R] | PubNubTornadoException]: ...

    def set_uuid_metadata(self) -> SetUuid:
        """Set the metadata of a user."""
        return SetUuid(self)

    def get_uuid_metadata(self) -> GetUuid:
        """The metadata of a user."""
        return GetUuid(self)

    def remove_uuid_metadata(self) -> RemoveUuid:
        """Remove the metadata of a user."""
        return RemoveUuid(self)

    def get_all_uuid_metadata(self) -> GetAllUuid:
        """Users with metadata, by pages."""
        return GetAllUuid(self)

    def set_channel_metadata(self) -> SetChannel:
        """Set the metadata of a channel."""
        return SetChannel(self)

    def get_channel_metadata(self) -> GetChannel:
        """The metadata of a channel."""
        return GetChannel(self)

    def remove_channel_metadata(self) -> RemoveChannel:
        """Remove the metadata of a channel."""
        return RemoveChannel(self)

    def get_all_channel_metadata(self) -> GetAllChannels:
        """Channels with metadata, by pages."""
        return GetAllChannels(self)

    def set_channel_members(self) -> SetChannelMembers:
        """Make users members of a channel."""
        return SetChannelMembers(self)

    def get_channel_members(self) -> GetChannelMembers:
        """The members of a channel, by pages."""
        return GetChannelMembers(self)

    def remove_channel_members(self) -> RemoveChannelMembers:
        """Remove members of a channel."""
        return RemoveChannelMembers(self)

    def manage_channel_members(self) -> ManageChannelMembers:
        """Set and remove members of a channel in one call."""
        return ManageChannelMembers(self)

    def set_memberships(self) -> SetMemberships:
        """Make a user a member of channels."""
        return SetMemberships(self)

    def get_memberships(self) -> GetMemberships:
        """The channels that a user is a member of, by pages."""
        return GetMemberships(self)

    def remove_memberships(self) -> RemoveMemberships:
        """End memberships of a user."""
        return RemoveMemberships(self)

    def manage_memberships(self) -> ManageMemberships:
        """Set and end memberships of a user in one call."""
        return ManageMemberships(self)
