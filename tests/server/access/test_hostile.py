"""Thousands of forged tokens and signatures, and malformed requests for tokens."""

from __future__ import annotations

import json
import random
from base64 import urlsafe_b64encode
from typing import Final

import pytest

from benchmarks.emulator.faults import forgeries
from pnfilter.server.access.tokens import InvalidToken, read_token
from pnfilter.server.http.response import Answer
from pnfilter.server.settings import MAX_TOKEN
from tests.server.access.signing import SECRET, Managed

SEED: Final = 20180207
#: A tenth of what ``python -m benchmarks.emulator.faults.forgeries`` sends.
COUNT: Final = 5_000


def test_nothing_forged_gives_access_or_breaks_the_service() -> None:
    count = 0

    def advance() -> None:
        nonlocal count
        count += 1

    seen = forgeries.run(SEED, range(COUNT), advance)
    assert seen.faults == []
    assert count == seen.statuses.total() == COUNT
    assert seen.statuses[403] > COUNT / 3
    assert seen.statuses[400] > COUNT / 10


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(200, b"{}"), "answered 200"),
        (Answer(500, b"{}"), "answered 500"),
        (Answer(403, b"[" + b"1," * 2_000 + b"1]"), "answered with 4003 bytes"),
        (Answer(403, json.dumps(forgeries.SECRET).encode()), "shows a secret"),
        (Answer(403, json.dumps("given" * 20).encode()), "shows a secret"),
        (Answer(403, b"{"), "answered with broken JSON"),
        (Answer(403, b"{}"), None),
    ],
)
def test_what_is_wrong_with_an_answer_is_found(answer: Answer, fault: str | None) -> None:
    assert forgeries._fault_of(answer, "given" * 20) == fault


def test_cbor_that_was_not_made_here_is_never_read() -> None:
    for data in forgeries.CBOR:
        body = b"\xa1" + data
        assert read_token(urlsafe_b64encode(body).decode(), SECRET) is None
        with pytest.raises(InvalidToken):
            read_token(urlsafe_b64encode(body + b"\x43sig\x58\x20" + bytes(32)).decode(), SECRET)
    assert read_token(urlsafe_b64encode(b"\xa1" * MAX_TOKEN).decode(), SECRET) is None


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
