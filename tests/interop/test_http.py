"""What httplint, a linter of HTTP messages, says of the emulator's answers."""

from __future__ import annotations

import json
import subprocess

from pnfilter.server import running
from tests.interop.conftest import give_up
from tests.interop.environments import DRIVERS, Unavailable, python_program
from tests.server.exchanging import exchange

ASKED = [
    "GET /time/0",
    "GET /publish/p/s/0/a/0/1",
    "POST /publish/p/s/0/a/0",
    "GET /nowhere",
    "PUT /time/0",
    "HEAD /time/0",
    "GET /v2/history/sub-key/s/channel/a",
    "GET /v2/subscribe/s/a/0",
    "GET /v2/subscribe/s/a/0?filter-expr=%3D",
    "GET /v2/presence/sub-key/s/channel/a",
    "DELETE /v2/objects/s/uuids/nobody",
    "GET /v1/files/s/channels/a/files",
    "GET /health",
    "GET /live",
    "GET /",
]


def test_answers_have_nothing_that_a_linter_calls_bad() -> None:
    try:
        program = python_program("http.txt", "http_lint")
    except Unavailable as missing:
        give_up(missing)
    answers = []
    with running() as server:
        for asked in ASKED:
            head = (
                f"{asked} HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1"
            )
            answers.append(exchange(server.origin, head.encode()).decode("latin-1"))
    assert all(each.startswith("HTTP/1.1 ") for each in answers)
    told = [[asked.split()[0], answer] for asked, answer in zip(ASKED, answers, strict=True)]
    done = subprocess.run(
        [program.command[0], str(DRIVERS / "http_lint.py")],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(zip(ASKED, json.loads(done.stdout), strict=True))
    assert {asked: notes for asked, notes in found.items() if notes} == {}
