from pubnub.exceptions import PubNubException
from pubnub.pnconfiguration import PNConfiguration
from pubnub.pubnub import PubNub

config = PNConfiguration()
config.origin, config.ssl = "127.0.0.1:7635", False
config.subscribe_key, config.publish_key, config.user_id = "sub-demo", "pub-demo", "ann"
pubnub = PubNub(config)
pubnub.set_token(input())

history = pubnub.history().channel("news-1").sync()
print([item.entry for item in history.result.messages])
for name, request in (
    ("reading", pubnub.history().channel("secrets")),
    ("writing", pubnub.publish().channel("news-1").message("It is Friday")),
):
    try:
        request.sync()
    except PubNubException as refused:
        print(name, "is refused:", refused.get_status_code())
