import collections.abc
import os

collections.MutableMapping = collections.abc.MutableMapping  # where Tornado 4.5 looks for it

from pubnub.models.consumer.v3.space import Space
from pubnub.pnconfiguration import PNConfiguration
from pubnub.pubnub_tornado import PubNubTornado

config = PNConfiguration()
config.origin, config.ssl = "127.0.0.1:7635", False
config.subscribe_key, config.publish_key, config.uuid = "sub-demo", "pub-demo", "server"
config.secret_key = os.environ["SECRET_KEY"]
pubnub = PubNubTornado(config)


async def main():
    await pubnub.publish().channel("news-1").message("It is Monday").result()
    granted = await (
        pubnub.grant_token()
        .ttl(60)  # minutes
        .spaces([Space.pattern("^news-[0-9]+$").read()])  # 4.8.1 has no other word for channels
        .result()
    )
    print(granted.get_token())


pubnub.ioloop.run_sync(main)
