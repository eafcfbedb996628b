"""Requests as nobody should send them, made up from a seed.

Each is made from a valid request by a few changes: to its path, percent-encoding, query, method,
headers, body, compression, size or depth, or by sending several in one piece, or by going away in
the middle.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from benchmarks.emulator.wire import (
    PUBLISH_KEY,
    SUBSCRIBE_KEY,
    compact,
    poll,
    publication,
    query,
    segment,
)

_KEYS: Final = f"{PUBLISH_KEY}/{SUBSCRIBE_KEY}"
_PRESENCE: Final = f"/v2/presence/sub-key/{SUBSCRIBE_KEY}"
_GROUPS: Final = f"/v1/channel-registration/sub-key/{SUBSCRIBE_KEY}/channel-group"
_HISTORY: Final = f"history/sub-key/{SUBSCRIBE_KEY}"
_PUSH: Final = f"push/sub-key/{SUBSCRIBE_KEY}"
_ACTIONS: Final = f"/v1/message-actions/{SUBSCRIBE_KEY}/channel"
_OBJECTS: Final = f"/v2/objects/{SUBSCRIBE_KEY}"
_TIMETOKEN: Final = "17000000000000000"
_METHODS: Final = (
    "GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "BREW",
    "G\0T", "", "X" * 300,
)  # fmt: skip
#: What trips decoders up: broken percent-encoding, bytes that are no UTF-8, nothing, too much.
_PIECES: Final = (
    "%", "%2", "%zz", "%2F", "%2f%2F", "%00", "%0A", "%0d%0a", "%25", "%2525", "%C3%28", "%FF%FE",
    "%ED%A0%80", "%F0%9F%98%80", "%E2%80%AE", "%uD83D", "..", "../..", "%2e%2e%2f", ",", ",,", ",,,",
    "/", "//", "*", "a.*", "a.b.c.*", "*.a", ".*", "-pnpres", "a.*-pnpres", "-pnpres-pnpres", "", "0",
    "-1", "1.5", "1e400", "NaN", "Infinity", "true", "null", "99999999999999999999999", "9" * 400,
    "00", "+1", "0x10", "١٢", "undefined", "[]", "{}", "'", '"', "\\", "<script>", "${jndi:x}", "a" * 93,
    "a" * 1025, "%20", "+", ";", "&", "=", "#", "?", "\t", "\x7f", "é", "ÿ",
)  # fmt: skip
_NUMBERS: Final = (
    "0", "1", "-1", "99999999999999999", "18446744073709551616", "-9223372036854775809", "9" * 5000,
    "1_0", " 1", "1e3", "NaN", "٣", "", "0.0", "1,2", "1,,2",
)  # fmt: skip
_PARAMETERS: Final = (
    "tt", "tr", "filter-expr", "channel-group", "heartbeat", "state", "uuid", "meta", "store", "ttl",
    "norep", "custom_message_type", "add", "remove", "count", "start", "end", "reverse", "max",
    "include_meta", "include_uuid", "include_token", "timetoken", "channelsTimetoken", "limit", "auth",
    "offset", "disable_uuids", "include_message_type", "string_message_token", "signature", "pnsdk",
    "callback", "ee", "seqn", "ptto", "requestid", "type", "topic", "environment", "include", "sort", "filter", "",
)  # fmt: skip
_FILTERS: Final = (
    "((", "a == ", "'", "region == 'a' AND x", "!" * 5000 + "a", "(" * 3000 + "a", "a" * 9000, "\0",
    "data." + "x." * 2000 + "y == 1", "data[99999999999999999999] == 1", "\ud800", "%", "a == 1e99999",
    "(" + ",".join(map(str, range(2000))) + ") CONTAINS a", " || ".join(["a == 1"] * 500), " ", "\n",
    "data == data", "x LIKE '" + "*a" * 500 + "'", "1/0 == 1", "~1 == -2", "9" * 5000 + " == a",
)  # fmt: skip
_JSON_TEXTS: Final = (
    "", "{", "[1,", "nul", "NaN", "-Infinity", "1e999", "9" * 6000, "-0", '"\\ud800"', '"\\u0000"', '"\\x"',
    "'a'", "{'a':1}", '{"a":1,"a":2}', '{"":null}', "[" * 500 + "]" * 500, "[" * 20000, "[]]", "1 2",
    '{"a":' * 400 + "1" + "}" * 400, '{"a":' * 5000, "\ufeff1", "\x00", '"' + "x" * 32766 + '"',
    '"' + "x" * 40000 + '"', "[" + "1," * 9000 + "1]", "true", "null", "0.1e-400", "[" * 3000 + "]" * 3000,
)  # fmt: skip
_HEADERS: Final = (
    ("Content-Length", "-1"), ("Content-Length", "abc"), ("Content-Length", "99999999999999999999"),
    ("Content-Length", "5, 5"), ("Content-Length", "5, 6"), ("Content-Length", "+5"),
    ("Content-Length", "0"), ("Content-Length", ""), ("Content-Length", "1_0"),
    ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip, chunked"),
    ("Transfer-Encoding", "identity"), ("Transfer-Encoding", "xchunked"),
    ("Content-Encoding", "gzip"), ("Content-Encoding", "deflate"), ("Content-Encoding", "br"),
    ("Content-Encoding", "gzip, gzip"), ("Content-Encoding", ""), ("Content-Encoding", "\xff"),
    ("Expect", "100-continue"), ("Expect", "x"), ("Connection", "upgrade"), ("Upgrade", "websocket"),
    ("Upgrade", "h2c"), ("Connection", "keep-alive, close"), ("Host", ""), ("Host", "a b"),
    ("Host", "evil.example"), ("Origin", "null"), ("Origin", "http://evil.example"),
    ("Origin", "\xff"), ("Range", "bytes=0-1"), ("If-None-Match", "*"), ("Cookie", "a=\xff;;=;"),
    ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Type", "multipart/form-data"),
    ("Content-Type", "multipart/form-data; boundary=" + "x" * 300), ("Content-Type", ";;;"),
    ("Content-Type", "application/json; charset=utf-99"), ("X-Http-Method-Override", "DELETE"),
    ("Accept-Encoding", "gzip, *;q=0"), ("Access-Control-Request-Method", "POST"),
    ("X-Forwarded-For", "256.1.1.1"), ("User-Agent", ""), ("Referer", "\x01"), ("", "nameless"),
    ("Bad Name", "x"), ("X-Nul", "a\0b"), ("X-Long", "y" * 9000), ("X-Longer", "y" * 70000),
    ("X-Continued", "a\r\n b"), ("X-Bare", "a\nb"), ("X-Colon", ":::"),
)  # fmt: skip
_LINE_ENDS: Final = (b"\n", b"\r", b"\r\r\n", b"", b"\0\r\n")
_VERSIONS: Final = (
    "HTTP/1.0",
    "HTTP/1.1",
    "HTTP/2.0",
    "HTTP/0.9",
    "HTTP/1.10",
    "http/1.1",
    "",
    "XTTP/1.1",
)
#: Zeros that a hundredth of a megabyte inflates to.
_BOMB: Final = zlib.compress(bytes(10_000_000), 9)


@dataclass(slots=True)
class Draft:
    """A request that is still in parts.

    ``pairs`` are the query's, encoded; ``None`` has no ``=``.
    """

    method: str
    path: str
    pairs: list[tuple[str, str | None]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    version: str = "HTTP/1.1"
    length: bool = True

    def encoded(self, line_end: bytes = b"\r\n") -> bytes:
        """The bytes, as far as this draft lets them be valid."""
        parts = [name if value is None else f"{name}={value}" for name, value in self.pairs]
        target = self.path + ("?" + "&".join(parts) if parts else "")
        lines = [f"{self.method} {target} {self.version}"]
        if not any(name == "Host" for name, _ in self.headers):
            lines.append("Host: localhost")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.length and (self.body or self.method in ("POST", "PUT", "PATCH")):
            lines.append(f"Content-Length: {len(self.body)}")
        head = [line.encode("utf-8", "surrogatepass") for line in lines]
        return line_end.join([*head, b"", b""]) + self.body


@dataclass(frozen=True, slots=True)
class Case:
    """What is written to the socket: that many requests, as long as they can be told apart."""

    raw: bytes
    requests: int = 1
    #: The client goes away without reading an answer.
    goes_away: bool = False


@cache
def drafts() -> tuple[Draft, ...]:
    """A valid request of each operation."""
    message = {"text": "hello", "n": [1, 2.5, None, True], "inner": {"k": "v"}}
    plain = [
        "/time/0",
        publication("a.b", message, {"region": "eu", "n": 1}),
        publication("lobby", "hi") + "&store=0&norep=true",
        f"/signal/{_KEYS}/0/lobby/0/%22typing%22?uuid=u&custom_message_type=typing",
        poll(["lobby", "a.*", "lobby-pnpres"], filter_text="region == 'eu' && data.n > 1"),
        poll([], groups=["g", "g-pnpres"]),
        poll(["lobby"], _TIMETOKEN) + "&heartbeat=20&state=%7B%22lobby%22%3A%7B%22a%22%3A1%7D%7D",
        f"{_PRESENCE}/channel/lobby,a.b/heartbeat?heartbeat=30&channel-group=g&state=%7B%7D&uuid=u",
        f"{_PRESENCE}/channel/lobby/leave?uuid=u&channel-group=g",
        f"{_PRESENCE}/channel/lobby,a.b?uuid=u&state=1&limit=10&offset=0",
        f"{_PRESENCE}?uuid=u&disable_uuids=1",
        f"{_PRESENCE}/uuid/u?uuid=u",
        f"{_PRESENCE}/channel/lobby/uuid/u/data?state=%7B%22mood%22%3A%22ok%22%7D&uuid=u",
        f"{_PRESENCE}/channel/lobby,a.b/uuid/u?uuid=u&channel-group=g",
        f"{_GROUPS}/g?add=lobby,a.b&uuid=u",
        f"{_GROUPS}/g?remove=lobby&uuid=u",
        f"{_GROUPS}/g?uuid=u",
        f"{_GROUPS}/g/remove?uuid=u",
        f"/v2/{_HISTORY}/channel/lobby?count=10&include_token=true&include_meta=true&uuid=u",
        f"/v2/{_HISTORY}/channel/lobby?count=10&start={_TIMETOKEN}&end=1&reverse=true&uuid=u",
        f"/v3/{_HISTORY}/channel/lobby,a.b?max=10&include_meta=true&include_uuid=true&uuid=u",
        f"/v3/history-with-actions/sub-key/{SUBSCRIBE_KEY}/channel/lobby?max=10&uuid=u",
        f"/v3/{_HISTORY}/message-counts/lobby?timetoken={_TIMETOKEN}&uuid=u",
        f"/v3/{_HISTORY}/message-counts/lobby,a.b?channelsTimetoken=1,{_TIMETOKEN}&uuid=u",
        f"{_ACTIONS}/lobby?limit=10&start={_TIMETOKEN}&end=1&uuid=u",
        f"/v1/{_PUSH}/devices/phone?add=lobby,a.b&type=gcm&uuid=u",
        f"/v1/{_PUSH}/devices/phone?type=gcm&start=a&count=10&uuid=u",
        f"/v1/{_PUSH}/devices/phone/remove?type=gcm&uuid=u",
        f"/v2/{_PUSH}/devices-apns2/phone?remove=lobby&environment=production&topic=com.app&uuid=u",
        f"/v2/{_PUSH}/devices-apns2/phone/remove?environment=development&topic=com.app&uuid=u",
        f"{_OBJECTS}/uuids?include=custom,status&sort=name:desc&filter=name%20LIKE%20%22a*%22&count=1",
        f"{_OBJECTS}/uuids/u/channels?include=channel.custom&filter=channel.id%3E'a'&limit=5&start=NQ",
        f"{_OBJECTS}/channels?include=custom,type&end=NQ&uuid=u",
        "/health",
    ]
    found = [_draft("GET", target) for target in plain]
    deletions = (
        f"/v3/{_HISTORY}/channel/lobby?start=1&end={_TIMETOKEN}&uuid=u",
        f"{_ACTIONS}/lobby/message/{_TIMETOKEN}/action/{_TIMETOKEN}?uuid=u",
        f"{_OBJECTS}/uuids/u?uuid=u",
    )
    found += [_draft("DELETE", target) for target in deletions]
    found.append(_draft("OPTIONS", publication("lobby", "hi")))
    user = {"name": "U", "email": None, "custom": {"n": 1, "text": "x"}, "status": "s"}
    members = {"set": [{"uuid": {"id": "u"}, "type": "t"}], "delete": [{"uuid": {"id": "v"}}]}
    found += [
        _draft("PATCH", f"{_OBJECTS}/uuids/u", compact(user).encode(), ("If-Match", '""')),
        _draft("PATCH", f"{_OBJECTS}/channels/lobby/uuids?count=1", compact(members).encode()),
    ]
    publish = f"/publish/{_KEYS}/0/lobby/0" + query({"uuid": "u", "meta": compact({"a": 1})})
    text = compact(message).encode()
    found += [
        _draft("POST", publish, text),
        _draft("POST", publish, zlib.compress(text), ("Content-Encoding", "deflate")),
        _draft("POST", publish, gzip.compress(text, mtime=0), ("Content-Encoding", "gzip")),
        _draft(
            "POST",
            f"{_ACTIONS}/lobby/message/{_TIMETOKEN}?uuid=u",
            b'{"type":"reaction","value":"smile"}',
        ),
    ]
    return tuple(found)


def _draft(method: str, target: str, body: bytes = b"", *headers: tuple[str, str]) -> Draft:
    path, _, text = target.partition("?")
    pairs: list[tuple[str, str | None]] = []
    for part in filter(None, text.split("&")):
        name, equals, value = part.partition("=")
        pairs.append((name, value if equals else None))
    headers = (*headers, ("Content-Type", "application/json")) if body else headers
    return Draft(method, path, pairs, list(headers), body)


def case(seed: int, number: int) -> Case:
    """Mutated request ``number`` of that seed."""
    return _Mutator(random.Random(f"{seed}/{number}")).case()


class _Mutator:
    """Makes one mutated request."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        #: What is done to a draft, the heavier the more often.
        self.changes: tuple[tuple[int, Callable[[Draft], object]], ...] = (
            (20, self._change_path),
            (8, self._insert_in_path),
            (16, self._change_query),
            (6, self._set_filter),
            (6, self._set_json_in_query),
            (6, self._set_json_in_path),
            (6, self._change_method),
            (12, self._add_header),
            (14, self._change_body),
            (4, self._long_line),
            (2, self._many_names),
            (3, self._chunked),
            (2, self._change_version),
        )

    def case(self) -> Case:
        """The bytes to send."""
        source = self.source
        raws = [self._one()]
        if source.random() < 0.1 and not raws[0].startswith(b"HEAD "):
            raws += [self._one() for _ in range(source.randint(1, 4))]
            # Whose answer has no body can't be told where answers follow each other.
            raws = [raw for raw in raws if not raw.startswith(b"HEAD ")]
        raw = b"".join(raws)
        kind = source.random()
        if kind < 0.04:
            return Case(raw[: source.randrange(len(raw) + 1)], len(raws), goes_away=True)
        if kind < 0.07:
            return Case(raw, len(raws), goes_away=True)
        if kind < 0.12:
            return Case(self._with_wrong_bytes(raw), len(raws))
        if kind < 0.125:
            return Case(source.randbytes(source.randint(1, 2000)) + b"\r\n\r\n")
        return Case(raw, len(raws))

    def _one(self) -> bytes:
        draft = self.source.choice(drafts())
        draft = replace(draft, pairs=list(draft.pairs), headers=list(draft.headers))
        weights, changes = zip(*self.changes, strict=True)
        for change in self.source.choices(changes, weights, k=self.source.choice((1, 1, 1, 2, 3))):
            change(draft)
        end = self.source.choice(_LINE_ENDS) if self.source.random() < 0.01 else b"\r\n"
        return draft.encoded(end)

    def _with_wrong_bytes(self, raw: bytes) -> bytes:
        changed = bytearray(raw)
        for _ in range(self.source.randint(1, 5)):
            if changed:
                changed[self.source.randrange(len(changed))] = self.source.randrange(256)
        return bytes(changed)

    def _piece(self) -> str:
        if self.source.random() < 0.1:
            return "".join(
                f"%{byte:02X}" for byte in self.source.randbytes(self.source.randint(1, 9))
            )
        return self.source.choice(_PIECES)

    def _change_path(self, draft: Draft) -> None:
        parts = draft.path.split("/")
        at = self.source.randrange(len(parts))
        match self.source.randrange(5):
            case 0:
                del parts[at]
            case 1:
                parts.insert(at, parts[at])
            case 2:
                parts[at] += self._piece()
            case _:
                parts[at] = self._piece()
        draft.path = "/".join(parts)

    def _insert_in_path(self, draft: Draft) -> None:
        at = self.source.randrange(len(draft.path) + 1)
        draft.path = draft.path[:at] + self._piece() + draft.path[at:]

    def _change_query(self, draft: Draft) -> None:
        source = self.source
        name = source.choice(_PARAMETERS)
        if draft.pairs and source.random() < 0.6:
            name = source.choice(draft.pairs)[0]
        value = source.choice((self._piece(), source.choice(_NUMBERS), None))
        if source.random() < 0.7:
            draft.pairs = [pair for pair in draft.pairs if pair[0] != name]
        if source.random() < 0.9:
            draft.pairs += [(name, value)] * source.choice((1, 1, 1, 2, 500))

    def _set_filter(self, draft: Draft) -> None:
        text = self.source.choice(_FILTERS)
        draft.pairs.append(("filter-expr", segment(text)))

    def _set_json_in_query(self, draft: Draft) -> None:
        name = self.source.choice(("meta", "state"))
        draft.pairs = [pair for pair in draft.pairs if pair[0] != name]
        draft.pairs.append((name, segment(self.source.choice(_JSON_TEXTS))))

    def _set_json_in_path(self, draft: Draft) -> None:
        text = segment(self.source.choice(_JSON_TEXTS))
        draft.method, draft.path = "GET", f"/publish/{_KEYS}/0/lobby/0/{text}"

    def _change_method(self, draft: Draft) -> None:
        draft.method = self.source.choice(_METHODS)

    def _add_header(self, draft: Draft) -> None:
        name, value = self.source.choice(_HEADERS)
        if name in ("Content-Length", "Transfer-Encoding"):
            draft.length = self.source.random() < 0.2
        draft.headers += [(name, value)] * self.source.choice((1, 1, 1, 1, 2, 50))

    def _change_body(self, draft: Draft) -> None:
        source = self.source
        if draft.method not in ("POST", "PUT", "PATCH") and source.random() < 0.7:
            draft.method, draft.path = "POST", f"/publish/{_KEYS}/0/lobby/0"
        body = source.choice(
            (
                source.choice(_JSON_TEXTS).encode("utf-8", "surrogatepass"),
                json.dumps(self._any_json(4)).encode(),
                source.randbytes(source.randint(0, 200)),
                b"x" * source.choice((32 * 1024, 64 * 1024, 300_000)),
            )
        )
        packed: dict[str, Callable[[bytes], bytes]] = {
            "deflate": zlib.compress,
            "gzip": lambda raw: gzip.compress(raw, mtime=0),
            # Labelled as one and packed as the other, or not whole, or with something behind it.
            "x-gzip": zlib.compress,
        }
        if source.random() < 0.5:
            encoding = source.choice(tuple(packed))
            body = packed[encoding](body)
            if source.random() < 0.2:
                body = _BOMB
            if source.random() < 0.3:
                body = source.choice((body[: len(body) // 2], body + b"tail", body + body, b""))
            draft.headers.append(("Content-Encoding", source.choice((encoding, "gzip", "deflate"))))
        draft.body = body

    def _any_json(self, depth: int) -> Any:
        source = self.source
        kind = source.randrange(8 if depth else 6)
        if kind == 6:
            return [self._any_json(depth - 1) for _ in range(source.randint(0, 4))]
        if kind == 7:
            names = (source.choice(("type", "value", "a", "", "pn_x")) for _ in range(3))
            return {name: self._any_json(depth - 1) for name in names}
        return source.choice((None, True, 0, -1.5, 2**70, "", "text", "\ud800", "\0", "x" * 500))

    def _long_line(self, draft: Draft) -> None:
        size = self.source.choice((8_000, 32_000, 33_000, 66_000, 200_000, 300_000))
        if self.source.random() < 0.5:
            draft.path += "a" * size
        else:
            draft.pairs.append(("filter-expr", "a" * size))

    def _many_names(self, draft: Draft) -> None:
        names = ",".join(
            f"c{number}" for number in range(self.source.choice((100, 1999, 2001, 5000)))
        )
        match self.source.randrange(3):
            case 0:
                draft.path = f"/v2/subscribe/{SUBSCRIBE_KEY}/{names}/0"
            case 1:
                draft.path = f"{_PRESENCE}/channel/{names}/heartbeat"
            case _:
                draft.path = f"{_GROUPS}/g"
                draft.pairs = [("add", names)]

    def _chunked(self, draft: Draft) -> None:
        draft.length = False
        draft.method, draft.path = "POST", f"/publish/{_KEYS}/0/lobby/0"
        draft.headers.append(("Transfer-Encoding", "chunked"))
        size = self.source.choice(
            (b"2", b"2;ext=1", b"zz", b"-2", b"ffffffffffffffff", b"0x2", b"")
        )
        draft.body = size + b"\r\n{}\r\n0\r\n" + self.source.choice((b"\r\n", b"", b"X: y\r\n\r\n"))

    def _change_version(self, draft: Draft) -> None:
        draft.version = self.source.choice(_VERSIONS)
