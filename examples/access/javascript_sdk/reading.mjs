import { readFileSync } from "node:fs";
import PubNub from "pubnub";

const pubnub = new PubNub({
  origin: "127.0.0.1:7635", ssl: false,
  subscribeKey: "sub-demo", publishKey: "pub-demo", userId: "ann",
});
pubnub.setToken(readFileSync(0, "utf8").trim());

const history = await pubnub.history({ channel: "news-1" });
console.log(history.messages.map((item) => item.entry));
const requests = {
  reading: () => pubnub.history({ channel: "secrets" }),
  writing: () => pubnub.publish({ channel: "news-1", message: "It is Friday" }),
};
for (const [name, request] of Object.entries(requests)) {
  try {
    await request();
  } catch (refused) {
    console.log(name, "is refused:", refused.status.statusCode);
  }
}
pubnub.destroy();
