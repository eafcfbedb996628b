"""Recorded answers of the real service to subscribe requests, and what listeners get of them."""

from __future__ import annotations

import json

import pytest

from pnclient.models.consumer.pubsub import PNMessageResult, PNPresenceEventResult
from pnclient.subscribe.delivery import Delivery
from pnclient.subscribe.response import read_answer
from tests.client.subscribing.faked import configured
from tests.client.subscribing.test_delivery import delivered

FIRST = '{"t":{"t":"14818966149684039","r":12},"m":[]}'
MESSAGE = (
    '{"t":{"t":"14818963573055360","r":12},"m":[{"a":"2","f":0,"i":"test-subscribe-asyncio-uuid-pub",'
    '"s":1,"p":{"t":"14818963573025400","r":12},"k":"SUB","c":"test-subscribe-asyncio-ch","d":"hey"}]}'
)
BY_GROUP = (
    '{"t":{"t":"14818963650918833","r":12},"m":[{"a":"2","f":0,'
    '"i":"816d9356-41d0-4b1d-ba5c-b3488822ab64","s":1,"p":{"t":"14818963650918583","r":12},"k":"SUB",'
    '"c":"test-subscribe-asyncio-channel","d":"hey","b":"test-subscribe-asyncio-group"}]}'
)
PRESENCE_BY_GROUP = (
    '{"t":{"t":"14818963671558888","r":12},"m":[{"a":"2","f":0,"p":{"t":"14818963670791786","r":1},'
    '"k":"SUB","c":"test-subscribe-asyncio-join-leave-cg-channel-pnpres","d":{"action": "join", '
    '"timestamp": 1481896367, "uuid": "test-subscribe-asyncio-listener", "occupancy": 1},'
    '"b":"test-subscribe-asyncio-join-leave-cg-group-pnpres"}]}'
)


def test_the_first_answer() -> None:
    assert read_answer(json.loads(FIRST)) == (14818966149684039, 12, ())


@pytest.mark.parametrize(
    ("text", "cursor", "expected"),
    [
        (
            MESSAGE,
            14818963573055360,
            {
                "message": "hey",
                "channel": "test-subscribe-asyncio-ch",
                "subscription": None,
                "timetoken": 14818963573025400,
                "publisher": "test-subscribe-asyncio-uuid-pub",
                "user_metadata": None,
            },
        ),
        (
            BY_GROUP,
            14818963650918833,
            {
                "message": "hey",
                "channel": "test-subscribe-asyncio-channel",
                "subscription": "test-subscribe-asyncio-group",
                "timetoken": 14818963650918583,
                "publisher": "816d9356-41d0-4b1d-ba5c-b3488822ab64",
            },
        ),
        (
            PRESENCE_BY_GROUP,
            14818963671558888,
            {
                "event": "join",
                "uuid": "test-subscribe-asyncio-listener",
                "timestamp": 1481896367,
                "occupancy": 1,
                "channel": "test-subscribe-asyncio-join-leave-cg-channel",
                "subscription": "test-subscribe-asyncio-join-leave-cg-group",
                "timetoken": 14818963670791786,
            },
        ),
    ],
    ids=["message", "by-group", "presence-by-group"],
)
def test_an_answer_with_an_event(text: str, cursor: int, expected: dict[str, object]) -> None:
    answer = read_answer(json.loads(text))
    assert (answer.cursor, answer.region) == (cursor, 12)
    (event,) = delivered(Delivery(configured()), *answer.items)
    result = getattr(event, "result", None)
    kind = PNPresenceEventResult if "event" in expected else PNMessageResult
    assert type(result) is kind
    assert {name: getattr(result, name) for name in expected} == expected
