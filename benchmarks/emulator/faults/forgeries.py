"""Thousands of forged tokens and signatures at the access manager: run ``make mutate``.

Whatever comes, it gives no access, is answered with a status below 500, briefly, and without
anything of what was sent or is secret. The service is in this process, and its clock stands still.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import random
import sys
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, quote_from_bytes, urlencode

from benchmarks.emulator.service import exit_status, progress
from pnfilter.server.app import App
from pnfilter.server.http.request import Query, Request
from pnfilter.server.http.response import Answer, Refusal
from pnfilter.server.keysets import Keyring, Keys
from pnfilter.server.settings import Settings

SECRET: Final = "sec-of-forgeries"
#: What the clock of the service shows, in seconds since 1970.
SECONDS: Final = 1_700_000_000
#: Bytes of the longest answer to a forgery.
MAX_ANSWER: Final = 2_000
#: Heads of CBOR that promise much: long texts, arrays and maps, tags, endless ones, deep ones.
CBOR: Final = (
    *(b"\x5b" + b"\xff" * 8, b"\x9b" + b"\x7f" * 8, b"\xbb" + b"\x7f" * 8, b"\x9f" * 3_000),
    *(b"\xbf" * 3_000, b"\xd8\x1c\x81\xd8\x1d\x00", b"\xc2\x5a\x00\x0f\xff\xff"),
    *(b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01", b"\xd8\x23\x67(a+)+$b", b"\x81" * 9_000 + b"\x00"),
    *(b"\xa1\x41v\x02", b"\xa0", b"\xb8\xff", b"\xfb\x7f\xf8" + b"\x00" * 6, b"\xf9\x7e\x00"),
    b"\xa1\xa1\xa1\xa0",
)
_TEXTS: Final = (
    *("", "=", "====", "%00", "%FF%FE", "é", "AAAA", "\u202e", "a b", "+/+/", "A" * 23_000, "[]"),
    *("{}", "null", "../../x", "v2.", "v2.AAAA", "'; DROP TABLE grants", "%", "%zz", "-" * 500),
    "p0F2AkF0",
)
#: What ends a token, before its signature.
_END: Final = b"\x43sig\x58\x20"


def signed(method: str, target: str, body: str, secret: str, seconds: int = SECONDS) -> str:
    """The target with a timestamp and a signature, in the usual form."""
    path, _, query = target.partition("?")
    pairs = [*parse_qsl(query, keep_blank_values=True), ("timestamp", str(seconds))]
    text = "&".join(
        f"{name}={quote(value, safe='').replace('~', '%7E')}" for name, value in sorted(pairs)
    )
    lines = f"{method}\npub\n{path}\n{text}\n{body}".encode()
    digest = hmac.digest(secret.encode(), lines, hashlib.sha256)
    signature = "v2." + urlsafe_b64encode(digest).decode().rstrip("=")
    return f"{path}?{urlencode(pairs, quote_via=quote)}&signature={signature}"


@dataclass(slots=True)
class Seen:
    """How often each status came, and what was wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Forger:
    """Makes up what goes into ``auth``, ``signature`` and the path of a revocation."""

    def __init__(self, seed: str, token: str) -> None:
        self._source = random.Random(seed)
        self._token = token

    def token(self) -> str:
        """Mostly something near a token."""
        source, data = self._source, bytearray(urlsafe_b64decode(self._token))
        at = source.randrange(len(data))
        match source.randrange(9):
            case 0:
                data[at] ^= 1 << source.randrange(8)
            case 1:
                del data[at : at + source.randint(1, 8)]
            case 2:
                data[at:at] = source.randbytes(source.randint(1, 40))
            case 3:
                data = bytearray(b"\xa1" + source.choice(CBOR) + _END + source.randbytes(32))
            case 4:
                data[-32:] = source.randbytes(32)
            case 5:
                return source.choice(_TEXTS)
            case 6:
                return b64encode(data).decode().rstrip("=") + source.choice(("", "=", "\n", " "))
            case 7:
                place = source.randrange(len(self._token))
                return self._token[:place] + chr(source.randint(33, 122)) + self._token[place:]
            case _:
                data = bytearray(source.choice(CBOR))
        return urlsafe_b64encode(data).decode()

    def target(self, right: str) -> str:
        """A signed target in which something was changed."""
        source, raw = self._source, right.encode()
        at = source.randrange(len(raw))
        match source.randrange(5):
            case 0:
                raw = raw[:at] + bytes([source.randint(33, 122)]) + raw[at + 1 :]
            case 1:
                raw = raw[:at]
            case 2:
                raw += b"&signature=" + quote(source.choice(_TEXTS)).encode()
            case 3:
                raw += b"&timestamp=" + quote(source.choice(_TEXTS)).encode()
            case _:
                raw = raw[:at] + quote_from_bytes(source.randbytes(3)).encode() + raw[at:]
        return raw.decode()


def run(seed: int, numbers: Iterable[int], advance: Callable[[], object]) -> Seen:
    """Send the forgeries with these numbers; ``advance`` with each."""
    keys = {"sub": Keys("pub", SECRET, access_manager=True)}
    app = App(
        Settings(),
        keyring=Keyring(keys),
        clock=lambda: SECONDS * 1_000_000_000,
        now=lambda: float(SECONDS),
    )

    async def work() -> Seen:
        return _run(app, seed, numbers, advance)

    try:
        return asyncio.run(work())
    finally:
        app.close()


def _run(app: App, seed: int, numbers: Iterable[int], advance: Callable[[], object]) -> Seen:
    seen = Seen()
    asked = '{"ttl": 60, "permissions": {"resources": {"channels": {"a": 1}}, "meta": {"k": "v"}}}'
    granted = _answer(app, "POST", signed("POST", "/v3/pam/sub/grant", asked, SECRET), asked)
    token: str = json.loads(granted.body)["data"]["token"]
    right = signed("GET", "/v2/auth/grant/sub-key/sub?channel=c&r=1&auth=k", "", SECRET)
    history = "/v2/history/sub-key/sub/channel/a?uuid=u&auth="
    for number in numbers:
        forger = Forger(f"{seed}/{number}", token)
        given = forger.token()
        # Padding is no part of what is signed.
        is_genuine = given.rstrip("=") == token.rstrip("=")
        match number % 4:
            case 0:
                method, target = "GET", forger.target(right)
                is_good = target == right
            case 1:
                # The genuine one is still needed.
                text = given[1:] if is_genuine else given
                path = f"/v3/pam/sub/grant/{quote(text, safe='')}"
                method, target, is_good = "DELETE", signed("DELETE", path, "", SECRET), False
            case _:
                method, target = "GET", history + quote(given, safe="")
                is_good = is_genuine
        answer = _answer(app, method, target)
        seen.statuses[answer.status] += 1
        if not is_good and (fault := _fault_of(answer, given)):
            seen.faults.append(f"forgery {number}: {fault}: {method} {target[:200]}")
        advance()
    for target in (history + token, right):
        if _answer(app, "GET", target).status != 200:
            seen.faults.append("afterwards what is genuine was refused")
    return seen


def _answer(app: App, method: str, target: str, body: str = "") -> Answer:
    path, _, query = target.partition("?")
    try:
        answer = app.handle(Request(method, path, Query(query), {}, body.encode()))
    except Refusal as refusal:
        # A query that can't even be read, which a connection refuses by itself.
        return refusal.answer
    assert isinstance(answer, Answer)
    return answer


def _fault_of(answer: Answer, given: str) -> str | None:
    if answer.status not in (400, 403, 404):
        return f"answered {answer.status}"
    if len(answer.body) > MAX_ANSWER:
        return f"answered with {len(answer.body)} bytes"
    text = answer.body.decode()
    if SECRET in text or (len(given) > 40 and given in text):
        return "shows a secret"
    try:
        json.loads(text)
    except ValueError:
        return "answered with broken JSON"
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where none gave access, 1 where one did or something else was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.emulator.faults.forgeries", description=__doc__
    )
    parser.add_argument("--count", type=int, default=50_000, help="forgeries (50,000)")
    parser.add_argument("--seed", type=int, help="a seed that repeats a run")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**9) if options.seed is None else options.seed
    with progress(options.count, "forgeries", "sent") as advance:
        seen = run(seed, range(options.count), advance)
    print(f"{options.count:,} forgeries, seed {seed}")
    print(", ".join(f"{status}: {count:,}" for status, count in sorted(seen.statuses.items())))
    for fault in seen.faults[:10]:
        print(f"FAILED: {fault}", file=sys.stderr)
    return 1 if seen.faults else 0


if __name__ == "__main__":
    raise SystemExit(exit_status(main))
