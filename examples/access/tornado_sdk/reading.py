import collections.abc

collections.MutableMapping = collections.abc.MutableMapping  # where Tornado 4.5 looks for it

from pubnub.pnconfiguration import PNConfiguration
from pubnub.pubnub_tornado import PubNubTornado

config = PNConfiguration()
config.origin, config.ssl = "127.0.0.1:7635", False
config.subscribe_key, config.publish_key, config.uuid = "sub-demo", "pub-demo", "ann"
config.auth_key = input()  # 4.8.1 sends no token that is set with set_token
pubnub = PubNubTornado(config)


async def main():
    history = await pubnub.history().channel("news-1").result()
    print([item.entry for item in history.messages])
    for name, request in (
        ("reading", pubnub.history().channel("secrets")),
        ("writing", pubnub.publish().channel("news-1").message("It is Friday")),
    ):
        answer = await request.future()
        if answer.is_error():
            print(name, "is refused:", answer.status.status_code)


pubnub.ioloop.run_sync(main)
