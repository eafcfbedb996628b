import asyncio

from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado, SubscribeListener

config = PNConfiguration()
config.origin, config.ssl = "127.0.0.1:7635", False
config.subscribe_key, config.publish_key, config.uuid = "demo", "demo", "me"
config.filter_expression = "data.mag >= 5"


async def main():
    listener = SubscribeListener()
    async with PubNubTornado(config) as pubnub:
        pubnub.add_listener(listener)
        pubnub.subscribe().channels("quakes").execute()
        await listener.wait_for_connect()
        for mag in (4, 6):
            await pubnub.publish().channel("quakes").message({"mag": mag})
        print("received", (await listener.wait_for_message_on("quakes")).message)


asyncio.run(main())
