"""Thousands of tokens and signatures as nobody should send them, made up from a seed."""

from __future__ import annotations

import json
import random
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from urllib.parse import quote, quote_from_bytes

import pytest

from pnfilter.server.access.tokens import Invalid, read
from pnfilter.server.settings import MAX_TOKEN
from pnfilter.server.web.requests import Answer, Refusal
from tests.server.access.signing import SECRET, Managed, signed

SEED: Final = 20180207
COUNT: Final = 5_000
#: Heads of CBOR that promise much: long texts, arrays and maps, tags, endless ones, deep ones.
_CBOR: Final = (
    *(b"\x5b" + b"\xff" * 8, b"\x9b" + b"\x7f" * 8, b"\xbb" + b"\x7f" * 8, b"\x9f" * 3_000),
    *(
        b"\xbf" * 3_000,
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"\xc2\x5a\x00\x0f\xff\xff",
        b"\xa1\xa1\xa1\xa0",
    ),
    *(b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01", b"\xd8\x23\x67(a+)+$b", b"\x81" * 9_000 + b"\x00"),
    *(
        b"\xa1\x41v\x02",
        b"\xa0",
        b"\xb8\xff",
        b"\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00",
        b"\xf9\x7e\x00",
    ),
)
_TEXTS: Final = (
    *(
        "",
        "=",
        "====",
        "%00",
        "%FF%FE",
        "é",
        "AAAA",
        "\u202e",
        "a b",
        "+/+/",
        "A" * 23_000,
        "[]",
        "{}",
    ),
    *(
        "null",
        "../../x",
        "v2.",
        "v2.AAAA",
        "'; DROP TABLE grants",
        "%",
        "%zz",
        "-" * 500,
        "p0F2AkF0",
    ),
)


class Attacker:
    """Makes up what goes into ``auth``, ``signature``, paths and bodies."""

    def __init__(self, seed: int, token: str) -> None:
        self._random = random.Random(seed)
        self._token = token

    def below(self, number: int) -> int:
        return self._random.randrange(number)

    def token(self) -> str:
        """Mostly something near a token."""
        data = bytearray(urlsafe_b64decode(self._token))
        at = self.below(len(data))
        match self.below(9):
            case 0:
                data[at] ^= 1 << self.below(8)
            case 1:
                del data[at : at + 1 + self.below(8)]
            case 2:
                data[at:at] = self._random.randbytes(1 + self.below(40))
            case 3:
                # The form of a token, with anything before its signature.
                body = b"\xa1" + self._random.choice(_CBOR)
                data = bytearray(body + b"\x43sig\x58\x20" + self._random.randbytes(32))
            case 4:
                data[-32:] = self._random.randbytes(32)
            case 5:
                return self._random.choice(_TEXTS)
            case 6:
                return b64encode(data).decode().rstrip("=") + self._random.choice(
                    ("", "=", "\n", " ")
                )
            case 7:
                place = self.below(len(self._token))
                letter = chr(33 + self.below(90))
                return self._token[:place] + letter + self._token[place:]
            case _:
                data = bytearray(self._random.choice(_CBOR))
        return urlsafe_b64encode(data).decode()

    def signature(self, target: str) -> str:
        """A signed target in which something was changed."""
        raw = target.encode()
        at = self.below(len(raw))
        match self.below(5):
            case 0:
                changed = raw[:at] + bytes([33 + self.below(90)]) + raw[at + 1 :]
            case 1:
                changed = raw[:at]
            case 2:
                changed = raw + b"&signature=" + quote(self._random.choice(_TEXTS)).encode()
            case 3:
                changed = raw + b"&timestamp=" + quote(self._random.choice(_TEXTS)).encode()
            case _:
                changed = raw[:at] + quote_from_bytes(self._random.randbytes(3)).encode() + raw[at:]
        return changed.decode()


def answered(emulated: Managed, method: str, target: str) -> Answer:
    """The answer, also to a query that can't even be read."""
    try:
        return emulated.request(method, target)
    except Refusal as refusal:
        return refusal.answer


def test_nothing_of_it_gives_access_or_breaks_the_service() -> None:
    seen: dict[int, int] = {}
    with Managed() as emulated:
        token = emulated.token({"channels": {"a": 1}}, {"channels": {"^b.*$": 1}}, meta={"k": "v"})
        attacker = Attacker(SEED, token)
        right = signed("GET", "/v2/auth/grant/sub-key/sub?channel=c&r=1&auth=k", "", 1_700_000_000)
        for number in range(COUNT):
            given = attacker.token()
            match number % 4:
                case 0:
                    method, target = "GET", attacker.signature(right)
                    is_good = target == right
                case 1:
                    target = signed(
                        "DELETE", f"/v3/pam/sub/grant/{quote(given, safe='')}", "", 1_700_000_000
                    )
                    method, is_good = "DELETE", False
                case _:
                    method = "GET"
                    target = (
                        f"/v2/history/sub-key/sub/channel/a?uuid=u&auth={quote(given, safe='')}"
                    )
                    # Padding is no part of what is signed.
                    is_good = given.rstrip("=") == token.rstrip("=")
            answer = answered(emulated, method, target)
            seen[answer.status] = seen.get(answer.status, 0) + 1
            assert answer.status in (400, 403, 404) or is_good, (
                number,
                answer.status,
                target[:200],
            )
            assert len(answer.body) < 2_000
            json.loads(answer.body)
            if len(given) > 40:
                assert given.encode() not in answer.body
            assert SECRET.encode() not in answer.body
        # It still serves.
        assert emulated.get(f"/v2/history/sub-key/sub/channel/a?uuid=u&auth={token}")[0] == 200
        assert emulated.get(right)[0] == 200
    assert seen[403] > COUNT / 3
    assert seen[400] > COUNT / 10


def test_cbor_that_was_not_made_here_is_never_read() -> None:
    for data in _CBOR:
        body = b"\xa1" + data
        assert read(urlsafe_b64encode(body).decode(), SECRET) is None
        with pytest.raises(Invalid):
            read(urlsafe_b64encode(body + b"\x43sig\x58\x20" + bytes(32)).decode(), SECRET)
    assert read(urlsafe_b64encode(b"\xa1" * MAX_TOKEN).decode(), SECRET) is None


def test_bodies_of_grants_as_nobody_should_send_them() -> None:
    source = random.Random(SEED)
    good = json.dumps(
        {
            "ttl": 60,
            "permissions": {
                "resources": {"channels": {"a": 1}, "groups": {}, "users": {"u": 32}},
                "patterns": {"channels": {"^a-.*$": 1}},
                "meta": {"k": [1, 2.5, None, "x"]},
                "uuid": "b",
            },
        }
    )
    pieces = [
        "{",
        "}",
        "[",
        '"',
        "1e999",
        "null",
        ":",
        ",",
        "9" * 400,
        "\\ud800",
        "(((",
        "true",
        "-1",
    ]
    with Managed() as emulated:
        for _ in range(500):
            at, cut = source.randrange(len(good)), source.randrange(12)
            text = good[:at] + source.choice(pieces) * source.choice((1, 1, 50)) + good[at + cut :]
            status, body = emulated.signed("POST", "/v3/pam/sub/grant", text)
            assert status in (200, 400), text
            assert "data" in body or body["status"] == 400
