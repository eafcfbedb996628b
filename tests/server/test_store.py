"""The store: what survives, what is refused as one, what goes when it is full, and failures."""

from __future__ import annotations

import json
import logging
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pnfilter.server.app import App
from pnfilter.server.settings import MAX_CHANNELS, Settings
from pnfilter.server.store.database import Database, StoreFailure, UnusableStore
from pnfilter.server.store.messages import Slice, StoredMessage
from pnfilter.server.store.store import Store
from tests.server.emulated import Emulated, received

ROOT = Path(__file__).parents[2]
ALL = Slice.between(None, None)
HISTORY = "/v2/history/sub-key/sub/channel/a"
GROUP = "/v1/channel-registration/sub-key/sub/channel-group/g"
STATE = "/v2/presence/sub-key/sub/channel/a/uuid/alice"
DEVICE = "/v1/push/sub-key/sub/devices/d?type=gcm"
ACTIONS = "/v1/message-actions/sub/channel/a"
MEMBERS = "/v2/objects/sub/channels/a/uuids"


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        sent = emulated.publish("a", 1, meta={"k": 1}, uuid="alice")
        action = emulated.post(f"{ACTIONS}/message/{sent}?uuid=alice", b'{"type":"t","value":"v"}')[
            1
        ]["data"]
        emulated.get(f"{GROUP}?add=a,b")
        emulated.get(f"{DEVICE}&add=a,b")
        emulated.get("/v2/presence/sub-key/sub/channel/a/heartbeat?uuid=alice")
        emulated.get(f"{STATE}/data?uuid=alice&state=%7B%22s%22%3A1%7D")
        emulated.request("PATCH", "/v2/objects/sub/uuids/alice", b'{"name":"Alice"}')
        emulated.request("PATCH", MEMBERS, b'{"set":[{"uuid":{"id":"alice"}}]}')
        targets = (HISTORY, GROUP, STATE, ACTIONS, DEVICE, f"{MEMBERS}?include=uuid")
        before = [emulated.get(target) for target in targets]
    with Emulated(store=tmp_path / "store") as emulated:
        assert [emulated.get(target) for target in targets] == before
        assert before[0][1] == [[1], sent, sent]
        assert before[1][1]["payload"]["channels"] == ["a", "b"]
        assert before[2][1]["payload"] == {"s": 1}
        assert before[3][1]["data"] == [action]
        assert before[4][1] == ["a", "b"]
        assert before[5][1]["data"][0]["uuid"]["name"] == "Alice"


def test_without_a_file_nothing_is_kept() -> None:
    with Emulated() as emulated:
        emulated.publish("a", 1)
    with Emulated() as emulated:
        assert emulated.get(HISTORY)[1] == [[], 0, 0]


@pytest.mark.parametrize("seconds", [-10_000_000, -1, 0, 1])
def test_timetokens_increase_over_a_restart(tmp_path: Path, seconds: int) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        sent = [emulated.publish("a", number) for number in range(100)]
    with Emulated(store=tmp_path / "store") as emulated:
        emulated.seconds += seconds
        sent += [emulated.publish("a", number) for number in range(100)]
        assert sent == sorted(set(sent))
        assert emulated.get(HISTORY)[1][1:] == [sent[100], sent[-1]]


#: A service that says what it has acknowledged, until it is killed.
WRITER = """
import json, sys
from itertools import count
from pathlib import Path
from tests.server.emulated import Emulated

with Emulated(store=Path(sys.argv[1])) as emulated:
    for number in count():
        sent = emulated.publish("a", number)
        print("message", sent, number, flush=True)
        body = json.dumps({"type": "t", "value": str(number)}).encode()
        path = f"/v1/message-actions/sub/channel/a/message/{sent}?uuid=alice"
        status, answer = emulated.post(path, body)
        print("action", answer["data"]["actionTimetoken"], number, flush=True)
        emulated.get(f"/v1/channel-registration/sub-key/sub/channel-group/g?add=c{number}")
        print("group", sent, number, flush=True)
"""


@pytest.mark.parametrize("lines", [4, 50, 301])
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "store"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().split() for _ in range(lines)]
        with pytest.raises(UnusableStore, match="is in use by another emulator"):
            Store(path)
        writer.kill()
        # What it had said before it was killed.
        rest = writer.stdout.read().splitlines(keepends=True)
        told += [line.split() for line in rest if line.endswith("\n")]
    by_kind = {
        kind: [(int(timetoken), int(number)) for what, timetoken, number in told if what == kind]
        for kind in ("message", "action", "group")
    }
    with Emulated(store=path) as emulated:
        store = emulated.broker.store
        # The writer's clock stood still, and so does this one.
        assert emulated.broker.timetokens.next() > max(int(timetoken) for _, timetoken, _ in told)
        messages = store.messages.read("sub", "a", ALL, 10_000)
        found = [(message.timetoken, json.loads(message.payload)) for message in messages]
        kept = by_kind["message"][-1_000:]
        assert [item for item in found if item in kept] == kept
        # What was written and not said yet is whole.
        assert len(found) <= len(kept) + 1
        actions = [
            (action.timetoken, int(action.value))
            for action in store.actions.read("sub", "a", ALL, 10_000)
        ]
        assert set(by_kind["action"][-999:]) <= set(actions)
        channels = {channel for _, channel in store.groups.load_groups("sub")}
        assert {f"c{number}" for _, number in by_kind["group"]} <= channels


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.save_mark(1)
    assert modes(tmp_path) == {"store": 0o600, "store-wal": 0o600}
    store.close()
    assert modes(tmp_path) == {"store": 0o600}
    (tmp_path / "store").chmod(0o644)
    store = Store(tmp_path / "store")
    store.save_mark(2)
    assert modes(tmp_path) == {"store": 0o600, "store-wal": 0o600}
    store.close()


def test_a_file_that_becomes_a_link_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.touch()
    other.chmod(0o644)
    (tmp_path / "link").symlink_to("store")
    connect = sqlite3.connect

    def connected(path: Path, **options: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = connect(path, **options)
        # Where the owner of the folder may put a link.
        made.execute("PRAGMA user_version")
        path.rename(tmp_path / "moved")
        path.symlink_to(other)
        return made

    with monkeypatch.context() as context:
        context.setattr(sqlite3, "connect", connected)
        Store(tmp_path / "store").close()
    assert other.stat().st_mode & 0o777 == 0o644
    (tmp_path / "store").unlink()
    (tmp_path / "store").touch()
    Store(tmp_path / "link").close()
    assert modes(tmp_path)["store"] == 0o600


def test_a_store_has_one_emulator(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = Store(path)
    for _ in range(2):
        with pytest.raises(UnusableStore, match=r"store is in use by another emulator$"):
            App(Settings(store=path))
    store.save_mark(1)
    store.close()
    with Emulated(store=path) as emulated:
        emulated.publish("a", 1)


@pytest.mark.parametrize(
    ("failure", "end", "reason"),
    [
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF", "readonly database"),
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", "disk is full"),
    ],
)
def test_a_store_that_fails_is_answered_503(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, failure: str, end: str, reason: str
) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        big = json.dumps("x" * 10_000).encode()
        publish = "/publish/p/sub/0/a/0?auth=secret"
        emulated.publish("a", "before")
        cursor = emulated.get("/v2/subscribe/sub/a/0?tt=0&uuid=bob")[1]["t"]["t"]
        poll = emulated.poll(f"/v2/subscribe/sub/a/0?tt={cursor}&uuid=bob")
        emulated.broker.store.database.write(failure)
        with caplog.at_level(logging.ERROR, "pnfilter.server"):
            for _ in range(3):
                status, body = emulated.post(publish, big)
                assert (status, body["status"], body["error"]) == (503, 503, True)
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        assert reason in caplog.text
        assert "secret" not in caplog.text
        # What isn't stored isn't delivered, and what was stored can be read.
        assert not poll.done()
        assert emulated.get(HISTORY)[1][0] == ["before"]
        emulated.broker.store.database.write(end)
        emulated.publish("a", "after")
        assert [item["d"] for item in received(poll.result())[1]] == ["after"]
        assert emulated.get(HISTORY)[1][0] == ["before", "after"]


def test_time_goes_on_where_the_store_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        emulated.publish("a", "short", ttl=1)
        emulated.broker.store.database.write("PRAGMA query_only = ON")
        emulated.wait(3_601)
        emulated.wait(1)
        emulated.wait(10)
        assert [record.levelname for record in caplog.records] == ["ERROR"] * 2
        # No timetoken is given out that couldn't be saved, even if it is asked for again.
        assert [emulated.get("/time/0")[0] for _ in range(2)] == [503, 503]
        emulated.broker.store.database.write("PRAGMA query_only = OFF")
        emulated.wait(1)
        assert emulated.get("/time/0")[0] == 200


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "store", ["CREATE TABLE numbers (number PRIMARY KEY)"])

    def write_one_twice() -> None:
        with database.transaction():
            database.write("INSERT INTO numbers VALUES (1)")
            with database.transaction():
                database.write("INSERT INTO numbers VALUES (2)")
            database.write("INSERT INTO numbers VALUES (2)")

    with pytest.raises(StoreFailure):
        write_one_twice()
    with pytest.raises(StoreFailure):
        database.write_all("INSERT INTO numbers VALUES (?)", [(3,), (3,)])
    assert database.rows("SELECT number FROM numbers") == []
    with database.transaction():
        database.write("INSERT INTO numbers VALUES (4)")
    assert database.rows("SELECT number FROM numbers") == [(4,)]
    database.close()
    with pytest.raises(StoreFailure):
        database.rows("SELECT number FROM numbers")


def stored(number: int, payload: bytes = b"1") -> StoredMessage:
    return StoredMessage(number, payload)


def test_a_smaller_limit_holds_from_the_next_message_on(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = Store(path, history_limit=10)
    for number in range(10):
        store.messages.add("sub", "a", stored(number))
    store.close()
    store = Store(path, history_limit=3)
    store.messages.add("sub", "a", stored(10))
    assert [message.timetoken for message in store.messages.read("sub", "a", ALL, 100)] == [
        8,
        9,
        10,
    ]
    store.close()


def test_a_limit_holds_for_more_channels_than_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_CHANNELS > 3
    monkeypatch.setattr("pnfilter.server.store.messages.MAX_CHANNELS", 3)
    store = Store(history_limit=2)
    for number in range(30):
        store.messages.add("sub", f"c{number % 5}", stored(number))
    for channel in range(5):
        messages = store.messages.read("sub", f"c{channel}", ALL, 100)
        assert [message.timetoken for message in messages] == [20 + channel, 25 + channel]
    assert len(store.messages._counts) == 3
    store.close()


def test_a_limit_holds_after_everything_was_cleared() -> None:
    store = Store(history_limit=3)
    for key in ("one", "two"):
        for number in range(3):
            store.messages.add(key, "a", stored(number + (10 if key == "two" else 0)))
    store.clear("one")
    for number in range(20, 23):
        store.messages.add("one", "a", stored(number))
    found = [message.timetoken for message in store.messages.read("one", "a", ALL, 100)]
    assert found == [20, 21, 22]
    assert len(store.messages.read("two", "a", ALL, 100)) == 3
    store.clear()
    assert store.messages.read("two", "a", ALL, 100) == []
    store.close()


def test_a_name_that_sqlite_would_take_for_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store(Path(":memory:"))
    store.save_mark(7)
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [":memory:"]
    store = Store(Path(":memory:"))
    assert store.mark() == 7
    store.close()
