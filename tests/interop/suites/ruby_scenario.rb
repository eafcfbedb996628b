# What the SDK for Ruby does with the emulator: each step prints its name and what became of it.
#
# PNFILTER_SUITE_ORIGIN and the keysets are in the environment, as tests/interop/suites/recipes.py
# gives them.

require "json"
require "logger"
require "pubnub"
require "timeout"

$stdout.sync = true
SILENT = Logger.new(IO::NULL)
SECONDS = 15
OPEN = { subscribe_key: ENV.fetch("SUBSCRIBE_KEY"), publish_key: ENV.fetch("PUBLISH_KEY") }.freeze
MANAGED = {
  subscribe_key: ENV.fetch("PAM_SUBSCRIBE_KEY"), publish_key: ENV.fetch("PAM_PUBLISH_KEY")
}.freeze

# A client, and the queue of what its listener hears: a kind and a message or an action.
def client(user, **options)
  Pubnub.new(
    **OPEN, origin: ENV.fetch("PNFILTER_SUITE_ORIGIN"), ssl: false, user_id: user, logger: SILENT,
    **options
  )
end

def listen(client)
  heard = Queue.new
  client.add_listener(
    callback: Pubnub::SubscribeCallback.new(
      message: ->(envelope) { heard << [:message, envelope.result[:data][:message]] },
      signal: ->(envelope) { heard << [:signal, envelope.result[:data][:message]] },
      presence: lambda { |envelope|
        event = envelope.result[:data]
        heard << [:presence, event[:message]["action"], event[:message]["uuid"]]
      },
      status: ->(_) {}
    )
  )
  heard
end

# What is heard up to an item, which is waited for.
def until_heard(heard, last)
  found = []
  Timeout.timeout(SECONDS) { found << heard.pop until found.last == last }
  found
end

# Calls without a thread of its own, and wants success.
def ask(client, call, **options)
  envelope = client.public_send(call, **options, http_sync: true)
  envelope = envelope.first if envelope.is_a?(Array)
  raise "#{call}: #{envelope.status[:code]} #{envelope.result}" if envelope.error?

  envelope.result && envelope.result[:data]
end

# Subscribes, and waits for the timetoken to go on from.
def join(client, **options)
  client.subscribe(**options)
  Timeout.timeout(SECONDS) { sleep(0.01) while client.timetoken.to_i.zero? }
end

def same(found, expected)
  raise "#{found.inspect} is not #{expected.inspect}" unless expected === found
end

def step(name)
  yield
  puts "passed #{name}"
rescue StandardError, Timeout::Error => e
  puts "failed #{name}"
  warn "#{name}: #{e.class}: #{e.message}"
end

def timetoken_of(client, channel)
  ask(client, :fetch_messages, channels: [channel])[:channels][channel].last["timetoken"].to_i
end

alice = client("alice")

step "time" do
  envelope = alice.time(http_sync: true)
  same envelope.result[:server_response].body, /\A\[\d{17}\]\z/
end

step "subscribe: messages in order, and signals" do
  bob = client("bob-1")
  heard = listen(bob)
  bob.subscribe(channels: ["ordered"], with_presence: true)
  until_heard(heard, [:presence, "join", "bob-1"])
  3.times { |number| ask(alice, :publish, channel: "ordered", message: { "n" => number }) }
  ask(alice, :signal, channel: "ordered", message: "last")
  expected = [0, 1, 2].map { |number| [:message, { "n" => number }] } + [[:signal, "last"]]
  same until_heard(heard, [:signal, "last"]), expected
  bob.unsubscribe(channels: ["ordered"])
end

step "filter" do
  bob = client("bob-2")
  heard = listen(bob)
  bob.subscribe_filter = "meta.kind == 'a' || meta.urgent == 'yes'"
  join(bob, channels: ["filtered"])
  metas = [{ kind: "b" }, { kind: "a" }, { urgent: "no" }, { urgent: "yes" }, { kind: "a" }]
  metas.each_with_index do |meta, number|
    ask(alice, :publish, channel: "filtered", message: number, meta: meta)
  end
  same until_heard(heard, [:message, 4]), [[:message, 1], [:message, 3], [:message, 4]]
  bob.unsubscribe(channels: ["filtered"])
end

step "groups" do
  ask(alice, :channel_registration, action: :add, channel: %w[b a], group: "g")
  found = ask(alice, :channel_registration, action: :get, group: "g")
  same found["channels"], %w[a b]
  bob = client("bob-3")
  heard = listen(bob)
  join(bob, group: ["g"])
  ask(alice, :publish, channel: "a", message: "by the group")
  until_heard(heard, [:message, "by the group"])
  bob.unsubscribe(group: ["g"])
  ask(alice, :channel_registration, action: :remove, channel: "a", group: "g")
  same ask(alice, :channel_registration, action: :get, group: "g")["channels"], %w[b]
end

step "wildcard" do
  bob = client("bob-4")
  heard = listen(bob)
  bob.subscribe(channels: ["house.*"], with_presence: true)
  until_heard(heard, [:presence, "join", "bob-4"])
  ask(alice, :publish, channel: "house.kitchen", message: "by the wildcard")
  until_heard(heard, [:message, "by the wildcard"])
  bob.unsubscribe(channels: ["house.*"])
end

step "encrypted messages" do
  carol = client("carol", cipher_key: "secret", random_iv: true)
  text = "a/b+c=? \u00e9"
  20.times { |number| ask(carol, :publish, channel: "hidden", message: text * number) }
  found = ask(carol, :history, channel: "hidden")[:messages]
  same found, (0...20).map { |number| text * number }
  raise "not encrypted" if ask(alice, :history, channel: "hidden")[:messages].include?(text)
end

step "history" do
  5.times { |number| ask(alice, :publish, channel: "kept", message: number, meta: { "n" => number }) }
  same ask(alice, :history, channel: "kept", count: 2)[:messages], [3, 4]
  fetched = ask(alice, :fetch_messages, channels: ["kept"], max: 3, include_meta: true)
  items = fetched[:channels]["kept"]
  same items.map { |item| [item["message"], item["meta"]] }, [2, 3, 4].map { |n| [n, { "n" => n }] }
  first = timetoken_of(alice, "kept") - 1
  counted = ask(alice, :message_counts, channel: ["kept"], channel_timetokens: [first])
  same counted["channels"], { "kept" => 1 }
  ask(alice, :delete_messages, channel: "kept")
  same ask(alice, :history, channel: "kept")[:messages], []
end

step "presence" do
  dora = client("dora")
  ask(dora, :heartbeat, channel: "room", heartbeat: 60)
  ask(dora, :set_state, channel: "room", state: { "mood" => "good" })
  same ask(alice, :here_now, channel: "room").values_at(:uuids, :occupancy), [["dora"], 1]
  same ask(alice, :where_now, uuid: "dora"), { "channels" => ["room"] }
  same ask(alice, :state, channel: "room", uuid: "dora")[:state], { "mood" => "good" }
  ask(dora, :leave, channel: "room", skip_validate: true)
  same ask(alice, :here_now, channel: "room")[:occupancy], 0
end

step "message actions" do
  ask(alice, :publish, channel: "acted", message: "hello")
  about = { channel: "acted", message_timetoken: timetoken_of(alice, "acted") }
  added = ask(alice, :add_message_action, **about, type: "mood", value: "smile")
  found = ask(alice, :get_message_actions, channel: "acted")[:message_actions]
  same found.map { |action| action.values_at(:type, :value, :uuid) }, [%w[mood smile alice]]
  ask(alice, :remove_message_action, **about, action_timetoken: added[:action_timetoken])
  same ask(alice, :get_message_actions, channel: "acted")[:message_actions], []
end

step "App Context" do
  metadata = { name: "Erin", custom: { level: 3 } }
  ask(alice, :set_uuid_metadata, uuid: "erin", metadata: metadata, include: { custom: true })
  found = ask(alice, :get_uuid_metadata, uuid: "erin", include: { custom: true })
  same [found[:name], found[:custom]], ["Erin", { "level" => 3 }]
  listed = ask(alice, :get_all_uuid_metadata, filter: "name LIKE 'Er*'", include: { count: true })
  same [listed[:metadata].map { |one| one[:id] }, listed[:totalCount]], [["erin"], 1]
  ask(alice, :set_channel_metadata, channel: "lobby", metadata: { name: "Lobby" })
  ask(alice, :set_memberships, uuid: "erin", channels: [{ channel: "lobby" }])
  members = ask(alice, :get_channel_members, channel: "lobby")[:members]
  same members.map { |one| one[:uuid][:id] }, ["erin"]
  ask(alice, :remove_uuid_metadata, uuid: "erin")
end

step "push" do
  device = { push_token: "0" * 16, push_gateway: "apns" }
  ask(alice, :add_channels_to_push, **device, channel: "p1,p2")
  same ask(alice, :list_push_provisions, **device), %w[p1 p2]
  ask(alice, :remove_channels_from_push, **device, channel: "p1")
  same ask(alice, :list_push_provisions, **device), %w[p2]
  ask(alice, :remove_device_from_push, **device)
  same ask(alice, :list_push_provisions, **device), []
end

step "grants to auth keys" do
  owner = client("owner", **MANAGED, secret_key: ENV.fetch("PAM_SECRET_KEY"))
  guest = client("guest", **MANAGED, auth_key: "guest-key")
  refused = guest.publish(channel: "closed", message: 1, http_sync: true)
  same [refused.error?, refused.status[:code]], [true, 403]
  ask(owner, :grant, channel: "closed", auth_key: "guest-key", read: true, write: true, ttl: 5)
  ask(guest, :publish, channel: "closed", message: 1)
  held = ask(owner, :audit, channel: "closed", auth_key: "guest-key")
  same held["auths"]["guest-key"].values_at("r", "w"), [1, 1]
  ask(owner, :revoke, channel: "closed", auth_key: "guest-key", read: true, write: true)
  same guest.publish(channel: "closed", message: 1, http_sync: true).status[:code], 403
end

step "tokens" do
  owner = client("owner", **MANAGED, secret_key: ENV.fetch("PAM_SECRET_KEY"))
  guest = client("guest", **MANAGED)
  rights = { "closed-2" => Pubnub::Permissions.res(read: true, write: true) }
  token = ask(owner, :grant_token, ttl: 5, authorized_uuid: "guest", channels: rights)["token"]
  same guest.parse_token(token)["uuid"], "guest"
  guest.set_token(token)
  ask(guest, :publish, channel: "closed-2", message: 1)
  ask(owner, :revoke_token, token: token)
  same guest.publish(channel: "closed-2", message: 1, http_sync: true).status[:code], 403
end

# Its threads go on to subscribe.
exit!(0)
