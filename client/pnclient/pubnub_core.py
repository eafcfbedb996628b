"""What a client offers, whatever its event loop."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from pnclient import transport
from pnclient.api.access import Audit, Grant, Revoke
from pnclient.api.access_tokens import GrantToken, RevokeToken
from pnclient.api.channel_groups import (
    AddChannelToChannelGroup,
    ListChannelsInChannelGroup,
    RemoveChannelFromChannelGroup,
    RemoveChannelGroup,
)
from pnclient.api.endpoint import Client, Endpoint
from pnclient.api.file_transfer import DownloadFileNative, PublishFileMessage, SendFileNative
from pnclient.api.files import DeleteFile, GetFileDownloadUrl, ListFiles
from pnclient.api.history import FetchMessages, History, HistoryDelete, MessageCount
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
from pnclient.api.message_actions import AddMessageAction, GetMessageActions, RemoveMessageAction
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
from pnclient.api.presence import GetState, Heartbeat, HereNow, SetState, WhereNow
from pnclient.api.publish import Fire, Publish, Signal
from pnclient.api.push import (
    AddChannelsToPush,
    ListPushProvisions,
    RemoveChannelsFromPush,
    RemoveDeviceFromPush,
)
from pnclient.api.time import Time
from pnclient.builders import SubscribeBuilder, UnsubscribeBuilder
from pnclient.driver import Driver
from pnclient.exceptions import PubNubException
from pnclient.managers import TokenManager, TokenManagerProperties, TokenMap
from pnclient.operation import SequenceNumbers

if TYPE_CHECKING:
    from pnclient.callbacks import SubscribeCallback
    from pnclient.pnconfiguration import PNConfiguration
    from pnclient.runtime import Runtime
    from pnclient.status import PubNubTornadoException, TornadoEnvelope
    from pnclient.subscribe.delivery import Counters
    from pnfilter import Filter

R = TypeVar("R")


class AppContext:
    """A builder for each call about users, channels and memberships.

    It is a part of ``PubNubCore``.
    """

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


class FileCalls:
    """A builder for each operation on files."""

    def send_file(self: Client) -> SendFileNative:
        """Send a file to a channel, and announce it to the subscribers."""
        return SendFileNative(self)

    def download_file(self: Client) -> DownloadFileNative:
        """Read a file: its bytes, or into a file here."""
        return DownloadFileNative(self)

    def list_files(self: Client) -> ListFiles:
        """The files of a channel."""
        return ListFiles(self)

    def get_file_url(self: Client) -> GetFileDownloadUrl:
        """An address at which a file can be read for a time."""
        return GetFileDownloadUrl(self)

    def delete_file(self: Client) -> DeleteFile:
        """Delete a file of a channel."""
        return DeleteFile(self)

    def publish_file_message(self: Client) -> PublishFileMessage:
        """Announce a file that is already there."""
        return PublishFileMessage(self)

    def encrypt(self: Client, cipher_key: str, file: bytes) -> bytes:
        """A file's bytes, encrypted as ``config.file_crypto`` does it."""
        encrypted: bytes = self.config.file_crypto.encrypt(cipher_key, file)
        return encrypted

    def decrypt(self: Client, cipher_key: str, file: bytes) -> bytes:
        """A file's bytes, decrypted as ``config.file_crypto`` does it.

        ``DecryptionError``: another key, or damaged.
        """
        decrypted: bytes = self.config.file_crypto.decrypt(cipher_key, file)
        return decrypted


class PubNubCore(AppContext, FileCalls, ABC):
    """A client: a builder for each operation."""

    SDK_NAME: Final = transport.SDK_NAME.partition("-Tornado")[0]
    SDK_VERSION: Final = transport.SDK_NAME.partition("/")[2]

    TIMESTAMP_DIVIDER = 1000
    MAX_SEQUENCE = 65535

    def __init__(self, config: PNConfiguration) -> None:
        self.config = config
        config.validate()
        self._publish_sequence_manager = SequenceNumbers(self.MAX_SEQUENCE)
        self._token_manager = TokenManager()
        self._driver = (
            Driver(self, config, self._bind_runtime, self._token_manager)
            if config.enable_subscribe
            else None
        )

    # Who the client is.

    @property
    def uuid(self) -> str:
        """Who this client is."""
        return self.config.uuid

    @property
    def sdk_name(self) -> str:
        """What requests say the client is."""
        return transport.SDK_NAME

    @property
    def headers(self) -> dict[str, str]:
        """What every request has in its head."""
        return {"User-Agent": self.sdk_name}

    @property
    def base_origin(self) -> str:
        """Host and port of the service."""
        return self.config.origin

    @staticmethod
    def timestamp() -> int:
        """Seconds since 1970."""
        return int(time.time())

    # A builder for each operation.

    def time(self) -> Time:
        """The time of the service."""
        return Time(self)

    def publish(self) -> Publish:
        """Send a message to a channel's subscribers, and store it."""
        return Publish(self)

    def fire(self) -> Fire:
        """Send a message to functions only: neither stored nor delivered."""
        return Fire(self)

    def signal(self) -> Signal:
        """Send a short message that is not stored."""
        return Signal(self)

    def history(self, *, filter: str | Filter | None = None) -> History:
        """The stored messages of a channel; with a filter, those that it matches."""
        return History(self, filter=filter)

    def fetch_messages(self, *, filter: str | Filter | None = None) -> FetchMessages:
        """Read stored messages of channels, with metadata or actions.

        With a filter, only those that match.
        """
        return FetchMessages(self, filter=filter)

    def message_counts(self) -> MessageCount:
        """How many messages channels have since a timetoken."""
        return MessageCount(self)

    def delete_messages(self) -> HistoryDelete:
        """Delete stored messages of a channel."""
        return HistoryDelete(self)

    def add_message_action(self) -> AddMessageAction:
        """Add an action, such as a reaction, to a message."""
        return AddMessageAction(self)

    def get_message_actions(self) -> GetMessageActions:
        """The actions of a channel's messages."""
        return GetMessageActions(self)

    def remove_message_action(self) -> RemoveMessageAction:
        """Remove an action from a message."""
        return RemoveMessageAction(self)

    def here_now(self) -> HereNow:
        """Who is on channels."""
        return HereNow(self)

    def where_now(self) -> WhereNow:
        """On which channels a user is."""
        return WhereNow(self)

    def get_state(self) -> GetState:
        """The state of a user on channels."""
        return GetState(self)

    def set_state(self) -> SetState:
        """Set the client's own state on channels; heartbeats repeat it."""
        return SetState(self, None if self._driver is None else self._driver.keep_state)

    def heartbeat(self) -> Heartbeat:
        """Say that the client is there."""
        return Heartbeat(self)

    def add_channel_to_channel_group(self) -> AddChannelToChannelGroup:
        """Add channels to a group."""
        return AddChannelToChannelGroup(self)

    def remove_channel_from_channel_group(self) -> RemoveChannelFromChannelGroup:
        """Remove channels from a group."""
        return RemoveChannelFromChannelGroup(self)

    def list_channels_in_channel_group(self) -> ListChannelsInChannelGroup:
        """The channels of a group."""
        return ListChannelsInChannelGroup(self)

    def remove_channel_group(self) -> RemoveChannelGroup:
        """Remove a group."""
        return RemoveChannelGroup(self)

    def list_push_channels(self) -> ListPushProvisions:
        """The channels of which a device has push notifications."""
        return ListPushProvisions(self)

    def add_channels_to_push(self) -> AddChannelsToPush:
        """Let a device have push notifications of channels."""
        return AddChannelsToPush(self)

    def remove_channels_from_push(self) -> RemoveChannelsFromPush:
        """Let a device have no more push notifications of channels."""
        return RemoveChannelsFromPush(self)

    def remove_device_from_push(self) -> RemoveDeviceFromPush:
        """Let a device have no more push notifications at all."""
        return RemoveDeviceFromPush(self)

    # Access: for servers, which have the secret key.

    def grant(self) -> Grant:
        """Let auth keys, or everybody, use channels, groups and users' metadata for a time."""
        return Grant(self)

    def revoke(self) -> Revoke:
        """Take back what was granted to auth keys, or to everybody."""
        return Revoke(self)

    def audit(self) -> Audit:
        """What was granted to auth keys and to everybody."""
        return Audit(self)

    def grant_token(self) -> GrantToken:
        """Make an access token, which lets its holder use what it names."""
        return GrantToken(self)

    def revoke_token(self, token: str) -> RevokeToken:
        """Make an access token worthless."""
        return RevokeToken(self, token)

    # Access: for those who were given a token.

    def set_token(self, token: str) -> None:
        """Send this token with what it covers from now on, the next poll too. Others are kept.

        A subscription that was given up because access was denied goes on.

        ``PubNubException`` for what is no token. ``config.auth_key`` comes before all tokens, and
        ``config.disable_token_manager`` lets none go out.
        """
        self.set_tokens([token])

    def set_tokens(self, tokens: Iterable[str]) -> None:
        """The same for several tokens: all of them, or none where one is no token."""
        self._token_manager.set_tokens(tokens)
        if self._driver is not None:
            self._driver.access_changed()

    def get_token(self, tms_properties: TokenManagerProperties | None) -> str | None:
        """The token that covers a resource, if there is one."""
        return self._token_manager.get_token(tms_properties)

    def get_token_by_resource(self, resource_id: str, resource_type: str) -> str | None:
        """The token that covers what has this name and is of this ``PNResourceType``."""
        return self._token_manager.get_token(TokenManagerProperties(resource_type, resource_id))

    def get_tokens(self) -> TokenMap:
        """The tokens by kind of resource, by kind of match, by name or pattern."""
        return self._token_manager.get_tokens()

    def get_tokens_by_resource(self, resource_type: str) -> dict[str, dict[str, str]]:
        """The tokens for a ``PNResourceType``, by kind of match, by name or pattern."""
        return self._token_manager.get_tokens_by_resource(resource_type)

    @staticmethod
    def parse_token(token: str) -> dict[str, Any]:
        """What a token gives to whom and until when: see ``pnclient.access.tokens.parse_token``.

        ``PubNubException`` for what is no token.
        """
        return TokenManager.parse_token(token)

    # Subscriptions.

    @property
    def counters(self) -> Counters:
        """What became of the messages that were received: see ``filter_mode``."""
        return self._subscriptions.counters

    def add_listener(self, listener: SubscribeCallback) -> None:
        """Call ``listener`` with what is received, and with statuses."""
        self._subscriptions.add_listener(listener)

    def remove_listener(self, listener: SubscribeCallback) -> None:
        """Stop calling ``listener``."""
        self._subscriptions.remove_listener(listener)

    def get_subscribed_channels(self) -> list[str]:
        """The channels that are listened to, without those for presence."""
        return self._subscriptions.get_subscribed_channels()

    def get_subscribed_channel_groups(self) -> list[str]:
        """The groups that are listened to, without those for presence."""
        return self._subscriptions.get_subscribed_channel_groups()

    def subscribe(self) -> SubscribeBuilder:
        """Listen to channels and groups, in addition to those that are listened to already."""
        return SubscribeBuilder(self._subscriptions)

    def unsubscribe(self) -> UnsubscribeBuilder:
        """Listen to channels and groups no more, and leave them."""
        return UnsubscribeBuilder(self._subscriptions)

    def unsubscribe_all(self) -> None:
        """Listen to nothing, and leave all channels and groups."""
        self._subscriptions.unsubscribe_all()

    def reconnect(self) -> None:
        """Poll again now, from where the last poll ended."""
        self._subscriptions.reconnect()

    @property
    def _subscriptions(self) -> Driver:
        if self._driver is None:
            raise PubNubException(
                pn_error="Subscription manager is not enabled for this instance",
                errormsg="its configuration had enable_subscribe = False",
            )
        return self._driver

    @abstractmethod
    def _bind_runtime(self) -> Runtime:
        """What the client is bound to; binds it first if need be."""

    # How calls end.

    @abstractmethod
    def request_result(self, endpoint: Endpoint[R]) -> asyncio.Future[R]:
        """The typed result of a call; what failed is raised."""

    @abstractmethod
    def request_future(
        self, endpoint: Endpoint[R]
    ) -> asyncio.Future[TornadoEnvelope[R] | PubNubTornadoException]:
        """The result of a call with its status; what failed after it was sent is returned."""

    def request_sync(self, *_: object) -> NoReturn:
        raise NotImplementedError("this client does not block: await .result() or .future()")

    def request_async(self, *_: object) -> NoReturn:
        raise NotImplementedError("this client has no callbacks: await .result() or .future()")

    def request_deferred(self, *_: object) -> NoReturn:
        raise NotImplementedError("this client has no deferreds: await .result() or .future()")
