import asyncio
import os

from pnclient.models.consumer.v3.channel import Channel
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado

config = PNConfiguration()
config.origin, config.ssl = "127.0.0.1:7635", False
config.subscribe_key, config.publish_key, config.uuid = "sub-demo", "pub-demo", "server"
config.secret_key = os.environ["SECRET_KEY"]


async def main():
    async with PubNubTornado(config) as pubnub:
        await pubnub.publish().channel("news-1").message("It is Monday")
        granted = await (
            pubnub.grant_token()
            .ttl(60)  # minutes
            .authorized_uuid("ann")
            .channels([Channel.pattern("^news-[0-9]+$").read()])
        )
        print(granted.token)


asyncio.run(main())
