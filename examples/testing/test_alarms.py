"""Tests of an app that subscribes with a filter: ``pytest examples/testing/test_alarms.py``."""

import asyncio

import pytest

from pnclient.callbacks import SubscribeCallback
from pnclient.enums import PNReconnectionPolicy, PNStatusCategory
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado
from pnfilter.live import Recording, Replay


def configured(origin, user):
    config = PNConfiguration()
    config.origin, config.ssl = origin, False
    config.subscribe_key, config.publish_key, config.uuid = "demo", "demo", user
    return config


class Alarms(SubscribeCallback):
    """What is tested: it collects strong earthquakes."""

    def __init__(self):
        self.connected = asyncio.Event()
        self.found = asyncio.Queue()

    def status(self, pubnub, status):
        if status.category == PNStatusCategory.PNConnectedCategory:
            self.connected.set()

    def message(self, pubnub, message):
        self.found.put_nowait(message.message)

    def watching(self, origin):
        config = configured(origin, "app")
        config.filter_expression = "data.mag >= 5"
        config.reconnect_policy = PNReconnectionPolicy.EXPONENTIAL
        pubnub = PubNubTornado(config)
        pubnub.add_listener(self)
        pubnub.subscribe().channels("quakes").execute()
        return pubnub


async def alarms_of(server, *magnitudes, fault=None):
    """What the app makes of these earthquakes."""
    app = Alarms()
    async with app.watching(server.origin), PubNubTornado(configured(server.origin, "me")) as me:
        await app.connected.wait()
        if fault:
            server.add_fault(fault, operation="subscribe", user="app", count=2)
        for mag in magnitudes:
            await me.publish().channel("quakes").message({"mag": mag})
        return [await app.found.get() for mag in magnitudes if mag >= 5]


def test_weak_earthquakes_make_no_alarm(pnfilter_server):
    found = asyncio.run(alarms_of(pnfilter_server, 4.9, 5, 3, 7.1))
    assert found == [{"mag": 5}, {"mag": 7.1}]


def test_the_service_filters_and_not_the_app(pnfilter_server):
    asyncio.run(alarms_of(pnfilter_server, 3, 5, 6))
    (app,) = pnfilter_server.subscribers(user="app")
    assert (app["filter"], app["delivered"]) == ("data.mag >= 5", 2)


def test_no_alarm_is_lost_with_the_connection(pnfilter_server):
    found = asyncio.run(alarms_of(pnfilter_server, 4, 5, 6, fault="cut"))
    assert found == [{"mag": 5}, {"mag": 6}]
    assert [fault["hits"] for fault in pnfilter_server.faults()] == [2]


async def alarms_of_recording(server, path, count):
    """The first alarms of the app while a recording is published again."""
    app = Alarms()
    recording = Recording(path, complain=pytest.fail)
    async with app.watching(server.origin), PubNubTornado(configured(server.origin, "me")) as me:
        await app.connected.wait()
        await Replay(me, speed=None).run(recording)
        return [await app.found.get() for _ in range(count)]


def test_last_night(pnfilter_server, tmp_path):
    night = tmp_path / "night.ndjson"
    magnitudes = (4.9, 6.1, 3, 5.5)
    night.write_text("".join(f'{{"c": "quakes", "d": {{"mag": {mag}}}}}\n' for mag in magnitudes))
    found = asyncio.run(alarms_of_recording(pnfilter_server, str(night), 2))
    assert found == [{"mag": 6.1}, {"mag": 5.5}]
