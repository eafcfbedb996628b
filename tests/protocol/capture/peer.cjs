// Makes the calls of calls.py with the official SDK for JavaScript, as python_peer.py does with the others.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');

// Every line of standard output is an answer.
for (const name of ['debug', 'error', 'info', 'log', 'trace', 'warn'])
  console[name] = (...texts) => process.stderr.write(texts.join(' ') + '\n');

const PubNub = require('pubnub');

// The clock of signatures stands still and requests have one name, so that a second capture gives the same.
const lib = path.dirname(path.dirname(require.resolve('pubnub')));
Date.prototype.getTime = () => 1600000000000;
require(path.join(lib, 'core/components/uuid.js')).default.createUUID = () => 'request-id';
const signed = [];
const Cryptography = require(path.join(lib, 'core/components/cryptography/index.js')).default;
const sign = Cryptography.prototype.HMACSHA256;
Cryptography.prototype.HMACSHA256 = function (text) {
  const signature = sign.call(this, text);
  signed.push([text, signature]);
  return signature;
};

const ODD = "a/b c~(d)'!*+&=%20é";
const UNENCODED = 'a b~(c)\'!*+%20';
const FILTER = 'name LIKE "a*" && custom.n >= 1';
const listed = {
  limit: 5, filter: FILTER, sort: { name: 'desc' },
  include: { customFields: true, totalCount: true },
};
const everyField = {
  name: 'B', email: 'a@b.example', externalId: 'x', profileUrl: 'http://a.example/?b=c',
  custom: { n: 1 }, status: 's', type: 't',
};
const ofChannel = { name: 'C', description: 'd é', custom: { n: 1 }, status: 's', type: 't' };
const file = { channel: 'ch', id: 'file-id', name: 'a.txt' };
const content = (name = 'a.txt') => ({ data: Buffer.from('content'), name, mimeType: 'text/x-own' });
const apple = { pushGateway: 'apns2', topic: 'com.app', device: 'device' };
const google = (pushGateway) => ({ pushGateway, device: 'device' });
const objects = (client) => client.objects;
const push = (client) => client.push;

// The calls by the names of calls.py; those that this SDK doesn't have are left out.
const calls = {
  'push list gcm': (c) => push(c).listChannels(google('gcm')),
  'push list fcm': (c) => push(c).listChannels(google('fcm')),
  'push list apns': (c) => push(c).listChannels(google('apns')),
  'push list mpns': (c) => push(c).listChannels(google('mpns')),
  'push list apns2': (c) => push(c).listChannels(apple),
  'push list page': (c) => push(c).listChannels({ ...google('fcm'), start: 'a', count: 2000 }),
  'push list odd device': (c) => push(c).listChannels({ pushGateway: 'apns', device: 'd e' }),
  'push add gcm': (c) => push(c).addChannels({ ...google('gcm'), channels: ['a', 'b'] }),
  'push add fcm': (c) => push(c).addChannels({ ...google('fcm'), channels: ['a'] }),
  'push add apns2 production': (c) =>
    push(c).addChannels({ ...apple, channels: ['a'], environment: 'production' }),
  'push add odd names': (c) =>
    push(c).addChannels({ pushGateway: 'apns', channels: ['a b', 'c&d'], device: 'd e' }),
  'push remove gcm': (c) => push(c).removeChannels({ ...google('gcm'), channels: ['a', 'b'] }),
  'push remove apns2': (c) => push(c).removeChannels({ ...apple, channels: ['a'] }),
  'push remove device gcm': (c) => push(c).deleteDevice(google('gcm')),
  'push remove device apns2': (c) => push(c).deleteDevice(apple),

  'files list': (c) => c.listFiles({ channel: 'ch' }),
  'files list page': (c) => c.listFiles({ channel: ODD, limit: 5, next: 'NQ' }),
  'files url': (c) => c.getFileUrl(file),
  'files url odd names': (c) => c.getFileUrl({ channel: ODD, id: 'file-id', name: 'a b(é).txt' }),
  'files download': async (c) => {
    const got = await c.downloadFile(file);
    return { name: got.name, mimeType: got.mimeType, text: String(await got.toBuffer()) };
  },
  'files delete': (c) => c.deleteFile(file),
  'files delete odd name': (c) => c.deleteFile({ ...file, name: 'a b(é).txt' }),
  'files publish': (c) =>
    c.publishFile({ channel: 'ch', fileId: 'file-id', fileName: 'a.txt', message: 'hello' }),
  'files publish without a message': (c) =>
    c.publishFile({ channel: 'ch', fileId: 'file-id', fileName: 'a.txt' }),
  'files send': (c) => c.sendFile({ channel: 'ch', file: content() }),
  'files send bytes': (c) => c.sendFile({ channel: ODD, file: content('a b(é).txt') }),
  'files send everything': (c) =>
    c.sendFile({
      channel: 'ch', file: content(), message: { é: [1] }, meta: { m: 1 }, storeInHistory: true,
      ttl: 5, customMessageType: 'kind-1',
    }),

  uuids: (c) => objects(c).getAllUUIDMetadata(),
  'uuids everything': (c) => objects(c).getAllUUIDMetadata(listed),
  'uuids next page': (c) => objects(c).getAllUUIDMetadata({ page: { next: 'NQ' } }),
  'uuids previous page': (c) => objects(c).getAllUUIDMetadata({ page: { prev: 'MQ' } }),
  'uuid get': (c) => objects(c).getUUIDMetadata({ uuid: 'b', include: { customFields: true } }),
  'uuid get own': (c) => objects(c).getUUIDMetadata(),
  'uuid get odd name': (c) => objects(c).getUUIDMetadata({ uuid: UNENCODED }),
  'uuid set': (c) => objects(c).setUUIDMetadata({ uuid: 'b', data: { name: 'B' } }),
  'uuid set everything': (c) =>
    objects(c).setUUIDMetadata({ uuid: 'b', data: everyField, include: { customFields: true } }),
  'uuid remove': (c) => objects(c).removeUUIDMetadata({ uuid: 'b' }),
  channels: (c) => objects(c).getAllChannelMetadata(),
  'channels everything': (c) => objects(c).getAllChannelMetadata(listed),
  'channel get': (c) =>
    objects(c).getChannelMetadata({ channel: 'ch', include: { customFields: true } }),
  'channel set': (c) => objects(c).setChannelMetadata({ channel: 'ch', data: { name: 'C' } }),
  'channel set everything': (c) =>
    objects(c).setChannelMetadata({
      channel: 'ch', data: ofChannel, include: { customFields: true },
    }),
  'channel set if match': (c) =>
    objects(c).setChannelMetadata({ channel: 'ch', data: { name: 'C' }, ifMatchesEtag: 'AbOx6N' }),
  'uuid set after a match': (c) => objects(c).setUUIDMetadata({ uuid: 'b', data: { name: 'B' } }),
  'uuid get after a match': (c) => objects(c).getUUIDMetadata({ uuid: 'b' }),
  'channel remove': (c) => objects(c).removeChannelMetadata({ channel: 'ch' }),
  'members get': (c) => objects(c).getChannelMembers({ channel: 'ch' }),
  'members get everything': (c) =>
    objects(c).getChannelMembers({
      channel: 'ch', ...listed, include: { ...listed.include, UUIDFields: true, customUUIDFields: true },
    }),
  'members get all included': (c) =>
    objects(c).getChannelMembers({
      channel: 'ch',
      include: {
        customFields: true, statusField: true, typeField: true, totalCount: true, UUIDFields: true,
        customUUIDFields: true, UUIDStatusField: true, UUIDTypeField: true,
      },
    }),
  'members set': (c) =>
    objects(c).setChannelMembers({ channel: 'ch', uuids: ['a', { id: 'b', custom: { n: 1 } }] }),
  'members set with status': (c) =>
    objects(c).setChannelMembers({
      channel: 'ch', uuids: [{ id: 'a', custom: { n: 1 }, status: 's', type: 't' }],
    }),
  'members remove': (c) => objects(c).removeChannelMembers({ channel: 'ch', uuids: ['a'] }),
  'memberships get': (c) => objects(c).getMemberships({ uuid: 'b' }),
  'memberships get own': (c) => objects(c).getMemberships(),
  'memberships get everything': (c) =>
    objects(c).getMemberships({
      uuid: 'b', ...listed,
      include: { ...listed.include, channelFields: true, customChannelFields: true },
    }),
  'memberships get all included': (c) =>
    objects(c).getMemberships({
      uuid: 'b',
      include: {
        customFields: true, statusField: true, typeField: true, totalCount: true,
        channelFields: true, customChannelFields: true, channelStatusField: true,
        channelTypeField: true,
      },
    }),
  'memberships set': (c) =>
    objects(c).setMemberships({ uuid: 'b', channels: ['a', { id: 'b', custom: { n: 1 } }] }),
  'memberships remove': (c) => objects(c).removeMemberships({ uuid: 'b', channels: ['a'] }),

  'users fetch': (c) => c.fetchUsers({ filter: FILTER, include: { customFields: true } }),
  'user fetch': (c) => c.fetchUser({ userId: 'b' }),
  'user create': (c) => c.createUser({ userId: 'b', data: { name: 'B', custom: { n: 1 } } }),
  'user update': (c) => c.updateUser({ userId: 'b', data: { status: 's', type: 't' } }),
  'user remove': (c) => c.removeUser({ userId: 'b' }),
  'spaces fetch': (c) => c.fetchSpaces({ limit: 5 }),
  'space fetch': (c) => c.fetchSpace({ channel: 'ch' }),
  'space create': (c) => c.createSpace({ channel: 'ch', data: { name: 'C' } }),
  'space update': (c) => c.updateSpace({ channel: 'ch', data: { name: 'C' } }),
  'space remove': (c) => c.removeSpace({ channel: 'ch' }),
  'user memberships fetch': (c) => c.fetchMemberships({ userId: 'b' }),
  'space memberships fetch': (c) => c.fetchMemberships({ spaceId: 'ch' }),
  'user memberships add': (c) => c.addMemberships({ userId: 'b', spaces: ['ch'] }),
  'space memberships add': (c) => c.addMemberships({ spaceId: 'ch', users: ['b'] }),
  'user memberships remove': (c) => c.removeMemberships({ userId: 'b', spaceIds: ['ch'] }),
  'space memberships remove': (c) => c.removeMemberships({ spaceId: 'ch', userIds: ['b'] }),

  'grant keyset': (c) => c.grant({ read: true, write: false }),
  'grant channels': (c) =>
    c.grant({ channels: ['a', 'b'], authKeys: ['k', 'l'], read: true, write: true, ttl: 60 }),
  'grant groups': (c) =>
    c.grant({ channelGroups: ['g', 'h'], authKeys: ['k'], read: true, manage: true }),
  'grant uuids': (c) =>
    c.grant({ uuids: ['u', 'v'], authKeys: ['k'], get: true, update: true, delete: true }),
  'grant all flags': (c) =>
    c.grant({
      channels: ['a'], read: true, write: true, manage: true, delete: true, get: true,
      update: true, join: true, ttl: 0,
    }),
  'grant odd names': (c) =>
    c.grant({ channels: [ODD], channelGroups: ['g h'], authKeys: ['k&l'], read: true }),
  audit: (c) => c.audit({}),
  'audit of': (c) => c.audit({ channel: 'a', channelGroup: 'g', authKeys: ['k'] }),
  'grant token': (c) =>
    c.grantToken({
      ttl: 60, authorized_uuid: 'b', meta: { k: 'v é' },
      resources: {
        channels: {
          ch: {
            read: true, write: true, manage: true, delete: true, get: true, update: true, join: true,
          },
        },
        groups: { g: { read: true, manage: true } },
        uuids: { u: { get: true, update: true, delete: true } },
      },
      patterns: {
        channels: { '^a-.*$': { read: true } },
        groups: { '^g': { read: true } },
        uuids: { '^u': { get: true } },
      },
    }),
  'grant token of users and spaces': (c) =>
    c.grantToken({
      ttl: 60, authorizedUserId: 'b',
      resources: {
        users: { u: { get: true } },
        spaces: { s: { read: true, write: true, manage: true, delete: true } },
      },
      patterns: { spaces: { '^s': { read: true } } },
    }),
  'revoke token': (c) => c.revokeToken('to-ken_w/ith+=='),

  'publish as a body': (c) => c.publish({ channel: 'ch', message: { é: 1 }, sendByPost: true }),
  'heartbeat with state': (c) =>
    c.heartbeat({ channels: ['ch'], channelGroups: ['g h'], state: { ch: { n: 1 } } }),
  'subscribe with a filter': (c) => subscribed(c),

  time: (c) => c.time(),
  publish: (c) => c.publish({ channel: 'ch', message: 1 }),
  here_now: (c) => c.hereNow({ channels: ['ch'] }),
  subscribe: (c) => subscribed(c),
};

function subscribed(client) {
  client.subscribe({ channels: ['ch', 'a b'], channelGroups: ['g', 'h i'] });
}

function opened({ origin, cipher_key, crypto_module, use_random_initialization_vector, ...more }) {
  const settings = {
    subscribeKey: 'sub-key', publishKey: 'pub-key', userId: 'a-user', origin, ssl: false,
    enableEventEngine: false, retryConfiguration: PubNub.NoneRetryPolicy(), keepAlive: true,
  };
  const names = { secret_key: 'secretKey', auth_key: 'authKey', filter_expression: 'filterExpression' };
  for (const [name, value] of Object.entries(more)) if (names[name]) settings[names[name]] = value;
  if (crypto_module) settings.cryptoModule = PubNub.CryptoModule[crypto_module]({ cipherKey: cipher_key });
  else if (cipher_key) settings.cipherKey = cipher_key;
  if (use_random_initialization_vector !== undefined)
    settings.useRandomIVs = use_random_initialization_vector;
  return new PubNub(settings);
}

const withTimeout = (promise, seconds) =>
  Promise.race([
    Promise.resolve(promise),
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error('no answer: the call has no end')), seconds * 1000).unref();
    }),
  ]);

// What an error says, the service's own words included.
function failure(error) {
  const { status } = error;
  const data = status?.errorData;
  const own = data instanceof Error ? { message: data.message } : data;
  return [`${error.name}: ${error.message}`, status?.category, status?.statusCode, own && JSON.stringify(own)]
    .filter((one) => one !== undefined && one !== null && one !== '')
    .join(' | ');
}

const operations = {
  async call({ call, settings, token }, seconds) {
    signed.length = 0;
    if (!(call in calls)) return { failed: 'no such call', signed: [] };
    try {
      const client = opened(settings);
      if (token) client.setToken(token);
      const told = (await withTimeout(calls[call](client), seconds)) ?? null;
      // A subscription asks, and signs, after its call has returned.
      if (call.startsWith('subscribe')) await new Promise((resolve) => setTimeout(resolve, 200));
      return { told, signed: [...signed] };
    } catch (error) {
      return { failed: failure(error), signed: [...signed] };
    }
  },
  async listen({ settings, last }, seconds) {
    const told = [];
    const client = opened(settings);
    const listener = {};
    let arrived;
    const end = new Promise((resolve) => (arrived = resolve));
    const kinds = 'message presence signal messageAction objects user space membership file';
    for (const kind of kinds.split(' '))
      listener[kind] = (event) => {
        told.push({ [kind]: event });
        if (event.message === last) arrived();
      };
    client.addListener(listener);
    client.subscribe({ channels: ['ch'] });
    await withTimeout(end, seconds).catch(() => {});
    client.removeListener(listener);
    return told;
  },
  async token({ token }) {
    const client = opened({ origin: '127.0.0.1:1' });
    const told = {};
    for (const [name, ask] of Object.entries({
      parse_token: () => client.parseToken(token),
      set_token: () => client.setToken(token),
      get_token: () => client.getToken(),
    }))
      try {
        const value = ask();
        told[name] =
          JSON.parse(
            JSON.stringify(value ?? null, (key, one) =>
              one instanceof Uint8Array || one?.type === 'Buffer'
                ? { bytes: Buffer.from(one.data ?? one).toString('base64') }
                : one,
            ),
          );
      } catch (error) {
        told[name] = { failed: `${error.name}: ${error.message}` };
      }
    return told;
  },
};

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { op, args, timeout } = JSON.parse(line);
    let answer;
    try {
      answer = { result: await operations[op](args, timeout) };
    } catch (error) {
      answer = { error: { kind: 'sdk', message: failure(error), status: null, category: null } };
    }
    fs.writeSync(1, JSON.stringify(answer) + '\n');
  }
  process.exit(0);
}

main();
