"""A reset: what it forgets, and who is answered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from benchmarks.emulator.wire import Connection, answer_of_poll, poll, request
from pnfilter.server.run import Server, running
from tests.server.control.requests import PATH, ask, control, sdk, with_token
from tests.server.emulated import Emulated, received

KEYS = ("one", "two")


def fill(server: Server, key: str) -> None:
    """Something of everything that a keyset can hold."""
    timetoken = sdk(server, f"/publish/p/{key}/0/a/0/1?uuid=u")[2]
    sdk(
        server,
        f"/v1/message-actions/{key}/channel/a/message/{timetoken}?uuid=u",
        "POST",
        b'{"type": "reaction", "value": "x"}',
    )
    sdk(server, f"/v1/channel-registration/sub-key/{key}/channel-group/g?add=a")
    sdk(server, f"/v2/presence/sub-key/{key}/channel/a/heartbeat?uuid=u")
    sdk(server, f"/v2/presence/sub-key/{key}/channel/a/uuid/u/data?uuid=u&state=%7B%22s%22%3A1%7D")
    sdk(server, f"/v2/subscribe/{key}/a/0?uuid=u&tt=0")


def held(server: Server, key: str) -> dict[str, bool]:
    """What a keyset holds of all that ``fill`` puts there."""
    presence = f"/v2/presence/sub-key/{key}/channel/a"
    groups = f"/v1/channel-registration/sub-key/{key}/channel-group"
    return {
        "users": sdk(server, presence)["occupancy"] > 0,
        "state": sdk(server, f"{presence}/uuid/u")["payload"] != {},
        "groups": sdk(server, f"{groups}/g")["payload"]["channels"] != [],
        "history": sdk(server, f"/v2/history/sub-key/{key}/channel/a")[0] != [],
        "counts": sdk(server, f"/v3/history/sub-key/{key}/message-counts/a?timetoken=1")[
            "channels"
        ]["a"]
        > 0,
        "actions": sdk(server, f"/v1/message-actions/{key}/channel/a")["data"] != [],
        "subscribers": server.subscribers(key) != [],
    }


def is_queued(server: Server, key: str) -> bool:
    """Whether a subscriber with an old cursor is caught up."""
    return server.call(
        lambda app: any(len(keyset.queues) for keyset in app.broker.keysets() if keyset.key == key)
    )


@pytest.mark.parametrize("keyset", ["one", None])
def test_a_reset_forgets_everything_or_one_keyset(server: Server, keyset: str | None) -> None:
    for key in KEYS:
        fill(server, key)
        assert all(held(server, key).values()), held(server, key)
        assert is_queued(server, key)
    server.add_fault("cut", keyset="one")
    server.add_fault("cut", keyset="two")
    assert control(server, "POST", "/reset", {"keyset": keyset})[0] == 200
    assert [fault["keyset"] for fault in server.faults()] == ([] if keyset is None else ["t…"])
    server.clear_faults()
    assert not is_queued(server, "one")
    assert not any(held(server, "one").values())
    assert is_queued(server, "two") is (keyset is not None)
    assert set(held(server, "two").values()) == {keyset is not None}


def test_a_reset_without_a_body_forgets_everything(server: Server) -> None:
    fill(server, "one")
    assert control(server, "POST", "/reset") == (200, {"status": 200})
    assert not any(held(server, "one").values())


def test_a_reset_reaches_what_an_earlier_run_has_stored(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with running(store=store) as server:
        for key in KEYS:
            fill(server, key)
        last = int(sdk(server, "/time/0")[0])
    with running(store=store) as server:
        server.reset("one")
        assert int(sdk(server, "/time/0")[0]) > last
    stored = ("groups", "history", "counts", "actions")
    with running(store=store) as server:
        assert [held(server, "one")[what] for what in stored] == [False] * 4
        assert [held(server, "two")[what] for what in stored] == [True] * 4
        server.reset()
    with running(store=store) as server:
        assert [held(server, "two")[what] for what in stored] == [False] * 4


def test_a_reset_answers_polls_which_go_on_with_their_cursor(server: Server) -> None:
    cursor = sdk(server, poll(["a"], uuid="u"))["t"]["t"]

    async def waited() -> tuple[str, list[Any]]:
        async with asyncio.timeout(20), Connection(server.origin) as connection:
            await connection.send(request(poll(["a"], cursor, uuid="u")))
            while not server.subscribers()[0]["waiting"]:  # noqa: ASYNC110 - in another thread
                await asyncio.sleep(0.005)
            server.reset("demo-sub")
            return answer_of_poll(await connection.receive())

    next_cursor, items = asyncio.run(waited())
    assert items == []
    assert int(next_cursor) >= int(cursor)
    sdk(server, "/publish/demo-pub/demo-sub/0/a/0/5")
    (item,) = sdk(server, poll(["a"], next_cursor, uuid="u"))["m"]
    assert item["d"] == 5


def test_a_poll_of_another_keyset_still_waits_after_a_reset(emulated: Emulated) -> None:
    polls = {
        key: emulated.poll(f"/v2/subscribe/{key}/a/0?uuid=u&tt={emulated.timetoken}")
        for key in KEYS
    }
    emulated.app.control.reset("one")
    assert [polls[key].done() for key in KEYS] == [True, False]
    assert received(polls["one"].result())[1] == []
    emulated.publish("a", 1, key="two")
    assert [item["d"] for item in received(polls["two"].result())[1]] == [1]


def test_a_reset_that_can_not_be_stored_changes_nothing(server: Server) -> None:
    fill(server, "one")

    def read_only(is_so: bool) -> None:
        server.call(lambda app: app.broker.store.database.rows(f"PRAGMA query_only = {int(is_so)}"))

    read_only(True)
    reply = ask(server, "POST", f"{PATH}/reset", headers=with_token(server))
    assert (reply.status, reply.json()["help"]) == (503, "ask again later")
    assert "Access-Control-Allow-Origin" not in reply.headers
    read_only(False)
    assert all(held(server, "one").values())
