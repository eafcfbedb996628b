"""Fills all that the emulator keeps, beyond its bounds: the first half of ``make soak``.

Left out are the number of revoked tokens, and that of files, which tens of thousands of requests
would fill with little.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.emulator.faults.forgeries import signed
from benchmarks.emulator.wire import (
    PUBLISH_KEY,
    SUBSCRIBE_KEY,
    Connection,
    Reply,
    compact,
    poll,
    publication,
    query,
    request,
    segments,
)
from pnfilter.server.settings import (
    MAX_CHANNELS,
    MAX_DEVICE_CHANNELS,
    MAX_FILES_BYTES_IN_MEMORY,
    MAX_GRANTS,
    MAX_GROUP_CHANNELS,
    MAX_GROUPED,
    MAX_KEYSETS,
    MAX_MEMBERSHIPS,
    MAX_NAMES,
    MAX_OBJECTS,
    MAX_PRESENCE_BYTES,
    MAX_PRESENCE_SECONDS,
    MAX_QUEUED,
    MAX_REGISTRATIONS,
    MAX_STORED_IN_MEMORY,
    MAX_SUBSCRIBERS,
)

#: Kept for each channel; few, so that ten thousand channels are filled in half a minute, with
#: longer messages.
QUEUE: Final = 2
HISTORY: Final = 2
#: By how much each bound is overstepped.
_BEYOND: Final = 1.02
#: Seconds after which an absent user has left.
HEARTBEAT: Final = 20
#: Bytes of memory that a user on a channel takes, at least.
_STAY: Final = 600
#: Connections that fill.
_FILLERS: Final = 16
OBJECTS: Final = f"/v2/objects/{SUBSCRIBE_KEY}"
#: Channels that each user who fills App Context is a member of.
_JOINED: Final = 500
GROUPS: Final = f"/v1/channel-registration/sub-key/{SUBSCRIBE_KEY}/channel-group"
DEVICES: Final = f"/v1/push/sub-key/{SUBSCRIBE_KEY}/devices"

#: The keyset with an access manager, and its secret key.
MANAGED: Final = "managed"
SECRET: Final = "sec-of-soak"
#: Names, and auth keys, whose pairs are all grants that there may be.
_GRANTED: Final = int(MAX_GRANTS**0.5)
#: Files that fill the bound of their bytes.
_FILES: Final = 1_000
#: The answer that refuses what there is no room for; a store that fails is answered a bare 503.
FULL: Final = "503 full"
FILE: Final = bytes(MAX_FILES_BYTES_IN_MEMORY // _FILES)


def options(folder: Path) -> tuple[str, ...]:
    """How the emulator is started, with a file of keys in the folder.

    One keyset of them has an access manager.
    """
    others = [f"other-{number}" for number in range(MAX_KEYSETS - 2)]
    text = "".join(
        f'[[keyset]]\nsubscribe_key = "{key}"\npublish_key = "{PUBLISH_KEY}"\n'
        for key in (SUBSCRIBE_KEY, *others)
    )
    text += f'[[keyset]]\nsubscribe_key = "{MANAGED}"\npublish_key = "pub"\n'
    text += f'secret_key = "{SECRET}"\naccess_manager = true\n'
    file = folder / "keys.toml"
    file.touch(mode=0o600)
    file.write_text(text)
    kept = ("--queue", str(QUEUE), "--history-limit", str(HISTORY), "--poll-seconds", "5")
    return ("--keys", str(file), *kept)


def sizes() -> dict[str, int]:
    """How many of each kind fill their bound and more."""
    return {
        "users": int(MAX_PRESENCE_BYTES / _STAY / MAX_NAMES * _BEYOND) + 1,
        "groups": int(MAX_GROUPED / MAX_GROUP_CHANNELS * _BEYOND) + 1,
        "devices": int(MAX_REGISTRATIONS / MAX_DEVICE_CHANNELS * _BEYOND) + 1,
        "messages": int(MAX_CHANNELS * _BEYOND) * QUEUE,
        "subscribers": int(MAX_SUBSCRIBERS * _BEYOND),
        "metadata": int(MAX_OBJECTS * _BEYOND),
        "memberships": int(MAX_MEMBERSHIPS / _JOINED * _BEYOND),
        "keysets": int(MAX_KEYSETS * _BEYOND),
        "grants": 2,
        "files": int(_FILES * _BEYOND),
    }


def fillings() -> Iterator[bytes]:
    """Requests that fill and overstep every bound but that of files."""
    numbers = sizes()
    names = segments(f"stay.{number}" for number in range(MAX_NAMES))
    for number in range(numbers["users"]):
        # They stay for the whole time.
        place = f"/v2/presence/sub-key/{SUBSCRIBE_KEY}/channel/{names}/heartbeat"
        yield request(f"{place}?heartbeat={MAX_PRESENCE_SECONDS}&uuid=stayer-{number}")
    members = segments(f"member.{number}" for number in range(MAX_GROUP_CHANNELS))
    for number in range(numbers["groups"]):
        yield request(f"{GROUPS}/full-{number}?add={members}")
    members = segments(f"member.{number}" for number in range(MAX_DEVICE_CHANNELS))
    for number in range(numbers["devices"]):
        yield request(f"{DEVICES}/full-{number}?type=gcm&add={members}")
    channels = numbers["messages"] // QUEUE
    for number in range(numbers["messages"]):
        channel = f"fill.{number % channels}"
        yield request(publication(channel, {"n": number, "text": TEXT}, {"n": number}))
    for number in range(numbers["subscribers"]):
        # Undecided on a number under a text, so that it is remembered for the summary.
        text = f"data.n > 'n{number}' || meta.n == {number}"
        # On a channel that is not gone: the poll is answered at once.
        channel = f"fill.{channels - 1 - number % 1_000}"
        target = poll([channel], 1, uuid=f"filler-{number}", filter_text=text)
        yield request(f"{target}&heartbeat={HEARTBEAT}")
    for number in range(numbers["metadata"]):
        fields = compact({"name": f"n{number}", "custom": {"n": number}}).encode()
        yield request(f"{OBJECTS}/uuids/filler-{number}", method="PATCH", body=fields)
    rows = [{"channel": {"id": f"pool.{number}"}} for number in range(_JOINED)]
    for number in range(numbers["memberships"]):
        target = f"{OBJECTS}/uuids/filler-{number}/channels?limit=1"
        yield request(target, method="PATCH", body=compact({"set": rows}).encode())
    for number in range(numbers["grants"]):
        # The second time the names are others, for which there is no room.
        yield grant(*((f"granted.{number}.{name}" for name in range(_GRANTED)) for _ in range(2)))
    # Two keysets are in use already; those beyond the bound are refused.
    for number in range(numbers["keysets"]):
        yield request(f"/publish/{PUBLISH_KEY}/other-{number}/0/fill/0/1")


#: With this in each message, those that fill are more than the store and the queues keep. All later
#: ones have it too: what is replaced by smaller things takes another amount of memory.
TEXT: Final = "x" * (max(MAX_STORED_IN_MEMORY, MAX_QUEUED) // sizes()["messages"])


def grant(channels: Iterable[str], auths: Iterable[str]) -> bytes:
    """The request that grants each of the auth keys a right to each of the channels, for ever."""
    wanted = {"channel": ",".join(channels), "auth": ",".join(auths), "r": 1, "ttl": 0}
    target = f"/v2/auth/grant/sub-key/{MANAGED}{query(wanted)}"
    return request(signed("GET", target, "", SECRET, int(time.time())))


def status_of(reply: Reply) -> str:
    """What is counted of an answer.

    Its status, and ``FULL`` where a keyset has no more room for now.
    """
    is_full = reply.status == 503 and b"A keyset has at most" in reply.body
    return FULL if is_full else str(reply.status)


async def send_file(connection: Connection, channel: str, statuses: Counter[str]) -> None:
    """Send a file to a channel, whose answers are counted."""
    path, body = f"/v1/files/{SUBSCRIBE_KEY}/channels/{channel}", b'{"name": "a.bin"}'
    reply = await connection.ask(request(f"{path}/generate-upload-url", method="POST", body=body))
    statuses[status_of(reply)] += 1
    if reply.status != 200:
        return
    wanted = reply.json()["file_upload_request"]
    parts = [
        f'--soak\r\nContent-Disposition: form-data; name="{field["key"]}"\r\n\r\n{field["value"]}\r\n'
        for field in wanted["form_fields"]
    ]
    parts.append('--soak\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n')
    form = "".join(parts).encode() + FILE + b"\r\n--soak--\r\n"
    target, kind = urlsplit(wanted["url"]).path, "multipart/form-data; boundary=soak"
    raw = request(target, method="POST", body=form, headers={"Content-Type": kind})
    statuses[status_of(await connection.ask(raw))] += 1


async def fill(origin: str, advance: Callable[[], object], statuses: Counter[str]) -> None:
    """Send all of ``fillings``, and the files."""
    pending, files = fillings(), iter(range(sizes()["files"]))

    async def work() -> None:
        async with Connection(origin) as connection:
            for raw in pending:
                statuses[status_of(await connection.ask(raw))] += 1
                advance()
            for number in files:
                await send_file(connection, f"pool.{number % 100}", statuses)
                advance()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_FILLERS):
            tasks.create_task(work())
