import collections.abc

collections.MutableMapping = collections.abc.MutableMapping  # where Tornado 4.5 looks for it

from pubnub.pnconfiguration import PNConfiguration
from pubnub.pubnub_tornado import PubNubTornado, SubscribeListener

config = PNConfiguration()
config.origin, config.ssl = "127.0.0.1:7635", False
config.subscribe_key, config.publish_key, config.uuid = "demo", "demo", "me"
config.filter_expression = "data.mag >= 5"
pubnub = PubNubTornado(config)


async def main():
    listener = SubscribeListener()
    pubnub.add_listener(listener)
    pubnub.subscribe().channels("quakes").execute()
    await listener.wait_for_connect()
    for mag in (4, 6):
        await pubnub.publish().channel("quakes").message({"mag": mag}).result()
    print("received", (await listener.wait_for_message_on("quakes")).message)


pubnub.ioloop.run_sync(main)
