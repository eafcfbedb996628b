"""Recorded answers of the real service (2016 to 2020): the emulator answers the same.

Those of storage are with its own tests.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from pnfilter.server.keysets import Keyring
from pnfilter.server.wire import json_bytes
from tests.server.emulated import Emulated

RECORDED: Final = {
    record["name"]: record
    for record in map(
        json.loads,
        Path(__file__).with_name("recorded.ndjson").read_text(encoding="utf-8").splitlines(),
    )
}

LISTENER: Final = "test-subscribe-asyncio-listener"
HERE_NOW: Final = "test-here-now-asyncio"
STATE: Final = {"count": 5, "name": "Alex"}


def normal(value: Any) -> Any:
    """A body without what depends on time and place; the order of a list of users is free."""
    match value:
        case str() if re.fullmatch(r"\d{17}", value):
            return "timetoken"
        case int() if value >= 10**16:
            return 10**16
        case dict():
            found = {name: normal(one) for name, one in value.items()}
            if "uuids" in found:
                found["uuids"] = sorted(found["uuids"], key=json_bytes)
            # The shard, the region, the second in which something happened.
            return found | {
                name: type(found[name]) for name in ("a", "r", "timestamp") if name in found
            }
        case list():
            return [normal(one) for one in value]
        case _:
            return value


def replay(emulated: Emulated, name: str, *, body: bytes = b"", **values: Any) -> None:
    """The recorded request, with values for its parameters; the answer is the recorded one."""
    record = RECORDED[name]
    parameters = {key.replace("_", "-"): value for key, value in values.items()}
    assert sorted(parameters) == record["query"]
    # The names of parameters were recorded without the user, which every request has.
    parameters.setdefault("uuid", LISTENER)
    query = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in parameters.items())
    answer = emulated.request(record["method"], f"{record['path']}?{query}", body)
    assert answer.status == record["status"]
    assert normal(json.loads(answer.body)) == normal(record["body"])


def enter(emulated: Emulated, user: str, *channels: str) -> None:
    path = f"/v2/presence/sub-key/SUB/channel/{','.join(channels)}/heartbeat"
    assert emulated.get(f"{path}?uuid={user}")[0] == 200


def test_every_record_is_replayed() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    replayed = set(re.findall(r'replay\(\s*emulated,\s*"([^"]+)"', source))
    assert replayed == RECORDED.keys()


def test_publish_signal_and_time(emulated: Emulated) -> None:
    replay(emulated, "publish")
    replay(emulated, "publish-body", body=b'"hey"')
    replay(emulated, "fire", norep="true", ptto="15")
    replay(emulated, "signal")
    replay(emulated, "time")


def test_keys_that_are_not_served(emulated: Emulated) -> None:
    emulated.broker.keyring = Keyring({"demo": "demo"})
    replay(emulated, "publish-unknown-key")
    replay(emulated, "publish-wrong-key")


def test_channel_groups(emulated: Emulated) -> None:
    replay(emulated, "group-list-empty")
    replay(emulated, "group-add", add="channel-groups-tornado-ch")
    replay(emulated, "group-list")
    replay(emulated, "group-delete")
    replay(emulated, "group-list-empty")


def test_here_now(emulated: Emulated) -> None:
    enter(emulated, f"{HERE_NOW}-uuid1", f"{HERE_NOW}-ch")
    replay(emulated, "here-now")
    replay(emulated, "here-now-state", state=1)
    enter(emulated, f"{HERE_NOW}-uuid1", f"{HERE_NOW}-ch1", f"{HERE_NOW}-ch2")
    replay(emulated, "here-now-several")
    replay(emulated, "here-now-several-state", state=1)
    enter(emulated, "00de2586-7ad8-4955-b5f6-87cae3215d02", "twisted-test-1")
    replay(emulated, "here-now-twice")
    replay(emulated, "leave")


def test_here_now_of_all_channels(emulated: Emulated) -> None:
    for name, channel in RECORDED["here-now-all"]["body"]["payload"]["channels"].items():
        for user in channel["uuids"]:
            enter(emulated, user, name)
    replay(emulated, "here-now-all")


def test_where_now(emulated: Emulated) -> None:
    user = "test-where-now-asyncio"
    enter(emulated, f"{user}-uuid", f"{user}-ch1", f"{user}-ch2")
    replay(emulated, "where-now")


def test_state_and_heartbeat(emulated: Emulated) -> None:
    replay(emulated, "set-state", state=json.dumps(STATE))
    replay(emulated, "get-state-several")
    path = (
        "/v2/presence/sub-key/SUB/channel/test-state-asyncio-ch/uuid/test-state-asyncio-uuid/data"
    )
    assert emulated.get(f"{path}?state={quote(json.dumps(STATE))}")[0] == 200
    replay(emulated, "get-state")
    replay(emulated, "heartbeat", heartbeat=20)


def test_subscribe(emulated: Emulated) -> None:
    replay(emulated, "subscribe-first", tt=0)
    cursor = emulated.broker.timetokens.next()
    emulated.publish(
        "test-subscribe-asyncio-ch", "hey", "SUB", uuid="test-subscribe-asyncio-uuid-pub", seqn=1
    )
    replay(emulated, "subscribe", tt=cursor, tr=12)


@pytest.mark.parametrize("waits", [False, True])
def test_subscribe_to_a_group(emulated: Emulated, waits: bool) -> None:
    name = "test-subscribe-asyncio"
    emulated.group(f"{name}-group", f"{name}-channel", "SUB")
    cursor = emulated.broker.timetokens.next()
    path = f"/v2/subscribe/SUB/,/0?tt={cursor}&channel-group={name}-group"
    waiting = emulated.poll(path) if waits else None
    emulated.publish(
        f"{name}-channel", "hey", "SUB", uuid="816d9356-41d0-4b1d-ba5c-b3488822ab64", seqn=1
    )
    if waiting is None:
        replay(emulated, "subscribe-group", channel_group=f"{name}-group", tt=cursor, tr=12)
    else:
        body = json.loads(waiting.result().body)
        assert normal(body) == normal(RECORDED["subscribe-group"]["body"])


def test_subscribe_to_the_presence_of_a_group(emulated: Emulated) -> None:
    name = "test-subscribe-asyncio-join-leave-cg"
    emulated.group(f"{name}-group", f"{name}-channel", "SUB")
    cursor = emulated.broker.timetokens.next()
    enter(emulated, LISTENER, f"{name}-channel")
    replay(
        emulated,
        "subscribe-group-presence",
        channel_group=f"{name}-group,{name}-group-pnpres",
        tt=cursor,
        tr=12,
    )
