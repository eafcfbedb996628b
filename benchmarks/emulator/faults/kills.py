"""A service that is killed while it writes to its store, and started again.

Several writers publish, delete messages, change groups and state, add and remove actions, each
waiting for its answer. At a random moment the process is killed. What was acknowledged must be
there when it has started again; what was under way may be there or not; timetokens go on from where
they were.

More rounds than the tests run: ``python -m benchmarks.emulator.faults.kills --rounds 50``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.emulator.service import Service, exit_status, progress
from benchmarks.emulator.wire import (
    SUBSCRIBE_KEY,
    Connection,
    Disconnected,
    Reply,
    answer_of_publish,
    compact,
    publication,
    query,
    request,
)

MESSAGE_CHANNELS: Final = ("kept.one", "kept.two", "kept.three")
GROUP: Final = "kept-group"
USER: Final = "kept-user"
STATE_CHANNEL: Final = "kept-state"
ACTION_CHANNEL: Final = "kept.one"
#: Where messages are deleted too: actions would go with theirs.
DELETION_CHANNEL: Final = "kept.three"
#: More messages of a channel than any run writes.
HISTORY_LIMIT: Final = 1_000_000
_GROUP_TARGET: Final = f"/v1/channel-registration/sub-key/{SUBSCRIBE_KEY}/channel-group/{GROUP}"
_STATE_TARGET: Final = f"/v2/presence/sub-key/{SUBSCRIBE_KEY}/channel/{STATE_CHANNEL}/uuid/{USER}"
_ACTION_TARGET: Final = f"/v1/message-actions/{SUBSCRIBE_KEY}/channel/{ACTION_CHANNEL}"
_PAGE: Final = 100


@dataclass(slots=True)
class Model:
    """What the service has acknowledged, and what it was told when it was killed."""

    messages: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {name: {} for name in MESSAGE_CHANNELS}
    )
    group: set[str] = field(default_factory=set)
    state: dict[str, Any] = field(default_factory=dict)
    #: Timetokens of the message and of the action, and the action's value.
    actions: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Under way: payloads by channel, channels of the group, a state, actions.
    open_messages: dict[str, Any] = field(default_factory=dict)
    open_deletion: str | None = None
    open_group: str | None = None
    open_state: dict[str, Any] | None = None
    open_action: str | None = None
    open_removal: tuple[str, str] | None = None
    last_timetoken: int = 0
    acknowledged: int = 0
    deleted: int = 0
    faults: list[str] = field(default_factory=list)


def content(reply: Reply) -> Any:
    """The JSON of an answer; ``ValueError`` for one that is no 200."""
    if reply.status != 200:
        raise ValueError(f"answered {reply.status}: {reply.body[:200]!r}")
    return reply.json()


class Writers:
    """Write until the service is gone."""

    def __init__(self, origin: str, model: Model, seed: int) -> None:
        self.origin, self.model, self.seed = origin, model, seed

    async def run(self) -> None:
        """All of them at a time; ``ValueError`` in a group where a write is refused."""
        writers: list[Callable[[Connection, random.Random], Awaitable[None]]] = [
            *(self._message_writer(name) for name in MESSAGE_CHANNELS),
            self._delete_message,
            self._change_group,
            self._set_state,
            self._change_actions,
        ]
        async with asyncio.TaskGroup() as tasks:
            for number, write in enumerate(writers):
                tasks.create_task(self._repeat(write, random.Random(f"{self.seed}/{number}")))

    async def _repeat(
        self, write: Callable[[Connection, random.Random], Awaitable[None]], source: random.Random
    ) -> None:
        async with Connection(self.origin) as connection:
            try:
                while True:
                    await write(connection, source)
                    self.model.acknowledged += 1
            except (Disconnected, ConnectionError):
                connection.cut()

    def _acknowledge(self, timetoken: str) -> None:
        self.model.last_timetoken = max(self.model.last_timetoken, int(timetoken))

    def _message_writer(self, name: str) -> Callable[[Connection, random.Random], Awaitable[None]]:
        model = self.model

        async def write(connection: Connection, source: random.Random) -> None:
            data = {"n": source.getrandbits(40), "text": "x" * source.choice((1, 50, 3000))}
            model.open_messages[name] = data
            target = publication(name, data, {"n": data["n"]}, USER)
            timetoken = answer_of_publish(await connection.ask(request(target)))
            if timetoken in model.messages[name]:
                model.faults.append(f"timetoken {timetoken} was given twice")
            model.messages[name][timetoken] = model.open_messages.pop(name)
            self._acknowledge(timetoken)

        return write

    async def _delete_message(self, connection: Connection, source: random.Random) -> None:
        model, name = self.model, DELETION_CHANNEL
        await asyncio.sleep(source.uniform(0, 0.02))
        if not model.messages[name]:
            return
        timetoken = model.open_deletion = source.choice(list(model.messages[name]))
        # After the start, up to and with the end.
        part = query({"start": int(timetoken) - 1, "end": timetoken, "uuid": USER})
        target = f"/v3/history/sub-key/{SUBSCRIBE_KEY}/channel/{name}{part}"
        content(await connection.ask(request(target, method="DELETE")))
        del model.messages[name][timetoken]
        model.open_deletion = None
        model.deleted += 1

    async def _change_group(self, connection: Connection, source: random.Random) -> None:
        model = self.model
        name = f"member-{source.randrange(30)}"
        change = "remove" if name in model.group else "add"
        model.open_group = name
        content(await connection.ask(request(_GROUP_TARGET + query({change: name}))))
        model.group ^= {name}
        model.open_group = None

    async def _set_state(self, connection: Connection, source: random.Random) -> None:
        model = self.model
        model.open_state = {"n": source.getrandbits(40), "text": "é" * source.randrange(50)}
        parameters = query({"state": compact(model.open_state), "uuid": USER})
        content(await connection.ask(request(_STATE_TARGET + "/data" + parameters)))
        model.state, model.open_state = model.open_state, None

    async def _change_actions(self, connection: Connection, source: random.Random) -> None:
        model = self.model
        messages = list(model.messages[ACTION_CHANNEL])
        if not messages:
            await asyncio.sleep(0)
            return
        if model.actions and source.random() < 0.3:
            model.open_removal = source.choice(list(model.actions))
            of_message, of_action = model.open_removal
            target = f"{_ACTION_TARGET}/message/{of_message}/action/{of_action}"
            parameters = query({"uuid": USER})
            content(await connection.ask(request(target + parameters, method="DELETE")))
            del model.actions[model.open_removal]
            model.open_removal = None
            return
        of_message = source.choice(messages)
        value = f"value-{source.getrandbits(40)}"
        model.open_action = value
        reply = await connection.ask(
            request(
                f"{_ACTION_TARGET}/message/{of_message}{query({'uuid': USER})}",
                method="POST",
                body=compact({"type": "reaction", "value": value}).encode(),
                headers={"Content-Type": "application/json"},
            )
        )
        of_action = content(reply)["data"]["actionTimetoken"]
        model.actions[of_message, of_action] = value
        model.open_action = None
        self._acknowledge(of_action)


async def verify(origin: str, model: Model) -> list[str]:
    """What the service lacks or has too much; ``model`` takes over what was under way."""
    faults = []
    async with Connection(origin) as connection:
        for name in MESSAGE_CHANNELS:
            found = await _messages(connection, name)
            # A deletion that was under way may have been done.
            if name == DELETION_CHANNEL and model.open_deletion is not None:
                if model.open_deletion not in found:
                    model.messages[name].pop(model.open_deletion)
                model.open_deletion = None
            faults += _differences(
                f"messages of {name}",
                found,
                model.messages[name],
                model.open_messages.pop(name, None),
            )
        faults += await _verify_group(connection, model)
        faults += await _verify_state(connection, model)
        faults += await _verify_actions(connection, model)
        reply = await connection.ask(request(publication("kept-other", 1)))
        timetoken = int(answer_of_publish(reply))
        if timetoken <= model.last_timetoken:
            faults.append(f"timetoken {timetoken} comes after {model.last_timetoken}")
        model.last_timetoken = timetoken
    return faults


def _differences(
    what: str, found: dict[Any, Any], kept: dict[Any, Any], under_way: object
) -> list[str]:
    """Compare, and let ``kept`` be what was found, with what was under way or without it."""
    faults = []
    if lost := kept.keys() - found.keys():
        faults.append(f"{what}: {len(lost)} of {len(kept)} were lost")
    if changed := [name for name in kept.keys() & found.keys() if kept[name] != found[name]]:
        faults.append(f"{what}: {len(changed)} have changed")
    extra = found.keys() - kept.keys()
    if len(extra) > 1 or any(found[name] != under_way for name in extra):
        faults.append(f"{what}: {len(extra)} that nobody wrote")
    kept.clear()
    kept.update(found)
    return faults


async def _messages(connection: Connection, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    start: str | None = None
    while True:
        parameters = query({"max": _PAGE, "start": start, "include_meta": "true", "uuid": USER})
        target = f"/v3/history/sub-key/{SUBSCRIBE_KEY}/channel/{name}{parameters}"
        page = content(await connection.ask(request(target)))["channels"].get(name, [])
        for item in page:
            if item["meta"] != {"n": item["message"]["n"]}:
                raise ValueError(f"a message with another one's metadata: {item}")
            found[str(item["timetoken"])] = item["message"]
        if len(page) < _PAGE:
            return found
        start = str(min(int(item["timetoken"]) for item in page))


async def _verify_group(connection: Connection, model: Model) -> list[str]:
    found = set(content(await connection.ask(request(_GROUP_TARGET)))["payload"]["channels"])
    possible = {frozenset(model.group)}
    if model.open_group is not None:
        possible.add(frozenset(model.group ^ {model.open_group}))
    fault = found not in possible
    difference = found ^ model.group
    model.group, model.open_group = found, None
    return [f"the group differs in {sorted(difference)}"] if fault else []


async def _verify_state(connection: Connection, model: Model) -> list[str]:
    reply = await connection.ask(request(_STATE_TARGET + query({"uuid": USER})))
    found = content(reply)["payload"]
    fault = found != model.state and (model.open_state is None or found != model.open_state)
    expected = model.state
    model.state, model.open_state = found, None
    return [f"the state is {found}, not {expected}"] if fault else []


async def _verify_actions(connection: Connection, model: Model) -> list[str]:
    found: dict[tuple[str, str], str] = {}
    start: str | None = None
    while True:
        target = _ACTION_TARGET + query({"limit": _PAGE, "start": start, "uuid": USER})
        page = content(await connection.ask(request(target)))["data"]
        for item in page:
            found[item["messageTimetoken"], item["actionTimetoken"]] = item["value"]
        if len(page) < _PAGE:
            break
        start = str(min(int(item["actionTimetoken"]) for item in page))
    # A removal that was under way may have been done.
    if model.open_removal is not None and model.open_removal not in found:
        del model.actions[model.open_removal]
    under_way, model.open_removal, model.open_action = model.open_action, None, None
    return _differences("actions", found, model.actions, under_way)


def options(store: Path) -> tuple[str, ...]:
    """Options of a service that keeps everything in ``store``."""
    return ("--store", str(store), "--history-limit", str(HISTORY_LIMIT))


async def _until_killed(service: Service, model: Model, seed: int, seconds: float) -> None:
    writers = asyncio.create_task(Writers(service.origin, model, seed).run())
    await asyncio.wait([writers], timeout=seconds)
    service.kill()
    await writers


def run(folder: Path, rounds: int, seed: int, advance: Callable[[], object]) -> Model:
    """Write, kill, start again and compare, that many times; ``advance`` with each."""
    model, source = Model(), random.Random(seed)
    for number in range(rounds):
        with Service(folder, *options(folder / "store.sqlite")) as service:
            if number:
                model.faults += asyncio.run(verify(service.origin, model))
            seconds = source.uniform(0.02, 0.6)
            asyncio.run(_until_killed(service, model, seed + number, seconds))
        advance()
    with Service(folder, *options(folder / "store.sqlite")) as service:
        model.faults += asyncio.run(verify(service.origin, model))
    return model


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where all that was acknowledged was there, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.emulator.faults.kills", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=20, help="how often it is killed (20)")
    parser.add_argument("--seed", type=int, help="a seed for the same choices again")
    given = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if given.seed is None else given.seed
    with (
        tempfile.TemporaryDirectory() as folder,
        progress(given.rounds, "rounds", "killed") as advance,
    ):
        model = run(Path(folder), given.rounds, seed, advance)
    kept = {name: len(messages) for name, messages in model.messages.items()}
    print(f"{given.rounds} rounds, {model.acknowledged:,} acknowledged writes, seed {seed}")
    print(f"there at the end: {json.dumps(kept)}, {len(model.actions)} actions")
    for fault in model.faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    return 1 if model.faults else 0


if __name__ == "__main__":
    raise SystemExit(exit_status(main))
