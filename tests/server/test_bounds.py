"""Whoever fills a store is refused, and takes nothing from the other keysets."""

from __future__ import annotations

import json
import re
from asyncio import Future
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import pytest

from benchmarks.emulator.faults import forgeries
from pnfilter.server import quotas
from pnfilter.server.access.tokens import make_token
from pnfilter.server.http.response import Answer
from pnfilter.server.keysets import Keys
from pnfilter.server.settings import MAX_STATE
from tests.server.emulated import START, Emulated
from tests.server.filing import HOST, Promised, form_of, of_type
from tests.server.logged import logged
from tests.server.measuring import check_usage

SECRET: Final = "sec-of-tests"
#: Two of them fill what they can, one comes late, one has something before.
GREEDY, LATE, EARLY = ("greedy", "greedy-too"), "late", "early"
KEYS: Final = {
    key: Keys("pub", SECRET, access_manager=key == "managed") for key in (*GREEDY, LATE, EARLY)
}
MANAGED: Final = {key: Keys("pub", SECRET, access_manager=True) for key in KEYS}
#: More requests than fill any of the bounds below.
MANY: Final = 400


class Kind(NamedTuple):
    """A store: its bounds, made small, and requests that write to it and read it.

    ``write`` and ``read`` are given the emulator, a keyset and a number. ``read`` says whether
    what was written with that number is there.
    """

    bounds: dict[str, int]
    write: Callable[[Emulated, str, int], tuple[int, Any]]
    read: Callable[[Emulated, str, int], bool]
    status: int = 400
    keys: dict[str, Keys] = KEYS
    #: How many of the first are written by who comes early, and by who comes late.
    few: int = 2


def both(name: str, keyset: int) -> dict[str, int]:
    """A bound of keysets, and that of all together: twice as much."""
    return {f"MAX_{name}": keyset, f"MAX_ALL_{name}": 2 * keyset}


def path(template: str, key: str, number: int) -> str:
    return template.replace("KEY", key).replace("NUMBER", f"{number:04}").replace("PAD", "x" * 400)


def getting(template: str) -> Callable[[Emulated, str, int], tuple[int, Any]]:
    return lambda emulated, key, number: emulated.get(path(template, key, number))


def sending(method: str, template: str, body: str) -> Callable[..., tuple[int, Any]]:
    def send(emulated: Emulated, key: str, number: int) -> tuple[int, Any]:
        answer = emulated.request(
            method, path(template, key, number), path(body, key, number).encode()
        )
        return answer.status, json.loads(answer.body)

    return send


def finding(template: str, text: str) -> Callable[[Emulated, str, int], bool]:
    """Whether an answer has a text.

    Names are looked for in their quotes: the digits alone stand in random identifiers now and then.
    """

    def find(emulated: Emulated, key: str, number: int) -> bool:
        answer = emulated.request("GET", path(template, key, number))
        return path(text, key, number) in answer.body.decode()

    return find


# Those with more than one request.


def signed(emulated: Emulated, method: str, target: str) -> tuple[int, Any]:
    target = forgeries.signed(method, target, "", SECRET, int(emulated.seconds))
    answer = emulated.request(method, target)
    return answer.status, json.loads(answer.body)


def grant(emulated: Emulated, key: str, number: int) -> tuple[int, Any]:
    target = path("/v2/auth/grant/sub-key/KEY?auth=aPAD&channel=NUMBER&r=1&ttl=0", key, number)
    return signed(emulated, "GET", target)


def is_granted(emulated: Emulated, key: str, number: int) -> bool:
    target = path("/v2/history/sub-key/KEY/channel/NUMBER?auth=aPAD", key, number)
    return emulated.get(target)[0] == 200


@cache
def token(number: int) -> str:
    rights: dict[str, Any] = {"resources": {b"chan": {"a": 1}}, "patterns": {}, "categories": {}}
    return quote(
        make_token(SECRET, seconds=START - 1, ttl=1_000, uuid=None, meta={"n": number}, **rights)
    )


def revoke(emulated: Emulated, key: str, number: int) -> tuple[int, Any]:
    return signed(emulated, "DELETE", f"/v3/pam/{key}/grant/{token(number)}")


def is_revoked(emulated: Emulated, key: str, number: int) -> bool:
    target = f"/v2/history/sub-key/{key}/channel/a?auth={token(number)}"
    return emulated.get(target)[0] == 403


def promise(emulated: Emulated, key: str, number: int) -> tuple[int, Any]:
    target = path("/v1/files/KEY/channels/a/generate-upload-url", key, number)
    return emulated.post(target, path('{"name": "NUMBER"}', key, number).encode(), HOST)


def send_file(emulated: Emulated, key: str, number: int) -> tuple[int, Any]:
    status, body = promise(emulated, key, number)
    assert status == 200, body
    told = Promised(body)
    answer = emulated.upload(told.target, form_of(told.fields, b"x" * 1_000), of_type())
    return answer.status, json.loads(answer.body or b"{}")


def wait_for(names: str, filter: str = "") -> Callable[[Emulated, str, int], tuple[int, Any]]:
    """A subscribe request that waits from then on."""

    def subscribe(emulated: Emulated, key: str, number: int) -> tuple[int, Any]:
        target = path(f"/v2/subscribe/KEY/{names}/0?uuid=uNUMBER", key, number)
        text = quote(path(filter, key, number))
        answer = emulated._handle(
            "GET", f"{target}&tt={START}0000000&filter-expr={text}", b"", None
        )
        if isinstance(answer, Future):
            return 200, None
        return answer.status, json.loads(answer.body)

    return subscribe


def is_waiting(emulated: Emulated, key: str, number: int) -> bool:
    polls = emulated.broker.keyset(key).waiting
    return any(poll.subscriber.user == f"u{number:04}" for poll in polls)


def is_promised(emulated: Emulated, key: str, number: int) -> bool:
    expected = emulated.broker.files._expected.values()
    return any((one.key, one.name) == (key, f"{number:04}") for one in expected)


STATE: Final = quote('{"s":"PAD"}', safe="")
PRESENCE: Final = "/v2/presence/sub-key/KEY"
ACTIONS: Final = "/v1/message-actions/KEY/channel/a"
GROUPS: Final = "/v1/channel-registration/sub-key/KEY/channel-group"
DEVICES: Final = "/v1/push/sub-key/KEY/devices"
OBJECTS: Final = "/v2/objects/KEY"

KINDS: Final[dict[str, Kind]] = {
    "states": Kind(
        both("STATES_BYTES", 20_000),
        getting(f"{PRESENCE}/channel/a/uuid/uNUMBER/data?state={STATE}"),
        finding(f"{PRESENCE}/channel/a/uuid/uNUMBER", "x" * 400),
    ),
    "states of heartbeats": Kind(
        both("STATES_BYTES", 20_000),
        getting(f"{PRESENCE}/channel/a/heartbeat?uuid=uNUMBER&state=%7B%22a%22%3A{STATE}%7D"),
        finding(f"{PRESENCE}/channel/a?state=1", '"uNUMBER"'),
    ),
    "states of subscribers": Kind(
        both("STATES_BYTES", 20_000),
        getting(f"/v2/subscribe/KEY/a/0?tt=0&uuid=uNUMBER&state=%7B%22a%22%3A{STATE}%7D"),
        finding(f"{PRESENCE}/channel/a?state=1", '"uNUMBER"'),
    ),
    "users on channels": Kind(
        both("PRESENCE_BYTES", 40_000),
        getting(f"{PRESENCE}/channel/a/heartbeat?uuid=uNUMBER"),
        finding(f"{PRESENCE}/channel/a", '"uNUMBER"'),
        status=503,
    ),
    "users who subscribe": Kind(
        both("PRESENCE_BYTES", 40_000),
        getting("/v2/subscribe/KEY/a/0?tt=0&uuid=uNUMBER"),
        finding(f"{PRESENCE}/channel/a", '"uNUMBER"'),
        status=503,
    ),
    "actions": Kind(
        both("ACTIONS_BYTES", 40_000),
        sending("POST", f"{ACTIONS}/message/1?uuid=u", '{"type":"t","value":"NUMBERPAD"}'),
        finding(ACTIONS, "NUMBERPAD"),
    ),
    "groups": Kind(
        both("GROUPED_BYTES", 20_000),
        getting(f"{GROUPS}/g?add=NUMBERPAD"),
        finding(f"{GROUPS}/g", "NUMBERPAD"),
    ),
    "registrations": Kind(
        both("REGISTERED_BYTES", 20_000),
        getting(f"{DEVICES}/d?type=gcm&add=NUMBERPAD"),
        finding(f"{DEVICES}/d?type=gcm", "NUMBERPAD"),
    ),
    "users": Kind(
        both("OBJECTS_BYTES", 20_000),
        sending("PATCH", f"{OBJECTS}/uuids/uNUMBER", '{"custom":{"n":"PAD"}}'),
        finding(f"{OBJECTS}/uuids/uNUMBER", '"uNUMBER"'),
    ),
    "channels": Kind(
        both("OBJECTS_BYTES", 20_000),
        sending("PATCH", f"{OBJECTS}/channels/cNUMBER", '{"description":"PAD"}'),
        finding(f"{OBJECTS}/channels/cNUMBER", '"cNUMBER"'),
    ),
    "memberships": Kind(
        both("OBJECTS_BYTES", 20_000),
        sending(
            "PATCH",
            f"{OBJECTS}/channels/c/uuids",
            '{"set":[{"uuid":{"id":"uNUMBER"},"custom":{"n":"PAD"}}]}',
        ),
        finding(f"{OBJECTS}/channels/c/uuids", '"uNUMBER"'),
    ),
    "grants": Kind(both("GRANTED_BYTES", 40_000), grant, is_granted, keys=MANAGED),
    "revoked tokens": Kind(both("REVOKED_BYTES", 12_000), revoke, is_revoked, keys=MANAGED),
    "bytes of files": Kind(
        both("FILES_BYTES_IN_MEMORY", 40_000),
        send_file,
        finding("/v1/files/KEY/channels/a/files", '"NUMBER"'),
    ),
    "files": Kind(
        both("FILES", 20), send_file, finding("/v1/files/KEY/channels/a/files", '"NUMBER"')
    ),
    "addresses for uploads": Kind(both("EXPECTED_UPLOADS", 20), promise, is_promised, status=503),
    "requests that wait": Kind(
        both("WAITING_BYTES", 160_000), wait_for("a,b,c"), is_waiting, status=503
    ),
    "filters": Kind(
        both("FILTERS", 20_000), wait_for("a", "n == 'NUMBERPAD'"), is_waiting, status=503
    ),
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=[*KINDS])


@pytest.fixture
def filling(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulated]:
    """An emulator in which a store is as full as two keysets can make it."""
    for name, value in kind.bounds.items():
        assert value < getattr(quotas, name)
        monkeypatch.setattr(quotas, name, value)
    with Emulated(keys=kind.keys) as emulated:
        write(emulated, kind, EARLY)
        for key in GREEDY:
            fill(emulated, kind, key)
        yield emulated


def write(emulated: Emulated, kind: Kind, key: str, start: int = 0) -> None:
    """A keyset writes a little, which is its right."""
    for number in range(start, start + kind.few):
        status, body = kind.write(emulated, key, number)
        assert status in (200, 204), (key, number, body)
        assert kind.read(emulated, key, number)


def fill(emulated: Emulated, kind: Kind, key: str) -> int:
    """How many writes of a keyset were taken until one was refused."""
    for number in range(MANY):
        status, body = kind.write(emulated, key, number)
        # An action can be added once.
        if status not in (200, 204, 409):
            assert status == kind.status
            assert "A keyset has at most" in json.dumps(body)
            assert "error" in body
            return number
    raise AssertionError("it takes whatever comes")


@kinds
def test_who_fills_it_is_refused_and_nobody_else(kind: Kind, filling: Emulated) -> None:
    # What is there stays, and each other keyset can write.
    for number in range(kind.few):
        assert kind.read(filling, EARLY, number)
        assert kind.read(filling, GREEDY[0], number)
    write(filling, kind, EARLY, start=kind.few)
    write(filling, kind, LATE)
    # Who was refused can't write more meanwhile, nor has half of it been written.
    for key in GREEDY:
        status, _ = kind.write(filling, key, MANY)
        assert status == kind.status
        assert not kind.read(filling, key, MANY)
    check_usage(filling.broker.store)


@kinds
def test_all_together_have_no_more_than_the_total(kind: Kind, filling: Emulated) -> None:
    for key in (EARLY, LATE):
        fill(filling, kind, key)
    (total,) = (value for name, value in kind.bounds.items() if name.startswith("MAX_ALL"))
    (most,) = (value for name, value in kind.bounds.items() if not name.startswith("MAX_ALL"))
    held = [
        quota
        for quota in vars(filling.broker.store.quotas).values()
        if quota.bound.total == total and quota.bound.keyset == most
    ]
    (quota,) = held
    assert quota.total <= total
    for key in KEYS:
        assert 0 < quota.used(key) <= most


@kinds
def test_what_is_forgotten_makes_room(kind: Kind, filling: Emulated) -> None:
    before = fill(filling, kind, GREEDY[0])
    filling.app.forget(GREEDY[0])
    assert fill(filling, kind, GREEDY[0]) >= before
    filling.app.forget()
    assert not any(quota.total for quota in vars(filling.broker.store.quotas).values())


def test_it_is_logged_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = KINDS["states"]
    monkeypatch.setattr(quotas, "MAX_STATES_BYTES", 2_000)
    with logged() as log, Emulated(keys=kind.keys) as emulated:
        for key in GREEDY:
            fill(emulated, kind, key)
    (line,) = log.about("bytes of states")
    assert "greedy" not in line


# What makes room for newer data of its own keyset.


def history(emulated: Emulated, key: str, channel: str = "a") -> list[Any]:
    found: list[Any] = emulated.get(f"/v2/history/sub-key/{key}/channel/{channel}?count=100")[1][0]
    return found


@pytest.mark.parametrize("in_file", [False, True])
def test_history_of_a_full_keyset_rolls_over_by_itself(
    in_file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "STORED" if in_file else "STORED_IN_MEMORY"
    for bound, value in both(name, 40_000).items():
        monkeypatch.setattr(quotas, bound, value)
    store = tmp_path / "store" if in_file else None
    text = "x" * 400
    with Emulated(keys=KEYS, store=store) as emulated:
        emulated.publish("a", "early", key=EARLY)
        for key in GREEDY:
            for number in range(MANY):
                emulated.publish(f"c.{number % 3}", [number, text], key=key)
                assert emulated.broker.store.quotas.messages.used(key) <= 40_000
        assert history(emulated, GREEDY[0], f"c.{(MANY - 1) % 3}")[-1][0] == MANY - 1
        numbers = sorted(
            number
            for channel in range(3)
            for number, _ in history(emulated, GREEDY[0], f"c.{channel}")
        )
        # Without a gap, the oldest went.
        assert numbers == list(range(MANY - len(numbers), MANY))
        assert 20 < len(numbers) < MANY
        emulated.publish("a", "late", key=LATE)
        assert emulated.broker.store.quotas.messages.total <= 80_000
        check_usage(emulated.broker.store)
    with Emulated(keys=KEYS, store=store) as emulated:
        if not in_file:
            return
        # And after a restart.
        check_usage(emulated.broker.store)
        for number in range(MANY):
            emulated.publish("d", [number, text], key=GREEDY[0])
        assert history(emulated, EARLY) == ["early"]
        assert history(emulated, LATE) == ["late"]
        assert history(emulated, GREEDY[0], "d")[-1][0] == MANY - 1
        emulated.publish("a", "more", key=EARLY)
        assert history(emulated, EARLY) == ["early", "more"]


def test_a_message_larger_than_all_room_is_refused_and_makes_none_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quotas, "MAX_STORED_IN_MEMORY", 4_000)
    with Emulated() as emulated:
        emulated.publish("a", 1)
        status, body = emulated.get(f"/publish/pub/sub/0/a/0/%22{'x' * 5_000}%22")
        assert status == 400
        assert body[:2] == [0, "A keyset has at most 4,000 bytes of stored messages"]
        assert history(emulated, "sub") == [1]
        # What isn't stored needs no room.
        assert emulated.get(f"/publish/pub/sub/0/a/0/%22{'x' * 5_000}%22?store=0")[0] == 200


def test_actions_go_with_messages_that_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MAX_STORED_IN_MEMORY", 4_000)
    with Emulated() as emulated:
        timetoken = emulated.publish("a", 1)
        add = sending("POST", f"{ACTIONS}/message/{timetoken}?uuid=u", '{"type":"t","value":"v"}')
        assert add(emulated, "sub", 0)[0] == 200
        assert emulated.broker.store.quotas.actions.total > 0
        for _ in range(20):
            emulated.publish("b", "x" * 400)
        assert emulated.broker.store.quotas.actions.total == 0
        check_usage(emulated.broker.store)


@pytest.mark.parametrize("name", ["QUEUED", "CHANNELS", "EMPTIED"])
def test_queues_of_a_full_keyset_make_room_for_its_own(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound, value in both(name, 20_000 if name == "QUEUED" else 20).items():
        monkeypatch.setattr(quotas, bound, value)
    if name == "EMPTIED":
        monkeypatch.setattr(quotas, "MAX_CHANNELS", 1)
    with Emulated(keys=KEYS) as emulated:
        start = emulated.timetoken - 1

        def missed(key: str, channel: str) -> list[Any]:
            target = f"/v2/subscribe/{key}/{channel}/0?tt={start}"
            answer = emulated.request_or_none("GET", target)
            return [] if answer is None else [item["d"] for item in json.loads(answer.body)["m"]]

        emulated.publish("a", "early", key=EARLY, store=0)
        for key in GREEDY:
            for number in range(MANY):
                emulated.publish(f"c.{number}", number, key=key, store=0)
        quotas_ = emulated.broker.store.quotas
        assert missed(EARLY, "a") == ["early"]
        assert missed(GREEDY[0], f"c.{MANY - 1}") == [MANY - 1]
        assert missed(GREEDY[0], "c.0") == []
        for number in range(2):
            emulated.publish("a", number, key=LATE, store=0)
        assert missed(LATE, "a") == [0, 1]
        for quota in (quotas_.queued, quotas_.channels, quotas_.emptied):
            assert quota.total <= quota.bound.total
            for key in KEYS:
                assert quota.used(key) <= quota.bound.keyset
        emulated.app.forget()
        assert quotas_.queued.total == quotas_.channels.total == quotas_.emptied.total == 0


def test_a_message_larger_than_all_room_for_queues_reaches_who_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quotas, "MAX_QUEUED", 5_000)
    with Emulated() as emulated:
        waiting: Future[Answer] = emulated.poll("/v2/subscribe/sub/a/0?uuid=u&tt=1")
        emulated.publish("a", "x" * 6_000)
        assert b"xxx" in waiting.result().body
        assert emulated.broker.store.quotas.queued.total == 0
        emulated.poll("/v2/subscribe/sub/a/0?uuid=u&tt=1")
        (subscriber,) = emulated.broker.keyset("sub").subscribers
        assert subscriber.missed == 1


def test_the_manual_has_the_bounds() -> None:
    manual = Path(__file__).parents[2] / "docs" / "emulator.md"
    rows = re.findall(
        r"^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|", manual.read_text("utf-8"), re.MULTILINE
    )
    told = {tuple(row) for row in rows}
    bounds = set()
    for in_file in (True, False):
        for name, quota in vars(quotas.Quotas(1, in_file=in_file)).items():
            what, _, keyset, total, _ = quota.bound
            if name in ("messages", "files"):
                what += ", with `--store`" if in_file else ", in memory"
            bounds.add((what, f"{keyset:,}", f"{total:,}"))
    assert told == bounds


# Restarts, and the keysets themselves.


STORED_KINDS: Final = (
    *("states", "actions", "groups", "registrations", "users", "memberships", "grants"),
    *("revoked tokens", "files"),
)


@pytest.mark.parametrize("name", STORED_KINDS)
def test_bounds_hold_after_a_restart(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS[name]
    for bound, value in kind.bounds.items():
        monkeypatch.setattr(quotas, bound, value)
    with Emulated(keys=kind.keys, store=tmp_path / "store") as emulated:
        write(emulated, kind, EARLY)
        for key in GREEDY:
            fill(emulated, kind, key)
        counts = {quota.bound: quota.total for quota in vars(emulated.broker.store.quotas).values()}
    with Emulated(keys=kind.keys, store=tmp_path / "store") as emulated:
        check_usage(emulated.broker.store)
        stored = [vars(emulated.broker.store.quotas)[each] for each in _STORED]
        assert {quota.bound: quota.total for quota in stored} == {
            quota.bound: counts[quota.bound] for quota in stored
        }
        # Before any of the greedy ones is used again.
        write(emulated, kind, LATE)
        for number in range(kind.few):
            assert kind.read(emulated, EARLY, number)
        for key in GREEDY:
            assert kind.write(emulated, key, MANY)[0] == 400


_STORED: Final = (
    *("messages", "actions", "states", "groups", "registrations", "objects", "grants"),
    *("revoked", "files", "file_names"),
)


def test_a_store_that_was_written_without_usage_is_measured(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        for name in STORED_KINDS:
            if KINDS[name].keys is KEYS:
                write(emulated, KINDS[name], "sub")
        emulated.publish("a", 1)
        database = emulated.broker.store.database
        before = database.rows("SELECT * FROM usage WHERE number")
        assert {source for source, *_ in before} == {
            *("states", "actions", "groups", "registrations", "objects", "memberships"),
            *("files", "file_parts"),
        }
        for (trigger,) in database.rows(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'usage_%'"
        ):
            database.write(f"DROP TRIGGER {trigger}")
        database.write("DROP TABLE usage")
    with Emulated(store=tmp_path / "store") as emulated:
        assert emulated.broker.store.database.rows("SELECT * FROM usage") == before
        check_usage(emulated.broker.store)


def test_messages_are_measured_where_the_process_was_killed(tmp_path: Path) -> None:
    with Emulated(store=tmp_path / "store") as emulated:
        for key in ("one", "two"):
            emulated.publish("a", [1, "ä"], key=key, uuid="é", meta={"n": 1})
        held = emulated.broker.store.quotas.messages.all()
    with Emulated(store=tmp_path / "store") as emulated:
        assert emulated.broker.store.quotas.messages.all() == held
        emulated.publish("a", 2, key="two", custom_message_type="news")
        held = emulated.broker.store.quotas.messages.all()
        copy = tmp_path / "copy"
        database = emulated.broker.store.database
        database.write(f"VACUUM INTO '{copy}'")
    with Emulated(store=copy) as emulated:
        assert emulated.broker.store.quotas.messages.all() == held
        check_usage(emulated.broker.store)


def test_keysets_that_hold_nothing_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pnfilter.server.broker.broker.MAX_KEYSETS", 3)
    with Emulated() as emulated:
        emulated.publish("a", 1, key="one")
        # To ask for something makes no keyset that stays.
        for number in range(20):
            assert emulated.get(f"/v2/history/sub-key/asked-{number}/channel/a")[0] == 200
        for key in ("two", "three"):
            emulated.publish("a", 1, key=key)
        status, body = emulated.get("/publish/pub/four/0/a/0/1")
        assert (status, body["service"]) == (400, "Balancer")
        assert body["message"] == "There are at most 3 keysets in use"
        assert emulated.get("/health")[0] == 200
        assert history(emulated, "one") == [1]
        emulated.app.forget("two")
        emulated.publish("a", 1, key="four")


def test_keysets_in_the_store_count_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pnfilter.server.broker.broker.MAX_KEYSETS", 2)
    with Emulated(store=tmp_path / "store") as emulated:
        for key in ("one", "two"):
            emulated.publish("a", 1, key=key)
    with Emulated(store=tmp_path / "store") as emulated:
        assert emulated.get("/publish/pub/three/0/a/0/1")[0] == 400
        emulated.publish("a", 2, key="two")
    # Who is served by name is never one too many.
    with Emulated(store=tmp_path / "store", keys=KEYS) as emulated:
        for key in KEYS:
            emulated.publish("a", 1, key=key)


def test_states_of_one_keyset_leave_the_history_of_another() -> None:
    """Requests with a public key, as large as they can be, at the true bounds."""
    state = quote(json.dumps({"s": "x" * (MAX_STATE - 100)}))
    keys = {"open": Keys("pub"), "managed": Keys("pub", SECRET, access_manager=True)}
    with Emulated(keys=keys) as emulated:
        target = "/publish/pub/managed/0/a/0/%22kept%22"
        assert signed(emulated, "GET", target)[0] == 200
        names = ",".join(f"c{number}" for number in range(500))
        statuses = [
            emulated.get(
                f"{path(PRESENCE, 'open', 0)}/channel/{names}/uuid/u{number}/data?state={state}"
            )[0]
            for number in range(8)
        ]
        emulated.wait(1)
        assert statuses[0] == 200
        assert statuses[-1] == 400
        assert signed(emulated, "GET", "/v2/history/sub-key/managed/channel/a?count=10")[1][0] == [
            "kept"
        ]
