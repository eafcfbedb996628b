import asyncio

from pnclient.exceptions import PubNubException
from pnclient.pnconfiguration import PNConfiguration
from pnclient.pubnub_tornado import PubNubTornado

config = PNConfiguration()
config.origin, config.ssl = "127.0.0.1:7635", False
config.subscribe_key, config.publish_key, config.uuid = "sub-demo", "pub-demo", "ann"


async def main(token):
    async with PubNubTornado(config) as pubnub:
        pubnub.set_token(token)
        history = await pubnub.history().channel("news-1")
        print([item.entry for item in history.messages])
        for name, request in (
            ("reading", pubnub.history().channel("secrets")),
            ("writing", pubnub.publish().channel("news-1").message("It is Friday")),
        ):
            try:
                await request
            except PubNubException as refused:
                print(name, "is refused:", refused.status.status_code)


asyncio.run(main(input()))
