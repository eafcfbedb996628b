import PubNub from "pubnub";

const pubnub = new PubNub({
  origin: "127.0.0.1:7635", ssl: false,
  subscribeKey: "demo", publishKey: "demo", userId: "me",
  filterExpression: "data.mag >= 5",
});
pubnub.addListener({
  status: () => [4, 6].forEach((mag) => pubnub.publish({ channel: "quakes", message: { mag } })),
  message: ({ message }) => { console.log("received", message); pubnub.destroy(); },
});
pubnub.subscribe({ channels: ["quakes"] });
