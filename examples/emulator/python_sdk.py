from pubnub.pnconfiguration import PNConfiguration
from pubnub.pubnub import PubNub, SubscribeListener

config = PNConfiguration()
config.origin, config.ssl, config.daemon = "127.0.0.1:7635", False, True
config.subscribe_key, config.publish_key, config.user_id = "demo", "demo", "me"
config.filter_expression = "data.mag >= 5"
pubnub = PubNub(config)

listener = SubscribeListener()
pubnub.add_listener(listener)
pubnub.subscribe().channels("quakes").execute()
listener.wait_for_connect()
for mag in (4, 6):
    pubnub.publish().channel("quakes").message({"mag": mag}).sync()
print("received", listener.wait_for_message_on("quakes").message)
