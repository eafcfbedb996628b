// The driver of the JavaScript SDK 12; line_protocol.py says what the lines hold.
'use strict';
const fs = require('node:fs');
const readline = require('node:readline');

// Every line of standard output is an answer.
for (const name of ['debug', 'error', 'info', 'log', 'trace', 'warn'])
  console[name] = (...texts) => process.stderr.write(texts.join(' ') + '\n');

const PubNub = require('pubnub');

class Failure extends Error {
  constructor(kind, message, status, category) {
    super(message);
    Object.assign(this, { kind, status, category });
  }
}

const text = (value) => (value === undefined || value === null ? null : String(value));
const sent = (result) => ({ timetoken: text(result.timetoken) });
const done = () => ({});
const action = (one) => ({
  type: one.type,
  value: one.value,
  message_timetoken: text(one.messageTimetoken),
  action_timetoken: text(one.actionTimetoken),
  uuid: one.uuid,
});
const rename = (args, names) =>
  Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      if (!(name in names)) throw new Failure('no such call', name);
      return [names[name], value];
    }),
  );

const places = { channels: 'channels', groups: 'channelGroups' };
const group = { group: 'channelGroup', channels: 'channels' };
const message = { channel: 'channel', message: 'message', custom_type: 'customMessageType' };
const rights = {
  channels: 'channels', groups: 'channelGroups', auth: 'authKeys', read: 'read', write: 'write',
  manage: 'manage', delete: 'delete', ttl: 'ttl',
};
// The letters of the rights to each channel and group, by auth key; an empty one is everybody.
const letters = (held) => ['r', 'w', 'm', 'd'].filter((letter) => held[letter]).join('');
const named = (data) => {
  const keys = Object.entries(data.auths ?? {}).map(([key, held]) => [key, letters(held)]);
  return Object.fromEntries(letters(data) ? [['', letters(data)], ...keys] : keys);
};
const each = (alone, several, auths) =>
  typeof alone === 'string'
    ? { [alone]: named({ auths }) }
    : Object.fromEntries(Object.entries(several ?? {}).map(([name, data]) => [name, named(data)]));
const granted = (payload) => ({
  level: payload.level,
  ttl: payload.ttl ?? null,
  channels: each(payload.channel, payload.channels, payload.auths),
  groups: each(payload['channel-groups'], payload['channel-groups'], payload.auths),
});
const allowed = (names) =>
  Object.fromEntries(
    Object.entries(names ?? {}).map(([name, words]) => [
      name,
      Object.fromEntries(words.map((word) => [word, true])),
    ]),
  );
const device = { device: 'device', type: 'pushGateway', topic: 'topic', environment: 'environment' };
const published = { ...message, meta: 'meta', store: 'storeInHistory', post: 'sendByPost', ttl: 'ttl' };

// Of App Context the tests name fields and what is included one by one.
const fields = {
  name: 'name', email: 'email', external_id: 'externalId', profile_url: 'profileUrl', description: 'description',
  custom: 'custom', status: 'status', type: 'type',
};
const included = {
  with_custom: 'customFields', with_status: 'statusField', with_type: 'typeField', count: 'totalCount',
};
const sides = {
  members: ['UUIDFields', 'customUUIDFields'], memberships: ['channelFields', 'customChannelFields'],
};
const objectNames = {
  user: 'uuid', channel: 'channel', limit: 'limit', filter: 'filter', page: 'page', sort: 'sort', tag: 'ifMatchesEtag',
  data: 'data', include: 'include', uuids: 'uuids', channels: 'channels',
};
const isObject = (op) => /^(user|channel|members|memberships)(s|_\w+)?$/.test(op) && op in calls;
function objectArgs(op, given) {
  const [kind, verb] = op.split('_');
  const args = {};
  for (const [name, value] of Object.entries(given)) {
    if (name in fields && verb === 'set' && kind in { user: 1, channel: 1 }) (args.data ??= {})[fields[name]] = value;
    else if (name in included) (args.include ??= {})[included[name]] = value;
    else if (name === 'with_side') for (const one of sides[kind]) (args.include ??= {})[one] = true;
    else if (name === 'rows')
      args[kind === 'members' ? 'uuids' : 'channels'] = verb === 'remove' ? value.map((row) => row.id) : value;
    else if (name === 'sort') args.sort = Object.fromEntries([value.split(':')]);
    else args[name] = value;
  }
  return args;
}
const data = (result) => result.data ?? null;
const listed = (result) => ({
  data: result.data, total: result.totalCount ?? null, next: result.next ?? null, prev: result.prev ?? null,
});

const file = { channel: 'channel', id: 'id', name: 'name' };
const aboutFile = { message: 'message', meta: 'meta', store: 'storeInHistory' };

// The SDK's name of a call, its options by the tests' names, what of its result is told.
const calls = {
  time: ['time', null, sent],
  publish: ['publish', published, sent],
  fire: ['fire', published, sent],
  signal: ['signal', message, sent],
  here_now: [
    'hereNow',
    { ...places, state: 'includeState', uuids: 'includeUUIDs' },
    (result) => ({
      channels: Object.fromEntries(
        Object.values(result.channels).map((one) => [
          one.name,
          {
            occupancy: one.occupancy,
            occupants: one.occupants.map(({ uuid, state }) => ({ uuid, state: state ?? null })),
          },
        ]),
      ),
      total_channels: result.totalChannels,
      total_occupancy: result.totalOccupancy,
    }),
  ],
  where_now: ['whereNow', { uuid: 'uuid' }, (result) => result.channels],
  set_state: ['setState', { ...places, state: 'state' }, (result) => result.state],
  // With several channels the SDK passes the whole payload on as "channels".
  get_state: [
    'getState',
    { ...places, uuid: 'uuid' },
    (result) => result.channels.channels ?? result.channels,
  ],
  group_list: ['channelGroups.listChannels', group, (result) => result.channels],
  group_add: ['channelGroups.addChannels', group, done],
  group_remove: ['channelGroups.removeChannels', group, done],
  group_delete: ['channelGroups.deleteGroup', group, done],
  push_list: ['push.listChannels', { ...device, start: 'start', count: 'count' }, (result) => result.channels],
  push_add: ['push.addChannels', { ...device, channels: 'channels' }, done],
  push_remove: ['push.removeChannels', { ...device, channels: 'channels' }, done],
  push_remove_device: ['push.deleteDevice', device, done],
  file_send: [
    'sendFile', { channel: 'channel', file: 'file', ...aboutFile },
    (result) => ({ id: result.id, name: result.name, timetoken: text(result.timetoken) }),
  ],
  file_read: ['downloadFile', file, async (result) => (await result.toBuffer()).toString('base64')],
  file_list: [
    'listFiles', { channel: 'channel', limit: 'limit', next: 'next' },
    (result) => ({
      files: result.data.map(({ name, id, size }) => ({ name, id, size })),
      next: result.next ?? null,
    }),
  ],
  file_url: ['getFileUrl', file, (url) => url],
  file_delete: ['deleteFile', file, done],
  file_publish: ['publishFile', { channel: 'channel', id: 'fileId', name: 'fileName', ...aboutFile }, sent],
  grant: ['grant', rights, granted],
  // It asks of one channel and one group.
  audit: ['audit', { channels: 'channel', groups: 'channelGroup', auth: 'authKeys' }, granted],
  grant_token: ['grantToken', { ttl: 'ttl', resources: 'resources', patterns: 'patterns', user: 'authorized_uuid' }, (token) => ({ token })],
  revoke_token: ['revokeToken', null, done],
  user_set: ['objects.setUUIDMetadata', objectNames, data],
  user_get: ['objects.getUUIDMetadata', objectNames, data],
  user_remove: ['objects.removeUUIDMetadata', objectNames, data],
  users: ['objects.getAllUUIDMetadata', objectNames, listed],
  channel_set: ['objects.setChannelMetadata', objectNames, data],
  channel_get: ['objects.getChannelMetadata', objectNames, data],
  channel_remove: ['objects.removeChannelMetadata', objectNames, data],
  channels: ['objects.getAllChannelMetadata', objectNames, listed],
  members_set: ['objects.setChannelMembers', objectNames, listed],
  members: ['objects.getChannelMembers', objectNames, listed],
  members_remove: ['objects.removeChannelMembers', objectNames, listed],
  memberships_set: ['objects.setMemberships', objectNames, listed],
  memberships: ['objects.getMemberships', objectNames, listed],
  memberships_remove: ['objects.removeMemberships', objectNames, listed],
  history: [
    'history',
    {
      channel: 'channel', start: 'start', end: 'end', count: 'count', reverse: 'reverse',
      timetokens: 'stringifiedTimeToken', meta: 'includeMeta',
    },
    (result) => ({
      messages: result.messages.map((item) => ({
        message: item.entry,
        timetoken: text(item.timetoken),
        meta: item.meta ?? null,
      })),
      start: text(result.startTimeToken),
      end: text(result.endTimeToken),
    }),
  ],
  fetch: [
    'fetchMessages',
    {
      channels: 'channels', start: 'start', end: 'end', count: 'count', meta: 'includeMeta',
      uuid: 'includeUUID', message_type: 'includeMessageType',
      custom_type: 'includeCustomMessageType', actions: 'includeMessageActions',
    },
    (result) =>
      Object.fromEntries(
        Object.entries(result.channels).map(([channel, items]) => [
          channel,
          items.map((item) => ({
            message: item.message,
            timetoken: text(item.timetoken),
            meta: item.meta ?? null,
            uuid: item.uuid ?? null,
            message_type: item.messageType ?? null,
            custom_type: item.customMessageType ?? null,
            actions: item.actions ?? null,
          })),
        ]),
      ),
  ],
  delete: ['deleteMessages', { channel: 'channel', start: 'start', end: 'end' }, done],
  counts: [
    'messageCounts',
    { channels: 'channels', timetokens: 'channelTimetokens' },
    (result) => result.channels,
  ],
  action_add: [
    'addMessageAction',
    { channel: 'channel', message_timetoken: 'messageTimetoken', action: 'action' },
    (result) => action(result.data),
  ],
  action_list: [
    'getMessageActions',
    { channel: 'channel', start: 'start', end: 'end', limit: 'limit' },
    (result) => result.data.map(action),
  ],
  action_remove: [
    'removeMessageAction',
    { channel: 'channel', message_timetoken: 'messageTimetoken', action_timetoken: 'actionTimetoken' },
    done,
  ],
};

class Client {
  constructor(settings) {
    this.events = [];
    this.arrived = null;
    this.pubnub = new PubNub(configuration(settings));
    const message = (event, told) =>
      this.put({
        event,
        channel: told.channel,
        // The SDK tells the channel itself where nothing else matched.
        subscription: told.subscription === told.channel ? null : told.subscription,
        payload: told.message,
        meta: told.userMetadata ?? null,
        timetoken: text(told.timetoken),
        publisher: told.publisher ?? null,
        custom_type: told.customMessageType ?? null,
        undecrypted: told.error ?? null,
      });
    this.pubnub.addListener({
      message: (told) => message('message', told),
      signal: (told) => message('signal', told),
      file: (told) =>
        this.put({
          event: 'file',
          channel: told.channel,
          payload: told.message ?? null,
          id: told.file.id,
          name: told.file.name,
          timetoken: text(told.timetoken),
        }),
      presence: (told) =>
        this.put({
          event: 'presence',
          action: told.action,
          channel: told.channel,
          subscription: withoutSuffix(told.subscription, told.channel),
          uuid: told.uuid ?? null,
          occupancy: told.occupancy,
          timestamp: told.timestamp,
          timetoken: text(told.timetoken),
          state: told.state ?? null,
        }),
      messageAction: (told) =>
        this.put({ event: 'action', change: told.event, channel: told.channel, ...action(told.data) }),
      objects: ({ message: { type, event, data } }) => this.put({ event: 'object', type, change: event, data }),
      status: (told) =>
        this.put({
          event: 'status',
          category: told.category ?? null,
          operation: told.operation ?? null,
          error: Boolean(told.error),
          status: told.statusCode ?? told.errorData?.status ?? null,
          message: told.error === true ? JSON.stringify(told.errorData) : text(told.error || null),
        }),
    });
  }

  put(event) {
    this.events.push(event);
    if (this.arrived) this.arrived();
  }

  async take(seconds) {
    if (!this.events.length) {
      let timer;
      await new Promise((resolve) => {
        this.arrived = resolve;
        timer = setTimeout(resolve, seconds * 1000);
      });
      clearTimeout(timer);
      this.arrived = null;
    }
    if (!this.events.length) throw new Failure('no answer', `no event within ${seconds} s`);
    return this.events.shift();
  }
}

function withoutSuffix(subscription, channel) {
  const name = (subscription ?? '').replace(/-pnpres$/, '');
  return name === channel || name === '' ? null : name;
}

function configuration(settings) {
  const config = { ssl: Boolean(settings.tls), retryConfiguration: PubNub.NoneRetryPolicy() };
  const names = {
    subscribe_key: 'subscribeKey', publish_key: 'publishKey', auth_key: 'authKey', secret_key: 'secretKey', uuid: 'userId',
    origin: 'origin', presence_timeout: 'presenceTimeout', event_engine: 'enableEventEngine',
  };
  for (const [name, value] of Object.entries(settings)) if (name in names) config[names[name]] = value;
  if (settings.reconnect)
    config.retryConfiguration = PubNub.LinearRetryPolicy({ delay: 2, maximumRetry: 5 });
  const { cipher_key: cipherKey, random_iv: useRandomIVs } = settings;
  if (settings.crypto_module) config.cryptoModule = PubNub.CryptoModule.aesCbcCryptoModule({ cipherKey });
  else if (cipherKey)
    config.cryptoModule = PubNub.CryptoModule.legacyCryptoModule({ cipherKey, useRandomIVs });
  return config;
}

function immediate(client, op, args) {
  const { pubnub } = client;
  if (op === 'subscribe')
    pubnub.subscribe({ ...rename(without(args, 'presence', 'timetoken'), places), withPresence: args.presence, timetoken: args.timetoken });
  else if (op === 'unsubscribe' && !Object.keys(args).length) pubnub.unsubscribeAll();
  else if (op === 'unsubscribe') pubnub.unsubscribe(rename(args, places));
  else if (op === 'set_token') pubnub.setToken(args.token);
  else if (op === 'set_filter') pubnub.setFilterExpression(args.filter);
  else return false;
  return true;
}

const without = (args, ...names) =>
  Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name)));

async function resultOf(client, op, args, timeout) {
  if (!(op in calls)) throw new Failure('no such call', op);
  const [method, names, told] = calls[op];
  if (op === 'action_add') {
    const { channel, message_timetoken, type, value } = args;
    args = { channel, message_timetoken, action: { type, value } };
  }
  if (op === 'audit') args = { ...args, channels: args.channels?.join(',') };
  if (op === 'grant_token') {
    const { ttl, channels, patterns, user } = args;
    args = { ttl, resources: { channels: allowed(channels) }, patterns: { channels: allowed(patterns) } };
    if (user !== undefined) args.user = user;
  }
  if (isObject(op)) args = objectArgs(op, args);
  if (op === 'file_send') {
    const { content, name, ...others } = args;
    args = { ...others, file: { data: Buffer.from(content, 'base64'), name } };
  }
  const path = method.split('.');
  const owner = path.slice(0, -1).reduce((object, name) => object[name], client.pubnub);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failure('no answer', `nothing within ${timeout} s`)), timeout * 1000);
  });
  try {
    const given = names ? [rename(args, names)] : Object.values(args);
    const called = method === 'fire' ? fired(client.pubnub, ...given) : owner[path.at(-1)](...given);
    return await told(await Promise.race([called, late]));
  } catch (error) {
    if (!error.status || error instanceof Failure) throw error;
    const { statusCode, category, errorData } = error.status;
    const said = errorData instanceof Error ? errorData.message : JSON.stringify(errorData ?? null);
    throw new Failure('service', `${error.message} ${said}`, statusCode ?? null, category ?? null);
  } finally {
    clearTimeout(timer);
  }
}

// The promise of fire() never has a result: only its callback is told.
const fired = (pubnub, given) =>
  new Promise((resolve, reject) =>
    pubnub.fire(given, (status, result) => (status.error ? reject({ message: 'fire', status }) : resolve(result))),
  );

const clients = new Map();

async function respond({ op, client: name, args, timeout }) {
  if (op === 'open') {
    const client = new Client(args);
    if (args.filter) client.pubnub.setFilterExpression(args.filter);
    clients.set(name, client);
    return {};
  }
  const client = clients.get(name);
  if (op === 'close') {
    client.pubnub.destroy();
    clients.delete(name);
    return {};
  }
  if (op === 'event') return client.take(timeout);
  if (immediate(client, op, args)) return {};
  return resultOf(client, op, args, timeout);
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = { result: await respond(JSON.parse(line)) };
    } catch (error) {
      const { kind = 'sdk', message, status = null, category = null } = error;
      answer = { error: { kind, message, status, category } };
    }
    fs.writeSync(1, JSON.stringify(answer) + '\n');
  }
  process.exit(0);
}

main();
