import PubNub from "pubnub";

const pubnub = new PubNub({
  origin: "127.0.0.1:7635", ssl: false,
  subscribeKey: "sub-demo", publishKey: "pub-demo", userId: "server",
  secretKey: process.env.SECRET_KEY,
});
await pubnub.publish({ channel: "news-1", message: "It is Monday" });
const token = await pubnub.grantToken({
  ttl: 60, // minutes
  authorized_uuid: "ann",
  patterns: { channels: { "^news-[0-9]+$": { read: true } } },
});
console.log(token);
pubnub.destroy();
