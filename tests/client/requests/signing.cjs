// Makes one call with the official SDK for JavaScript: `node signing.cjs PORT NAME SECRET`.
'use strict';

const PubNub = require('pubnub');

const [port, name, secretKey] = process.argv.slice(2);
const odd = "a/b c~d(e)'f'!*;:@&=+$?#[]{}%20é";
const pubnub = new PubNub({
  subscribeKey: 'sub-key',
  publishKey: 'pub-key',
  secretKey,
  userId: 'a-user',
  origin: `127.0.0.1:${port}`,
  ssl: false,
});
const calls = {
  'publish with metadata': () =>
    pubnub.publish({ channel: odd, message: { a: odd }, meta: { such: 'wow', é: [odd] } }),
  set_state: () => pubnub.setState({ channels: ['a', odd], state: { mood: odd } }),
  'here_now of both': () => pubnub.hereNow({ channels: ['a', 'b'], channelGroups: ['g1', odd] }),
  'add to a group': () =>
    pubnub.channelGroups.addChannels({ channelGroup: 'g', channels: ['a', 'b c'] }),
  history: () => pubnub.history({ channel: odd, count: 5 }),
  'message_counts of several': () =>
    pubnub.messageCounts({ channels: ['a', odd], channelTimetokens: ['15000000000000000', '7'] }),
  add_message_action: () =>
    pubnub.addMessageAction({
      channel: odd,
      messageTimetoken: '15000000000000000',
      action: { type: 'reaction', value: 'é "q"' },
    }),
  remove_message_action: () =>
    pubnub.removeMessageAction({
      channel: odd,
      messageTimetoken: '15000000000000000',
      actionTimetoken: '15000000000000001',
    }),
};
calls[name]().catch(() => {});
