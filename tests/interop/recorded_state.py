"""What has to be there for a recorded exchange, and its request in that state.

A recorded answer shows what was there: the messages of a history, the users of a channel. That is
made first, and then the request is sent. What only the service can have made (tokens, cursors,
addresses of a storage) is replaced by what the emulator has made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote, urlencode, urlsplit

from pnfilter.server.http.exchange import too_long
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer
from pnfilter.server.http.router import Route, Router
from pnfilter.server.keysets import Keys
from pnfilter.server.settings import MAX_FILE, MAX_REQUEST_LINE
from tests.interop.recorded_stage import STORAGE, Exchange, Outcome, Stage
from tests.server.access.signing import SECRET, signed
from tests.server.emulated import Emulated
from tests.server.filing import HOST, form_of, of_type

#: What stands for a token that the service had made.
TOKEN: Final = "TOKEN"
#: Who is on channels beside those that an answer names.
_SOMEBODY: Final = "somebody"
#: Items beyond a page that are made at most.
_FILLERS: Final = 20
#: Seconds after which a user who was not heard of has left.
_LONG: Final = 400
#: Seconds after which a request without news is answered: the least that can be set.
_POLL_SECONDS: Final = 0.05

#: Makes the state, and changes the request where it must.
_Setter = Callable[[Stage], None]


def _group(stage: Stage) -> None:
    channels = stage.exchange.reply.get("payload", {}).get("channels", [])
    if channels and not stage.query.keys() & {"add", "remove"}:
        # In another order than that of the answer.
        stage.add_to_group(stage.part("group"), channels[::-1])


def _here_now(stage: Stage) -> None:
    reply = stage.exchange.reply
    if "payload" in reply:
        found = reply["payload"].get("channels", {})
    else:
        found = {stage.part("channels"): reply}
    _make_groups(stage, found)
    for channel, here in found.items():
        users = here.get("uuids", [])
        for user in users:
            named = {"uuid": user} if isinstance(user, str) else user
            stage.enter(channel, named["uuid"], named.get("state"))
        for number in range(len(users), here["occupancy"]):
            stage.enter(channel, f"{_SOMEBODY}-{number}")


def _make_groups(stage: Stage, channels: Iterable[str]) -> None:
    """Put channels of an answer that the path doesn't name into the first group that is asked."""
    group = stage.query.get("channel-group", "").split(",")[0]
    named = unquote(stage.raw.get("channels", "")).split(",")
    listed = [channel for channel in channels if channel not in named]
    if group and listed:
        stage.add_to_group(group, listed)


def _where_now(stage: Stage) -> None:
    for channel in stage.exchange.reply["payload"]["channels"]:
        stage.enter(channel, stage.part("user"))


def _get_state(stage: Stage) -> None:
    reply = stage.exchange.reply
    payload = reply["payload"]
    found = {reply["channel"]: payload} if "channel" in reply else payload.get("channels", {})
    _make_groups(stage, found)
    for channel, state in found.items():
        if state:
            stage.set_state(channel, stage.part("user"), state)


def _history(stage: Stage) -> None:
    items, first, last = stage.exchange.reply
    channel = stage.part("channel")
    is_wrapped = stage.query.keys() & {"include_token", "include_meta"}
    for number, item in enumerate(items):
        spread = first if number < len(items) - 1 else last
        fields = item if is_wrapped and isinstance(item, dict) and "message" in item else {}
        timetoken = int(fields.get("timetoken", spread + number * (spread == first)))
        meta = {"meta": json.dumps(fields["meta"]).encode()} if fields.get("meta") else {}
        stage.store(channel, timetoken, fields.get("message", item), **meta)


def _fetch(stage: Stage) -> None:
    for channel, items in stage.exchange.reply["channels"].items():
        for item in items:
            kind, timetoken = item.get("message_type"), int(item["timetoken"])
            stage.store(
                unquote(channel) if "%" in channel else channel,
                timetoken,
                item["message"],
                meta=json.dumps(item["meta"]).encode() if item.get("meta") else None,
                publisher=item.get("uuid"),
                custom_type=item.get("custom_message_type"),
                kind=int(kind) if kind else None,
            )
            for type, values in item.get("actions", {}).items():
                for value, added in values.items():
                    for one in added:
                        stage.store_action(
                            *(channel, int(one["actionTimetoken"]), timetoken),
                            type=type,
                            value=value,
                            publisher=one["uuid"],
                        )


def _message_counts(stage: Stage) -> None:
    channels = stage.names("channels")
    asked = stage.query.get("channelsTimetoken") or stage.query.get("timetoken", "0")
    starts = asked.split(",")
    for at, channel in enumerate(channels):
        start = int(starts[at] if len(starts) > 1 else starts[0])
        for number in range(stage.exchange.reply["channels"].get(channel, 0)):
            stage.store(channel, start + 100 * at + number + 1, "x")


def _list_actions(stage: Stage) -> None:
    reply, channel = stage.exchange.reply, stage.part("channel")
    data = reply["data"]
    for row in data:
        _add_action(stage, row)
    if "more" in reply:
        first = int(data[0]["actionTimetoken"])
        for number in range(3):
            stage.store_action(
                *(channel, first - 10 - number, first - 20),
                type="earlier",
                value=str(number),
                publisher=_SOMEBODY,
            )


def _add_action(stage: Stage, row: Mapping[str, str], publisher: str = "") -> None:
    stage.store_action(
        *(stage.part("channel"), int(row["actionTimetoken"]), int(row["messageTimetoken"])),
        type=row["type"],
        value=row["value"],
        publisher=publisher or row["uuid"],
    )


def _post_action(stage: Stage) -> None:
    if stage.exchange.status == 409:
        stage.ask("POST", stage.path, stage.query, stage.exchange.body)


def _delete_action(stage: Stage) -> None:
    user = stage.query.get("uuid", "")
    stage.store_action(
        *(stage.part("channel"), int(stage.part("action")), int(stage.part("message"))),
        type="emotion",
        value="smile",
        publisher=user if stage.exchange.is_success else _SOMEBODY,
    )


def _registrations(stage: Stage) -> None:
    if stage.query.keys() & {"add", "remove"}:
        return
    reply = stage.exchange.reply
    if isinstance(reply, list) and reply:
        stage.ask("GET", stage.path, {**stage.query, "add": ",".join(reply)})


def _objects(stage: Stage, kind: str) -> None:
    reply = stage.exchange.reply
    _ignore_time(stage)
    for row in reply["data"]:
        stage.set_object(kind, row)
    for number in range(_before(stage)):
        stage.set_object(kind, {"id": f"0{number}"})
    for number in range(_after(stage)):
        stage.set_object(kind, {"id": f"zzzz{number}", "name": f"zzzz{number}"})


def _ignore_time(stage: Stage) -> None:
    """Let a filter by time take what is made here."""
    if "filter" in stage.query:
        stage.query["filter"] = re.sub(r"\d{4}(?=-\d\d-\d\dT)", "2000", stage.query["filter"])


def _before(stage: Stage) -> int:
    """Return how many items come before a page, whose cursor is replaced."""
    if "start" not in stage.query:
        return 0
    stage.query["start"] = "NQ"
    return 5


def _after(stage: Stage) -> int:
    """Return how many items come after a page, up to some: none where it is not full."""
    reply = stage.exchange.reply
    listed = len(reply["data"])
    is_full = listed >= int(stage.query.get("limit", "100"))
    return min(reply.get("totalCount", 0) - listed, _FILLERS) if is_full else 0


def _object(stage: Stage, kind: str, part: str) -> None:
    reply, exchange = stage.exchange.reply, stage.exchange
    if exchange.status == 412:
        stage.set_object(kind, {"id": stage.part(part), "name": "earlier"})
        stage.headers["If-Match"] = "earlier"
    elif exchange.is_success and reply.get("data"):
        body = exchange.body or {}
        kept = {name: value for name, value in reply["data"].items() if name not in body}
        stage.set_object(kind, {**kept, "id": stage.part(part)})


def _memberships(stage: Stage, kind: str, part: str) -> None:
    exchange, reply = stage.exchange, stage.exchange.reply
    _ignore_time(stage)
    side = "channel" if kind == "uuids" else "uuid"
    rows = reply["data"]
    body = exchange.body or {}
    added = {row[side]["id"] for row in body.get("set") or []}
    for row in rows:
        if row[side]["id"] in added and len(row[side]) > 1:
            stage.set_object(f"{side}s", row[side])
    present = [row for row in rows if row[side]["id"] not in added]
    more = _before(stage)
    fillers = [{side: {"id": f"0{number}"}} for number in range(more)]
    fillers += [{side: {"id": f"zzzz{number}"}} for number in range(_after(stage))]
    ended = [{side: {"id": row[side]["id"]}} for row in body.get("delete") or []]
    stage.join(kind, stage.part(part), [*present, *fillers, *ended])


def _files(stage: Stage) -> None:
    reply, channel = stage.exchange.reply, stage.part("channel")
    number = 0
    if stage.query.get("next"):
        most = int(stage.query.get("limit", "100"))
        for number in range(most):
            stage.add_file(channel, f"0000-{number}", "earlier")
        path = f"/v1/files/{{sub}}/channels/{quote(channel, safe='')}/files"
        stage.add_file(channel, "0001", "one more")
        stage.query["next"] = stage.ask("GET", path, {"limit": str(most)})["next"]
        stage.tables.files.remove(stage.key, "0001")
    for row in reply["data"]:
        stage.add_file(channel, row["id"], row["name"], b"x" * row["size"])
    if reply.get("next"):
        stage.add_file(channel, "zzzz", "later")


def _file(stage: Stage) -> None:
    stage.add_file(stage.part("channel"), stage.part("id"), stage.part("name"))


def _download(stage: Stage) -> None:
    stage.key = "sub"
    told = stage.promise()
    content = stage.exchange.reply
    stage.add_file("a", told.id, told.name, content.encode() if content else b"x")
    located = stage.emulated.request("GET", f"{told.path}", headers=HOST).headers["Location"]
    address = urlsplit(located)
    stage.path, stage.query = address.path, dict(_pairs(address.query))


def _pairs(query: str) -> Iterable[tuple[str, str]]:
    return (
        (name, unquote(value))
        for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)
    )


def _upload(stage: Stage) -> None:
    stage.key = "sub"
    exchange, told = stage.exchange, stage.promise()
    stage.path, stage.query = told.target, {}
    stage.headers = of_type()
    is_form = exchange.body is None or str(exchange.body).startswith("--")
    if is_form:
        is_large = "EntityTooLarge" in str(exchange.reply)
        stage.body = form_of(told.fields, b"x" * (MAX_FILE + 1 if is_large else 10))
    else:
        stage.body = str(exchange.body).encode()
        stage.headers["Content-Type"] = "application/x-www-form-urlencoded"


def _subscribe(stage: Stage) -> None:
    exchange = stage.exchange
    channels, user = stage.names("channels"), stage.query["uuid"]
    items = _once(stage, exchange.reply["m"])
    for item in items:
        if item.get("b") and "*" not in item["b"] and item["b"] not in channels:
            group, channel = (item[name].removesuffix("-pnpres") for name in ("b", "c"))
            stage.add_to_group(group, [channel])
    if not items:
        return
    _before_events(stage, items)
    if not any(_is_join(item) and item["d"]["uuid"] == user for item in items):
        for channel in {item["c"].removesuffix("-pnpres") for item in items}:
            stage.enter(channel, user)
    cursor = stage.emulated.broker.timetokens.next()
    if "t" in stage.query:
        stage.query["t"] = json.dumps({**json.loads(stage.query["t"]), "t": cursor})
    else:
        stage.query["tt"] = str(cursor)
    for item in items:
        _make_event(stage, item)


def _once(stage: Stage, items: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return each event once: a message that came twice has its channel in a group, too."""
    found: dict[str, Mapping[str, Any]] = {}
    group = stage.query.get("channel-group", "").split(",")[0]
    for item in items:
        event = json.dumps([item["c"], item["p"], item["d"]])
        if event in found and group and not item["c"].endswith("-pnpres"):
            stage.add_to_group(group, [item["c"]])
        found.setdefault(event, item)
    return list(found.values())


#: The kind of an event of App Context.
_OBJECTS: Final = 2


def _is_join(item: Mapping[str, Any]) -> bool:
    return isinstance(item["d"], dict) and item["d"].get("action") == "join"


def _before_events(stage: Stage, items: Iterable[Mapping[str, Any]]) -> None:
    """Let users be where events say that they were, and that something became of them."""
    seen: set[tuple[str, str]] = set()
    for item in items:
        channel, data = item["c"].removesuffix("-pnpres"), item["d"]
        if channel != item["c"] and "uuid" in data:
            if (channel, data["uuid"]) not in seen and not _is_join(item):
                stage.enter(channel, data["uuid"])
            seen.add((channel, data["uuid"]))
        elif item.get("e") == _OBJECTS:
            _before_change(stage, item["c"], data)


def _before_change(stage: Stage, channel: str, change: Mapping[str, Any]) -> None:
    """Let there be what is deleted, and the membership by which a change of a user is told."""
    data, kind = change["data"], change["type"]
    is_deleted = change["event"] == "delete"
    if kind == "membership":
        if is_deleted:
            stage.join("uuids", data["uuid"]["id"], [{"channel": {"id": data["channel"]["id"]}}])
        return
    if is_deleted:
        stage.set_object(f"{kind}s", {"id": data["id"], "name": "earlier"})
    if kind == "uuid" and channel != data["id"]:
        stage.join("uuids", data["id"], [{"channel": {"id": channel}}])


def _change(stage: Stage, item: Mapping[str, Any]) -> None:
    """Make the change of App Context that an event is about."""
    data, kind, event = item["d"]["data"], item["d"]["type"], item["d"]["event"]
    if kind == "membership":
        path = f"/v2/objects/{{sub}}/uuids/{quote(data['uuid']['id'], safe='')}/channels"
        own = {name: data[name] for name in ("custom", "status", "type") if name in data}
        row = {"channel": {"id": data["channel"]["id"]}, **own}
        stage.ask("PATCH", path, body={event: [row]})
    elif event == "delete":
        stage.ask("DELETE", f"/v2/objects/{{sub}}/{kind}s/{quote(data['id'], safe='')}")
    else:
        stage.set_object(f"{kind}s", data)


def _make_event(stage: Stage, item: Mapping[str, Any]) -> None:
    channel, data = item["c"], item["d"]
    if channel.endswith("-pnpres"):
        _make_presence(stage, channel.removesuffix("-pnpres"), data)
        return
    name = quote(channel, safe="")
    query = {"uuid": item["i"]} if "i" in item else {}
    if "s" in item:
        query["seqn"] = str(item["s"])
    if "u" in item:
        query["meta"] = json.dumps(item["u"])
    if "cmt" in item:
        query["custom_message_type"] = item["cmt"]
    if "o" in item:
        query["ortt"] = json.dumps(item["o"])
    text = quote(json.dumps(data), safe="")
    match item.get("e"):
        case _ if item.get("e") == _OBJECTS:
            _change(stage, item)
        case 3:
            added = data["data"]
            body = {"type": added["type"], "value": added["value"]}
            path = f"/v1/message-actions/{{sub}}/channel/{name}/message"
            stage.ask("POST", f"{path}/{added['messageTimetoken']}", query, body)
        case 1:
            stage.ask("GET", f"/signal/pub/{{sub}}/0/{name}/0/{text}", query)
        case 4:
            stage.ask("GET", f"/v1/files/publish-file/pub/{{sub}}/0/{name}/0/{text}", query)
        case _:
            stage.ask("GET", f"/publish/pub/{{sub}}/0/{name}/0/{text}", query)


def _make_presence(stage: Stage, channel: str, data: Mapping[str, Any]) -> None:
    match data.get("action"):
        case "join":
            stage.enter(channel, data["uuid"], data.get("data"))
        case "leave":
            stage.leave(channel, data["uuid"])
        case "timeout":
            stage.emulated.wait(_LONG)
        case "state-change":
            stage.set_state(channel, data["uuid"], data.get("data") or {"a": 1})


def _audit(stage: Stage) -> None:
    """Grant what an audit shows."""
    payload = stage.exchange.reply["payload"]
    for singular, plural in (
        ("channel", "channels"),
        ("channel-group", "channel-groups"),
        ("uuid", "uuids"),
    ):
        listed = payload.get(plural, payload.get(singular, {}))
        if isinstance(listed, str):
            listed = {listed: payload}
        for name, rights in listed.items():
            _grant(stage, {singular: name}, rights)
    if "r" in payload:
        _grant(stage, {}, payload)


_LETTERS: Final = "rwmdguj"


def _grant(stage: Stage, subject: Mapping[str, str], held: Mapping[str, Any]) -> None:
    pairs = [({"auth": auth}, rights) for auth, rights in held.get("auths", {}).items()]
    if "r" in held:
        pairs.append(({}, held))
    for auth, rights in pairs:
        letters = {name: str(rights[name]) for name in _LETTERS if name in rights}
        query = {**subject, **auth, **letters, "ttl": str(rights.get("ttl", 0))}
        if any(rights.get(name) for name in _LETTERS):
            stage.ask("GET", "/v2/auth/grant/sub-key/{sub}", query)


def _token(stage: Stage) -> str:
    permissions = {"resources": {"channels": {"a": 1}}, "patterns": {}}
    body = {"ttl": 1, "permissions": permissions}
    token: str = stage.ask("POST", "/v3/pam/{sub}/grant", body=body)["data"]["token"]
    return token


def _revoke(stage: Stage) -> None:
    token = _token(stage)
    stage.path = stage.path.replace(stage.raw["token"], quote(token, safe=""))
    if "expired" in json.dumps(stage.exchange.reply):
        stage.emulated.wait(120)


_USERS: Final = "/v2/objects/{sub}/uuids"
_CHANNELS: Final = "/v2/objects/{sub}/channels"
_HERE: Final = "/v2/presence/{key}/{sub}"
_PUSH: Final = "/v1/push/sub-key/{sub}/devices/{device}"
_PUSH2: Final = "/v2/push/sub-key/{sub}/devices-apns2/{device}"
_HISTORY: Final = "/v3/history/sub-key/{sub}"
_ACTIONS: Final = "/v1/message-actions/{sub}/channel/{channel}"
_STORED: Final = "/v1/files/{sub}/channels/{channel}"
_GROUPS: Final = "/v1/channel-registration/sub-key/{sub}/channel-group"


def _nothing(_: Stage) -> None:
    """Nothing has to be there."""


def _of(does: Callable[..., None], *names: str) -> _Setter:
    return lambda stage: does(stage, *names)


#: Each route, and what makes the state of its exchanges.
ROUTES: Final = tuple(
    Route(method, path, "", setter)
    for method, path, setter in (
        ("GET", "/time/0", _nothing),
        ("GET", "/publish/{pub}/{sub}/0/{channel}/0/{message}", _nothing),
        ("POST", "/publish/{pub}/{sub}/0/{channel}/0", _nothing),
        ("POST", "/v2/publish/{pub}/{sub}/0/{channel}/0", _nothing),
        ("GET", "/signal/{pub}/{sub}/0/{channel}/0/{message}", _nothing),
        ("GET", "/v1/files/publish-file/{pub}/{sub}/0/{channel}/0/{message}", _nothing),
        ("GET", "/v2/subscribe/{sub}/{channels}/0", _subscribe),
        ("GET", _GROUPS, _nothing),
        ("GET", _GROUPS + "/{group}", _group),
        ("GET", _GROUPS + "/{group}/remove", _nothing),
        ("GET", _HERE, _here_now),
        ("GET", _HERE + "/channel/{channels}", _here_now),
        ("GET", _HERE + "/channel/{channels}/heartbeat", _nothing),
        ("GET", _HERE + "/channel/{channels}/leave", _nothing),
        ("GET", _HERE + "/channel/{channels}/uuid/{user}", _get_state),
        ("GET", _HERE + "/channel/{channels}/uuid/{user}/data", _nothing),
        ("GET", _HERE + "/uuid/{user}", _where_now),
        ("GET", "/v2/history/sub-key/{sub}/channel/{channel}", _history),
        ("GET", _HISTORY + "/channel/{channels}", _fetch),
        ("DELETE", _HISTORY + "/channel/{channels}", _nothing),
        ("GET", _HISTORY + "/message-counts/{channels}", _message_counts),
        ("GET", "/v3/history-with-actions/sub-key/{sub}/channel/{channels}", _fetch),
        ("GET", _ACTIONS, _list_actions),
        ("POST", _ACTIONS + "/message/{message}", _post_action),
        ("DELETE", _ACTIONS + "/message/{message}/action/{action}", _delete_action),
        ("GET", _PUSH, _registrations),
        ("GET", _PUSH + "/remove", _nothing),
        ("GET", _PUSH2, _registrations),
        ("GET", _PUSH2 + "/remove", _nothing),
        ("GET", _USERS, _of(_objects, "uuids")),
        ("GET", _USERS + "/{user}", _of(_object, "uuids", "user")),
        ("PATCH", _USERS + "/{user}", _of(_object, "uuids", "user")),
        ("DELETE", _USERS + "/{user}", _nothing),
        ("GET", _USERS + "/{user}/channels", _of(_memberships, "uuids", "user")),
        ("PATCH", _USERS + "/{user}/channels", _of(_memberships, "uuids", "user")),
        ("GET", _CHANNELS, _of(_objects, "channels")),
        ("GET", _CHANNELS + "/{channel}", _of(_object, "channels", "channel")),
        ("PATCH", _CHANNELS + "/{channel}", _of(_object, "channels", "channel")),
        ("DELETE", _CHANNELS + "/{channel}", _nothing),
        ("GET", _CHANNELS + "/{channel}/uuids", _of(_memberships, "channels", "channel")),
        ("PATCH", _CHANNELS + "/{channel}/uuids", _of(_memberships, "channels", "channel")),
        ("POST", _STORED + "/generate-upload-url", _nothing),
        ("GET", _STORED + "/files", _files),
        ("GET", _STORED + "/files/{id}/{name}", _file),
        ("DELETE", _STORED + "/files/{id}/{name}", _file),
        ("GET", "/v1/auth/grant/sub-key/{sub}", _nothing),
        ("GET", "/v1/auth/audit/sub-key/{sub}", _audit),
        ("GET", "/v2/auth/grant/sub-key/{sub}", _nothing),
        ("GET", "/v2/auth/audit/sub-key/{sub}", _audit),
        ("POST", "/v3/pam/{sub}/grant", _nothing),
        ("DELETE", "/v3/pam/{sub}/grant/{token}", _revoke),
    )
)
_ROUTER: Final = Router(ROUTES)
#: What an answer raises from which no state can be read, an error for example: there is none then.
_UNREADABLE: Final = (AttributeError, KeyError, TypeError, ValueError)
#: What only the owner of the secret key may ask for.
_SIGNED: Final = ("/auth/", "/v3/pam/")


class _Found(NamedTuple):
    """What an exchange is: its route, what makes its state, and the names in its path."""

    route: str
    setter: _Setter
    parts: Mapping[str, str]


def _find(exchange: Exchange) -> _Found:
    if exchange.of_storage:
        setter = _download if exchange.method == "GET" else _upload
        return _Found(f"{exchange.method} {STORAGE}", setter, {})
    request = Request(exchange.method, exchange.path, Query(""), {})
    route = _ROUTER.find(request)
    if isinstance(route, Route):
        name = f"{route.method} {route.path}".replace("{key}", "sub-key")
        return _Found(name, route.handler, request.parts)
    parts = exchange.path.split("/")
    if len(parts) > 8 and parts[1] in ("publish", "signal"):
        # A slash within the message.
        named = {"pub": parts[2], "sub": parts[3], "channel": parts[5]}
        return _Found(f"{exchange.method} {ROUTES[1].path}", _nothing, named)
    return _Found(f"{exchange.method} {exchange.path}", _nothing, {})


def route_of(exchange: Exchange) -> str:
    """Return its method and the form of its path."""
    return _find(exchange).route


def replay(exchange: Exchange) -> Outcome:
    """Send the request to an emulator in the state of the recorded one; return its answer."""
    found = _find(exchange)
    keys, is_managed = _keys(exchange, found.parts)
    with Emulated(keys=keys, poll_seconds=_POLL_SECONDS) as emulated:
        stage = Stage(exchange, found.parts, emulated)
        with suppress(*_UNREADABLE):
            found.setter(stage)
        if stage.query.get("auth") == TOKEN and is_managed:
            stage.query["auth"] = _revoked(stage)
        target = f"{stage.path}?{urlencode(stage.query, quote_via=quote)}"
        if any(part in exchange.path for part in _SIGNED):
            unsigned = {n: v for n, v in stage.query.items() if n not in ("signature", "timestamp")}
            target = f"{stage.path}?{urlencode(unsigned, quote_via=quote)}"
            is_late = "Invalid Timestamp" in json.dumps(exchange.reply)
            moment = int(emulated.seconds) - is_late * _LONG
            target = signed(exchange.method, target, stage.body.decode(), moment)
        return _outcome(_answer(stage, target))


def _revoked(stage: Stage) -> str:
    token = _token(stage)
    stage.ask("DELETE", f"/v3/pam/{{sub}}/grant/{quote(token, safe='')}")
    return token


def _keys(
    exchange: Exchange, parts: Mapping[str, str]
) -> tuple[dict[str, str | Keys] | None, bool]:
    """Return the keysets that are served, None for any; and whether one has an access manager."""
    text, sub = json.dumps(exchange.reply), parts.get("sub", "sub")
    if "Invalid Subscribe Key" in text or "Invalid Subkey" in text:
        return {"other": "other"}, False
    if "Invalid Key" in text:
        return {sub: "other"}, False
    is_refused = not exchange.is_success and "Access Manager" in text
    if is_refused or any(part in exchange.path for part in _SIGNED):
        return {unquote(sub): Keys("pub", SECRET, access_manager=True)}, True
    return None, False


def _answer(stage: Stage, target: str) -> Answer:
    emulated, exchange = stage.emulated, stage.exchange
    if len(target) > MAX_REQUEST_LINE:
        return too_long()
    if stage.headers.get("Content-Type"):
        return emulated.upload(target, stage.body, stage.headers)
    if "/v2/subscribe/" in stage.path:
        answer = emulated.request_or_none(exchange.method, target)
        return answer or emulated.await_answer(emulated.poll(target))
    return emulated.request(exchange.method, target, stage.body, stage.headers)


def _outcome(answer: Answer) -> Outcome:
    body = answer.body
    if answer.parts is not None:
        body = b""
        while part := answer.parts.next():
            body += part
    if not body:
        return Outcome(answer.status, None)
    try:
        return Outcome(answer.status, json.loads(body))
    except ValueError:
        return Outcome(answer.status, body.decode("utf-8", "replace"))
