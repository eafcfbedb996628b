"""Each operation by its effect on the emulator, awaited as programs await it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from pnclient.callbacks import SubscribeCallback
from pnclient.endpoints.presence.leave import Leave
from pnclient.enums import PNOperationType, PNPushEnvironment, PNPushType, PNStatusCategory
from pnclient.exceptions import PubNubException
from pnclient.models.consumer.message_actions import PNMessageAction
from pnclient.models.consumer.time import PNTimeResponse
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, PubNubTornadoException, TornadoEnvelope
from tests.client.operations.looping import in_loop

#: Names that have to be encoded wherever they stand.
ODD = "a/b c~d?&=+%é"


class Received(SubscribeCallback):
    """What a subscriber is told, in the order in which it comes."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.connected = asyncio.Event()

    def status(self, pubnub: Any, status: Any) -> None:
        if status.category is PNStatusCategory.PNConnectedCategory:
            self.connected.set()

    def message(self, pubnub: Any, message: Any) -> None:
        self.messages.put_nowait(message)

    def signal(self, pubnub: Any, signal: Any) -> None:
        self.messages.put_nowait(signal)

    def presence(self, pubnub: Any, presence: Any) -> None:
        self.messages.put_nowait(presence)

    async def next(self) -> Any:
        return await asyncio.wait_for(self.messages.get(), 10)


async def subscribed(client: PubNubTornado, channel: str) -> Received:
    received = Received()
    client.add_listener(received)
    client.subscribe().channels([channel]).execute()
    await asyncio.wait_for(received.connected.wait(), 10)
    return received


@in_loop
async def test_time(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        before = await client.time()
        after = await client.time().result()
        assert isinstance(after, PNTimeResponse)
        assert 16e15 < int(before) <= int(after)


@pytest.mark.parametrize("message", [1, "hello", 'say "hi"\\\n', "é 🎉", [None], {"a": {"b": ODD}}])
@pytest.mark.parametrize("use_post", [False, True])
def test_publish(config: PNConfiguration, message: Any, use_post: bool) -> None:
    @in_loop
    async def run() -> None:
        async with PubNubTornado(config) as client:
            sent = await (
                client.publish()
                .channel(ODD)
                .message(message)
                .meta({"such": ODD})
                .custom_message_type("note")
                .use_post(use_post)
            )
            stored = await (
                client.fetch_messages()
                .channels([ODD])
                .include_meta(True)
                .include_uuid(True)
                .include_custom_message_type(True)
            )
            (item,) = stored.channels[ODD]
            assert (item.message, item.meta) == (message, {"such": ODD})
            assert (int(item.timetoken), item.uuid) == (sent.timetoken, "user")
            assert item.custom_message_type == "note"

    run()


@in_loop
async def test_publish_without_storing(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        received = await subscribed(client, "ch")
        sent = (
            await client.publish().channel("ch").message("gone").should_store(False).meta({"m": 1})
        )
        message = await received.next()
        assert (message.message, message.channel, message.publisher) == ("gone", "ch", "user")
        assert (message.timetoken, message.user_metadata) == (sent.timetoken, {"m": 1})
        assert (await client.history().channel("ch")).messages == []


@in_loop
async def test_subscribing_from_a_moment(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        # A channel keeps what is published from its first subscriber on.
        await subscribed(client, "ch")
        sent = [await client.publish().channel("ch").message(number) for number in range(3)]
        client.unsubscribe_all()
        received = Received()
        client.add_listener(received)
        builder = client.subscribe().channels("ch,other").channel_groups(["g"])
        assert builder.channel_subscriptions() == ["ch", "other"]
        assert builder.channel_group_subscriptions() == ["g"]
        builder.with_timetoken(sent[0].timetoken).execute()
        assert [(await received.next()).message for _ in range(2)] == [1, 2]


@in_loop
async def test_fire_and_signal(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        received = await subscribed(client, "ch")
        fired = await client.fire().channel("ch").message({"a": 1}).meta({"a b": "c d"})
        signalled = (
            await client.signal().channel("ch").message({"typing": True}).custom_message_type("t")
        )
        # The one that was fired would have come before.
        signal = await received.next()
        assert (signal.message, str(signal.timetoken)) == ({"typing": True}, signalled.timetoken)
        assert signal.custom_message_type == "t"
        assert fired.timetoken < signal.timetoken
        assert (await client.history().channel("ch")).messages == []


@in_loop
async def test_history_of_a_time(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        sent = [
            (await client.publish().channel(ODD).message(number)).timetoken for number in range(5)
        ]
        whole = await client.history().channel(ODD).include_timetoken(True)
        assert [(item.entry, item.timetoken) for item in whole.messages] == list(enumerate(sent))
        assert (whole.start_timetoken, whole.end_timetoken) == (sent[0], sent[-1])
        newest = await client.history().channel(ODD).count(2)
        assert [item.entry for item in newest.messages] == [3, 4]
        oldest = await client.history().channel(ODD).count(2).reverse(True)
        assert [item.entry for item in oldest.messages] == [0, 1]
        middle = await client.history().channel(ODD).start(sent[3]).end(sent[1])
        assert [item.entry for item in middle.messages] == [1, 2]

        fetched = await client.fetch_messages().channels([ODD]).start(sent[3]).end(sent[1])
        assert [item.message for item in fetched.channels[ODD]] == [1, 2]
        assert (fetched.start_timetoken, fetched.end_timetoken) == (sent[3], sent[1])
        few = await client.fetch_messages().channels([ODD, "none"]).maximum_per_channel(1)
        assert [item.message for item in few.channels[ODD]] == [4]

        counts = (
            await client.message_counts().channel([ODD, "none"]).channel_timetokens([sent[2], 1])
        )
        assert counts.channels == {ODD: 2, "none": 0}
        since = await client.message_counts().channel("none").channel_timetokens([sent[2]])
        assert since.channels == {"none": 0}

        assert await client.delete_messages().channel(ODD).start(sent[0]).end(sent[1]) == {}
        rest = await client.history().channel(ODD)
        assert [item.entry for item in rest.messages] == [0, 2, 3, 4]
        await client.delete_messages().channel(ODD)
        assert (await client.history().channel(ODD)).messages == []


@in_loop
async def test_message_actions(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        sent = (await client.publish().channel(ODD).message("m")).timetoken
        action = PNMessageAction()
        action.type, action.value, action.message_timetoken = "reaction", 'é "q"', sent
        added = await client.add_message_action().channel(ODD).message_action(action)
        assert (added.type, added.value, added.uuid) == ("reaction", 'é "q"', "user")
        assert (added.message_timetoken, int(added.action_timetoken) > sent) == (str(sent), True)

        listed = await client.get_message_actions().channel(ODD)
        (only,) = listed.actions
        assert vars(only) == vars(added)
        moment = added.action_timetoken
        ranged = client.get_message_actions().channel(ODD).end(moment).limit(1)
        assert len((await ranged).actions) == 1
        assert (await client.get_message_actions().channel(ODD).start(moment)).actions == []

        fetched = await client.fetch_messages().channels([ODD]).include_message_actions(True)
        assert fetched.channels[ODD][0].actions == {
            "reaction": {'é "q"': [{"uuid": "user", "actionTimetoken": moment}]}
        }
        removing = client.remove_message_action().channel(ODD).message_timetoken(sent)
        assert await removing.action_timetoken(moment) == {}
        assert (await client.get_message_actions().channel(ODD)).actions == []


@in_loop
async def test_groups(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        names = ["a b", "c~é"]
        await client.add_channel_to_channel_group().channel_group("g 1").channels(names)
        listed = await client.list_channels_in_channel_group().channel_group("g 1")
        assert sorted(listed.channels) == names
        await client.remove_channel_from_channel_group().channel_group("g 1").channels(names[:1])
        listed = await client.list_channels_in_channel_group().channel_group("g 1")
        assert listed.channels == names[1:]
        await client.remove_channel_group().channel_group("g 1")
        listed = await client.list_channels_in_channel_group().channel_group("g 1")
        assert listed.channels == []


@in_loop
async def test_push(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        names = ["a b", "c~é", "d;e"]

        def reaching(builder: Any, *, production: bool) -> Any:
            if not production:
                return builder.device_id(ODD).push_type(PNPushType.GCM)
            builder.environment(PNPushEnvironment.PRODUCTION).topic("com.app&x")
            return builder.device_id("0123456789abcdef").push_type(PNPushType.APNS2)

        async def listed(*, production: bool) -> list[str]:
            found = await reaching(client.list_push_channels(), production=production)
            channels: list[str] = found.channels
            return channels

        for production in (False, True):
            assert await listed(production=production) == []
            await reaching(client.add_channels_to_push(), production=production).channels(names)
            assert await listed(production=production) == names
        listing = reaching(client.list_push_channels(), production=True)
        assert (await listing.start("a b").count(1)).channels == ["c~é"]
        await reaching(client.remove_channels_from_push(), production=True).channels(names[1:])
        assert await listed(production=True) == ["a b"]
        await reaching(client.remove_device_from_push(), production=True)
        assert await listed(production=True) == []
        assert await listed(production=False) == names


@in_loop
async def test_a_device_is_in_no_log_and_no_status(
    config: PNConfiguration, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "pnclient")
    device = "DEVICEWORD 0123/456"
    async with PubNubTornado(config) as client:
        builder = client.add_channels_to_push().device_id(device).push_type(PNPushType.GCM)
        envelope = await builder.channels("such").future()
        # The emulator has no such name.
        refused = await builder.channels("x" * 2000).future()
    assert isinstance(envelope, TornadoEnvelope)
    assert isinstance(refused, PubNubTornadoException)
    told = [caplog.text, repr(builder._call()), repr(refused), str(refused.status.error_data)]
    told += [str(one.status.client_request) for one in (envelope, refused)]
    assert "/devices/***?add=such&type=gcm" in told[0]
    assert not [text for text in told if "DEVICEWORD" in text]


@in_loop
async def test_presence(config: PNConfiguration) -> None:
    config.uuid = ODD
    async with PubNubTornado(config) as client:
        await client.add_channel_to_channel_group().channel_group("g").channels("c")
        beat = client.heartbeat().channels(["a", "b"]).channel_groups("g").state({"a": {"n": ODD}})
        assert await beat is True
        assert sorted((await client.where_now()).channels) == ["a", "b", "c"]
        assert sorted((await client.where_now().uuid(ODD)).channels) == ["a", "b", "c"]
        assert (await client.where_now().uuid("nobody")).channels == []

        one = await client.here_now().channels("a").include_state(True)
        assert (one.total_channels, one.total_occupancy) == (1, 1)
        (there,) = one.channels
        assert there.occupants is not None
        assert [(user.uuid, user.state) for user in there.occupants] == [(ODD, {"n": ODD})]
        several = await client.here_now().channels(["a", "none"]).channel_groups("g")
        assert {channel.channel_name for channel in several.channels} >= {"a", "c"}
        everywhere = await client.here_now().include_uuids(False)
        assert {one.channel_name: one.occupancy for one in everywhere.channels} == {
            "a": 1,
            "b": 1,
            "c": 1,
        }
        nobody = await client.here_now().channels("none")
        assert [(one.channel_name, one.occupancy) for one in nobody.channels] == [("none", 0)]

        state = {"mood": ODD, "list": [1, None]}
        assert (await client.set_state().channels("a,b").state(state)).state == state
        assert (await client.get_state().channels("a")).channels == {"a": state}
        assert (await client.get_state().channels(["a", "b"])).channels == {"a": state, "b": state}
        other = await client.get_state().channels("a").uuid("nobody")
        assert other.channels == {"a": {}}

        left = await Leave(client).channels("a,b").channel_groups("g")
        assert left["action"] == "leave"
        assert (await client.where_now()).channels == []


@in_loop
async def test_a_state_that_was_set_is_reported_to_whoever_repeats_it(
    config: PNConfiguration,
) -> None:
    async with PubNubTornado(config) as client:
        await subscribed(client, "ch")
        await client.set_state().channels("ch").state({"n": 1})
        read = await client.get_state().channels("ch")
        assert read.channels == {"ch": {"n": 1}}


@in_loop
async def test_a_client_that_can_not_subscribe_sets_a_state_too(config: PNConfiguration) -> None:
    config.enable_subscribe = False
    async with PubNubTornado(config) as client:
        await client.heartbeat().channels("ch")
        assert (await client.set_state().channels("ch").state({"n": 1})).state == {"n": 1}
        assert (await client.get_state().channels("ch")).channels == {"ch": {"n": 1}}


@in_loop
async def test_the_endings_of_a_call(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        sent = await client.publish().channel("ch").message(1).future()
        assert isinstance(sent, TornadoEnvelope)
        assert not sent.is_error()
        assert sent.status.operation is PNOperationType.PNPublishOperation
        assert sent.status.category is PNStatusCategory.PNAcknowledgmentCategory
        assert sent.status.original_response == [1, "Sent", str(sent.result.timetoken)]

        # More than the service takes.
        refused = await client.signal().channel("ch").message("x" * 1000).future()
        assert isinstance(refused, PubNubTornadoException)
        assert refused.is_error()
        assert refused.status.is_error()
        with pytest.raises(PubNubException, match=r"^HTTP Client Error \(4\d\d\): ") as raised:
            await client.signal().channel("ch").message("x" * 1000)
        assert str(raised.value)[:50] == str(refused)[:50]
        assert raised.value.status is not None

        for ending in ("result", "future"):
            with pytest.raises(PubNubException, match=r"^Channel missing$"):
                await getattr(client.publish().message(1), ending)()


@in_loop
async def test_calls_are_signed_so_that_the_emulator_accepts_them(config: PNConfiguration) -> None:
    config.secret_key, config.auth_key = "sec", ODD
    async with PubNubTornado(config) as client:
        for use_post in (False, True):
            await (
                client.publish()
                .channel(ODD)
                .message({"a": ODD})
                .meta({"m": ODD})
                .use_post(use_post)
            )
        await client.heartbeat().channels([ODD]).state({ODD: {"n": 1}})
        await client.time()
        assert len((await client.history().channel(ODD)).messages) == 2
