"""What type checkers know of results.

Mypy and pyright check this file, and it runs on the emulator too.
"""

from __future__ import annotations

import asyncio
from typing import Any, assert_type

from pnclient.callbacks import SubscribeCallback
from pnclient.enums import (
    PNFilterMode,
    PNOperationType,
    PNPushEnvironment,
    PNPushType,
    PNReconnectionPolicy,
    PNStatusCategory,
)
from pnclient.models.consumer.channel_group import (
    PNChannelGroupsAddChannelResult,
    PNChannelGroupsListResult,
    PNChannelGroupsRemoveChannelResult,
    PNChannelGroupsRemoveGroupResult,
)
from pnclient.models.consumer.common import PNStatus
from pnclient.models.consumer.history import (
    PNFetchMessageItem,
    PNFetchMessagesResult,
    PNHistoryItemResult,
    PNHistoryResult,
)
from pnclient.models.consumer.message_actions import (
    PNAddMessageActionResult,
    PNGetMessageActionsResult,
    PNMessageAction,
)
from pnclient.models.consumer.message_count import PNMessageCountResult
from pnclient.models.consumer.objects_v2.channel import PNGetAllChannelMetadataResult
from pnclient.models.consumer.objects_v2.channel_members import (
    PNUUID,
    PNSetChannelMembersResult,
    PNUserMember,
)
from pnclient.models.consumer.objects_v2.common import MemberIncludes
from pnclient.models.consumer.objects_v2.memberships import (
    PNChannelMembership,
    PNManageMembershipsResult,
)
from pnclient.models.consumer.objects_v2.sort import PNSortKey, PNSortKeyValue
from pnclient.models.consumer.objects_v2.uuid import PNSetUUIDMetadataResult
from pnclient.models.consumer.presence import (
    PNGetStateResult,
    PNHereNowChannelData,
    PNHereNowResult,
    PNSetStateResult,
    PNWhereNowResult,
)
from pnclient.models.consumer.pubsub import (
    PNFireResult,
    PNMessageActionResult,
    PNMessageResult,
    PNPresenceEventResult,
    PNPublishResult,
    PNSignalMessageResult,
)
from pnclient.models.consumer.push import (
    PNPushAddChannelResult,
    PNPushListProvisionsResult,
    PNPushRemoveAllChannelsResult,
    PNPushRemoveChannelResult,
)
from pnclient.models.consumer.signal import PNSignalResult
from pnclient.models.consumer.time import PNTimeResponse
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import (
    PubNubTornado,
    PubNubTornadoException,
    SubscribeListener,
    TornadoEnvelope,
)
from pnclient.subscribe.delivery import Counters
from tests.client.connections.listening import run


async def sending(pubnub: PubNubTornado) -> int:
    publish = pubnub.publish().channel("a").message({"n": 1}).meta({"k": "v"}).should_store(True)
    publish = publish.ttl(1).use_post(True).replicate(True).custom_message_type("note")
    published = assert_type(await publish, PNPublishResult)
    assert_type(published.timetoken, int)
    assert_type(await publish.timeout(5).result(), PNPublishResult)
    assert_type(publish.result(), asyncio.Future[PNPublishResult])
    ended = assert_type(
        await publish.future(), TornadoEnvelope[PNPublishResult] | PubNubTornadoException
    )
    assert_type(ended.is_error(), bool)
    assert_type(ended.status, PNStatus)
    assert_type(ended.status.category, PNStatusCategory | None)
    assert_type(ended.status.operation, PNOperationType | None)
    if isinstance(ended, PubNubTornadoException):
        assert_type(ended.value(), Exception | None)
    else:
        assert_type(ended.result, PNPublishResult)
    assert_type(await pubnub.fire().channel("a").message(1), PNFireResult)
    assert_type(await pubnub.signal().channel("a").message("s"), PNSignalResult)
    assert_type(await pubnub.time(), PNTimeResponse)
    return published.timetoken


async def stored(pubnub: PubNubTornado, timetoken: int) -> None:
    history = assert_type(
        await pubnub.history().channel("a").count(5).include_meta(True), PNHistoryResult
    )
    assert_type(history.messages, list[PNHistoryItemResult])
    assert_type(history.dropped, list[PNHistoryItemResult])
    fetched = assert_type(await pubnub.fetch_messages().channels(["a"]), PNFetchMessagesResult)
    assert_type(fetched.channels, dict[str, list[PNFetchMessageItem]])
    counts = pubnub.message_counts().channel("a").channel_timetokens([1])
    assert_type(await counts, PNMessageCountResult)
    action = PNMessageAction()
    action.type, action.value, action.message_timetoken = "reaction", "smile", timetoken
    added = pubnub.add_message_action().channel("a").message_action(action)
    assert_type(await added, PNAddMessageActionResult)
    assert_type(await pubnub.get_message_actions().channel("a"), PNGetMessageActionsResult)
    assert_type(await pubnub.delete_messages().channel("a"), dict[str, Any])


async def presence(pubnub: PubNubTornado) -> None:
    here = assert_type(await pubnub.here_now().channels("a").include_state(True), PNHereNowResult)
    assert_type(here.channels, list[PNHereNowChannelData])
    assert_type(await pubnub.where_now(), PNWhereNowResult)
    assert_type(await pubnub.set_state().channels("a").state({"n": 1}), PNSetStateResult)
    assert_type(await pubnub.get_state().channels("a"), PNGetStateResult)
    assert_type(await pubnub.heartbeat().channels("a"), bool)


async def groups(pubnub: PubNubTornado) -> None:
    adding = pubnub.add_channel_to_channel_group().channel_group("g").channels("a")
    assert_type(await adding, PNChannelGroupsAddChannelResult)
    listed = await pubnub.list_channels_in_channel_group().channel_group("g")
    assert_type(listed, PNChannelGroupsListResult)
    removing = pubnub.remove_channel_from_channel_group().channel_group("g").channels("a")
    assert_type(await removing, PNChannelGroupsRemoveChannelResult)
    removed = await pubnub.remove_channel_group().channel_group("g")
    assert_type(removed, PNChannelGroupsRemoveGroupResult)


async def push(pubnub: PubNubTornado) -> None:
    adding = pubnub.add_channels_to_push().device_id("d").push_type(PNPushType.FCM).channels("a")
    assert_type(await adding, PNPushAddChannelResult)
    listing = pubnub.list_push_channels().device_id("d").push_type(PNPushType.FCM).start("a")
    assert_type(await listing.count(1), PNPushListProvisionsResult)
    removing = pubnub.remove_channels_from_push().push_type(PNPushType.APNS2).device_id("d")
    removing = removing.topic("t").environment(PNPushEnvironment.PRODUCTION).channels(["a"])
    assert_type(await removing, PNPushRemoveChannelResult)
    removed = await pubnub.remove_device_from_push().device_id("d").push_type(PNPushType.GCM)
    assert_type(removed, PNPushRemoveAllChannelsResult)


async def app_context(pubnub: PubNubTornado) -> None:
    made = await pubnub.set_uuid_metadata().set_name("me").custom({"n": 1}).if_matches_etag("")
    assert_type(made, PNSetUUIDMetadataResult)
    assert_type(made.data, dict[str, Any] | None)
    listing = pubnub.get_all_channel_metadata().limit(5).sort(PNSortKey.asc(PNSortKeyValue.ID))
    listed = await listing.include_custom(True)
    assert_type(listed, PNGetAllChannelMetadataResult)
    assert_type(listed.data, list[dict[str, Any]])
    assert_type(await listing.page(listed.next), PNGetAllChannelMetadataResult)
    setting = pubnub.set_channel_members().channel("a").uuids([PNUUID.uuid("u"), PNUserMember("v")])
    assert_type(await setting.include(MemberIncludes(user=True)), PNSetChannelMembersResult)
    ending = pubnub.manage_memberships().remove([PNChannelMembership.channel("a")])
    assert_type(await ending.include_channel(1), PNManageMembershipsResult)


class Listener(SubscribeCallback):
    """A listener as programs write it."""

    def status(self, pubnub: PubNubTornado, status: PNStatus) -> None:
        assert_type(status.is_error(), bool)

    def message(self, pubnub: PubNubTornado, message: PNMessageResult) -> None:
        assert_type(message.timetoken, int)
        assert_type(message.custom_message_type, str | None)

    def presence(self, pubnub: PubNubTornado, presence: PNPresenceEventResult) -> None:
        assert_type(presence.occupancy, int)

    def signal(self, pubnub: PubNubTornado, signal: PNSignalMessageResult) -> None:
        assert_type(signal.channel, str)

    async def message_action(
        self, pubnub: PubNubTornado, message_action: PNMessageActionResult
    ) -> None:
        assert_type(await pubnub.time(), PNTimeResponse)


async def subscriptions(pubnub: PubNubTornado) -> None:
    listener = SubscribeListener()
    pubnub.add_listener(listener)
    pubnub.add_listener(Listener())
    assert_type(pubnub.subscribe().channels(["a"]).with_presence().execute(), None)
    assert_type(await listener.wait_for_connect(), None)
    await pubnub.publish().channel("a").message(1)
    await pubnub.set_state().channels("a").state({"n": 2})
    assert_type(await listener.wait_for_message_on("a"), PNMessageResult)
    assert_type(await listener.wait_for_presence_on("a"), PNPresenceEventResult)
    assert_type(pubnub.get_subscribed_channels(), list[str])
    assert_type(pubnub.get_subscribed_channel_groups(), list[str])
    assert_type(pubnub.counters, Counters)
    assert_type(pubnub.unsubscribe().channels("a").execute(), None)
    assert_type(await listener.wait_for_disconnect(), None)
    pubnub.unsubscribe_all()


def configuration(config: PNConfiguration) -> None:
    assert_type(config.subscribe_key, str | None)
    assert_type(config.filter_expression, str | None)
    assert_type(config.uuid, str)
    assert_type(config.ssl, bool)
    assert_type(config.filter_mode, PNFilterMode)
    assert_type(config.reconnect_policy, PNReconnectionPolicy)


def test_what_type_checkers_know_is_so(config: PNConfiguration) -> None:
    async def main() -> None:
        async with PubNubTornado(config) as pubnub:
            assert_type(pubnub, PubNubTornado)
            await stored(pubnub, await sending(pubnub))
            await presence(pubnub)
            await groups(pubnub)
            await push(pubnub)
            await app_context(pubnub)
            await subscriptions(pubnub)
            assert_type(await pubnub.stop(), None)

    configuration(config)
    run(main())
