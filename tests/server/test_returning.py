"""Subscribers that come back after a restart: no stored message is lost, none comes twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.emulator.service import Service
from pnfilter.server import quotas
from pnfilter.server.broker import keyset
from pnfilter.server.store.database import VERSION
from tests.examples import examples
from tests.server.emulated import Emulated
from tests.server.exchanging import fetch
from tests.server.subscribing import catch_up, handshake, is_waiting, payloads, target


def test_all_of_a_message_is_as_before(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        emulated.publish(
            *("ch", {"n": [1, "ü"]}),
            meta={"k": None},
            uuid="alice",
            custom_message_type="news",
            seqn=7,
        )
        emulated.publish("ch", None)
        before = catch_up(emulated, "ch", start)
        assert [item.get("s") for item in before[1]] == [7, None]
    with Emulated(store=tmp_path / "store") as emulated:
        assert catch_up(emulated, "ch", start) == before
        # And once more: the answer may have been lost.
        assert catch_up(emulated, "ch", start) == before
        assert is_waiting(emulated, emulated.poll(target("ch", before[0])))


@pytest.mark.parametrize(
    ("names", "parameters", "expected"),
    [
        ("a.b,a.c", {}, [1, 2]),
        ("a.*", {}, [1, 2]),
        ("a.*,a.b", {}, [1, 2]),
        (",", {"groups": "g"}, [1]),
        ("a.c", {"filter": "meta.n == 2"}, [2]),
        ("a.b", {"filter": "meta.n == 2"}, []),
        ("b", {"groups": "g"}, [1, 3]),
    ],
)
def test_it_is_reached_as_before(
    tmp_path: Path, names: str, parameters: dict[str, str], expected: list[int]
) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        emulated.group("g", "a.b")
        start = handshake(emulated)
        for number, channel in enumerate(("a.b", "a.c", "b"), 1):
            emulated.publish(channel, number, meta={"n": number})
    with Emulated(store=tmp_path / "store") as emulated:
        if expected:
            assert payloads(catch_up(emulated, names, start, **parameters)[1]) == expected
        else:
            assert is_waiting(emulated, emulated.poll(target(names, start, **parameters)))


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_new_comes_after_it(tmp_path: Path, is_first: bool) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        emulated.publish("ch", "before")
    with Emulated(store=tmp_path / "store") as emulated:
        if not is_first:
            catch_up(emulated, "ch", start)
        emulated.publish("ch", "after")
        assert payloads(catch_up(emulated, "ch", start)[1]) == ["before", "after"]


def test_what_subscribers_never_got_does_not_come_now(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        emulated.publish("ch", "for nobody", norep="true")
        emulated.publish("ch", "for all")
        emulated.publish("ch", "not stored", store=0)
        deleted = emulated.publish("ch", "deleted")
        emulated.publish("ch", "short-lived", ttl=1)
        emulated.delete(
            f"/v3/history/sub-key/sub/channel/ch?start={deleted - 1}&end={deleted}&uuid=u"
        )
        emulated.publish("other", "of another keyset", key="other")
    with Emulated(store=tmp_path / "store") as emulated:
        emulated.seconds += 3_601
        assert payloads(catch_up(emulated, "ch,other", start)[1]) == ["for all"]


def test_a_channel_of_which_nothing_is_left(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        emulated.publish("a.b", "for nobody", norep="true")
    with Emulated(store=tmp_path / "store") as emulated:
        assert is_waiting(emulated, emulated.poll(target("a.b,a.*", start)))
        emulated.publish("a.b", "new")
        assert payloads(catch_up(emulated, "a.*", start)[1]) == ["new"]


@pytest.mark.parametrize("page", [1, 3, 100])
def test_who_missed_more_than_is_kept_is_counted(
    tmp_path: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "_PAGE", page)
    with Emulated(store=tmp_path / "store", queue=5) as emulated:
        start = handshake(emulated)
        sent = [emulated.publish("ch", number) for number in range(7)]
    with Emulated(store=tmp_path / "store", queue=5) as emulated:
        subscribers = emulated.broker.keyset("sub").subscribers
        assert payloads(catch_up(emulated, "ch", sent[1])[1]) == [2, 3, 4, 5, 6]
        assert [each.missed for each in subscribers] == [0]
        assert payloads(catch_up(emulated, "ch", start)[1]) == [2, 3, 4, 5, 6]
        assert [each.missed for each in subscribers] == [1]


def test_no_more_is_read_than_queues_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MAX_QUEUED", 5_000)
    monkeypatch.setattr(keyset, "_PAGE", 1)
    with Emulated(store=tmp_path / "store", queue=1_000) as emulated:
        start = handshake(emulated)
        for number in range(100):
            emulated.publish("ch", number)
    with Emulated(store=tmp_path / "store", queue=1_000) as emulated:
        found = payloads(catch_up(emulated, "ch", start)[1])
        assert 2 < len(found) < 10
        assert found == list(range(100 - len(found), 100))


def test_of_more_than_queues_take_the_newest_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "MAX_QUEUED", 5_000)
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        sent = [emulated.publish(f"a.{number}", number) for number in range(100)]
    with Emulated(store=tmp_path / "store") as emulated:
        queues = emulated.broker.keyset("sub").queues
        reading = Mock(wraps=queues._read)
        monkeypatch.setattr(queues, "_read", reading)
        # What is known already is not read.
        assert payloads(catch_up(emulated, "a.*", sent[-2])[1]) == [99]
        reading.assert_called_once_with("a.99")
        found = payloads(catch_up(emulated, "a.*", start)[1])
        assert found == list(range(100 - len(found), 100))
        assert 2 < len(found) <= reading.call_count < 20
        (subscriber,) = emulated.broker.keyset("sub").subscribers
        assert subscriber.missed == 1
        # What was left out is gone, as from a queue.
        reading.reset_mock()
        assert is_waiting(emulated, emulated.poll(target("a.0", start)))
        reading.assert_not_called()
        assert len(queues._unread) == 0
        emulated.publish("a.0", "new")
        assert payloads(catch_up(emulated, "a.0", start)[1]) == ["new"]


def test_what_was_read_before_makes_room_for_what_is_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "MAX_QUEUED", 5_000)
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        for number in range(20):
            emulated.publish(f"a.{number}", number)
        emulated.publish("b", "newest")
    with Emulated(store=tmp_path / "store") as emulated:
        known = payloads(catch_up(emulated, "a.*", start)[1])
        assert payloads(catch_up(emulated, "a.*,b", start)[1]) == [*known[1:], "newest"]


def test_many_messages_of_one_channel_that_nobody_got(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store", queue=2) as emulated:
        start = handshake(emulated)
        sent = [emulated.publish("ch", number) for number in range(3)]
        for _ in range(5):
            emulated.publish("ch", "for nobody", norep="true")
    with Emulated(store=tmp_path / "store", queue=2) as emulated:
        table = emulated.broker.store.messages
        with patch.object(table, "read", wraps=table.read) as reading:
            assert payloads(catch_up(emulated, "ch", start)[1]) == [1, 2]
        assert reading.call_count == 1
        queue = emulated.broker.keyset("sub").queues.get("ch")
        assert queue is not None
        assert queue.dropped_until == sent[0]


def unread(emulated: Emulated) -> int:
    """How many channels with messages of an earlier run were not read."""
    return sum(len(keyset.queues._unread) for keyset in emulated.broker.keysets())


def test_of_too_many_channels_those_with_the_newest_messages_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "MAX_CHANNELS", 2)
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        for channel in ("c.c", "c.a", "c.b", "c.c"):
            emulated.publish(channel, channel)
        emulated.publish("x", 1, key="other")
    with Emulated(store=tmp_path / "store") as emulated:
        assert payloads(catch_up(emulated, "c.*", start)[1]) == ["c.c", "c.b", "c.c"]
        # These are read by now: there is room for those of another keyset.
        assert unread(emulated) == 0
        emulated.broker.keyset("other")
        assert unread(emulated) == 1
        emulated.app.forget("other")
        assert unread(emulated) == 0


def test_a_keyset_with_very_many_channels_is_not_the_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "MAX_CHANNELS", 100)
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        for number in range(101):
            emulated.publish(f"c.{number}", number, key="many")
        emulated.publish("ch", "one")
    with Emulated(store=tmp_path / "store") as emulated:
        emulated.broker.keyset("many")
        assert payloads(catch_up(emulated, "ch", start)[1]) == ["one"]


def test_what_was_forgotten_does_not_come_back(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        emulated.publish("ch", 1)
    with Emulated(store=tmp_path / "store") as emulated:
        emulated.broker.keyset("sub")
        emulated.app.forget("sub")
        assert is_waiting(emulated, emulated.poll(target("ch", start)))


def test_a_store_that_fails_is_read_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        start = handshake(emulated)
        emulated.publish("ch", 1)
    with Emulated(store=tmp_path / "store") as emulated:
        emulated.broker.keyset("sub")
        with monkeypatch.context() as patched:
            patched.setattr("pnfilter.server.store.messages._READ", "SELECT nothing")
            assert emulated.get(target("ch", start))[0] == 503
            assert emulated.get("/publish/pub/sub/0/ch/0/2?uuid=u")[0] == 503
        assert emulated.get("/v2/history/sub-key/sub/channel/ch")[1][0] == [1]
        assert payloads(catch_up(emulated, "ch", start)[1]) == [1]


#: The table of the first version.
FIRST = """
    DROP TABLE messages;
    CREATE TABLE messages (
        timetoken INTEGER PRIMARY KEY, key TEXT NOT NULL, channel TEXT NOT NULL, expires INTEGER,
        payload BLOB NOT NULL, meta BLOB, publisher TEXT, custom_type TEXT, kind INTEGER
    );
    PRAGMA user_version = 1;
"""


def test_a_store_of_the_first_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with Emulated(store=path) as emulated:
        start = handshake(emulated)
    connection = sqlite3.connect(path)
    connection.executescript(FIRST)
    row = (start + 1, "sub", "ch", None, b'"old"', b'{"k": 1}', "alice", None, None)
    connection.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    for sent in ("new", "newer"):
        with Emulated(store=path) as emulated:
            emulated.publish("ch", sent)
            history = emulated.get("/v2/history/sub-key/sub/channel/ch")[1]
            items = catch_up(emulated, "ch", start)[1]
            assert payloads(items)[0] == history[0][0] == "old"
            assert payloads(items)[-1] == history[0][-1] == sent
            assert (items[0]["u"], items[0]["i"]) == ({"k": 1}, "alice")
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


STEPS = st.lists(
    st.tuples(st.just("publish"), st.sampled_from(["a.b", "a.c", "d"]))
    | st.tuples(st.just("poll"), st.sampled_from(["a.b", "a.*", "a.*,d", "a.b,a.c,d"]))
    | st.just(("restart", "")),
    max_size=40,
)


@examples(0.25)
@given(STEPS)
def test_restarts_are_not_seen_by_subscribers(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("returning") / "store"
    sent: list[tuple[str, int]] = []
    cursors: dict[str, int] = {}
    seen: dict[str, list[Any]] = {}
    emulated = Emulated(store=path)
    start = handshake(emulated)
    try:
        for what, names in [*steps, ("restart", ""), ("poll", "a.*,d")]:
            if what == "restart":
                emulated.__exit__(None, None, None)
                emulated = Emulated(store=path)
            elif what == "publish":
                emulated.publish(names, len(sent))
                sent.append((names, len(sent)))
            else:
                wanted = [
                    number
                    for channel, number in sent
                    if channel in names.split(",") or ("a.*" in names and channel < "b")
                ]
                known = seen.setdefault(names, [])
                cursor = cursors.get(names, start)
                if known == wanted:
                    assert is_waiting(emulated, emulated.poll(target(names, cursor)))
                    continue
                cursors[names], items = catch_up(emulated, names, cursor)
                known += payloads(items)
                assert known == wanted
    finally:
        emulated.__exit__(None, None, None)


def test_a_killed_service_has_what_it_acknowledged(tmp_path: Path) -> None:
    options = ("--store", str(tmp_path / "store"), "-q")
    with Service(tmp_path, *options) as service:
        subscribe = "/v2/subscribe/sub/ch/0?uuid=u&tt="
        cursor = fetch(service.origin, f"{subscribe}0").json()["t"]["t"]
        seen: list[int] = []
        number = 0
        for _ in range(3):
            for _ in range(5):
                fetch(service.origin, f"/publish/p/sub/0/ch/0/{number}?uuid=v")
                number += 1
            service.kill()
            service.start()
            answer = fetch(service.origin, f"{subscribe}{cursor}").json()
            cursor = answer["t"]["t"]
            seen += [item["d"] for item in answer["m"]]
    assert seen == list(range(15))
