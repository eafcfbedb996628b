import os

from pubnub.models.consumer.v3.channel import Channel
from pubnub.pnconfiguration import PNConfiguration
from pubnub.pubnub import PubNub

config = PNConfiguration()
config.origin, config.ssl = "127.0.0.1:7635", False
config.subscribe_key, config.publish_key, config.user_id = "sub-demo", "pub-demo", "server"
config.secret_key = os.environ["SECRET_KEY"]
pubnub = PubNub(config)

pubnub.publish().channel("news-1").message("It is Monday").sync()
granted = (
    pubnub.grant_token()
    .ttl(60)  # minutes
    .authorized_user("ann")
    .channels([Channel.pattern("^news-[0-9]+$").read()])
    .sync()
)
print(granted.result.token)
