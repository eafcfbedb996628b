"""Filtering and decrypting stored messages, on the emulator and on answers that it doesn't give."""

from __future__ import annotations

from typing import Any

import pytest

import pnfilter
from pnclient.crypto import AesCbcCryptoModule, DecryptionError
from pnclient.models.consumer.history import PNHistoryItemResult
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnfilter import FilterSyntaxError
from tests.client.operations.looping import in_loop

CHANNEL = "ch"
#: Payload and metadata; the filter says of them: matches, doesn't, can't tell.
MESSAGES = [
    ({"mag": 6}, {"place": "sea"}),
    ({"mag": 4}, {"place": "sea"}),
    ({"mag": 6}, {"place": "land"}),
    ({"mag": "high"}, {"place": "sea"}),
    ("text", None),
]
FILTER = "data.mag >= 5 && place == 'sea'"


async def published(client: PubNubTornado, messages: list[tuple[Any, Any]]) -> None:
    for message, meta in messages:
        await client.publish().channel(CHANNEL).message(message).meta(meta)


@pytest.fixture(params=["plain", "static", "random", "header"])
def layout(request: pytest.FixtureRequest, config: PNConfiguration) -> PNConfiguration:
    if request.param != "plain":
        config.cipher_key = "enigma"
        config.use_random_initialization_vector = request.param == "random"
    if request.param == "header":
        config.crypto_module = AesCbcCryptoModule(config)
    return config


def payloads(items: list[Any]) -> list[Any]:
    return [item.entry if isinstance(item, PNHistoryItemResult) else item.message for item in items]


@in_loop
async def test_stored_messages_come_back_as_they_were_published(layout: PNConfiguration) -> None:
    async with PubNubTornado(layout) as client:
        await published(client, MESSAGES)
        history = await client.history().channel(CHANNEL)
        fetched = await client.fetch_messages().channels(CHANNEL).include_meta(True)
        assert payloads(history.messages) == [message for message, _ in MESSAGES]
        assert [item.error for item in history.messages] == [None] * len(MESSAGES)
        assert [(item.message, item.meta or None) for item in fetched.channels[CHANNEL]] == MESSAGES


@in_loop
async def test_a_filter_keeps_what_matches_and_what_it_can_not_tell(
    layout: PNConfiguration,
) -> None:
    async with PubNubTornado(layout) as client:
        await published(client, MESSAGES)
        history = await client.history(filter=FILTER).channel(CHANNEL)
        assert payloads(history.messages) == [{"mag": 6}, {"mag": "high"}]
        assert payloads(history.undecided) == [{"mag": "high"}]
        assert history.undecided[0] is history.messages[1]
        assert payloads(history.dropped) == [{"mag": 4}, {"mag": 6}, "text"]
        # It was asked for.
        assert [item.meta for item in history.messages] == [{"place": "sea"}] * 2

        fetched = await client.fetch_messages(filter=FILTER).channels([CHANNEL, "empty"])
        assert payloads(fetched.channels[CHANNEL]) == [{"mag": 6}, {"mag": "high"}]
        assert payloads(fetched.undecided[CHANNEL]) == [{"mag": "high"}]
        assert payloads(fetched.dropped[CHANNEL]) == [{"mag": 4}, {"mag": 6}, "text"]


@in_loop
async def test_a_count_is_one_of_messages_read(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        await published(client, MESSAGES)
        history = await client.history().channel(CHANNEL).filter(FILTER).count(4)
        assert payloads(history.messages) == [{"mag": "high"}]
        assert len(history.dropped) == 3
        fetched = await client.fetch_messages().channels(CHANNEL).filter(FILTER).count(2)
        assert fetched.channels[CHANNEL] == fetched.undecided[CHANNEL]
        assert payloads(fetched.dropped[CHANNEL]) == ["text"]


@in_loop
async def test_a_channel_of_which_nothing_matches_is_there_all_the_same(
    config: PNConfiguration,
) -> None:
    async with PubNubTornado(config) as client:
        await published(client, MESSAGES[1:2])
        fetched = await client.fetch_messages().channels(CHANNEL).filter(FILTER)
        assert fetched.channels == {CHANNEL: []}
        assert payloads(fetched.dropped[CHANNEL]) == [{"mag": 4}]
        assert fetched.undecided == {}


@in_loop
async def test_metadata_is_read_where_there_is_none(config: PNConfiguration) -> None:
    async with PubNubTornado(config) as client:
        await published(client, [(1, None), (2, {"a": 1})])
        history = await client.history().channel(CHANNEL).filter("a == 1")
        assert payloads(history.messages) == [2]
        assert payloads(history.dropped) == [1]


@in_loop
async def test_a_message_that_can_not_be_decrypted_is_kept_raw_and_marked(
    config: PNConfiguration,
) -> None:
    async with PubNubTornado(config) as client:
        await published(client, MESSAGES[:1])
        config.cipher_key = "another"
        await published(client, MESSAGES[:1])
        config.cipher_key = "enigma"
        await published(client, MESSAGES[:1])

        history = await client.history().channel(CHANNEL)
        plain, foreign, own = history.messages
        assert (plain.entry, own.entry, own.error) == ({"mag": 6}, {"mag": 6}, None)
        assert isinstance(plain.error, DecryptionError)
        assert isinstance(foreign.error, DecryptionError)
        assert isinstance(foreign.entry, str)

        filtered = await client.history().channel(CHANNEL).filter(FILTER)
        # Their payload can't be read, so it can't be told.
        assert len(filtered.messages) == 3
        assert [item.error is None for item in filtered.undecided] == [False, False]
        by_meta = await client.history().channel(CHANNEL).filter("place == 'land'")
        assert len(by_meta.dropped) == 3

        fetched = await client.fetch_messages().channels(CHANNEL)
        assert [item.error is None for item in fetched.channels[CHANNEL]] == [False, False, True]
        assert fetched.channels[CHANNEL][1].message == foreign.entry

        # With the key that it was published with, it can be decrypted after all.
        foreign.decrypt("another")
        again: Any = foreign
        assert (again.entry, again.error) == ({"mag": 6}, None)


def stored(config: PNConfiguration, filter: str, *items: dict[str, Any]) -> Any:
    """What is made of items of an answer to fetch."""
    endpoint = PubNubTornado(config).fetch_messages().channels(CHANNEL).filter(filter)
    return endpoint._parse({"channels": {CHANNEL: [{"timetoken": "1", **item} for item in items]}})


def offline() -> PNConfiguration:
    config = PNConfiguration()
    config.subscribe_key, config.uuid, config.ssl = "sub", "me", False
    return config


def test_of_a_file_only_the_metadata_is_read() -> None:
    file = {"message": {"mag": 9}, "meta": {"a": 1}, "message_type": 4}
    message = {"message": {"mag": 9}, "meta": {"a": 1}, "message_type": None}
    found = stored(offline(), "data.mag == 1", file, message)
    assert len(found.undecided[CHANNEL]) == len(found.dropped[CHANNEL]) == 1
    assert found.undecided[CHANNEL][0].message_type == 4
    assert stored(offline(), "a == 2", file).channels == {CHANNEL: []}


def test_a_payload_that_json_does_not_have_can_not_be_told() -> None:
    found = stored(offline(), "data.a == 1", {"message": {"a": "\ud800"}, "meta": ""})
    assert len(found.channels[CHANNEL]) == len(found.undecided[CHANNEL]) == 1


@pytest.mark.parametrize("wrong", ["((", "a AND b", "a == "])
def test_a_text_that_is_no_filter_is_refused_where_it_is_given(wrong: str) -> None:
    client = PubNubTornado(offline())
    for builder in (client.history(), client.fetch_messages()):
        with pytest.raises(FilterSyntaxError) as raised:
            builder.filter(wrong)
        assert "^" in str(raised.value)
    with pytest.raises(FilterSyntaxError):
        client.history(filter=wrong)
    with pytest.raises(FilterSyntaxError):
        client.fetch_messages(filter=wrong)


def test_a_filter_is_a_text_or_compiled_or_none() -> None:
    history = PubNubTornado(offline()).history().channel(CHANNEL)
    compiled = pnfilter.compile("a == 1")
    assert history.filter(compiled)._filter == compiled == history.filter("a == 1")._filter
    assert history._call().query["include_meta"] == "true"
    for nothing in (None, ""):
        assert history.filter(compiled).filter(nothing)._filter is None
        assert "include_meta" not in history._call().query


def test_a_filter_asks_for_metadata_whatever_was_said_of_it() -> None:
    history = PubNubTornado(offline()).history().channel(CHANNEL).include_meta(False)
    assert history.filter("a == 1")._call().query["include_meta"] == "true"
    assert history.filter(None)._call().query["include_meta"] == "false"


def test_results_show_nothing_of_the_cipher() -> None:
    item = PNHistoryItemResult("e", object())
    assert repr(item) == ("PNHistoryItemResult(entry='e', timetoken=None, meta=None, error=None)")
