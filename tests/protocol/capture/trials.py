"""What is tried on the SDKs beside calls: messages of subscriptions, and tokens.

Tokens are made here, in the layout of those that the service is known to give: its own field names
are bytes, the names of resources text, the signature 32 bytes. In a text, ``b:`` begins what is
bytes in CBOR, ``x:`` the same in hexadecimal.
"""

from __future__ import annotations

import json
from typing import Any

from tests.protocol.capture.answers import TIMETOKEN

_UPDATED = {"eTag": "AbOx6N", "updated": "2026-01-01T00:00:00.000000Z"}


def _envelope(payload: Any, **more: Any) -> dict[str, Any]:
    envelope = {"a": "1", "f": 0, "i": "b", "k": "sub-key", "c": "ch", "d": payload}
    envelope["p"] = {"t": TIMETOKEN, "r": 1}
    return {**envelope, **more}


def _object(event: str, kind: str, data: Any, **more: Any) -> dict[str, Any]:
    about = {"source": "objects", "version": "2.0", "event": event, "type": kind, "data": data}
    return _envelope({**about, **more}, e=2)


_FILE = {"id": "file-id", "name": "a.txt"}

#: The message whose listeners have a secret key and an auth key.
SIGNED_FILE = "file, to a client with keys"

ENVELOPES: dict[str, dict[str, Any]] = {
    "uuid set": _object("set", "uuid", {"id": "b", "name": "B", "custom": {"n": 1}, **_UPDATED}),
    "uuid delete": _object("delete", "uuid", {"id": "b"}),
    "channel set": _object("set", "channel", {"id": "ch", "name": "C", "status": "s", **_UPDATED}),
    "channel delete": _object("delete", "channel", {"id": "ch"}),
    "membership set": _object(
        "set",
        "membership",
        {"channel": {"id": "ch"}, "uuid": {"id": "b"}, "custom": {"n": 1}, **_UPDATED},
    ),
    "membership delete": _object(
        "delete", "membership", {"channel": {"id": "ch"}, "uuid": {"id": "b"}}
    ),
    "object without source and version": _envelope(
        {"event": "set", "type": "uuid", "data": {"id": "b"}}, e=2
    ),
    "object of another type": _object("set", "thing", {"id": "b"}),
    "object without a type": _envelope({"event": "set", "data": {"id": "b"}}, e=2),
    "membership without a uuid": _object("set", "membership", {"channel": {"id": "ch"}}),
    "file": _envelope({"message": {"é": [1]}, "file": _FILE}, e=4, u={"m": 1}, cmt="kind-1"),
    SIGNED_FILE: _envelope({"message": "hello", "file": _FILE}, e=4),
    "file without a message": _envelope({"file": _FILE}, e=4),
    "file with null for its message": _envelope({"message": None, "file": _FILE}, e=4),
    "file message without a file": _envelope({"message": "hello"}, e=4),
    "file message that is a text": _envelope("hello", e=4),
}


#: A message that every listener understands: whether it comes shows that the one before did no
#: harm.
LAST = "the last one"


def polled(envelope: dict[str, Any]) -> list[bytes]:
    """The answers to two polls: one with this message, one with the last one."""
    return [
        json.dumps({"t": {"t": str(int(TIMETOKEN) + number), "r": 1}, "m": [one]}).encode()
        for number, one in enumerate((envelope, _envelope(LAST)), 1)
    ]


_SIGNATURE = "x:" + bytes(range(32)).hex()
_NOTHING: dict[str, Any] = {f"b:{kind}": {} for kind in ("chan", "grp", "usr", "spc", "uuid")}


def _content(**more: Any) -> dict[str, Any]:
    content = {
        "v": 2,
        "t": 1_600_000_000,
        "ttl": 60,
        "res": _NOTHING,
        "pat": _NOTHING,
        "meta": {},
        "sig": _SIGNATURE,
    }
    return {f"b:{name}": value for name, value in {**content, **more}.items()}


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in _content().items() if key != f"b:{name}"}


_ALL = {
    "res": {
        "b:chan": {"a": 239, "b é": 1},
        "b:grp": {"g": 5},
        "b:usr": {},
        "b:spc": {},
        "b:uuid": {"u": 104},
    },
    "pat": {
        "b:chan": {"^a-.*$": 1},
        "b:grp": {"^g": 4},
        "b:usr": {},
        "b:spc": {},
        "b:uuid": {"^u": 32},
    },
    "meta": {"k": "v é", "n": 1.5, "list": [1, True, None]},
    "uuid": "b",
}

CONTENTS: dict[str, dict[str, Any]] = {
    "all": _content(**_ALL),
    "nothing granted": _content(),
    "names as text": {
        key.removeprefix("b:"): value for key, value in _content(res={"chan": {"a": 1}}).items()
    },
    "one channel": _content(res={**_NOTHING, "b:chan": {"a": 1}}),
    "of users and spaces": _content(
        res={**_NOTHING, "b:usr": {"b": 31}, "b:spc": {"ch": 15}},
        pat={**_NOTHING, "b:usr": {"^b": 1}, "b:spc": {"^c": 1}},
    ),
    "only channels in the maps": _content(res={"b:chan": {"a": 1}}, pat={"b:chan": {}}),
    "categories": _content(**_ALL, cat={"b:chan": 32, "b:uuid": 32}),
    "the right to create": _content(res={**_NOTHING, "b:chan": {"a": 16}}),
    "without meta": _without("meta"),
    "without a signature": _without("sig"),
    "without patterns": _without("pat"),
    "without a time": _without("t"),
}

#: Texts that are no tokens.
UNREADABLE = {
    "no base64": "%%%",
    "no CBOR": "/////w==",
    "CBOR that is no map": "gwECAw==",
    "empty": "",
}
